/* l1: mean |x - t|.  d/dx = sign(x - t) / n = -d/dt, and 0 where they are equal. */
#include <nn/loss.h>

static double value(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const genrepi_loss *s = opaque;
    return (double)k->absolute_difference(end - begin, s->x + begin, s->t + begin);
}

static void prediction(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const genrepi_loss *s = opaque;
    k->sign_difference(end - begin, s->scale, s->x + begin, s->t + begin, s->d + begin);
}

static void target(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const genrepi_loss *s = opaque;
    k->sign_difference(end - begin, s->scale, s->t + begin, s->x + begin, s->d + begin);
}

static int32_t forward(genrepi_call *call) {
    return genrepi_loss_forward(call, value, 0);
}

static int32_t backward(genrepi_call *call) {
    genrepi_loss_backward(call, 0, prediction, 0);
    genrepi_loss_backward(call, 1, target, 0);
    return 0;
}

static const genrepi_layer_ops ops = {
    .n_in = 2, .n_out = 1, .shape = genrepi_loss_shape, .forward = forward, .backward = backward};
const genrepi_kind genrepi_kind_l1 = {
    "layer", "l1", "mean |x - t| of a prediction x and a target t", NULL, 0, 0, 0, 0, &ops};
