/* From a spec to a network: a tree of layers whose sizes follow from what is known of the input. */
#include <nn/build.h>
#include <nn/composite.h>
#include <base/random.h>
#include <string.h>

static genrep_layer *layer_alloc(genrepi_builder *builder, const genrep_layer *parent,
                                 int32_t index) {
    genrep_layer *layer = genrepi_alloc(builder->ctx, 1, sizeof *layer);
    if (layer == NULL) return NULL;
    layer->ctx = builder->ctx;
    layer->salt = builder->salt;
    layer->weight.spectral = builder->spectral;
    atomic_init(&layer->refs, 1);
    genrepi_buffer path = {.ctx = builder->ctx};
    if (parent != NULL && parent->path[0] != '\0') {
        genrepi_buffer_format(&path, "%s.%d", parent->path, (int)index);
    } else if (parent != NULL) {
        genrepi_buffer_format(&path, "%d", (int)index);
    } else {
        genrepi_buffer_text(&path, "");
    }
    layer->path = genrepi_strdup(builder->ctx, path.data == NULL ? "" : path.data);
    int32_t status = genrepi_buffer_status(&path);
    genrepi_buffer_free(&path);
    if (status != 0 || layer->path == NULL) {
        genrepi_layer_free(layer);
        return NULL;
    }
    return layer;
}

/* Room for one more child; the child then belongs to the layer. */
static int32_t add_child(genrep_layer *layer, genrep_layer *child) {
    genrep_layer **children =
        genrepi_realloc(layer->ctx, layer->children, layer->n_children + 1, sizeof *children);
    if (children == NULL) {
        genrepi_layer_free(child);
        return GENREP_E_NOMEM;
    }
    layer->children = children;
    layer->children[layer->n_children++] = child;
    return 0;
}

/* A leaf: its parameters from what is known of its inputs, then what is known of its output.  Of
 * several inputs only the first is known in a chain. */
static int32_t build_leaf(genrep_layer *layer, genrepi_shape *shape) {
    genrepi_shape in[GENREPI_MAX_OUTPUTS], out[GENREPI_MAX_OUTPUTS];
    int32_t n_in = layer->ops->n_in == 0 ? 1 : layer->ops->n_in, status = 0;
    for (int32_t i = 0; i < GENREPI_MAX_OUTPUTS; i++) in[i].rank = out[i].rank = -1;
    in[0] = *shape;
    if (layer->ops->build != NULL) status = layer->ops->build(layer, n_in, in);
    if (status == 0) status = layer->ops->shape(layer, n_in, in, out);
    if (status == 0) *shape = out[0];
    return status;
}

/* A name for a longer spec: the chain it stands for becomes its children. */
static int32_t build_expanded(genrepi_builder *builder, genrep_layer *layer, genrepi_shape *shape) {
    genrepi_buffer text = {.ctx = builder->ctx};
    genrepi_spec *spec = NULL;
    int32_t status = layer->ops->expand(layer, shape, &text);
    if (status == 0) status = genrepi_buffer_status(&text);
    if (status == 0) status = genrepi_spec_parse(builder->ctx, text.data, &spec);
    if (status == 0) {
        genrepi_builder inner = *builder;
        inner.spec = spec;
        layer->ops = &genrepi_chain_ops;
        status = genrepi_build_chain(&inner, layer, spec->first, shape);
    }
    genrepi_spec_free(spec);
    genrepi_buffer_free(&text);
    return status;
}

static int32_t build_node(genrepi_builder *builder, genrep_layer *parent,
                          const genrepi_spec_node *node, int32_t index, genrepi_shape *shape) {
    const genrepi_kind *kind = NULL;
    int32_t status = genrepi_spec_kind(builder->spec, node, "layer", &kind);
    if (status != 0) return status;
    genrep_layer *layer = layer_alloc(builder, parent, index);
    if (layer == NULL) return GENREP_E_NOMEM;
    layer->kind = kind;
    layer->ops = kind->implementation;
    status = layer->ops->read != NULL
                 ? layer->ops->read(layer, builder->spec, node)
                 : genrepi_spec_bind(builder->spec, node, kind, &layer->options);
    if (status == 0 && layer->ops->compose != NULL) {
        status = layer->ops->compose(builder, layer, node, shape);
    } else if (status == 0 && layer->ops->expand != NULL) {
        status = build_expanded(builder, layer, shape);
    } else if (status == 0) {
        status = build_leaf(layer, shape);
    }
    if (status != 0) {
        genrepi_layer_free(layer);
        return status;
    }
    return add_child(parent, layer);
}

int32_t genrepi_build_chain(genrepi_builder *builder, genrep_layer *layer,
                            const genrepi_spec_node *first, genrepi_shape *shape) {
    int32_t status = 0;
    for (const genrepi_spec_node *node = first; node != NULL && status == 0; node = node->next) {
        status = build_node(builder, layer, node, layer->n_children, shape);
    }
    return status;
}

int32_t genrepi_build_block(genrepi_builder *builder, genrep_layer *parent,
                            const genrepi_spec_node *first, int32_t index, genrepi_shape *shape) {
    genrep_layer *block = layer_alloc(builder, parent, index);
    if (block == NULL) return GENREP_E_NOMEM;
    block->kind = &genrepi_kind_chain;
    block->ops = &genrepi_chain_ops;
    int32_t status = genrepi_build_chain(builder, block, first, shape);
    if (status != 0) {
        genrepi_layer_free(block);
        return status;
    }
    return add_child(parent, block);
}

int32_t genrepi_layer_new_as(genrep_ctx *ctx, const char *name, const char *text,
                             const genrepi_shape *input, genrep_layer **out) {
    genrepi_buffer whole = {.ctx = ctx};
    genrepi_spec *spec = NULL;
    genrep_layer *root = NULL;
    if (input != NULL) {
        genrepi_buffer_text(&whole, "input shape='");
        for (int32_t i = 1; i < input->rank; i++) {
            genrepi_buffer_format(&whole, "%s%lld", i > 1 ? " " : "", (long long)input->size[i]);
        }
        genrepi_buffer_text(&whole, "'\n");
    }
    genrepi_buffer_text(&whole, text);
    int32_t status = genrepi_buffer_status(&whole);
    if (status == 0) status = genrepi_spec_parse(ctx, whole.data, &spec);
    if (status == 0 && spec->first == NULL) {
        status = genrepi_fail(ctx, GENREP_E_INVALID, "the network's spec is empty");
    }
    if (status == 0) {
        genrepi_builder builder = {ctx, spec, genrepi_hash(name, strlen(name)), NULL};
        genrepi_shape shape = {.rank = -1};
        root = layer_alloc(&builder, NULL, 0);
        status = root == NULL ? GENREP_E_NOMEM : 0;
        if (status == 0) {
            root->kind = &genrepi_kind_chain;
            root->ops = &genrepi_chain_ops;
            root->spec = genrepi_strdup(ctx, whole.data);
            status = root->spec == NULL ? GENREP_E_NOMEM
                                        : genrepi_build_chain(&builder, root, spec->first, &shape);
        }
    }
    if (status == 0) status = genrepi_layer_list(root);
    genrepi_spec_free(spec);
    genrepi_buffer_free(&whole);
    if (status != 0) {
        genrepi_layer_free(root);
        return status;
    }
    genrepi_ctx_ref(ctx);
    *out = root;
    return 0;
}

int32_t genrepi_layer_new(genrep_ctx *ctx, const char *spec, const genrepi_shape *input,
                          genrep_layer **out) {
    return genrepi_layer_new_as(ctx, "", spec, input, out);
}
