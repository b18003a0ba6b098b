/* Images as tiles of Winograd convolutions, for lib/kernel/winograd*.c.
 *
 * Positions (sample, row, column) are covered by square tiles, counted in that order.  Of a source
 * each tile has a window, which begins `step` times the tile's place further on and whose elements
 * are `step` apart; it is zero outside the image.  Stride 2 has four windows a tile, which begin at
 * the four phases (0, 0), (0, 1), (1, 0), (1, 1) and are taken as channels. */
#ifndef GENREPI_KERNEL_WINOGRAD_TILES_H
#define GENREPI_KERNEL_WINOGRAD_TILES_H

#include <kernel/kernel.h>

enum { GENREPI_WINOGRAD_LANES = 16 }; /* channels in a group */

typedef struct genrepi_winograd_grid {
    int64_t batch, down, across; /* tiles */
    int64_t size;                /* positions on a tile's side */
    int64_t side;                /* points on its transform's side */
} genrepi_winograd_grid;

typedef struct genrepi_winograd_source {
    const real *x;
    int64_t channels, height, width;
    int64_t sample;   /* from one sample to the next */
    int64_t row, col; /* where the first tile's first window begins */
    int64_t step, window, phases;
    genrepi_winograd_transform *transform;
} genrepi_winograd_source;

/* Where 16 channels of a tile's point go: point * .point + group / 2 * .pair + group % 2 * .odd +
 * tile * .tile; a group of 16 channels has as many of these groups as there are phases. */
typedef struct genrepi_winograd_points {
    real *to;
    int64_t point, pair, odd, tile;
} genrepi_winograd_points;

static inline int64_t genrepi_winograd_groups(const genrepi_winograd_source *s) {
    return (s->channels + GENREPI_WINOGRAD_LANES - 1) / GENREPI_WINOGRAD_LANES * s->phases;
}

/* The tiles from `tile` on, at most `most`, that lie side by side: returns how many. */
int64_t genrepi_winograd_run(const genrepi_winograd_grid *grid, int64_t tile, int64_t most);

/* Transforms `tiles` tiles from `tile` on, channels 16 * block and the following; the first goes to
 * tile 0 of the points.  stage: genrepi_winograd_stage() numbers. */
void genrepi_winograd_gather(const genrepi_kernels *kernels, const genrepi_winograd_grid *grid,
                             const genrepi_winograd_source *source, int64_t tile, int64_t tiles,
                             int64_t block, real *stage, const genrepi_winograd_points *points);
int64_t genrepi_winograd_stage(const genrepi_winograd_grid *grid,
                               const genrepi_winograd_source *source);

#endif
