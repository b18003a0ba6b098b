/* Rows of tiles. */
#include <kernel/winograd_tiles.h>
#include <string.h>

enum { SLACK = 4 }; /* transforms read up to 3 numbers behind a row */

genrepi_tile_shape genrepi_tile_shape_of(int32_t kind) {
    static const int32_t outputs[GENREPI_WINOGRAD_KINDS] = {2, 3, 4, 2, 4};
    const int32_t m = outputs[kind], r = kind < GENREPI_WINOGRAD_23 ? 2 : 3;
    return (genrepi_tile_shape){m, r, m + r - 1};
}

genrepi_tile_grid genrepi_tile_grid_of(int32_t kind, int64_t batch, int64_t rows, int64_t cols) {
    const int64_t m = genrepi_tile_shape_of(kind).m;
    return (genrepi_tile_grid){kind, batch, rows, cols, (rows + m - 1) / m, (cols + m - 1) / m};
}

int64_t genrepi_tile_count(const genrepi_tile_grid *grid) {
    return grid->batch * grid->down * grid->across;
}

int64_t genrepi_tile_row_width(const genrepi_tile_grid *grid, const genrepi_tile_source *source) {
    const genrepi_tile_shape t = genrepi_tile_shape_of(grid->kind);
    return (grid->across - 1) * t.m + source->side + SLACK;
}

/* Rows of tiles of one sample share the rows where they overlap. */
static int64_t extra_rows(const genrepi_tile_grid *grid, const genrepi_tile_source *source) {
    return source->side - genrepi_tile_shape_of(grid->kind).m;
}

int64_t genrepi_tile_most_numbers(const genrepi_tile_grid *grid, const genrepi_tile_source *source,
                                  int64_t n) {
    const int64_t m = genrepi_tile_shape_of(grid->kind).m, all = grid->batch * grid->down;
    int64_t rows = (n + grid->across - 2) / grid->across + 1;
    if (rows > all) rows = all;
    int64_t samples = (rows + grid->down - 2) / grid->down + 1;
    if (samples > grid->batch) samples = grid->batch;
    return (rows * m + samples * extra_rows(grid, source)) * genrepi_tile_row_width(grid, source) +
           SLACK;
}

static int64_t clamp(int64_t x, int64_t most) {
    return x < 0 ? 0 : (x < most ? x : most);
}

/* Columns of rows two elements apart: where both halves are inside, then the one that may be
 * inside alone before and behind. */
static void halve_rows(const genrepi_kernels *k, const genrepi_tile_source *source, int64_t rows,
                       const real *from, int64_t width, real *even, real *odd) {
    const int64_t size = source->width, offset = source->offset;
    const int64_t first = clamp((1 - offset) / 2, width), last = clamp((size - offset) / 2, width);
    const int64_t end = last > first ? last : first;
    if (first < end)
        k->halve_rows(rows, end - first, from + 2 * first + offset, 2 * size, even + first,
                      odd + first, width);
    const int64_t before = 2 * first - 1 + offset, behind = 2 * end + offset;
    if (first > 0 && before >= 0 && before < size)
        for (int64_t i = 0; i < rows; i++) odd[i * width + first - 1] = from[2 * i * size + before];
    if (end < width && behind >= 0 && behind < size)
        for (int64_t i = 0; i < rows; i++) even[i * width + end] = from[2 * i * size + behind];
}

/* Rows first .. first + rows of an image, counted in the tiles' grid, of phase a. */
static void copy_rows(const genrepi_kernels *k, const genrepi_tile_source *source,
                      const real *image, int32_t a, int64_t first, int64_t rows, int64_t width,
                      real *even, real *odd) {
    const int64_t split = source->split, begin = split * first + a + source->offset;
    const int64_t before = clamp(begin < 0 ? (split - 1 - begin) / split : 0, rows);
    const int64_t end =
        clamp(begin < source->height ? (source->height - 1 - begin) / split + 1 : 0, rows);
    if (end <= before) return;
    const real *from = image + (begin + split * before) * source->width;
    if (split == 2) {
        halve_rows(k, source, end - before, from, width, even + before * width,
                   odd + before * width);
        return;
    }
    const int64_t left = clamp(-source->offset, width),
                  right = clamp(source->width - source->offset, width);
    if (left < right)
        k->copy_rows(end - before, right - left, from + left + source->offset, source->width,
                     even + before * width + left, width);
}

void genrepi_tile_rows(const genrepi_kernels *k, const genrepi_tile_grid *grid,
                       const genrepi_tile_source *source, int64_t channel, int32_t a, int64_t begin,
                       int64_t n, real *even, real *odd) {
    const int64_t m = genrepi_tile_shape_of(grid->kind).m;
    const int64_t width = genrepi_tile_row_width(grid, source);
    const int64_t last = (begin + n - 1) / grid->across;
    for (int64_t row = begin / grid->across; row <= last;) {
        const int64_t sample = row / grid->down, in = row % grid->down;
        const int64_t left = last + 1 - row,
                      count = left < grid->down - in ? left : grid->down - in;
        const int64_t rows = count * m + extra_rows(grid, source);
        copy_rows(k, source,
                  source->from +
                      (sample * source->channels + channel) * source->height * source->width,
                  a, in * m, rows, width, even, odd);
        even += rows * width;
        if (odd != NULL) odd += rows * width;
        row += count;
    }
}

void genrepi_tile_places(const genrepi_tile_grid *grid, const genrepi_tile_source *source,
                         int64_t begin, int64_t n, int64_t *places) {
    const int64_t m = genrepi_tile_shape_of(grid->kind).m, first = begin / grid->across;
    const int64_t width = genrepi_tile_row_width(grid, source);
    for (int64_t j = 0; j < n; j++) {
        const int64_t row = (begin + j) / grid->across;
        const int64_t samples = row / grid->down - first / grid->down;
        places[j] = ((row - first) * m + samples * extra_rows(grid, source)) * width +
                    (begin + j) % grid->across * m;
    }
}
