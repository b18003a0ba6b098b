/* max_pool: the largest element of each window (PyTorch's MaxPool2d); what is outside the image is
 * never one.  Going back, dx of the first largest element, row by row, gets dy; a window that holds
 * no number gives none.  The places of the largest are kept. */
#include <nn/window.h>
#include <string.h>

static int32_t shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                     genrepi_shape *out) {
    int32_t status = genrepi_window_shape(layer, n_in, in, out);
    if (status == 0 && in->rank == 4 && in->size[2] > 0 && in->size[3] > 0 &&
        (double)in->size[2] * (double)in->size[3] > GENREPI_MAX_SIZE)
        status = genrepi_fail_shape(layer, in, "images of less than 2^31 elements");
    return status;
}

typedef struct max_state {
    genrepi_images images;
    const real *x, *dy;
    real *to;
    int32_t *places; /* of each window's largest element in its plane */
} max_state;

/* y = the larger of it and of x at `at` and on, `step` apart, for these windows. */
static void take_larger(genrepi_span s, int64_t step, const real *x, int64_t at, real *restrict y,
                        int32_t *restrict places) {
    for (int64_t j = s.first; j < s.end; j++) {
        const real new = x[at + j * step], old = y[j];
        const int larger = (new > old) | (new != new);
        y[j] = larger ? new : old;
        places[j] = larger ? (int32_t)(at + j * step) : places[j];
    }
}

static void pool_row(const genrepi_images *m, int64_t i, const real *x, real *y, int32_t *places) {
    const genrepi_window_options *o = m->options;
    const genrepi_span rows = genrepi_window_sees(o, 0, i, m->height), all = {0, m->out_width};
    for (int64_t j = 0; j < m->out_width; j++) {
        y[j] = (real)-INFINITY;
        places[j] = (int32_t)(rows.first * m->width + genrepi_window_sees(o, 1, j, m->width).first);
    }
    for (int64_t r = rows.first; r < rows.end; r++)
        for (int64_t c = 0; c < o->kernel_size[1]; c++) {
            const int64_t at = r * m->width + c - o->pad_size[1];
            take_larger(genrepi_window_inside(o, 1, c, m->width, all), o->stride_size[1], x, at, y,
                        places);
        }
}

static void pool_planes(void *argument, int64_t begin, int64_t end) {
    const max_state *s = argument;
    const genrepi_images *m = &s->images;
    for (int64_t plane = begin; plane < end; plane++)
        for (int64_t i = 0; i < m->out_height; i++) {
            const int64_t at = plane * m->out + i * m->out_width;
            pool_row(m, i, s->x + plane * m->in, s->to + at, s->places + at);
        }
}

static void back_planes(void *argument, int64_t begin, int64_t end) {
    const max_state *s = argument;
    const genrepi_images *m = &s->images;
    for (int64_t plane = begin; plane < end; plane++) {
        const int32_t *places = s->places + plane * m->out;
        const real *dy = s->dy + plane * m->out;
        real *dx = s->to + plane * m->in;
        memset(dx, 0, (size_t)m->in * sizeof *dx);
        for (int64_t j = 0; j < m->out; j++) dx[places[j]] += dy[j];
    }
}

/* saved[0]: the places. */
static int32_t forward(genrepi_call *call) {
    int32_t status = genrepi_call_save(call, 0, GENREP_I32, &call->out[0]->shape);
    if (status != 0) return status;
    max_state s = {.images = genrepi_images_of(call, 1),
                   .x = genrepi_real_read(call->in[0]),
                   .to = genrepi_real(call->out[0]),
                   .places = call->saved[0]->data};
    genrepi_images_parallel(call->ctx, &s.images, pool_planes, &s);
    return 0;
}

static int32_t backward(genrepi_call *call) {
    if (call->d_in[0] == NULL) return 0;
    max_state s = {.images = genrepi_images_of(call, 1),
                   .dy = genrepi_real_read(call->d_out[0]),
                   .to = genrepi_real(call->d_in[0]),
                   .places = call->saved[0]->data};
    genrepi_images_parallel(call->ctx, &s.images, back_planes, &s);
    return 0;
}

static const genrepi_option options[] = {GENREPI_WINDOW_OPTIONS};
static const genrepi_layer_ops ops = {.n_in = 1,
                                      .n_out = 1,
                                      .build = genrepi_window_build,
                                      .shape = shape,
                                      .forward = forward,
                                      .backward = backward};
const genrepi_kind genrepi_kind_max_pool = {
    "layer", "max_pool", "largest elements of windows of images", options, GENREPI_COUNT(options),
    0,       0,          sizeof(genrepi_window_options),          &ops};
