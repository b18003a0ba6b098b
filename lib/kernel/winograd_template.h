/* The transforms of Winograd's convolutions in two dimensions, the staging of images for them, and
 * the product of transformed tiles with transformed weights (see kernel.h).  Lanes are channels, 16
 * at a time.  Included by kernel_template.h. */

#include <kernel/winograd_matrix_template.h>

/* Both dimensions: columns, then rows. */
#define WINOGRAD(name, FROM, TO)                                                                   \
    static void k_winograd_##name(int64_t count, const real *from,                                 \
                                  const genrepi_winograd_strides *f, real *to,                     \
                                  const genrepi_winograd_strides *t) {                             \
        for (; count > 0; count--, from += f->next, to += t->next)                                 \
            for (int lane = 0; lane < GENREPI_LANES; lane += SIMD_LANES) {                         \
                simd half[TO][FROM];                                                               \
                for (int j = 0; j < FROM; j++) {                                                   \
                    simd x[FROM], y[TO];                                                           \
                    for (int i = 0; i < FROM; i++)                                                 \
                        x[i] = simd_load(from + lane + i * f->row + j * f->col);                   \
                    winograd_##name(x, y);                                                         \
                    for (int i = 0; i < TO; i++) half[i][j] = y[i];                                \
                }                                                                                  \
                for (int i = 0; i < TO; i++) {                                                     \
                    simd y[TO];                                                                    \
                    winograd_##name(half[i], y);                                                   \
                    for (int j = 0; j < TO; j++)                                                   \
                        simd_store(to + lane + i * t->row + j * t->col, y[j]);                     \
                }                                                                                  \
            }                                                                                      \
    }
