/* The transforms of Winograd convolutions, and the product of transformed tiles with transformed
 * weights (formulas: docs/notes/convolution.md).  Lanes are channels, 16 at a time.  Included by
 * kernel_template.h.
 *
 * F(m, r): y = A' [(G g) (B' d)], products point by point.  Points: F(2,2) 0, 1, inf; F(2,3) 0, 1,
 * -1, inf; F(4,2) 0, a, -a, c, inf with a = 5/4 and c = 5/8; F(4,3) 0, a, -a, b, -b, inf with
 * a = 3/4 and b = 3/2.  Of points p and -p the even and the odd part are found once. */

static inline simd winograd_sub(simd a, simd b) {
    return simd_fma(simd_set(-1), b, a);
}
#define FMA(constant, x, y) simd_fma(simd_set((real)(constant)), x, y)
#define MUL(constant, x) simd_mul(simd_set((real)(constant)), x)
#define ADD(x, y) simd_add(x, y)
#define SUB(x, y) winograd_sub(x, y)

/* x -> y, in the order of enum genrepi_winograd_step: B', G, A', A, G' of one dimension */

static inline void winograd_data_22(const simd *x, simd *y) {
    y[0] = SUB(x[0], x[1]), y[1] = x[1], y[2] = SUB(x[1], x[2]);
}
static inline void winograd_weight_22(const simd *x, simd *y) {
    y[0] = x[0], y[1] = ADD(x[0], x[1]), y[2] = x[1];
}
static inline void winograd_output_22(const simd *x, simd *y) {
    y[0] = ADD(x[0], x[1]), y[1] = SUB(x[1], x[2]);
}
static inline void winograd_cotangent_22(const simd *x, simd *y) {
    y[0] = x[0], y[1] = ADD(x[0], x[1]), y[2] = SUB(simd_zero(), x[1]);
}
static inline void winograd_gradient_22(const simd *x, simd *y) {
    y[0] = ADD(x[0], x[1]), y[1] = ADD(x[1], x[2]);
}

static inline void winograd_data_23(const simd *x, simd *y) {
    y[0] = SUB(x[0], x[2]), y[1] = ADD(x[1], x[2]), y[2] = SUB(x[2], x[1]), y[3] = SUB(x[1], x[3]);
}
static inline void winograd_weight_23(const simd *x, simd *y) {
    const simd even = MUL(0.5, ADD(x[0], x[2]));
    y[0] = x[0], y[1] = FMA(0.5, x[1], even), y[2] = FMA(-0.5, x[1], even), y[3] = x[2];
}
static inline void winograd_output_23(const simd *x, simd *y) {
    y[0] = ADD(x[0], ADD(x[1], x[2])), y[1] = SUB(SUB(x[1], x[2]), x[3]);
}
static inline void winograd_cotangent_23(const simd *x, simd *y) {
    y[0] = x[0], y[1] = ADD(x[0], x[1]), y[2] = SUB(x[0], x[1]), y[3] = SUB(simd_zero(), x[1]);
}
static inline void winograd_gradient_23(const simd *x, simd *y) {
    const simd even = MUL(0.5, ADD(x[1], x[2]));
    y[0] = ADD(x[0], even), y[1] = MUL(0.5, SUB(x[1], x[2])), y[2] = ADD(x[3], even);
}

#define POINT_A 1.25
#define POINT_C 0.625
#define A2 (POINT_A * POINT_A)
#define C2 (POINT_C * POINT_C)
#define SCALE_0 (1 / (A2 * POINT_C)) /* of points 0, a, -a, c */
#define SCALE_A (1 / (2 * A2 * (POINT_A - POINT_C)))
#define SCALE_MINUS (-1 / (2 * A2 * (POINT_A + POINT_C)))
#define SCALE_C (1 / (POINT_C * (C2 - A2)))

