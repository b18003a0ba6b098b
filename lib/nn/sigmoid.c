/* sigmoid: its derivative is y (1 - y), the second y (1 - y) (1 - 2 y). */
#include <nn/tangent.h>

static void forward_piece(const genrepi_kernels *k, const void *opaque, int64_t begin,
                          int64_t end) {
    const genrepi_pointwise *s = opaque;
    k->sigmoid(end - begin, s->x + begin, s->y + begin);
}

static void backward_piece(const genrepi_kernels *k, const void *opaque, int64_t begin,
                           int64_t end) {
    const genrepi_pointwise *s = opaque;
    k->sigmoid_backward(end - begin, s->x + begin, s->dy + begin, s->y + begin);
}

static int32_t forward(genrepi_call *call) {
    genrepi_map_forward(call, forward_piece, 0);
    return 0;
}

static int32_t backward(genrepi_call *call) {
    genrepi_map_backward(call, backward_piece, call->out[0], 0);
    return 0;
}

/* f''/f' = 1 - 2 y. */
static void bend_piece(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const genrepi_bend *s = opaque;
    const int64_t n = end - begin;
    const real *y = s->kept + begin;
    real *to = s->to + begin;
    k->scale_shift(n, -2, 1, y, to);
    k->mul(n, s->t + begin, to, to);
    k->mul(n, s->q + begin, to, to);
    genrepi_bend_add(k, s, begin, end);
    k->sigmoid_backward(n, y, to, to);
}

static int32_t tangent_backward(genrepi_call *call) {
    return genrepi_tangent_pointwise_backward(call, bend_piece, call->out[0]);
}

static const genrepi_layer_ops ops = {.n_in = 1,
                                      .n_out = 1,
                                      .shape = genrepi_same_shape,
                                      .forward = forward,
                                      .backward = backward,
                                      .tangent = genrepi_tangent_symmetric,
                                      .tangent_backward = tangent_backward};
const genrepi_kind genrepi_kind_sigmoid = {
    "layer", "sigmoid", "y = 1 / (1 + exp(-x))", NULL, 0, 0, 0, 0, &ops};
