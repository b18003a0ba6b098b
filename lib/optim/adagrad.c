/* AdaGrad (Duchi, Hazan, Singer, JMLR 2011; mathematics 2.0.1):
 *   a <- a + g^2;  x <- x - lr g / (sqrt(a) + eps). */
#include <optim/optimizer.h>

typedef struct adagrad_options {
    genrepi_optimizer_common common;
    double eps, initial;
} adagrad_options;

static const genrepi_option options[] = {
    GENREPI_OPTIMIZER_OPTIONS("0.01", "0"),
    GENREPI_OPTION_NUMBER(adagrad_options, eps, "1e-10", 0, 1, "added to the root"),
    GENREPI_OPTION_NUMBER(adagrad_options, initial, "0", 0, 1e6,
                          "sum of squares before the first step; GloVe takes 1"),
};

static double initial(const void *given) {
    return ((const adagrad_options *)given)->initial;
}

static void update(const genrepi_kernels *k, const void *given, int64_t t, double rate, double clip,
                   int64_t n, real *gradient, real *const slots[GENREPI_MAX_SLOTS], real *value) {
    const adagrad_options *o = given;
    (void)t;
    k->adagrad(n, (real)rate, (real)o->common.weight_decay, (real)clip, (real)o->eps, gradient,
               slots[0], value);
}

static const genrepi_optimizer_ops ops = {.slots = {"a"}, .initial = initial, .update = update};

const genrepi_kind genrepi_kind_adagrad = {"optimizer",
                                           "adagrad",
                                           "a += g^2; x -= lr g / (sqrt(a) + eps)",
                                           options,
                                           GENREPI_COUNT(options),
                                           0,
                                           0,
                                           sizeof(adagrad_options),
                                           &ops};
