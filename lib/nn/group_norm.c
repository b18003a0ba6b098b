/* group_norm (Wu and He 2018): the channels (axis 1) of each sample in groups of neighbours, each
 * group with all axes that follow to mean 0 and variance 1, then a scale and a shift for each
 * channel; the formulas are those of norm.h.  One group is layer normalisation of images, as many
 * as channels is instance normalisation. */
#include <nn/norm.h>

typedef struct group_norm_options {
    int64_t groups, features;
    double eps;
    int32_t affine;
} group_norm_options;

static int32_t build(genrep_layer *layer, int32_t n_in, const genrepi_shape *in) {
    (void)n_in;
    group_norm_options *o = layer->options;
    int32_t status = 0;
    if (o->affine) status = genrepi_size_from_input(layer, "features", in, 1, &o->features);
    if (status == 0 && o->features % o->groups != 0) {
        status = genrepi_layer_fail(layer, GENREP_E_INVALID,
                                    "%lld channels cannot be cut into %lld equal groups",
                                    (long long)o->features, (long long)o->groups);
    }
    if (status != 0 || !o->affine) return status;
    genrepi_shape size = {1, {o->features}};
    status = genrepi_layer_parameter(layer, "weight", &size, "ones", 1);
    return status != 0 ? status : genrepi_layer_parameter(layer, "bias", &size, "zeros", 1);
}

static int32_t shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                     genrepi_shape *out) {
    (void)n_in;
    const group_norm_options *o = layer->options;
    int32_t status = genrepi_channels_shape(layer, 2, o->features, in, out);
    if (status != 0 || in[0].rank < 0 || out[0].size[1] < 0) return status;
    if (out[0].size[1] % o->groups != 0) {
        return genrepi_fail_shape(layer, in, "channels (axis 1) for %lld equal groups",
                                  (long long)o->groups);
    }
    int64_t n = genrepi_axes_count(out, 1, in[0].rank);
    if (n >= 0 && n / o->groups < 2) {
        return genrepi_fail_shape(layer, in, "at least two values a group of each sample");
    }
    return 0;
}

static genrepi_norm norm_of(const genrepi_call *call) {
    const group_norm_options *o = call->layer->options;
    const genrepi_parameter *p = call->layer->parameters;
    genrepi_norm norm = {
        .c = genrepi_channels_of(&call->in[0]->shape), .groups = o->groups, .eps = o->eps};
    if (!o->affine) return norm;
    norm.scale = genrepi_real_read(p[0].value);
    norm.shift = genrepi_real_read(p[1].value);
    return norm;
}

static int32_t forward(genrepi_call *call) {
    genrepi_norm norm = norm_of(call);
    return genrepi_norm_forward(call, &norm);
}

static int32_t backward(genrepi_call *call) {
    const group_norm_options *o = call->layer->options;
    genrepi_norm norm = norm_of(call);
    return genrepi_norm_backward_affine(call, &norm, o->affine ? call->layer->parameters : NULL);
}

static int32_t tangent(genrepi_call *call) {
    genrepi_norm norm = norm_of(call);
    return genrepi_norm_tangent(call, &norm);
}

static int32_t tangent_backward(genrepi_call *call) {
    const group_norm_options *o = call->layer->options;
    genrepi_norm norm = norm_of(call);
    return genrepi_norm_tangent_backward(call, &norm, o->affine ? call->layer->parameters : NULL);
}

static const genrepi_option options[] = {
    {"groups", GENREPI_INT, 1, NULL, 1, GENREPI_MAX_SIZE, NULL, "into how many groups",
     offsetof(group_norm_options, groups)},
    GENREPI_OPTION_INT(group_norm_options, features, "0", 0, GENREPI_MAX_SIZE,
                       "number of channels (axis 1); 0: what comes before tells, or any"),
    GENREPI_OPTION_NUMBER(group_norm_options, eps, "1e-5", 1e-12, 1, "added to the variance"),
    GENREPI_OPTION_FLAG(group_norm_options, affine, "1", "scale and shift each channel, trained")};
static const genrepi_layer_ops ops = {.n_in = 1,
                                      .n_out = 1,
                                      .build = build,
                                      .shape = shape,
                                      .forward = forward,
                                      .backward = backward,
                                      .tangent = tangent,
                                      .tangent_backward = tangent_backward};
const genrepi_kind genrepi_kind_group_norm = {
    "layer",
    "group_norm",
    "groups of channels (axis 1) of each sample to mean 0 and variance 1",
    options,
    GENREPI_COUNT(options),
    0,
    0,
    sizeof(group_norm_options),
    &ops};
