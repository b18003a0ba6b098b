/* Layer kinds of the host's own, known to one context. */
#ifndef GENREPI_NN_CUSTOM_H
#define GENREPI_NN_CUSTOM_H

#include <base/spec.h>
#include <genrep/nn.h>

int32_t genrepi_layer_register(genrep_ctx *ctx, const genrep_custom_layer *kind);

#endif
