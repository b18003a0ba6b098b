/* Convolutions of images in one plane a channel: batch x channels x height x width, row-major.
 *
 *   y[n,o,i,j] = b[o] + sum_{c,p,q} w[o,c,p,q] x[n, c, i s + p - pad_top, j s + q - pad_left]
 *
 * with x taken as zero outside, over the channels c of o's group; and the two gradients of it.  A
 * transposed convolution is the input gradient, and the other way round.  Weights lie as
 * out x in / groups x kernel, as in PyTorch.
 *
 * All three are matrix products whose second operand is packed from the image itself, patch by
 * patch, so the matrix of patches is never in memory.  What decides the bits is the shape alone,
 * never the number of threads, nor AVX2 or AVX-512. */
#ifndef GENREPI_KERNEL_CONVOLUTION_H
#define GENREPI_KERNEL_CONVOLUTION_H

#include <base/ctx.h>
#include <base/real.h>

typedef struct genrepi_convolution {
    int64_t batch, groups;
    int64_t in, height, width;          /* channels and size of x */
    int64_t out, out_height, out_width; /* of y */
    int64_t kernel_height, kernel_width, stride_height, stride_width, pad_top, pad_left;
    int32_t exact; /* plain sums of products only */
    real factor;   /* the weights count times this; 0: 1 */
} genrepi_convolution;

static inline real genrepi_convolution_factor(const genrepi_convolution *c) {
    return c->factor != 0 ? c->factor : 1;
}

/* y = factor w * x + bias; bias may be NULL. */
int32_t genrepi_convolution_forward(genrep_ctx *ctx, const genrepi_convolution *c, const real *x,
                                    const real *w, const real *bias, real *y);
/* dx from dy, times factor; with a bias (per channel of x), as transposed convolutions have one. */
int32_t genrepi_convolution_input(genrep_ctx *ctx, const genrepi_convolution *c, const real *dy,
                                  const real *w, const real *bias, real *dx);
/* dw += factor times the gradient of factor w, from x and dy. */
int32_t genrepi_convolution_weight(genrep_ctx *ctx, const genrepi_convolution *c, const real *x,
                                   const real *dy, real *dw);

#endif
