/* The transforms of Winograd's convolutions (kernel/winograd.h), a vector of tiles or of channels
 * at a time.  Each is two-sided, to = L x L', with a constant L whose zeros and ones cost nothing
 * once the loops are unrolled.  With points a_0.. and infinity (Cook and Toom):
 *   B[j] = coefficients of the product of x - a_l over l other than j; last, over all l
 *   G[j][k] = a_j^k / product of a_j - a_l over l other than j;          last, the last is 1
 *   A[i][j] = a_j^i;                                       for infinity, the last is 1
 * so that sum_j A[i][j] G[j][k] B[j][s] = 1 where s = i + k and 0 elsewhere.
 * Included by kernel_template.h. */

#if defined(__GNUC__) && !defined(__clang__)
#define WINOGRAD_UNROLL _Pragma("GCC unroll 64")
#else
#define WINOGRAD_UNROLL _Pragma("unroll")
#endif
#define WINOGRAD_INLINE static inline __attribute__((always_inline))

#define THIRD ((real)1 / 3)
#define SIXTH ((real)1 / 6)

static const real winograd_b22[] = {-1, 1, 0, 0, 1, 0, 0, -1, 1};
static const real winograd_g22[] = {-1, 0, 1, 1, 0, 1};
static const real winograd_a22[] = {1, 1, 0, 0, 1, 1};

static const real winograd_b32[] = {-1, 0, 1, 0, 0, 1, 1, 0, 0, -1, 1, 0, 0, -1, 0, 1};
static const real winograd_g32[] = {-1, 0, (real)0.5, (real)0.5, (real)0.5, (real)-0.5, 0, 1};
static const real winograd_a32[] = {1, 1, 1, 0, 0, 1, -1, 0, 0, 1, 1, 1};

static const real winograd_b42[] = {2, -1, -2, 1,  0, 0, -2, -1, 1, 0,  0,  2, -3,
                                    1, 0,  0,  -1, 0, 1, 0,  0,  2, -1, -2, 1};
static const real winograd_g42[] = {(real)0.5, 0,     (real)-0.5, (real)-0.5, -SIXTH,
                                    SIXTH,     SIXTH, THIRD,      0,          1};
static const real winograd_a42[] = {1, 1, 1, 1, 0, 0, 1, -1, 2, 0, 0, 1, 1, 4, 0, 0, 1, -1, 8, 1};

static const real winograd_b23[] = {-1, 0, 1, 0, 0, 1, 1, 0, 0, -1, 1, 0, 0, -1, 0, 1};
static const real winograd_g23[] = {
    -1, 0, 0, (real)0.5, (real)0.5, (real)0.5, (real)0.5, (real)-0.5, (real)0.5, 0, 0, 1};
static const real winograd_a23[] = {1, 1, 1, 0, 0, 1, -1, 1};

static const real winograd_b43[] = {4, 0,  -5, 0, 1, 0, 0, -4, -4, 1,  1, 0, 0, 4, -4, -1, 1, 0,
                                    0, -2, -1, 2, 1, 0, 0, 2,  -1, -2, 1, 0, 0, 4, 0,  -5, 0, 1};
static const real winograd_g43[] = {(real)0.25, 0,          0,      -SIXTH,    -SIXTH,    -SIXTH,
                                    -SIXTH,     SIXTH,      -SIXTH, SIXTH / 4, SIXTH / 2, SIXTH,
                                    SIXTH / 4,  -SIXTH / 2, SIXTH,  0,         0,         1};
static const real winograd_a43[] = {1, 1, 1, 1, 1, 0, 0, 1, -1, 2, -2, 0,
                                    0, 1, 1, 4, 4, 0, 0, 1, -1, 8, -8, 1};

/* Element (i, k) of a matrix of `cols` columns, or of its transpose. */
WINOGRAD_INLINE real winograd_at(const real *matrix, const int cols, const int trans, const int i,
                                 const int k) {
    return trans ? matrix[k * cols + i] : matrix[i * cols + k];
}

/* sum_k L[i][k] x[k * step] */
WINOGRAD_INLINE simd winograd_sum(const real *matrix, const int cols, const int trans, const int i,
                                  const int n, const simd *x, const int step) {
    simd sum = simd_zero();
    int empty = 1;
    WINOGRAD_UNROLL for (int k = 0; k < n; k++) {
        const real c = winograd_at(matrix, cols, trans, i, k);
        if (c == 0) continue;
        if (empty)
            sum = c == 1 ? x[k * step] : simd_mul(simd_set(c), x[k * step]);
        else
            sum = c == 1 ? simd_add(sum, x[k * step]) : simd_fma(simd_set(c), x[k * step], sum);
        empty = 0;
    }
    return sum;
}

