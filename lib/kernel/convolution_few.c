/* With few positions the patches are a small matrix, one row a position, and the weights are read
 * in place, once:
 *   y[position, o] = patch . w[o],   patches' cotangents = dy w,   dw += dy' patches
 * Patches lie in the order of the weights, channel by channel. */
#include <kernel/convolution_few.h>
#include <base/pool.h>
#include <kernel/gemm.h>
#include <kernel/kernel.h>
#include <string.h>

enum {
    MOST_POSITIONS = 20,
    LEAST_WEIGHTS = 4096, /* of an output channel times channels */
    ROWS = 24             /* of weights in a task */
};

static int64_t positions_of(const genrepi_convolution *c) {
    return c->batch * c->out_height * c->out_width;
}

static int64_t patch_size(const genrepi_convolution *c) {
    return c->in * c->kernel_height * c->kernel_width;
}

int32_t genrepi_few_suits(const genrepi_convolution *c) {
    return c->groups == 1 && positions_of(c) <= MOST_POSITIONS &&
           patch_size(c) * c->out >= LEAST_WEIGHTS;
}

typedef struct few {
    const genrepi_convolution *c;
    const genrepi_kernels *kernels;
    real *patches; /* one row a position */
    const real *w, *bias;
    real *image, *y;
} few;

/* Calls for each element of a position's patch with its place in the image; -1: outside. */
typedef void element(const few *f, real *patch, int64_t at, int64_t place);

static void each_element(const few *f, int64_t position, element *run) {
    const genrepi_convolution *c = f->c;
    const int64_t j = position % c->out_width, i = position / c->out_width % c->out_height,
                  sample = position / c->out_width / c->out_height;
    real *patch = f->patches + position * patch_size(c);
    int64_t at = 0;
    for (int64_t channel = sample * c->in; channel < (sample + 1) * c->in; channel++)
        for (int64_t p = 0; p < c->kernel_height; p++)
            for (int64_t q = 0; q < c->kernel_width; q++, at++) {
                const int64_t y = i * c->stride_height + p - c->pad_top,
                              x = j * c->stride_width + q - c->pad_left;
                const int inside = y >= 0 && x >= 0 && y < c->height && x < c->width;
                run(f, patch, at, inside ? (channel * c->height + y) * c->width + x : -1);
            }
}

static void take(const few *f, real *patch, int64_t at, int64_t place) {
    patch[at] = place >= 0 ? f->image[place] : 0;
}

static void give(const few *f, real *patch, int64_t at, int64_t place) {
    if (place >= 0) f->image[place] += patch[at];
}

static void take_patch(void *argument, int64_t position) {
    each_element(argument, position, take);
}

static void multiply_rows(void *argument, int64_t begin, int64_t end) {
    const few *f = argument;
    const int64_t n = positions_of(f->c), d = patch_size(f->c), out = f->c->out;
    const int64_t plane = f->c->out_height * f->c->out_width;
    const real factor = genrepi_convolution_factor(f->c);
    const real *patches[MOST_POSITIONS] = {0}, *rows[ROWS] = {0};
    real products[MOST_POSITIONS * ROWS];
    for (int64_t i = 0; i < n; i++) patches[i] = f->patches + i * d;
    for (int64_t o = begin; o < end; o++) rows[o - begin] = f->w + o * d;
    f->kernels->dot_rows(n, patches, end - begin, rows, d, products);
    for (int64_t i = 0; i < n; i++)
        for (int64_t o = begin; o < end; o++)
            f->y[(i / plane * out + o) * plane + i % plane] =
                factor * products[i * (end - begin) + o - begin] +
                (f->bias != NULL ? f->bias[o] : 0);
}

static real *new_patches(genrep_ctx *ctx, const genrepi_convolution *c) {
    return genrepi_scratch_get(ctx, (size_t)(positions_of(c) * patch_size(c)) * sizeof(real));
}

int32_t genrepi_few_forward(genrep_ctx *ctx, const genrepi_convolution *c, const real *x,
                            const real *w, const real *bias, real *y) {
    few f = {.c = c,
             .kernels = ctx->kernels,
             .patches = new_patches(ctx, c),
             .w = w,
             .bias = bias,
             .image = (real *)(uintptr_t)x, /* is read only */
             .y = y};
    if (f.patches == NULL) return GENREP_E_NOMEM;
    genrepi_parallel(ctx, positions_of(c), take_patch, &f);
    genrepi_parallel_range(ctx, c->out, ROWS, multiply_rows, &f);
    genrepi_scratch_put(ctx, f.patches);
    return GENREP_OK;
}

/* dy as one row a position. */
static real *new_cotangents(genrep_ctx *ctx, const genrepi_convolution *c, const real *dy) {
    const int64_t n = positions_of(c), plane = c->out_height * c->out_width;
    real *rows = genrepi_scratch_get(ctx, (size_t)(n * c->out) * sizeof *rows);
    for (int64_t i = 0; rows != NULL && i < n; i++)
        for (int64_t o = 0; o < c->out; o++)
            rows[i * c->out + o] = dy[(i / plane * c->out + o) * plane + i % plane];
    return rows;
}

/* Samples do not meet in the image; the positions of one are added in order. */
static void give_sample(void *argument, int64_t sample) {
    const few *f = argument;
    const genrepi_convolution *c = f->c;
    const int64_t each = c->out_height * c->out_width, plane = c->height * c->width;
    for (int64_t channel = 0; channel < c->in; channel++) {
        real *image = f->image + (sample * c->in + channel) * plane;
        for (int64_t i = 0; i < plane; i++) image[i] = f->bias != NULL ? f->bias[channel] : 0;
    }
    for (int64_t i = 0; i < each; i++) each_element(f, sample * each + i, give);
}

int32_t genrepi_few_input(genrep_ctx *ctx, const genrepi_convolution *c, const real *dy,
                          const real *w, const real *bias, real *dx) {
    const int64_t n = positions_of(c), d = patch_size(c);
    few f = {.c = c, .patches = new_patches(ctx, c), .bias = bias, .image = dx};
    real *rows = f.patches != NULL ? new_cotangents(ctx, c, dy) : NULL;
    int32_t status = GENREP_E_NOMEM;
    if (rows != NULL)
        status = genrepi_gemm(ctx, 0, 0, n, d, c->out, genrepi_convolution_factor(c), rows, c->out,
                              w, d, 0, f.patches, d);
    if (status == GENREP_OK) genrepi_parallel(ctx, c->batch, give_sample, &f);
    if (rows != NULL) genrepi_scratch_put(ctx, rows);
    if (f.patches != NULL) genrepi_scratch_put(ctx, f.patches);
    return status;
}

int32_t genrepi_few_weight(genrep_ctx *ctx, const genrepi_convolution *c, const real *x,
                           const real *dy, real *dw) {
    const int64_t n = positions_of(c), d = patch_size(c);
    few f = {.c = c, .patches = new_patches(ctx, c), .image = (real *)(uintptr_t)x};
    real *rows = f.patches != NULL ? new_cotangents(ctx, c, dy) : NULL;
    int32_t status = GENREP_E_NOMEM;
    if (rows != NULL) {
        genrepi_parallel(ctx, n, take_patch, &f);
        status = genrepi_gemm(ctx, 1, 0, c->out, d, n, genrepi_convolution_factor(c), rows, c->out,
                              f.patches, d, 1, dw, d);
        genrepi_scratch_put(ctx, rows);
    }
    if (f.patches != NULL) genrepi_scratch_put(ctx, f.patches);
    return status;
}
