/* Vectors of 64 bytes for matrix products and random numbers: AVX-512. */
#ifndef GENREPI_KERNEL_SIMD_AVX512_H
#define GENREPI_KERNEL_SIMD_AVX512_H

#include <immintrin.h>
#include <base/real.h>

/* 28 sums, 2 vectors of B and one element of A in 32 registers */
#define GEMM_ROWS 14
#define GEMM_VECTORS 2
#define GEMM_EACH_ROW(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13)

/* dot_rows: 24 sums, 4 vectors of x and one of y in 32 registers */
#define ROWS_X 4
#define ROWS_Y 6

#ifdef GENREPI_DOUBLE

typedef __m512d simd;
#define SIMD_LANES 8
static inline simd simd_zero(void) {
    return _mm512_setzero_pd();
}
static inline simd simd_set(real x) {
    return _mm512_set1_pd(x);
}
static inline simd simd_load(const real *p) {
    return _mm512_loadu_pd(p);
}
static inline void simd_store(real *p, simd v) {
    _mm512_storeu_pd(p, v);
}
static inline __mmask8 simd_mask(int n) {
    return (__mmask8)((1u << n) - 1);
}
static inline simd simd_load_some(const real *p, int n) {
    return _mm512_maskz_loadu_pd(simd_mask(n), p);
}
static inline void simd_store_some(real *p, int n, simd v) {
    _mm512_mask_storeu_pd(p, simd_mask(n), v);
}
static inline simd simd_mul(simd a, simd b) {
    return _mm512_mul_pd(a, b);
}
static inline simd simd_add(simd a, simd b) {
    return _mm512_add_pd(a, b);
}
static inline simd simd_fma(simd a, simd b, simd c) {
    return _mm512_fmadd_pd(a, b, c);
}

/* to[q * pitch + j] = rows[j][p + q] for q < 2, j < 8: blocks of 2 x 2 in each quarter */
static inline void simd_transpose(const real *const *rows, int64_t p, real *to, int64_t pitch) {
#define PART(j) _mm_loadu_pd(rows[j] + p)
#define ROWS(j)                                                                                    \
    _mm512_insertf64x2(                                                                            \
        _mm512_insertf64x2(_mm512_insertf64x2(_mm512_castpd128_pd512(PART(j)), PART((j) + 2), 1),  \
                           PART((j) + 4), 2),                                                      \
        PART((j) + 6), 3)
    __m512d x0 = ROWS(0), x1 = ROWS(1);
#undef ROWS
#undef PART
    _mm512_storeu_pd(to, _mm512_unpacklo_pd(x0, x1));
    _mm512_storeu_pd(to + pitch, _mm512_unpackhi_pd(x0, x1));
}
#define SIMD_TRANSPOSE_DEPTH 2

/* Transposes 8 vectors of 8: pairs, then quarters. */
static inline void simd_square(simd *v) {
    simd a[8];
    for (int i = 0; i < 8; i += 2) {
        a[i] = _mm512_unpacklo_pd(v[i], v[i + 1]);
        a[i + 1] = _mm512_unpackhi_pd(v[i], v[i + 1]);
    }
    for (int i = 0; i < 2; i++) {
        const simd low = _mm512_shuffle_f64x2(a[i], a[i + 2], 0x44),
                   high = _mm512_shuffle_f64x2(a[i], a[i + 2], 0xee),
                   low2 = _mm512_shuffle_f64x2(a[i + 4], a[i + 6], 0x44),
                   high2 = _mm512_shuffle_f64x2(a[i + 4], a[i + 6], 0xee);
        v[i] = _mm512_shuffle_f64x2(low, low2, 0x88);
        v[i + 2] = _mm512_shuffle_f64x2(low, low2, 0xdd);
        v[i + 4] = _mm512_shuffle_f64x2(high, high2, 0x88);
        v[i + 6] = _mm512_shuffle_f64x2(high, high2, 0xdd);
    }
}