/* y = L x L': x is n x n, y rows x rows; L is the matrix or, with trans, its transpose. */
WINOGRAD_INLINE void winograd_transform(const real *matrix, const int cols, const int trans,
                                        const int rows, const int n, const simd *x, simd *y) {
    simd half[6 * 6];
    WINOGRAD_UNROLL for (int i = 0; i < rows; i++) {
        WINOGRAD_UNROLL for (int k = 0; k < n; k++) half[i * n + k] =
            winograd_sum(matrix, cols, trans, i, n, x + k, n);
    }
    WINOGRAD_UNROLL for (int i = 0; i < rows; i++) {
        WINOGRAD_UNROLL for (int k = 0; k < rows; k++) y[i * rows + k] =
            winograd_sum(matrix, cols, trans, k, n, half + i * n, 1);
    }
}

/* The n x n numbers at each of a vector's places, row_step from row to row. */
WINOGRAD_INLINE void winograd_gather(const int n, const real *const *tiles, int64_t row_step,
                                     simd *x) {
    real part[(7 + SIMD_TRANSPOSE_DEPTH) * SIMD_LANES];
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < n; k += SIMD_TRANSPOSE_DEPTH)
            simd_transpose(tiles, i * row_step + k, part + k * SIMD_LANES, SIMD_LANES);
        WINOGRAD_UNROLL for (int k = 0; k < n; k++) x[i * n + k] = simd_load(part + k * SIMD_LANES);
    }
}

WINOGRAD_INLINE void winograd_in(const real *matrix, const int cols, const int trans,
                                 const int rows, const int side, int64_t n,
                                 const real *const *tiles, int64_t row_step, real *to,
                                 int64_t point_step) {
    for (int64_t j = 0; j < n; j += SIMD_LANES) {
        simd x[6 * 6], y[6 * 6];
        winograd_gather(side, tiles + j, row_step, x);
        winograd_transform(matrix, cols, trans, rows, side, x, y);
        WINOGRAD_UNROLL for (int t = 0; t < rows * rows; t++)
            simd_store(to + t * point_step + j, y[t]);
    }
}

/* Of the four windows of `side` rows and columns in side + 1 of each: the rows' half of two windows
 * is shared. */
WINOGRAD_INLINE void winograd_shifted(const real *matrix, const int side, int64_t n,
                                      const real *const *tiles, int64_t row_step, real *to,
                                      int64_t point_step, int64_t set_step) {
    for (int64_t j = 0; j < n; j += SIMD_LANES) {
        simd x[7 * 7], half[6 * 7];
        winograd_gather(side + 1, tiles + j, row_step, x);
        for (int s = 0; s < 2; s++) {
            WINOGRAD_UNROLL for (int i = 0; i < side; i++) {
                WINOGRAD_UNROLL for (int k = 0; k <= side; k++) half[i * (side + 1) + k] =
                    winograd_sum(matrix, side, 0, i, side, x + s * (side + 1) + k, side + 1);
            }
            for (int q = 0; q < 2; q++) {
                real *at = to + (2 * s + q) * set_step + j;
                WINOGRAD_UNROLL for (int i = 0; i < side; i++) {
                    WINOGRAD_UNROLL for (int k = 0; k < side; k++) simd_store(
                        at + (i * side + k) * point_step,
                        winograd_sum(matrix, side, 0, k, side, half + i * (side + 1) + q, 1));
                }
            }
        }
    }
}

/* Phases 1 or 2: with 2 the second's products are phase_step behind, and outputs alternate. */
WINOGRAD_INLINE void winograd_out(const real *matrix, const int m, const int points,
                                  const int phases, int64_t n, const real *from, int64_t point_step,
                                  int64_t phase_step, real bias, real *to) {
    const simd b = simd_set(bias);
    for (int64_t j = 0; j < n; j += SIMD_LANES) {
        simd y[2 * 4 * 4];
        for (int s = 0; s < phases; s++) {
            simd x[6 * 6];
            WINOGRAD_UNROLL for (int t = 0; t < points * points; t++) x[t] =
                simd_load(from + s * phase_step + t * point_step + j);
            winograd_transform(matrix, points, 0, m, points, x, y + s * m * m);
        }
        for (int i = 0; i < m; i++) {
            real rows[8 * SIMD_LANES], *at = to + (i * n + j) * phases * m;
            for (int s = 0; s < phases; s++)
                for (int k = 0; k < m; k++)
                    simd_store(rows + (phases * k + s) * SIMD_LANES,
                               simd_add(y[s * m * m + i * m + k], b));
            for (int l = 0; l < SIMD_LANES; l++)
                for (int k = 0; k < phases * m; k++)
                    at[l * phases * m + k] = rows[k * SIMD_LANES + l];
        }
    }
}

WINOGRAD_INLINE void winograd_flat(const real *matrix, const int cols, const int trans,
                                   const int rows, const int side, int64_t n, const real *from,
                                   const int64_t *places, int64_t from_step, real *to,
                                   int64_t to_step) {
    for (int64_t j = 0; j < n; j += SIMD_LANES) {
        simd x[6 * 6], y[6 * 6];
        WINOGRAD_UNROLL for (int t = 0; t < side * side; t++) x[t] =
            simd_load(from + (places != NULL ? places[t] : t * from_step) + j);
        winograd_transform(matrix, cols, trans, rows, side, x, y);
        WINOGRAD_UNROLL for (int t = 0; t < rows * rows; t++)
            simd_store(to + t * to_step + j, y[t]);
    }
}

