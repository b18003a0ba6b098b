/* Windows of tiles: staged as [row][column][16 channels], then transformed. */
#include <kernel/winograd_tiles.h>
#include <string.h>

enum { LANES = GENREPI_WINOGRAD_LANES, MOST_RUN = 16 };

static int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}
static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

int64_t genrepi_winograd_run(const genrepi_winograd_grid *grid, int64_t tile, int64_t most) {
    return smaller(smaller(most, MOST_RUN), grid->across - tile % grid->across);
}

static int64_t stage_rows(const genrepi_winograd_source *s) {
    return s->step * (s->window - 1) + 1 + (s->phases > 1);
}
static int64_t stage_cols(const genrepi_winograd_grid *grid, const genrepi_winograd_source *s,
                          int64_t tiles) {
    return s->step * grid->size * (tiles - 1) + stage_rows(s);
}

int64_t genrepi_winograd_stage(const genrepi_winograd_grid *grid,
                               const genrepi_winograd_source *s) {
    return stage_rows(s) * stage_cols(grid, s, MOST_RUN) * LANES;
}

static void clear(real *to, int64_t n) {
    if (n > 0) memset(to, 0, (size_t)(n * LANES) * sizeof *to);
}

/* Rows from `row`, columns from `col` of `channels` channels from x on. */
static void fill_stage(const genrepi_kernels *k, const genrepi_winograd_source *s, const real *x,
                       int64_t channels, int64_t row, int64_t col, int64_t cols, real *stage) {
    const int64_t before = smaller(larger(-col, 0), cols);
    const int64_t end = larger(smaller(s->width - col, cols), before);
    for (int64_t i = 0; i < stage_rows(s); i++, row++, stage += cols * LANES) {
        if (row < 0 || row >= s->height) {
            clear(stage, cols);
            continue;
        }
        clear(stage, before);
        if (end > before)
            k->gemm_pack(end - before, (int32_t)channels, x + row * s->width + col + before,
                         s->height * s->width, 1, LANES, stage + before * LANES);
        clear(stage + end * LANES, cols - end);
    }
}

void genrepi_winograd_gather(const genrepi_kernels *k, const genrepi_winograd_grid *grid,
                             const genrepi_winograd_source *s, int64_t tile, int64_t tiles,
                             int64_t block, real *stage, const genrepi_winograd_points *points) {
    const int64_t channel = block * LANES, channels = smaller(LANES, s->channels - channel);
    const genrepi_winograd_strides to_strides = {grid->side * points->point, points->point,
                                                 points->tile};
    int64_t n = 0;
    for (int64_t done = 0; done < tiles; done += n) {
        const int64_t across = (tile + done) % grid->across,
                      down = (tile + done) / grid->across % grid->down,
                      sample = (tile + done) / grid->across / grid->down;
        n = genrepi_winograd_run(grid, tile + done, tiles - done);
        const int64_t cols = stage_cols(grid, s, n);
        fill_stage(k, s, s->x + sample * s->sample + channel * s->height * s->width, channels,
                   s->row + down * grid->size * s->step, s->col + across * grid->size * s->step,
                   cols, stage);
        const genrepi_winograd_strides strides = {s->step * cols * LANES, s->step * LANES,
                                                  s->step * grid->size * LANES};
        for (int64_t phase = 0; phase < s->phases; phase++) {
            const int64_t group = block * s->phases + phase;
            s->transform(n, stage + (phase / 2 * cols + phase % 2) * LANES, &strides,
                         points->to + group / 2 * points->pair + group % 2 * points->odd +
                             done * points->tile,
                         &to_strides);
        }
    }
}
