/* Contexts from specs, for genrep_ctx_new() and genrep_spec_check(). */
#ifndef GENREPI_API_CONTEXT_H
#define GENREPI_API_CONTEXT_H

#include <base/spec.h>

/* Gives a new context what the spec says.  With `check`, what belongs to the whole process (the
 * BLAS's threads) is left alone. */
int32_t genrepi_ctx_configure(genrep_ctx *ctx, const char *spec, int32_t check);

#endif
