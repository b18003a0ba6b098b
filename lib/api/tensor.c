/* The exported functions of genrep/tensor.h. */
#include <genrep/tensor.h>

#include <tensor/dlpack.h>
#include <tensor/tensor.h>

/* Checks what every function with a shape gets; the rank before anything reads the sizes. */
static int32_t shape_of(genrep_ctx *ctx, const char *function, int32_t rank, const int64_t *size,
                        genrepi_shape *shape) {
    if (rank < 0 || rank > GENREP_MAX_RANK)
        return genrepi_fail(ctx, GENREP_E_INVALID, "%s: a tensor has 0 to %d axes, not %d",
                            function, GENREP_MAX_RANK, (int)rank);
    if (rank > 0 && !size)
        return genrepi_fail(ctx, GENREP_E_INVALID, "%s: shape is NULL", function);
    *shape = genrepi_shape_of(rank, size);
    return 0;
}

int32_t genrep_tensor_new(genrep_ctx *ctx, int32_t dtype, int32_t rank, const int64_t *shape,
                          genrep_tensor **out) {
    genrepi_shape checked;
    if (!ctx || !out) return genrepi_fail(ctx, GENREP_E_INVALID, "genrep_tensor_new: out is NULL");
    int32_t status = shape_of(ctx, "genrep_tensor_new", rank, shape, &checked);
    return status ? status : genrepi_tensor_new(ctx, dtype, &checked, 1, out);
}

int32_t genrep_tensor_borrow(genrep_ctx *ctx, int32_t dtype, int32_t rank, const int64_t *shape,
                             void *data, int32_t writable, void (*release)(void *user), void *user,
                             genrep_tensor **out) {
    genrepi_shape checked;
    if (!ctx || !out)
        return genrepi_fail(ctx, GENREP_E_INVALID, "genrep_tensor_borrow: out is NULL");
    int32_t status = shape_of(ctx, "genrep_tensor_borrow", rank, shape, &checked);
    return status ? status
                  : genrepi_tensor_borrow(ctx, dtype, &checked, data, writable, release, user, out);
}

int32_t genrep_tensor_from_dlpack(genrep_ctx *ctx, struct DLManagedTensorVersioned *managed,
                                  genrep_tensor **out) {
    if (!ctx || !managed || !out)
        return genrepi_fail(ctx, GENREP_E_INVALID, "genrep_tensor_from_dlpack: %s is NULL",
                            managed ? "out" : "managed");
    return genrepi_tensor_from_dlpack(ctx, managed, out);
}

int32_t genrep_tensor_to_dlpack(genrep_tensor *tensor, struct DLManagedTensorVersioned **out) {
    if (!tensor) return GENREP_E_INVALID;
    if (!out)
        return genrepi_fail(tensor->ctx, GENREP_E_INVALID, "genrep_tensor_to_dlpack: out is NULL");
    return genrepi_tensor_to_dlpack(tensor, out);
}

genrep_tensor *genrep_tensor_ref(genrep_tensor *tensor) {
    return genrepi_tensor_ref(tensor);
}

void genrep_tensor_unref(genrep_tensor *tensor) {
    genrepi_tensor_unref(tensor);
}

int32_t genrep_tensor_slice(genrep_tensor *tensor, int64_t begin, int64_t count,
                            genrep_tensor **out) {
    if (!tensor) return GENREP_E_INVALID;
    if (!out)
        return genrepi_fail(tensor->ctx, GENREP_E_INVALID, "genrep_tensor_slice: out is NULL");
    return genrepi_tensor_slice(tensor, begin, count, out);
}

int32_t genrep_tensor_reshape(genrep_tensor *tensor, int32_t rank, const int64_t *shape,
                              genrep_tensor **out) {
    genrepi_shape checked;
    if (!tensor) return GENREP_E_INVALID;
    if (!out)
        return genrepi_fail(tensor->ctx, GENREP_E_INVALID, "genrep_tensor_reshape: out is NULL");
    int32_t status = shape_of(tensor->ctx, "genrep_tensor_reshape", rank, shape, &checked);
    return status ? status : genrepi_tensor_reshape(tensor, &checked, out);
}

void *genrep_tensor_data(genrep_tensor *tensor) {
    return tensor && tensor->writable ? tensor->data : NULL;
}

const void *genrep_tensor_read(const genrep_tensor *tensor) {
    return tensor ? tensor->data : NULL;
}

int32_t genrep_tensor_info(const genrep_tensor *tensor, int32_t *dtype, int32_t *rank,
                           int64_t *shape, int64_t *count) {
    if (!tensor) return GENREP_E_INVALID;
    if (dtype) *dtype = tensor->dtype;
    if (rank) *rank = tensor->shape.rank;
    for (int32_t i = 0; shape && i < tensor->shape.rank; i++) shape[i] = tensor->shape.size[i];
    if (count) *count = tensor->count;
    return 0;
}

int32_t genrep_tensor_copy(genrep_tensor *to, const genrep_tensor *from) {
    if (!to && !from) return GENREP_E_INVALID;
    if (!to) return genrepi_fail(from->ctx, GENREP_E_INVALID, "genrep_tensor_copy: to is NULL");
    if (!from) return genrepi_fail(to->ctx, GENREP_E_INVALID, "genrep_tensor_copy: from is NULL");
    return genrepi_tensor_copy(to, from);
}

int32_t genrep_tensor_fill(genrep_tensor *tensor, double value) {
    return tensor ? genrepi_tensor_fill(tensor, value) : GENREP_E_INVALID;
}

int32_t genrep_tensor_random(genrep_tensor *tensor, const char *spec, uint64_t stream) {
    if (!tensor) return GENREP_E_INVALID;
    if (!spec)
        return genrepi_fail(tensor->ctx, GENREP_E_INVALID,
                            "genrep_tensor_random: spec is NULL; \"normal\" is one");
    return genrepi_tensor_random(tensor, spec, stream);
}
