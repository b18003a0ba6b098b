/* exp, log, tanh and their like on one number, without branches, so that loops over them vectorise.
 * In float: argument reduction and a minimax polynomial (Remez exchange; coefficients made for this
 * file), 1 to 2 units in the last place; right for overflow, denormal numbers, infinities and
 * not-a-number.  In double, where only gradient tests run, libm. */
#ifndef GENREPI_KERNEL_FUNCTIONS_H
#define GENREPI_KERNEL_FUNCTIONS_H

#include <string.h>
#include <base/real.h>

#ifdef GENREPI_DOUBLE

static inline real genrepi_sqrt(real x) {
    return sqrt(x);
}
static inline real genrepi_abs(real x) {
    return fabs(x);
}
static inline real genrepi_exp(real x) {
    return exp(x);
}
static inline real genrepi_tanh(real x) {
    return tanh(x);
}
static inline real genrepi_log1p_unit(real x) {
    return log1p(x);
}
static inline real genrepi_log(real x) {
    return log(x);
}
static inline void genrepi_turn(real u, real *cosine, real *sine) {
    *cosine = cos(6.283185307179586 * u), *sine = sin(6.283185307179586 * u);
}

#else

static inline float genrepi_sqrt(float x) {
    return sqrtf(x);
}
static inline float genrepi_abs(float x) {
    return fabsf(x);
}

static inline uint32_t genrepi_bits(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}
static inline float genrepi_from_bits(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* exp(x) = 2^n exp(r), n = round(x / ln 2), |r| <= ln 2 / 2; ln 2 in two parts, the first with few
 * bits so that n times it is exact.  2^n is applied in two factors: n runs over -150..128, and one
 * rounding at the very end makes denormal results right.  Beyond -104..89 the result is 0 or
 * infinity. */
static inline float genrepi_exp(float x) {
    const float to_integer = 12582912.0f; /* 1.5 2^23: adding it rounds to an integer */
    x = x > 89.0f ? 89.0f : x;
    x = x < -104.0f ? -104.0f : x;
    float shifted = x * 1.44269504f + to_integer;
    float n = shifted - to_integer;
    float r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
    float q = 0.001381314508f;
    q = q * r + 0.008369418836f;
    q = q * r + 0.04166845678f;
    q = q * r + 0.1666651479f;
    q = q * r + 0.4999999305f;
    float p = 1.0f + (r + r * r * q);
    uint32_t whole = genrepi_bits(shifted) - genrepi_bits(to_integer);
    uint32_t half = (uint32_t)((int32_t)whole >> 1);
    return p * genrepi_from_bits((half + 127) << 23) *
           genrepi_from_bits((whole - half + 127) << 23);
}

/* atanh(s) = s + s^3 L(s^2), |s| <= 1/3 */
static inline float genrepi_atanh_third(float s) {
    float z = s * s, q = 0.1215046706f;
    q = q * z + 0.1071382908f;
    q = q * z + 0.1430844237f;
    q = q * z + 0.1999943887f;
    q = q * z + 0.3333333781f;
    return s + s * z * q;
}

/* log(1 + x) for x in 0..1: 2 atanh(x / (2 + x)) */
static inline float genrepi_log1p_unit(float x) {
    return 2.0f * genrepi_atanh_third(x / (2.0f + x));
}

/* log(x) for normal x > 0: x = 2^n m, m in sqrt(1/2)..sqrt(2), log m = 2 atanh((m - 1) / (m + 1))
 */
static inline float genrepi_log(float x) {
    const uint32_t low = 0x3f3504f3u; /* sqrt(1/2) */
    uint32_t offset = genrepi_bits(x) - low;
    float n = (float)((int32_t)offset >> 23);
    float m = genrepi_from_bits((offset & 0x7fffffu) + low);
    return n * 0.693147181f + 2.0f * genrepi_atanh_third((m - 1.0f) / (m + 1.0f));
}

/* Near 0 x + x^3 T(x^2), else 1 - 2 / (exp(2 |x|) + 1); with the sign of x, that of 0 too. */
static inline float genrepi_tanh(float x) {
    float z = x * x, q = -0.005660789929f;
    q = q * z + 0.02060200857f;
    q = q * z - 0.0537292303f;
    q = q * z + 0.1333132896f;
    q = q * z - 0.3333327832f;
    float near = x + x * z * q;
    float far = 1.0f - 2.0f / (genrepi_exp(2.0f * fabsf(x)) + 1.0f);
    return copysignf(fabsf(x) < 0.625f ? near : far, x);
}

/* cos and sin of 2 pi u, u in 0..1: quarter turns, and polynomials in the rest of -1/2..1/2. */
static inline void genrepi_turn(float u, float *cosine, float *sine) {
    float quarters = 4.0f * u;
    int32_t n = (int32_t)(quarters + 0.5f);
    float t = quarters - (float)n, z = t * t;
    float s = -0.004602176989f;
    s = s * z + 0.07968022806f;
    s = s * z - 0.6459634786f;
    s = s * z + 1.570796322f;
    s = s * t;
    float c = 0.0009040216661f;
    c = c * z - 0.02086028851f;
    c = c * z + 0.253669244f;
    c = c * z - 1.233700543f;
    c = c * z + 1.0f;
    float along = (n & 1) != 0 ? s : c, across = (n & 1) != 0 ? c : s;
    *cosine = ((n + 1) & 2) != 0 ? -along : along;
    *sine = (n & 2) != 0 ? -across : across;
}

#endif

/* A choice between values that are both at hand.  gcc 12 turns `x[i] < 0 ? x[i] * y[i] : 0` into a
 * masked load of y[i] and, for AVX2 in loops over fixed lanes, uses the first vector's mask for the
 * second: so operands of choices are never loaded conditionally. */
static inline real genrepi_choose(int condition, real yes, real no) {
    return condition ? yes : no;
}

/* max(x, 0), not-a-number kept */
static inline real genrepi_positive(real x) {
    return x < 0 ? 0 : x;
}

/* 1 / (1 + exp(-x)) without overflow, with full precision for large negative x */
static inline real genrepi_sigmoid(real x) {
    real e = genrepi_exp(x < 0 ? x : -x), d = 1 / (1 + e);
    return x < 0 ? e * d : d;
}

/* log(1 + exp(-|x|)): softplus(x) is max(x, 0) plus this */
static inline real genrepi_softplus_rest(real x) {
    return genrepi_log1p_unit(genrepi_exp(x < 0 ? x : -x));
}

#endif
