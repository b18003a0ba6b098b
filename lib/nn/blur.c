/* blur: each plane with the binomial kernel [1 2 1] x [1 2 1] / 16 (StyleGAN's filter, Karras et
 * al. 2019; before a stride it keeps high frequencies from coming back as low ones, Zhang 2019;
 * mathematics 2.14).  y[i,j] is around x[i s, j s], so that the size of y is ceil(size / s).  A
 * separable map: three rows are summed, then three columns; going back the other way round. */
#include <nn/images.h>
#include <nn/taps.h>
#include <nn/tangent.h>
#include <string.h>

typedef struct blur_options {
    int64_t stride;
    int32_t mode;
} blur_options;

static int32_t shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                     genrepi_shape *out) {
    (void)n_in;
    const blur_options *o = layer->options;
    int32_t status = genrepi_images_shape(layer, in, out);
    for (int i = 2; i < 4 && status == 0 && in->rank == 4; i++) {
        status = genrepi_pad_check(layer, o->mode, in->size[i], 1, 1);
        if (in->size[i] > 0) out->size[i] = (in->size[i] - 1) / o->stride + 1;
    }
    return status;
}

static genrepi_taps taps_of(const genrepi_images *m) {
    const blur_options *o = m->options;
    return (genrepi_taps){.k = m->k,
                          .height = m->height,
                          .width = m->width,
                          .mode = o->mode,
                          .n = 3,
                          .weight = {(real)0.25, (real)0.5, (real)0.25}};
}

/* n columns of y from the sums of the (n - 1) stride + 1 columns of x that they are around and one
 * on each side; and the adjoint. */
static void blur_columns(int64_t n, int64_t stride, const real *t, real *restrict y) {
    if (stride == 1) {
        for (int64_t j = 0; j < n; j++)
            y[j] = (real)0.25 * (t[j] + t[j + 2]) + (real)0.5 * t[j + 1];
    } else {
        for (int64_t j = 0; j < n; j++)
            y[j] = (real)0.25 * (t[2 * j] + t[2 * j + 2]) + (real)0.5 * t[2 * j + 1];
    }
}

static void spread_columns(int64_t n, int64_t stride, const real *dy, real *restrict t) {
    const real half = (real)0.5, quarter = (real)0.25;
    if (stride == 1) {
        t[0] = quarter * dy[0];
        t[1] = half * dy[0] + (n > 1 ? quarter * dy[1] : 0);
        for (int64_t j = 1; j + 1 < n; j++)
            t[j + 1] = quarter * (dy[j - 1] + dy[j + 1]) + half * dy[j];
        if (n > 1) t[n] = quarter * dy[n - 2] + half * dy[n - 1];
        t[n + 1] = quarter * dy[n - 1];
    } else {
        t[0] = quarter * dy[0];
        for (int64_t j = 0; j + 1 < n; j++) {
            t[2 * j + 1] = half * dy[j];
            t[2 * j + 2] = quarter * (dy[j] + dy[j + 1]);
        }
        t[2 * n - 1] = half * dy[n - 1];
        t[2 * n] = quarter * dy[n - 1];
    }
}

/* A piece of a row of y: its n columns from `first` on. */
typedef struct blur_piece {
    int64_t first, n, x, x_n; /* the columns of x that they are around, as above */
} blur_piece;

static blur_piece piece_at(const genrepi_images *m, int64_t stride, int64_t first) {
    const int64_t most = (GENREPI_TAPS_PIECE - 3) / stride + 1, rest = m->out_width - first;
    blur_piece p = {.first = first, .n = rest < most ? rest : most};
    p.x = first * stride;
    p.x_n = (p.n - 1) * stride + 1;
    return p;
}

static void blur_plane(const genrepi_images *m, const real *x, real *y) {
    const blur_options *o = m->options;
    genrepi_taps taps = taps_of(m);
    real t[GENREPI_TAPS_PIECE];
    for (int64_t i = 0; i < m->out_height; i++) {
        for (int r = 0; r < 3; r++) taps.row[r] = i * o->stride - 1 + r;
        for (blur_piece p = {0}; p.first + p.n < m->out_width;) {
            p = piece_at(m, o->stride, p.first + p.n);
            genrepi_taps_gather(&taps, x, p.x, p.x_n, t);
            blur_columns(p.n, o->stride, t, y + i * m->out_width + p.first);
        }
    }
}

static void blur_plane_adjoint(const genrepi_images *m, const real *dy, real *dx) {
    const blur_options *o = m->options;
    genrepi_taps taps = taps_of(m);
    real t[GENREPI_TAPS_PIECE];
    memset(dx, 0, (size_t)m->in * sizeof *dx);
    for (int64_t i = 0; i < m->out_height; i++) {
        for (int r = 0; r < 3; r++) taps.row[r] = i * o->stride - 1 + r;
        for (blur_piece p = {0}; p.first + p.n < m->out_width;) {
            p = piece_at(m, o->stride, p.first + p.n);
            spread_columns(p.n, o->stride, dy + i * m->out_width + p.first, t);
            genrepi_taps_scatter(&taps, t, p.x, p.x_n, dx);
        }
    }
}

static int32_t forward(genrepi_call *call) {
    return genrepi_images_forward(call, 1, blur_plane);
}

static int32_t backward(genrepi_call *call) {
    return genrepi_images_backward(call, 1, blur_plane_adjoint);
}

static const genrepi_option options[] = {
    GENREPI_OPTION_INT(blur_options, stride, "1", 1, 2, "2: every other row and column"),
    GENREPI_OPTION_WORD(blur_options, mode, "zero", GENREPI_PAD_WORDS,
                        "what is outside the image: zeros, its mirror image, its nearest "
                        "element, or its other side")};
static const genrepi_layer_ops ops = {.n_in = 1,
                                      .n_out = 1,
                                      .shape = shape,
                                      .forward = forward,
                                      .backward = backward,
                                      .straight = 1,
                                      .tangent = genrepi_tangent_linear,
                                      .tangent_backward = genrepi_tangent_linear_backward};
const genrepi_kind genrepi_kind_blur = {"layer",
                                        "blur",
                                        "each plane with the kernel [1 2 1] x [1 2 1] / 16",
                                        options,
                                        GENREPI_COUNT(options),
                                        0,
                                        0,
                                        sizeof(blur_options),
                                        &ops};
