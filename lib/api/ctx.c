/* genrep_ctx_*: the context. */
#include <api/context.h>
#include <api/kinds.h>
#include <base/pool.h>
#include <kernel/gemm.h>
#include <kernel/kernel.h>

#include <inttypes.h>
#include <string.h>

#define INT(field, fallback, low, high, help)                                                      \
    GENREPI_OPTION_INT(genrepi_ctx_options, field, fallback, low, high, help)
#define WORD(field, words, help)                                                                   \
    GENREPI_OPTION_WORD(genrepi_ctx_options, field, "auto", words, help)

static const char *const isa_words[] = {"auto", "reference", "avx2", "avx512"};

enum { MATMUL_AUTO, MATMUL_OWN, MATMUL_BLAS };

static const genrepi_option context_options[] = {
    INT(threads, "1", 0, GENREPI_MAX_THREADS,
        "threads that share the work, the caller's included; 0: one a processor"),
    INT(seed, "1", 0, 9223372036854775807.0, "seed of all random numbers"),
    WORD(isa, "auto|reference|avx2|avx512",
         "instruction set of the kernels; auto: the best there is"),
    WORD(matmul, "auto|own|blas",
         "matrix products by the library's own kernel, whose bits do not depend on the number of "
         "threads, or by the BLAS; auto: own, but with isa=reference the BLAS"),
    INT(blas_threads, "0", 0, 1024,
        "threads of the BLAS in the whole process; 0: left as the host has set them"),
};

const genrepi_kind genrepi_kind_context = {
    .family = "options",
    .name = "context",
    .help = "threads, seed and arithmetic of everything made from the context",
    .options = context_options,
    .n_options = GENREPI_COUNT(context_options),
    .options_size = sizeof(genrepi_ctx_options),
};

/* const handles lock too: the mutex is not part of what they promise to leave alone. */
static genrep_ctx *writable(const genrep_ctx *ctx) {
    return (genrep_ctx *)(uintptr_t)ctx;
}

static int32_t apply(genrep_ctx *ctx, const genrepi_ctx_options *options, int32_t check) {
    const genrepi_kernels *kernels = genrepi_kernels_select(options->isa);
    if (kernels == NULL)
        return genrepi_fail(
            ctx, GENREP_E_UNSUPPORTED,
            "context: isa=%s is not in this build or not in this processor; isa=auto "
            "takes the best there is",
            isa_words[options->isa]);
    ctx->kernels = kernels;
    ctx->seed = (uint64_t)options->seed;
    ctx->threads = options->threads > 0 ? (int32_t)options->threads : genrepi_cpus();
    if (ctx->threads > GENREPI_MAX_THREADS) ctx->threads = GENREPI_MAX_THREADS;
    int slow = strcmp(kernels->name, "reference") == 0; /* the own product's column */
    ctx->use_blas = options->matmul == MATMUL_BLAS ||
                    (options->matmul == MATMUL_AUTO && slow && genrepi_blas_load(ctx) == 0);
    if (options->matmul == MATMUL_BLAS) {
        int32_t status = genrepi_blas_load(ctx);
        if (status != 0) return status;
    }
    if (!check && options->blas_threads > 0 &&
        !genrepi_blas_set_threads((int32_t)options->blas_threads))
        return genrepi_fail(ctx, GENREP_E_UNSUPPORTED,
                            "context: blas_threads=%" PRId64 ": this BLAS (%s) has no call for it; "
                            "leave the option out and set its threads in the environment",
                            options->blas_threads, genrepi_blas_name());
    return GENREP_OK;
}

int32_t genrepi_ctx_configure(genrep_ctx *ctx, const char *spec, int32_t check) {
    void *options = NULL;
    int32_t status = genrepi_options_parse(ctx, &genrepi_kind_context, spec, &options);
    if (status != 0) return status;
    status = apply(ctx, options, check);
    genrepi_options_free(ctx, &genrepi_kind_context, options);
    return status;
}

int32_t genrep_ctx_new(const char *spec, const genrep_allocator *allocator, genrep_ctx **out) {
    if (out == NULL) return GENREP_E_INVALID;
    if (allocator != NULL) {
        int32_t wrong =
            genrepi_check_struct(NULL, allocator, sizeof *allocator, "genrep_allocator");
        if (wrong != 0) return wrong;
        if (allocator->alloc == NULL || allocator->free == NULL) return GENREP_E_INVALID;
    }
    genrep_ctx *ctx = NULL;
    int32_t status = genrepi_ctx_new(allocator, genrepi_kinds, &ctx);
    if (status != 0) return status;
    status = genrepi_ctx_configure(ctx, spec, 0);
    if (status == 0)
        *out = ctx;
    else
        genrepi_ctx_unref(ctx);
    return status;
}

genrep_ctx *genrep_ctx_ref(genrep_ctx *ctx) {
    return genrepi_ctx_ref(ctx);
}

void genrep_ctx_unref(genrep_ctx *ctx) {
    genrepi_ctx_unref(ctx);
}

const char *genrep_ctx_error(const genrep_ctx *ctx) {
    return ctx == NULL ? "no context" : ctx->error;
}

size_t genrep_ctx_error_copy(const genrep_ctx *ctx, char *text, size_t capacity) {
    char error[GENREPI_ERROR_BYTES] = "no context";
    if (ctx != NULL) {
        pthread_mutex_lock(&writable(ctx)->error_lock);
        memcpy(error, ctx->error, strlen(ctx->error) + 1);
        pthread_mutex_unlock(&writable(ctx)->error_lock);
    }
    return genrepi_copy_text(error, text, capacity);
}

int32_t genrep_ctx_set_logger(genrep_ctx *ctx, const genrep_logger *logger) {
    if (ctx == NULL) return GENREP_E_INVALID;
    genrep_logger none = {sizeof none, NULL, 0, 0, NULL};
    if (logger == NULL)
        logger = &none;
    else {
        int32_t status = genrepi_check_struct(ctx, logger, sizeof *logger, "genrep_logger");
        if (status != 0) return status;
        if (logger->write == NULL)
            return genrepi_fail(
                ctx, GENREP_E_INVALID,
                "genrep_logger: write is NULL; for no messages pass NULL as logger");
        if (logger->reserved != 0)
            return genrepi_fail(ctx, GENREP_E_ABI, "genrep_logger: reserved=%" PRId32 " is not 0",
                                logger->reserved);
    }
    ctx->logger = *logger;
    return GENREP_OK;
}

int32_t genrep_ctx_set_runner(genrep_ctx *ctx, const genrep_runner *runner) {
    if (ctx == NULL) return GENREP_E_INVALID;
    genrep_runner none = {sizeof none, NULL, NULL};
    if (runner == NULL)
        runner = &none;
    else {
        int32_t status = genrepi_check_struct(ctx, runner, sizeof *runner, "genrep_runner");
        if (status != 0) return status;
        if (runner->parallel_for == NULL)
            return genrepi_fail(
                ctx, GENREP_E_INVALID,
                "genrep_runner: parallel_for is NULL; for the library's own threads "
                "pass NULL as runner");
    }
    ctx->runner = *runner;
    return GENREP_OK;
}

int32_t genrep_ctx_memory(const genrep_ctx *ctx, int64_t *now, int64_t *peak) {
    if (ctx == NULL) return GENREP_E_INVALID;
    if (now != NULL) *now = atomic_load(&ctx->memory_now);
    if (peak != NULL) *peak = atomic_load(&ctx->memory_peak);
    return GENREP_OK;
}
