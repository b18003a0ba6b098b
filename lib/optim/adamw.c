/* AdamW (Loshchilov, Hutter, ICLR 2019): Adam whose weight decay does not pass through the moments,
 *   x <- x - lr weight_decay x - (Adam's move). */
#include <optim/adam.h>

static const genrepi_option options[] = {GENREPI_OPTIMIZER_OPTIONS("0.001", "0.01"),
                                         GENREPI_ADAM_OPTIONS};

static void update(const genrepi_kernels *k, const void *given, int64_t t, double rate, double clip,
                   int64_t n, real *gradient, real *const slots[GENREPI_MAX_SLOTS], real *value) {
    const genrepi_adam_options *o = given;
    genrepi_adam_update(k, o, t, rate, 0, o->common.weight_decay, clip, n, gradient, slots, value);
}

static const genrepi_optimizer_ops ops = {.slots = {"m", "v"}, .update = update};

const genrepi_kind genrepi_kind_adamw = {"optimizer",
                                         "adamw",
                                         "adam with x -= lr weight_decay x beside it",
                                         options,
                                         GENREPI_COUNT(options),
                                         0,
                                         0,
                                         sizeof(genrepi_adam_options),
                                         &ops};
