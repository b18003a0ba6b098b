/* What adam and adamw share: all but where the weight decay goes. */
#ifndef GENREPI_OPTIM_ADAM_H
#define GENREPI_OPTIM_ADAM_H

#include <optim/optimizer.h>

typedef struct genrepi_adam_options {
    genrepi_optimizer_common common;
    double beta1, beta2, eps;
} genrepi_adam_options;

#define GENREPI_ADAM_OPTIONS                                                                       \
    GENREPI_OPTION_NUMBER(genrepi_adam_options, beta1, "0.9", 0, 0.999999,                         \
                          "share of the old mean of the gradients"),                               \
        GENREPI_OPTION_NUMBER(genrepi_adam_options, beta2, "0.999", 0, 0.9999999,                  \
                              "share of the old mean of their squares"),                           \
        GENREPI_OPTION_NUMBER(genrepi_adam_options, eps, "1e-8", 0, 1, "added to the root")

/* l2 is added to the gradient, decay pulls at the parameter itself. */
void genrepi_adam_update(const genrepi_kernels *k, const genrepi_adam_options *options, int64_t t,
                         double rate, double l2, double decay, double clip, int64_t n,
                         real *gradient, real *const slots[GENREPI_MAX_SLOTS], real *value);

#endif
