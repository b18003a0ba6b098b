/* Convolutions: which sums each direction is, and the shapes that are a plain matrix product. */
#include <kernel/convolution.h>
#include <base/pool.h>
#include <kernel/convolution_few.h>
#include <kernel/convolution_weight.h>
#include <kernel/gemm.h>
#include <kernel/winograd.h>

/* The kernel covers the whole image: rows of matrices. */
static int is_plain(const genrepi_convolution *c) {
    return c->groups == 1 && c->out_height == 1 && c->out_width == 1 && c->pad_top == 0 &&
           c->pad_left == 0 && c->kernel_height == c->height && c->kernel_width == c->width;
}

typedef struct bias_state {
    const real *bias;
    real *y;
    int64_t channels, plane;
} bias_state;

static void add_bias(void *argument, int64_t begin, int64_t end) {
    const bias_state *s = argument;
    for (int64_t i = begin; i < end; i++)
        for (int64_t j = 0; j < s->plane; j++) s->y[i * s->plane + j] += s->bias[i % s->channels];
}

static void add_biases(genrep_ctx *ctx, const real *bias, int64_t batch, int64_t channels,
                       int64_t plane, real *y) {
    if (bias == NULL) return;
    bias_state state = {bias, y, channels, plane};
    genrepi_parallel_range(ctx, batch * channels, 1 + 16384 / plane, add_bias, &state);
}

static int64_t count_taps(const genrepi_convolution *c) {
    return c->kernel_height * c->kernel_width;
}

static genrepi_tap *new_taps(genrep_ctx *ctx, const genrepi_convolution *c) {
    return genrepi_scratch_get(ctx, (size_t)count_taps(c) * sizeof(genrepi_tap));
}

/* As forward and the weight gradient meet x. */
static void forward_taps(const genrepi_convolution *c, genrepi_tap *taps) {
    for (int64_t p = 0; p < c->kernel_height; p++)
        for (int64_t q = 0; q < c->kernel_width; q++)
            taps[p * c->kernel_width + q] =
                (genrepi_tap){p - c->pad_top, q - c->pad_left, p * c->kernel_width + q};
}

static genrepi_grid forward_grid(const genrepi_convolution *c) {
    return (genrepi_grid){.batch = c->batch,
                          .rows = c->out_height,
                          .cols = c->out_width,
                          .channels = c->in,
                          .height = c->height,
                          .width = c->width,
                          .step_height = c->stride_height,
                          .step_width = c->stride_width};
}

int32_t genrepi_convolution_forward(genrep_ctx *ctx, const genrepi_convolution *c, const real *x,
                                    const real *w, const real *bias, real *y) {
    const int64_t taps = count_taps(c), in = c->in / c->groups, out = c->out / c->groups;
    if (is_plain(c)) {
        int32_t status =
            genrepi_gemm(ctx, 0, 1, c->batch, c->out, in * taps, genrepi_convolution_factor(c), x,
                         in * taps, w, in * taps, 0, y, c->out);
        if (status == GENREP_OK) add_biases(ctx, bias, c->batch, c->out, 1, y);
        return status;
    }
    if (genrepi_few_suits(c)) return genrepi_few_forward(ctx, c, x, w, bias, y);
    const int32_t kind = genrepi_winograd_choose(c, GENREPI_TO_OUTPUT);
    if (kind >= 0) return genrepi_winograd_forward(ctx, c, kind, x, w, bias, y);
    genrepi_tap *list = new_taps(ctx, c);
    if (list == NULL) return GENREP_E_NOMEM;
    forward_taps(c, list);
    const int64_t plane = c->height * c->width, out_plane = c->out_height * c->out_width;
    int32_t status = GENREP_OK;
    for (int64_t g = 0; g < c->groups && status == GENREP_OK; g++) {
        const genrepi_sums sums = {.grid = forward_grid(c),
                                   .source = x + g * in * plane,
                                   .weights = w + g * out * in * taps,
                                   .bias = bias != NULL ? bias + g * out : NULL,
                                   .factor = genrepi_convolution_factor(c),
                                   .channels = in,
                                   .out = out,
                                   .out_step = in * taps,
                                   .in_step = taps,
                                   .taps = list,
                                   .n_taps = taps,
                                   .kernel_taps = taps,
                                   .to = y + g * out * out_plane,
                                   .to_channels = c->out,
                                   .to_height = c->out_height,
                                   .to_width = c->out_width,
                                   .to_row_step = 1,
                                   .to_col_step = 1};
        status = genrepi_sums_run(ctx, &sums);
    }
    genrepi_scratch_put(ctx, list);
    return status;
}

/* Rows (or columns) of x that are `phase` modulo the stride meet the taps that are phase + pad
 * modulo the stride: the tap p = phase + pad - k stride looks at row i + k of dy. */
typedef struct phase {
    int64_t row, col, rows, cols; /* first ones, and how many */
} phase;

static int64_t input_taps(const genrepi_convolution *c, const phase *at, genrepi_tap *taps) {
    int64_t n = 0;
    for (int64_t p = (at->row + c->pad_top) % c->stride_height; p < c->kernel_height;
         p += c->stride_height)
        for (int64_t q = (at->col + c->pad_left) % c->stride_width; q < c->kernel_width;
             q += c->stride_width)
            taps[n++] = (genrepi_tap){(at->row + c->pad_top - p) / c->stride_height,
                                      (at->col + c->pad_left - q) / c->stride_width,
                                      p * c->kernel_width + q};
    return n;
}

