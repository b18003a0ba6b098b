/* Plain sums or Winograd's, and with which tiles: a model of the time each takes, in cycles of one
 * multiply-add of 16 numbers.  Its constants are fitted to measurements of both on shapes of the
 * networks in the zoo (AVX-512, one thread; docs/benchmarks.md); the choice depends on the shape
 * alone, so it is the same on every machine. */
#include <kernel/winograd.h>
#include <kernel/kernel.h>

static double divide_up(int64_t a, int64_t b) {
    return (double)((a + b - 1) / b);
}

typedef struct shape {
    double in, out;      /* channels of a group */
    double in16, out16;  /* in groups of 16 */
    double pairs;        /* of channels, 16 at a time */
    double taps, phases; /* phases: of stride 2 */
    double positions;    /* of y, or of x in each phase */
    int32_t direction;
} shape;

/* Multiply-adds, packing of patches, packing of weights or adding to them. */
static double plain_cycles(const shape *s) {
    const double products = s->in * s->out / 16 * s->taps * s->positions;
    switch (s->direction) {
    case GENREPI_TO_OUTPUT:
        return products * (1.1 + 14 / s->out + 8 / (s->in * s->taps)) + 64 * s->pairs * s->taps;
    case GENREPI_TO_INPUT:
        return products * (1.1 + 14 * s->phases / s->in) + 160 * s->pairs * s->taps;
    default:
        return products * (1.1 + 14 / s->out) + 20 * s->pairs * s->taps;
    }
}

/* Multiply-adds, transforms of tiles, of weights. */
static double winograd_cycles(const shape *s, double tiles, double points) {
    const double tile = 100 + 10 * points; /* of a tile's 16 channels, in or out */
    switch (s->direction) {
    case GENREPI_TO_OUTPUT:
        return 1.05 * points * s->phases * s->in * s->out16 * tiles +
               tile * tiles * (s->in16 * s->phases + s->out16) +
               9 * points * s->phases * s->in * s->out16;
    case GENREPI_TO_INPUT:
        return 1.05 * points * s->phases * s->out * s->in16 * tiles +
               tile * tiles * s->phases * (s->out16 + s->in16) +
               13 * points * s->phases * s->out * s->in16;
    default:
        return 1.05 * points * s->phases * s->in16 * s->out * tiles +
               tile * tiles * (s->in16 * s->phases + s->out16) * (1 + s->out / 512) +
               (450 + 10 * points * s->phases) * s->out * s->in16;
    }
}

static int suits(const genrepi_convolution *c) {
    const int64_t kernel = c->kernel_height, stride = c->stride_height;
    return c->kernel_width == kernel && c->stride_width == stride &&
           ((kernel == 3 && stride == 1) || ((kernel == 3 || kernel == 4) && stride == 2));
}

int32_t genrepi_winograd_choose(const genrepi_convolution *c, int32_t direction) {
    if (c->exact || c->batch == 0 || !suits(c)) return -1;
    const int64_t in = c->in / c->groups, out = c->out / c->groups, stride = c->stride_height;
    int64_t rows = c->out_height, cols = c->out_width;
    if (direction == GENREPI_TO_INPUT)
        rows = (c->height + stride - 1) / stride, cols = (c->width + stride - 1) / stride;
    const double batch = (double)c->batch, taps = divide_up(c->kernel_height, stride);
    const shape s = {.in = (double)in,
                     .out = (double)out,
                     .in16 = divide_up(in, 16),
                     .out16 = divide_up(out, 16),
                     .pairs = (double)in * (double)out / 16,
                     .taps = (double)(c->kernel_height * c->kernel_width),
                     .phases = (double)(stride * stride),
                     .positions = batch * (double)rows * (double)cols,
                     .direction = direction};
    const int32_t small = stride == 2 ? GENREPI_WINOGRAD_22 : GENREPI_WINOGRAD_23;
    const int32_t large = stride == 2 ? GENREPI_WINOGRAD_42 : GENREPI_WINOGRAD_43;
    double least = plain_cycles(&s);
    int32_t best = -1;
    for (int64_t tile = 2; tile <= 4; tile += 2) {
        const double side = (double)tile + taps - 1;
        const double cycles =
            winograd_cycles(&s, batch * divide_up(rows, tile) * divide_up(cols, tile), side * side);
        if (cycles < least) least = cycles, best = tile == 2 ? small : large;
    }
    return best;
}