#define WINOGRAD_EACH(X)                                                                           \
    switch (kind) {                                                                                \
    case GENREPI_WINOGRAD_22:                                                                      \
        X(2, 2) break;                                                                             \
    case GENREPI_WINOGRAD_32:                                                                      \
        X(3, 2) break;                                                                             \
    case GENREPI_WINOGRAD_42:                                                                      \
        X(4, 2) break;                                                                             \
    case GENREPI_WINOGRAD_23:                                                                      \
        X(2, 3) break;                                                                             \
    default:                                                                                       \
        X(4, 3) break;                                                                             \
    }

static void k_winograd_input(int32_t kind, int64_t n, const real *const *tiles, int64_t row_step,
                             real *to, int64_t point_step) {
#define RUN(m, r)                                                                                  \
    winograd_in(winograd_b##m##r, m + r - 1, 0, m + r - 1, m + r - 1, n, tiles, row_step, to,      \
                point_step);
    WINOGRAD_EACH(RUN)
#undef RUN
}

static void k_winograd_cotangent(int32_t kind, int64_t n, const real *const *tiles,
                                 int64_t row_step, real *to, int64_t point_step) {
#define RUN(m, r)                                                                                  \
    winograd_in(winograd_a##m##r, m + r - 1, 1, m + r - 1, m, n, tiles, row_step, to, point_step);
    WINOGRAD_EACH(RUN)
#undef RUN
}

static void k_winograd_shifted(int32_t kind, int64_t n, const real *const *tiles, int64_t row_step,
                               real *to, int64_t point_step, int64_t set_step) {
#define RUN(m, r)                                                                                  \
    winograd_shifted(winograd_b##m##r, m + r - 1, n, tiles, row_step, to, point_step, set_step);
    WINOGRAD_EACH(RUN)
#undef RUN
}

static void k_winograd_output(int32_t kind, int64_t n, const real *from, int64_t point_step,
                              int64_t phase_step, real bias, real *to) {
#define RUN(m, r)                                                                                  \
    if (phase_step == 0)                                                                           \
        winograd_out(winograd_a##m##r, m, m + r - 1, 1, n, from, point_step, 0, bias, to);         \
    else                                                                                           \
        winograd_out(winograd_a##m##r, m, m + r - 1, 2, n, from, point_step, phase_step, bias, to);
    WINOGRAD_EACH(RUN)
#undef RUN
}

static void k_winograd_weight(int32_t kind, int64_t n, const real *from, const int64_t *places,
                              real *to, int64_t point_step) {
#define RUN(m, r)                                                                                  \
    winograd_flat(winograd_g##m##r, r, 0, m + r - 1, r, n, from, places, 0, to, point_step);
    WINOGRAD_EACH(RUN)
#undef RUN
}

static void k_winograd_weight_adjoint(int32_t kind, int64_t n, const real *from, int64_t point_step,
                                      real *to, int64_t to_step) {
#define RUN(m, r)                                                                                  \
    winograd_flat(winograd_g##m##r, r, 1, r, m + r - 1, n, from, NULL, point_step, to, to_step);
    WINOGRAD_EACH(RUN)
#undef RUN
}

#undef WINOGRAD_EACH
#undef THIRD
#undef SIXTH

static void k_copy_pieces(int64_t count, const genrepi_piece_of_rows *pieces, int64_t n,
                          const real *from, int64_t from_step, real *to, int64_t to_step) {
    for (const genrepi_piece_of_rows *p = pieces; p < pieces + count; p++) {
        const real *x = from + p->from;
        real *y = to + p->to;
        for (int64_t i = 0; i < p->rows; i++, x += from_step, y += to_step) {
            int64_t j = 0;
            for (; j + SIMD_LANES <= n; j += SIMD_LANES) simd_store(y + j, simd_load(x + j));
            if (j < n) simd_store_some(y + j, (int)(n - j), simd_load_some(x + j, (int)(n - j)));
        }
    }
}

static void k_halve_pieces(int64_t count, const genrepi_piece_of_rows *pieces, int64_t n,
                           int32_t before, int32_t behind, const real *from, int64_t from_step,
                           real *even, real *odd, int64_t to_step) {
    for (const genrepi_piece_of_rows *p = pieces; p < pieces + count; p++) {
        const real *x = from + p->from;
        real *y = even + p->to, *z = odd + p->to;
        for (int64_t i = 0; i < p->rows; i++, x += from_step, y += to_step, z += to_step) {
            int64_t j = 0;
            for (; j + SIMD_LANES <= n; j += SIMD_LANES) {
                const simd a = simd_load(x + 2 * j), b = simd_load(x + 2 * j + SIMD_LANES);
                simd_store(y + j, simd_even(a, b));
                simd_store(z + j, simd_odd(a, b));
            }
            for (; j < n; j++) y[j] = x[2 * j], z[j] = x[2 * j + 1];
            if (before) z[-1] = x[-1];
            if (behind) y[n] = x[2 * n];
        }
    }
}