static inline void winograd_data_42(const simd *x, simd *y) {
    const simd low = FMA(-POINT_C, x[0], x[1]), odd = FMA(-POINT_C, x[1], x[2]),
               even = FMA(-POINT_C, x[2], x[3]), high = FMA(-POINT_C, x[3], x[4]);
    y[0] = FMA(-A2, low, even);
    y[1] = FMA(POINT_A, odd, even), y[2] = FMA(-POINT_A, odd, even);
    y[3] = FMA(-A2, x[1], x[3]);
    y[4] = FMA(-A2, odd, high);
}
static inline void winograd_weight_42(const simd *x, simd *y) {
    y[0] = MUL(SCALE_0, x[0]);
    y[1] = FMA(SCALE_A * POINT_A, x[1], MUL(SCALE_A, x[0]));
    y[2] = FMA(-SCALE_MINUS * POINT_A, x[1], MUL(SCALE_MINUS, x[0]));
    y[3] = FMA(SCALE_C * POINT_C, x[1], MUL(SCALE_C, x[0]));
    y[4] = x[1];
}
static inline void winograd_output_42(const simd *x, simd *y) {
    const simd even = ADD(x[1], x[2]), odd = SUB(x[1], x[2]);
    y[0] = ADD(x[0], ADD(even, x[3]));
    y[1] = FMA(POINT_A, odd, MUL(POINT_C, x[3]));
    y[2] = FMA(A2, even, MUL(C2, x[3]));
    y[3] = FMA(A2 * POINT_A, odd, FMA(C2 * POINT_C, x[3], x[4]));
}
static inline void winograd_cotangent_42(const simd *x, simd *y) {
    const simd even = FMA(A2, x[2], x[0]), odd = FMA(A2, x[3], x[1]);
    y[0] = x[0];
    y[1] = FMA(POINT_A, odd, even), y[2] = FMA(-POINT_A, odd, even);
    y[3] = FMA(POINT_C, FMA(POINT_C, FMA(POINT_C, x[3], x[2]), x[1]), x[0]);
    y[4] = x[3];
}
static inline void winograd_gradient_42(const simd *x, simd *y) {
    const simd plus = MUL(SCALE_A, x[1]), minus = MUL(SCALE_MINUS, x[2]), c = MUL(SCALE_C, x[3]);
    y[0] = FMA(SCALE_0, x[0], ADD(ADD(plus, minus), c));
    y[1] = FMA(POINT_A, SUB(plus, minus), FMA(POINT_C, c, x[4]));
}

#undef POINT_A
#undef POINT_C
#undef A2
#undef C2
#undef SCALE_0
#undef SCALE_A
#undef SCALE_MINUS
#undef SCALE_C

#define POINT_A 0.75
#define POINT_B 1.5
#define A2 (POINT_A * POINT_A)
#define B2 (POINT_B * POINT_B)
#define SCALE_0 (1 / (A2 * B2)) /* of points 0, a and -a, b and -b */
#define SCALE_A (1 / (2 * A2 * (A2 - B2)))
#define SCALE_B (1 / (2 * B2 * (B2 - A2)))

