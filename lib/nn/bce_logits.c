/* bce_logits: mean softplus(x) - t x, the binary cross-entropy -t log s(x) - (1 - t) log(1 - s(x))
 * of the logit x, s the sigmoid.  d/dx = (s(x) - t) / n, d/dt = -x / n.  Without a target tensor t
 * is a number: 1, 0, or 0.9 for smoothed labels (Salimans et al. 2016). */
#include <nn/loss.h>

typedef struct bce_options {
    double target;
} bce_options;

static double value(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const genrepi_loss *s = opaque;
    const real *t = s->t != NULL ? s->t + begin : NULL;
    return (double)k->bce(end - begin, s->x + begin, t, s->target);
}

static void prediction(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const genrepi_loss *s = opaque;
    const real *t = s->t != NULL ? s->t + begin : NULL;
    k->bce_backward(end - begin, s->scale, s->x + begin, t, s->target, s->d + begin);
}

static void target(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const genrepi_loss *s = opaque;
    k->scale(end - begin, -s->scale, s->x + begin, s->d + begin);
}

static int32_t forward(genrepi_call *call) {
    const bce_options *o = call->layer->options;
    return genrepi_loss_forward(call, value, (real)o->target);
}

static int32_t backward(genrepi_call *call) {
    const bce_options *o = call->layer->options;
    genrepi_loss_backward(call, 0, prediction, (real)o->target);
    genrepi_loss_backward(call, 1, target, 0);
    return 0;
}

static const genrepi_option options[] = {
    GENREPI_OPTION_NUMBER(bce_options, target, "1", 0, 1,
                          "the target where none is given: 1 real, 0 made, 0.9 smoothed")};
static const genrepi_layer_ops ops = {.n_in = 0,
                                      .n_out = 1,
                                      .shape = genrepi_loss_shape_one_or_two,
                                      .forward = forward,
                                      .backward = backward};
const genrepi_kind genrepi_kind_bce_logits = {
    "layer", "bce_logits",           "mean softplus(x) - t x of logits x and targets t in 0..1",
    options, GENREPI_COUNT(options), 0,
    0,       sizeof(bce_options),    &ops};
