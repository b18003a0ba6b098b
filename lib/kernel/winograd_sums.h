/* Sums over channels and a square of taps by Winograd's transforms, for lib/kernel/winograd.c.
 *
 * A convolution with stride 1 is, for positions (i, j) and with one phase,
 *
 *   to[n, o, i, j] = b[o] + factor sum_{c,p,q} g[o,c,p,q] source[n, c, row + i + p, col + j + q].
 *
 * With four phases of the source, which have a step of 2, it is the sum of this over the phases;
 * with four phases of the target, position (i, j) of phase k is element (2 i + k / 2, 2 j + k % 2)
 * of the target.  Each phase has its own window (winograd_tiles.h) and weights:
 *
 *   g is element first + k / 2 phase_row + k % 2 phase_col + p tap_row + q tap_col of the square of
 *   weights at o out_step + c in_step. */
#ifndef GENREPI_KERNEL_WINOGRAD_SUMS_H
#define GENREPI_KERNEL_WINOGRAD_SUMS_H

#include <base/ctx.h>
#include <kernel/winograd_tiles.h>

typedef struct genrepi_winograd_weights {
    const real *at;
    int64_t out_step, in_step;
    int64_t kernel, side; /* kernel x kernel weights of a pair lie together; seen as side x side,
                           * zero beyond */
    int64_t first, phase_row, phase_col, tap_row, tap_col;
} genrepi_winograd_weights;

typedef struct genrepi_winograd_sums {
    enum genrepi_winograd_form form;
    genrepi_winograd_grid grid;
    genrepi_winograd_source source; /* .transform is set by genrepi_winograd_sums_run() */
    genrepi_winograd_weights weights;
    real factor;
    const real *bias; /* may be NULL */
    real *to;
    int64_t out, height, width; /* channels and size of the target */
    int64_t sample;             /* from one sample to the next */
    int64_t step;               /* 1; 2: the phases are the target's */
} genrepi_winograd_sums;

int32_t genrepi_winograd_sums_run(genrep_ctx *ctx, const genrepi_winograd_sums *sums);

#endif