#else

typedef __m512 simd;
#define SIMD_LANES 16
static inline simd simd_zero(void) {
    return _mm512_setzero_ps();
}
static inline simd simd_set(real x) {
    return _mm512_set1_ps(x);
}
static inline simd simd_load(const real *p) {
    return _mm512_loadu_ps(p);
}
static inline void simd_store(real *p, simd v) {
    _mm512_storeu_ps(p, v);
}
static inline __mmask16 simd_mask(int n) {
    return (__mmask16)((1u << n) - 1);
}
static inline simd simd_load_some(const real *p, int n) {
    return _mm512_maskz_loadu_ps(simd_mask(n), p);
}
static inline void simd_store_some(real *p, int n, simd v) {
    _mm512_mask_storeu_ps(p, simd_mask(n), v);
}
static inline simd simd_mul(simd a, simd b) {
    return _mm512_mul_ps(a, b);
}
static inline simd simd_add(simd a, simd b) {
    return _mm512_add_ps(a, b);
}
static inline simd simd_fma(simd a, simd b, simd c) {
    return _mm512_fmadd_ps(a, b, c);
}

/* to[q * pitch + j] = rows[j][p + q] for q < 4, j < 16: vectors of rows j, j + 4, j + 8 and
 * j + 12, then blocks of 4 x 4 in each quarter */
static inline void simd_transpose(const real *const *rows, int64_t p, real *to, int64_t pitch) {
#define PART(j) _mm_loadu_ps(rows[j] + p)
#define ROWS(j)                                                                                    \
    _mm512_insertf32x4(                                                                            \
        _mm512_insertf32x4(_mm512_insertf32x4(_mm512_castps128_ps512(PART(j)), PART((j) + 4), 1),  \
                           PART((j) + 8), 2),                                                      \
        PART((j) + 12), 3)
    __m512 x0 = ROWS(0), x1 = ROWS(1), x2 = ROWS(2), x3 = ROWS(3);
#undef ROWS
#undef PART
    __m512 y0 = _mm512_unpacklo_ps(x0, x1), y1 = _mm512_unpackhi_ps(x0, x1);
    __m512 y2 = _mm512_unpacklo_ps(x2, x3), y3 = _mm512_unpackhi_ps(x2, x3);
    _mm512_storeu_ps(to, _mm512_shuffle_ps(y0, y2, 0x44));
    _mm512_storeu_ps(to + pitch, _mm512_shuffle_ps(y0, y2, 0xee));
    _mm512_storeu_ps(to + 2 * pitch, _mm512_shuffle_ps(y1, y3, 0x44));
    _mm512_storeu_ps(to + 3 * pitch, _mm512_shuffle_ps(y1, y3, 0xee));
}
#define SIMD_TRANSPOSE_DEPTH 4

/* Transposes 16 vectors of 16: blocks of 4 x 4 in each quarter, then quarters. */
static inline void simd_square(simd *v) {
    simd a[16];
    for (int i = 0; i < 16; i += 4) {
        const simd x = _mm512_unpacklo_ps(v[i], v[i + 1]), y = _mm512_unpackhi_ps(v[i], v[i + 1]),
                   z = _mm512_unpacklo_ps(v[i + 2], v[i + 3]),
                   w = _mm512_unpackhi_ps(v[i + 2], v[i + 3]);
        a[i] = _mm512_shuffle_ps(x, z, 0x44), a[i + 1] = _mm512_shuffle_ps(x, z, 0xee);
        a[i + 2] = _mm512_shuffle_ps(y, w, 0x44), a[i + 3] = _mm512_shuffle_ps(y, w, 0xee);
    }
    for (int i = 0; i < 4; i++) {
        const simd low = _mm512_shuffle_f32x4(a[i], a[i + 4], 0x44),
                   high = _mm512_shuffle_f32x4(a[i], a[i + 4], 0xee),
                   low2 = _mm512_shuffle_f32x4(a[i + 8], a[i + 12], 0x44),
                   high2 = _mm512_shuffle_f32x4(a[i + 8], a[i + 12], 0xee);
        v[i] = _mm512_shuffle_f32x4(low, low2, 0x88);
        v[i + 4] = _mm512_shuffle_f32x4(low, low2, 0xdd);
        v[i + 8] = _mm512_shuffle_f32x4(high, high2, 0x88);
        v[i + 12] = _mm512_shuffle_f32x4(high, high2, 0xdd);
    }
}

