/* Tensors: storage and its owners, views, copying and filling. */
#include <tensor/tensor.h>

#include <string.h>

/* Checks type and shape; the number of bytes goes to *bytes. */
static int32_t check(genrep_ctx *ctx, int32_t dtype, const genrepi_shape *shape, int64_t *count,
                     int64_t *bytes) {
    size_t each = genrepi_dtype_bytes(dtype);
    if (each == 0)
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            "there is no element type %d: use GENREP_F32, F64, I32 or U8",
                            (int)dtype);
    if (shape->rank < 0 || shape->rank > GENREP_MAX_RANK)
        return genrepi_fail(ctx, GENREP_E_INVALID, "a tensor has 0 to %d axes, not %d",
                            GENREP_MAX_RANK, (int)shape->rank);
    for (int32_t i = 0; i < shape->rank; i++)
        if (shape->size[i] < 0)
            return genrepi_fail(ctx, GENREP_E_INVALID, "axis %d of a tensor has size %lld, below 0",
                                (int)i, (long long)shape->size[i]);
    *count = genrepi_shape_count(shape);
    if (*count < 0 || *count > (int64_t)(PTRDIFF_MAX / (ptrdiff_t)each)) {
        char text[GENREPI_SHAPE_BYTES];
        return genrepi_fail(ctx, GENREP_E_INVALID, "a tensor of %s elements is too large",
                            genrepi_shape_text(shape, text));
    }
    *bytes = *count * (int64_t)each;
    return 0;
}

/* A tensor that has a reference on its context, and no storage yet. */
static genrep_tensor *make(genrep_ctx *ctx, int32_t dtype, const genrepi_shape *shape,
                           int64_t count) {
    genrep_tensor *tensor = genrepi_alloc(ctx, 1, sizeof *tensor);
    if (!tensor) return NULL;
    tensor->ctx = genrepi_ctx_ref(ctx);
    atomic_init(&tensor->refs, 1);
    tensor->dtype = dtype;
    tensor->shape = *shape;
    tensor->count = count;
    return tensor;
}

int32_t genrepi_tensor_new(genrep_ctx *ctx, int32_t dtype, const genrepi_shape *shape, int zeroed,
                           genrep_tensor **out) {
    int64_t count = 0, bytes = 0;
    int32_t status = check(ctx, dtype, shape, &count, &bytes);
    if (status) return status;
    if (bytes == 0) bytes = 1; /* so that an empty tensor has an address too */
    void *data = zeroed ? genrepi_alloc(ctx, bytes, 1) : genrepi_alloc_raw(ctx, bytes, 1);
    if (!data) return GENREP_E_NOMEM;
    status = genrepi_tensor_adopt(ctx, dtype, shape, data, (size_t)bytes, out);
    if (status) genrepi_free(ctx, data);
    return status;
}

int32_t genrepi_tensor_adopt(genrep_ctx *ctx, int32_t dtype, const genrepi_shape *shape, void *data,
                             size_t capacity, genrep_tensor **out) {
    int64_t count = 0, bytes = 0;
    int32_t status = check(ctx, dtype, shape, &count, &bytes);
    if (status) return status;
    genrep_tensor *tensor = make(ctx, dtype, shape, count);
    if (!tensor) return GENREP_E_NOMEM;
    tensor->data = data;
    tensor->capacity = capacity;
    tensor->writable = 1;
    *out = tensor;
    return 0;
}

int32_t genrepi_tensor_borrow(genrep_ctx *ctx, int32_t dtype, const genrepi_shape *shape,
                              void *data, int32_t writable, void (*release)(void *), void *user,
                              genrep_tensor **out) {
    int64_t count = 0, bytes = 0;
    int32_t status = check(ctx, dtype, shape, &count, &bytes);
    if (status) return status;
    if (!data && count > 0)
        return genrepi_fail(ctx, GENREP_E_INVALID, "no memory given for %lld elements",
                            (long long)count);
    if ((uintptr_t)data % genrepi_dtype_bytes(dtype) != 0)
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            "memory of %s elements must be aligned to %d bytes",
                            genrepi_dtype_name(dtype), (int)genrepi_dtype_bytes(dtype));
    genrep_tensor *tensor = make(ctx, dtype, shape, count);
    if (!tensor) return GENREP_E_NOMEM;
    tensor->data = data;
    tensor->writable = writable != 0;
    tensor->release = release;
    tensor->user = user;
    *out = tensor;
    return 0;
}

/* A view keeps the tensor that has the storage, not the view it was made from: so chains of views
 * stay one long. */
static int32_t view(genrep_tensor *tensor, const genrepi_shape *shape, int64_t count,
                    int64_t offset, genrep_tensor **out) {
    genrep_tensor *result = make(tensor->ctx, tensor->dtype, shape, count);
    if (!result) return GENREP_E_NOMEM;
    size_t bytes = (size_t)offset * genrepi_dtype_bytes(tensor->dtype);
    result->data = bytes > 0 ? (char *)tensor->data + bytes : tensor->data;
    result->writable = tensor->writable;
    result->parent = genrepi_tensor_ref(tensor->parent ? tensor->parent : tensor);
    *out = result;
    return 0;
}

