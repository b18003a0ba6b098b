/* Layers as objects: references, freeing, copying, and errors that name the layer. */
#include <nn/build.h>
#include <stdarg.h>
#include <stdio.h>

static void free_list(genrep_ctx *ctx, genrepi_parameter_list *list) {
    if (list == NULL) return;
    for (int64_t i = 0; i < list->n; i++) genrepi_free(ctx, list->entries[i].name);
    genrepi_free(ctx, list->entries);
    genrepi_free(ctx, list);
}

void genrepi_layer_free(genrep_layer *layer) {
    if (layer == NULL) return;
    genrep_ctx *ctx = layer->ctx;
    for (int32_t i = 0; i < layer->n_children; i++) genrepi_layer_free(layer->children[i]);
    for (int32_t i = 0; i < layer->n_parameters; i++) {
        genrepi_tensor_unref(layer->parameters[i].value);
        genrepi_tensor_unref(layer->parameters[i].gradient);
    }
    if (layer->ops != NULL && layer->ops->free != NULL) layer->ops->free(layer);
    if (layer->options != NULL) genrepi_options_free(ctx, layer->kind, layer->options);
    free_list(ctx, layer->list);
    genrepi_free(ctx, layer->children);
    genrepi_free(ctx, layer->path);
    genrepi_free(ctx, layer->spec);
    genrepi_free(ctx, layer);
}

genrep_layer *genrepi_layer_ref(genrep_layer *layer) {
    if (layer != NULL) genrepi_ref(&layer->refs);
    return layer;
}

void genrepi_layer_unref(genrep_layer *layer) {
    if (layer == NULL || !genrepi_unref(&layer->refs)) return;
    genrep_ctx *ctx = layer->ctx;
    genrepi_layer_free(layer);
    genrepi_ctx_unref(ctx);
}

int genrepi_layer_within(const genrep_layer *network, const genrep_layer *layer) {
    if (network == NULL || network == layer) return network != NULL;
    for (int32_t i = 0; i < network->n_children; i++)
        if (genrepi_layer_within(network->children[i], layer)) return 1;
    return 0;
}

int32_t genrepi_layer_copy(const genrep_layer *layer, genrep_layer **out) {
    genrep_layer *copy = NULL;
    int32_t status = genrepi_layer_new(layer->ctx, layer->spec, NULL, &copy);
    if (status == 0) status = genrepi_layer_blend(copy, layer, 0);
    if (status != 0) {
        genrepi_layer_unref(copy);
        return status;
    }
    *out = copy;
    return 0;
}

int32_t genrepi_layer_fail(const genrep_layer *layer, int32_t status, const char *format, ...) {
    char message[GENREPI_ERROR_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (layer->path[0] == '\0') {
        return genrepi_fail(layer->ctx, status, "%s: %s", layer->kind->name, message);
    }
    return genrepi_fail(layer->ctx, status, "layer %s (%s): %s", layer->path, layer->kind->name,
                        message);
}
