/* modulated_conv2d in two files: forward beside the kind, backward in modulated_back.c. */
#ifndef GENREPI_NN_MODULATED_H
#define GENREPI_NN_MODULATED_H

#include <nn/convolve.h>
#include <nn/dense.h>

typedef struct genrepi_modulated_options {
    genrepi_convolve_options c; /* first: the helpers of convolutions read it */
    int64_t style;
    int32_t demodulate;
    double eps;
} genrepi_modulated_options;

/* style_weight and style_bias: after weight, and bias with bias=1. */
const genrepi_parameter *genrepi_modulated_parameters(const genrep_layer *layer);

/* The convolution that all samples share, and the product that makes s from style vectors:
 * equalised, A is used times 1 / sqrt(style). */
genrepi_convolution genrepi_modulated_convolution(const genrepi_call *call);
genrepi_affine genrepi_modulated_style(const genrepi_call *call);

/* Work on rows, a channel of a sample each: to = scale x + bias. */
typedef struct genrepi_modulated_rows {
    int64_t n, channels; /* elements of a row, rows of a sample */
    const real *x, *y;
    const real *scale; /* of each row; NULL: 1 */
    const real *bias;  /* of each channel; NULL: 0 */
    real *to;
    real *dots, *sums; /* of each row, for backward */
} genrepi_modulated_rows;
void genrepi_modulated_scale(const genrepi_call *call, int64_t batch,
                             const genrepi_modulated_rows *rows);

/* to = s^2, element by element. */
void genrepi_modulated_square(int64_t n, const real *s, real *to);

int32_t genrepi_modulated_backward(genrepi_call *call);

#endif
