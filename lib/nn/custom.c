/* Layer kinds of the host's own: a leaf whose work is done by callbacks. */
#include <nn/custom.h>
#include <nn/tape.h>
#include <string.h>

typedef struct genrepi_custom_kind {
    genrepi_kind kind; /* first, so that a kind is its custom kind */
    genrep_custom_layer host;
    genrepi_layer_ops ops;
    char *name;
    struct genrepi_custom_kind *next;
} custom_kind;

#define MAX_INPUTS 16

/* Ranks and shapes as the host's callbacks take them. */
typedef struct host_shapes {
    int32_t ranks[MAX_INPUTS];
    const int64_t *sizes[MAX_INPUTS];
} host_shapes;

static const custom_kind *kind_of(const genrep_layer *layer) {
    return (const custom_kind *)layer->kind;
}

static int32_t host_failed(const genrep_layer *layer, const char *callback, int32_t code) {
    return genrepi_layer_fail(layer, GENREP_E_USER, "the host's callback '%s' returned %d",
                              callback, (int)code);
}

static void fill_shapes(host_shapes *to, int32_t n_in, const genrepi_shape *in) {
    for (int32_t i = 0; i < n_in; i++) {
        to->ranks[i] = in[i].rank;
        to->sizes[i] = in[i].size;
    }
}

/* The options as written, "key=value key=value", go to the host's create. */
static int32_t custom_read(genrep_layer *layer, const genrepi_spec *spec,
                           const genrepi_spec_node *node) {
    const custom_kind *kind = kind_of(layer);
    if (node->n_blocks > 0) {
        return genrepi_spec_fail(spec, node->at, GENREP_E_INVALID, "%s: takes no { }", kind->name);
    }
    if (kind->host.create == NULL) {
        if (node->n_arguments == 0) return 0;
        return genrepi_spec_fail(spec, node->arguments[0].at, GENREP_E_INVALID,
                                 "%s: takes no options", kind->name);
    }
    genrepi_buffer text = {.ctx = layer->ctx};
    genrepi_buffer_text(&text, "");
    for (int32_t i = 0; i < node->n_arguments; i++) {
        const genrepi_spec_argument *argument = &node->arguments[i];
        genrepi_buffer_format(&text, "%s%s%s%s", i > 0 ? " " : "",
                              argument->key != NULL ? argument->key : "",
                              argument->key != NULL ? "=" : "", argument->value);
    }
    int32_t status = genrepi_buffer_status(&text);
    if (status == 0) {
        int32_t code = kind->host.create(kind->host.user, text.data == NULL ? "" : text.data,
                                         &layer->instance);
        if (code != 0) status = host_failed(layer, "create", code);
    }
    genrepi_buffer_free(&text);
    return status;
}

static void custom_free(genrep_layer *layer) {
    const custom_kind *kind = kind_of(layer);
    if (layer->instance != NULL && kind->host.destroy != NULL) {
        kind->host.destroy(kind->host.user, layer->instance);
    }
    for (int32_t i = 0; i < layer->n_parameters; i++) {
        genrepi_free(layer->ctx, (void *)(uintptr_t)layer->parameters[i].name);
    }
}

static int32_t custom_build(genrep_layer *layer, int32_t n_in, const genrepi_shape *in) {
    const custom_kind *kind = kind_of(layer);
    host_shapes shapes = {{0}, {0}};
    fill_shapes(&shapes, n_in, in);
    for (int32_t i = 0; i < kind->host.n_parameters; i++) {
        const char *name = NULL, *initialiser = NULL;
        genrepi_shape shape = {.rank = 0};
        int32_t code =
            kind->host.parameter(kind->host.user, layer->instance, i, shapes.ranks, shapes.sizes,
                                 &name, &shape.rank, shape.size, &initialiser);
        if (code != 0) return host_failed(layer, "parameter", code);
        if (name == NULL || name[0] == '\0' || shape.rank < 0 || shape.rank > GENREP_MAX_RANK ||
            genrepi_shape_count(&shape) < 0) {
            return genrepi_layer_fail(
                layer, GENREP_E_INVALID,
                "the host's callback 'parameter' gave parameter %d no name or "
                "no valid shape",
                (int)i);
        }
        char *copy = genrepi_strdup(layer->ctx, name);
        if (copy == NULL) return GENREP_E_NOMEM;
        int32_t before = layer->n_parameters;
        int32_t status = genrepi_layer_parameter(layer, copy, &shape,
                                                 initialiser != NULL ? initialiser : "zeros", 1);
        if (layer->n_parameters == before) genrepi_free(layer->ctx, copy);
        if (status != 0) return status;
    }
    return 0;
}

static int32_t custom_shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                            genrepi_shape *out) {
    const custom_kind *kind = kind_of(layer);
    if (kind->host.shape == NULL) {
        out[0] = in[0];
        return 0;
    }
    host_shapes shapes = {{0}, {0}};
    fill_shapes(&shapes, n_in, in);
    genrepi_shape shape = in[0];
    int known = 1;
    for (int32_t i = 0; i < n_in; i++) known &= in[i].rank >= 0;
    int32_t code = kind->host.shape(kind->host.user, layer->instance, shapes.ranks, shapes.sizes,
                                    &shape.rank, shape.size);
    if (code != 0) return host_failed(layer, "shape", code);
    for (int32_t i = 0; known && i < n_in; i++) {
        for (int32_t j = 0; j < in[i].rank; j++) known &= in[i].size[j] >= 0;
    }
    if (shape.rank > GENREP_MAX_RANK || (known && genrepi_shape_count(&shape) < 0) ||
        (known && shape.rank < 0)) {
        return genrepi_layer_fail(layer, GENREP_E_INVALID,
                                  "the host's callback 'shape' gave no valid shape");
    }
    out[0] = shape;
    return 0;
}

