/* Normalisation of channels that are columns, as after a linear layer: rows x channels, where the
 * mean and the variance of a channel run over the rows.  See norm.h. */
#include <base/pool.h>
#include <nn/norm.h>
#include <string.h>

typedef struct columns_state {
    int64_t cols;
    const real *a, *b, *d, *x, *z;
    real *y;
} columns_state;

static void sum_columns(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end,
                        real *sums) {
    const columns_state *s = opaque;
    k->sum_rows(end - begin, s->cols, s->x + begin * s->cols, sums);
}

static void sum_squares(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end,
                        real *sums) {
    const columns_state *s = opaque;
    k->centred_squares_rows(end - begin, s->cols, s->x + begin * s->cols, s->a, sums);
}

static void sum_products(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end,
                         real *sums) {
    const columns_state *s = opaque;
    k->mul_sum_rows(end - begin, s->cols, s->x + begin * s->cols, s->z + begin * s->cols, sums);
}

/* y = a x + b, or with z: y = a x + b + d z. */
static void combine(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const columns_state *s = opaque;
    int64_t at = begin * s->cols;
    k->scale_shift_rows(end - begin, s->cols, s->a, s->b, s->x + at, s->y + at);
    for (int64_t i = begin; i < end && s->z != NULL; i++, at += s->cols) {
        k->mul_add(s->cols, s->d, s->z + at, s->y + at);
    }
}

static int32_t sum(const genrepi_call *call, genrepi_channels c, genrepi_rows_sum *body,
                   const columns_state *state, real *total) {
    memset(total, 0, (size_t)c.channels * sizeof(real));
    return genrepi_sum_rows(call->ctx, c.batch, c.channels, c.channels, body, state, total);
}

int32_t genrepi_norm_columns_apply(genrepi_call *call, const genrepi_norm *norm, const real *mean,
                                   const real *var) {
    int64_t n = norm->c.channels;
    real *a = genrepi_scratch_get(call->ctx, (size_t)(2 * n) * sizeof(real)), *b = a + n;
    if (a == NULL) return GENREP_E_NOMEM;
    for (int64_t i = 0; i < n; i++) {
        a[i] = (real)(1 / sqrt((double)var[i] + norm->eps));
        if (norm->scale != NULL) a[i] *= norm->scale[i];
        b[i] = (norm->shift != NULL ? norm->shift[i] : 0) - mean[i] * a[i];
    }
    columns_state state = {.cols = n,
                           .a = a,
                           .b = b,
                           .x = genrepi_real_read(call->in[0]),
                           .y = genrepi_real(call->out[0])};
    genrepi_map_rows(call->ctx, norm->c.batch, n, combine, &state);
    genrepi_scratch_put(call->ctx, a);
    return 0;
}

int32_t genrepi_norm_columns(genrepi_call *call, const genrepi_norm *norm) {
    genrepi_channels c = norm->c;
    real *mean = genrepi_real(call->saved[0]), *var = mean + c.channels;
    real share = (real)(1 / genrepi_norm_count(norm));
    columns_state state = {.cols = c.channels, .a = mean, .x = genrepi_real_read(call->in[0])};
    int32_t status = sum(call, c, sum_columns, &state, mean);
    if (status != 0) return status;
    call->ctx->kernels->scale(c.channels, share, mean, mean);
    status = sum(call, c, sum_squares, &state, var);
    if (status != 0) return status;
    call->ctx->kernels->scale(c.channels, share, var, var);
    return genrepi_norm_columns_apply(call, norm, mean, var);
}

/* dx = a dy + b + d x with a = scale / s, d = -a dscale / (n s), b = -a dshift / n - d m. */
int32_t genrepi_norm_columns_backward(genrepi_call *call, const genrepi_norm *norm, real *d_scale,
                                      real *d_shift) {
    genrepi_channels c = norm->c;
    int64_t f = c.channels;
    const real *mean = genrepi_real_read(call->saved[0]), *var = mean + f;
    real *work = genrepi_scratch_get(call->ctx, (size_t)(5 * f) * sizeof(real));
    if (work == NULL) return GENREP_E_NOMEM;
    real *shift = work, *scale = work + f, *a = work + 2 * f, *b = work + 3 * f, *d = work + 4 * f;
    columns_state state = {
        .cols = f, .x = genrepi_real_read(call->d_out[0]), .z = genrepi_real_read(call->in[0])};
    int32_t status = sum(call, c, sum_columns, &state, shift);
    if (status == 0) status = sum(call, c, sum_products, &state, scale);
    if (status == 0) {
        real n = (real)genrepi_norm_count(norm);
        for (int64_t i = 0; i < f; i++) {
            real inverse = (real)(1 / sqrt((double)var[i] + norm->eps));
            a[i] = norm->scale != NULL ? inverse * norm->scale[i] : inverse;
            scale[i] = (scale[i] - mean[i] * shift[i]) * inverse;
            d[i] = -a[i] * inverse * scale[i] / n;
            b[i] = -a[i] * shift[i] / n - d[i] * mean[i];
        }
        if (call->d_in[0] != NULL) {
            state.a = a, state.b = b, state.d = d, state.y = genrepi_real(call->d_in[0]);
            genrepi_map_rows(call->ctx, c.batch, f, combine, &state);
        }
        if (d_scale != NULL) memcpy(d_scale, scale, (size_t)f * sizeof(real));
        if (d_shift != NULL) memcpy(d_shift, shift, (size_t)f * sizeof(real));
    }
    genrepi_scratch_put(call->ctx, work);
    return status;
}
