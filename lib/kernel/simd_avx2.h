/* Vectors of 32 bytes for matrix products and random numbers: AVX2 with FMA. */
#ifndef GENREPI_KERNEL_SIMD_AVX2_H
#define GENREPI_KERNEL_SIMD_AVX2_H

#include <immintrin.h>
#include <base/real.h>

/* 12 sums, 2 vectors of B and one element of A in 16 registers */
#define GEMM_ROWS 6
#define GEMM_VECTORS 2
#define GEMM_EACH_ROW(X) X(0) X(1) X(2) X(3) X(4) X(5)

/* dot_rows: 6 sums of 2 vectors, 2 vectors of x and one of y in 16 registers */
#define ROWS_X 2
#define ROWS_Y 3

#ifdef GENREPI_DOUBLE

typedef __m256d simd;
#define SIMD_LANES 4
static inline simd simd_zero(void) {
    return _mm256_setzero_pd();
}
static inline simd simd_set(real x) {
    return _mm256_set1_pd(x);
}
static inline simd simd_load(const real *p) {
    return _mm256_loadu_pd(p);
}
static inline void simd_store(real *p, simd v) {
    _mm256_storeu_pd(p, v);
}
static inline __m256i simd_mask(int n) {
    return _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), _mm256_setr_epi64x(0, 1, 2, 3));
}
static inline simd simd_load_some(const real *p, int n) {
    return _mm256_maskload_pd(p, simd_mask(n));
}
static inline void simd_store_some(real *p, int n, simd v) {
    _mm256_maskstore_pd(p, simd_mask(n), v);
}
static inline simd simd_mul(simd a, simd b) {
    return _mm256_mul_pd(a, b);
}
static inline simd simd_add(simd a, simd b) {
    return _mm256_add_pd(a, b);
}
static inline simd simd_fma(simd a, simd b, simd c) {
    return _mm256_fmadd_pd(a, b, c);
}

/* to[q * pitch + j] = rows[j][p + q] for q < 2, j < 4: blocks of 2 x 2 in each half */
static inline void simd_transpose(const real *const *rows, int64_t p, real *to, int64_t pitch) {
#define ROWS(j)                                                                                    \
    _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_loadu_pd(rows[j] + p)),                        \
                         _mm_loadu_pd(rows[(j) + 2] + p), 1)
    __m256d x0 = ROWS(0), x1 = ROWS(1);
#undef ROWS
    _mm256_storeu_pd(to, _mm256_unpacklo_pd(x0, x1));
    _mm256_storeu_pd(to + pitch, _mm256_unpackhi_pd(x0, x1));
}
#define SIMD_TRANSPOSE_DEPTH 2

/* Transposes 4 vectors of 4. */
static inline void simd_square(simd *v) {
    const simd x = _mm256_unpacklo_pd(v[0], v[1]), y = _mm256_unpackhi_pd(v[0], v[1]),
               z = _mm256_unpacklo_pd(v[2], v[3]), w = _mm256_unpackhi_pd(v[2], v[3]);
    v[0] = _mm256_permute2f128_pd(x, z, 0x20), v[1] = _mm256_permute2f128_pd(y, w, 0x20);
    v[2] = _mm256_permute2f128_pd(x, z, 0x31), v[3] = _mm256_permute2f128_pd(y, w, 0x31);
}

#else

typedef __m256 simd;
#define SIMD_LANES 8
static inline simd simd_zero(void) {
    return _mm256_setzero_ps();
}
static inline simd simd_set(real x) {
    return _mm256_set1_ps(x);
}
static inline simd simd_load(const real *p) {
    return _mm256_loadu_ps(p);
}
static inline void simd_store(real *p, simd v) {
    _mm256_storeu_ps(p, v);
}
static inline __m256i simd_mask(int n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
static inline simd simd_load_some(const real *p, int n) {
    return _mm256_maskload_ps(p, simd_mask(n));
}
static inline void simd_store_some(real *p, int n, simd v) {
    _mm256_maskstore_ps(p, simd_mask(n), v);
}
static inline simd simd_mul(simd a, simd b) {
    return _mm256_mul_ps(a, b);
}
static inline simd simd_add(simd a, simd b) {
    return _mm256_add_ps(a, b);
}
static inline simd simd_fma(simd a, simd b, simd c) {
    return _mm256_fmadd_ps(a, b, c);
}

/* to[q * pitch + j] = rows[j][p + q] for q < 4, j < 8: vectors of rows j and j + 4, then blocks
 * of 4 x 4 in each half */
static inline void simd_transpose(const real *const *rows, int64_t p, real *to, int64_t pitch) {
#define ROWS(j)                                                                                    \
    _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(rows[j] + p)),                        \
                         _mm_loadu_ps(rows[(j) + 4] + p), 1)
    __m256 x0 = ROWS(0), x1 = ROWS(1), x2 = ROWS(2), x3 = ROWS(3);
