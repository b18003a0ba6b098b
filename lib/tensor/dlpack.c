/* DLPack tensors in and out, without a copy. */
#include <tensor/dlpack.h>

static int32_t dtype_of(const genrepi_dl_tensor *dl) {
    if (dl->dtype.lanes != 1) return 0;
    switch (dl->dtype.code << 8 | dl->dtype.bits) {
    case GENREPI_DL_FLOAT << 8 | 32:
        return GENREP_F32;
    case GENREPI_DL_FLOAT << 8 | 64:
        return GENREP_F64;
    case GENREPI_DL_INT << 8 | 32:
        return GENREP_I32;
    case GENREPI_DL_UINT << 8 | 8:
        return GENREP_U8;
    case GENREPI_DL_BOOL << 8 | 8:
        return GENREP_U8; /* 0 and 1 */
    default:
        return 0;
    }
}

/* Strides of axes with one entry, and of empty tensors, mean nothing. */
static int is_row_major(const genrepi_dl_tensor *dl, int64_t count) {
    int64_t expected = 1;
    if (!dl->strides || count == 0) return 1;
    for (int32_t i = dl->ndim - 1; i >= 0; i--) {
        if (dl->shape[i] != 1 && dl->strides[i] != expected) return 0;
        expected *= dl->shape[i];
    }
    return 1;
}

static void delete_managed(void *user) {
    struct DLManagedTensorVersioned *managed = user;
    if (managed->deleter) managed->deleter(managed);
}

int32_t genrepi_tensor_from_dlpack(genrep_ctx *ctx, struct DLManagedTensorVersioned *managed,
                                   genrep_tensor **out) {
    /* Of another major version nothing but the version may be read. */
    if (managed->major != 1)
        return genrepi_fail(ctx, GENREP_E_UNSUPPORTED,
                            "the DLPack tensor is of version %u; version 1 is read",
                            (unsigned)managed->major);
    const genrepi_dl_tensor *dl = &managed->dl_tensor;
    if (dl->device_type != GENREPI_DL_CPU)
        return genrepi_fail(
            ctx, GENREP_E_UNSUPPORTED,
            "the DLPack tensor is on device %d; copy it to the CPU, device 1, first",
            (int)dl->device_type);
    int32_t dtype = dtype_of(dl);
    if (!dtype)
        return genrepi_fail(
            ctx, GENREP_E_UNSUPPORTED,
            "the DLPack tensor has elements of code %d, %d bits, %d lanes; 32 and 64 "
            "bit floating point, int32 and uint8 are read",
            (int)dl->dtype.code, (int)dl->dtype.bits, (int)dl->dtype.lanes);
    if (dl->ndim < 0 || dl->ndim > GENREP_MAX_RANK)
        return genrepi_fail(ctx, GENREP_E_INVALID, "a tensor has 0 to %d axes, not %d",
                            GENREP_MAX_RANK, (int)dl->ndim);
    if (dl->ndim > 0 && !dl->shape)
        return genrepi_fail(ctx, GENREP_E_INVALID, "the DLPack tensor has no shape");
    genrepi_shape shape = genrepi_shape_of(dl->ndim, dl->shape);
    int64_t count = genrepi_shape_count(&shape);
    if (count >= 0 && !is_row_major(dl, count))
        return genrepi_fail(ctx, GENREP_E_UNSUPPORTED,
                            "the DLPack tensor is not row-major; make it contiguous first");
    char *data = dl->data;
    if (data) data += dl->byte_offset;
    return genrepi_tensor_borrow(ctx, dtype, &shape, data, !(managed->flags & GENREPI_DL_READ_ONLY),
                                 delete_managed, managed, out);
}

typedef struct exported {
    struct DLManagedTensorVersioned managed; /* first: the deleter gets its address */
    int64_t shape[GENREP_MAX_RANK], strides[GENREP_MAX_RANK];
} exported;

static void delete_exported(struct DLManagedTensorVersioned *self) {
    if (!self) return;
    genrep_tensor *tensor = self->manager_ctx;
    genrepi_free(tensor->ctx, self);
    genrepi_tensor_unref(tensor);
}

int32_t genrepi_tensor_to_dlpack(genrep_tensor *tensor, struct DLManagedTensorVersioned **out) {
    exported *box = genrepi_alloc(tensor->ctx, 1, sizeof *box);
    if (!box) return GENREP_E_NOMEM;
    genrepi_dl_tensor *dl = &box->managed.dl_tensor;
    int64_t stride = 1;
    for (int32_t i = tensor->shape.rank - 1; i >= 0; i--) {
        box->shape[i] = tensor->shape.size[i];
        box->strides[i] = stride;
        if (tensor->count > 0) stride *= tensor->shape.size[i];
    }
    dl->data = tensor->count > 0 ? tensor->data : NULL;
    dl->device_type = GENREPI_DL_CPU;
    dl->ndim = tensor->shape.rank;
    dl->dtype.code = tensor->dtype == GENREP_I32  ? GENREPI_DL_INT
                     : tensor->dtype == GENREP_U8 ? GENREPI_DL_UINT
                                                  : GENREPI_DL_FLOAT;
    dl->dtype.bits = (uint8_t)(8 * genrepi_dtype_bytes(tensor->dtype));
    dl->dtype.lanes = 1;
    dl->shape = box->shape;
    dl->strides = box->strides;
    box->managed.major = 1;
    box->managed.flags = tensor->writable ? 0 : GENREPI_DL_READ_ONLY;
    box->managed.manager_ctx = genrepi_tensor_ref(tensor);
    box->managed.deleter = delete_exported;
    *out = &box->managed;
    return 0;
}
