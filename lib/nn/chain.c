/* Layers one after another: chain (every { } block and every network), repeat, residual, skip. */
#include <nn/build.h>
#include <nn/composite.h>
#include <nn/tape.h>

static void unref_all(genrep_tensor **tensors, int32_t n) {
    for (int32_t i = 0; i < n; i++) genrepi_tensor_unref(tensors[i]);
}

static int32_t chain_apply(const genrep_layer *layer, genrep_tape *tape, genrep_tensor *const *in,
                           int32_t n_in, genrep_tensor **out) {
    genrep_tensor *now[GENREPI_MAX_OUTPUTS];
    int32_t n_now = 0, status = 0;
    for (int32_t i = 0; i < layer->n_children && status == 0; i++) {
        genrep_tensor *next[GENREPI_MAX_OUTPUTS];
        int32_t n_next = genrepi_layer_outputs(layer->children[i]);
        status = genrepi_layer_apply(layer->children[i], tape, i == 0 ? in : now,
                                     i == 0 ? n_in : n_now, next, n_next);
        unref_all(now, n_now);
        n_now = 0;
        if (status != 0) return status;
        for (; n_now < n_next; n_now++) now[n_now] = next[n_now];
    }
    if (layer->n_children == 0) { /* an empty block hands its input on */
        if (n_in != 1) {
            return genrepi_layer_fail(layer, GENREP_E_INVALID, "an empty block takes one input");
        }
        out[0] = genrepi_tensor_ref(in[0]);
        return 0;
    }
    for (int32_t i = 0; i < n_now; i++) out[i] = now[i];
    return 0;
}

const genrepi_layer_ops genrepi_chain_ops = {.n_in = 0, .n_out = 1, .apply = chain_apply};
const genrepi_kind genrepi_kind_chain = {.family = "layer", .name = "network",
                                         .help = "layers one after another",
                                         .implementation = &genrepi_chain_ops};

/* repeat n { block }: the block n times over, each with parameters of its own. */
typedef struct repeat_options {
    int64_t times;
} repeat_options;

static int32_t repeat_compose(genrepi_builder *builder, genrep_layer *layer,
                              const genrepi_spec_node *node, genrepi_shape *shape) {
    const repeat_options *options = layer->options;
    int32_t status = 0;
    for (int32_t i = 0; i < (int32_t)options->times && status == 0; i++) {
        status = genrepi_build_block(builder, layer, node->blocks[0], i, shape);
    }
    return status;
}

static const genrepi_option repeat_rows[] = {
    {"times", GENREPI_INT, 1, NULL, 1, 1024, NULL, "how often", offsetof(repeat_options, times)}};
static const genrepi_layer_ops repeat_ops = {
    .n_in = 0, .n_out = 1, .apply = chain_apply, .compose = repeat_compose};
const genrepi_kind genrepi_kind_repeat = {
    "layer", "repeat", "the block in { } several times over, as in: repeat 9 { ... }",
    repeat_rows, GENREPI_COUNT(repeat_rows), 1, 1, sizeof(repeat_options), &repeat_ops};

/* residual { f }: x + f(x).  skip { f }: x and f(x) joined along axis 1, as in a U-Net. */
static int32_t inner_apply(const genrep_layer *layer, genrep_tape *tape,
                           const genrepi_layer_ops *join, genrep_tensor *const *in, int32_t n_in,
                           genrep_tensor **out) {
    if (n_in != 1) {
        return genrepi_layer_fail(layer, GENREP_E_INVALID, "takes 1 input, got %d", (int)n_in);
    }
    genrep_tensor *both[2] = {in[0], NULL};
    int32_t status = genrepi_layer_apply(layer->children[0], tape, in, 1, &both[1], 1);
    if (status == 0) status = genrepi_tape_apply_ops(tape, layer, join, both, 2, out);
    genrepi_tensor_unref(both[1]);
    return status;
}

static int32_t residual_compose(genrepi_builder *builder, genrep_layer *layer,
                                const genrepi_spec_node *node, genrepi_shape *shape) {
    genrepi_shape both[2] = {*shape, *shape};
    int32_t status = genrepi_build_block(builder, layer, node->blocks[0], 0, &both[1]);
    return status == 0 ? genrepi_sum_ops.shape(layer, 2, both, shape) : status;
}

static int32_t residual_apply(const genrep_layer *layer, genrep_tape *tape,
                              genrep_tensor *const *in, int32_t n_in, genrep_tensor **out) {
    return inner_apply(layer, tape, &genrepi_sum_ops, in, n_in, out);
}

static const genrepi_layer_ops residual_ops = {
    .n_in = 1, .n_out = 1, .apply = residual_apply, .compose = residual_compose};
const genrepi_kind genrepi_kind_residual = {
    "layer", "residual", "x + f(x), f in { }", NULL, 0, 1, 1, 0, &residual_ops};

static int32_t skip_compose(genrepi_builder *builder, genrep_layer *layer,
                            const genrepi_spec_node *node, genrepi_shape *shape) {
    genrepi_shape both[2] = {*shape, *shape};
    int32_t status = genrepi_build_block(builder, layer, node->blocks[0], 0, &both[1]);
    return status == 0 ? genrepi_join_ops.shape(layer, 2, both, shape) : status;
}

static int32_t skip_apply(const genrep_layer *layer, genrep_tape *tape, genrep_tensor *const *in,
                          int32_t n_in, genrep_tensor **out) {
    return inner_apply(layer, tape, &genrepi_join_ops, in, n_in, out);
}

static const genrepi_layer_ops skip_ops = {
    .n_in = 1, .n_out = 1, .apply = skip_apply, .compose = skip_compose};
const genrepi_kind genrepi_kind_skip = {"layer", "skip",
                                        "x and f(x) joined along axis 1, f in { }",
                                        NULL, 0, 1, 1, 0, &skip_ops};