#define WINOGRAD_FORM(m, r, n)                                                                     \
    WINOGRAD(data_##m##r, n, n)                                                                    \
    WINOGRAD(weight_##m##r, r, n)                                                                  \
    WINOGRAD(output_##m##r, n, m)                                                                  \
    WINOGRAD(cotangent_##m##r, m, n)                                                               \
    WINOGRAD(gradient_##m##r, n, r)
WINOGRAD_FORM(2, 2, 3)
WINOGRAD_FORM(2, 3, 4)
WINOGRAD_FORM(4, 2, 5)
WINOGRAD_FORM(4, 3, 6)
#undef WINOGRAD
#undef WINOGRAD_FORM
#define WINOGRAD_ROW(mr)                                                                           \
    {                                                                                              \
        k_winograd_data_##mr, k_winograd_weight_##mr, k_winograd_output_##mr,                      \
            k_winograd_cotangent_##mr, k_winograd_gradient_##mr                                    \
    }
#define WINOGRAD_ROWS                                                                              \
    { WINOGRAD_ROW(22), WINOGRAD_ROW(23), WINOGRAD_ROW(42), WINOGRAD_ROW(43) }

/* Planes are often a power of two apart: then lines of 16 channels meet in one set of the caches,
 * which holds 8.  So at most 8 channels are staged at a time, and each of their lines is read at
 * once. */
#ifndef SIMD_STAGE
#define SIMD_STAGE SIMD_LANES
static inline void simd_stage(const simd *v, real *to) {
    simd square[SIMD_LANES];
    ROWS_UNROLL for (int l = 0; l < SIMD_LANES; l++) square[l] = v[l];
    simd_square(square);
    ROWS_UNROLL for (int l = 0; l < SIMD_LANES; l++) simd_store(to + l * GENREPI_LANES, square[l]);
}
#endif

static void k_winograd_stage(int64_t rows, int64_t n, int32_t channels, const real *x,
                             int64_t x_row, int64_t plane, real *to, int64_t to_row) {
    for (int first = 0; first < GENREPI_LANES; first += SIMD_STAGE)
        for (int64_t i = 0; i < rows; i++) {
            const real *from[SIMD_STAGE];
            for (int l = 0; l < SIMD_STAGE; l++)
                from[l] = x + i * x_row + (first + l < channels ? first + l : channels - 1) * plane;
            real *put = to + i * to_row + first;
            simd v[SIMD_STAGE];
            int64_t j = 0;
            for (; j + SIMD_LANES <= n; j += SIMD_LANES) {
                ROWS_UNROLL for (int l = 0; l < SIMD_STAGE; l++) v[l] = simd_load(from[l] + j);
                simd_stage(v, put + j * GENREPI_LANES);
            }
            if (j < n) {
                ROWS_UNROLL for (int l = 0; l < SIMD_STAGE; l++) v[l] =
                    simd_load_some(from[l] + j, (int)(n - j));
                simd_stage(v, put + j * GENREPI_LANES);
            }
        }
}

static void k_winograd_put(int64_t n, int32_t channels, real factor, const real *x,
                           const real *bias, real *to, int64_t plane) {
    const simd scale = simd_set(factor);
    for (int first = 0; first < channels; first += SIMD_LANES) {
        const int rows = channels - first < SIMD_LANES ? channels - first : SIMD_LANES;
        const simd b = bias == NULL         ? simd_zero()
                       : rows == SIMD_LANES ? simd_load(bias + first)
                                            : simd_load_some(bias + first, rows);
        simd v[SIMD_LANES];
        for (int64_t j = 0; j < n; j += SIMD_LANES) {
            const int cols = n - j < SIMD_LANES ? (int)(n - j) : SIMD_LANES;
            const real *from = x + j * GENREPI_LANES + first;
            real *row = to + first * plane + j;
            ROWS_UNROLL for (int l = 0; l < SIMD_LANES; l++) v[l] =
                simd_fma(scale, simd_load(from + (l < cols ? l : 0) * GENREPI_LANES), b);
            simd_square(v);
            if (cols == SIMD_LANES && rows == SIMD_LANES) {
                ROWS_UNROLL for (int l = 0; l < SIMD_LANES; l++) simd_store(row + l * plane, v[l]);
            } else {
                for (int l = 0; l < rows; l++) simd_store_some(row + l * plane, cols, v[l]);
            }
        }
    }
}

/* As gemm_fixed_tile(), but A lies in groups of 16 k: [group][row][16]. */
static inline __attribute__((always_inline)) void
winograd_fixed_tile(const int rows, const int vectors, int cols, int64_t groups, int64_t depth,
                    const real *a, int64_t a_group, const real *b, int64_t b_step, real beta,
                    real *c, int64_t ldc) {
#define DECLARE(i) simd s##i##_0 = simd_zero(), s##i##_1 = simd_zero();
    GEMM_EACH_ROW(DECLARE)
#undef DECLARE
    for (int64_t g = 0; g < groups;
         g++, a += a_group - depth, b += (GENREPI_LANES - depth) * b_step)
        for (int64_t p = 0; p < depth; p++, a++, b += b_step) {
            const simd b0 = simd_load(b), b1 = vectors > 1 ? simd_load(b + SIMD_LANES) : b0;
#define MULTIPLY(i)                                                                                \
    if (rows > i) {                                                                                \
        const simd x = simd_set(a[i * GENREPI_LANES]);                                             \
        s##i##_0 = simd_fma(x, b0, s##i##_0);                                                      \
        if (vectors > 1) s##i##_1 = simd_fma(x, b1, s##i##_1);                                     \
    }
            GEMM_EACH_ROW(MULTIPLY)
#undef MULTIPLY
        }
    const simd one = simd_set(1);
#define PUT(i)                                                                                     \
    if (rows > i) {                                                                                \
        gemm_put(c + i * ldc, cols, s##i##_0, one, beta);                                          \
        if (vectors > 1)                                                                           \
            gemm_put(c + i * ldc + SIMD_LANES, cols - SIMD_LANES, s##i##_1, one, beta);            \
    }
    GEMM_EACH_ROW(PUT)
#undef PUT
}

static void k_winograd_tile(int32_t rows, int32_t cols, int64_t groups, int64_t depth,
                            const real *a, int64_t a_group, const real *b, int64_t b_step,
                            real beta, real *c, int64_t ldc) {
#define HEIGHT(i)                                                                                  \
    case i + 1:                                                                                    \
        if (cols > SIMD_LANES)                                                                     \
            winograd_fixed_tile(i + 1, 2, cols, groups, depth, a, a_group, b, b_step, beta, c,     \
                                ldc);                                                              \
        else                                                                                       \
            winograd_fixed_tile(i + 1, 1, cols, groups, depth, a, a_group, b, b_step, beta, c,     \
                                ldc);                                                              \
        break;
    switch (rows) { GEMM_EACH_ROW(HEIGHT) }
#undef HEIGHT
}
