/* conv_transpose2d: the adjoint of conv2d (Zeiler et al. 2010; Dumoulin and Visin 2016), plus a
 * bias:
 *   y[n,o,i,j] = b[o] + sum over c, p, q with i = k s + p - pad, j = l s + q - pad of
 *                w[c,o,p,q] x[n,c,k,l]
 * The size of y is (size - 1) stride - 2 pad + kernel + output_pad.  Weights are of in x out /
 * groups x kernel, as in PyTorch, and begin as there. */
#include <nn/convolve.h>
#include <nn/tangent.h>

static int32_t build(genrep_layer *layer, int32_t n_in, const genrepi_shape *in) {
    (void)n_in;
    return genrepi_convolve_build(layer, in, 1);
}

static int32_t shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                     genrepi_shape *out) {
    (void)n_in;
    const genrepi_convolve_options *o = layer->options;
    int32_t status = genrepi_convolve_shape(layer, in, out);
    for (int i = 0; i < 2 && status == 0 && in[0].rank == 4; i++) {
        const int64_t size = in[0].size[2 + i];
        if (size < 0) continue;
        if (size < 1) return genrepi_fail_shape(layer, in, "images that are not empty");
        out[0].size[2 + i] = (size - 1) * o->stride_size[i] - 2 * o->pad_size[i] +
                             o->kernel_size[i] + o->output_pad_size[i];
    }
    return status == 0 ? genrepi_convolve_check(layer, in, out) : status;
}

/* The convolution whose input gradient this is: y is its image. */
static genrepi_convolution convolution_of(const genrepi_call *call, real factor) {
    const genrepi_convolve_options *o = call->layer->options;
    const genrepi_shape *x = &call->in[0]->shape, *y = &call->out[0]->shape;
    return (genrepi_convolution){.batch = x->size[0],
                                 .groups = o->groups,
                                 .in = o->out,
                                 .height = y->size[2],
                                 .width = y->size[3],
                                 .out = o->in,
                                 .out_height = x->size[2],
                                 .out_width = x->size[3],
                                 .kernel_height = o->kernel_size[0],
                                 .kernel_width = o->kernel_size[1],
                                 .stride_height = o->stride_size[0],
                                 .stride_width = o->stride_size[1],
                                 .pad_top = o->pad_size[0],
                                 .pad_left = o->pad_size[1],
                                 .exact = o->exact,
                                 .factor = factor};
}

static int32_t forward(genrepi_call *call) {
    const genrepi_parameter *p = call->layer->parameters;
    const real *bias;
    real factor, *scratch;
    int32_t status = genrepi_weight_factor(call, &factor);
    if (status != 0 || call->out[0]->count == 0) return status;
    status = genrepi_convolve_bias(call, &bias, &scratch);
    if (status != 0) return status;
    const genrepi_convolution c = convolution_of(call, factor);
    status =
        genrepi_convolution_input(call->ctx, &c, genrepi_real_read(call->in[0]),
                                  genrepi_real_read(p[0].value), bias, genrepi_real(call->out[0]));
    genrepi_convolve_end(call, scratch);
    return status;
}

static int32_t backward(genrepi_call *call) {
    const genrepi_parameter *p = call->layer->parameters;
    const genrepi_convolution c = convolution_of(call, genrepi_weight_factor_back(call));
    const real *x = genrepi_real_read(call->in[0]), *dy = genrepi_real_read(call->d_out[0]);
    int32_t status = 0;
    if (call->out[0]->count == 0) return 0;
    if (!call->frozen) {
        status = genrepi_convolution_weight(call->ctx, &c, dy, x, genrepi_real(p[0].gradient));
        if (status == 0) status = genrepi_convolve_finish_gradients(call);
    }
    if (status != 0 || call->d_in[0] == NULL) return status;
    return genrepi_convolution_forward(call->ctx, &c, dy, genrepi_real_read(p[0].value), NULL,
                                       genrepi_real(call->d_in[0]));
}

static const genrepi_option options[] = {
    GENREPI_CONVOLVE_OPTIONS,
    GENREPI_OPTION_STRING(genrepi_convolve_options, output_pad, "0",
                          "rows and columns more at the end, below stride, as kernel")};
static const genrepi_layer_ops ops = {.n_in = 1,
                                      .n_out = 1,
                                      .build = build,
                                      .shape = shape,
                                      .forward = forward,
                                      .backward = backward,
                                      .update = genrepi_weight_update,
                                      .tangent = genrepi_tangent_linear,
                                      .tangent_backward = genrepi_tangent_linear_backward,
                                      .straight = 1};
const genrepi_kind genrepi_kind_conv_transpose2d = {
    "layer",
    "conv_transpose2d",
    "the adjoint of a convolution: images become larger",
    options,
    GENREPI_COUNT(options),
    0,
    0,
    sizeof(genrepi_convolve_options),
    &ops};
