/* A centre word with its window and its noise: what one step of training looks at. */
#ifndef GENREPI_TEXT_CENTRE_H
#define GENREPI_TEXT_CENTRE_H

#include <text/sampler.h>

typedef struct genrepi_centre {
    int32_t target, n_context, n_noise;
    int32_t *context, *noise; /* words may be there more than once */
} genrepi_centre;

typedef struct genrepi_centre_rule {
    int64_t window; /* most words on each side */
    int32_t
        dynamic; /* 1: how many is drawn for each centre, uniform in 1..window: a word at distance
                  * r is in with probability (window - r + 1) / window (mathematics 2.3) */
    int32_t negative; /* noise words */
} genrepi_centre_rule;

int32_t genrepi_centre_init(genrep_ctx *ctx, const genrepi_centre_rule *rule,
                            genrepi_centre *centre);
void genrepi_centre_free(genrep_ctx *ctx, genrepi_centre *centre); /* fine on {0} */

/* Makes place `at` of a sentence of n words the centre. */
void genrepi_centre_set(genrepi_centre *centre, const genrepi_centre_rule *rule,
                        const genrepi_sampler *sampler, const int32_t *sentence, int32_t n,
                        int32_t at, genrepi_rng *rng);

#endif
