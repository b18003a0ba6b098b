/* sigmoid: its derivative is y (1 - y). */
#include <nn/leaf.h>

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

static const genrepi_layer_ops ops = {
    .n_in = 1, .n_out = 1, .shape = genrepi_same_shape, .forward = forward, .backward = backward};
const genrepi_kind genrepi_kind_sigmoid = {
    "layer", "sigmoid", "y = 1 / (1 + exp(-x))", NULL, 0, 0, 0, 0, &ops};
