/* Spectral normalisation of weights (mathematics 2.16), for weight.c and spectral_norm.c.  The
 * weight is seen as a matrix of its outputs x everything else; u is a statistic of the layer. v =
 * W^T u / |W^T u|,   sigma = |W^T u| = u^T W v,   used: W / sigma dW = (G - <G, W / sigma> u v^T) /
 * sigma,   exact with u constant, since v is the best for it after backward: u = W v / |W v|, one
 * step of the power iteration */
#ifndef GENREPI_NN_SPECTRAL_H
#define GENREPI_NN_SPECTRAL_H

#include <nn/leaf.h>

/* Options of spectral_norm; the layers inside point to them. */
typedef struct genrepi_spectral {
    int64_t iterations;
} genrepi_spectral;

/* Makes "weight_u" for parameter 0, and iterates it as a start. */
int32_t genrepi_spectral_build(genrep_layer *layer);
/* v and sigma into call->saved[3]; *sigma is at least 1e-12. */
int32_t genrepi_spectral_forward(genrepi_call *call, real *sigma);
real genrepi_spectral_sigma(const genrepi_call *call);
/* Corrects the gradient and finds the next u, which update takes over. */
int32_t genrepi_spectral_correct(genrepi_call *call, double product);
void genrepi_spectral_update(genrepi_call *call);

#endif
