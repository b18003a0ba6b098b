/* DLPack 1.0 in and out (https://dmlc.github.io/dlpack): the layout of the exchange structs,
 * written out here from the specification so that no header of another project is needed. */
#ifndef GENREPI_TENSOR_DLPACK_H
#define GENREPI_TENSOR_DLPACK_H

#include <tensor/tensor.h>

/* DLDeviceType, DLDataTypeCode and the flags that matter here. */
enum { GENREPI_DL_CPU = 1 };
enum { GENREPI_DL_INT = 0, GENREPI_DL_UINT = 1, GENREPI_DL_FLOAT = 2, GENREPI_DL_BOOL = 6 };
enum { GENREPI_DL_READ_ONLY = 1 };

typedef struct genrepi_dl_tensor { /* DLTensor */
    void *data;
    int32_t device_type, device_id; /* DLDevice */
    int32_t ndim;
    struct {
        uint8_t code, bits;
        uint16_t lanes;
    } dtype; /* DLDataType */
    int64_t *shape;
    int64_t *strides; /* in elements; may be NULL: row-major */
    uint64_t byte_offset;
} genrepi_dl_tensor;

struct DLManagedTensorVersioned {
    uint32_t major, minor; /* DLPackVersion */
    void *manager_ctx;
    void (*deleter)(struct DLManagedTensorVersioned *self); /* may be NULL */
    uint64_t flags;
    genrepi_dl_tensor dl_tensor;
};

int32_t genrepi_tensor_from_dlpack(genrep_ctx *ctx, struct DLManagedTensorVersioned *managed,
                                   genrep_tensor **out);
int32_t genrepi_tensor_to_dlpack(genrep_tensor *tensor, struct DLManagedTensorVersioned **out);

#endif
