/* mse: mean (x - t)^2.  d/dx = 2 (x - t) / n = -d/dt. */
#include <nn/loss.h>

static double value(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const genrepi_loss *s = opaque;
    return (double)k->squared_difference(end - begin, s->x + begin, s->t + begin);
}

/* scale (a - b): the difference first, so that nothing is lost where a is near b. */
static void difference(const genrepi_kernels *k, real scale, int64_t n, const real *a,
                       const real *b, real *d) {
    k->scale(n, 1, a, d);
    k->axpy(n, -1, b, d);
    k->scale(n, scale, d, d);
}

static void prediction(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const genrepi_loss *s = opaque;
    difference(k, 2 * s->scale, end - begin, s->x + begin, s->t + begin, s->d + begin);
}

static void target(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const genrepi_loss *s = opaque;
    difference(k, 2 * s->scale, end - begin, s->t + begin, s->x + begin, s->d + begin);
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
const genrepi_kind genrepi_kind_mse = {
    "layer", "mse", "mean (x - t)^2 of a prediction x and a target t", NULL, 0, 0, 0, 0, &ops};