static void fill_phase(const genrepi_convolution *c, const phase *at, const real *bias, real *dx) {
    for (int64_t i = 0; i < c->batch * c->in; i++)
        for (int64_t y = at->row; y < c->height; y += c->stride_height)
            for (int64_t x = at->col; x < c->width; x += c->stride_width)
                dx[(i * c->height + y) * c->width + x] = bias != NULL ? bias[i % c->in] : 0;
}

static int32_t input_phase(genrep_ctx *ctx, const genrepi_convolution *c, const phase *at,
                           genrepi_tap *list, const real *dy, const real *w, const real *bias,
                           real *dx) {
    const int64_t taps = count_taps(c), in = c->in / c->groups, out = c->out / c->groups;
    const int64_t n = input_taps(c, at, list);
    if (n == 0) fill_phase(c, at, bias, dx);
    int32_t status = GENREP_OK;
    for (int64_t g = 0; g < c->groups && n > 0 && status == GENREP_OK; g++) {
        const genrepi_sums sums = {
            .grid = {c->batch, at->rows, at->cols, c->out, c->out_height, c->out_width, 1, 1},
            .source = dy + g * out * c->out_height * c->out_width,
            .weights = w + g * out * in * taps,
            .bias = bias != NULL ? bias + g * in : NULL,
            .factor = genrepi_convolution_factor(c),
            .channels = out,
            .out = in,
            .out_step = taps,
            .in_step = in * taps,
            .taps = list,
            .n_taps = n,
            .kernel_taps = taps,
            .to = dx + g * in * c->height * c->width,
            .to_channels = c->in,
            .to_height = c->height,
            .to_width = c->width,
            .to_row = at->row,
            .to_col = at->col,
            .to_row_step = c->stride_height,
            .to_col_step = c->stride_width};
        status = genrepi_sums_run(ctx, &sums);
    }
    return status;
}

int32_t genrepi_convolution_input(genrep_ctx *ctx, const genrepi_convolution *c, const real *dy,
                                  const real *w, const real *bias, real *dx) {
    if (is_plain(c)) {
        const int64_t row = c->in * count_taps(c);
        int32_t status =
            genrepi_gemm(ctx, 0, 0, c->batch, row, c->out, genrepi_convolution_factor(c), dy,
                         c->out, w, row, 0, dx, row);
        if (status == GENREP_OK) add_biases(ctx, bias, c->batch, c->in, count_taps(c), dx);
        return status;
    }
    if (genrepi_few_suits(c)) return genrepi_few_input(ctx, c, dy, w, bias, dx);
    const int32_t kind = genrepi_winograd_choose(c, GENREPI_TO_INPUT);
    if (kind >= 0) return genrepi_winograd_input(ctx, c, kind, dy, w, bias, dx);
    genrepi_tap *list = new_taps(ctx, c);
    if (list == NULL) return GENREP_E_NOMEM;
    int32_t status = GENREP_OK;
    for (int64_t i = 0; i < c->stride_height && i < c->height; i++)
        for (int64_t j = 0; j < c->stride_width && j < c->width && status == GENREP_OK; j++) {
            const phase at = {i, j, (c->height - i + c->stride_height - 1) / c->stride_height,
                              (c->width - j + c->stride_width - 1) / c->stride_width};
            status = input_phase(ctx, c, &at, list, dy, w, bias, dx);
        }
    genrepi_scratch_put(ctx, list);
    return status;
}

int32_t genrepi_convolution_weight(genrep_ctx *ctx, const genrepi_convolution *c, const real *x,
                                   const real *dy, real *dw) {
    const int64_t taps = count_taps(c), in = c->in / c->groups, out = c->out / c->groups;
    if (is_plain(c))
        return genrepi_gemm(ctx, 1, 0, c->out, in * taps, c->batch, genrepi_convolution_factor(c),
                            dy, c->out, x, in * taps, 1, dw, in * taps);
    if (genrepi_few_suits(c)) return genrepi_few_weight(ctx, c, x, dy, dw);
    const int32_t kind = genrepi_winograd_choose(c, GENREPI_TO_WEIGHT);
    if (kind >= 0) return genrepi_winograd_weight(ctx, c, kind, x, dy, dw);
    genrepi_tap *list = new_taps(ctx, c);
    if (list == NULL) return GENREP_E_NOMEM;
    forward_taps(c, list);
    int32_t status = GENREP_OK;
    for (int64_t g = 0; g < c->groups && status == GENREP_OK; g++) {
        const genrepi_weight_sums sums = {.grid = forward_grid(c),
                                          .x = x + g * in * c->height * c->width,
                                          .dy = dy + g * out * c->out_height * c->out_width,
                                          .channels = in,
                                          .out = out,
                                          .dy_channels = c->out,
                                          .factor = genrepi_convolution_factor(c),
                                          .taps = list,
                                          .n_taps = taps,
                                          .dw = dw + g * out * in * taps};
        status = genrepi_weight_sums_run(ctx, &sums);
    }
    genrepi_scratch_put(ctx, list);
    return status;
}
