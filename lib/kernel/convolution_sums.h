/* The sums that forward and input gradients of convolutions are, for lib/kernel/convolution.c:
 *
 *   to[n, o, row(i), col(j)] = b[o] + factor sum_{c,t} a[o,c,t] source[n, c, i step + y[t], j step
 * + x[t]]
 *
 * over a grid of positions and a list of taps; a[o,c,t] = weights[o * out_step + c * in_step +
 * tap[t].weight]. */
#ifndef GENREPI_KERNEL_CONVOLUTION_SUMS_H
#define GENREPI_KERNEL_CONVOLUTION_SUMS_H

#include <base/ctx.h>
#include <kernel/patches.h>

typedef struct genrepi_tap {
    int64_t y, x;   /* in the source, from a position's place */
    int64_t weight; /* place in the kernel */
} genrepi_tap;

typedef struct genrepi_sums {
    genrepi_grid grid;
    const real *source, *weights, *bias; /* bias may be NULL */
    real factor;                         /* of the weights */
    int64_t channels;                    /* of the source, in a group */
    int64_t out;                         /* channels of the target, in a group */
    int64_t out_step, in_step;           /* in weights */
    const genrepi_tap *taps;
    int64_t n_taps, kernel_taps; /* kernel_taps: of the whole kernel, side by side in weights */
    real *to;
    int64_t to_channels, to_height, to_width; /* of the target, all groups */
    int64_t to_row, to_col;                   /* where position (0, 0) goes */
    int64_t to_row_step, to_col_step;
} genrepi_sums;

int32_t genrepi_sums_run(genrep_ctx *ctx, const genrepi_sums *sums);

#endif
