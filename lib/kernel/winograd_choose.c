/* Which tiles pay: an estimate of processor cycles from the shape, measured with bench_conv. */
#include <kernel/winograd.h>
#include <kernel/winograd_tiles.h>

/* Cycles per multiply-add of matrix products, and per transformed number. */
static const double plain = 1. / 30, product = 1. / 29, transformed = 1.3, weights = 0.3;

static int suits(const genrepi_convolution *c) {
    if (c->exact || c->groups != 1 || c->pad_top != c->pad_left) return 0;
    if (c->kernel_height != c->kernel_width || c->stride_height != c->stride_width) return 0;
    return (c->kernel_height == 3 && c->stride_height == 1) ||
           (c->kernel_height == 4 && c->stride_height == 2);
}

static double cost(const genrepi_convolution *c, int32_t direction, int32_t kind) {
    const genrepi_tile_shape t = genrepi_tile_shape_of(kind);
    const int64_t s = t.r == 2 ? 2 : 1;
    int64_t rows = c->out_height, cols = c->out_width;
    if (direction == GENREPI_TO_INPUT) {
        rows = s == 2 ? c->height / 2 + c->pad_top % 2 : c->height;
        cols = s == 2 ? c->width / 2 + c->pad_left % 2 : c->width;
    }
    const genrepi_tile_grid grid = genrepi_tile_grid_of(kind, c->batch, rows, cols);
    const double tiles = (double)genrepi_tile_count(&grid), points = t.a * t.a;
    const double in = (double)(c->in * s * s), out = (double)c->out;
    return points * (tiles * (in * out * product + (in + out) * transformed) + in * out * weights);
}

int32_t genrepi_winograd_choose(const genrepi_convolution *c, int32_t direction) {
    if (!suits(c)) return -1;
    const double sums = (double)(c->batch * c->out_height * c->out_width) *
                        (double)(c->in * c->out) * (double)(c->kernel_height * c->kernel_width);
    double best = sums * plain;
    int32_t kind = -1;
    const int32_t first = c->kernel_height == 3 ? GENREPI_WINOGRAD_23 : GENREPI_WINOGRAD_22;
    const int32_t end = c->kernel_height == 3 ? GENREPI_WINOGRAD_KINDS : GENREPI_WINOGRAD_23;
    for (int32_t k = first; k < end; k++) {
        const double cycles = cost(c, direction, k);
        if (cycles < best) best = cycles, kind = k;
    }
    return kind;
}
