/* layer_norm in two files: tangents are in layer_norm_tangent.c. */
#ifndef GENREPI_NN_LAYER_NORM_H
#define GENREPI_NN_LAYER_NORM_H

#include <nn/leaf.h>

typedef struct genrepi_layer_norm_options {
    int64_t axes;
    double eps;
    int32_t affine;
} genrepi_layer_norm_options;

typedef struct genrepi_layer_norm {
    int64_t rows, cols;
    double eps;
    const real *x, *dy, *gamma, *beta;
    real *xhat, *y, *inverse; /* inverse: 1 / s of each row */
} genrepi_layer_norm;

/* After forward; dy, or what stands in its place, and y are open. */
genrepi_layer_norm genrepi_layer_norm_of(const genrepi_call *call);

/* y = J (gamma dy), and sums of dy xhat over rows. */
genrepi_piece genrepi_layer_norm_back;
genrepi_rows_sum genrepi_layer_norm_gamma;

int32_t genrepi_layer_norm_tangent(genrepi_call *call);
int32_t genrepi_layer_norm_tangent_backward(genrepi_call *call);

#endif
