/* minibatch_stddev in two files: tangents are in minibatch_tangent.c. */
#ifndef GENREPI_NN_MINIBATCH_STDDEV_H
#define GENREPI_NN_MINIBATCH_STDDEV_H

#include <nn/channels.h>

typedef struct genrepi_stddev_options {
    int64_t group, features;
    double eps;
} genrepi_stddev_options;

typedef struct genrepi_stddev {
    const genrepi_kernels *k;
    genrepi_channels c;
    int64_t groups, size, features, positions; /* positions: of a feature */
    double eps;
    const real *x, *dy;
    real *to;
    real *mean, *inverse; /* at each position of each group; inverse: 1 / s */
} genrepi_stddev;

/* Group g, feature f: where its first member's positions begin, in x and in what was appended to.
 */
typedef struct genrepi_stddev_part {
    int64_t group, x, x_step, y, y_step, map, saved;
} genrepi_stddev_part;
genrepi_stddev_part genrepi_stddev_find(const genrepi_stddev *s, int64_t i);

/* Of a call; what is to be written, and from what, is left open. */
genrepi_stddev genrepi_stddev_state(const genrepi_call *call);

int32_t genrepi_stddev_tangent(genrepi_call *call);
int32_t genrepi_stddev_tangent_backward(genrepi_call *call);

#endif
