/* The normalisation core (mathematics 2.0), for all layers that bring channels to mean 0 and
 * variance 1.  A tensor is batch x channels x inner; what shares a mean and a variance is a set of
 * n values: a channel of the whole batch, or a group of channels of one sample.  With m the mean of
 * a set, v = mean (x - m)^2, s = sqrt(v + eps): xhat = (x - m) / s,   y = scale xhat + shift dx =
 * (g - mean(g) - xhat mean(g xhat)) / s,   g = scale dy d scale = sum dy xhat,   d shift = sum dy,
 * over what has one scale A set is done whole before the next, so that it is still in the cache
 * when it is read again. */
#ifndef GENREPI_NN_NORM_H
#define GENREPI_NN_NORM_H

#include <nn/channels.h>

typedef struct genrepi_norm {
    genrepi_channels c;
    int64_t groups; /* of a sample's channels; 0: sets are channels of the whole batch */
    double eps;
    const real *scale, *shift; /* by channel; NULL: 1 and 0 */
    int64_t stride;            /* of them from sample to sample; 0: all have the same */
    real offset;               /* added to the scales, if the stride is not 0 */
} genrepi_norm;

int64_t genrepi_norm_sets(const genrepi_norm *norm);
double genrepi_norm_count(const genrepi_norm *norm); /* n, of every set */

/* Of in[0] to out[0].  Mean and variance of each set are worked out and kept in saved[0]: all
 * means, then all variances. */
int32_t genrepi_norm_forward(genrepi_call *call, const genrepi_norm *norm);

/* The same with means and variances that are given (groups must be 0). */
int32_t genrepi_norm_apply(genrepi_call *call, const genrepi_norm *norm, const real *mean,
                           const real *var);

/* Of d_out[0] to d_in[0], if that is wanted.  Sums that are not NULL get d scale and d shift: of
 * each channel if groups and stride are 0; else of each channel of each sample, which lie where
 * its scale does, or without a stride as batch x channels. */
int32_t genrepi_norm_backward(genrepi_call *call, const genrepi_norm *norm, real *d_scale,
                              real *d_shift);

/* Channels of the whole batch that are columns, inner 1 and stride 0 (norm_columns.c). */
int32_t genrepi_norm_columns(genrepi_call *call, const genrepi_norm *norm);
int32_t genrepi_norm_columns_apply(genrepi_call *call, const genrepi_norm *norm, const real *mean,
                                   const real *var);
int32_t genrepi_norm_columns_backward(genrepi_call *call, const genrepi_norm *norm, real *d_scale,
                                      real *d_shift);

/* The same, and adds to the gradients of p[0], scales, and p[1], shifts, of each channel, unless
 * frozen; p NULL: there are none. */
int32_t genrepi_norm_backward_affine(genrepi_call *call, const genrepi_norm *norm,
                                     const genrepi_parameter *p);

/* The tangent pair, where all samples have the same scales (stride 0); p as above. */
int32_t genrepi_norm_tangent(genrepi_call *call, const genrepi_norm *norm);
int32_t genrepi_norm_tangent_backward(genrepi_call *call, const genrepi_norm *norm,
                                      const genrepi_parameter *p);

/* Where a set lies: `count` runs of n elements, `step` apart.  It is cut in `pieces` of one scale
 * each, piece_runs runs of piece_n elements, from `at` on, piece_step apart. */
typedef struct genrepi_norm_set {
    int64_t at, count, step, n;
    int64_t pieces, piece_step, piece_runs, piece_n;
    int64_t scale, scale_step; /* which scale the first piece has, and how far the next is */
    int64_t sum, sum_step;     /* the same for d scale and d shift */
} genrepi_norm_set;
genrepi_norm_set genrepi_norm_find(const genrepi_norm *norm, int64_t i);

/* Sets begin..end-1 in pieces, on all threads. */
void genrepi_norm_parallel(genrep_ctx *ctx, const genrepi_norm *norm,
                           void (*task)(void *argument, int64_t begin, int64_t end),
                           void *argument);
/* to[channel] += the sum over the samples, in order. */
void genrepi_norm_add_samples(int64_t samples, int64_t channels, const real *from, real *to);

/* Running statistics, the first two parameters of a layer that keeps them: running_mean of zeros
 * and running_var of ones.  After a batch r += momentum (batch - r), variances there with n/(n-1),
 * as in PyTorch; with sets of single samples batch is their mean over the samples. */
int32_t genrepi_norm_statistics(genrep_layer *layer, const genrepi_shape *size);
void genrepi_norm_running(const genrepi_call *call, const genrepi_norm *norm, double momentum);

#endif
