/* Threads and workspaces.  Work is split by its shape, never by the number of threads, so results
 * do not depend on how many there are. */
#ifndef GENREPI_BASE_POOL_H
#define GENREPI_BASE_POOL_H

#include <base/ctx.h>

/* Calls task(argument, i) once for each i in 0..n-1, in any order, on the context's threads or the
 * host's runner, and returns when all are done.  Runs on the caller alone if n is 1, if there is
 * one thread, or if the pool is busy (a call from inside a task, or from another thread of the
 * host).  A task must not allocate, fail, or log. */
void genrepi_parallel(genrep_ctx *ctx, int64_t n, void (*task)(void *argument, int64_t i),
                      void *argument);

/* The same over ranges: task(argument, begin, end) for consecutive pieces of 0..n of `grain`. */
void genrepi_parallel_range(genrep_ctx *ctx, int64_t n, int64_t grain,
                            void (*task)(void *argument, int64_t begin, int64_t end),
                            void *argument);

/* What a thread does while it spins. */
static inline void genrepi_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* How many tasks may run at once: threads of the pool, or 64 with a host's runner. */
int32_t genrepi_workers(const genrep_ctx *ctx);

/* A workspace of at least `bytes`, 64-byte aligned, not zeroed: kept by the context and used again,
 * so that a training step allocates nothing.  NULL with the error recorded.  Thread-safe. */
void *genrepi_scratch_get(genrep_ctx *ctx, size_t bytes);
void genrepi_scratch_put(genrep_ctx *ctx, void *memory);

/* How many processors this process may run on; at least 1. */
int32_t genrepi_cpus(void);

/* For genrepi_ctx_new() and genrepi_ctx_unref(). */
#define GENREPI_MAX_THREADS 256
int32_t genrepi_pool_new(genrep_ctx *ctx);
void genrepi_pool_free(genrep_ctx *ctx);
void genrepi_scratch_free(genrep_ctx *ctx);

#endif
