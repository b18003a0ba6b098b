/** @file genrep/tensor.h
 *  Dense arrays: row-major, contiguous, at most GENREP_MAX_RANK axes.  Images are N C H W.
 */
#ifndef GENREP_TENSOR_H
#define GENREP_TENSOR_H

#include <genrep/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GENREP_MAX_RANK 8

/* Element types. */
#define GENREP_F32 1
#define GENREP_F64 2
#define GENREP_I32 3
#define GENREP_U8 4

typedef struct genrep_tensor genrep_tensor;

struct DLManagedTensorVersioned; /* from <dlpack/dlpack.h> 1.0 or newer, which is not included */

/** Makes a tensor of zeros.
 *  @param dtype  GENREP_F32, GENREP_F64, GENREP_I32 or GENREP_U8.
 *  @param rank   0 (a single number) .. GENREP_MAX_RANK.
 *  @param shape  rank sizes, each at least 0; may be NULL if rank is 0.
 *  @param[out] out the new reference.
 *  @return 0, GENREP_E_INVALID (type, rank, or a size below 0 or too large) or GENREP_E_NOMEM.
 *  @since 0.1 */
GENREP_API int32_t genrep_tensor_new(genrep_ctx *ctx, int32_t dtype, int32_t rank,
                                     const int64_t *shape, genrep_tensor **out);

/** Makes a tensor over the host's memory, without a copy.
 *  @param data     row-major elements, aligned to the element's size; not NULL unless empty.
 *  @param writable 0: the library never writes there and genrep_tensor_data() gives NULL.
 *  @param release  called once with `user` when the last reference goes; may be NULL.  It is not
 *                  called if this function fails: then the memory is still the caller's alone.
 *  @return 0, GENREP_E_INVALID or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_tensor_borrow(genrep_ctx *ctx, int32_t dtype, int32_t rank,
                                        const int64_t *shape, void *data, int32_t writable,
                                        void (*release)(void *user), void *user,
                                        genrep_tensor **out);

/** Takes over a DLPack tensor (major version 1, CPU, row-major), without a copy.  On success the
 *  tensor owns it and calls its deleter; on failure it is still the caller's.
 *  @return 0, GENREP_E_INVALID, GENREP_E_UNSUPPORTED (device, type, strides, version) or
 *          GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_tensor_from_dlpack(genrep_ctx *ctx,
                                             struct DLManagedTensorVersioned *managed,
                                             genrep_tensor **out);

/** Gives the tensor as DLPack 1.0, without a copy; the consumer calls its deleter, which gives the
 *  reference it holds back.  Read-only tensors carry DLPack's flag for it.
 *  @return 0, GENREP_E_INVALID or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_tensor_to_dlpack(genrep_tensor *tensor,
                                           struct DLManagedTensorVersioned **out);

/** Adds a reference.  Thread-safe.  @return tensor.  @since 0.1 */
GENREP_API genrep_tensor *genrep_tensor_ref(genrep_tensor *tensor);

/** Gives a reference back.  Thread-safe.  @since 0.1 */
GENREP_API void genrep_tensor_unref(genrep_tensor *tensor);

/** A view of `count` entries along the first axis from `begin` on; shares the memory and keeps it.
 *  @return 0, GENREP_E_INVALID (rank 0), GENREP_E_RANGE or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_tensor_slice(genrep_tensor *tensor, int64_t begin, int64_t count,
                                       genrep_tensor **out);

/** A view of the same elements in another shape; one size may be -1 and is then worked out.
 *  @return 0, GENREP_E_INVALID (another number of elements) or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_tensor_reshape(genrep_tensor *tensor, int32_t rank, const int64_t *shape,
                                         genrep_tensor **out);

/** The elements, to write.  @return memory that stays as long as the tensor; NULL for NULL and for
 *  a tensor over read-only memory.  @since 0.1 */
GENREP_API void *genrep_tensor_data(genrep_tensor *tensor);

/** The elements, to read.  @return memory that stays as long as the tensor; NULL for NULL.
 *  @since 0.1 */
GENREP_API const void *genrep_tensor_read(const genrep_tensor *tensor);

/** Type, axes and number of elements; any output may be NULL.
 *  @param[out] shape room for GENREP_MAX_RANK sizes.
 *  @return 0 or GENREP_E_INVALID.  @since 0.1 */
GENREP_API int32_t genrep_tensor_info(const genrep_tensor *tensor, int32_t *dtype, int32_t *rank,
                                      int64_t *shape, int64_t *count);

/** Copies all elements, converting between types: towards GENREP_I32 and GENREP_U8 it rounds to
 *  nearest and clamps; not-a-number becomes 0 there.  Shapes must be equal.
 *  @return 0 or GENREP_E_INVALID (shapes, or `to` is read-only).  @since 0.1 */
GENREP_API int32_t genrep_tensor_copy(genrep_tensor *to, const genrep_tensor *from);

/** Sets every element, converted as by genrep_tensor_copy().
 *  @return 0 or GENREP_E_INVALID.  @since 0.1 */
GENREP_API int32_t genrep_tensor_fill(genrep_tensor *tensor, double value);

/** Fills with random numbers: element i depends on the context's seed, `stream` and i only, so it
 *  is the same for any number of threads.
 *  @param spec   "normal mean=0 std=1", "uniform low=0 high=1" or "integer low=0 high=9" (both
 *                ends included).
 *  @param stream any number the caller likes: another one, other random numbers.
 *  @return 0, GENREP_E_INVALID, GENREP_E_RANGE or GENREP_E_UNSUPPORTED (normal or uniform into an
 *          integer type).  @since 0.1 */
GENREP_API int32_t genrep_tensor_random(genrep_tensor *tensor, const char *spec, uint64_t stream);

#ifdef __cplusplus
}
#endif

#endif
