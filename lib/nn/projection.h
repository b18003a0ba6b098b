/* The objective that gradients are checked on: with y the outputs of a network and r fixed random
 * numbers, J = sum r y, and its gradient by going back from r. */
#ifndef GENREPI_NN_PROJECTION_H
#define GENREPI_NN_PROJECTION_H

#include <nn/tape.h>

typedef struct genrepi_projection {
    const genrep_layer *layer;
    genrep_tape *tape;
    genrep_tensor **in;
    int32_t n_in, n_out;
    genrep_tensor *weight[GENREPI_MAX_OUTPUTS]; /* r: made by the first backward */
    double size; /* sqrt(sum (r y)^2) of the last backward: how far rounding moves J, / epsilon */
} genrepi_projection;

/* Every call is the same step of the tape, so that dropout draws the same mask. */
int32_t genrepi_projection_value(genrepi_projection *p, double *value);
int32_t genrepi_projection_backward(genrepi_projection *p);

/* (J(x + h) - J(x - h)) / 2h for one number that J depends on, and how much of it may be rounding.
 */
int32_t genrepi_projection_difference(genrepi_projection *p, real *x, double step, double *slope,
                                      double *rounding);

void genrepi_projection_free(genrepi_projection *p);

#endif
