/* The few kernels in double precision, which the library's linear algebra (matrix.h) stands on:
 * the same in both builds.  Included by kernel_template.h. */

#ifdef __FMA__
#include <immintrin.h>
typedef __m256d doubles;
static inline doubles doubles_load(const double *p) {
    return _mm256_loadu_pd(p);
}
static inline void doubles_store(double *p, doubles v) {
    _mm256_storeu_pd(p, v);
}
static inline doubles doubles_set(double x) {
    return _mm256_set1_pd(x);
}
static inline doubles doubles_fma(doubles a, doubles b, doubles c) {
    return _mm256_fmadd_pd(a, b, c);
}
#define DOUBLE_LANES 4
#else
typedef double doubles __attribute__((vector_size(16)));
static inline doubles doubles_load(const double *p) {
    doubles v;
    memcpy(&v, p, sizeof v);
    return v;
}
static inline void doubles_store(double *p, doubles v) {
    memcpy(p, &v, sizeof v);
}
static inline doubles doubles_set(double x) {
    return (doubles){x, x};
}
static inline doubles doubles_fma(doubles a, doubles b, doubles c) {
    return a * b + c;
}
#define DOUBLE_LANES 2
#endif

/* The sums stay in registers. */
static void k_double_tile(int64_t k, const double *a, const double *b, double *c) {
    enum { VECTORS = GENREPI_DOUBLE_COLS / DOUBLE_LANES };
    for (int v = 0; v < VECTORS; v += 2, b += 2 * DOUBLE_LANES, c += 2 * DOUBLE_LANES) {
        doubles s[GENREPI_DOUBLE_ROWS][2];
        const double *x = a, *y = b;
#define EACH(X) X(0) X(1) X(2) X(3) X(4) X(5)
#define CLEAR(i) s[i][0] = s[i][1] = doubles_set(0);
        EACH(CLEAR)
        for (int64_t p = 0; p < k; p++, x += GENREPI_DOUBLE_ROWS, y += GENREPI_DOUBLE_COLS) {
            const doubles y0 = doubles_load(y), y1 = doubles_load(y + DOUBLE_LANES);
#define MULTIPLY(i)                                                                                \
    s[i][0] = doubles_fma(doubles_set(x[i]), y0, s[i][0]);                                         \
    s[i][1] = doubles_fma(doubles_set(x[i]), y1, s[i][1]);
            EACH(MULTIPLY)
        }
#define PUT(i)                                                                                     \
    doubles_store(c + i * GENREPI_DOUBLE_COLS, s[i][0]);                                           \
    doubles_store(c + i * GENREPI_DOUBLE_COLS + DOUBLE_LANES, s[i][1]);
        EACH(PUT)
#undef EACH
#undef CLEAR
#undef MULTIPLY
#undef PUT
    }
}

static double k_double_dot(int64_t n, const double *x, const double *y) {
    double lanes[8] = {0}, rest = 0;
    int64_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (int l = 0; l < 8; l++) lanes[l] += x[i + l] * y[i + l];
    for (; i < n; i++) rest += x[i] * y[i];
    for (int half = 4; half > 0; half /= 2)
        for (int l = 0; l < half; l++) lanes[l] += lanes[l + half];
    return lanes[0] + rest;
}

static void k_double_axpy(int64_t n, double a, const double *restrict x, double *restrict y) {
    for (int64_t i = 0; i < n; i++) y[i] += a * x[i];
}

static void k_double_rotate(int64_t n, double c, double s, double *restrict x, double *restrict y) {
    for (int64_t i = 0; i < n; i++) {
        const double old = y[i];
        y[i] = s * x[i] + c * old;
        x[i] = c * x[i] - s * old;
    }
}
