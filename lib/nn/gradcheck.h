/* Whether a layer's backward is the derivative of its forward. */
#ifndef GENREPI_NN_GRADCHECK_H
#define GENREPI_NN_GRADCHECK_H

#include <nn/layer.h>

extern const genrepi_kind genrepi_kind_gradcheck; /* family "options" */

/* Checks every element (or some) of every real input and trained parameter of a network.  With y
 * the outputs and r fixed random numbers, the objective is J = sum r y; backward from r must give
 * what (J(x + h) - J(x - h)) / 2h does, and must add to the gradients that are there.  The layer is
 * left as it was.  *worst (may be NULL): the largest error relative to the tensor's largest
 * gradient. */
int32_t genrepi_gradcheck(genrep_layer *layer, genrep_tensor *const *inputs, int32_t n_inputs,
                          const char *spec, double *worst);

#endif
