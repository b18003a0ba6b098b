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

int64_t genrepi_tile_row_size(const genrepi_tile_grid *grid, const genrepi_tile_source *source) {
    return source->side * genrepi_tile_row_width(grid, source);
}

int64_t genrepi_tile_most_rows(const genrepi_tile_grid *grid, int64_t n) {
    const int64_t rows = (n + grid->across - 2) / grid->across + 1, all = grid->batch * grid->down;
    return rows < all ? rows : all;
}

static int64_t clamp(int64_t x, int64_t most) {
    return x < 0 ? 0 : (x < most ? x : most);
}

/* to[j] = row[j + offset] inside the row, else 0. */
static void copy_row(const real *row, int64_t size, int64_t offset, int64_t n, real *to) {
    const int64_t first = clamp(-offset, n), end = clamp(size - offset, n);
    for (int64_t j = 0; j < first; j++) to[j] = 0;
    if (first < end) memcpy(to + first, row + first + offset, (size_t)(end - first) * sizeof *to);
    for (int64_t j = end > first ? end : first; j < n; j++) to[j] = 0;
}

/* even[j] = row[2 j + offset], odd[j] = row[2 j + 1 + offset] */
static void split_row(const genrepi_kernels *k, const real *row, int64_t size, int64_t offset,
                      int64_t n, real *even, real *odd) {
    const int64_t first = clamp((1 - offset) / 2, n), end = clamp((size - offset) / 2, n);
    for (int64_t j = 0; j < n; j++) {
        if (j == first && first < end) { /* both are inside from here on */
            k->halves(end - first, row + 2 * first + offset, even + first, odd + first);
            j = end;
            if (j == n) break;
        }
        const int64_t at = 2 * j + offset;
        even[j] = at >= 0 && at < size ? row[at] : 0;
        odd[j] = at + 1 >= 0 && at + 1 < size ? row[at + 1] : 0;
    }
}

void genrepi_tile_rows(const genrepi_kernels *k, const genrepi_tile_grid *grid,
                       const genrepi_tile_source *source, int64_t channel, int32_t a, int64_t begin,
                       int64_t n, real *even, real *odd) {
    const int64_t m = genrepi_tile_shape_of(grid->kind).m;
    const int64_t width = genrepi_tile_row_width(grid, source);
    const int64_t last = (begin + n - 1) / grid->across;
    for (int64_t row = begin / grid->across; row <= last; row++) {
        const int64_t sample = row / grid->down, first = row % grid->down * m;
        const real *image =
            source->from + (sample * source->channels + channel) * source->height * source->width;
        for (int64_t i = 0; i < source->side; i++, even += width) {
            const int64_t y = source->split * (first + i) + a + source->offset;
            const int outside = y < 0 || y >= source->height;
            const real *from = outside ? image : image + y * source->width;
            const int64_t size = outside ? 0 : source->width;
            if (source->split == 1) {
                copy_row(from, size, source->offset, width, even);
            } else {
                split_row(k, from, size, source->offset, width, even, odd);
                odd += width;
            }
        }
    }
}

void genrepi_tile_places(const genrepi_tile_grid *grid, const genrepi_tile_source *source,
                         int64_t begin, int64_t n, int64_t *places) {
    const int64_t m = genrepi_tile_shape_of(grid->kind).m, first = begin / grid->across;
    const int64_t size = genrepi_tile_row_size(grid, source);
    for (int64_t j = 0; j < n; j++)
        places[j] = ((begin + j) / grid->across - first) * size + (begin + j) % grid->across * m;
}