typedef struct host_call {
    genrep_custom_call call;
    host_shapes shapes;
    const void *inputs[MAX_INPUTS];
    void *input_gradients[MAX_INPUTS];
    const void *parameters[GENREPI_MAX_PARAMETERS];
    void *parameter_gradients[GENREPI_MAX_PARAMETERS];
} host_call;

static void fill_call(host_call *to, const genrepi_call *call) {
    const genrep_layer *layer = call->layer;
    memset(to, 0, sizeof *to);
    for (int32_t i = 0; i < call->n_in; i++) {
        to->shapes.ranks[i] = call->in[i]->shape.rank;
        to->shapes.sizes[i] = call->in[i]->shape.size;
        to->inputs[i] = call->in[i]->data;
        if (call->d_in != NULL && call->d_in[i] != NULL) {
            to->input_gradients[i] = call->d_in[i]->data;
        }
    }
    for (int32_t i = 0; i < layer->n_parameters; i++) {
        to->parameters[i] = layer->parameters[i].value->data;
        if (!call->frozen) to->parameter_gradients[i] = layer->parameters[i].gradient->data;
    }
    to->call =
        (genrep_custom_call){.size = sizeof to->call,
                             .dtype = GENREPI_REAL,
                             .training = call->training,
                             .n_inputs = call->n_in,
                             .n_parameters = layer->n_parameters,
                             .ranks = to->shapes.ranks,
                             .shapes = to->shapes.sizes,
                             .inputs = to->inputs,
                             .parameters = to->parameters,
                             .output = call->out[0]->data,
                             .output_count = call->out[0]->count,
                             .output_gradient = call->d_out != NULL ? call->d_out[0]->data : NULL,
                             .input_gradients = to->input_gradients,
                             .parameter_gradients = to->parameter_gradients};
}

static int32_t custom_forward(genrepi_call *call) {
    const custom_kind *kind = kind_of(call->layer);
    host_call host;
    fill_call(&host, call);
    int32_t code = kind->host.forward(kind->host.user, call->layer->instance, &host.call);
    return code == 0 ? 0 : host_failed(call->layer, "forward", code);
}

static int32_t custom_backward(genrepi_call *call) {
    const custom_kind *kind = kind_of(call->layer);
    host_call host;
    fill_call(&host, call);
    int32_t code = kind->host.backward(kind->host.user, call->layer->instance, &host.call);
    return code == 0 ? 0 : host_failed(call->layer, "backward", code);
}

static const genrepi_kind *find_custom(const genrep_ctx *ctx, const char *name) {
    for (const custom_kind *kind = ctx->custom_kinds; kind != NULL; kind = kind->next) {
        if (strcmp(kind->name, name) == 0) return &kind->kind;
    }
    return NULL;
}

static void free_custom(genrep_ctx *ctx) {
    for (custom_kind *kind = ctx->custom_kinds, *next; kind != NULL; kind = next) {
        next = kind->next;
        genrepi_free(ctx, kind->name);
        genrepi_free(ctx, kind);
    }
    ctx->custom_kinds = NULL;
}

static int32_t check_name(genrep_ctx *ctx, const char *name) {
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    if (length == 0 || name[length] != '\0' || (name[0] >= '0' && name[0] <= '9')) {
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            "'%s' is no name for a kind: use lower-case letters, digits and _, a "
                            "letter first",
                            name);
    }
    if (genrepi_kind_find(ctx, "layer", name) != NULL) {
        return genrepi_fail(ctx, GENREP_E_INVALID, "there is a layer kind '%s' already", name);
    }
    return 0;
}

int32_t genrepi_layer_register(genrep_ctx *ctx, const genrep_custom_layer *host) {
    int32_t status = check_name(ctx, host->name);
    if (status != 0) return status;
    if (host->n_inputs < 1 || host->n_inputs > MAX_INPUTS || host->n_parameters < 0 ||
        host->n_parameters > GENREPI_MAX_PARAMETERS) {
        return genrepi_fail(
            ctx, GENREP_E_INVALID,
            "%s: a layer takes 1 to %d inputs and 0 to %d parameters, not %d and %d", host->name,
            MAX_INPUTS, GENREPI_MAX_PARAMETERS, (int)host->n_inputs, (int)host->n_parameters);
    }
    if (host->forward == NULL || host->backward == NULL ||
        (host->n_parameters > 0 && host->parameter == NULL)) {
        return genrepi_fail(ctx, GENREP_E_INVALID, "%s: the callback '%s' is missing", host->name,
                            host->forward == NULL    ? "forward"
                            : host->backward == NULL ? "backward"
                                                     : "parameter");
    }
    custom_kind *kind = genrepi_alloc(ctx, 1, sizeof *kind);
    if (kind == NULL) return GENREP_E_NOMEM;
    kind->name = genrepi_strdup(ctx, host->name);
    if (kind->name == NULL) {
        genrepi_free(ctx, kind);
        return GENREP_E_NOMEM;
    }
    kind->host = *host;
    kind->host.name = kind->name;
    kind->ops = (genrepi_layer_ops){.n_in = host->n_inputs,
                                    .n_out = 1,
                                    .read = custom_read,
                                    .build = custom_build,
                                    .shape = custom_shape,
                                    .forward = custom_forward,
                                    .backward = custom_backward,
                                    .free = custom_free};
    kind->kind = (genrepi_kind){.family = "layer",
                                .name = kind->name,
                                .help = "a kind of the host's own",
                                .implementation = &kind->ops};
    kind->next = ctx->custom_kinds;
    ctx->custom_kinds = kind;
    ctx->find_custom = find_custom;
    ctx->free_custom_kinds = free_custom;
    return 0;
}
