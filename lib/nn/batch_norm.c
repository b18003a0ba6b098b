/* batch_norm (Ioffe and Szegedy 2015): per channel, which is axis 1, over everything else; the
 * formulas are those of norm.h.  It is PyTorch's BatchNorm1d on batch x channels and BatchNorm2d on
 * batch x channels x height x width.  At evaluation mean and variance are the running ones,
 * r += momentum (batch - r), the variance there with n/(n-1), as in PyTorch; with track=0 there are
 * none, and those of the batch are used there too. */
#include <nn/norm.h>

typedef struct batch_norm_options {
    int64_t features;
    double eps, momentum;
    int32_t affine, track;
    char *init;
} batch_norm_options;

/* Parameters with track; weight and bias follow, with affine. */
enum { RUNNING_MEAN, RUNNING_VAR };

/* Scale and shift; NULL if there are none. */
static const genrepi_parameter *affine(const genrep_layer *layer) {
    const batch_norm_options *o = layer->options;
    return o->affine ? layer->parameters + (o->track ? 2 : 0) : NULL;
}

static int32_t build(genrep_layer *layer, int32_t n_in, const genrepi_shape *in) {
    (void)n_in;
    batch_norm_options *o = layer->options;
    int32_t status = genrepi_size_from_input(layer, "features", in, 1, &o->features);
    genrepi_shape size = {1, {o->features}};
    if (status == 0 && o->track) status = genrepi_norm_statistics(layer, &size);
    if (status != 0 || !o->affine) return status;
    status = genrepi_layer_parameter(layer, "weight", &size, o->init, 1);
    return status != 0 ? status : genrepi_layer_parameter(layer, "bias", &size, "zeros", 1);
}

static int32_t shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                     genrepi_shape *out) {
    (void)n_in;
    const batch_norm_options *o = layer->options;
    return genrepi_channels_shape(layer, 2, o->features, in, out);
}

static genrepi_norm norm_of(const genrepi_call *call) {
    const batch_norm_options *o = call->layer->options;
    const genrepi_parameter *p = affine(call->layer);
    genrepi_norm norm = {.c = genrepi_channels_of(&call->in[0]->shape), .eps = o->eps};
    if (p == NULL) return norm;
    norm.scale = genrepi_real_read(p[0].value);
    norm.shift = genrepi_real_read(p[1].value);
    return norm;
}

static int32_t forward(genrepi_call *call) {
    const batch_norm_options *o = call->layer->options;
    const genrepi_parameter *p = call->layer->parameters;
    genrepi_norm norm = norm_of(call);
    if (!call->training && o->track) {
        return genrepi_norm_apply(call, &norm, genrepi_real_read(p[RUNNING_MEAN].value),
                                  genrepi_real_read(p[RUNNING_VAR].value));
    }
    if (genrepi_norm_count(&norm) < 2) {
        return genrepi_fail_shape(call->layer, &call->in[0]->shape,
                                  "at least two values a channel%s",
                                  call->training ? " to train" : "");
    }
    return genrepi_norm_forward(call, &norm);
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
    const batch_norm_options *o = call->layer->options;
    genrepi_norm norm = norm_of(call);
    if (o->track) genrepi_norm_running(call, &norm, o->momentum);
}

static const genrepi_option options[] = {
    GENREPI_OPTION_INT(batch_norm_options, features, "0", 0, GENREPI_MAX_SIZE,
                       "number of channels (axis 1); 0: what comes before tells"),
    GENREPI_OPTION_NUMBER(batch_norm_options, eps, "1e-5", 1e-12, 1, "added to the variance"),
    GENREPI_OPTION_NUMBER(batch_norm_options, momentum, "0.1", 0, 1,
                          "share of a batch in the running statistics"),
    GENREPI_OPTION_FLAG(batch_norm_options, affine, "1", "scale and shift each channel, trained"),
    GENREPI_OPTION_FLAG(batch_norm_options, track, "1",
                        "keep running statistics and use them at evaluation; 0: those of the batch "
                        "are used there too"),
    GENREPI_OPTION_STRING(batch_norm_options, init, "ones",
                          "initial scales, as 'normal mean=1 std=0.02'")};
static const genrepi_layer_ops ops = {.n_in = 1,
                                      .n_out = 1,
                                      .build = build,
                                      .shape = shape,
                                      .forward = forward,
                                      .backward = backward,
                                      .tangent = tangent,
                                      .tangent_backward = tangent_backward,
                                      .update = update};
const genrepi_kind genrepi_kind_batch_norm = {
    "layer",
    "batch_norm",
    "each channel (axis 1) of the batch to mean 0 and variance 1: batch norm 1d and 2d",
    options,
    GENREPI_COUNT(options),
    0,
    0,
    sizeof(batch_norm_options),
    &ops};
