/* Products and updates of rows that are reached by pointers, for tables of word vectors (see
 * kernel.h). Products are summed over the same 16 lanes and tree as dot, without fused
 * multiply-add, so all columns of the table give the same bits.  Included by kernel_template.h. */

#if defined(__GNUC__) && !defined(__clang__) /* clang unrolls loops of constant length by itself   \
                                              */
#define ROWS_UNROLL _Pragma("GCC unroll 16")
#else
#define ROWS_UNROLL
#endif

enum {
    ROWS_PARTS = GENREPI_LANES / SIMD_LANES, /* vectors for the 16 lanes */
    ROWS_X = 2,
    ROWS_Y = 3, /* six sums at a time stay in registers */
    ROWS_BATCH = 6
};

/* y_kl = x_kl + x_k(l + half), l < half: one level of the tree for many sums at once. */
static inline void rows_halve(int n, int half, const real *restrict x, real *restrict y) {
    for (int k = 0; k < n; k++)
        for (int l = 0; l < half; l++)
            y[k * half + l] = x[2 * k * half + l] + x[2 * k * half + half + l];
}

/* The lane sums of rows * columns products, row by row. */
static inline __attribute__((always_inline)) void rows_tile(const int rows, const int columns,
                                                            const real *const *x,
                                                            const real *const *y, int64_t d,
                                                            real *lanes) {
    simd sum[ROWS_BATCH][ROWS_PARTS];
    ROWS_UNROLL for (int k = 0; k < rows * columns; k++) {
        ROWS_UNROLL for (int v = 0; v < ROWS_PARTS; v++) sum[k][v] = simd_zero();
    }
    for (int64_t at = 0; at < d; at += GENREPI_LANES) {
        ROWS_UNROLL for (int v = 0; v < ROWS_PARTS; v++) {
            simd a[ROWS_X];
            ROWS_UNROLL for (int i = 0; i < rows; i++) a[i] = simd_load(x[i] + at + v * SIMD_LANES);
            ROWS_UNROLL for (int j = 0; j < columns; j++) {
                const simd b = simd_load(y[j] + at + v * SIMD_LANES);
                ROWS_UNROLL for (int i = 0; i < rows; i++) {
                    const int k = i * columns + j;
                    sum[k][v] = simd_add(sum[k][v], simd_mul(a[i], b));
                }
            }
        }
    }
    ROWS_UNROLL for (int k = 0; k < rows * columns; k++) {
        ROWS_UNROLL for (int v = 0; v < ROWS_PARTS; v++)
            simd_store(lanes + k * GENREPI_LANES + v * SIMD_LANES, sum[k][v]);
    }
}

/* One or two rows of x with all of y. */
static inline __attribute__((always_inline)) void rows_dot_some(const int rows,
                                                                const real *const *x, int64_t n,
                                                                const real *const *y, int64_t d,
                                                                real *s) {
    real lanes[ROWS_BATCH * GENREPI_LANES], halves[ROWS_BATCH * GENREPI_LANES / 2];
    for (int64_t j = 0; j < n; j += ROWS_Y) {
        int columns = ROWS_Y;
        if (n - j >= ROWS_Y) {
            rows_tile(rows, ROWS_Y, x, y + j, d, lanes);
        } else {
            columns = 1;
            rows_tile(rows, 1, x, y + j, d, lanes);
        }
        int sums = rows * columns;
        rows_halve(sums, 8, lanes, halves);
        rows_halve(sums, 4, halves, lanes);
        rows_halve(sums, 2, lanes, halves);
        rows_halve(sums, 1, halves, lanes);
        for (int k = 0; k < sums; k++) s[k / columns * n + j + k % columns] = lanes[k];
        if (columns == 1) j += 1 - ROWS_Y;
    }
}

static void k_dot_rows(int64_t m, const real *const *x, int64_t n, const real *const *y, int64_t d,
                       real *s) {
    int64_t i = 0;
    for (; i + ROWS_X <= m; i += ROWS_X) rows_dot_some(ROWS_X, x + i, n, y, d, s + i * n);
    for (; i < m; i++) rows_dot_some(1, x + i, n, y, d, s + i * n);
}

/* Lane by lane, so that old values of x and the steps of x fit into 2 m vectors of `work`; rows are
 * read again when they are written, so that one that is there twice gets both steps. */
static void k_update_rows(int64_t m, real *const *x, int64_t n, real *const *y, int64_t d,
                          const real *g, real *work) {
    real *old = work, *step = work + m * SIMD_LANES;
    for (int64_t at = 0; at < d; at += SIMD_LANES) {
        for (int64_t i = 0; i < m; i++) {
            simd sum = simd_zero();
            for (int64_t j = 0; j < n; j++)
                sum = simd_add(sum, simd_mul(simd_set(g[i * n + j]), simd_load(y[j] + at)));
            simd_store(old + i * SIMD_LANES, simd_load(x[i] + at));
            simd_store(step + i * SIMD_LANES, sum);
        }
        for (int64_t j = 0; j < n; j++) {
            simd sum = simd_zero();
            for (int64_t i = 0; i < m; i++)
                sum = simd_add(sum,
                               simd_mul(simd_set(g[i * n + j]), simd_load(old + i * SIMD_LANES)));
            simd_store(y[j] + at, simd_add(simd_load(y[j] + at), sum));
        }
        for (int64_t i = 0; i < m; i++)
            simd_store(x[i] + at, simd_add(simd_load(x[i] + at), simd_load(step + i * SIMD_LANES)));
    }
}
