/* Weights of layers that are linear in one, y = a W x + b' with a factor a and b' = c b: linear,
 * embedding, convolutions.  The factor stands for what is done to a weight where it is used, so
 * that no copy of it is made:
 *   equalised learning rate (Karras et al. 2018, ProGAN; mathematics 2.0.3): W begins as
 *     N(0, 1/lr_mul^2) and b as 0, a = lr_mul gain / sqrt(fan_in), c = lr_mul;
 *   spectral normalisation (Miyato et al. 2018; mathematics 2.16): a = 1 / sigma, see
 *     spectral_norm.c.
 * A layer calls _build() for its weight (parameter 0), makes its other parameters, and calls
 * _finish(); in forward _factor() gives a, in backward _factor_back() the same a.  It adds a G to
 * the gradient of W, G being that of a W, and then calls _correct().  Its update is _update(). */
#ifndef GENREPI_NN_WEIGHT_H
#define GENREPI_NN_WEIGHT_H

#include <nn/leaf.h>

/* Options of layers with such a weight, in a field of their options struct. */
typedef struct genrepi_weight_options {
    int32_t equalized;
    double gain, lr_mul;
} genrepi_weight_options;

#define GENREPI_WEIGHT_ROWS(type, field)                                                           \
    {"equalized",                                                                                  \
     GENREPI_FLAG,                                                                                 \
     0,                                                                                            \
     "0",                                                                                          \
     0,                                                                                            \
     1,                                                                                            \
     NULL,                                                                                         \
     "equalised learning rate: weights begin normal and are scaled where they are used",           \
     offsetof(type, field.equalized)},                                                             \
        {"gain",                                                                                   \
         GENREPI_NUMBER,                                                                           \
         0,                                                                                        \
         "1",                                                                                      \
         1e-6,                                                                                     \
         1e6,                                                                                      \
         NULL,                                                                                     \
         "with equalized: weights are used times gain / sqrt(fan_in)",                             \
         offsetof(type, field.gain)},                                                              \
    {                                                                                              \
        "lr_mul", GENREPI_NUMBER, 0, "1", 1e-6, 1e6, NULL,                                         \
            "with equalized: how much faster than the others the layer learns",                    \
            offsetof(type, field.lr_mul)                                                           \
    }

/* Makes "weight"; axis is that of the outputs, fan_in what one output sums over.  initialiser NULL:
 * "fan", or for equalised weights normal numbers.  options NULL: there are none. */
int32_t genrepi_weight_build(genrep_layer *layer, const genrepi_weight_options *options,
                             const genrepi_shape *shape, int32_t axis, double fan_in,
                             const char *initialiser);
/* Makes "bias", parameter 1: of n numbers that are uniform within 1/sqrt(fan_in), or zeros where
 * the weight's initialiser is given or it is equalised. */
int32_t genrepi_weight_build_bias(genrep_layer *layer, const genrepi_weight_options *options,
                                  int64_t n, double fan_in, const char *initialiser);
int32_t genrepi_weight_finish(genrep_layer *layer);

int32_t genrepi_weight_factor(genrepi_call *call, real *factor);
real genrepi_weight_factor_back(const genrepi_call *call);

/* y and dy: n outputs and their cotangents; bias: <dy, b'>, 0 where there is none.  <dy, y - b'> is
 * <G, a W>, so that G itself is not needed. */
int32_t genrepi_weight_correct(genrepi_call *call, int64_t n, const real *y, const real *dy,
                               double bias);

/* The bias as it is used, c b: b itself, or if c is not 1 in scratch memory, which *scratch is then
 * to be given back as; NULL for tangents, which have none. */
int32_t genrepi_weight_bias(const genrepi_call *call, int64_t n, const real **bias, real **scratch);
/* Adds c times sums, of dy over each output, to the gradient of b; gives <dy, c b>. */
double genrepi_weight_bias_back(const genrepi_call *call, int64_t n, real *sums);

void genrepi_weight_update(genrepi_call *call);

#endif
