/* spectral_norm { ... } (Miyato et al. 2018; mathematics 2.16): each weight inside, of linear,
 * embedding and convolutions, is used divided by an estimate of its largest singular value, so that
 * no layer stretches what it is given.  The estimate comes from one step of the power iteration a
 * training step, after backward, as running statistics do; the layers keep its vector u beside
 * their weight: "0.0.1.weight" and "0.0.1.weight_u".  spectral.h has the formulas. */
#include <nn/build.h>
#include <nn/composite.h>
#include <nn/spectral.h>
#include <nn/tape.h>

/* Whether anything inside has a weight of its kind. */
static int has_weight(const genrep_layer *layer, const genrepi_spectral *spectral) {
    if (layer->weight.spectral == spectral && layer->weight.factor > 0) return 1;
    for (int32_t i = 0; i < layer->n_children; i++) {
        if (has_weight(layer->children[i], spectral)) return 1;
    }
    return 0;
}

static int32_t compose(genrepi_builder *builder, genrep_layer *layer, const genrepi_spec_node *node,
                       genrepi_shape *shape) {
    genrepi_builder inner = *builder;
    inner.spectral = layer->options;
    int32_t status = genrepi_build_block(&inner, layer, node->blocks[0], 0, shape);
    if (status == 0 && !has_weight(layer, layer->options)) {
        status = genrepi_layer_fail(layer, GENREP_E_INVALID,
                                    "there is no layer inside whose weight could be normalised");
    }
    return status;
}

static int32_t apply(const genrep_layer *layer, genrep_tape *tape, genrep_tensor *const *in,
                     int32_t n_in, genrep_tensor **out) {
    return genrepi_layer_apply(layer->children[0], tape, in, n_in, out, 1);
}

static const genrepi_option options[] = {
    GENREPI_OPTION_INT(genrepi_spectral, iterations, "1", 1, 100,
                       "steps of the power iteration after each training step")};
static const genrepi_layer_ops ops = {.n_in = 0, .n_out = 1, .apply = apply, .compose = compose};
const genrepi_kind genrepi_kind_spectral_norm = {
    "layer",
    "spectral_norm",
    "each weight inside { } divided by its largest singular value",
    options,
    GENREPI_COUNT(options),
    1,
    1,
    sizeof(genrepi_spectral),
    &ops};
