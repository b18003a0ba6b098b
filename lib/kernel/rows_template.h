/* Products and updates of rows that are reached by pointers, for tables of word vectors (see
 * kernel.h).  A product is 16 chains, one a lane, added up in the tree's order; chains are of fused
 * multiply-adds where the processor has them, so those columns of the table give the same bits.
 * Included by kernel_template.h. */

#if defined(__GNUC__) && !defined(__clang__) /* clang unrolls loops of constant length by itself   \
                                              */
#define ROWS_UNROLL _Pragma("GCC unroll 16")
#else
#define ROWS_UNROLL
#endif

enum {
    ROWS_PARTS = GENREPI_LANES / SIMD_LANES, /* vectors for the 16 lanes */
    ROWS_MOST = ROWS_X * ROWS_Y,             /* sums at a time, which stay in registers */
    ROWS_BLOCK = 6                           /* columns of an update */
};

#ifndef SIMD_SUMS
/* Element l is the sum of the lanes of x[l], added in the order of genrepi_tree_sum(). */
static inline simd simd_sums(const simd *x) {
    real lanes[SIMD_LANES * SIMD_LANES];
    for (int l = 0; l < SIMD_LANES; l++) simd_store(lanes + l * SIMD_LANES, x[l]);
    for (int half = SIMD_LANES / 2; half > 0; half /= 2)
        for (int l = 0; l < SIMD_LANES; l++)
            for (int e = 0; e < half; e++)
                lanes[l * SIMD_LANES + e] += lanes[l * SIMD_LANES + half + e];
    for (int l = 0; l < SIMD_LANES; l++) lanes[l] = lanes[l * SIMD_LANES];
    return simd_load(lanes);
}
#endif

/* A vector, or so much of it as `left` numbers are. */
static inline __attribute__((always_inline)) simd rows_load(const int whole, const real *p,
                                                            int64_t left) {
    if (whole || left >= SIMD_LANES) return simd_load(p);
    return left > 0 ? simd_load_some(p, (int)left) : simd_zero();
}

/* p += step */
static inline __attribute__((always_inline)) void rows_add(const int whole, real *p, int64_t left,
                                                           const real *step) {
    const simd sum = simd_add(rows_load(whole, p, left), simd_load(step));
    if (whole)
        simd_store(p, sum);
    else
        simd_store_some(p, (int)left, sum);
}

/* The products of `rows` rows with `columns` columns, at s[i * n + j]. */
static inline __attribute__((always_inline)) void rows_tile(const int rows, const int columns,
                                                            const real *const *x,
                                                            const real *const *y, int64_t d,
                                                            int64_t n, real *s) {
    simd sum[ROWS_MOST][ROWS_PARTS];
    ROWS_UNROLL for (int k = 0; k < rows * columns; k++) {
        ROWS_UNROLL for (int v = 0; v < ROWS_PARTS; v++) sum[k][v] = simd_zero();
    }
    int64_t at = 0;
    for (; at + GENREPI_LANES <= d; at += GENREPI_LANES) {
        ROWS_UNROLL for (int v = 0; v < ROWS_PARTS; v++) {
            simd a[ROWS_X];
            ROWS_UNROLL for (int i = 0; i < rows; i++) a[i] = simd_load(x[i] + at + v * SIMD_LANES);
            ROWS_UNROLL for (int j = 0; j < columns; j++) {
                const simd b = simd_load(y[j] + at + v * SIMD_LANES);
                ROWS_UNROLL for (int i = 0; i < rows; i++) sum[i * columns + j][v] =
                    simd_fma(a[i], b, sum[i * columns + j][v]);
            }
        }
    }
    if (at < d) { /* a block that is not whole */
        ROWS_UNROLL for (int v = 0; v < ROWS_PARTS; v++) {
            const int64_t from = at + v * SIMD_LANES;
            simd a[ROWS_X];
            ROWS_UNROLL for (int i = 0; i < rows; i++) a[i] = rows_load(0, x[i] + from, d - from);
            ROWS_UNROLL for (int j = 0; j < columns; j++) {
                const simd b = rows_load(0, y[j] + from, d - from);
                ROWS_UNROLL for (int i = 0; i < rows; i++) sum[i * columns + j][v] =
                    simd_fma(a[i], b, sum[i * columns + j][v]);
            }
        }
    }
    real out[(ROWS_MOST + SIMD_LANES - 1) / SIMD_LANES * SIMD_LANES];
    ROWS_UNROLL for (int k = 0; k < rows * columns; k += SIMD_LANES) {
        simd group[SIMD_LANES];
        ROWS_UNROLL for (int l = 0; l < SIMD_LANES; l++) {
            if (k + l >= rows * columns) {
                group[l] = simd_zero();
                continue;
            }
            ROWS_UNROLL for (int half = ROWS_PARTS / 2; half > 0; half /= 2) {
                ROWS_UNROLL for (int v = 0; v < half; v++) sum[k + l][v] =
                    simd_add(sum[k + l][v], sum[k + l][v + half]);
            }
            group[l] = sum[k + l][0];
        }
        simd_store(out + k, simd_sums(group));
    }
    ROWS_UNROLL for (int i = 0; i < rows; i++) {
        ROWS_UNROLL for (int j = 0; j < columns; j++) s[i * n + j] = out[i * columns + j];
    }
}

