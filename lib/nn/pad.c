/* pad and crop: rows and columns put around images, or cut from them.  With mode=zero what is put
 * there is `value` (PyTorch's ZeroPad2d, ConstantPad2d); the other modes show the image again
 * (nn/padding.h; ReflectionPad2d, ReplicationPad2d, CircularPad2d).  Going back, each element gets
 * the sum of dy over the places that show it.  crop undoes pad, and is the adjoint of padding with
 * zeros. */
#include <nn/images.h>
#include <nn/padding.h>
#include <nn/tangent.h>
#include <string.h>

enum { TOP, BOTTOM, LEFT, RIGHT };

typedef struct sides_options {
    int64_t size, top, bottom, left, right; /* -1: size */
    int32_t mode;
    double value;
} sides_options;

static int64_t side(const sides_options *o, int which) {
    const int64_t sides[] = {o->top, o->bottom, o->left, o->right};
    return sides[which] >= 0 ? sides[which] : o->size;
}

static int32_t pad_build(genrep_layer *layer, int32_t n_in, const genrepi_shape *in) {
    (void)n_in, (void)in;
    const sides_options *o = layer->options;
    if (o->mode == GENREPI_PAD_ZERO || o->value == 0) return 0;
    return genrepi_layer_fail(layer, GENREP_E_INVALID, "value= is for mode=zero only");
}

static int32_t pad_shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                         genrepi_shape *out) {
    (void)n_in;
    const sides_options *o = layer->options;
    int32_t status = genrepi_images_shape(layer, in, out);
    for (int i = 0; i < 2 && status == 0; i++) {
        const int64_t before = side(o, 2 * i), behind = side(o, 2 * i + 1);
        status = genrepi_pad_check(layer, o->mode, out->size[2 + i], before, behind);
        if (out->size[2 + i] >= 0) out->size[2 + i] += before + behind;
    }
    return status;
}

static genrepi_padding padding_of(const genrepi_call *call) {
    const sides_options *o = call->layer->options;
    const genrepi_images m = genrepi_images_of(call, 1);
    return (genrepi_padding){.planes = m.blocks,
                             .height = m.height,
                             .width = m.width,
                             .top = side(o, TOP),
                             .bottom = side(o, BOTTOM),
                             .left = side(o, LEFT),
                             .right = side(o, RIGHT),
                             .mode = o->mode,
                             .value = call->linear ? 0 : (real)o->value};
}

static int32_t pad_forward(genrepi_call *call) {
    const genrepi_padding padding = padding_of(call);
    genrepi_pad(call->ctx, &padding, genrepi_real_read(call->in[0]), genrepi_real(call->out[0]));
    return 0;
}

static int32_t pad_backward(genrepi_call *call) {
    const genrepi_padding padding = padding_of(call);
    if (call->d_in[0] == NULL) return 0;
    genrepi_pad_adjoint(call->ctx, &padding, genrepi_real_read(call->d_out[0]),
                        genrepi_real(call->d_in[0]));
    return 0;
}

#define SIDES(what)                                                                                \
    GENREPI_OPTION_INT(sides_options, top, "-1", -1, 1 << 20, "rows " what "; -1: size"),          \
        GENREPI_OPTION_INT(sides_options, bottom, "-1", -1, 1 << 20, "the same below"),            \
        GENREPI_OPTION_INT(sides_options, left, "-1", -1, 1 << 20, "columns on the left"),         \
        GENREPI_OPTION_INT(sides_options, right, "-1", -1, 1 << 20, "columns on the right")

static const genrepi_option pad_options[] = {
    {"size", GENREPI_INT, 1, "0", 0, 1 << 20, NULL, "rows and columns put on each side",
     offsetof(sides_options, size)},
    SIDES("put above"),
    GENREPI_OPTION_WORD(sides_options, mode, "zero", GENREPI_PAD_WORDS,
                        "what is put there: zeros, the image's mirror image, its nearest element, "
                        "or its other side"),
    GENREPI_OPTION_NUMBER(sides_options, value, "0", -1e30, 1e30, "mode=zero: instead of zeros")};
static const genrepi_layer_ops pad_ops = {.n_in = 1,
                                          .n_out = 1,
                                          .build = pad_build,
                                          .shape = pad_shape,
                                          .forward = pad_forward,
                                          .backward = pad_backward,
                                          .straight = 1,
                                          .tangent = genrepi_tangent_linear,
                                          .tangent_backward = genrepi_tangent_linear_backward};
const genrepi_kind genrepi_kind_pad = {"layer",
                                       "pad",
                                       "rows and columns put around images",
                                       pad_options,
                                       GENREPI_COUNT(pad_options),
                                       0,
                                       0,
                                       sizeof(sides_options),
                                       &pad_ops};

static int32_t crop_shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                          genrepi_shape *out) {
    (void)n_in;
    const sides_options *o = layer->options;
    int32_t status = genrepi_images_shape(layer, in, out);
    for (int i = 0; i < 2 && status == 0; i++) {
        if (out->size[2 + i] < 0) continue;
        const int64_t cut = side(o, 2 * i) + side(o, 2 * i + 1);
        if (out->size[2 + i] <= cut)
            return genrepi_fail_shape(layer, in, "images of more than %lld %s to cut",
                                      (long long)cut, i == 0 ? "rows" : "columns");
        out->size[2 + i] -= cut;
    }
    return status;
}

static void cut(const genrepi_images *m, const real *x, real *y) {
    const sides_options *o = m->options;
    x += side(o, TOP) * m->width + side(o, LEFT);
    for (int64_t i = 0; i < m->out_height; i++)
        memcpy(y + i * m->out_width, x + i * m->width, (size_t)m->out_width * sizeof *y);
}

static void cut_adjoint(const genrepi_images *m, const real *dy, real *dx) {
    const sides_options *o = m->options;
    memset(dx, 0, (size_t)m->in * sizeof *dx);
    dx += side(o, TOP) * m->width + side(o, LEFT);
    for (int64_t i = 0; i < m->out_height; i++)
        memcpy(dx + i * m->width, dy + i * m->out_width, (size_t)m->out_width * sizeof *dx);
}

static int32_t crop_forward(genrepi_call *call) {
    return genrepi_images_forward(call, 1, cut);
}

static int32_t crop_backward(genrepi_call *call) {
    return genrepi_images_backward(call, 1, cut_adjoint);
}

static const genrepi_option crop_options[] = {{"size", GENREPI_INT, 1, "0", 0, 1 << 20, NULL,
                                               "rows and columns cut from each side",
                                               offsetof(sides_options, size)},
                                              SIDES("cut from above")};
static const genrepi_layer_ops crop_ops = {.n_in = 1,
                                           .n_out = 1,
                                           .shape = crop_shape,
                                           .forward = crop_forward,
                                           .backward = crop_backward,
                                           .straight = 1,
                                           .tangent = genrepi_tangent_linear,
                                           .tangent_backward = genrepi_tangent_linear_backward};
const genrepi_kind genrepi_kind_crop = {"layer",
                                        "crop",
                                        "rows and columns cut from the sides of images",
                                        crop_options,
                                        GENREPI_COUNT(crop_options),
                                        0,
                                        0,
                                        sizeof(sides_options),
                                        &crop_ops};
