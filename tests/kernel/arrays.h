/* What the tests of kernels share: the columns of the table, guarded arrays, special values, and
 * comparison by bits. */
#ifndef TESTS_KERNEL_ARRAYS_H
#define TESTS_KERNEL_ARRAYS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <base/ctx.h>
#include <base/pool.h>
#include <base/random.h>
#include <kernel/kernel.h>

/* The columns other than the reference that this machine can run; returns how many. */
static inline int other_columns(const genrepi_kernels *columns[2]) {
    int n = 0;
    for (int32_t isa = GENREPI_ISA_AVX2; isa <= GENREPI_ISA_AVX512; isa++) {
        const genrepi_kernels *k = genrepi_kernels_select(isa);
        if (k != NULL) columns[n++] = k;
    }
    return n;
}

static inline const genrepi_kernels *reference(void) {
    return genrepi_kernels_select(GENREPI_ISA_REFERENCE);
}

/* A context with the own matrix product, an instruction set and a number of threads. */
static inline genrep_ctx *new_ctx(const genrepi_kernels *kernels, int32_t threads) {
    static const struct genrepi_kind *const no_kinds[] = {NULL};
    genrep_ctx *ctx = NULL;
    assert_int_equal(genrepi_ctx_new(NULL, no_kinds, &ctx), 0);
    ctx->kernels = kernels;
    ctx->threads = threads;
    return ctx;
}

/* Equal bits, or both not-a-number: which of two not-a-numbers an addition passes on is not said.
 */
static inline int same(real x, real y) {
    return memcmp(&x, &y, sizeof x) == 0 || (isnan(x) && isnan(y));
}

static inline real normal_value(genrepi_rng *rng) {
    double u = genrepi_rng_uniform(rng), v = genrepi_rng_uniform(rng);
    return (real)(sqrt(-2 * log(u + 1e-10)) * cos(6.283185307179586 * v));
}

/* Numbers at which kernels go wrong, among ordinary ones. */
static inline real special_value(genrepi_rng *rng) {
#ifdef GENREPI_DOUBLE
    const real tiny = 4.9406564584124654e-324, small = 2.2250738585072014e-308;
    const real huge = 1.7976931348623157e308;
#else
    const real tiny = 1.40129846e-45f, small = 1.17549435e-38f, huge = 3.40282347e38f;
#endif
    const real values[] = {0,     -(real)0., 1,         -1,    (real)0.5, tiny,      -tiny,
                           small, -small,    small / 3, huge,  -huge,     88,        -88,
                           89,    -104,      1000,      -1000, INFINITY,  -INFINITY, NAN};
    uint32_t which = genrepi_rng_below(rng, 2 * GENREPI_COUNT(values));
    return which < GENREPI_COUNT(values) ? values[which] : 4 * normal_value(rng);
}

#endif
