/* A centre word with its context and the output rows it is told from: what one step of training
 * looks at. */
#ifndef GENREPI_TEXT_CENTRE_H
#define GENREPI_TEXT_CENTRE_H

#include <text/huffman.h>
#include <text/sampler.h>

/* What the centre is predicted from (mathematics 2.1). */
enum { GENREPI_CONTEXT_AROUND, GENREPI_CONTEXT_PREVIOUS, GENREPI_CONTEXT_NEARBY };

typedef struct genrepi_centre {
    int32_t n_context, n_output;
    int32_t *context; /* rows of the input table; a word may be there more than once */
    int32_t *output;  /* rows of the output table, perhaps more than once: the centre word and its
                       * noise, or the inner nodes on the centre word's path */
    real *label;      /* of each output row, 1 or 0 */
} genrepi_centre;

typedef struct genrepi_centre_rule {
    int64_t window; /* most words on each side */
    int32_t
        dynamic; /* 1: how many is drawn for each centre, uniform in 1..window: a word at distance
                  * r is in with probability (window - r + 1) / window (mathematics 2.3) */
    int32_t negative;            /* noise words, without a tree */
    int32_t context;             /* GENREPI_CONTEXT_... */
    const genrepi_huffman *tree; /* hierarchical softmax; NULL: negative sampling */
} genrepi_centre_rule;

/* The most output rows that a centre may have. */
int32_t genrepi_centre_outputs(const genrepi_centre_rule *rule);

int32_t genrepi_centre_init(genrep_ctx *ctx, const genrepi_centre_rule *rule,
                            genrepi_centre *centre);
void genrepi_centre_free(genrep_ctx *ctx, genrepi_centre *centre); /* fine on {0} */

/* Makes place `at` of a sentence of n words the centre. */
void genrepi_centre_set(genrepi_centre *centre, const genrepi_centre_rule *rule,
                        const genrepi_sampler *sampler, const int32_t *sentence, int32_t n,
                        int32_t at, genrepi_rng *rng);

#endif
