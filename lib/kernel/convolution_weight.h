/* The weight gradient of plain convolutions, for lib/kernel/convolution.c. */
#ifndef GENREPI_KERNEL_CONVOLUTION_WEIGHT_H
#define GENREPI_KERNEL_CONVOLUTION_WEIGHT_H

#include <kernel/convolution_sums.h>

typedef struct genrepi_weight_sums {
    genrepi_grid grid; /* of dy's positions, over x */
    const real *x, *dy;
    int64_t channels, out;   /* of a group */
    int64_t dy_channels;     /* of all groups */
    real factor;             /* of what is added */
    const genrepi_tap *taps; /* in the order of dw; their weight is not looked at */
    int64_t n_taps;
    real *dw; /* out x channels x taps, added to */
} genrepi_weight_sums;

int32_t genrepi_weight_sums_run(genrep_ctx *ctx, const genrepi_weight_sums *sums);

#endif