/* A few rows of x with all of y. */
static inline __attribute__((always_inline)) void rows_strip(const int rows, const real *const *x,
                                                             int64_t n, const real *const *y,
                                                             int64_t d, real *s) {
    int64_t j = 0;
    for (; j + ROWS_Y <= n; j += ROWS_Y) rows_tile(rows, ROWS_Y, x, y + j, d, n, s + j);
    for (; j + ROWS_Y / 2 <= n; j += ROWS_Y / 2) rows_tile(rows, ROWS_Y / 2, x, y + j, d, n, s + j);
    for (; j < n; j++) rows_tile(rows, 1, x, y + j, d, n, s + j);
}

static void k_dot_rows(int64_t m, const real *const *x, int64_t n, const real *const *y, int64_t d,
                       real *s) {
    for (; m >= ROWS_X; m -= ROWS_X, x += ROWS_X, s += ROWS_X * n)
        rows_strip(ROWS_X, x, n, y, d, s);
    switch (m) {
#if ROWS_X > 2
    case 3:
        rows_strip(3, x, n, y, d, s);
        break;
    case 2:
        rows_strip(2, x, n, y, d, s);
        break;
#endif
    case 1:
        rows_strip(1, x, n, y, d, s);
        break;
    default:
        break;
    }
}

/* One vector's worth of `columns` columns: their steps are stored, those of the rows go on. */
static inline __attribute__((always_inline)) void
rows_steps(const int whole, const int columns, int64_t m, real *const *x, int64_t n, real *const *y,
           int64_t at, int64_t left, const real *g, int first, real *x_step, real *y_step) {
    simd old[ROWS_BLOCK], sum[ROWS_BLOCK];
    ROWS_UNROLL for (int j = 0; j < columns; j++) {
        old[j] = rows_load(whole, y[j] + at, left);
        sum[j] = simd_zero();
    }
    for (int64_t i = 0; i < m; i++) {
        const simd a = rows_load(whole, x[i] + at, left);
        simd step = first ? simd_zero() : simd_load(x_step + i * SIMD_LANES);
        ROWS_UNROLL for (int j = 0; j < columns; j++) {
            const simd weight = simd_set(g[i * n + j]);
            step = simd_fma(weight, old[j], step);
            sum[j] = simd_fma(weight, a, sum[j]);
        }
        simd_store(x_step + i * SIMD_LANES, step);
    }
    ROWS_UNROLL for (int j = 0; j < columns; j++) simd_store(y_step + j * SIMD_LANES, sum[j]);
}

/* All steps before any is taken; rows are read again when they are written, so that one that is
 * there twice gets both. */
static inline __attribute__((always_inline)) void
rows_update(const int whole, int64_t m, real *const *x, int64_t n, real *const *y, int64_t at,
            int64_t left, const real *g, real *work) {
    real *x_step = work, *y_step = work + m * SIMD_LANES;
    int64_t j = 0;
    for (; j + ROWS_BLOCK <= n; j += ROWS_BLOCK)
        rows_steps(whole, ROWS_BLOCK, m, x, n, y + j, at, left, g + j, j == 0, x_step,
                   y_step + j * SIMD_LANES);
    for (; j < n; j++)
        rows_steps(whole, 1, m, x, n, y + j, at, left, g + j, j == 0, x_step,
                   y_step + j * SIMD_LANES);
    for (int64_t i = 0; i < m; i++) rows_add(whole, x[i] + at, left, x_step + i * SIMD_LANES);
    for (j = 0; j < n; j++) rows_add(whole, y[j] + at, left, y_step + j * SIMD_LANES);
}

/* Vector by vector. */
static void k_update_rows(int64_t m, real *const *x, int64_t n, real *const *y, int64_t d,
                          const real *g, real *work) {
    int64_t at = 0;
    if (m == 0 || n == 0) return;
    for (; at + SIMD_LANES <= d; at += SIMD_LANES)
        rows_update(1, m, x, n, y, at, SIMD_LANES, g, work);
    if (at < d) rows_update(0, m, x, n, y, at, d - at, g, work);
}
