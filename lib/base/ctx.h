/* The context: what everything else is made from.  It carries the host's services (memory,
 * messages, threads), the seed, the table of kinds, the kernels chosen at run time, and the
 * last error. */
#ifndef GENREPI_BASE_CTX_H
#define GENREPI_BASE_CTX_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <genrep/base.h>

struct genrepi_kernels; /* kernel/kernel.h */
struct genrepi_kind;    /* base/spec.h */
struct genrepi_pool;    /* base/pool.c */
struct genrepi_scratch; /* base/scratch.c */

#define GENREPI_ERROR_BYTES 1024

struct genrep_ctx {
    atomic_int refs;
    genrep_allocator allocator;
    genrep_logger logger; /* write is NULL if there is none */
    genrep_runner runner; /* parallel_for is NULL if the pool is used */
    uint64_t seed;
    int32_t threads;                          /* of the pool, the caller's included */
    int32_t use_blas;                         /* matrix products go to CBLAS (kernel/gemm.h) */
    const struct genrepi_kind *const *kinds;  /* ends with NULL; never changes */
    struct genrepi_custom_kind *custom_kinds; /* the host's own, a list (nn/custom.c) */
    const struct genrepi_kind *(*find_custom)(const genrep_ctx *ctx, const char *name);
    void (*free_custom_kinds)(genrep_ctx *ctx); /* both NULL until there is one */
    const struct genrepi_kernels *kernels;
    struct genrepi_pool *pool;
    pthread_mutex_t scratch_lock;
    struct genrepi_scratch *scratch; /* free workspaces */
    atomic_llong memory_now, memory_peak;
    pthread_mutex_t error_lock;
    char error[GENREPI_ERROR_BYTES];
};

/* What genrepi_ctx_new() needs to know; filled by api/ctx.c from the spec. */
typedef struct genrepi_ctx_options {
    int64_t threads, seed;
    int32_t isa;    /* index of the words of option isa */
    int32_t matmul; /* index of the words of option matmul */
    int64_t blas_threads;
} genrepi_ctx_options;

int32_t genrepi_ctx_new(const genrep_allocator *allocator,
                        const struct genrepi_kind *const *kinds, genrep_ctx **out);
genrep_ctx *genrepi_ctx_ref(genrep_ctx *ctx);
void genrepi_ctx_unref(genrep_ctx *ctx);

/* Records an error and returns its code, so that failing is one line:
 * return genrepi_fail(ctx, GENREP_E_INVALID, "linear: ...").  The text is a lower-case clause
 * without a final full stop that says what was wrong and, where it can, what to do.  Thread-safe.
 * Numbers that are not integers go through genrepi_format_real(): "%g" would follow the locale. */
int32_t genrepi_fail(genrep_ctx *ctx, int32_t status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "prefix: " before the text of the error that was just recorded, for errors that pass through
 * a caller who knows more (a layer's path, a file's name).  Returns status. */
int32_t genrepi_fail_in(genrep_ctx *ctx, int32_t status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void genrepi_log(genrep_ctx *ctx, int32_t level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Memory: aligned to 64 bytes and zeroed (genrepi_alloc_raw: not zeroed).  NULL with the error
 * recorded if there is none, or if count * bytes overflows.  Free takes NULL.  Only the calling
 * thread allocates, never a worker. */
void *genrepi_alloc(genrep_ctx *ctx, int64_t count, size_t bytes);
void *genrepi_alloc_raw(genrep_ctx *ctx, int64_t count, size_t bytes);
/* Grows to `count` elements, keeping the old ones; the new bytes are not zeroed.  On failure the
 * old block is still there and NULL is returned. */
void *genrepi_realloc(genrep_ctx *ctx, void *memory, int64_t count, size_t bytes);
char *genrepi_strdup(genrep_ctx *ctx, const char *text);
char *genrepi_strndup(genrep_ctx *ctx, const char *text, size_t bytes);
void genrepi_free(genrep_ctx *ctx, void *memory);

/* Checks a struct from the host that begins with its size: at least `known` bytes, and what is
 * beyond them zero.  0 or GENREP_E_ABI with the error recorded (ctx may be NULL). */
int32_t genrepi_check_struct(genrep_ctx *ctx, const void *given, size_t known, const char *name);

/* Reference counts of the other handles. */
static inline void genrepi_ref(atomic_int *refs) {
    atomic_fetch_add_explicit(refs, 1, memory_order_relaxed);
}
static inline int genrepi_unref(atomic_int *refs) { /* 1 if that was the last */
    return atomic_fetch_sub_explicit(refs, 1, memory_order_acq_rel) == 1;
}

#endif
