/* Making networks from specs: what build.c shares with the composites. */
#ifndef GENREPI_NN_BUILD_H
#define GENREPI_NN_BUILD_H

#include <nn/layer.h>

typedef struct genrepi_builder {
    genrep_ctx *ctx;
    const genrepi_spec *spec;
    uint64_t salt;
    const struct genrepi_spectral
        *spectral; /* of the spectral_norm that is being filled, or NULL */
} genrepi_builder;

/* Makes the nodes of a chain as children of `layer`. */
int32_t genrepi_build_chain(genrepi_builder *builder, genrep_layer *layer,
                            const genrepi_spec_node *first, genrepi_shape *shape);

/* Frees a layer and its children, whatever state of being made it is in; NULL is fine. */
void genrepi_layer_free(genrep_layer *layer);

/* Collects the parameters of the whole tree into root->list. */
int32_t genrepi_layer_list(genrep_layer *root);

#endif
