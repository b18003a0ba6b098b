/* Parameters of a whole network: the list by path, and what is done to all of them. */
#include <kernel/elementwise.h>
#include <nn/build.h>
#include <nn/init.h>
#include <base/random.h>
#include <string.h>

int32_t genrepi_layer_parameter(genrep_layer *layer, const char *name, const genrepi_shape *shape,
                                const char *initialiser, int trained) {
    if (layer->n_parameters == GENREPI_MAX_PARAMETERS) {
        return genrepi_layer_fail(layer, GENREP_E_INVALID, "more than %d parameters",
                                  GENREPI_MAX_PARAMETERS);
    }
    genrepi_parameter *parameter = &layer->parameters[layer->n_parameters];
    int32_t status = genrepi_tensor_new(layer->ctx, GENREPI_REAL, shape, 1, &parameter->value);
    if (status != 0) return status;
    layer->n_parameters++; /* from here on the layer frees it */
    parameter->name = name;
    if (trained) {
        status = genrepi_tensor_new(layer->ctx, GENREPI_REAL, shape, 1, &parameter->gradient);
    }
    if (status == 0) {
        uint64_t path = genrepi_hash(layer->path, strlen(layer->path));
        uint64_t what = genrepi_hash(name, strlen(name)) ^ layer->salt;
        status = genrepi_initialise(parameter->value, initialiser,
                                    genrepi_stream(GENREPI_FOR_INIT, path, what));
    }
    return status;
}

static int64_t count_parameters(const genrep_layer *layer) {
    int64_t n = layer->n_parameters;
    for (int32_t i = 0; i < layer->n_children; i++) n += count_parameters(layer->children[i]);
    return n;
}

static int32_t collect(genrep_layer *layer, genrepi_parameter_list *list) {
    for (int32_t i = 0; i < layer->n_parameters; i++) {
        genrepi_parameter_entry *entry = &list->entries[list->n];
        genrepi_buffer name = {.ctx = layer->ctx};
        genrepi_buffer_format(&name, "%s.%s", layer->path, layer->parameters[i].name);
        int32_t status = genrepi_buffer_status(&name);
        entry->name = status == 0 ? genrepi_strdup(layer->ctx, name.data) : NULL;
        genrepi_buffer_free(&name);
        if (entry->name == NULL) return GENREP_E_NOMEM;
        entry->value = layer->parameters[i].value;
        entry->gradient = layer->parameters[i].gradient;
        list->n++;
    }
    for (int32_t i = 0; i < layer->n_children; i++) {
        int32_t status = collect(layer->children[i], list);
        if (status != 0) return status;
    }
    return 0;
}

int32_t genrepi_layer_list(genrep_layer *root) {
    int64_t n = count_parameters(root);
    root->list = genrepi_alloc(root->ctx, 1, sizeof *root->list);
    if (root->list == NULL) return GENREP_E_NOMEM;
    root->list->entries = genrepi_alloc(root->ctx, n + 1, sizeof *root->list->entries);
    if (root->list->entries == NULL) return GENREP_E_NOMEM;
    return collect(root, root->list);
}

int32_t genrepi_layer_set(genrep_layer *layer, const char *name, const genrep_tensor *value) {
    genrepi_parameter_list *list = layer->list;
    for (int64_t i = 0; i < list->n; i++) {
        if (strcmp(list->entries[i].name, name) != 0) continue;
        genrep_tensor *to = list->entries[i].value;
        if (!genrepi_shape_equal(&to->shape, &value->shape)) {
            char is[GENREPI_SHAPE_BYTES], given[GENREPI_SHAPE_BYTES];
            return genrepi_fail(layer->ctx, GENREP_E_INVALID,
                                "parameter '%s' has the shape %s, the value has %s", name,
                                genrepi_shape_text(&to->shape, is),
                                genrepi_shape_text(&value->shape, given));
        }
        return genrepi_tensor_copy(to, value);
    }
    if (list->n == 0) {
        return genrepi_fail(layer->ctx, GENREP_E_INVALID,
                            "no parameter '%s': the network has no parameters", name);
    }
    const char **names = genrepi_alloc(layer->ctx, list->n, sizeof *names);
    if (names == NULL) return GENREP_E_NOMEM;
    for (int64_t i = 0; i < list->n; i++) names[i] = list->entries[i].name;
    const char *near = genrepi_nearest_word(name, names, (int32_t)list->n);
    int32_t status = genrepi_fail(layer->ctx, GENREP_E_INVALID,
                                  near != NULL ? "no parameter '%s' (did you mean '%s'?)"
                                               : "no parameter '%s'; the first is '%s'",
                                  name, near != NULL ? near : names[0]);
    genrepi_free(layer->ctx, names);
    return status;
}

void genrepi_layer_zero_grad(genrep_layer *layer) {
    for (int64_t i = 0; i < layer->list->n; i++) {
        genrep_tensor *gradient = layer->list->entries[i].gradient;
        if (gradient != NULL) memset(gradient->data, 0, (size_t)gradient->count * sizeof(real));
    }
}

typedef struct blend_state {
    real t; /* how far to go: 1 - decay */
    const real *from;
    real *to;
} blend_state;

static void blend_piece(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const blend_state *s = opaque;
    k->lerp(end - begin, s->t, s->from + begin, s->to + begin);
}

int32_t genrepi_layer_blend(genrep_layer *average, const genrep_layer *layer, double decay) {
    const genrepi_parameter_list *to = average->list, *from = layer->list;
    int same = to->n == from->n;
    for (int64_t i = 0; same && i < to->n; i++) {
        same = strcmp(to->entries[i].name, from->entries[i].name) == 0 &&
               genrepi_shape_equal(&to->entries[i].value->shape, &from->entries[i].value->shape);
    }
    if (!same) {
        return genrepi_fail(average->ctx, GENREP_E_INVALID,
                            "the two networks do not have the same parameters");
    }
    for (int64_t i = 0; i < to->n; i++) {
        genrep_tensor *value = to->entries[i].value;
        const genrep_tensor *source = from->entries[i].value;
        if (decay > 0 && to->entries[i].gradient != NULL) {
            blend_state state = {(real)(1 - decay), genrepi_real_read(source), genrepi_real(value)};
            genrepi_map_pieces(average->ctx, value->count, blend_piece, &state);
        } else if (value->count > 0) {
            memmove(value->data, source->data, (size_t)value->count * sizeof(real));
        }
    }
    return 0;
}

int32_t genrepi_layer_visit(genrep_layer *layer, genrepi_state *state) {
    int32_t status = 0;
    for (int64_t i = 0; i < layer->list->n && status == 0; i++) {
        status = state->tensor(state, layer->list->entries[i].name, layer->list->entries[i].value);
    }
    return status;
}
