/* The product that linear is, and that other layers have inside: y = a x W^T + c b over rows, with
 * W, out x in, and b the layer's parameters 0 and 1; a and c as in weight.h. */
#ifndef GENREPI_NN_DENSE_H
#define GENREPI_NN_DENSE_H

#include <nn/weight.h>

typedef struct genrepi_dense {
    int64_t in, out;
    int32_t bias; /* 0: there is none */
} genrepi_dense;

/* Makes W and b.  init NULL: both uniform within 1/sqrt(in), or as equalized says; else b is 0. */
int32_t genrepi_dense_build(genrep_layer *layer, const genrepi_dense *d,
                            const genrepi_weight_options *options, const char *init,
                            const char *bias_init);

/* The arithmetic alone: y = factor x W^T + bias (NULL: none), and back.  What is NULL is not
 * wanted; dw is added to, sums, those of the rows of dy, are written. */
typedef struct genrepi_affine {
    int64_t rows, in, out;
    real factor;
    const real *x, *w;
} genrepi_affine;
int32_t genrepi_affine_forward(genrep_ctx *ctx, const genrepi_affine *a, const real *bias, real *y);
int32_t genrepi_affine_backward(genrep_ctx *ctx, const genrepi_affine *a, const real *dy, real *dx,
                                real *dw, real *sums);

/* For ops->shape of layers with a style vector of this size for each sample as in[1]. */
int32_t genrepi_style_shape(const genrep_layer *layer, int64_t style, const genrepi_shape *in);

int32_t genrepi_dense_forward(genrepi_call *call, const genrepi_dense *d, int64_t rows,
                              const real *x, real *y);
/* dx NULL: not wanted.  y is what forward gave. */
int32_t genrepi_dense_backward(genrepi_call *call, const genrepi_dense *d, int64_t rows,
                               const real *x, const real *y, const real *dy, real *dx);

#endif