/* Half of a square: to[q * 16 + j] = v[j][q] for q < 16, j < 8. */
#define SIMD_STAGE 8
static inline void simd_stage(const simd *v, real *to) {
    simd a[8];
    for (int i = 0; i < 8; i += 4) {
        const simd x = _mm512_unpacklo_ps(v[i], v[i + 1]), y = _mm512_unpackhi_ps(v[i], v[i + 1]),
                   z = _mm512_unpacklo_ps(v[i + 2], v[i + 3]),
                   w = _mm512_unpackhi_ps(v[i + 2], v[i + 3]);
        a[i] = _mm512_shuffle_ps(x, z, 0x44), a[i + 1] = _mm512_shuffle_ps(x, z, 0xee);
        a[i + 2] = _mm512_shuffle_ps(y, w, 0x44), a[i + 3] = _mm512_shuffle_ps(y, w, 0xee);
    }
    const __m512i low = _mm512_setr_epi32(0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23),
                  high = _mm512_add_epi32(low, _mm512_set1_epi32(8));
    for (int i = 0; i < 4; i++) {
        const simd x = _mm512_permutex2var_ps(a[i], low, a[i + 4]),
                   y = _mm512_permutex2var_ps(a[i], high, a[i + 4]);
        _mm256_storeu_ps(to + i * 16, _mm512_castps512_ps256(x));
        _mm256_storeu_ps(to + (i + 4) * 16, _mm512_extractf32x8_ps(x, 1));
        _mm256_storeu_ps(to + (i + 8) * 16, _mm512_castps512_ps256(y));
        _mm256_storeu_ps(to + (i + 12) * 16, _mm512_extractf32x8_ps(y, 1));
    }
}

/* Element l is the sum of the lanes of x[l], added in the order of genrepi_tree_sum(): halves of
 * two vectors meet in one, until 16 have. */
#define SIMD_SUMS
static inline simd simd_sums(const simd *x) {
    simd a[8], b[4], c[2];
    for (int k = 0; k < 8; k++)
        a[k] = _mm512_add_ps(_mm512_shuffle_f32x4(x[2 * k], x[2 * k + 1], 0x44),
                             _mm512_shuffle_f32x4(x[2 * k], x[2 * k + 1], 0xee));
    for (int k = 0; k < 4; k++)
        b[k] = _mm512_add_ps(_mm512_shuffle_f32x4(a[2 * k], a[2 * k + 1], 0x88),
                             _mm512_shuffle_f32x4(a[2 * k], a[2 * k + 1], 0xdd));
    for (int k = 0; k < 2; k++)
        c[k] = _mm512_add_ps(_mm512_shuffle_ps(b[2 * k], b[2 * k + 1], 0x44),
                             _mm512_shuffle_ps(b[2 * k], b[2 * k + 1], 0xee));
    /* Element 4 q + p holds sum 4 p + q. */
    return _mm512_permutexvar_ps(
        _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15),
        _mm512_add_ps(_mm512_shuffle_ps(c[0], c[1], 0x88), _mm512_shuffle_ps(c[0], c[1], 0xdd)));
}

#endif
/* 64-bit lanes, and the product of their low halves (random_template.h). */
typedef uint64_t wide __attribute__((vector_size(64)));
#define WIDE_LANES 8
static inline wide wide_product(wide a, wide b) {
    return (wide)_mm512_mul_epu32((__m512i)a, (__m512i)b);
}

#endif
