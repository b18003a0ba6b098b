/* The one file that sees CBLAS. */
#include <cblas.h>
#include <config.h>
#include <kernel/blas.h>
#include <kernel/gemm.h>

void genrepi_blas_gemm(int32_t trans_a, int32_t trans_b, int32_t m, int32_t n, int32_t k,
                       real alpha, const real *a, int32_t lda, const real *b, int32_t ldb,
                       real beta, real *c, int32_t ldc) {
#ifdef GENREPI_DOUBLE
    cblas_dgemm(
#else
    cblas_sgemm(
#endif
        CblasRowMajor, trans_a ? CblasTrans : CblasNoTrans, trans_b ? CblasTrans : CblasNoTrans, m,
        n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

const char *genrepi_blas_name(void) {
#ifdef GENREPI_HAVE_OPENBLAS_THREADS
    return openblas_get_config();
#else
    return GENREPI_BLAS;
#endif
}

int32_t genrepi_blas_set_threads(int32_t threads) {
#ifdef GENREPI_HAVE_OPENBLAS_THREADS
    openblas_set_num_threads(threads);
    return 1;
#else
    (void)threads;
    return 0;
#endif
}
