/* Adam (Kingma, Ba, ICLR 2015; mathematics 2.0.1):
 *   m <- b1 m + (1 - b1) g;  v <- b2 v + (1 - b2) g^2;
 *   x <- x - lr m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps). */
#include <optim/adam.h>

static const genrepi_option options[] = {GENREPI_OPTIMIZER_OPTIONS("0.001", "0"),
                                         GENREPI_ADAM_OPTIONS};

void genrepi_adam_update(const genrepi_kernels *k, const genrepi_adam_options *o, int64_t t,
                         double rate, double l2, double decay, double clip, int64_t n,
                         real *gradient, real *const slots[GENREPI_MAX_SLOTS], real *value) {
    double correct1 = 1 / (1 - pow(o->beta1, (double)t));
    double correct2 = 1 / (1 - pow(o->beta2, (double)t));
    k->adam(n, (real)rate, (real)l2, (real)decay, (real)clip, (real)o->beta1, (real)o->beta2,
            (real)o->eps, (real)correct1, (real)correct2, gradient, slots[0], slots[1], value);
}

static void update(const genrepi_kernels *k, const void *given, int64_t t, double rate, double clip,
                   int64_t n, real *gradient, real *const slots[GENREPI_MAX_SLOTS], real *value) {
    const genrepi_adam_options *o = given;
    genrepi_adam_update(k, o, t, rate, o->common.weight_decay, 0, clip, n, gradient, slots, value);
}

static const genrepi_optimizer_ops ops = {.slots = {"m", "v"}, .update = update};

const genrepi_kind genrepi_kind_adam = {"optimizer",
                                        "adam",
                                        "x -= lr m / (sqrt(v) + eps), m and v means of g and g^2",
                                        options,
                                        GENREPI_COUNT(options),
                                        0,
                                        0,
                                        sizeof(genrepi_adam_options),
                                        &ops};
