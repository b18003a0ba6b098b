/* truncate n { block }: the block without its last n parts, for features of a classifier. */
#include <nn/build.h>
#include <nn/composite.h>
#include <nn/tape.h>
#include <nn/truncate.h>

typedef struct truncate_options {
    int64_t drop;
} truncate_options;

static const genrepi_layer_ops truncate_ops;

/* A chain's children are parts of their own, whether a name stands for it or not. */
static int is_chain(const genrep_layer *layer) {
    return layer->ops == &genrepi_chain_ops || layer->ops == &truncate_ops;
}

static int64_t count_parts(const genrep_layer *layer) {
    int64_t n = 0;
    if (!is_chain(layer)) return 1;
    for (int32_t i = 0; i < layer->n_children; i++) n += count_parts(layer->children[i]);
    return n;
}

/* From the end on; a chain that becomes empty goes too. */
static void drop_parts(genrep_layer *layer, int64_t *drop) {
    while (*drop > 0) {
        genrep_layer *last = layer->children[layer->n_children - 1];
        if (is_chain(last) && count_parts(last) > *drop) {
            drop_parts(last, drop);
        } else {
            *drop -= count_parts(last);
            genrepi_layer_free(last);
            layer->n_children--;
        }
    }
}

static int32_t compose(genrepi_builder *builder, genrep_layer *layer, const genrepi_spec_node *node,
                       genrepi_shape *shape) {
    int64_t drop = ((const truncate_options *)layer->options)->drop;
    int32_t status = genrepi_build_block(builder, layer, node->blocks[0], 0, shape);
    if (status != 0) return status;
    const int64_t parts = count_parts(layer->children[0]);
    if (drop >= parts) {
        return genrepi_layer_fail(layer, GENREP_E_RANGE,
                                  "drop=%lld: there are %lld parts, of which one must be left",
                                  (long long)drop, (long long)parts);
    }
    if (drop > 0) shape->rank = -1;
    drop_parts(layer->children[0], &drop);
    return 0;
}

static int32_t apply(const genrep_layer *layer, genrep_tape *tape, genrep_tensor *const *in,
                     int32_t n_in, genrep_tensor **out) {
    return genrepi_layer_apply(layer->children[0], tape, in, n_in, out, 1);
}

static const genrepi_option options[] = {{"drop", GENREPI_INT, 1, NULL, 0, 1 << 30, NULL,
                                          "how many parts are left out at the end",
                                          offsetof(truncate_options, drop)}};
static const genrepi_layer_ops truncate_ops = {
    .n_in = 0, .n_out = 1, .apply = apply, .compose = compose};
const genrepi_kind genrepi_kind_truncate = {
    "layer",
    "truncate",
    "the block in { } without its last parts, as in: truncate 1 { small_classifier }",
    options,
    GENREPI_COUNT(options),
    1,
    1,
    sizeof(truncate_options),
    &truncate_ops};

/* Takes the parameters of `list` from entry *next on, in the order of genrepi_layer_list(). */
static void share(genrep_layer *layer, const genrepi_parameter_list *list, int64_t *next) {
    for (int32_t i = 0; i < layer->n_parameters; i++, (*next)++) {
        genrepi_parameter *own = &layer->parameters[i];
        genrepi_tensor_unref(own->value);
        genrepi_tensor_unref(own->gradient);
        own->value = genrepi_tensor_ref(list->entries[*next].value);
        own->gradient = genrepi_tensor_ref(list->entries[*next].gradient);
    }
    for (int32_t i = 0; i < layer->n_children; i++) share(layer->children[i], list, next);
}

int32_t genrepi_layer_truncate(const genrep_layer *layer, int64_t drop, genrep_layer **out) {
    genrepi_buffer spec = {.ctx = layer->ctx};
    genrep_layer *cut = NULL;
    int64_t next = 0;
    /* A line of its own: the last one may end with a comment. */
    genrepi_buffer_format(&spec, "truncate %lld {\n%s\n}", (long long)drop, layer->spec);
    int32_t status = genrepi_buffer_status(&spec);
    if (status == 0) status = genrepi_layer_new(layer->ctx, spec.data, NULL, &cut);
    genrepi_buffer_free(&spec);
    if (status != 0) return status;
    share(cut, layer->list, &next);
    for (int64_t i = 0; i < cut->list->n; i++) {
        cut->list->entries[i].value = layer->list->entries[i].value;
        cut->list->entries[i].gradient = layer->list->entries[i].gradient;
    }
    *out = cut;
    return 0;
}
