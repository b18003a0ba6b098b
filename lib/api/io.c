/* The exported functions of genrep/io.h. */
#include <genrep/io.h>

#include <io/formats.h>
#include <io/layer_file.h>

int32_t genrep_tensor_save(const genrep_tensor *tensor, const char *path, const char *name) {
    if (!tensor) return GENREP_E_INVALID;
    if (!path)
        return genrepi_fail(tensor->ctx, GENREP_E_INVALID, "genrep_tensor_save: path is NULL");
    return genrepi_tensor_save(tensor, path, name);
}

int32_t genrep_tensor_load(genrep_ctx *ctx, const char *path, const char *name,
                           genrep_tensor **out) {
    if (!ctx || !path || !out)
        return genrepi_fail(ctx, GENREP_E_INVALID, "genrep_tensor_load: %s is NULL",
                            path ? "out" : "path");
    return genrepi_tensor_load(ctx, path, name, out);
}

int32_t genrep_image_grid(const genrep_tensor *images, const char *spec, const char *path) {
    if (!images) return GENREP_E_INVALID;
    if (!path)
        return genrepi_fail(images->ctx, GENREP_E_INVALID, "genrep_image_grid: path is NULL");
    return genrepi_image_grid(images, spec, path);
}

int32_t genrep_layer_save(const genrep_layer *layer, const char *path) {
    if (!layer) return GENREP_E_INVALID;
    if (!path) return genrepi_fail(layer->ctx, GENREP_E_INVALID, "genrep_layer_save: path is NULL");
    return genrepi_layer_save(layer, path);
}

int32_t genrep_layer_load(genrep_ctx *ctx, const char *path, const char *spec, genrep_layer **out) {
    if (!ctx || !path || !out)
        return genrepi_fail(ctx, GENREP_E_INVALID, "genrep_layer_load: %s is NULL",
                            path ? "out" : "path");
    return genrepi_layer_load(ctx, path, spec, out);
}
