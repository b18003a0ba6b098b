/* The context's beginning and end. */
#include <base/pool.h>
#include <base/system_memory.h>

#include <string.h>

/* The context is its own first block: a context on the stack allocates it. */
int32_t genrepi_ctx_new(const genrep_allocator *allocator, const struct genrepi_kind *const *kinds,
                        genrep_ctx **out) {
    genrep_ctx first = {.error_lock = PTHREAD_MUTEX_INITIALIZER};
    first.allocator = allocator != NULL ? *allocator : genrepi_system_allocator;
    genrep_ctx *ctx = genrepi_alloc(&first, 1, sizeof *ctx);
    if (ctx == NULL) return GENREP_E_NOMEM;
    ctx->allocator = first.allocator;
    atomic_init(&ctx->refs, 1);
    atomic_init(&ctx->memory_now, atomic_load(&first.memory_now));
    atomic_init(&ctx->memory_peak, atomic_load(&first.memory_peak));
    ctx->seed = 1;
    ctx->threads = 1;
    ctx->kinds = kinds;
    pthread_mutex_init(&ctx->scratch_lock, NULL); /* glibc and musl: cannot fail */
    pthread_mutex_init(&ctx->error_lock, NULL);
    if (genrepi_pool_new(ctx) != 0) {
        genrepi_ctx_unref(ctx);
        return GENREP_E_NOMEM;
    }
    *out = ctx;
    return GENREP_OK;
}

genrep_ctx *genrepi_ctx_ref(genrep_ctx *ctx) {
    if (ctx != NULL) genrepi_ref(&ctx->refs);
    return ctx;
}

void genrepi_ctx_unref(genrep_ctx *ctx) {
    if (ctx == NULL || !genrepi_unref(&ctx->refs)) return;
    genrepi_pool_free(ctx);
    genrepi_scratch_free(ctx);
    if (ctx->free_custom_kinds != NULL) ctx->free_custom_kinds(ctx);
    pthread_mutex_destroy(&ctx->scratch_lock);
    pthread_mutex_destroy(&ctx->error_lock);
    genrepi_free(ctx, ctx);
}

/* No struct of ours is near this large: a larger size was never set. */
#define LARGEST_STRUCT 4096

int32_t genrepi_check_struct(genrep_ctx *ctx, const void *given, size_t known, const char *name) {
    size_t size;
    if (given == NULL) return genrepi_fail(ctx, GENREP_E_INVALID, "%s is NULL", name);
    memcpy(&size, given, sizeof size);
    if (size < known || size > LARGEST_STRUCT)
        return genrepi_fail(ctx, GENREP_E_ABI,
                            "%s: size=%zu is not its size, %zu bytes; set it to sizeof(%s)", name,
                            size, known, name);
    for (size_t i = known; i < size; i++)
        if (((const unsigned char *)given)[i] != 0)
            return genrepi_fail(ctx, GENREP_E_ABI,
                                "%s: byte %zu is set, but this library knows only %zu bytes of it; "
                                "the program was made for a later version",
                                name, i, known);
    return GENREP_OK;
}
