/* Tiles of images, for lib/kernel/winograd*.c: a grid of outputs of each sample in tiles of m x m,
 * counted by sample, row, column; and where their inputs lie. */
#ifndef GENREPI_KERNEL_WINOGRAD_TILES_H
#define GENREPI_KERNEL_WINOGRAD_TILES_H

#include <kernel/kernel.h>

typedef struct genrepi_tile_shape {
    int32_t m, r, a; /* outputs, kernel, points: a = m + r - 1 */
} genrepi_tile_shape;

genrepi_tile_shape genrepi_tile_shape_of(int32_t kind);

/* Images whose rows tiles are taken from.  Tile (i, j) begins at row split * i * m + offset, of the
 * columns alike; with split 2 phase (a, b) holds every other row from there + a, column + b. */
typedef struct genrepi_tile_source {
    const real *from;
    int64_t channels, height, width;
    int32_t split;
    int64_t offset;
    int64_t side; /* rows of a tile that are wanted: a for inputs, m for cotangents */
} genrepi_tile_source;

typedef struct genrepi_tile_grid {
    int32_t kind;
    int64_t batch, rows, cols; /* outputs of a sample */
    int64_t down, across;      /* tiles of a sample */
} genrepi_tile_grid;

genrepi_tile_grid genrepi_tile_grid_of(int32_t kind, int64_t batch, int64_t rows, int64_t cols);
int64_t genrepi_tile_count(const genrepi_tile_grid *grid);

/* Numbers in a row of a copy, and in a copy of the rows of n tiles, at most. */
int64_t genrepi_tile_row_width(const genrepi_tile_grid *grid, const genrepi_tile_source *source);
int64_t genrepi_tile_most_numbers(const genrepi_tile_grid *grid, const genrepi_tile_source *source,
                                  int64_t n);

/* The rows that tiles begin .. begin + n are in: what is copied of each channel, of phase (a, .)
 * with split 2.  `pieces` has room for genrepi_tile_most_pieces(). */
typedef struct genrepi_tile_rows {
    genrepi_piece_of_rows *pieces;
    int64_t count, first, n, width; /* first: column of a copy that the image's n begin at */
    int32_t before, behind;
} genrepi_tile_rows;

int64_t genrepi_tile_most_pieces(const genrepi_tile_grid *grid, int64_t n);
void genrepi_tile_find_rows(const genrepi_tile_grid *grid, const genrepi_tile_source *source,
                            int32_t a, int64_t begin, int64_t n, genrepi_tile_rows *rows);

/* Copies them, for a channel; where there is no image nothing is written, so for the first channel
 * the copy must be zeros.  With split 2 phase (a, 0) goes to even and (a, 1) to odd; else all to
 * even. */
void genrepi_tile_copy_rows(const genrepi_kernels *k, const genrepi_tile_source *source,
                            const genrepi_tile_rows *rows, int64_t channel, real *even, real *odd);

/* Where each of these tiles begins in such a copy. */
void genrepi_tile_places(const genrepi_tile_grid *grid, const genrepi_tile_source *source,
                         int64_t begin, int64_t n, int64_t *places);

#endif
