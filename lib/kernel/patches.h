/* Runs of an image that a tap of a kernel meets, for lib/kernel/convolution*.c.
 *
 * A grid of positions (sample, row, column), counted in that order, looks at a source: position
 * (n, i, j) and tap t meet source element (n, i * step + y[t], j * step + x[t]), or zero where that
 * is outside.  For a range of positions that is a list of runs in the source, the same for all
 * channels. */
#ifndef GENREPI_KERNEL_PATCHES_H
#define GENREPI_KERNEL_PATCHES_H

#include <stdint.h>
#include <base/real.h>

typedef struct genrepi_grid {
    int64_t batch, rows, cols;       /* positions */
    int64_t channels, height, width; /* of the source, all groups */
    int64_t step_height, step_width; /* from one position to the next */
} genrepi_grid;

typedef struct genrepi_run {
    int64_t from;  /* first element in the source's first channel; -1: zeros */
    int32_t at, n; /* place in the range, length */
} genrepi_run;

/* The runs of a tap over positions begin .. begin + n; at most one before, one in and one behind
 * the image for each row that is met. */
int32_t genrepi_patch_runs(const genrepi_grid *grid, int64_t y, int64_t x, int64_t begin, int64_t n,
                           genrepi_run *runs);
static inline int64_t genrepi_patch_most_runs(const genrepi_grid *grid, int64_t n) {
    const int64_t rows = n / grid->cols + 2;
    return 3 * (rows < n ? rows : n);
}

/* Copies them; `source` is the channel's first element. */
void genrepi_patch_copy(const genrepi_run *runs, int32_t n, const real *source, int64_t step,
                        real *to);

#endif
