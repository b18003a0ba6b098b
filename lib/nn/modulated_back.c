/* Going back through modulated_conv2d; the formulas are in modulated_conv2d.c. */
#include <base/pool.h>
#include <kernel/gemm.h>
#include <nn/modulated.h>

/* dots = sum x y, sums = sum x */
static void dot_rows(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const genrepi_modulated_rows *r = opaque;
    for (int64_t i = begin; i < end; i++) {
        r->dots[i] = k->dot(r->n, r->x + i * r->n, r->y + i * r->n);
        if (r->sums != NULL) r->sums[i] = k->sum(r->n, r->x + i * r->n);
    }
}

static void dot_all(const genrepi_call *call, int64_t batch, const genrepi_modulated_rows *rows) {
    genrepi_map_rows(call->ctx, batch * rows->channels, rows->n, dot_rows, rows);
}

typedef struct kernel_state {
    int64_t field;
    const real *w, *scale;
    real *to;
} kernel_state;

static void add_kernels(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const kernel_state *s = opaque;
    for (int64_t i = begin; i < end; i++) {
        k->axpy(s->field, s->scale[i], s->w + i * s->field, s->to + i * s->field);
    }
}

/* What going back works with: ds and dV of each sample, dy scaled by d, x scaled by s and then its
 * cotangent. */
typedef struct modulated_back {
    genrepi_convolution c;
    real *ds, *dv, *sums, *squares, *dz, *xs;
} modulated_back;

static void release(const genrepi_call *call, const modulated_back *b) {
    real *const all[] = {b->ds, b->dz, b->xs};
    for (int i = 0; i < 3; i++) {
        if (all[i] != NULL) genrepi_scratch_put(call->ctx, all[i]);
    }
}

static int32_t make(const genrepi_call *call, modulated_back *b) {
    const genrepi_convolution *c = &b->c;
    int64_t small = c->batch * (2 * c->in + 2 * c->out);
    b->ds = genrepi_scratch_get(call->ctx, (size_t)small * sizeof(real));
    b->dz = genrepi_scratch_get(call->ctx, (size_t)call->out[0]->count * sizeof(real));
    b->xs = genrepi_scratch_get(call->ctx, (size_t)call->in[0]->count * sizeof(real));
    if (b->ds == NULL || b->dz == NULL || b->xs == NULL) return GENREP_E_NOMEM;
    b->squares = b->ds + c->batch * c->in;
    b->dv = b->squares + c->batch * c->in;
    b->sums = b->dv + c->batch * c->out;
    return 0;
}

/* dz and dV, and the gradient of the bias. */
static int32_t outputs_back(genrepi_call *call, const modulated_back *b) {
    const genrepi_modulated_options *o = call->layer->options;
    const genrepi_convolution *c = &b->c;
    const real *bias, *d = o->demodulate ? genrepi_real_read(call->saved[1]) : NULL;
    real *scratch;
    genrepi_modulated_rows rows = {.n = c->out_height * c->out_width,
                                   .channels = c->out,
                                   .x = genrepi_real_read(call->d_out[0]),
                                   .y = genrepi_real_read(call->out[0]),
                                   .scale = d,
                                   .to = b->dz,
                                   .dots = b->dv,
                                   .sums = b->sums};
    int32_t status = genrepi_convolve_bias(call, &bias, &scratch);
    if (status != 0) return status;
    genrepi_modulated_scale(call, c->batch, &rows);
    dot_all(call, c->batch, &rows);
    for (int64_t i = 0; i < c->batch * c->out && d != NULL; i++) { /* dd = sum dy (y - bias) / d */
        const real less = bias != NULL ? bias[i % c->out] * b->sums[i] : 0;
        b->dv[i] = (real)-0.5 * d[i] * d[i] * (b->dv[i] - less);
    }
    genrepi_convolve_end(call, scratch);
    if (call->frozen || !o->c.bias) return 0;
    real *sums = genrepi_scratch_get(call->ctx, (size_t)c->out * sizeof(real));
    if (sums == NULL) return GENREP_E_NOMEM;
    for (int64_t j = 0; j < c->out; j++) {
        double sum = 0;
        for (int64_t i = 0; i < c->batch; i++) sum += (double)b->sums[i * c->out + j];
        sums[j] = (real)sum;
    }
    genrepi_weight_bias_back(call, c->out, sums);
    genrepi_scratch_put(call->ctx, sums);
    return 0;
}