#undef ROWS
    __m256 y0 = _mm256_unpacklo_ps(x0, x1), y1 = _mm256_unpackhi_ps(x0, x1);
    __m256 y2 = _mm256_unpacklo_ps(x2, x3), y3 = _mm256_unpackhi_ps(x2, x3);
    _mm256_storeu_ps(to, _mm256_shuffle_ps(y0, y2, 0x44));
    _mm256_storeu_ps(to + pitch, _mm256_shuffle_ps(y0, y2, 0xee));
    _mm256_storeu_ps(to + 2 * pitch, _mm256_shuffle_ps(y1, y3, 0x44));
    _mm256_storeu_ps(to + 3 * pitch, _mm256_shuffle_ps(y1, y3, 0xee));
}
#define SIMD_TRANSPOSE_DEPTH 4

/* Transposes 8 vectors of 8: blocks of 4 x 4 in each half, then halves. */
static inline void simd_square(simd *v) {
    simd a[8];
    for (int i = 0; i < 8; i += 4) {
        const simd x = _mm256_unpacklo_ps(v[i], v[i + 1]), y = _mm256_unpackhi_ps(v[i], v[i + 1]),
                   z = _mm256_unpacklo_ps(v[i + 2], v[i + 3]),
                   w = _mm256_unpackhi_ps(v[i + 2], v[i + 3]);
        a[i] = _mm256_shuffle_ps(x, z, 0x44), a[i + 1] = _mm256_shuffle_ps(x, z, 0xee);
        a[i + 2] = _mm256_shuffle_ps(y, w, 0x44), a[i + 3] = _mm256_shuffle_ps(y, w, 0xee);
    }
    for (int i = 0; i < 4; i++) {
        v[i] = _mm256_permute2f128_ps(a[i], a[i + 4], 0x20);
        v[i + 4] = _mm256_permute2f128_ps(a[i], a[i + 4], 0x31);
    }
}

/* Element l is the sum of the lanes of x[l], added in the order of genrepi_tree_sum(): halves of
 * two vectors meet in one, until 8 have. */
#define SIMD_SUMS
static inline simd simd_sums(const simd *x) {
    simd a[4], b[2];
    for (int k = 0; k < 4; k++)
        a[k] = _mm256_add_ps(_mm256_permute2f128_ps(x[2 * k], x[2 * k + 1], 0x20),
                             _mm256_permute2f128_ps(x[2 * k], x[2 * k + 1], 0x31));
    for (int k = 0; k < 2; k++)
        b[k] = _mm256_add_ps(_mm256_shuffle_ps(a[2 * k], a[2 * k + 1], 0x44),
                             _mm256_shuffle_ps(a[2 * k], a[2 * k + 1], 0xee));
    /* Element 4 q + p holds sum 2 p + q. */
    return _mm256_permutevar8x32_ps(
        _mm256_add_ps(_mm256_shuffle_ps(b[0], b[1], 0x88), _mm256_shuffle_ps(b[0], b[1], 0xdd)),
        _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

#endif
/* 64-bit lanes, and the product of their low halves (random_template.h). */
typedef uint64_t wide __attribute__((vector_size(32)));
#define WIDE_LANES 4
static inline wide wide_product(wide a, wide b) {
    return (wide)_mm256_mul_epu32((__m256i)a, (__m256i)b);
}

#endif
