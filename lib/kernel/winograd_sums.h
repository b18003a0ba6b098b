/* Sums over channels and a square of taps by Winograd's transforms, for lib/kernel/winograd.c:
 *
 *   to[n, o, row + i to_step, col + j to_step] = b[o] + sum_{c,phase,p,q} g[o,c,phase,p,q]
 *       source[n, c, source.row + phase / 2 + (i + p) step, source.col + phase % 2 + (j + q) step]
 *
 * g is weights[o out_step + c in_step + first + phase / 2 phase_row + phase % 2 phase_col +
 * p tap_row + q tap_col]. */
#ifndef GENREPI_KERNEL_WINOGRAD_SUMS_H
#define GENREPI_KERNEL_WINOGRAD_SUMS_H

#include <base/ctx.h>
#include <kernel/winograd_tiles.h>

typedef struct genrepi_winograd_weights {
    const real *at;
    int64_t out_step, in_step;
    int64_t taps; /* of a pair of channels: numbers that lie together */
    int64_t first, phase_row, phase_col, tap_row, tap_col;
} genrepi_winograd_weights;

typedef struct genrepi_winograd_sums {
    enum genrepi_winograd_form form;
    genrepi_winograd_grid grid;
    genrepi_winograd_source source; /* .transform is set by genrepi_winograd_sums_run() */
    genrepi_winograd_weights weights;
    const real *bias; /* may be NULL */
    real *to;
    int64_t out, rows, cols;               /* channels and positions */
    int64_t to_sample, to_plane, to_width; /* from one sample, channel, row to the next */
    int64_t to_row, to_col, to_step;       /* where position (0, 0) goes, and the next ones */
} genrepi_winograd_sums;

int32_t genrepi_winograd_sums_run(genrep_ctx *ctx, const genrepi_winograd_sums *sums);

#endif
