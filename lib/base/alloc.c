/* Memory from the host.  A header before each block remembers its bytes, because the host's free
 * wants them back. */
#include <base/ctx.h>
#include <base/system_memory.h>

#include <inttypes.h>
#include <string.h>

#define ALIGN 64 /* of every block; also the size of the header, so that data keeps it */

typedef struct header {
    size_t bytes; /* of header and data */
} header;

_Static_assert(sizeof(header) <= ALIGN, "the header must fit before the data");

static header *header_of(void *memory) {
    return (header *)(void *)((char *)memory - ALIGN);
}

static void count(genrep_ctx *ctx, size_t bytes) {
    long long now = atomic_fetch_add(&ctx->memory_now, (long long)bytes) + (long long)bytes;
    long long peak = atomic_load(&ctx->memory_peak);
    while (now > peak && !atomic_compare_exchange_weak(&ctx->memory_peak, &peak, now)) {
    }
}

void *genrepi_alloc_raw(genrep_ctx *ctx, int64_t n, size_t bytes) {
    if (bytes != 0 && (uint64_t)n > (PTRDIFF_MAX - ALIGN) / bytes) {
        genrepi_fail(ctx, GENREP_E_NOMEM, "out of memory: %" PRId64 " elements of %zu bytes", n,
                     bytes);
        return NULL;
    }
    size_t whole = (size_t)n * bytes + ALIGN;
    header *block = ctx->allocator.alloc(ctx->allocator.user, whole, ALIGN);
    if (block == NULL) {
        genrepi_fail(ctx, GENREP_E_NOMEM, "out of memory: %zu bytes asked for, %lld are held",
                     whole, (long long)atomic_load(&ctx->memory_now));
        return NULL;
    }
    block->bytes = whole;
    count(ctx, whole);
    return (char *)block + ALIGN;
}

void *genrepi_alloc(genrep_ctx *ctx, int64_t n, size_t bytes) {
    void *memory = genrepi_alloc_raw(ctx, n, bytes);
    if (memory == NULL) return NULL;
    if (!genrepi_comes_zeroed(&ctx->allocator, header_of(memory)->bytes)) {
        memset(memory, 0, (size_t)n * bytes);
    }
    return memory;
}

void *genrepi_realloc(genrep_ctx *ctx, void *memory, int64_t n, size_t bytes) {
    void *grown = genrepi_alloc_raw(ctx, n, bytes);
    if (grown == NULL || memory == NULL) return grown;
    size_t old = header_of(memory)->bytes - ALIGN, new = (size_t)n *bytes;
    memcpy(grown, memory, old < new ? old : new);
    genrepi_free(ctx, memory);
    return grown;
}

char *genrepi_strndup(genrep_ctx *ctx, const char *text, size_t bytes) {
    char *copy = genrepi_alloc_raw(ctx, (int64_t)bytes + 1, 1);
    if (copy == NULL) return NULL;
    memcpy(copy, text, bytes);
    copy[bytes] = 0;
    return copy;
}

char *genrepi_strdup(genrep_ctx *ctx, const char *text) {
    return genrepi_strndup(ctx, text, strlen(text));
}

/* Also frees the context itself, so nothing of it is read after the host's free. */
void genrepi_free(genrep_ctx *ctx, void *memory) {
    if (memory == NULL) return;
    header *block = header_of(memory);
    size_t bytes = block->bytes;
    atomic_fetch_sub(&ctx->memory_now, (long long)bytes);
    ctx->allocator.free(ctx->allocator.user, block, bytes, ALIGN);
}