static inline void winograd_data_43(const simd *x, simd *y) {
    const simd even_a = FMA(-B2, x[2], x[4]), odd_a = FMA(-B2, x[1], x[3]);
    const simd even_b = FMA(-A2, x[2], x[4]), odd_b = FMA(-A2, x[1], x[3]);
    y[0] = FMA(A2 * B2, x[0], FMA(-(A2 + B2), x[2], x[4]));
    y[1] = FMA(POINT_A, odd_a, even_a), y[2] = FMA(-POINT_A, odd_a, even_a);
    y[3] = FMA(POINT_B, odd_b, even_b), y[4] = FMA(-POINT_B, odd_b, even_b);
    y[5] = FMA(A2 * B2, x[1], FMA(-(A2 + B2), x[3], x[5]));
}
static inline void winograd_weight_43(const simd *x, simd *y) {
    const simd even_a = MUL(SCALE_A, FMA(A2, x[2], x[0])), odd_a = MUL(SCALE_A * POINT_A, x[1]);
    const simd even_b = MUL(SCALE_B, FMA(B2, x[2], x[0])), odd_b = MUL(SCALE_B * POINT_B, x[1]);
    y[0] = MUL(SCALE_0, x[0]);
    y[1] = ADD(even_a, odd_a), y[2] = SUB(even_a, odd_a);
    y[3] = ADD(even_b, odd_b), y[4] = SUB(even_b, odd_b);
    y[5] = x[2];
}
static inline void winograd_output_43(const simd *x, simd *y) {
    const simd even_a = ADD(x[1], x[2]), odd_a = SUB(x[1], x[2]);
    const simd even_b = ADD(x[3], x[4]), odd_b = SUB(x[3], x[4]);
    y[0] = ADD(x[0], ADD(even_a, even_b));
    y[1] = FMA(POINT_A, odd_a, MUL(POINT_B, odd_b));
    y[2] = FMA(A2, even_a, MUL(B2, even_b));
    y[3] = FMA(A2 * POINT_A, odd_a, FMA(B2 * POINT_B, odd_b, x[5]));
}
static inline void winograd_cotangent_43(const simd *x, simd *y) {
    const simd even_a = FMA(A2, x[2], x[0]), odd_a = FMA(A2, x[3], x[1]);
    const simd even_b = FMA(B2, x[2], x[0]), odd_b = FMA(B2, x[3], x[1]);
    y[0] = x[0];
    y[1] = FMA(POINT_A, odd_a, even_a), y[2] = FMA(-POINT_A, odd_a, even_a);
    y[3] = FMA(POINT_B, odd_b, even_b), y[4] = FMA(-POINT_B, odd_b, even_b);
    y[5] = x[3];
}
static inline void winograd_gradient_43(const simd *x, simd *y) {
    const simd even_a = MUL(SCALE_A, ADD(x[1], x[2])), odd_a = MUL(SCALE_A, SUB(x[1], x[2]));
    const simd even_b = MUL(SCALE_B, ADD(x[3], x[4])), odd_b = MUL(SCALE_B, SUB(x[3], x[4]));
    y[0] = FMA(SCALE_0, x[0], ADD(even_a, even_b));
    y[1] = FMA(POINT_A, odd_a, MUL(POINT_B, odd_b));
    y[2] = FMA(A2, even_a, FMA(B2, even_b, x[5]));
}

#undef POINT_A
#undef POINT_B
#undef A2
#undef B2
#undef SCALE_0
#undef SCALE_A
#undef SCALE_B
#undef FMA
#undef MUL
#undef ADD
#undef SUB

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

/* Squares of SIMD_LANES, through registers: every line of memory is met once, though planes are
 * often a power of two apart. */
#define WINOGRAD_UNROLL ROWS_UNROLL

#ifndef SIMD_STAGE
#define SIMD_STAGE SIMD_LANES
static inline void simd_stage(const simd *v, real *to) {
    simd square[SIMD_LANES];
    WINOGRAD_UNROLL for (int l = 0; l < SIMD_LANES; l++) square[l] = v[l];
    simd_square(square);
    WINOGRAD_UNROLL for (int l = 0; l < SIMD_LANES; l++)
        simd_store(to + l * GENREPI_LANES, square[l]);
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
                WINOGRAD_UNROLL for (int l = 0; l < SIMD_STAGE; l++) v[l] = simd_load(from[l] + j);
                simd_stage(v, put + j * GENREPI_LANES);
            }
            if (j == n) continue;
            WINOGRAD_UNROLL for (int l = 0; l < SIMD_STAGE; l++) v[l] =
                simd_load_some(from[l] + j, (int)(n - j));
            simd_stage(v, put + j * GENREPI_LANES);
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
            WINOGRAD_UNROLL for (int l = 0; l < SIMD_LANES; l++) v[l] =
                simd_fma(scale, simd_load(from + (l < cols ? l : 0) * GENREPI_LANES), b);
            simd_square(v);
            if (cols == SIMD_LANES && rows == SIMD_LANES) {
                WINOGRAD_UNROLL for (int l = 0; l < SIMD_LANES; l++)
                    simd_store(row + l * plane, v[l]);
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
