/* Saving and loading networks. */
#include <io/layer_file.h>

#include <io/safetensors.h>

int32_t genrepi_layer_save(const genrep_layer *layer, const char *path) {
    const genrepi_parameter_list *list = layer->list;
    genrepi_safetensors_metadata_entry spec = {"genrep.spec", layer->spec};
    genrepi_safetensors_entry *entries = genrepi_alloc(layer->ctx, list->n + 1, sizeof *entries);
    if (!entries) return GENREP_E_NOMEM;
    for (int64_t i = 0; i < list->n; i++) {
        const genrep_tensor *value = list->entries[i].value;
        entries[i] = (genrepi_safetensors_entry){list->entries[i].name, value->dtype, value->shape,
                                                 value->data};
    }
    int32_t status = genrepi_safetensors_write(layer->ctx, path, entries, list->n, &spec, 1);
    genrepi_free(layer->ctx, entries);
    return status;
}

/* Every tensor of the file is a parameter, and every parameter is in the file. */
static int32_t set_parameters(genrep_ctx *ctx, const genrepi_safetensors *file,
                              genrep_layer *layer) {
    for (int64_t i = 0; i < layer->list->n; i++)
        if (genrepi_safetensors_find(file, layer->list->entries[i].name) < 0)
            return genrepi_fail(ctx, GENREP_E_INVALID, "there is no parameter '%s' in it",
                                layer->list->entries[i].name);
    for (int64_t i = 0; i < genrepi_safetensors_count(file); i++) {
        genrep_tensor *value;
        int32_t status = genrepi_safetensors_tensor(ctx, file, i, &value);
        if (status) return status;
        status = genrepi_layer_set(layer, genrepi_safetensors_name(file, i), value);
        genrepi_tensor_unref(value);
        if (status) return status;
    }
    return 0;
}

/* What does not fit is the caller's mistake if the spec is the caller's, and the file's otherwise.
 */
int32_t genrepi_layer_load(genrep_ctx *ctx, const char *path, const char *spec,
                           genrep_layer **out) {
    genrepi_safetensors *file;
    genrep_layer *layer = NULL;
    int32_t status = genrepi_safetensors_open(ctx, path, &file);
    if (status) return status;
    const char *used = spec ? spec : genrepi_safetensors_metadata(file, "genrep.spec");
    if (!used) {
        status = genrepi_fail(ctx, GENREP_E_INVALID,
                              "'%s' does not say which network it is for: give a spec", path);
    } else {
        status = genrepi_layer_new(ctx, used, NULL, &layer);
        if (!status) status = set_parameters(ctx, file, layer);
        if (status && status != GENREP_E_NOMEM)
            status = genrepi_fail_in(ctx, spec ? status : GENREP_E_FORMAT, "'%s'", path);
    }
    genrepi_safetensors_close(file);
    if (status)
        genrepi_layer_unref(layer);
    else
        *out = layer;
    return status;
}
