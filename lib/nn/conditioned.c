/* conditioned { layers }: inputs x and y, y the class (or the style) that x belongs to.  The
 * block's layers are applied to x one after another; those that take two inputs
 * (conditional_batch_norm, class_projection, adain) get y too. */
#include <nn/build.h>
#include <nn/tape.h>

static int32_t compose(genrepi_builder *builder, genrep_layer *layer, const genrepi_spec_node *node,
                       genrepi_shape *shape) {
    return genrepi_build_block(builder, layer, node->blocks[0], 0, shape);
}

static int32_t apply(const genrep_layer *layer, genrep_tape *tape, genrep_tensor *const *in,
                     int32_t n_in, genrep_tensor **out) {
    if (n_in != 2) {
        return genrepi_layer_fail(layer, GENREP_E_INVALID,
                                  "takes an input and what it belongs to, got %d in all",
                                  (int)n_in);
    }
    const genrep_layer *block = layer->children[0];
    genrep_tensor *now = genrepi_tensor_ref(in[0]);
    int32_t status = 0;
    for (int32_t i = 0; i < block->n_children && status == 0; i++) {
        const genrep_layer *child = block->children[i];
        genrep_tensor *both[2] = {now, in[1]}, *next = NULL;
        status = genrepi_layer_apply(child, tape, both, child->ops->n_in == 2 ? 2 : 1, &next, 1);
        genrepi_tensor_unref(now);
        now = next;
    }
    if (status == 0) out[0] = now;
    return status;
}

static const genrepi_layer_ops ops = {.n_in = 2, .n_out = 1, .apply = apply, .compose = compose};
const genrepi_kind genrepi_kind_conditioned = {
    "layer",
    "conditioned",
    "layers in { } on x; those with two inputs get the second, y, too",
    NULL,
    0,
    1,
    1,
    0,
    &ops};
