/* reshape, flatten: the same elements in the same order under another shape; the batch stays. */
#include <nn/tangent.h>

static int32_t forward(genrepi_call *call) {
    genrepi_copy_real(call->ctx, call->out[0]->count, genrepi_real_read(call->in[0]),
                      genrepi_real(call->out[0]));
    return 0;
}

static int32_t backward(genrepi_call *call) {
    if (call->d_in[0] == NULL) return 0;
    genrepi_copy_real(call->ctx, call->out[0]->count, genrepi_real_read(call->d_out[0]),
                      genrepi_real(call->d_in[0]));
    return 0;
}

typedef struct reshape_options {
    char *shape;
    genrepi_shape to; /* its first size is the batch */
} reshape_options;

static int32_t reshape_build(genrep_layer *layer, int32_t n_in, const genrepi_shape *in) {
    (void)n_in, (void)in;
    reshape_options *o = layer->options;
    int32_t status = genrepi_read_sizes(layer, o->shape, 1, &o->to), open = 0;
    o->to.size[0] = -1;
    for (int32_t i = 1; i < o->to.rank && status == 0; i++) open += o->to.size[i] < 0;
    if (open > 1) {
        status = genrepi_layer_fail(layer, GENREP_E_INVALID,
                                    "shape='%s' leaves %d sizes open: one -1 at most", o->shape,
                                    (int)open);
    }
    return status;
}

static int32_t reshape_shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                             genrepi_shape *out) {
    (void)n_in;
    const reshape_options *o = layer->options;
    out[0] = o->to;
    if (in[0].rank < 0) return 0;
    if (in[0].rank == 0) return genrepi_fail_shape(layer, in, "a batch on axis 0");
    out[0].size[0] = in[0].size[0];
    int64_t have = genrepi_axes_count(in, 1, in[0].rank), fixed = 1;
    int32_t open = 0;
    for (int32_t i = 1; i < o->to.rank; i++) {
        if (o->to.size[i] < 0)
            open = i;
        else
            fixed *= o->to.size[i];
    }
    if (have < 0) return 0;
    if (open > 0 ? have % fixed != 0 : have != fixed) {
        return genrepi_fail_shape(layer, in, "%s%lld elements a sample for shape='%s'",
                                  open > 0 ? "a multiple of " : "", (long long)fixed, o->shape);
    }
    if (open > 0) out[0].size[open] = have / fixed;
    return 0;
}

static const genrepi_option reshape_rows[] = {GENREPI_OPTION_STRING(
    reshape_options, shape, NULL, "sizes without the batch, as '1 28 28'; one may be -1")};
static const genrepi_layer_ops reshape_ops = {.n_in = 1,
                                              .n_out = 1,
                                              .build = reshape_build,
                                              .shape = reshape_shape,
                                              .forward = forward,
                                              .backward = backward,
                                              .tangent = genrepi_tangent_linear,
                                              .tangent_backward = genrepi_tangent_linear_backward,
                                              .straight = 1};
const genrepi_kind genrepi_kind_reshape = {"layer",
                                           "reshape",
                                           "the same elements in another shape",
                                           reshape_rows,
                                           GENREPI_COUNT(reshape_rows),
                                           0,
                                           0,
                                           sizeof(reshape_options),
                                           &reshape_ops};

static int32_t flatten_shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                             genrepi_shape *out) {
    (void)n_in;
    out[0] = (genrepi_shape){2, {-1, -1}};
    if (in[0].rank < 0) return 0;
    if (in[0].rank == 0) return genrepi_fail_shape(layer, in, "a batch on axis 0");
    out[0].size[0] = in[0].size[0];
    out[0].size[1] = genrepi_axes_count(in, 1, in[0].rank);
    return 0;
}

static const genrepi_layer_ops flatten_ops = {.n_in = 1,
                                              .n_out = 1,
                                              .shape = flatten_shape,
                                              .forward = forward,
                                              .backward = backward,
                                              .tangent = genrepi_tangent_linear,
                                              .tangent_backward = genrepi_tangent_linear_backward,
                                              .straight = 1};
const genrepi_kind genrepi_kind_flatten = {
    "layer", "flatten", "all axes but the batch made one", NULL, 0, 0, 0, 0, &flatten_ops};
