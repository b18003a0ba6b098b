/* Composites: layers that apply other layers. */
#ifndef GENREPI_NN_COMPOSITE_H
#define GENREPI_NN_COMPOSITE_H

#include <nn/layer.h>

extern const genrepi_kind genrepi_kind_chain; /* every { } block and every network; has no name */
extern const genrepi_layer_ops genrepi_chain_ops;
extern const genrepi_kind genrepi_kind_add, genrepi_kind_concat, genrepi_kind_repeat,
    genrepi_kind_residual, genrepi_kind_skip, genrepi_kind_style;

/* Leaves of their own: the joining of several tensors along an axis, and their sum. */
extern const genrepi_layer_ops genrepi_join_ops; /* axis 1, or that of a concat layer's options */
extern const genrepi_layer_ops genrepi_sum_ops;

typedef struct genrepi_concat_options {
    int64_t axis;
} genrepi_concat_options;

/* Makes one child per { } block, each from what is known of the input; out[i] is what is known of
 * the output of block i.  At most GENREPI_MAX_BLOCKS. */
#define GENREPI_MAX_BLOCKS 16
int32_t genrepi_compose_branches(struct genrepi_builder *builder, genrep_layer *layer,
                                 const genrepi_spec_node *node, const genrepi_shape *in,
                                 genrepi_shape *out);

/* Applies the children to their inputs (all to the one input, or one to each) and hands the outputs
 * to a leaf. */
int32_t genrepi_apply_branches(const genrep_layer *layer, struct genrep_tape *tape,
                               const genrepi_layer_ops *ops, genrep_tensor *const *in, int32_t n_in,
                               genrep_tensor **out);

#endif
