/* modulated_conv2d (Karras et al. 2020, StyleGAN2; mathematics 2.14): a convolution whose weights
 * are scaled for each sample by its style vector, s = A style + b with b from 1 on,
 *   w'_oik = f s_i w_oik,   demodulated to w'' = d_o w', d_o = 1 / sqrt(sum_ik w'^2 + eps)
 * worked out without weights of each sample: z is the convolution of x s with f w (f as in
 * weight.h), and y = d z + bias.  With q_oi = sum_k w_oik^2, V = f^2 s^2 q^T + eps = 1 / d^2, and
 * back dz = d dy,   dd = sum over pixels of dy z,   dV = -d^3 dd / 2 dx = s dxs,   ds = sum over
 * pixels of dxs x + 2 f^2 s (dV q) dw = its gradient from x s and dz, + 2 f^2 w (dV^T s^2) where
 * dxs is the convolution's input gradient from dz. */
#include <base/pool.h>
#include <kernel/gemm.h>
#include <nn/modulated.h>

const genrepi_parameter *genrepi_modulated_parameters(const genrep_layer *layer) {
    const genrepi_modulated_options *o = layer->options;
    return layer->parameters + (o->c.bias ? 2 : 1);
}

static int32_t build(genrep_layer *layer, int32_t n_in, const genrepi_shape *in) {
    (void)n_in;
    genrepi_modulated_options *o = layer->options;
    if (o->c.groups != 1) {
        return genrepi_layer_fail(layer, GENREP_E_INVALID, "groups=%lld: there is one group here",
                                  (long long)o->c.groups);
    }
    if (layer->weight.spectral != NULL) {
        return genrepi_layer_fail(layer, GENREP_E_INVALID,
                                  "weights that depend on the sample cannot be in spectral_norm");
    }
    int32_t status = genrepi_convolve_build(layer, in, 0);
    genrepi_shape a = {2, {o->c.in, o->style}}, b = {1, {o->c.in}};
    if (status == 0) {
        status = genrepi_layer_parameter(layer, "style_weight", &a,
                                         o->c.weight.equalized ? "normal" : "fan", 1);
    }
    return status != 0 ? status : genrepi_layer_parameter(layer, "style_bias", &b, "ones", 1);
}

static int32_t shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                     genrepi_shape *out) {
    (void)n_in;
    const genrepi_modulated_options *o = layer->options;
    int32_t status = genrepi_convolve_shape(layer, in, out);
    for (int i = 0; i < 2 && status == 0 && in[0].rank == 4; i++) {
        int64_t size = in[0].size[2 + i];
        int64_t room = size + 2 * o->c.pad_size[i] - o->c.kernel_size[i];
        if (size >= 0) out[0].size[2 + i] = room < 0 ? 0 : room / o->c.stride_size[i] + 1;
    }
    if (status == 0) status = genrepi_convolve_check(layer, in, out);
    return status != 0 ? status : genrepi_style_shape(layer, o->style, in);
}

genrepi_convolution genrepi_modulated_convolution(const genrepi_call *call) {
    const genrepi_convolve_options *o = call->layer->options;
    const genrepi_shape *x = &call->in[0]->shape, *y = &call->out[0]->shape;
    return (genrepi_convolution){.batch = x->size[0],
                                 .groups = 1,
                                 .in = o->in,
                                 .height = x->size[2],
                                 .width = x->size[3],
                                 .out = o->out,
                                 .out_height = y->size[2],
                                 .out_width = y->size[3],
                                 .kernel_height = o->kernel_size[0],
                                 .kernel_width = o->kernel_size[1],
                                 .stride_height = o->stride_size[0],
                                 .stride_width = o->stride_size[1],
                                 .pad_top = o->pad_size[0],
                                 .pad_left = o->pad_size[1],
                                 .exact = o->exact,
                                 .factor = (real)call->layer->weight.factor};
}

genrepi_affine genrepi_modulated_style(const genrepi_call *call) {
    const genrepi_modulated_options *o = call->layer->options;
    return (genrepi_affine){
        .rows = call->in[0]->shape.size[0],
        .in = o->style,
        .out = o->c.in,
        .factor = o->c.weight.equalized ? (real)(1 / sqrt((double)o->style)) : 1,
        .x = genrepi_real_read(call->in[1]),
        .w = genrepi_real_read(genrepi_modulated_parameters(call->layer)[0].value)};
}

static void scale_rows(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const genrepi_modulated_rows *r = opaque;
    for (int64_t i = begin; i < end; i++) {
        k->scale_shift(r->n, r->scale != NULL ? r->scale[i] : 1,
                       r->bias != NULL ? r->bias[i % r->channels] : 0, r->x + i * r->n,
                       r->to + i * r->n);
    }
}

void genrepi_modulated_scale(const genrepi_call *call, int64_t batch,
                             const genrepi_modulated_rows *rows) {
    genrepi_map_rows(call->ctx, batch * rows->channels, rows->n, scale_rows, rows);
}

void genrepi_modulated_square(int64_t n, const real *s, real *to) {
    for (int64_t i = 0; i < n; i++) to[i] = s[i] * s[i];
}

typedef struct kernel_state {
    int64_t field;
    const real *w;
    real *to;
} kernel_state;

