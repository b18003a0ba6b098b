/* tanh: its derivative is 1 - y^2, the second -2 y (1 - y^2). */
#include <nn/tangent.h>

static void forward_piece(const genrepi_kernels *k, const void *opaque, int64_t begin,
                          int64_t end) {
    const genrepi_pointwise *s = opaque;
    k->tanh(end - begin, s->x + begin, s->y + begin);
}

static void backward_piece(const genrepi_kernels *k, const void *opaque, int64_t begin,
                           int64_t end) {
    const genrepi_pointwise *s = opaque;
    k->tanh_backward(end - begin, s->x + begin, s->dy + begin, s->y + begin);
}

static int32_t forward(genrepi_call *call) {
    genrepi_map_forward(call, forward_piece, 0);
    return 0;
}

static int32_t backward(genrepi_call *call) {
    genrepi_map_backward(call, backward_piece, call->out[0], 0);
    return 0;
}

/* f''/f' = -2 y. */
static void bend_piece(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const genrepi_bend *s = opaque;
    const int64_t n = end - begin;
    const real *y = s->kept + begin;
    real *to = s->to + begin;
    k->mul(n, y, s->t + begin, to);
    k->mul(n, s->q + begin, to, to);
    k->scale(n, -2, to, to);
    genrepi_bend_add(k, s, begin, end);
    k->tanh_backward(n, y, to, to);
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
const genrepi_kind genrepi_kind_tanh = {"layer", "tanh", "y = tanh(x)", NULL, 0, 0, 0, 0, &ops};
