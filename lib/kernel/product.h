/* The library's own matrix product, for gemm.c: nothing to check, nothing empty. */
#ifndef GENREPI_KERNEL_PRODUCT_H
#define GENREPI_KERNEL_PRODUCT_H

#include <base/ctx.h>
#include <kernel/kernel.h>

/* As the arguments of genrepi_gemm(). */
typedef struct genrepi_product {
    int32_t trans_a, trans_b;
    int64_t m, n, k;
    real alpha, beta;
    const real *a, *b;
    real *c;
    int64_t lda, ldb, ldc;
} genrepi_product;

int32_t genrepi_product_run(genrep_ctx *ctx, const genrepi_product *given); /* 0 or NOMEM */

#endif
