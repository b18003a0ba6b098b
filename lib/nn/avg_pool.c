/* avg_pool: means of windows (LeCun et al. 1998's subsampling without weights; PyTorch's
 * AvgPool2d): y[i,j] = sum of x over the window at (i s - pad, j s - pad) / count, where count is
 * that of the whole kernel, or with count_include_pad=0 of what is inside the image.  Windows that
 * meet edge to edge, as those of progressive networks, are summed as tiles. */
#include <nn/window.h>
#include <nn/tangent.h>
#include <string.h>

enum { PIECE = 512 }; /* columns whose scaled cotangents are on the stack */

static int is_tiled(const genrepi_window_options *o) {
    for (int i = 0; i < 2; i++)
        if (o->pad_size[i] != 0 || o->stride_size[i] != o->kernel_size[i]) return 0;
    return 1;
}

static genrepi_tiles tiles_of(const genrepi_images *m) {
    const genrepi_window_options *o = m->options;
    const int64_t *kernel = o->kernel_size;
    return (genrepi_tiles){m->out_height, m->out_width,
                           kernel[0],     kernel[1],
                           m->width,      (real)(1 / ((double)kernel[0] * (double)kernel[1]))};
}

/* y = from / count for the windows of one row, of which each sees `rows` rows. */
static void divide(const genrepi_images *m, int64_t rows, genrepi_span windows, const real *from,
                   real *y) {
    const genrepi_window_options *o = m->options;
    const int64_t n = windows.end - windows.first;
    if (o->count_include_pad) {
        const double count = (double)o->kernel_size[0] * (double)o->kernel_size[1];
        m->k->scale(n, (real)(1 / count), from, y);
        return;
    }
    for (int64_t j = 0; j < n; j++) {
        const genrepi_span s = genrepi_window_sees(o, 1, windows.first + j, m->width);
        y[j] = from[j] / (real)(rows * (s.end - s.first));
    }
}

static void pool_plane(const genrepi_images *m, const real *x, real *y) {
    const genrepi_window_options *o = m->options;
    const int64_t step = o->stride_size[1];
    const genrepi_span all = {0, m->out_width};
    for (int64_t i = 0; i < m->out_height; i++) {
        const genrepi_span rows = genrepi_window_sees(o, 0, i, m->height);
        real *restrict to = y + i * m->out_width;
        memset(to, 0, (size_t)m->out_width * sizeof *to);
        for (int64_t r = rows.first; r < rows.end; r++)
            for (int64_t c = 0; c < o->kernel_size[1]; c++) {
                const genrepi_span s = genrepi_window_inside(o, 1, c, m->width, all);
                const int64_t at = r * m->width + c - o->pad_size[1];
                for (int64_t j = s.first; j < s.end; j++) to[j] += x[at + j * step];
            }
        divide(m, rows.end - rows.first, all, to, to);
    }
}

/* The windows of row i that are in a piece of columns. */
static void spread_piece(const genrepi_images *m, int64_t i, genrepi_span piece, const real *dy,
                         real *restrict dx) {
    const genrepi_window_options *o = m->options;
    const int64_t step = o->stride_size[1];
    const genrepi_span rows = genrepi_window_sees(o, 0, i, m->height);
    real d[PIECE];
    divide(m, rows.end - rows.first, piece, dy + i * m->out_width + piece.first, d);
    for (int64_t r = rows.first; r < rows.end; r++)
        for (int64_t c = 0; c < o->kernel_size[1]; c++) {
            const genrepi_span s = genrepi_window_inside(o, 1, c, m->width, piece);
            const int64_t at = r * m->width + c - o->pad_size[1];
            for (int64_t j = s.first; j < s.end; j++) dx[at + j * step] += d[j - piece.first];
        }
}

static void pool_plane_adjoint(const genrepi_images *m, const real *dy, real *dx) {
    memset(dx, 0, (size_t)m->in * sizeof *dx);
    for (int64_t i = 0; i < m->out_height; i++)
        for (int64_t first = 0; first < m->out_width; first += PIECE) {
            const int64_t end = first + PIECE < m->out_width ? first + PIECE : m->out_width;
            spread_piece(m, i, (genrepi_span){first, end}, dy, dx);
        }
}

static void sum_tiles(const genrepi_images *m, const real *x, real *y) {
    const genrepi_tiles tiles = tiles_of(m);
    genrepi_tiles_sum(m->k, &tiles, x, y);
}

static void fill_tiles(const genrepi_images *m, const real *dy, real *dx) {
    const genrepi_tiles tiles = tiles_of(m);
    const int whole =
        tiles.height * tiles.rows == m->height && tiles.width * tiles.cols == m->width;
    if (!whole) memset(dx, 0, (size_t)m->in * sizeof *dx);
    genrepi_tiles_fill(m->k, &tiles, dy, dx);
}

static int32_t forward(genrepi_call *call) {
    return genrepi_images_forward(call, 1, is_tiled(call->layer->options) ? sum_tiles : pool_plane);
}

static int32_t backward(genrepi_call *call) {
    return genrepi_images_backward(
        call, 1, is_tiled(call->layer->options) ? fill_tiles : pool_plane_adjoint);
}

static const genrepi_option options[] = {
    GENREPI_WINDOW_OPTIONS,
    GENREPI_OPTION_FLAG(genrepi_window_options, count_include_pad, "1",
                        "divide by the whole kernel; 0: by what of it is inside the image")};
static const genrepi_layer_ops ops = {.n_in = 1,
                                      .n_out = 1,
                                      .build = genrepi_window_build,
                                      .shape = genrepi_window_shape,
                                      .forward = forward,
                                      .backward = backward,
                                      .straight = 1,
                                      .tangent = genrepi_tangent_linear,
                                      .tangent_backward = genrepi_tangent_linear_backward};
const genrepi_kind genrepi_kind_avg_pool = {
    "layer", "avg_pool", "means of windows of images",   options, GENREPI_COUNT(options),
    0,       0,          sizeof(genrepi_window_options), &ops};
