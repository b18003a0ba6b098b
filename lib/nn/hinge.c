/* hinge: mean max(0, 1 - t x) of a score x and a target t of +1 or -1.  Where 1 - t x > 0,
 * d/dx = -t / n and d/dt = -x / n: the same function with x and t changed over. */
#include <nn/loss.h>

typedef struct hinge_options {
    double target;
} hinge_options;

static double value(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const genrepi_loss *s = opaque;
    const real *t = s->t != NULL ? s->t + begin : NULL;
    return (double)k->hinge(end - begin, s->x + begin, t, s->target);
}

static void prediction(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const genrepi_loss *s = opaque;
    const real *t = s->t != NULL ? s->t + begin : NULL;
    k->hinge_backward(end - begin, s->scale, s->x + begin, t, s->target, s->d + begin);
}

static void target(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const genrepi_loss *s = opaque;
    k->hinge_backward(end - begin, s->scale, s->t + begin, s->x + begin, 0, s->d + begin);
}

static int32_t forward(genrepi_call *call) {
    const hinge_options *o = call->layer->options;
    return genrepi_loss_forward(call, value, (real)o->target);
}

static int32_t backward(genrepi_call *call) {
    const hinge_options *o = call->layer->options;
    genrepi_loss_backward(call, 0, prediction, (real)o->target);
    genrepi_loss_backward(call, 1, target, 0);
    return 0;
}

static const genrepi_option options[] = {GENREPI_OPTION_NUMBER(
    hinge_options, target, "1", -1, 1, "the target where none is given: 1 real, -1 made")};
static const genrepi_layer_ops ops = {.n_in = 0,
                                      .n_out = 1,
                                      .shape = genrepi_loss_shape_one_or_two,
                                      .forward = forward,
                                      .backward = backward};
const genrepi_kind genrepi_kind_hinge = {
    "layer",
    "hinge",
    "mean max(0, 1 - t x) of scores x and targets t of 1 or -1",
    options,
    GENREPI_COUNT(options),
    0,
    0,
    sizeof(hinge_options),
    &ops};
