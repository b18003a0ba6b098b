/* Work per channel: tensors seen as batch x channels x inner, the channel being axis 1.  With inner
 * 1 a channel is a column, else a run of `inner` elements for each sample; each layout has its
 * kernels. */
#ifndef GENREPI_NN_CHANNELS_H
#define GENREPI_NN_CHANNELS_H

#include <nn/leaf.h>

typedef struct genrepi_channels {
    int64_t batch, channels, inner;
} genrepi_channels;

genrepi_channels genrepi_channels_of(const genrepi_shape *shape); /* rank >= 2 */

/* For ops->shape of layers over channels: at least `rank` axes, `features` channels on axis 1 (0:
 * any number). */
int32_t genrepi_channels_shape(const genrep_layer *layer, int32_t rank, int64_t features,
                               const genrepi_shape *in, genrepi_shape *out);

/* What is done with a channel's run of n elements from `at` on, and with rows of columns. */
typedef void genrepi_run_map(const genrepi_kernels *k, const void *state, int64_t channel,
                             int64_t at, int64_t n);
typedef double genrepi_run_sum(const genrepi_kernels *k, const void *state, int64_t channel,
                               int64_t at, int64_t n);

void genrepi_map_channels(genrep_ctx *ctx, genrepi_channels c, genrepi_run_map *run,
                          genrepi_piece *rows, const void *state);

/* total[channel] += the sum over the channel; runs are added in order, in double. */
int32_t genrepi_sum_channels(genrep_ctx *ctx, genrepi_channels c, genrepi_run_sum *run,
                             genrepi_rows_sum *rows, const void *state, real *total);

#endif
