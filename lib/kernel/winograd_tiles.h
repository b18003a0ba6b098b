/* Images as tiles of Winograd convolutions, for lib/kernel/winograd*.c.
 *
 * Positions (sample, row, column) are covered by square tiles, counted in that order.  Of a source
 * each tile has a window, which begins `step` times the tile's place further on and whose elements
 * are `step` apart; it is zero outside the image.  With four phases a tile has four windows: phase
 * k begins phase_row (k / 2) rows and phase_col (k % 2) columns further on. */
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
    int64_t step, window;
    int64_t phases, phase_row, phase_col; /* 1 or 4; 0 or 1 */
    genrepi_winograd_transform *transform;
} genrepi_winograd_source;

/* Tiles that are worked on together: some whole rows of tiles of an image, or a piece of one. */
enum { GENREPI_WINOGRAD_PATCH = 16 }; /* most tiles of a patch */
typedef struct genrepi_winograd_patch {
    int64_t sample, down, across; /* the first tile */
    int64_t rows, cols;
} genrepi_winograd_patch;

/* From `tile` on, at most `most` tiles. */
genrepi_winograd_patch genrepi_winograd_patch_at(const genrepi_winograd_grid *grid, int64_t tile,
                                                 int64_t most);

/* Where 16 channels of a tile's point go: point * .point + group / 2 * .pair + group % 2 * .odd +
 * tile * .tile.  16 channels of the source make a group for each phase. */
typedef struct genrepi_winograd_points {
    real *to;
    int64_t point, pair, odd, tile;
} genrepi_winograd_points;

/* Transforms `tiles` tiles from `tile` on, channels 16 * block and the following; the first goes to
 * tile 0 of the points.  stage: genrepi_winograd_stage_size() numbers. */
void genrepi_winograd_gather(const genrepi_kernels *kernels, const genrepi_winograd_grid *grid,
                             const genrepi_winograd_source *source, int64_t tile, int64_t tiles,
                             int64_t block, real *stage, const genrepi_winograd_points *points);
int64_t genrepi_winograd_stage_size(const genrepi_winograd_grid *grid,
                                    const genrepi_winograd_source *source);

#endif
