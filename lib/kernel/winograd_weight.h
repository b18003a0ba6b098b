/* The weight gradient of Winograd convolutions, for lib/kernel/winograd.c:
 *
 *   dw[o, c, phase, p, q] += factor sum_{n,i,j} dy[n,o,i,j]
 *       x[n, c, x.row + phase / 2 + (i + p) step, x.col + phase % 2 + (j + q) step] */
#ifndef GENREPI_KERNEL_WINOGRAD_WEIGHT_H
#define GENREPI_KERNEL_WINOGRAD_WEIGHT_H

#include <base/ctx.h>
#include <kernel/winograd_tiles.h>

typedef struct genrepi_winograd_gradient {
    enum genrepi_winograd_form form;
    genrepi_winograd_grid grid;    /* over the positions of dy */
    genrepi_winograd_source x, dy; /* .transform is set by genrepi_winograd_gradient_run() */
    real factor;
    real *dw;             /* out x in x kernel x kernel */
    int64_t kernel, side; /* of a pair of channels; it is found as side x side */
    int64_t phase_row, phase_col, tap_row, tap_col; /* where elements lie in that */
} genrepi_winograd_gradient;

int32_t genrepi_winograd_gradient_run(genrep_ctx *ctx, const genrepi_winograd_gradient *gradient);

#endif
