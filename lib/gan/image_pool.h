/* A pool of made images (Shrivastava et al. 2017; Zhu et al. 2017; mathematics 2.13): as long as it
 * is not full it keeps what comes and hands it on; then, with probability 1/2, it hands on a random
 * one that it kept and keeps the new one in its place, else the new one.  Which it does is decided
 * by the seed, the pool's number and that of the update, so what was taken can be kept later, when
 * the update is done. */
#ifndef GENREPI_GAN_IMAGE_POOL_H
#define GENREPI_GAN_IMAGE_POOL_H

#include <tensor/state.h>
#include <tensor/tensor.h>

typedef struct genrepi_image_pool {
    int64_t size, count;  /* of images; count of them are kept */
    uint64_t number;      /* of the pool */
    genrep_tensor *kept;  /* size x image; NULL: size is 0, and nothing is kept */
    genrep_tensor *taken; /* a batch */
} genrepi_image_pool;

/* For batches of this shape. */
int32_t genrepi_image_pool_new(genrep_ctx *ctx, int64_t size, uint64_t number,
                               const genrepi_shape *batch, genrepi_image_pool *pool);
void genrepi_image_pool_free(genrepi_image_pool *pool); /* what it holds; it is empty then */
/* What to show in the place of a fresh batch: borrowed, until the next call. */
genrep_tensor *genrepi_image_pool_take(genrepi_image_pool *pool, uint64_t update,
                                       genrep_tensor *fresh);
/* Keeps what _take() of the same update left to keep. */
void genrepi_image_pool_keep(genrepi_image_pool *pool, uint64_t update, const genrep_tensor *fresh);
int32_t genrepi_image_pool_visit(genrepi_image_pool *pool, const char *name, genrepi_state *state);

#endif
