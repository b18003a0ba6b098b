/* The product by CBLAS, for gemm.c only.  Sizes fit and are checked, and the BLAS is loaded. */
#ifndef GENREPI_KERNEL_BLAS_H
#define GENREPI_KERNEL_BLAS_H

#include <base/real.h>

void genrepi_blas_gemm(int32_t trans_a, int32_t trans_b, int32_t m, int32_t n, int32_t k,
                       real alpha, const real *a, int32_t lda, const real *b, int32_t ldb,
                       real beta, real *c, int32_t ldc);

#endif
