/** @file genrep/base.h
 *  Status codes, what this build can do, specs, and the context that everything is made from.
 */
#ifndef GENREP_BASE_H
#define GENREP_BASE_H

#include <stddef.h>
#include <stdint.h>

#ifndef GENREP_API
#if defined(__GNUC__)
#define GENREP_API __attribute__((visibility("default")))
#else
#define GENREP_API
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The library's version; genrep_version() gives that of the library loaded at run time. */
#define GENREP_VERSION_MAJOR 0
#define GENREP_VERSION_MINOR 1
#define GENREP_VERSION_PATCH 0

/* Status codes: never renumbered, never reused. */
#define GENREP_OK 0
#define GENREP_STOPPED 1          /* not an error: cancelled, or training has reached its end */
#define GENREP_E_NOMEM (-1)       /* the allocator returned NULL */
#define GENREP_E_INVALID (-2)     /* a bad argument, shape, or spec */
#define GENREP_E_RANGE (-3)       /* an option outside its published bounds */
#define GENREP_E_IO (-4)          /* the operating system refused: no such file, disk full */
#define GENREP_E_FORMAT (-5)      /* a file or text that is damaged or not what it says */
#define GENREP_E_UNSUPPORTED (-6) /* not in this build, or not for this type: see genrep_has() */
#define GENREP_E_DIVERGED (-7)    /* a loss or a weight is not finite */
#define GENREP_E_ABI (-8)         /* a struct's size, or bytes this build does not know */
#define GENREP_E_STATE (-9)       /* not allowed now, in this order of calls */
#define GENREP_E_USER (-10)       /* the host's callback failed */

typedef struct genrep_ctx genrep_ctx;

/** Memory from the host.  alloc returns `bytes` bytes aligned to `align` (a power of two) or NULL;
 *  free gets the same bytes and align back.  Called on the threads that call the library, never on
 *  threads of the library's own; must be thread-safe if the host uses one context from several.
 *  @since 0.1 */
typedef struct genrep_allocator {
    size_t size; /* sizeof(genrep_allocator) */
    void *user;
    void *(*alloc)(void *user, size_t bytes, size_t align);
    void (*free)(void *user, void *memory, size_t bytes, size_t align);
} genrep_allocator;

/* Levels of log messages. */
#define GENREP_LOG_WARNING 1
#define GENREP_LOG_INFO 2
#define GENREP_LOG_DEBUG 3

/** Where messages go.  write gets one line of UTF-8 without a newline, on the calling thread and
 *  under no lock; messages above `level` are not made.  Without a logger nothing is written.
 *  @since 0.1 */
typedef struct genrep_logger {
    size_t size; /* sizeof(genrep_logger) */
    void *user;
    int32_t level;
    int32_t reserved; /* 0 */
    void (*write)(void *user, int32_t level, const char *utf8);
} genrep_logger;

/** The host's threads instead of the library's.  parallel_for calls task(argument, i) once for each
 *  i in 0..n-1, on any threads and in any order, and returns when all have returned.
 *  @since 0.1 */
typedef struct genrep_runner {
    size_t size; /* sizeof(genrep_runner) */
    void *user;
    void (*parallel_for)(void *user, int64_t n, void (*task)(void *argument, int64_t i),
                         void *argument);
} genrep_runner;

/** The loaded library's version as 0xMMmmpp (major, minor, patch).  @since 0.1 */
GENREP_API uint32_t genrep_version(void);

/** What was built, as one JSON object (version, compiler, blas, features, instruction sets).
 *  @return static text.  @since 0.1 */
GENREP_API const char *genrep_build_info(void);

/** The name of a status code: "GENREP_E_INVALID"; "unknown status" for others.
 *  @return static text.  @since 0.1 */
GENREP_API const char *genrep_status_name(int32_t status);

/** Whether this build, on this machine, has a feature: "zlib", "png" (written),
 *  "libpng" (read), "jpeg" (read), "isa.avx2", "isa.avx512",
 *  or a kind by family and name: "layer.linear", "optimizer.adam", "trainer.cgan".
 *  @return 1 or 0 (also for NULL and for words that mean nothing).  @since 0.1 */
