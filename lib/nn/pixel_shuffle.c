/* pixel_shuffle (Shi et al. 2016, ESPCN; PyTorch's PixelShuffle): channels become pixels,
 *   y[n, c, i f + a, j f + b] = x[n, c f^2 + a f + b, i, j],
 * and pixel_unshuffle the other way round.  Each is the other's inverse and adjoint. */
#include <nn/images.h>
#include <nn/tangent.h>

typedef struct shuffle_options {
    int64_t factor;
} shuffle_options;

static int32_t shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                     genrepi_shape *out) {
    (void)n_in;
    const shuffle_options *o = layer->options;
    const int64_t f = o->factor;
    int32_t status = genrepi_images_shape(layer, in, out);
    if (status != 0) return status;
    if (out->size[1] >= 0 && out->size[1] % (f * f) != 0)
        return genrepi_fail_shape(layer, in, "channels (axis 1) that are a multiple of %lld",
                                  (long long)(f * f));
    if (out->size[1] > 0) out->size[1] /= f * f;
    for (int i = 2; i < 4; i++)
        if (out->size[i] > 0) out->size[i] *= f;
    return 0;
}

static int32_t unshuffle_shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                               genrepi_shape *out) {
    (void)n_in;
    const shuffle_options *o = layer->options;
    const int64_t f = o->factor;
    int32_t status = genrepi_images_shape(layer, in, out);
    for (int i = 2; i < 4 && status == 0; i++) {
        if (out->size[i] >= 0 && out->size[i] % f != 0)
            return genrepi_fail_shape(layer, in, "a height and width that are multiples of %lld",
                                      (long long)f);
        if (out->size[i] > 0) out->size[i] /= f;
    }
    if (status == 0 && out->size[1] > 0) out->size[1] *= f * f;
    return status;
}

/* Both between one plane of `large`, and f^2 of height x width of `small`. */
static void to_pixels(int64_t f, int64_t height, int64_t width, const real *small, real *large) {
    for (int64_t i = 0; i < height; i++)
        for (int64_t a = 0; a < f; a++) {
            const real *from = small + (a * f * height + i) * width;
            real *to = large + (i * f + a) * width * f;
            if (f == 2) {
                genrepi_interleave(width, from, from + height * width, to);
                continue;
            }
            for (int64_t b = 0; b < f; b++)
                for (int64_t j = 0; j < width; j++) to[j * f + b] = from[b * height * width + j];
        }
}

static void to_planes(int64_t f, int64_t height, int64_t width, const real *large, real *small) {
    for (int64_t i = 0; i < height; i++)
        for (int64_t a = 0; a < f; a++) {
            const real *from = large + (i * f + a) * width * f;
            real *to = small + (a * f * height + i) * width;
            for (int64_t b = 0; b < f; b++)
                for (int64_t j = 0; j < width; j++) to[b * height * width + j] = from[j * f + b];
        }
}

static int64_t factor_of(const void *options) {
    return ((const shuffle_options *)options)->factor;
}

static void shuffle(const genrepi_images *m, const real *x, real *y) {
    to_pixels(factor_of(m->options), m->height, m->width, x, y);
}

static void shuffle_adjoint(const genrepi_images *m, const real *dy, real *dx) {
    to_planes(factor_of(m->options), m->height, m->width, dy, dx);
}

static void unshuffle(const genrepi_images *m, const real *x, real *y) {
    to_planes(factor_of(m->options), m->out_height, m->out_width, x, y);
}

static void unshuffle_adjoint(const genrepi_images *m, const real *dy, real *dx) {
    to_pixels(factor_of(m->options), m->out_height, m->out_width, dy, dx);
}

static int64_t planes_of(const genrepi_call *call) {
    const int64_t f = factor_of(call->layer->options);
    return f * f;
}

static int32_t forward(genrepi_call *call) {
    return genrepi_images_forward(call, planes_of(call), shuffle);
}

static int32_t backward(genrepi_call *call) {
    return genrepi_images_backward(call, planes_of(call), shuffle_adjoint);
}

static int32_t unshuffle_forward(genrepi_call *call) {
    return genrepi_images_forward(call, 1, unshuffle);
}

static int32_t unshuffle_backward(genrepi_call *call) {
    return genrepi_images_backward(call, 1, unshuffle_adjoint);
}

static const genrepi_option options[] = {GENREPI_OPTION_INT(
    shuffle_options, factor, "2", 1, 1024, "f: f^2 channels for a block of f x f pixels")};
static const genrepi_layer_ops ops = {.n_in = 1,
                                      .n_out = 1,
                                      .shape = shape,
                                      .forward = forward,
                                      .backward = backward,
                                      .straight = 1,
                                      .tangent = genrepi_tangent_linear,
                                      .tangent_backward = genrepi_tangent_linear_backward};
const genrepi_kind genrepi_kind_pixel_shuffle = {
    "layer", "pixel_shuffle",         "channels made pixels: larger images",
    options, GENREPI_COUNT(options),  0,
    0,       sizeof(shuffle_options), &ops};

static const genrepi_layer_ops unshuffle_ops = {.n_in = 1,
                                                .n_out = 1,
                                                .shape = unshuffle_shape,
                                                .forward = unshuffle_forward,
                                                .backward = unshuffle_backward,
                                                .straight = 1,
                                                .tangent = genrepi_tangent_linear,
                                                .tangent_backward =
                                                    genrepi_tangent_linear_backward};
const genrepi_kind genrepi_kind_pixel_unshuffle = {
    "layer", "pixel_unshuffle",       "pixels made channels: smaller images",
    options, GENREPI_COUNT(options),  0,
    0,       sizeof(shuffle_options), &unshuffle_ops};
