/* RMSProp (Tieleman, Hinton, 2012; mathematics 2.0.1):
 *   a <- rho a + (1 - rho) g^2;  x <- x - lr g / (sqrt(a) + eps). */
#include <optim/optimizer.h>

typedef struct rmsprop_options {
    genrepi_optimizer_common common;
    double rho, eps;
} rmsprop_options;

static const genrepi_option options[] = {
    GENREPI_OPTIMIZER_OPTIONS("0.001", "0"),
    GENREPI_OPTION_NUMBER(rmsprop_options, rho, "0.99", 0, 1, "share of the old mean square"),
    GENREPI_OPTION_NUMBER(rmsprop_options, eps, "1e-8", 0, 1, "added to the root"),
};

static void update(const genrepi_kernels *k, const void *given, int64_t t, double rate, double clip,
                   int64_t n, real *gradient, real *const slots[GENREPI_MAX_SLOTS], real *value) {
    const rmsprop_options *o = given;
    (void)t;
    k->rmsprop(n, (real)rate, (real)o->common.weight_decay, (real)clip, (real)o->rho, (real)o->eps,
               gradient, slots[0], value);
}

static const genrepi_optimizer_ops ops = {.slots = {"a"}, .update = update};

const genrepi_kind genrepi_kind_rmsprop = {"optimizer",
                                           "rmsprop",
                                           "a = rho a + (1 - rho) g^2; x -= lr g / (sqrt(a) + eps)",
                                           options,
                                           GENREPI_COUNT(options),
                                           0,
                                           0,
                                           sizeof(rmsprop_options),
                                           &ops};
