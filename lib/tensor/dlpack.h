/* DLPack 1.0 in and out (https://dmlc.github.io/dlpack): the layout of the exchange structs, written
 * out here from the specification so that no header of another project is needed. */
#ifndef GENREPI_TENSOR_DLPACK_H
#define GENREPI_TENSOR_DLPACK_H

#include <tensor/tensor.h>

int32_t genrepi_tensor_from_dlpack(genrep_ctx *ctx, struct DLManagedTensorVersioned *managed,
                                   genrep_tensor **out);
int32_t genrepi_tensor_to_dlpack(genrep_tensor *tensor, struct DLManagedTensorVersioned **out);

#endif
