/* Branches: several { } blocks beside each other, their outputs joined (concat) or summed (add).
 * With one input every block takes it; with as many inputs as blocks, each takes its own.  Without
 * blocks the inputs themselves are joined or summed. */
#include <nn/build.h>
#include <nn/composite.h>
#include <nn/tape.h>

int32_t genrepi_compose_branches(genrepi_builder *builder, genrep_layer *layer,
                                 const genrepi_spec_node *node, const genrepi_shape *in,
                                 genrepi_shape *out) {
    int32_t status = 0;
    for (int32_t i = 0; i < node->n_blocks && status == 0; i++) {
        out[i] = *in;
        status = genrepi_build_block(builder, layer, node->blocks[i], i, &out[i]);
    }
    return status;
}

int32_t genrepi_apply_branches(const genrep_layer *layer, genrep_tape *tape,
                               const genrepi_layer_ops *ops, genrep_tensor *const *in, int32_t n_in,
                               genrep_tensor **out) {
    int32_t n = layer->n_children;
    if (n == 0) return genrepi_tape_apply_ops(tape, layer, ops, in, n_in, out);
    if (n_in != 1 && n_in != n) {
        return genrepi_layer_fail(layer, GENREP_E_INVALID,
                                  "has %d blocks and takes 1 input or %d, got %d", (int)n, (int)n,
                                  (int)n_in);
    }
    genrep_tensor *parts[GENREPI_MAX_BLOCKS];
    int32_t made = 0, status = 0;
    for (; made < n && status == 0; made++) {
        status = genrepi_layer_apply(layer->children[made], tape, n_in == 1 ? in : in + made, 1,
                                     &parts[made], 1);
        if (status != 0) break;
    }
    if (status == 0) status = genrepi_tape_apply_ops(tape, layer, ops, parts, n, out);
    for (int32_t i = 0; i < made; i++) genrepi_tensor_unref(parts[i]);
    return status;
}

/* What is known of the output: nothing without blocks, since the other inputs are not known. */
static int32_t compose(genrepi_builder *builder, genrep_layer *layer, const genrepi_spec_node *node,
                       const genrepi_layer_ops *ops, genrepi_shape *shape) {
    genrepi_shape parts[GENREPI_MAX_BLOCKS];
    int32_t status = genrepi_compose_branches(builder, layer, node, shape, parts);
    if (status == 0 && node->n_blocks == 0) shape->rank = -1;
    if (status == 0 && node->n_blocks > 0) {
        status = ops->shape(layer, node->n_blocks, parts, shape);
    }
    return status;
}

static int32_t concat_compose(genrepi_builder *builder, genrep_layer *layer,
                              const genrepi_spec_node *node, genrepi_shape *shape) {
    return compose(builder, layer, node, &genrepi_join_ops, shape);
}

static int32_t concat_apply(const genrep_layer *layer, genrep_tape *tape, genrep_tensor *const *in,
                            int32_t n_in, genrep_tensor **out) {
    return genrepi_apply_branches(layer, tape, &genrepi_join_ops, in, n_in, out);
}

static const genrepi_option concat_rows[] = {
    GENREPI_OPTION_INT(genrepi_concat_options, axis, "1", 0, GENREP_MAX_RANK - 1,
                       "the axis they are joined along; 0 is the batch")};
static const genrepi_layer_ops concat_ops = {
    .n_in = 0, .n_out = 1, .apply = concat_apply, .compose = concat_compose};
const genrepi_kind genrepi_kind_concat = {
    "layer",
    "concat",
    "its inputs, or the outputs of its { } blocks, joined along an axis",
    concat_rows,
    GENREPI_COUNT(concat_rows),
    0,
    GENREPI_MAX_BLOCKS,
    sizeof(genrepi_concat_options),
    &concat_ops};

static int32_t add_compose(genrepi_builder *builder, genrep_layer *layer,
                           const genrepi_spec_node *node, genrepi_shape *shape) {
    return compose(builder, layer, node, &genrepi_sum_ops, shape);
}

static int32_t add_apply(const genrep_layer *layer, genrep_tape *tape, genrep_tensor *const *in,
                         int32_t n_in, genrep_tensor **out) {
    return genrepi_apply_branches(layer, tape, &genrepi_sum_ops, in, n_in, out);
}

static const genrepi_layer_ops add_ops = {
    .n_in = 0, .n_out = 1, .apply = add_apply, .compose = add_compose};
const genrepi_kind genrepi_kind_add = {"layer",
                                       "add",
                                       "the sum of its inputs, or of the outputs of its { } blocks",
                                       NULL,
                                       0,
                                       0,
                                       GENREPI_MAX_BLOCKS,
                                       0,
                                       &add_ops};
