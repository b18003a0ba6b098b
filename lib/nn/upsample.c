/* upsample: `factor` times the rows and columns (mathematics 2.13; PyTorch's Upsample).
 *   nearest    y[i,j] = x[floor(i / f), floor(j / f)]; going back, the sum of each f x f block
 *   bilinear   between the pixels' centres, x at ((i + 1/2) / f - 1/2, ...), what is outside being
 *              the nearest pixel; with align_corners=1 the corners' centres stay where they are, x
 *              at (i (height - 1) / (f height - 1), ...) */
#include <nn/upsample.h>
#include <nn/tangent.h>

enum { NEAREST, BILINEAR };

static int32_t build(genrep_layer *layer, int32_t n_in, const genrepi_shape *in) {
    (void)n_in, (void)in;
    const genrepi_upsample_options *o = layer->options;
    if (o->mode != NEAREST || !o->align_corners) return 0;
    return genrepi_layer_fail(layer, GENREP_E_INVALID, "align_corners=1 is for mode=bilinear only");
}

static int32_t shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                     genrepi_shape *out) {
    (void)n_in;
    const genrepi_upsample_options *o = layer->options;
    int32_t status = genrepi_images_shape(layer, in, out);
    for (int i = 2; i < 4 && status == 0; i++) {
        if (out->size[i] < 0) continue;
        if ((double)out->size[i] * (double)o->factor > GENREPI_MAX_SIZE)
            return genrepi_fail_shape(layer, in, "smaller images for factor=%lld",
                                      (long long)o->factor);
        out->size[i] *= o->factor;
    }
    return status;
}

static genrepi_tiles tiles_of(const genrepi_images *m) {
    const genrepi_upsample_options *o = m->options;
    return (genrepi_tiles){m->height, m->width, o->factor, o->factor, m->out_width, 1};
}

static void nearest(const genrepi_images *m, const real *x, real *y) {
    const genrepi_tiles tiles = tiles_of(m);
    genrepi_tiles_fill(m->k, &tiles, x, y);
}

static void nearest_adjoint(const genrepi_images *m, const real *dy, real *dx) {
    const genrepi_tiles tiles = tiles_of(m);
    genrepi_tiles_sum(m->k, &tiles, dy, dx);
}

static int32_t forward(genrepi_call *call) {
    const genrepi_upsample_options *o = call->layer->options;
    return genrepi_images_forward(call, 1, o->mode == NEAREST ? nearest : genrepi_bilinear);
}

static int32_t backward(genrepi_call *call) {
    const genrepi_upsample_options *o = call->layer->options;
    return genrepi_images_backward(call, 1,
                                   o->mode == NEAREST ? nearest_adjoint : genrepi_bilinear_adjoint);
}

static const genrepi_option options[] = {
    GENREPI_OPTION_INT(genrepi_upsample_options, factor, "2", 1, 1024,
                       "how many times as high and wide"),
    GENREPI_OPTION_WORD(genrepi_upsample_options, mode, "nearest", "nearest|bilinear",
                        "the nearest element, or between the four nearest"),
    GENREPI_OPTION_FLAG(genrepi_upsample_options, align_corners, "0",
                        "bilinear: the elements in the corners stay there; 0: the image's "
                        "edges do")};
static const genrepi_layer_ops ops = {.n_in = 1,
                                      .n_out = 1,
                                      .build = build,
                                      .shape = shape,
                                      .forward = forward,
                                      .backward = backward,
                                      .straight = 1,
                                      .tangent = genrepi_tangent_linear,
                                      .tangent_backward = genrepi_tangent_linear_backward};
const genrepi_kind genrepi_kind_upsample = {
    "layer", "upsample", "images `factor` times as high and wide", options, GENREPI_COUNT(options),
    0,       0,          sizeof(genrepi_upsample_options),         &ops};
