/* conv2d: y[n,o,i,j] = b[o] + sum_{c,p,q} w[o,c,p,q] x[n, c, i s + p - pad, j s + q - pad]
 * over the channels of o's group (LeCun et al. 1998; mathematics 2.0).  The size of y is
 * floor((size + 2 pad - kernel) / stride) + 1.  Weights are of out x in / groups x kernel, as in
 * PyTorch, and begin as there.  Other paddings than zeros go through a padded copy of x. */
#include <base/pool.h>
#include <nn/convolve.h>
#include <nn/padding.h>
#include <nn/tangent.h>

static int32_t build(genrep_layer *layer, int32_t n_in, const genrepi_shape *in) {
    (void)n_in;
    return genrepi_convolve_build(layer, in, 0);
}

static int32_t shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                     genrepi_shape *out) {
    (void)n_in;
    const genrepi_convolve_options *o = layer->options;
    int32_t status = genrepi_convolve_shape(layer, in, out);
    for (int i = 0; i < 2 && status == 0 && in[0].rank == 4; i++) {
        const int64_t size = in[0].size[2 + i], pad = o->pad_size[i],
                      room = size + 2 * pad - o->kernel_size[i];
        if (size < 0) continue;
        out[0].size[2 + i] = room < 0 ? 0 : room / o->stride_size[i] + 1;
        status = genrepi_pad_check(layer, o->pad_mode, size, pad, pad);
    }
    return status == 0 ? genrepi_convolve_check(layer, in, out) : status;
}

static genrepi_padding padding_of(const genrepi_call *call) {
    const genrepi_convolve_options *o = call->layer->options;
    const genrepi_shape *x = &call->in[0]->shape;
    const int64_t *pad = o->pad_size;
    return (genrepi_padding){.planes = x->size[0] * x->size[1],
                             .height = x->size[2],
                             .width = x->size[3],
                             .top = pad[0],
                             .bottom = pad[0],
                             .left = pad[1],
                             .right = pad[1],
                             .mode = o->pad_mode};
}

static int is_copied(const genrepi_padding *p, const genrepi_call *call) {
    const genrepi_convolve_options *o = call->layer->options;
    return o->pad_mode != GENREPI_PAD_ZERO && p->planes > 0 && (p->top > 0 || p->left > 0);
}

/* As the kernels see it: with padding of its own, or of the padded copy. */
static genrepi_convolution convolution_of(const genrepi_call *call, const genrepi_padding *p,
                                          real factor) {
    const genrepi_convolve_options *o = call->layer->options;
    const genrepi_shape *x = &call->in[0]->shape, *y = &call->out[0]->shape;
    const int copied = is_copied(p, call);
    return (genrepi_convolution){.batch = x->size[0],
                                 .groups = o->groups,
                                 .in = o->in,
                                 .height = x->size[2] + (copied ? 2 * p->top : 0),
                                 .width = x->size[3] + (copied ? 2 * p->left : 0),
                                 .out = o->out,
                                 .out_height = y->size[2],
                                 .out_width = y->size[3],
                                 .kernel_height = o->kernel_size[0],
                                 .kernel_width = o->kernel_size[1],
                                 .stride_height = o->stride_size[0],
                                 .stride_width = o->stride_size[1],
                                 .pad_top = copied ? 0 : p->top,
                                 .pad_left = copied ? 0 : p->left,
                                 .exact = o->exact,
                                 .factor = factor};
}

static real *new_copy(const genrepi_call *call, const genrepi_convolution *c) {
    const double n = (double)(c->batch * c->in) * (double)c->height * (double)c->width;
    if (n > 1e15) {
        genrepi_layer_fail(call->layer, GENREP_E_NOMEM,
                           "a padded image of %lld x %lld x %lld x %lld", (long long)c->batch,
                           (long long)c->in, (long long)c->height, (long long)c->width);
        return NULL;
    }
    return genrepi_scratch_get(call->ctx, (size_t)n * sizeof(real));
}

static int32_t convolve(genrepi_call *call, const genrepi_convolution *c, const real *x) {
    const real *bias;
    real *scratch;
    int32_t status = genrepi_convolve_bias(call, &bias, &scratch);
    if (status != 0) return status;
    status = genrepi_convolution_forward(call->ctx, c, x,
                                         genrepi_real_read(call->layer->parameters[0].value), bias,
                                         genrepi_real(call->out[0]));
    genrepi_convolve_end(call, scratch);
    return status;
}

static int32_t forward(genrepi_call *call) {
    const genrepi_padding padding = padding_of(call);
    const real *x = genrepi_real_read(call->in[0]);
    real *copy = NULL, factor;
    int32_t status = genrepi_weight_factor(call, &factor);
    if (status != 0 || call->out[0]->count == 0) return status;
    const genrepi_convolution c = convolution_of(call, &padding, factor);
    if (is_copied(&padding, call)) {
        copy = new_copy(call, &c);
        if (copy == NULL) return GENREP_E_NOMEM;
        genrepi_pad(call->ctx, &padding, x, copy);
    }
    status = convolve(call, &c, copy != NULL ? copy : x);
    if (copy != NULL) genrepi_scratch_put(call->ctx, copy);
    return status;
}

/* `copy` is a padded image, or NULL: of x for the weights, then of its cotangent. */
static int32_t go_back(genrepi_call *call, const genrepi_padding *padding,
                       const genrepi_convolution *c, real *copy) {
    const genrepi_parameter *p = call->layer->parameters;
    const real *x = genrepi_real_read(call->in[0]), *dy = genrepi_real_read(call->d_out[0]);
    int32_t status = 0;
    if (!call->frozen) {
        if (copy != NULL) genrepi_pad(call->ctx, padding, x, copy);
        status = genrepi_convolution_weight(call->ctx, c, copy != NULL ? copy : x, dy,
                                            genrepi_real(p[0].gradient));
        if (status == 0) status = genrepi_convolve_finish_gradients(call);
    }
    if (status != 0 || call->d_in[0] == NULL) return status;
    real *dx = genrepi_real(call->d_in[0]);
    status = genrepi_convolution_input(call->ctx, c, dy, genrepi_real_read(p[0].value), NULL,
                                       copy != NULL ? copy : dx);
    if (status == 0 && copy != NULL) genrepi_pad_adjoint(call->ctx, padding, copy, dx);
    return status;
}

static int32_t backward(genrepi_call *call) {
    const genrepi_padding padding = padding_of(call);
    const genrepi_convolution c = convolution_of(call, &padding, genrepi_weight_factor_back(call));
    real *copy = NULL;
    if (call->out[0]->count == 0) return 0;
    if (is_copied(&padding, call)) {
        copy = new_copy(call, &c);
        if (copy == NULL) return GENREP_E_NOMEM;
    }
    int32_t status = go_back(call, &padding, &c, copy);
    if (copy != NULL) genrepi_scratch_put(call->ctx, copy);
    return status;
}

static const genrepi_option options[] = {
    GENREPI_CONVOLVE_OPTIONS,
    GENREPI_OPTION_WORD(genrepi_convolve_options, pad_mode, "zero", GENREPI_PAD_WORDS,
                        "what is outside the image: zeros, its mirror image, its nearest "
                        "element, or its other side")};
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
const genrepi_kind genrepi_kind_conv2d = {
    "layer",
    "conv2d",
    "convolution of images, batch x channels x height x width",
    options,
    GENREPI_COUNT(options),
    0,
    0,
    sizeof(genrepi_convolve_options),
    &ops};
