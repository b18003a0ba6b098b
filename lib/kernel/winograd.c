/* Winograd convolutions: which sums each direction is. */
#include <kernel/winograd.h>
#include <kernel/winograd_sums.h>
#include <kernel/winograd_weight.h>

static int64_t divide_up(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

static int64_t size_of(int32_t form) {
    return form == GENREPI_WINOGRAD_22 || form == GENREPI_WINOGRAD_23 ? 2 : 4;
}

/* r: stride 2 has 2 x 2 taps in each phase; of 3 x 3 kernels the last ones are zero. */
static int64_t taps_of(const genrepi_convolution *c) {
    return divide_up(c->kernel_height, c->stride_height);
}

static genrepi_winograd_grid grid_of(const genrepi_convolution *c, int32_t form, int64_t rows,
                                     int64_t cols) {
    return (genrepi_winograd_grid){.batch = c->batch,
                                   .down = divide_up(rows, size_of(form)),
                                   .across = divide_up(cols, size_of(form)),
                                   .size = size_of(form),
                                   .side = size_of(form) + taps_of(c) - 1};
}

/* x as forward and weight gradient see it. */
static genrepi_winograd_source x_source(const genrepi_convolution *c, int32_t form, const real *x) {
    return (genrepi_winograd_source){.x = x,
                                     .channels = c->in / c->groups,
                                     .height = c->height,
                                     .width = c->width,
                                     .sample = c->in * c->height * c->width,
                                     .row = -c->pad_top,
                                     .col = -c->pad_left,
                                     .step = c->stride_height,
                                     .window = size_of(form) + taps_of(c) - 1,
                                     .phases = c->stride_height * c->stride_height,
                                     .phase_row = 1,
                                     .phase_col = 1};
}

int32_t genrepi_winograd_forward(genrep_ctx *ctx, const genrepi_convolution *c, int32_t form,
                                 const real *x, const real *w, const real *bias, real *y) {
    const int64_t in = c->in / c->groups, out = c->out / c->groups;
    const int64_t taps = c->kernel_height * c->kernel_width, stride = c->stride_height;
    const int64_t side = stride * taps_of(c);
    int32_t status = GENREP_OK;
    for (int64_t g = 0; g < c->groups && status == GENREP_OK; g++) {
        const genrepi_winograd_sums sums = {
            .form = form,
            .grid = grid_of(c, form, c->out_height, c->out_width),
            .source = x_source(c, form, x + g * in * c->height * c->width),
            .weights = {.at = w + g * out * in * taps,
                        .out_step = in * taps,
                        .in_step = taps,
                        .kernel = c->kernel_width,
                        .side = side,
                        .phase_row = side,
                        .phase_col = 1,
                        .tap_row = stride * side,
                        .tap_col = stride},
            .factor = genrepi_convolution_factor(c),
            .bias = bias != NULL ? bias + g * out : NULL,
            .to = y + g * out * c->out_height * c->out_width,
            .out = out,
            .height = c->out_height,
            .width = c->out_width,
            .sample = c->out * c->out_height * c->out_width,
            .step = 1};
        status = genrepi_winograd_sums_run(ctx, &sums);
    }
    return status;
}

/* Row `stride` i + k of x, k < stride, meets taps p for which row + pad - p is a multiple of the
 * stride: p = (k + pad) % stride + stride a, and row i + (k + pad) / stride - a of dy.  Counted
 * from the last a, taps and rows both go forward. */
int32_t genrepi_winograd_input(genrep_ctx *ctx, const genrepi_convolution *c, int32_t form,
                               const real *dy, const real *w, const real *bias, real *dx) {
    const int64_t in = c->in / c->groups, out = c->out / c->groups;
    const int64_t taps = c->kernel_height * c->kernel_width, stride = c->stride_height;
    const int64_t side = stride * taps_of(c);
    const int64_t last = taps_of(c) - 1, plane = c->height * c->width;
    const int64_t odd_row = c->pad_top % stride, odd_col = c->pad_left % stride;
    int32_t status = GENREP_OK;
    for (int64_t g = 0; g < c->groups && status == GENREP_OK; g++) {
        const genrepi_winograd_sums sums = {
            .form = form,
            .grid = grid_of(c, form, divide_up(c->height, stride), divide_up(c->width, stride)),
            .source = {.x = dy + g * out * c->out_height * c->out_width,
                       .channels = out,
                       .height = c->out_height,
                       .width = c->out_width,
                       .sample = c->out * c->out_height * c->out_width,
                       .row = c->pad_top / stride - last,
                       .col = c->pad_left / stride - last,
                       .step = 1,
                       .window = size_of(form) + last,
                       .phases = stride * stride,
                       .phase_row = odd_row,
                       .phase_col = odd_col},
            .weights = {.at = w + g * out * in * taps,
                        .out_step = taps,
                        .in_step = in * taps,
                        .kernel = c->kernel_width,
                        .side = side,
                        .first = (last * stride + odd_row) * side + last * stride + odd_col,
                        .phase_row = odd_row > 0 ? -side : side,
                        .phase_col = odd_col > 0 ? -1 : 1,
                        .tap_row = -stride * side,
                        .tap_col = -stride},
            .factor = genrepi_convolution_factor(c),
            .bias = bias != NULL ? bias + g * in : NULL,
            .to = dx + g * in * plane,
            .out = in,
            .height = c->height,
            .width = c->width,
            .sample = c->in * plane,
            .step = stride};
        status = genrepi_winograd_sums_run(ctx, &sums);
    }
    return status;
}

int32_t genrepi_winograd_weight(genrep_ctx *ctx, const genrepi_convolution *c, int32_t form,
                                const real *x, const real *dy, real *dw) {
    const int64_t in = c->in / c->groups, out = c->out / c->groups;
    const int64_t taps = c->kernel_height * c->kernel_width, stride = c->stride_height;
    const int64_t side = stride * taps_of(c);
    int32_t status = GENREP_OK;
    for (int64_t g = 0; g < c->groups && status == GENREP_OK; g++) {
        const genrepi_winograd_gradient gradient = {
            .form = form,
            .grid = grid_of(c, form, c->out_height, c->out_width),
            .x = x_source(c, form, x + g * in * c->height * c->width),
            .dy = {.x = dy + g * out * c->out_height * c->out_width,
                   .channels = out,
                   .height = c->out_height,
                   .width = c->out_width,
                   .sample = c->out * c->out_height * c->out_width,
                   .step = 1,
                   .window = size_of(form),
                   .phases = 1},
            .factor = genrepi_convolution_factor(c),
            .dw = dw + g * out * in * taps,
            .kernel = c->kernel_width,
            .side = side,
            .phase_row = side,
            .phase_col = 1,
            .tap_row = stride * side,
            .tap_col = stride};
        status = genrepi_winograd_gradient_run(ctx, &gradient);
    }
    return status;
}
