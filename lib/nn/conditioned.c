/* conditioned { layers }: inputs x and y, y the class, the style or the attributes that x belongs
 * to.  The block's layers are applied to x one after another, also those in repeat, residual, skip,
 * add and concat; those that take two inputs (conditional_batch_norm, class_projection, adain,
 * attribute_bias) get y too. */
#include <nn/build.h>
#include <nn/composite.h>
#include <nn/tape.h>

static int32_t compose(genrepi_builder *builder, genrep_layer *layer, const genrepi_spec_node *node,
                       genrepi_shape *shape) {
    return genrepi_build_block(builder, layer, node->blocks[0], 0, shape);
}

static int32_t along(const genrep_layer *layer, genrep_tape *tape, genrep_tensor *x,
                     genrep_tensor *y, genrep_tensor **out);

/* Layers one after another. */
static int32_t follow(const genrep_layer *layer, genrep_tape *tape, genrep_tensor *x,
                      genrep_tensor *y, genrep_tensor **out) {
    genrep_tensor *now = genrepi_tensor_ref(x);
    int32_t status = 0;
    for (int32_t i = 0; i < layer->n_children && status == 0; i++) {
        genrep_tensor *next = NULL;
        status = along(layer->children[i], tape, now, y, &next);
        genrepi_tensor_unref(now);
        now = next;
    }
    if (status == 0) *out = now;
    return status;
}

/* Branches from x, or x itself (`straight`) and a branch, joined by a leaf. */
static int32_t join(const genrep_layer *layer, genrep_tape *tape, const genrepi_layer_ops *ops,
                    int32_t straight, genrep_tensor *x, genrep_tensor *y, genrep_tensor **out) {
    genrep_tensor *parts[GENREPI_MAX_BLOCKS + 1] = {NULL};
    int32_t n = 0, status = 0;
    if (straight) parts[n++] = genrepi_tensor_ref(x);
    for (int32_t i = 0; i < layer->n_children && status == 0; i++)
        status = along(layer->children[i], tape, x, y, &parts[n++]);
    if (status == 0) status = genrepi_tape_apply_ops(tape, layer, ops, parts, n, out);
    for (int32_t i = 0; i < n; i++) genrepi_tensor_unref(parts[i]);
    return status;
}

static int32_t along(const genrep_layer *layer, genrep_tape *tape, genrep_tensor *x,
                     genrep_tensor *y, genrep_tensor **out) {
    genrep_tensor *both[2] = {x, y};
    if (layer->ops == &genrepi_chain_ops || layer->kind == &genrepi_kind_repeat)
        return follow(layer, tape, x, y, out);
    if (layer->kind == &genrepi_kind_residual || layer->kind == &genrepi_kind_skip)
        return join(layer, tape,
                    layer->kind == &genrepi_kind_skip ? &genrepi_join_ops : &genrepi_sum_ops, 1, x,
                    y, out);
    if (layer->n_children > 0 &&
        (layer->kind == &genrepi_kind_add || layer->kind == &genrepi_kind_concat))
        return join(layer, tape,
                    layer->kind == &genrepi_kind_concat ? &genrepi_join_ops : &genrepi_sum_ops, 0,
                    x, y, out);
    return genrepi_layer_apply(layer, tape, both, layer->ops->n_in == 2 ? 2 : 1, out, 1);
}

static int32_t apply(const genrep_layer *layer, genrep_tape *tape, genrep_tensor *const *in,
                     int32_t n_in, genrep_tensor **out) {
    if (n_in == 2) return along(layer->children[0], tape, in[0], in[1], out);
    return genrepi_layer_fail(layer, GENREP_E_INVALID,
                              "takes an input and what it belongs to, got %d in all", (int)n_in);
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
