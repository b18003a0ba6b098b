/* What conv2d and conv_transpose2d share: options, parameters, and how options are read. */
#ifndef GENREPI_NN_CONVOLVE_H
#define GENREPI_NN_CONVOLVE_H

#include <kernel/convolution.h>
#include <nn/weight.h>

typedef struct genrepi_convolve_options {
    int64_t in, out, groups;
    int32_t bias, pad_mode, exact;
    char *kernel, *stride, *pad, *output_pad, *init;
    genrepi_weight_options weight;
    /* Read from the texts: height, width. */
    int64_t kernel_size[2], stride_size[2], pad_size[2], output_pad_size[2];
} genrepi_convolve_options;

/* For ops->build.  The weight is of wide x narrow / groups x kernel: out x in of a convolution, in
 * x out of a transposed one. */
int32_t genrepi_convolve_build(genrep_layer *layer, const genrepi_shape *in, int transposed);

/* Checks the input's rank and channels; *out becomes batch x out x ? x ?. */
int32_t genrepi_convolve_shape(const genrep_layer *layer, const genrepi_shape *in,
                               genrepi_shape *out);

/* Fails for a size of the output below 1, or too large to count. */
int32_t genrepi_convolve_check(const genrep_layer *layer, const genrepi_shape *in,
                               const genrepi_shape *out);

/* The bias as it is used, or NULL; *scratch is given back with genrepi_convolve_end(). */
int32_t genrepi_convolve_bias(const genrepi_call *call, const real **bias, real **scratch);
void genrepi_convolve_end(const genrepi_call *call, real *scratch);

/* After the gradient of the weight: db += the sum of dy over all but channels, and what spectral
 * normalisation corrects. */
int32_t genrepi_convolve_finish_gradients(genrepi_call *call);

#define GENREPI_CONVOLVE_OPTIONS                                                                   \
    GENREPI_OPTION_INT(genrepi_convolve_options, in, "0", 0, GENREPI_MAX_SIZE,                     \
                       "channels of the input; 0: what comes before tells"),                       \
        GENREPI_OPTION_INT(genrepi_convolve_options, out, NULL, 1, GENREPI_MAX_SIZE,               \
                           "channels of the output"),                                              \
        GENREPI_OPTION_STRING(genrepi_convolve_options, kernel, "3",                               \
                              "size of the kernel, as 3, or '3 5' for height and width"),          \
        GENREPI_OPTION_STRING(genrepi_convolve_options, stride, "1", "steps, as kernel"),          \
        GENREPI_OPTION_STRING(genrepi_convolve_options, pad, "0",                                  \
                              "padding on each side, as kernel"),                                  \
        GENREPI_OPTION_INT(genrepi_convolve_options, groups, "1", 1, GENREPI_MAX_SIZE,             \
                           "groups of channels that do not see each other"),                       \
        GENREPI_OPTION_FLAG(genrepi_convolve_options, bias, "1", "add a bias to each channel"),    \
        GENREPI_OPTION_STRING(                                                                     \
            genrepi_convolve_options, init, NULL,                                                  \
            "initial weights, as 'normal std=0.02'; biases are then 0; not given: both "           \
            "uniform within 1/sqrt(fan_in)"),                                                      \
        GENREPI_OPTION_FLAG(genrepi_convolve_options, exact, "0",                                  \
                            "plain sums of products, no fast algorithm (Winograd's)"),             \
        GENREPI_WEIGHT_ROWS(genrepi_convolve_options, weight)

#endif
