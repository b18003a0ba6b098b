/* The matrices of Winograd's transforms, applied to vectors of one dimension (how they come about:
 * docs/notes/convolution.md).  Points of F(m, r): F(2,2) 0, 1, inf; F(2,3) 0, 1, -1, inf; F(4,2) 0,
 * a, -a, c, inf with a = 5/4 and c = 5/8; F(4,3) 0, a, -a, b, -b, inf with a = 3/4 and b = 3/2.  Of
 * points p and -p the even and the odd part are found once.  Included by winograd_template.h. */

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
