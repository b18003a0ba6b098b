/* adain, adaptive instance normalisation (Huang and Belongie 2017; as in StyleGAN, Karras et al.
 * 2019; mathematics 2.14): each channel (axis 1) of each sample to mean 0 and variance 1, then
 *   y = (1 + s_c) xhat + t_c,   (s, t) = a A w + b
 * with w the sample's style vector, A of 2 channels x style, rows of s first.  Inputs are x and w.
 * b begins as zeros, so that xhat goes through where A w is 0.  Going back, the d scale and d shift
 * of norm.h are the cotangents of s and t. */
#include <nn/dense.h>
#include <nn/norm.h>
#include <base/pool.h>

typedef struct adain_options {
    int64_t style, features;
    double eps;
    char *init;
    genrepi_weight_options weight;
} adain_options;

static genrepi_dense dense_of(const genrep_layer *layer) {
    const adain_options *o = layer->options;
    return (genrepi_dense){o->style, 2 * o->features, 1};
}

static int32_t build(genrep_layer *layer, int32_t n_in, const genrepi_shape *in) {
    (void)n_in;
    adain_options *o = layer->options;
    int32_t status = genrepi_size_from_input(layer, "features", in, 1, &o->features);
    if (status != 0) return status;
    genrepi_dense d = dense_of(layer);
    return genrepi_dense_build(layer, &d, &o->weight, o->init, "zeros");
}

static int32_t shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                     genrepi_shape *out) {
    (void)n_in;
    const adain_options *o = layer->options;
    int32_t status = genrepi_channels_shape(layer, 3, o->features, in, out);
    if (status != 0 || in[0].rank < 0) return status;
    int64_t n = genrepi_axes_count(in, 2, in[0].rank);
    if (n >= 0 && n < 2) {
        return genrepi_fail_shape(layer, in, "at least two values a channel of each sample");
    }
    return genrepi_style_shape(layer, o->style, in);
}

/* saved[0]: means and variances; saved[1]: s and t of each sample. */
static genrepi_norm norm_of(const genrepi_call *call) {
    const adain_options *o = call->layer->options;
    const real *style = genrepi_real_read(call->saved[1]);
    genrepi_norm norm = {.c = genrepi_channels_of(&call->in[0]->shape),
                         .eps = o->eps,
                         .scale = style,
                         .shift = style + o->features,
                         .stride = 2 * o->features,
                         .offset = 1};
    norm.groups = norm.c.channels;
    return norm;
}

static int32_t forward(genrepi_call *call) {
    genrepi_dense d = dense_of(call->layer);
    int64_t batch = call->in[0]->shape.size[0];
    int32_t status = genrepi_call_save(call, 1, GENREPI_REAL, &(genrepi_shape){2, {batch, d.out}});
    if (status == 0) {
        status = genrepi_dense_forward(call, &d, batch, genrepi_real_read(call->in[1]),
                                       genrepi_real(call->saved[1]));
    }
    if (status != 0) return status;
    genrepi_norm norm = norm_of(call);
    return genrepi_norm_forward(call, &norm);
}

static int32_t backward(genrepi_call *call) {
    genrepi_dense d = dense_of(call->layer);
    genrepi_norm norm = norm_of(call);
    genrep_tensor *d_style = call->d_in[1];
    if (d_style == NULL && call->frozen) return genrepi_norm_backward(call, &norm, NULL, NULL);
    size_t n = (size_t)(norm.c.batch * d.out);
    real *sums = genrepi_scratch_get(call->ctx, n * sizeof(real));
    if (sums == NULL) return GENREP_E_NOMEM;
    int32_t status = genrepi_norm_backward(call, &norm, sums, sums + norm.c.channels);
    if (status == 0) {
        status = genrepi_dense_backward(call, &d, norm.c.batch, genrepi_real_read(call->in[1]),
                                        genrepi_real_read(call->saved[1]), sums,
                                        d_style != NULL ? genrepi_real(d_style) : NULL);
    }
    genrepi_scratch_put(call->ctx, sums);
    return status;
}

static const genrepi_option options[] = {
    GENREPI_OPTION_INT(adain_options, style, NULL, 1, GENREPI_MAX_SIZE,
                       "size of the style vectors"),
    GENREPI_OPTION_INT(adain_options, features, "0", 0, GENREPI_MAX_SIZE / 2,
                       "number of channels (axis 1); 0: what comes before tells"),
    GENREPI_OPTION_NUMBER(adain_options, eps, "1e-8", 1e-12, 1, "added to the variance"),
    GENREPI_OPTION_STRING(adain_options, init, NULL,
                          "initial weights, as 'normal std=0.02'; not given: uniform within "
                          "1/sqrt(style)"),
    GENREPI_WEIGHT_ROWS(adain_options, weight)};
static const genrepi_layer_ops ops = {.n_in = 2,
                                      .n_out = 1,
                                      .build = build,
                                      .shape = shape,
                                      .forward = forward,
                                      .backward = backward,
                                      .update = genrepi_weight_update};
const genrepi_kind genrepi_kind_adain = {
    "layer",
    "adain",
    "instance_norm with scale and shift from a style vector (inputs: x, style)",
    options,
    GENREPI_COUNT(options),
    0,
    0,
    sizeof(adain_options),
    &ops};
