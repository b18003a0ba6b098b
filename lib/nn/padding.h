/* Padding of planes: a fixed linear map, and its adjoint. */
#ifndef GENREPI_NN_PADDING_H
#define GENREPI_NN_PADDING_H

#include <nn/leaf.h>

/* Words of options named mode or pad_mode.  With rows a b c d: zero 0 0 a b c d 0 0, reflect
 * c b a b c d c b, replicate a a a b c d d d, circular c d a b c d a b. */
enum { GENREPI_PAD_ZERO, GENREPI_PAD_REFLECT, GENREPI_PAD_REPLICATE, GENREPI_PAD_CIRCULAR };
#define GENREPI_PAD_WORDS "zero|reflect|replicate|circular"

typedef struct genrepi_padding {
    int64_t planes, height, width; /* before */
    int64_t top, bottom, left, right;
    int32_t mode;
    real value; /* mode zero: instead of zeros, in genrepi_pad() */
} genrepi_padding;

/* The element of 0..size-1 that place `at` (below 0, or size and more, outside) shows; -1: zero. */
int64_t genrepi_pad_source(int32_t mode, int64_t at, int64_t size);

/* Whether so much padding of `size` elements can be had; fails otherwise. */
int32_t genrepi_pad_check(const genrep_layer *layer, int32_t mode, int64_t size, int64_t before,
                          int64_t behind);

void genrepi_pad(genrep_ctx *ctx, const genrepi_padding *padding, const real *x, real *y);
/* dx from dy: each element gets the sum over the places that show it. */
void genrepi_pad_adjoint(genrep_ctx *ctx, const genrepi_padding *padding, const real *dy, real *dx);

#endif
