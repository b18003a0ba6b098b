/* The memory of tapes: tensors by size class, kept and used again.  A tensor goes back when its
 * last reference goes, also after the tape is gone; the pool lives as long as any of its tensors.
 */
#ifndef GENREPI_NN_MEMORY_H
#define GENREPI_NN_MEMORY_H

#include <tensor/tensor.h>

typedef struct genrepi_memory genrepi_memory;

int32_t genrepi_memory_new(genrep_ctx *ctx, genrepi_memory **out);
void genrepi_memory_release(genrepi_memory *memory); /* by the tape; NULL is fine */
/* Elements are whatever they are. */
int32_t genrepi_memory_tensor(genrepi_memory *memory, int32_t dtype, const genrepi_shape *shape,
                              genrep_tensor **out);

#endif