int32_t genrepi_tensor_slice(genrep_tensor *tensor, int64_t begin, int64_t count,
                             genrep_tensor **out) {
    genrepi_shape shape = tensor->shape;
    if (shape.rank == 0)
        return genrepi_fail(tensor->ctx, GENREP_E_INVALID,
                            "a tensor without axes has no entries to slice");
    if (begin < 0 || count < 0 || begin > shape.size[0] || count > shape.size[0] - begin)
        return genrepi_fail(tensor->ctx, GENREP_E_RANGE,
                            "%lld entries from %lld on are outside the first axis, of size %lld",
                            (long long)count, (long long)begin, (long long)shape.size[0]);
    shape.size[0] = 1;
    int64_t row = genrepi_shape_count(&shape);
    shape.size[0] = count;
    return view(tensor, &shape, count * row, begin * row, out);
}

int32_t genrepi_tensor_reshape(genrep_tensor *tensor, const genrepi_shape *shape,
                               genrep_tensor **out) {
    genrep_ctx *ctx = tensor->ctx;
    char text[GENREPI_SHAPE_BYTES], old[GENREPI_SHAPE_BYTES];
    genrepi_shape full = *shape;
    if (full.rank < 0 || full.rank > GENREP_MAX_RANK)
        return genrepi_fail(ctx, GENREP_E_INVALID, "a tensor has 0 to %d axes, not %d",
                            GENREP_MAX_RANK, (int)full.rank);
    int32_t open = -1;
    for (int32_t i = 0; i < full.rank; i++) {
        if (full.size[i] != -1) continue;
        if (open >= 0)
            return genrepi_fail(ctx, GENREP_E_INVALID, "only one size of a shape may be -1");
        open = i;
    }
    if (open >= 0) {
        full.size[open] = 1;
        int64_t others = genrepi_shape_count(&full);
        full.size[open] = others > 0 ? tensor->count / others : -1;
    }
    if (genrepi_shape_count(&full) != tensor->count)
        return genrepi_fail(ctx, GENREP_E_INVALID, "a tensor of shape %s cannot take the shape %s",
                            genrepi_shape_text(&tensor->shape, old),
                            genrepi_shape_text(shape, text));
    return view(tensor, &full, tensor->count, 0, out);
}

genrep_tensor *genrepi_tensor_ref(genrep_tensor *tensor) {
    if (tensor) genrepi_ref(&tensor->refs);
    return tensor;
}

void genrepi_tensor_unref(genrep_tensor *tensor) {
    while (tensor && genrepi_unref(&tensor->refs)) {
        if (tensor->recycle) {
            tensor->recycle(tensor);
            return;
        }
        genrep_ctx *ctx = tensor->ctx;
        genrep_tensor *parent = tensor->parent;
        if (tensor->release) tensor->release(tensor->user);
        if (tensor->capacity > 0) genrepi_free(ctx, tensor->data);
        genrepi_free(ctx, tensor);
        genrepi_ctx_unref(ctx);
        tensor = parent;
    }
}

int32_t genrepi_tensor_writable(const genrep_tensor *tensor) {
    if (tensor->writable) return 0;
    return genrepi_fail(tensor->ctx, GENREP_E_INVALID,
                        "the tensor is over read-only memory and cannot be written");
}

int32_t genrepi_tensor_copy(genrep_tensor *to, const genrep_tensor *from) {
    int32_t status = genrepi_tensor_writable(to);
    if (status) return status;
    if (!genrepi_shape_equal(&to->shape, &from->shape)) {
        char a[GENREPI_SHAPE_BYTES], b[GENREPI_SHAPE_BYTES];
        return genrepi_fail(to->ctx, GENREP_E_INVALID,
                            "cannot copy a tensor of shape %s into one of shape %s",
                            genrepi_shape_text(&from->shape, a), genrepi_shape_text(&to->shape, b));
    }
    genrepi_convert(to->count, from->dtype, from->data, to->dtype, to->data);
    return 0;
}

/* The bytes of one element, then copies of what is already there, in blocks that stay in the cache.
 */
int32_t genrepi_tensor_fill(genrep_tensor *tensor, double value) {
    int32_t status = genrepi_tensor_writable(tensor);
    if (status || tensor->count == 0) return status;
    size_t done = genrepi_dtype_bytes(tensor->dtype);
    size_t total = (size_t)tensor->count * done;
    char *bytes = tensor->data;
    genrepi_convert(1, GENREP_F64, &value, tensor->dtype, bytes);
    while (done < total) {
        size_t more = done < 16384 ? done : 16384;
        if (more > total - done) more = total - done;
        memcpy(bytes + done, bytes, more);
        done += more;
    }
    return 0;
}
