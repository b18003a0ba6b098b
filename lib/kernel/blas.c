/* The one file that sees CBLAS.  The library is loaded when a context asks for it (matmul=blas, or
 * auto where the own product has no fast column), not with this one: OpenBLAS costs every process
 * that loads it some milliseconds and a thread that spins, and the own product needs none of it.
 * Once loaded it stays, as everything global to a process must. */
#include <cblas.h>
#include <config.h>
#include <dlfcn.h>
#include <kernel/blas.h>
#include <kernel/gemm.h>
#include <pthread.h>
#include <string.h>

#ifdef GENREPI_DOUBLE
#define GEMM "cblas_dgemm"
#else
#define GEMM "cblas_sgemm"
#endif

typedef void gemm_function(CBLAS_ORDER, CBLAS_TRANSPOSE, CBLAS_TRANSPOSE, int, int, int, real,
                           const real *, int, const real *, int, real, real *, int);

static struct {
    gemm_function *gemm;
    void (*set_threads)(int threads); /* OpenBLAS's; NULL elsewhere */
    char *(*config)(void);
} blas;
static pthread_once_t loaded = PTHREAD_ONCE_INIT;

/* ISO C knows no conversion of an object's address to a function's; POSIX promises that it works.
 */
static void find(void *library, const char *name, void *function) {
    void *address = dlsym(library, name);
    memcpy(function, &address, sizeof address);
}

static void load(void) {
    void *library = dlopen(GENREPI_BLAS_FILE, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) return;
    find(library, GEMM, &blas.gemm);
    find(library, "openblas_set_num_threads", &blas.set_threads);
    find(library, "openblas_get_config", &blas.config);
}

int32_t genrepi_blas_load(genrep_ctx *ctx) {
    pthread_once(&loaded, load);
    if (blas.gemm != NULL) return 0;
    return genrepi_fail(ctx, GENREP_E_UNSUPPORTED,
                        "%s cannot be loaded, or has no %s: install it, or say matmul=own",
                        GENREPI_BLAS_FILE, GEMM);
}

void genrepi_blas_gemm(int32_t trans_a, int32_t trans_b, int32_t m, int32_t n, int32_t k,
                       real alpha, const real *a, int32_t lda, const real *b, int32_t ldb,
                       real beta, real *c, int32_t ldc) {
    blas.gemm(CblasRowMajor, trans_a ? CblasTrans : CblasNoTrans,
              trans_b ? CblasTrans : CblasNoTrans, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

const char *genrepi_blas_name(void) {
    return blas.config != NULL ? blas.config() : GENREPI_BLAS;
}

int32_t genrepi_blas_set_threads(int32_t threads) {
    pthread_once(&loaded, load);
    if (blas.set_threads == NULL) return 0;
    blas.set_threads(threads);
    return 1;
}
