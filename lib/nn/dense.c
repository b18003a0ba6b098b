/* See dense.h. */
#include <nn/dense.h>
#include <base/pool.h>
#include <kernel/gemm.h>
#include <string.h>

int32_t genrepi_dense_build(genrep_layer *layer, const genrepi_dense *d,
                            const genrepi_weight_options *options, const char *init,
                            const char *bias_init) {
    genrepi_shape weight = {2, {d->out, d->in}};
    double fan_in = (double)d->in;
    int32_t status = genrepi_weight_build(layer, options, &weight, 0, fan_in, init);
    if (status == 0 && d->bias && bias_init != NULL) {
        status =
            genrepi_layer_parameter(layer, "bias", &(genrepi_shape){1, {d->out}}, bias_init, 1);
    } else if (status == 0 && d->bias) {
        status = genrepi_weight_build_bias(layer, options, d->out, fan_in, init);
    }
    return status != 0 ? status : genrepi_weight_finish(layer);
}

int32_t genrepi_style_shape(const genrep_layer *layer, int64_t style, const genrepi_shape *in) {
    if (in[1].rank < 0) return 0;
    int64_t batch = in[0].rank > 0 ? in[0].size[0] : -1;
    if (in[1].rank == 2 && (in[1].size[1] < 0 || in[1].size[1] == style) &&
        (batch < 0 || in[1].size[0] < 0 || in[1].size[0] == batch)) {
        return 0;
    }
    char text[GENREPI_SHAPE_BYTES];
    return genrepi_fail_shape(layer, &in[1], "a style vector of %lld for each sample of %s",
                              (long long)style, genrepi_shape_text(in, text));
}

typedef struct bias_state {
    int64_t cols;
    const real *bias, *dy;
    real *to;
} bias_state;

static void add_bias(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const bias_state *s = opaque;
    k->add_row(end - begin, s->cols, s->bias, s->to + begin * s->cols);
}

static void sum_bias(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end,
                     real *sums) {
    const bias_state *s = opaque;
    k->sum_rows(end - begin, s->cols, s->dy + begin * s->cols, sums);
}

int32_t genrepi_affine_forward(genrep_ctx *ctx, const genrepi_affine *a, const real *bias,
                               real *y) {
    int32_t status = genrepi_gemm(ctx, 0, 1, a->rows, a->out, a->in, a->factor, a->x, a->in, a->w,
                                  a->in, 0, y, a->out);
    if (status != 0 || bias == NULL) return status;
    bias_state state = {.cols = a->out, .bias = bias, .to = y};
    genrepi_map_rows(ctx, a->rows, a->out, add_bias, &state);
    return 0;
}

/* dx = factor dy W; W += factor dy^T x. */
int32_t genrepi_affine_backward(genrep_ctx *ctx, const genrepi_affine *a, const real *dy, real *dx,
                                real *dw, real *sums) {
    int32_t status = 0;
    if (dx != NULL) {
        status = genrepi_gemm(ctx, 0, 0, a->rows, a->in, a->out, a->factor, dy, a->out, a->w, a->in,
                              0, dx, a->in);
    }
    if (status == 0 && dw != NULL) {
        status = genrepi_gemm(ctx, 1, 0, a->out, a->in, a->rows, a->factor, dy, a->out, a->x, a->in,
                              1, dw, a->in);
    }
    if (status != 0 || sums == NULL) return status;
    bias_state state = {.cols = a->out, .dy = dy};
    memset(sums, 0, (size_t)a->out * sizeof(real));
    return genrepi_sum_rows(ctx, a->rows, a->out, a->out, sum_bias, &state, sums);
}

int32_t genrepi_dense_forward(genrepi_call *call, const genrepi_dense *d, int64_t rows,
                              const real *x, real *y) {
    genrepi_affine a = {rows, d->in, d->out,
                        1,    x,     genrepi_real_read(call->layer->parameters[0].value)};
    const real *bias = NULL;
    real *scratch = NULL;
    int32_t status = genrepi_weight_factor(call, &a.factor);
    if (status == 0 && d->bias) status = genrepi_weight_bias(call, d->out, &bias, &scratch);
    if (status == 0) status = genrepi_affine_forward(call->ctx, &a, bias, y);
    if (scratch != NULL) genrepi_scratch_put(call->ctx, scratch);
    return status;
}

int32_t genrepi_dense_backward(genrepi_call *call, const genrepi_dense *d, int64_t rows,
                               const real *x, const real *y, const real *dy, real *dx) {
    const genrepi_parameter *p = call->layer->parameters;
    const genrepi_affine a = {
        rows, d->in, d->out, genrepi_weight_factor_back(call), x, genrepi_real_read(p[0].value)};
    if (call->frozen) return genrepi_affine_backward(call->ctx, &a, dy, dx, NULL, NULL);
    double bias = 0;
    real *sums = NULL;
    if (d->bias && !call->linear) {
        sums = genrepi_scratch_get(call->ctx, (size_t)d->out * sizeof(real));
        if (sums == NULL) return GENREP_E_NOMEM;
    }
    int32_t status =
        genrepi_affine_backward(call->ctx, &a, dy, dx, genrepi_real(p[0].gradient), sums);
    if (sums != NULL) {
        if (status == 0) bias = genrepi_weight_bias_back(call, d->out, sums);
        genrepi_scratch_put(call->ctx, sums);
    }
    return status != 0 ? status : genrepi_weight_correct(call, rows * d->out, y, dy, bias);
}
