/* Tensors: shape and storage.  Always row-major and contiguous, so that a view is a pointer and
 * every kernel sees plain arrays.  A tensor owns its storage, or keeps what does: another tensor,
 * the host. */
#ifndef GENREPI_TENSOR_TENSOR_H
#define GENREPI_TENSOR_TENSOR_H

#include <base/ctx.h>
#include <base/real.h>

typedef struct genrepi_shape {
    int32_t rank;                  /* -1: nothing is known yet (while a network is made) */
    int64_t size[GENREP_MAX_RANK]; /* -1: not known yet */
} genrepi_shape;

struct genrep_tensor {
    genrep_ctx *ctx; /* a reference */
    atomic_int refs;
    int32_t dtype;
    genrepi_shape shape;
    int64_t count;
    void *data;
    int32_t writable;
    size_t capacity;       /* bytes of own storage; 0 if it is not the tensor's own */
    genrep_tensor *parent; /* a view keeps the tensor it looks into */
    void (*release)(void *user);
    void *user;
    /* Takes the tensor back when the last reference goes, instead of freeing it; NULL: freed. */
    void (*recycle)(genrep_tensor *tensor);
    /* Who recorded it: set by tapes (nn/tape.c), meaningless elsewhere. */
    const void *tape;
    int64_t recording, variable;
};

size_t genrepi_dtype_bytes(int32_t dtype); /* 0 if there is no such type */
const char *genrepi_dtype_name(int32_t dtype);

/* Number of elements; -1 if it does not fit, or if a size is negative. */
int64_t genrepi_shape_count(const genrepi_shape *shape);
int genrepi_shape_equal(const genrepi_shape *a, const genrepi_shape *b);
genrepi_shape genrepi_shape_of(int32_t rank, const int64_t *size);
/* "2x3x?" ("?" for -1, "()" for rank 0, "unknown" for rank -1), for messages. */
#define GENREPI_SHAPE_BYTES 192
const char *genrepi_shape_text(const genrepi_shape *shape, char text[GENREPI_SHAPE_BYTES]);

/* zeroed 0: the elements are whatever they are. */
int32_t genrepi_tensor_new(genrep_ctx *ctx, int32_t dtype, const genrepi_shape *shape, int zeroed,
                           genrep_tensor **out);
/* Takes over memory from genrepi_alloc() of at least the elements' size; on failure it is still the
 * caller's. */
int32_t genrepi_tensor_adopt(genrep_ctx *ctx, int32_t dtype, const genrepi_shape *shape, void *data,
                             size_t capacity, genrep_tensor **out);
int32_t genrepi_tensor_borrow(genrep_ctx *ctx, int32_t dtype, const genrepi_shape *shape,
                              void *data, int32_t writable, void (*release)(void *), void *user,
                              genrep_tensor **out);
int32_t genrepi_tensor_slice(genrep_tensor *tensor, int64_t begin, int64_t count,
                             genrep_tensor **out);
int32_t genrepi_tensor_reshape(genrep_tensor *tensor, const genrepi_shape *shape,
                               genrep_tensor **out);
genrep_tensor *genrepi_tensor_ref(genrep_tensor *tensor);
void genrepi_tensor_unref(genrep_tensor *tensor); /* NULL is fine */

int32_t genrepi_tensor_writable(const genrep_tensor *tensor); /* 0, or GENREP_E_INVALID recorded */
int32_t genrepi_tensor_copy(genrep_tensor *to, const genrep_tensor *from);
int32_t genrepi_tensor_fill(genrep_tensor *tensor, double value);
/* Converts elements between types: rounds to nearest and clamps towards integers. */
void genrepi_convert(int64_t n, int32_t from_type, const void *from, int32_t to_type, void *to);

/* "normal mean=0 std=1", "uniform low=0 high=1", "integer low=0 high=9": family
 * "random". */
int32_t genrepi_tensor_random(genrep_tensor *tensor, const char *spec, uint64_t stream);

static inline real *genrepi_real(genrep_tensor *tensor) {
    return (real *)tensor->data;
}
static inline const real *genrepi_real_read(const genrep_tensor *tensor) {
    return (const real *)tensor->data;
}

#endif
