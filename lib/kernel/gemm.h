/* Matrix products: the library's own register-blocked product, and the only door to CBLAS. */
#ifndef GENREPI_KERNEL_GEMM_H
#define GENREPI_KERNEL_GEMM_H

#include <base/ctx.h>
#include <base/real.h>

/* C = alpha op(A) op(B) + beta C, row-major; op is the transpose if trans is 1.  op(A) is m * k,
 * op(B) is k * n.  With beta 0, C is written without being read.  The own product gives the same
 * bits for any number of threads, on AVX2 and AVX-512: each element is one chain of fused
 * multiply-adds in order of k within fixed blocks.  Sizes are checked before BLAS sees them. 0,
 * GENREP_E_INVALID (a size below 0, or above int32 for BLAS) or GENREP_E_NOMEM. */
int32_t genrepi_gemm(genrep_ctx *ctx, int32_t trans_a, int32_t trans_b, int64_t m, int64_t n,
                     int64_t k, real alpha, const real *a, int64_t lda, const real *b, int64_t ldb,
                     real beta, real *c, int64_t ldc);

/* Loads the BLAS into the process, if it is not there yet.  0 or GENREP_E_UNSUPPORTED. Thread-safe.
 */
int32_t genrepi_blas_load(genrep_ctx *ctx);

/* "openblas", "blis", "cblas" or "netlib"; once it is loaded, with its version where it tells. */
const char *genrepi_blas_name(void);

/* Sets the number of threads of the whole process's BLAS; 0 if it has no such call. */
int32_t genrepi_blas_set_threads(int32_t threads);

#endif
