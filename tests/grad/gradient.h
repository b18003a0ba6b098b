/* What is done with every row of cases.h, in double precision:
 *   gradients of all inputs and parameters against central differences, relative error <= 1e-6,
 * going back twice adds, and the layer is left as it was (genrepi_gradcheck()); three applications
 * on one tape, two of them to the same input, against a difference along a random direction of
 * everything; frozen, and with inputs that nobody watches: what is left gives the same bits, and
 * what is frozen does not change; and where there are tangents, what tangent.h says. */
#ifndef GRADIENT_H
#define GRADIENT_H

#include <support.h>

/* Runs the rows that name this test, then the tests of its own. */
int gradient_main(const char *test, const struct CMUnitTest *own, size_t n_own);

/* What is not trained, a block of bytes: training moves it, and what is compared must not.  Putting
 * it back frees it. */
char *gradient_keep_statistics(const genrep_layer *layer);
void gradient_put_statistics_back(const genrep_layer *layer, char *all);

#endif
