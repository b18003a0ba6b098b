/* See image_pool.h. */
#include <base/random.h>
#include <gan/image_pool.h>
#include <string.h>

int32_t genrepi_image_pool_new(genrep_ctx *ctx, int64_t size, uint64_t number,
                               const genrepi_shape *batch, genrepi_image_pool *pool) {
    genrepi_shape all = *batch;
    *pool = (genrepi_image_pool){.size = size, .number = number};
    if (size == 0) return 0;
    all.size[0] = size;
    int32_t status = genrepi_tensor_new(ctx, GENREPI_REAL, &all, 1, &pool->kept);
    return status == 0 ? genrepi_tensor_new(ctx, GENREPI_REAL, batch, 0, &pool->taken) : status;
}

void genrepi_image_pool_free(genrepi_image_pool *pool) {
    genrepi_tensor_unref(pool->kept);
    genrepi_tensor_unref(pool->taken);
    *pool = (genrepi_image_pool){.size = 0};
}

/* What becomes of image i of a batch. */
typedef struct place {
    int64_t slot; /* where it is kept; -1: not */
    int32_t old;  /* 1: what is kept there is shown instead */
} place;

static place place_of(const genrepi_image_pool *pool, uint64_t update, int64_t i) {
    if (pool->count + i < pool->size) return (place){pool->count + i, 0};
    genrepi_rng rng =
        genrepi_rng_at(pool->kept->ctx->seed,
                       genrepi_stream(GENREPI_FOR_POOL, update, pool->number), (uint64_t)(2 * i));
    const int32_t swap = genrepi_rng_uniform(&rng) < 0.5;
    const int64_t slot = (int64_t)genrepi_rng_below(&rng, (uint64_t)pool->size);
    return (place){swap ? slot : -1, swap};
}

/* Two images of a batch may be given one slot: the second then sees and replaces the first. */
genrep_tensor *genrepi_image_pool_take(genrepi_image_pool *pool, uint64_t update,
                                       genrep_tensor *fresh) {
    if (pool->size == 0) return fresh;
    const int64_t n = fresh->shape.size[0], each = fresh->count / n;
    const real *from = genrepi_real_read(fresh), *kept = genrepi_real_read(pool->kept);
    for (int64_t i = 0; i < n; i++) {
        const place p = place_of(pool, update, i);
        const real *shown = from + i * each;
        if (p.old) {
            shown = kept + p.slot * each;
            for (int64_t j = 0; j < i; j++)
                if (place_of(pool, update, j).slot == p.slot) shown = from + j * each;
        }
        memcpy(genrepi_real(pool->taken) + i * each, shown, (size_t)each * sizeof(real));
    }
    return pool->taken;
}

void genrepi_image_pool_keep(genrepi_image_pool *pool, uint64_t update,
                             const genrep_tensor *fresh) {
    if (pool->size == 0) return;
    const int64_t n = fresh->shape.size[0], each = fresh->count / n;
    for (int64_t i = 0; i < n; i++) {
        const place p = place_of(pool, update, i);
        if (p.slot >= 0)
            memcpy(genrepi_real(pool->kept) + p.slot * each, genrepi_real_read(fresh) + i * each,
                   (size_t)each * sizeof(real));
    }
    pool->count = pool->count + n < pool->size ? pool->count + n : pool->size;
}

int32_t genrepi_image_pool_visit(genrepi_image_pool *pool, const char *name, genrepi_state *state) {
    if (pool->size == 0) return 0;
    int32_t length = genrepi_state_enter(state, name);
    if (length < 0) return GENREP_E_INVALID;
    int32_t status = state->integer(state, "count", &pool->count);
    if (status == 0) status = state->tensor(state, "kept", pool->kept);
    genrepi_state_leave(state, length);
    return status;
}
