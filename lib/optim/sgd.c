/* Stochastic gradient descent, with momentum and Nesterov's form of it (mathematics 2.0.1):
 *   m <- mu m + g;  x <- x - lr m   or, Nesterov,   x <- x - lr (g + mu m). */
#include <optim/optimizer.h>

typedef struct sgd_options {
    genrepi_optimizer_common common;
    double momentum;
    int32_t nesterov;
} sgd_options;

static const genrepi_option options[] = {
    GENREPI_OPTIMIZER_OPTIONS("0.01", "0"),
    GENREPI_OPTION_NUMBER(sgd_options, momentum, "0", 0, 1, "share of the last move that is kept"),
    GENREPI_OPTION_FLAG(sgd_options, nesterov, "0", "look ahead along the momentum"),
};

static int32_t needs_slots(const void *given) {
    return ((const sgd_options *)given)->momentum > 0;
}

static void update(const genrepi_kernels *k, const void *given, int64_t t, double rate, double clip,
                   int64_t n, real *gradient, real *const slots[GENREPI_MAX_SLOTS], real *value) {
    const sgd_options *o = given;
    (void)t;
    if (o->momentum > 0)
        k->momentum(n, (real)rate, (real)o->common.weight_decay, (real)clip, (real)o->momentum,
                    o->nesterov, gradient, slots[0], value);
    else
        k->sgd(n, (real)rate, (real)o->common.weight_decay, (real)clip, gradient, value);
}

static const genrepi_optimizer_ops ops = {
    .slots = {"m"}, .needs_slots = needs_slots, .update = update};

const genrepi_kind genrepi_kind_sgd = {"optimizer",
                                       "sgd",
                                       "m = momentum m + g; x -= lr m",
                                       options,
                                       GENREPI_COUNT(options),
                                       0,
                                       0,
                                       sizeof(sgd_options),
                                       &ops};
