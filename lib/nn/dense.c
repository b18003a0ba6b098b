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

int32_t genrepi_dense_forward(genrepi_call *call, const genrepi_dense *d, int64_t rows,
                              const real *x, real *y) {
    const genrepi_parameter *p = call->layer->parameters;
    real factor, *scratch;
    int32_t status = genrepi_weight_factor(call, &factor);
    if (status == 0) {
        status = genrepi_gemm(call->ctx, 0, 1, rows, d->out, d->in, factor, x, d->in,
                              genrepi_real_read(p[0].value), d->in, 0, y, d->out);
    }
    if (status != 0 || !d->bias) return status;
    bias_state state = {.cols = d->out, .to = y};
    status = genrepi_weight_bias(call, d->out, &state.bias, &scratch);
    if (status != 0) return status;
    genrepi_map_rows(call->ctx, rows, d->out, add_bias, &state);
    if (scratch != NULL) genrepi_scratch_put(call->ctx, scratch);
    return 0;
}

/* b += c sum of the rows of dy; *product = <dy, c b>. */
static int32_t bias_backward(genrepi_call *call, const genrepi_dense *d, int64_t rows,
                             const real *dy, double *product) {
    bias_state state = {.cols = d->out, .dy = dy};
    real *sums = genrepi_scratch_get(call->ctx, (size_t)d->out * sizeof(real));
    if (sums == NULL) return GENREP_E_NOMEM;
    memset(sums, 0, (size_t)d->out * sizeof(real));
    int32_t status = genrepi_sum_rows(call->ctx, rows, d->out, d->out, sum_bias, &state, sums);
    if (status == 0) *product = genrepi_weight_bias_back(call, d->out, sums);
    genrepi_scratch_put(call->ctx, sums);
    return status;
}

/* dx = a dy W; W += a dy^T x, corrected; b += c times the sum of the rows of dy. */
int32_t genrepi_dense_backward(genrepi_call *call, const genrepi_dense *d, int64_t rows,
                               const real *x, const real *y, const real *dy, real *dx) {
    const genrepi_parameter *p = call->layer->parameters;
    const real factor = genrepi_weight_factor_back(call);
    double bias = 0;
    int32_t status = 0;
    if (dx != NULL) {
        status = genrepi_gemm(call->ctx, 0, 0, rows, d->in, d->out, factor, dy, d->out,
                              genrepi_real_read(p[0].value), d->in, 0, dx, d->in);
    }
    if (status != 0 || call->frozen) return status;
    status = genrepi_gemm(call->ctx, 1, 0, d->out, d->in, rows, factor, dy, d->out, x, d->in, 1,
                          genrepi_real(p[0].gradient), d->in);
    if (status == 0 && d->bias) status = bias_backward(call, d, rows, dy, &bias);
    return status != 0 ? status : genrepi_weight_correct(call, rows * d->out, y, dy, bias);
}
