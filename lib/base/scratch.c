/* Workspaces that are used again.  A request takes the smallest free one that is large enough; if
 * all are too small the largest of them makes way for the new one.  So there are never more than
 * are held at once, they only grow, and after the first step of a training nothing is allocated. */
#include <base/pool.h>

#define HEADER 64 /* keeps the data's alignment */

struct genrepi_scratch {
    struct genrepi_scratch *next;
    size_t bytes; /* of the data */
};

typedef struct genrepi_scratch scratch;

/* Takes out the free one to use, or to make way; NULL if none is free. */
static scratch *take(genrep_ctx *ctx, size_t bytes) {
    scratch **best = NULL;
    pthread_mutex_lock(&ctx->scratch_lock);
    for (scratch **s = &ctx->scratch; *s != NULL; s = &(*s)->next) {
        int fits = (*s)->bytes >= bytes, best_fits = best != NULL && (*best)->bytes >= bytes;
        if (best == NULL || (fits && !best_fits) ||
            (fits == best_fits && ((*s)->bytes < (*best)->bytes) == fits))
            best = s;
    }
    scratch *found = best == NULL ? NULL : *best;
    if (found != NULL) *best = found->next;
    pthread_mutex_unlock(&ctx->scratch_lock);
    return found;
}

void *genrepi_scratch_get(genrep_ctx *ctx, size_t bytes) {
    scratch *s = take(ctx, bytes);
    if (s == NULL || s->bytes < bytes) {
        genrepi_free(ctx, s);
        if (bytes > PTRDIFF_MAX - HEADER)
            bytes = PTRDIFF_MAX; /* the allocation says no */
        else
            bytes += HEADER;
        s = genrepi_alloc_raw(ctx, (int64_t)bytes, 1);
        if (s == NULL) return NULL;
        s->bytes = bytes - HEADER;
    }
    return (char *)s + HEADER;
}

void genrepi_scratch_put(genrep_ctx *ctx, void *memory) {
    if (memory == NULL) return;
    scratch *s = (scratch *)(void *)((char *)memory - HEADER);
    pthread_mutex_lock(&ctx->scratch_lock);
    s->next = ctx->scratch;
    ctx->scratch = s;
    pthread_mutex_unlock(&ctx->scratch_lock);
}

void genrepi_scratch_free(genrep_ctx *ctx) {
    while (ctx->scratch != NULL) {
        scratch *s = ctx->scratch;
        ctx->scratch = s->next;
        genrepi_free(ctx, s);
    }
}
