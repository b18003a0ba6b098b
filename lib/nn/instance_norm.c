/* instance_norm (Ulyanov, Vedaldi and Lempitsky 2016): each channel (axis 1) of each sample to mean
 * 0 and variance 1 over the axes that follow; the formulas are those of norm.h.  As in PyTorch's
 * InstanceNorm2d and CycleGAN nothing is trained unless affine=1, and evaluation does the same as
 * training unless track=1: then running statistics, r += momentum (mean over the batch - r), the
 * variance there with n/(n-1), are used for all samples. */
#include <nn/norm.h>

typedef struct instance_norm_options {
    int64_t features;
    double eps, momentum;
    int32_t affine, track;
} instance_norm_options;

/* Parameters with track; weight and bias follow, with affine. */
enum { RUNNING_MEAN, RUNNING_VAR };

/* Scale and shift; NULL if there are none. */
static const genrepi_parameter *affine(const genrep_layer *layer) {
    const instance_norm_options *o = layer->options;
    return o->affine ? layer->parameters + (o->track ? 2 : 0) : NULL;
}

static int32_t build(genrep_layer *layer, int32_t n_in, const genrepi_shape *in) {
    (void)n_in;
    instance_norm_options *o = layer->options;
    if (!o->affine && !o->track) return 0;
    int32_t status = genrepi_size_from_input(layer, "features", in, 1, &o->features);
    genrepi_shape size = {1, {o->features}};
    if (status == 0 && o->track) status = genrepi_norm_statistics(layer, &size);
    if (status != 0 || !o->affine) return status;
    status = genrepi_layer_parameter(layer, "weight", &size, "ones", 1);
    return status != 0 ? status : genrepi_layer_parameter(layer, "bias", &size, "zeros", 1);
}

static int32_t shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                     genrepi_shape *out) {
    (void)n_in;
    const instance_norm_options *o = layer->options;
    int32_t status = genrepi_channels_shape(layer, 3, o->features, in, out);
    if (status != 0 || in[0].rank < 0) return status;
    int64_t n = genrepi_axes_count(in, 2, in[0].rank);
    if (n >= 0 && n < 2) {
        return genrepi_fail_shape(layer, in, "at least two values a channel of each sample");
    }
    return 0;
}

static genrepi_norm norm_of(const genrepi_call *call) {
    const instance_norm_options *o = call->layer->options;
    const genrepi_parameter *p = affine(call->layer);
    genrepi_norm norm = {.c = genrepi_channels_of(&call->in[0]->shape), .eps = o->eps};
    norm.groups = norm.c.channels;
    if (p == NULL) return norm;
    norm.scale = genrepi_real_read(p[0].value);
    norm.shift = genrepi_real_read(p[1].value);
    return norm;
}

static int32_t forward(genrepi_call *call) {
    const instance_norm_options *o = call->layer->options;
    const genrepi_parameter *p = call->layer->parameters;
    genrepi_norm norm = norm_of(call);
    if (call->training || !o->track) return genrepi_norm_forward(call, &norm);
    norm.groups = 0; /* the running ones are of the whole batch */
    return genrepi_norm_apply(call, &norm, genrepi_real_read(p[RUNNING_MEAN].value),
                              genrepi_real_read(p[RUNNING_VAR].value));
}

static int32_t backward(genrepi_call *call) {
    genrepi_norm norm = norm_of(call);
    return genrepi_norm_backward_affine(call, &norm, affine(call->layer));
}

static int32_t tangent(genrepi_call *call) {
    genrepi_norm norm = norm_of(call);
    return genrepi_norm_tangent(call, &norm);
}

static int32_t tangent_backward(genrepi_call *call) {
    genrepi_norm norm = norm_of(call);
    return genrepi_norm_tangent_backward(call, &norm, affine(call->layer));
}

static void update(genrepi_call *call) {
    const instance_norm_options *o = call->layer->options;
    genrepi_norm norm = norm_of(call);
    if (o->track) genrepi_norm_running(call, &norm, o->momentum);
}

static const genrepi_option options[] = {
    GENREPI_OPTION_INT(instance_norm_options, features, "0", 0, GENREPI_MAX_SIZE,
                       "number of channels (axis 1); 0: what comes before tells, or any"),
    GENREPI_OPTION_NUMBER(instance_norm_options, eps, "1e-5", 1e-12, 1, "added to the variance"),
    GENREPI_OPTION_NUMBER(instance_norm_options, momentum, "0.1", 0, 1,
                          "share of a batch in the running statistics"),
    GENREPI_OPTION_FLAG(instance_norm_options, affine, "0",
                        "scale and shift each channel, trained"),
    GENREPI_OPTION_FLAG(instance_norm_options, track, "0",
                        "keep running statistics and use them at evaluation; 0: each sample's own "
                        "are used there too")};
static const genrepi_layer_ops ops = {.n_in = 1,
                                      .n_out = 1,
                                      .build = build,
                                      .shape = shape,
                                      .forward = forward,
                                      .backward = backward,
                                      .tangent = tangent,
                                      .tangent_backward = tangent_backward,
                                      .update = update};
const genrepi_kind genrepi_kind_instance_norm = {
    "layer",
    "instance_norm",
    "each channel (axis 1) of each sample to mean 0 and variance 1",
    options,
    GENREPI_COUNT(options),
    0,
    0,
    sizeof(instance_norm_options),
    &ops};
