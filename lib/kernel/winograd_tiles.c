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

int64_t genrepi_tile_most_pieces(const genrepi_tile_grid *grid, int64_t n) {
    const int64_t samples = (n + grid->across * grid->down - 2) / (grid->across * grid->down) + 1;
    return samples < grid->batch ? samples : grid->batch;
}

/* Rows first .. first + rows of an image, counted in the tiles' grid, of phase a. */
static void add_piece(genrepi_tile_rows *rows, const genrepi_tile_source *source, int64_t image,
                      int64_t a, int64_t first, int64_t count, int64_t to) {
    const int64_t split = source->split, begin = split * first + a + source->offset;
    const int64_t before = clamp(begin < 0 ? (split - 1 - begin) / split : 0, count);
    const int64_t end =
        clamp(begin < source->height ? (source->height - 1 - begin) / split + 1 : 0, count);
    if (end <= before) return;
    rows->pieces[rows->count++] = (genrepi_piece_of_rows){
        image + (begin + split * before) * source->width + split * rows->first + source->offset,
        to + before * rows->width + rows->first, end - before};
}

/* With split 2: where both halves of a row are inside, then the one that may be inside alone
 * before and behind. */
static void find_columns(genrepi_tile_rows *rows, const genrepi_tile_source *source) {
    const int64_t split = source->split, size = source->width, offset = source->offset;
    rows->first = clamp((split - 1 - offset) / split, rows->width);
    const int64_t end = clamp((size - offset) / split, rows->width);
    rows->n = end > rows->first ? end - rows->first : 0;
    const int64_t before = split * rows->first - 1 + offset,
                  behind = split * (rows->first + rows->n) + offset;
    rows->before = split == 2 && rows->first > 0 && before >= 0 && before < size;
    rows->behind =
        split == 2 && rows->first + rows->n < rows->width && behind >= 0 && behind < size;
}

void genrepi_tile_find_rows(const genrepi_tile_grid *grid, const genrepi_tile_source *source,
                            int32_t a, int64_t begin, int64_t n, genrepi_tile_rows *rows) {
    const int64_t m = genrepi_tile_shape_of(grid->kind).m, last = (begin + n - 1) / grid->across;
    rows->width = genrepi_tile_row_width(grid, source);
    rows->count = 0;
    find_columns(rows, source);
    int64_t to = 0;
    for (int64_t row = begin / grid->across; row <= last;) {
        const int64_t sample = row / grid->down, in = row % grid->down, left = last + 1 - row;
        const int64_t tiles = left < grid->down - in ? left : grid->down - in;
        const int64_t count = tiles * m + extra_rows(grid, source);
        add_piece(rows, source, sample * source->channels * source->height * source->width, a,
                  in * m, count, to);
        to += count * rows->width;
        row += tiles;
    }
}

void genrepi_tile_copy_rows(const genrepi_kernels *k, const genrepi_tile_source *source,
                            const genrepi_tile_rows *rows, int64_t channel, real *even, real *odd) {
    const real *image = source->from + channel * source->height * source->width;
    if (source->split == 1)
        k->copy_pieces(rows->count, rows->pieces, rows->n, image, source->width, even, rows->width);
    else
        k->halve_pieces(rows->count, rows->pieces, rows->n, rows->before, rows->behind, image,
                        2 * source->width, even, odd, rows->width);
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
