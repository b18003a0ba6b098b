/* Vectors of 16 bytes for matrix products and random numbers, in the compilers' own vector
 * extension: any processor. Without fused multiply-add in the baseline, product and sum are rounded
 * apart. */
#ifndef GENREPI_KERNEL_SIMD_REFERENCE_H
#define GENREPI_KERNEL_SIMD_REFERENCE_H

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif
#include <base/real.h>

typedef real simd __attribute__((vector_size(16)));
#define SIMD_LANES ((int)(16 / sizeof(real)))
#define GEMM_ROWS 4
#define GEMM_VECTORS 2
#define GEMM_EACH_ROW(X) X(0) X(1) X(2) X(3)
#define ROWS_X 1
#define ROWS_Y 2

static inline simd simd_zero(void) {
    return (simd){0};
}
static inline simd simd_set(real x) {
    return (simd){0} + x;
}
static inline simd simd_load(const real *p) {
    simd v;
    memcpy(&v, p, sizeof v);
    return v;
}
static inline void simd_store(real *p, simd v) {
    memcpy(p, &v, sizeof v);
}
static inline simd simd_load_some(const real *p, int n) {
    simd v = {0};
    memcpy(&v, p, (size_t)n * sizeof *p);
    return v;
}
static inline void simd_store_some(real *p, int n, simd v) {
    memcpy(p, &v, (size_t)n * sizeof *p);
}
static inline simd simd_mul(simd a, simd b) {
    return a * b;
}
static inline simd simd_add(simd a, simd b) {
    return a + b;
}

#ifdef GENREPI_DOUBLE
#ifdef __FP_FAST_FMA
static inline simd simd_fma(simd a, simd b, simd c) {
    return (simd){__builtin_fma(a[0], b[0], c[0]), __builtin_fma(a[1], b[1], c[1])};
}
#else
static inline simd simd_fma(simd a, simd b, simd c) {
    return a * b + c;
}
#endif
#else
#ifdef __FP_FAST_FMAF
static inline simd simd_fma(simd a, simd b, simd c) {
    return (simd){__builtin_fmaf(a[0], b[0], c[0]), __builtin_fmaf(a[1], b[1], c[1]),
                  __builtin_fmaf(a[2], b[2], c[2]), __builtin_fmaf(a[3], b[3], c[3])};
}
#else
static inline simd simd_fma(simd a, simd b, simd c) {
    return a * b + c;
}
#endif
#endif

/* to[q * pitch + j] = rows[j][p + q] for q < 16 / sizeof(real), j < SIMD_LANES */
static inline void simd_transpose(const real *const *rows, int64_t p, real *to, int64_t pitch) {
    for (int q = 0; q < SIMD_LANES; q++)
        for (int j = 0; j < SIMD_LANES; j++) to[q * pitch + j] = rows[j][p + q];
}
#define SIMD_TRANSPOSE_DEPTH SIMD_LANES

/* Transposes SIMD_LANES vectors. */
static inline void simd_square(simd *v) {
    for (int i = 0; i < SIMD_LANES; i++)
        for (int j = 0; j < i; j++) {
            const real x = v[i][j];
            v[i][j] = v[j][i];
            v[j][i] = x;
        }
}

/* 64-bit lanes, and the product of their low halves (random_template.h). */
typedef uint64_t wide __attribute__((vector_size(16)));
#define WIDE_LANES 2
static inline wide wide_product(wide a, wide b) {
#ifdef __SSE2__ /* which compilers do not find in the product below */
    return (wide)_mm_mul_epu32((__m128i)a, (__m128i)b);
#else
    return (a & 0xffffffffu) * (b & 0xffffffffu);
#endif
}

#endif
