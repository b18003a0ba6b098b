/* Penalties on the size of the gradient of an output by an input, sample by sample: R1 and R2
 * (Mescheder et al. 2018), WGAN-GP (Gulrajani et al. 2017), DRAGAN (Kodali et al. 2017); their
 * gradient by the parameters is exact (mathematics 3; docs/notes/penalties.md). */
#ifndef GENREPI_NN_PENALTY_H
#define GENREPI_NN_PENALTY_H

#include <nn/tape.h>

/* A penalty P = weight mean of p(|g_i|^2) over samples i: p, and 2 p', so that dP/dg_i is
 * 2 p' g_i weight / batch. */
typedef void genrepi_penalty_form(double square, double *p, double *factor);
genrepi_penalty_form genrepi_penalty_square;        /* |g|^2 / 2: R1 at real, R2 at made samples */
genrepi_penalty_form genrepi_penalty_norm;          /* (|g| - 1)^2: WGAN-GP, DRAGAN */
genrepi_penalty_form genrepi_penalty_norm_one_side; /* max(0, |g| - 1)^2 */

typedef struct genrepi_penalty {
    double value; /* P */
    /* The sum of the output's tangents along v = dP/dg, and what it must be but for rounding,
     * <v, g> (2 P of the square): they differ where a layer's tangent is wrong. */
    double along, expected;
} genrepi_penalty;

/* Adds the gradient of P to the parameters; g is the gradient of the sum of the output's elements
 * by the input, whose axis 0 is the batch.  The input is watched, or an output of the recording,
 * and counts as a constant.  The recording stays what it is, and can go back after this. */
int32_t genrepi_penalty_add(genrep_tape *tape, const genrep_tensor *output, genrep_tensor *input,
                            genrepi_penalty_form *form, double weight, genrepi_penalty *out);

#endif
