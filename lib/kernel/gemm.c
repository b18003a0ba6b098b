/* Matrix products: checks, and the choice between the own product and BLAS. */
#include <base/ctx.h>
#include <kernel/blas.h>
#include <kernel/gemm.h>
#include <kernel/product.h>

static int32_t check(genrep_ctx *ctx, int32_t trans_a, int32_t trans_b, int64_t m, int64_t n,
                     int64_t k, int64_t lda, int64_t ldb, int64_t ldc) {
    if (m < 0 || n < 0 || k < 0)
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            "matrix product: sizes %lld x %lld x %lld must not be below 0",
                            (long long)m, (long long)n, (long long)k);
    const int64_t need_a = trans_a ? m : k, need_b = trans_b ? k : n;
    if (lda < need_a || ldb < need_b || ldc < n)
        return genrepi_fail(
            ctx, GENREP_E_INVALID,
            "matrix product: row strides %lld, %lld, %lld are below the rows' %lld, %lld, %lld",
            (long long)lda, (long long)ldb, (long long)ldc, (long long)need_a, (long long)need_b,
            (long long)n);
    if (ctx->use_blas && (m > INT32_MAX || n > INT32_MAX || k > INT32_MAX || lda > INT32_MAX ||
                          ldb > INT32_MAX || ldc > INT32_MAX))
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            "matrix product: %lld x %lld x %lld with row strides %lld, %lld, %lld "
                            "is too large for BLAS: use matmul=own",
                            (long long)m, (long long)n, (long long)k, (long long)lda,
                            (long long)ldb, (long long)ldc);
    return 0;
}

int32_t genrepi_gemm(genrep_ctx *ctx, int32_t trans_a, int32_t trans_b, int64_t m, int64_t n,
                     int64_t k, real alpha, const real *a, int64_t lda, const real *b, int64_t ldb,
                     real beta, real *c, int64_t ldc) {
    int32_t status = check(ctx, trans_a, trans_b, m, n, k, lda, ldb, ldc);
    if (status < 0 || m == 0 || n == 0) return status;
    if (k == 0 || alpha == 0) {
        for (int64_t i = 0; i < m; i++) {
            if (beta == 0)
                ctx->kernels->fill(n, 0, c + i * ldc);
            else
                ctx->kernels->scale(n, beta, c + i * ldc, c + i * ldc);
        }
        return 0;
    }
    if (ctx->use_blas) {
        status = genrepi_blas_load(ctx);
        if (status != 0) return status;
        genrepi_blas_gemm(trans_a, trans_b, (int32_t)m, (int32_t)n, (int32_t)k, alpha, a,
                          (int32_t)lda, b, (int32_t)ldb, beta, c, (int32_t)ldc);
        return 0;
    }
    const genrepi_product product = {.trans_a = trans_a,
                                     .trans_b = trans_b,
                                     .m = m,
                                     .n = n,
                                     .k = k,
                                     .alpha = alpha,
                                     .beta = beta,
                                     .a = a,
                                     .b = b,
                                     .c = c,
                                     .lda = lda,
                                     .ldb = ldb,
                                     .ldc = ldc};
    return genrepi_product_run(ctx, &product);
}
