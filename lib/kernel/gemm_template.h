/* The micro-kernel of matrix products and its packing (see kernel.h and gemm.c), over the few
 * vector operations that simd_*.h names.  Included by kernel_template.h. */

#define GEMM_COLS (GEMM_VECTORS * SIMD_LANES)
#define GEMM_PITCH ((GEMM_ROWS + SIMD_LANES - 1) / SIMD_LANES * SIMD_LANES)

/* c = alpha sum + beta c for the first n elements of a vector; without beta, c is not read. */
static inline void gemm_put(real *c, int n, simd sum, simd alpha, real beta) {
    simd v = simd_mul(alpha, sum);
    if (n >= SIMD_LANES) {
        if (beta != 0) v = simd_add(v, simd_mul(simd_set(beta), simd_load(c)));
        simd_store(c, v);
    } else if (n > 0) {
        if (beta != 0) v = simd_add(v, simd_mul(simd_set(beta), simd_load_some(c, n)));
        simd_store_some(c, n, v);
    }
}

/* A tile of fixed height and width: `rows` and `vectors` are constants where this is expanded, so
 * that the sums stay in registers. */
static inline __attribute__((always_inline)) void
gemm_fixed_tile(const int rows, const int vectors, int cols, int64_t k, const real *a,
                int64_t a_step, const real *b, int64_t b_step, real alpha, real beta, real *c,
                int64_t ldc) {
#define DECLARE(i) simd s##i##_0 = simd_zero(), s##i##_1 = simd_zero();
    GEMM_EACH_ROW(DECLARE)
#undef DECLARE
    for (int64_t p = 0; p < k; p++, a += a_step, b += b_step) {
        if (p < rows) {
            __builtin_prefetch(c + p * ldc);
            if (vectors > 1) __builtin_prefetch(c + p * ldc + SIMD_LANES);
        }
        const simd b0 = simd_load(b), b1 = vectors > 1 ? simd_load(b + SIMD_LANES) : b0;
#define MULTIPLY(i)                                                                                \
    if (rows > i) {                                                                                \
        const simd x = simd_set(a[i]);                                                             \
        s##i##_0 = simd_fma(x, b0, s##i##_0);                                                      \
        if (vectors > 1) s##i##_1 = simd_fma(x, b1, s##i##_1);                                     \
    }
        GEMM_EACH_ROW(MULTIPLY)
#undef MULTIPLY
    }
    const simd scale = simd_set(alpha);
#define PUT(i)                                                                                     \
    if (rows > i) {                                                                                \
        gemm_put(c + i * ldc, cols, s##i##_0, scale, beta);                                        \
        if (vectors > 1)                                                                           \
            gemm_put(c + i * ldc + SIMD_LANES, cols - SIMD_LANES, s##i##_1, scale, beta);          \
    }
    GEMM_EACH_ROW(PUT)
#undef PUT
}

static void k_gemm_tile(int32_t rows, int32_t cols, int64_t k, const real *a, int64_t a_step,
                        const real *b, int64_t b_step, real alpha, real beta, real *c,
                        int64_t ldc) {
#define HEIGHT(i)                                                                                  \
    case i + 1:                                                                                    \
        if (cols > SIMD_LANES)                                                                     \
            gemm_fixed_tile(i + 1, 2, cols, k, a, a_step, b, b_step, alpha, beta, c, ldc);         \
        else                                                                                       \
            gemm_fixed_tile(i + 1, 1, cols, k, a, a_step, b, b_step, alpha, beta, c, ldc);         \
        break;
    switch (rows) { GEMM_EACH_ROW(HEIGHT) }
#undef HEIGHT
}

/* One row: many columns at once, since each sum waits for its last multiply-add. */
#define GEMM_ROW_VECTORS 8
#define GEMM_EACH_VECTOR(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)

static inline __attribute__((always_inline)) void
gemm_fixed_row(const int vectors, int tail, int64_t k, const real *a, int64_t a_step, const real *b,
               int64_t b_step, real alpha, real beta, real *c) {
#define DECLARE(v) simd s##v = simd_zero();
    GEMM_EACH_VECTOR(DECLARE)
#undef DECLARE
    for (int64_t p = 0; p < k; p++, a += a_step, b += b_step) {
        const simd x = simd_set(*a);
#define MULTIPLY(v)                                                                                \
    if (vectors > v + 1)                                                                           \
        s##v = simd_fma(x, simd_load(b + v * SIMD_LANES), s##v);                                   \
    else if (vectors > v)                                                                          \
        s##v = simd_fma(x, simd_load_some(b + v * SIMD_LANES, tail), s##v);
        GEMM_EACH_VECTOR(MULTIPLY)
#undef MULTIPLY
    }
    const simd scale = simd_set(alpha);
#define PUT(v)                                                                                     \
    if (vectors > v)                                                                               \
        gemm_put(c + v * SIMD_LANES, vectors > v + 1 ? SIMD_LANES : tail, s##v, scale, beta);
    GEMM_EACH_VECTOR(PUT)
#undef PUT
}

static void k_gemm_row(int32_t cols, int64_t k, const real *a, int64_t a_step, const real *b,
                       int64_t b_step, real alpha, real beta, real *c) {
    const int vectors = (cols + SIMD_LANES - 1) / SIMD_LANES;
    const int tail = cols - (vectors - 1) * SIMD_LANES;
#define WIDTH(v)                                                                                   \
    case v + 1:                                                                                    \
        gemm_fixed_row(v + 1, tail, k, a, a_step, b, b_step, alpha, beta, c);                      \
        break;
    switch (vectors) { GEMM_EACH_VECTOR(WIDTH) }
#undef WIDTH
}

static void gemm_pack_rows(int64_t k, int32_t width, const real *x, int64_t ldx, int32_t pitch,
                           real *to) {
    for (int64_t p = 0; p < k; p++, x += ldx, to += pitch) {
        for (int j = 0; j < pitch; j += SIMD_LANES) {
            if (j + SIMD_LANES <= width)
                simd_store(to + j, simd_load(x + j));
            else
                simd_store(to + j, j < width ? simd_load_some(x + j, width - j) : simd_zero());
        }
    }
}

/* Padding repeats the last of the `width` rows, so that all of a vector can be read. */
static void gemm_pack_columns(int64_t k, int32_t width, const real *x, int64_t ldx, int32_t pitch,
                              real *to) {
    for (int32_t j = 0; j < pitch; j += SIMD_LANES) {
        const real *rows[SIMD_LANES];
        for (int32_t l = 0; l < SIMD_LANES; l++)
            rows[l] = x + (j + l < width ? j + l : width - 1) * ldx;
        int64_t p = 0;
        for (; p + SIMD_TRANSPOSE_DEPTH <= k; p += SIMD_TRANSPOSE_DEPTH)
            simd_transpose(rows, p, to + p * pitch + j, pitch);
        for (; p < k; p++)
            for (int32_t l = 0; l < SIMD_LANES; l++) to[p * pitch + j + l] = rows[l][p];
    }
}

static void k_gemm_pack(int64_t k, int32_t width, const real *x, int64_t ldx, int32_t trans,
                        int32_t pitch, real *to) {
    if (trans)
        gemm_pack_columns(k, width, x, ldx, pitch, to);
    else
        gemm_pack_rows(k, width, x, ldx, pitch, to);
}
