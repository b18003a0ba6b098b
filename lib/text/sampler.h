/* What chance decides in word2vec: which frequent words are left out, and which words are noise. */
#ifndef GENREPI_TEXT_SAMPLER_H
#define GENREPI_TEXT_SAMPLER_H

#include <base/alias.h>
#include <text/vocab.h>

typedef struct genrepi_sampler {
    genrep_ctx *ctx;
    int64_t frequent; /* words from here on stay */
    uint32_t *keep;   /* of those before: one stays if a random 32-bit word is below, or if this is
                       * UINT32_MAX */
    genrepi_alias noise;
} genrepi_sampler;

/* Subsampling (mathematics 2.3, as word2vec.c): with f the word's share of all words and t the
 * threshold, it is kept with probability sqrt(t / f) + t / f; t = 0 keeps all. */
double genrepi_keep_probability(double share, double threshold);

/* Noise words come with P(w) ~ count^exponent, "</s>" never.  Fails with GENREP_E_INVALID if there
 * are not two words to draw. */
int32_t genrepi_sampler_init(const genrep_vocab *vocab, double threshold, double exponent,
                             genrepi_sampler *sampler);
void genrepi_sampler_free(genrepi_sampler *sampler); /* fine on {0} */

static inline int genrepi_sampler_keeps(const genrepi_sampler *sampler, int64_t word,
                                        genrepi_rng *rng) {
    if (word >= sampler->frequent) return 1;
    const uint32_t keep = sampler->keep[word];
    return keep == UINT32_MAX || genrepi_rng_u32(rng) < keep;
}

/* Draws n noise words other than the target; gives how many there are.  A draw that is the target
 * is repeated, as in fastText (word2vec.c goes without it), at most 64 times: then it is left out,
 * lest a vocabulary of one very frequent word keep it here. */
int32_t genrepi_sampler_noise(const genrepi_sampler *sampler, int32_t target, int32_t n,
                              genrepi_rng *rng, int32_t *noise);

#endif
