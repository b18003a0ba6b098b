/* What is done with every row of cases.h whose layers have tangents, in double precision.  With x
 * the real inputs, x' random tangents, y the output, w the parameters and q, d random:
 *   y' against central differences of y along x', relative error <= 1e-6;
 *   <q, y'> = <x', the cotangent of x'>;
 *   the gradient of <q, y'>, and of <q, y'> + <d, y>, by x, x' and w against central differences,
 *     which is added to what is there, is not touched where the layer is frozen, and is the same
 *     whether or not those by x and x' are asked for;
 *   the gradient by one input is, bit for bit, what going back gives, and so is going back after
 *     all this, which moves no statistics. */
#ifndef TANGENT_H
#define TANGENT_H

#include "cases.h"

#include <support.h>

/* The largest relative errors, of y' and of the gradients; -1 where there is nothing to check. */
typedef struct tangent_errors {
    double tangent, gradient;
} tangent_errors;

tangent_errors tangent_check(genrep_ctx *ctx, genrep_layer *layer, const gradient_case *row,
                             genrep_tensor **in, int32_t n_in);

/* Why a kind has no tangent; NULL: it is not in the list. */
const char *tangent_missing(const char *kind);

#endif