static void square_kernels(const genrepi_kernels *k, const void *opaque, int64_t begin,
                           int64_t end) {
    const kernel_state *s = opaque;
    for (int64_t i = begin; i < end; i++) {
        s->to[i] = k->sum_squares(s->field, s->w + i * s->field);
    }
}

/* d of each sample and output into saved[1], q into saved[2]. */
static int32_t find_demodulation(genrepi_call *call, const genrepi_convolution *c) {
    const genrepi_modulated_options *o = call->layer->options;
    int32_t status =
        genrepi_call_save(call, 1, GENREPI_REAL, &(genrepi_shape){2, {c->batch, c->out}});
    if (status == 0) {
        status = genrepi_call_save(call, 2, GENREPI_REAL, &(genrepi_shape){2, {c->out, c->in}});
    }
    if (status != 0) return status;
    real *d = genrepi_real(call->saved[1]), *q = genrepi_real(call->saved[2]);
    kernel_state kernels = {.field = c->kernel_height * c->kernel_width,
                            .w = genrepi_real_read(call->layer->parameters[0].value),
                            .to = q};
    genrepi_map_rows(call->ctx, c->out * c->in, kernels.field, square_kernels, &kernels);
    real *squares = genrepi_scratch_get(call->ctx, (size_t)(c->batch * c->in) * sizeof(real));
    if (squares == NULL) return GENREP_E_NOMEM;
    genrepi_modulated_square(c->batch * c->in, genrepi_real_read(call->saved[0]), squares);
    status = genrepi_gemm(call->ctx, 0, 1, c->batch, c->out, c->in, c->factor * c->factor, squares,
                          c->in, q, c->in, 0, d, c->out);
    for (int64_t i = 0; i < c->batch * c->out && status == 0; i++) {
        d[i] = (real)(1 / sqrt((double)d[i] + o->eps));
    }
    genrepi_scratch_put(call->ctx, squares);
    return status;
}

/* saved[0]: s of each sample and input channel. */
static int32_t forward(genrepi_call *call) {
    const genrepi_modulated_options *o = call->layer->options;
    const genrepi_parameter *p = call->layer->parameters;
    const genrepi_convolution c = genrepi_modulated_convolution(call);
    const genrepi_affine style = genrepi_modulated_style(call);
    genrepi_shape s_shape = {2, {c.batch, c.in}};
    int32_t status = genrepi_call_save(call, 0, GENREPI_REAL, &s_shape);
    if (status == 0) {
        status = genrepi_affine_forward(
            call->ctx, &style,
            genrepi_real_read(genrepi_modulated_parameters(call->layer)[1].value),
            genrepi_real(call->saved[0]));
    }
    if (status == 0 && o->demodulate) status = find_demodulation(call, &c);
    if (status != 0 || call->out[0]->count == 0) return status;
    real *scaled = genrepi_scratch_get(call->ctx, (size_t)call->in[0]->count * sizeof(real));
    if (scaled == NULL) return GENREP_E_NOMEM;
    genrepi_modulated_rows in = {.n = c.height * c.width,
                                 .channels = c.in,
                                 .x = genrepi_real_read(call->in[0]),
                                 .scale = genrepi_real_read(call->saved[0]),
                                 .to = scaled};
    genrepi_modulated_scale(call, c.batch, &in);
    real *y = genrepi_real(call->out[0]), *scratch = NULL;
    genrepi_modulated_rows out = {
        .n = c.out_height * c.out_width, .channels = c.out, .x = y, .to = y};
    status = genrepi_convolve_bias(call, &out.bias, &scratch);
    if (status == 0) {
        status = genrepi_convolution_forward(call->ctx, &c, scaled, genrepi_real_read(p[0].value),
                                             o->demodulate ? NULL : out.bias, y);
    }
    if (status == 0 && o->demodulate) {
        out.scale = genrepi_real_read(call->saved[1]);
        genrepi_modulated_scale(call, c.batch, &out);
    }
    genrepi_convolve_end(call, scratch);
    genrepi_scratch_put(call->ctx, scaled);
    return status;
}

static const genrepi_option options[] = {
    GENREPI_CONVOLVE_OPTIONS,
    GENREPI_OPTION_INT(genrepi_modulated_options, style, NULL, 1, GENREPI_MAX_SIZE,
                       "size of the style vectors"),
    GENREPI_OPTION_FLAG(genrepi_modulated_options, demodulate, "1",
                        "scale each output channel so that inputs of variance 1 keep it"),
    GENREPI_OPTION_NUMBER(genrepi_modulated_options, eps, "1e-8", 1e-12, 1,
                          "added to the sum of squared weights")};
static const genrepi_layer_ops ops = {.n_in = 2,
                                      .n_out = 1,
                                      .build = build,
                                      .shape = shape,
                                      .forward = forward,
                                      .backward = genrepi_modulated_backward};
const genrepi_kind genrepi_kind_modulated_conv2d = {
    "layer",
    "modulated_conv2d",
    "conv2d with input channels scaled by a style vector (inputs: x, style)",
    options,
    GENREPI_COUNT(options),
    0,
    0,
    sizeof(genrepi_modulated_options),
    &ops};
