/* Fixed linear maps of images, batch x channels x height x width: what such a layer needs beside
 * the map of one block of neighbouring planes and its adjoint, which forward and backward then
 * run over all blocks on all threads; and what those maps are made of. */
#ifndef GENREPI_NN_IMAGES_H
#define GENREPI_NN_IMAGES_H

#include <nn/leaf.h>

/* A block is a plane; several of a sample where a map mixes them. */
typedef struct genrepi_images {
    const genrepi_kernels *k;
    const void *options;           /* the layer's */
    int64_t height, width;         /* of x */
    int64_t out_height, out_width; /* of y */
    int64_t blocks, in, out;       /* elements of a block of x, of y */
} genrepi_images;

typedef void genrepi_image_map(const genrepi_images *images, const real *from, real *to);

/* The sizes of a call, `planes` of x in a block. */
genrepi_images genrepi_images_of(const genrepi_call *call, int64_t planes);

/* body(state, first block, end) over blocks. */
void genrepi_images_parallel(genrep_ctx *ctx, const genrepi_images *images,
                             void (*body)(void *state, int64_t begin, int64_t end), void *state);

/* For ops->forward and ops->backward: y = A x, dx = A' dy. */
int32_t genrepi_images_forward(genrepi_call *call, int64_t planes, genrepi_image_map *map);
int32_t genrepi_images_backward(genrepi_call *call, int64_t planes, genrepi_image_map *adjoint);

/* For ops->shape: four axes, none too long to count on; *out is the input's shape, to be changed.
 */
int32_t genrepi_images_shape(const genrep_layer *layer, const genrepi_shape *in,
                             genrepi_shape *out);

/* y_2j = a_j, y_(2j+1) = b_j; a may be b. */
void genrepi_interleave(int64_t n, const real *a, const real *b, real *y);

/* Blocks of `rows` x `cols` elements: each element of x fills one, times `scale`; and the sum of
 * each.  y has rows of `width` elements, of which whole blocks are seen. */
typedef struct genrepi_tiles {
    int64_t height, width, rows, cols, wide; /* of x; of a block; elements in a row of y */
    real scale;
} genrepi_tiles;
void genrepi_tiles_fill(const genrepi_kernels *k, const genrepi_tiles *tiles, const real *x,
                        real *y);
void genrepi_tiles_sum(const genrepi_kernels *k, const genrepi_tiles *tiles, const real *y,
                       real *x);

#endif
