/* Tensors to and from files whose format the ending tells. */
#include <io/formats.h>

#include <io/image.h>
#include <io/safetensors.h>
#include <string.h>

int32_t genrepi_tensor_save(const genrep_tensor *tensor, const char *path, const char *name) {
    if (genrepi_ends_with(path, ".npy")) {
        if (!name) return genrepi_npy_write(tensor, path);
        return genrepi_fail(tensor->ctx, GENREP_E_INVALID,
                            "'%s': an .npy file has no names; give NULL, not '%s'", path, name);
    }
    if (!genrepi_ends_with(path, ".safetensors"))
        return genrepi_fail(tensor->ctx, GENREP_E_INVALID,
                            "'%s' does not end in .npy or .safetensors", path);
    if (!name)
        return genrepi_fail(tensor->ctx, GENREP_E_INVALID,
                            "'%s': a tensor in a .safetensors file needs a name", path);
    genrepi_safetensors_entry entry = {name, tensor->dtype, tensor->shape, tensor->data};
    return genrepi_safetensors_write(tensor->ctx, path, &entry, 1, NULL, 0);
}

int32_t genrepi_safetensors_tensor(genrep_ctx *ctx, const genrepi_safetensors *file, int64_t index,
                                   genrep_tensor **out) {
    int32_t dtype;
    genrepi_shape shape;
    int64_t bytes;
    genrep_tensor *tensor;
    genrepi_safetensors_info(file, index, &dtype, &shape);
    if (!dtype)
        return genrepi_fail(ctx, GENREP_E_UNSUPPORTED,
                            "'%s' has elements of type %s; F32, F64, I32 and U8 are read",
                            genrepi_safetensors_name(file, index),
                            genrepi_safetensors_type(file, index));
    int32_t status = genrepi_tensor_new(ctx, dtype, &shape, 0, &tensor);
    if (status) return status;
    const void *data = genrepi_safetensors_data(file, index, &bytes);
    memcpy(tensor->data, data, (size_t)bytes);
    *out = tensor;
    return 0;
}

static int32_t load_entry(genrep_ctx *ctx, const char *path, const char *name,
                          genrep_tensor **out) {
    genrepi_safetensors *file;
    int32_t status = genrepi_safetensors_open(ctx, path, &file);
    if (status) return status;
    int64_t n = genrepi_safetensors_count(file);
    int64_t index = name ? genrepi_safetensors_find(file, name) : 0;
    if (index < 0)
        status = genrepi_fail(ctx, GENREP_E_INVALID, "'%s' has no tensor '%s'", path, name);
    else if (!name && n != 1)
        status = genrepi_fail(ctx, GENREP_E_INVALID, "'%s' has %lld tensors: give the name of one",
                              path, (long long)n);
    else
        status = genrepi_safetensors_tensor(ctx, file, index, out);
    if (status == GENREP_E_UNSUPPORTED) genrepi_fail_in(ctx, status, "'%s'", path);
    genrepi_safetensors_close(file);
    return status;
}

int32_t genrepi_tensor_load(genrep_ctx *ctx, const char *path, const char *name,
                            genrep_tensor **out) {
    if (genrepi_ends_with(path, ".safetensors")) return load_entry(ctx, path, name, out);
    if (name)
        return genrepi_fail(ctx, GENREP_E_INVALID, "'%s' has no names; give NULL, not '%s'", path,
                            name);
    if (genrepi_image_named(path)) return genrepi_image_load(ctx, path, out);
    return genrepi_ends_with(path, ".npy") ? genrepi_npy_read(ctx, path, out)
                                           : genrepi_idx_read(ctx, path, out);
}