/* The gradient of the weight, both parts. */
static int32_t weight_back(genrepi_call *call, const modulated_back *b) {
    const genrepi_modulated_options *o = call->layer->options;
    const genrepi_convolution *c = &b->c;
    const genrepi_parameter *weight = &call->layer->parameters[0];
    const real *s = genrepi_real_read(call->saved[0]);
    real *gradient = genrepi_real(weight->gradient);
    genrepi_modulated_rows rows = {.n = c->height * c->width,
                                   .channels = c->in,
                                   .x = genrepi_real_read(call->in[0]),
                                   .scale = s,
                                   .to = b->xs};
    genrepi_modulated_scale(call, c->batch, &rows);
    int32_t status = genrepi_convolution_weight(call->ctx, c, b->xs, b->dz, gradient);
    if (status != 0 || !o->demodulate) return status;
    real *dq = genrepi_scratch_get(call->ctx, (size_t)(c->out * c->in) * sizeof(real));
    if (dq == NULL) return GENREP_E_NOMEM;
    genrepi_modulated_square(c->batch * c->in, s, b->squares);
    status = genrepi_gemm(call->ctx, 1, 0, c->out, c->in, c->batch, 2 * c->factor * c->factor,
                          b->dv, c->out, b->squares, c->in, 0, dq, c->in);
    kernel_state kernels = {.field = c->kernel_height * c->kernel_width,
                            .w = genrepi_real_read(weight->value),
                            .scale = dq,
                            .to = gradient};
    if (status == 0) {
        genrepi_map_rows(call->ctx, c->out * c->in, kernels.field, add_kernels, &kernels);
    }
    genrepi_scratch_put(call->ctx, dq);
    return status;
}

/* dx and ds. */
static int32_t inputs_back(genrepi_call *call, const modulated_back *b) {
    const genrepi_modulated_options *o = call->layer->options;
    const genrepi_convolution *c = &b->c;
    const real *s = genrepi_real_read(call->saved[0]);
    int32_t status = genrepi_convolution_input(
        call->ctx, c, b->dz, genrepi_real_read(call->layer->parameters[0].value), NULL, b->xs);
    if (status != 0) return status;
    genrepi_modulated_rows rows = {.n = c->height * c->width,
                                   .channels = c->in,
                                   .x = b->xs,
                                   .y = genrepi_real_read(call->in[0]),
                                   .scale = s,
                                   .dots = b->ds};
    dot_all(call, c->batch, &rows);
    if (call->d_in[0] != NULL) {
        rows.to = genrepi_real(call->d_in[0]);
        genrepi_modulated_scale(call, c->batch, &rows);
    }
    if (!o->demodulate) return 0;
    real *more = b->squares;
    status = genrepi_gemm(call->ctx, 0, 0, c->batch, c->in, c->out, 2 * c->factor * c->factor,
                          b->dv, c->out, genrepi_real_read(call->saved[2]), c->in, 0, more, c->in);
    if (status == 0) call->ctx->kernels->mul_add(c->batch * c->in, s, more, b->ds);
    return status;
}

static int32_t style_back(genrepi_call *call, const modulated_back *b) {
    const genrepi_parameter *p = genrepi_modulated_parameters(call->layer);
    const genrepi_affine style = genrepi_modulated_style(call);
    real *dx = call->d_in[1] != NULL ? genrepi_real(call->d_in[1]) : NULL;
    if (call->frozen) return genrepi_affine_backward(call->ctx, &style, b->ds, dx, NULL, NULL);
    real *sums = genrepi_scratch_get(call->ctx, (size_t)b->c.in * sizeof(real));
    if (sums == NULL) return GENREP_E_NOMEM;
    int32_t status =
        genrepi_affine_backward(call->ctx, &style, b->ds, dx, genrepi_real(p[0].gradient), sums);
    if (status == 0) {
        real *gradient = genrepi_real(p[1].gradient);
        call->ctx->kernels->add(b->c.in, sums, gradient, gradient);
    }
    genrepi_scratch_put(call->ctx, sums);
    return status;
}

int32_t genrepi_modulated_backward(genrepi_call *call) {
    modulated_back b = {.c = genrepi_modulated_convolution(call)};
    if (call->out[0]->count == 0) return 0;
    int32_t status = make(call, &b);
    if (status == 0) status = outputs_back(call, &b);
    if (status == 0 && !call->frozen) status = weight_back(call, &b);
    if (status == 0) status = inputs_back(call, &b);
    if (status == 0) status = style_back(call, &b);
    release(call, &b);
    return status;
}