GENREP_API int32_t genrep_has(const char *feature);

/** Describes a kind, or all of them, as JSON: name, family, one line of help, and for each option
 *  its type, default, bounds or words, and help.
 *  @param kind      "linear", "layer.linear", or NULL for an array of every kind.
 *  @param[out] json where the text goes, always ended by 0; may be NULL if capacity is 0.
 *  @param capacity  bytes at json.
 *  @param[out] needed bytes the whole text needs, its 0 included; may be NULL.
 *  @return 0; GENREP_E_INVALID for an unknown kind; GENREP_E_RANGE if capacity is too small (then
 *          *needed is set and json, if capacity is not 0, holds "").  @since 0.1 */
GENREP_API int32_t genrep_describe(const char *kind, char *json, size_t capacity, size_t *needed);

/** Checks a spec without making anything: kinds, options, bounds and braces; not sizes that only
 *  the data know.
 *  @param family   "context", "layer", "optimizer", "dataset", "trainer", "tape", ...
 *  @param spec     the text.
 *  @param[out] message what is wrong, with position and the nearest valid word; "" if nothing is.
 *                  May be NULL if capacity is 0.
 *  @param capacity bytes at message.
 *  @return the status that making it would give.  @since 0.1 */
GENREP_API int32_t genrep_spec_check(const char *family, const char *spec, char *message,
                                     size_t capacity);

/** Makes a context: allocator, threads, seed, logger and the last error.  Everything made from it
 *  holds a reference on it.
 *  @param spec      options, NULL or "" for the defaults: "threads=2 seed=1"; see
 *                   genrep_describe("context").  genrep_spec_check() tells what is wrong with one.
 *  @param allocator NULL for malloc and free; copied.
 *  @param[out] out  the new reference.
 *  @return 0, GENREP_E_INVALID, GENREP_E_RANGE, GENREP_E_ABI, GENREP_E_UNSUPPORTED (an instruction
 *          set that this processor has not; blas_threads with a BLAS that has no such call) or
 *          GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_ctx_new(const char *spec, const genrep_allocator *allocator,
                                  genrep_ctx **out);

/** Adds a reference.  Thread-safe.  @return ctx (NULL for NULL).  @since 0.1 */
GENREP_API genrep_ctx *genrep_ctx_ref(genrep_ctx *ctx);

/** Gives a reference back; with the last, threads are joined and all memory is freed.  Thread-safe.
 *  @since 0.1 */
GENREP_API void genrep_ctx_unref(genrep_ctx *ctx);

/** The text of the last error: a lower-case clause, UTF-8, never empty after an error.
 *  @return text that stays until the next failing call on this context; where several threads share
 *          the context use genrep_ctx_error_copy().  "no context" for NULL.  @since 0.1 */
GENREP_API const char *genrep_ctx_error(const genrep_ctx *ctx);

/** Copies the text of the last error, cut to capacity and ended by 0.  Thread-safe.
 *  @return bytes the whole text needs, its 0 included.  @since 0.1 */
GENREP_API size_t genrep_ctx_error_copy(const genrep_ctx *ctx, char *text, size_t capacity);

/** Sets where messages go; NULL for nowhere.  The struct is copied.
 *  @return 0, GENREP_E_INVALID or GENREP_E_ABI.  @since 0.1 */
GENREP_API int32_t genrep_ctx_set_logger(genrep_ctx *ctx, const genrep_logger *logger);

/** Uses the host's threads; NULL for the library's own.  The struct is copied.
 *  @return 0, GENREP_E_INVALID or GENREP_E_ABI.  @since 0.1 */
GENREP_API int32_t genrep_ctx_set_runner(genrep_ctx *ctx, const genrep_runner *runner);

/** Bytes held now and at most, by everything made from this context.
 *  @param[out] now  may be NULL.  @param[out] peak may be NULL.
 *  @return 0 or GENREP_E_INVALID.  Thread-safe.  @since 0.1 */
GENREP_API int32_t genrep_ctx_memory(const genrep_ctx *ctx, int64_t *now, int64_t *peak);

#ifdef __cplusplus
}
#endif

#endif
