/* Windows of tiles: staged as [row][column][16 channels], then transformed. */
#include <kernel/winograd_tiles.h>
#include <string.h>

enum { LANES = GENREPI_WINOGRAD_LANES, MOST_TILES = GENREPI_WINOGRAD_PATCH };

static int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}
static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

genrepi_winograd_patch genrepi_winograd_patch_at(const genrepi_winograd_grid *grid, int64_t tile,
                                                 int64_t most) {
    genrepi_winograd_patch p = {.sample = tile / grid->across / grid->down,
                                .down = tile / grid->across % grid->down,
                                .across = tile % grid->across,
                                .rows = 1};
    most = smaller(most, MOST_TILES);
    p.cols = smaller(most, grid->across - p.across);
    if (p.across == 0 && p.cols == grid->across)
        p.rows = smaller(most / grid->across, grid->down - p.down);
    return p;
}

/* The sides of what a patch of so many tiles on a side needs. */
static int64_t side_of(const genrepi_winograd_grid *grid, const genrepi_winograd_source *s,
                       int64_t tiles) {
    return s->step * (grid->size * (tiles - 1) + s->window - 1) + 1 + (s->phases > 1);
}

int64_t genrepi_winograd_stage_size(const genrepi_winograd_grid *grid,
                                    const genrepi_winograd_source *s) {
    int64_t most = 0;
    for (int64_t cols = 1; cols <= MOST_TILES; cols++) {
        const int64_t rows = cols == grid->across ? MOST_TILES / cols : 1;
        most = larger(most, side_of(grid, s, rows) * side_of(grid, s, cols));
    }
    return (most + LANES) * LANES;
}

static void clear(real *to, int64_t n) {
    if (n > 0) memset(to, 0, (size_t)(n * LANES) * sizeof *to);
}

/* rows x cols elements of `channels` channels from x on, from (row, col) of the image on. */
static void fill_stage(const genrepi_kernels *k, const genrepi_winograd_source *s, const real *x,
                       int64_t channels, int64_t row, int64_t rows, int64_t col, int64_t cols,
                       real *stage) {
    const int64_t top = smaller(larger(-row, 0), rows), left = smaller(larger(-col, 0), cols);
    const int64_t bottom = larger(smaller(s->height - row, rows), top);
    const int64_t right = larger(smaller(s->width - col, cols), left);
    if (bottom > top && right > left)
        k->winograd_stage(bottom - top, right - left, (int32_t)channels,
                          x + (row + top) * s->width + col + left, s->width, s->height * s->width,
                          stage + (top * cols + left) * LANES, cols * LANES);
    clear(stage, top * cols);
    for (int64_t i = top; i < bottom; i++) {
        clear(stage + i * cols * LANES, left);
        clear(stage + (i * cols + right) * LANES, cols - right);
    }
    clear(stage + bottom * cols * LANES, (rows - bottom) * cols);
}

void genrepi_winograd_gather(const genrepi_kernels *k, const genrepi_winograd_grid *grid,
                             const genrepi_winograd_source *s, int64_t tile, int64_t tiles,
                             int64_t block, real *stage, const genrepi_winograd_points *points) {
    const int64_t channels = smaller(LANES, s->channels - block * LANES);
    const real *x = s->x + block * LANES * s->height * s->width;
    const genrepi_winograd_strides to = {grid->side * points->point, points->point, points->tile};
    const int64_t stride = s->step * grid->size; /* from tile to tile */
    for (int64_t done = 0; done < tiles;) {
        const genrepi_winograd_patch p = genrepi_winograd_patch_at(grid, tile + done, tiles - done);
        const int64_t rows = side_of(grid, s, p.rows), cols = side_of(grid, s, p.cols);
        fill_stage(k, s, x + p.sample * s->sample, channels, s->row + p.down * stride, rows,
                   s->col + p.across * stride, cols, stage);
        const genrepi_winograd_strides from = {s->step * cols * LANES, s->step * LANES,
                                               stride * LANES};
        for (int64_t i = 0; i < p.rows; i++, done += p.cols)
            for (int64_t phase = 0; phase < s->phases; phase++) {
                const int64_t group = block * s->phases + phase;
                const int64_t row = i * stride + phase / 2 * s->phase_row;
                s->transform(p.cols, stage + (row * cols + phase % 2 * s->phase_col) * LANES, &from,
                             points->to + group / 2 * points->pair + group % 2 * points->odd +
                                 done * points->tile,
                             &to);
            }
    }
}
