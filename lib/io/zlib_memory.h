/* zlib with memory from the context. */
#ifndef GENREPI_IO_ZLIB_MEMORY_H
#define GENREPI_IO_ZLIB_MEMORY_H

#include <base/ctx.h>
#include <zlib.h>

static inline void *genrepi_zlib_alloc(void *ctx, unsigned count, unsigned bytes) {
    return genrepi_alloc_raw(ctx, count, bytes);
}
static inline void genrepi_zlib_free(void *ctx, void *memory) {
    genrepi_free(ctx, memory);
}

static inline z_stream genrepi_zlib_stream(genrep_ctx *ctx) {
    return (z_stream){.zalloc = genrepi_zlib_alloc, .zfree = genrepi_zlib_free, .opaque = ctx};
}

/* What a failed init function means. */
static inline int32_t genrepi_zlib_fail(genrep_ctx *ctx, int result) {
    if (result == Z_MEM_ERROR) return GENREP_E_NOMEM;
    return genrepi_fail(ctx, GENREP_E_UNSUPPORTED, "zlib %s is not the one of this build, %s",
                        zlibVersion(), ZLIB_VERSION);
}

#endif
