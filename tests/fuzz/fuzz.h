/* What the fuzz targets share.  A target is one file fuzz_<reader>.c with LLVMFuzzerTestOneInput(),
 * a folder corpus/<reader> and its name in meson.build. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <genrep.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* One context for all inputs. */
static inline genrep_ctx *fuzz_ctx(void) {
    static genrep_ctx *ctx;
    if (ctx == NULL && genrep_ctx_new("threads=1", NULL, &ctx) != 0) __builtin_trap();
    return ctx;
}

/* What must hold whatever the input is. */
#define FUZZ_CHECK(condition)                                                                      \
    do {                                                                                           \
        if (!(condition)) __builtin_trap();                                                        \
    } while (0)

/* An error has a text, and is not one that only a bug can give. */
static inline void fuzz_check_status(int32_t status) {
    if (status == 0) return;
    FUZZ_CHECK(status == GENREP_E_FORMAT || status == GENREP_E_UNSUPPORTED);
    FUZZ_CHECK(genrep_ctx_error(fuzz_ctx())[0] != 0);
}

#endif
