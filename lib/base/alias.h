/* Draws from any finite distribution in constant time: the alias method (Walker 1977, with Vose's
 * construction).  O(n) memory. */
#ifndef GENREPI_BASE_ALIAS_H
#define GENREPI_BASE_ALIAS_H

#include <base/ctx.h>
#include <base/random.h>

typedef struct genrepi_alias_cell {
    uint32_t threshold; /* of cell i: take i itself if the second word is below, else other */
    uint32_t other;
} genrepi_alias_cell;

typedef struct genrepi_alias {
    int64_t n;
    genrepi_alias_cell *cells;
} genrepi_alias;

/* weights: n numbers >= 0, not all 0; n in 1..2^32-1. */
int32_t genrepi_alias_init(genrep_ctx *ctx, int64_t n, const double *weights, genrepi_alias *out);
void genrepi_alias_free(genrep_ctx *ctx, genrepi_alias *alias);

static inline uint32_t genrepi_alias_draw(const genrepi_alias *alias, genrepi_rng *rng) {
    uint32_t i = genrepi_rng_below(rng, (uint64_t)alias->n);
    const genrepi_alias_cell cell = alias->cells[i];
    return genrepi_rng_u32(rng) < cell.threshold ? i : cell.other;
}

#endif
