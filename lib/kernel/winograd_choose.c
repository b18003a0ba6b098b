/* Which tiles pay: an estimate from the shape, fitted to what bench_conv measures. */
#include <kernel/winograd.h>
#include <kernel/winograd_tiles.h>

/* In multiply-adds of a plain product: one of ours, a transformed number, a weight at a point, and
 * one whose gradient is transformed back. */
static const double product = 1.03, transformed = 25, weight = 10, weight_gradient = 90;

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
    double out_sets = 1; /* of transformed numbers: see genrepi_winograd_input() */
    if (direction == GENREPI_TO_INPUT) {
        rows = (c->height + s - 1) / s;
        cols = (c->width + s - 1) / s;
        if (s == 2 && c->pad_top % 2 == 1) out_sets = 4;
    }
    const genrepi_tile_grid grid = genrepi_tile_grid_of(kind, c->batch, rows, cols);
    const double tiles = (double)genrepi_tile_count(&grid), points = t.a * t.a;
    const double in = (double)(c->in * s * s), out = (double)c->out;
    return points * (tiles * (in * out * product + (in + out_sets * out) * transformed) +
                     in * out * (direction == GENREPI_TO_WEIGHT ? weight_gradient : weight));
}

/* Of plain sums: a tile of the product may have fewer rows than it has room for. */
static double plain_cost(const genrepi_convolution *c, int32_t direction) {
    enum { TILE_ROWS = 14 };
    const int64_t rows = direction == GENREPI_TO_INPUT ? c->in : c->out;
    const int64_t room = (rows + TILE_ROWS - 1) / TILE_ROWS * TILE_ROWS;
    return (double)(c->batch * c->out_height * c->out_width) * (double)(c->in * c->out) *
           (double)(c->kernel_height * c->kernel_width) * (double)room / (double)rows *
           (direction == GENREPI_TO_INPUT && c->stride_height > 1 ? 1.3 : 1.1);
}

int32_t genrepi_winograd_choose(const genrepi_convolution *c, int32_t direction) {
    if (!suits(c)) return -1;
    double best = plain_cost(c, direction);
    int32_t kind = -1;
    const int32_t first = c->kernel_height == 3 ? GENREPI_WINOGRAD_23 : GENREPI_WINOGRAD_22;
    const int32_t end = c->kernel_height == 3 ? GENREPI_WINOGRAD_KINDS : GENREPI_WINOGRAD_23;
    for (int32_t k = first; k < end; k++) {
        const double products = cost(c, direction, k);
        if (products < best) best = products, kind = k;
    }
    return kind;
}
