/* Subsampling and the noise distribution. */
#include <text/sampler.h>
#include <math.h>

enum { MOST_REPEATS = 64 };

double genrepi_keep_probability(double share, double threshold) {
    if (threshold <= 0 || share <= 0) return 1;
    double ratio = threshold / share;
    double probability = sqrt(ratio) + ratio;
    return probability < 1 ? probability : 1;
}

static int32_t init_noise(const genrep_vocab *vocab, double exponent, genrepi_sampler *sampler) {
    genrep_ctx *ctx = vocab->ctx;
    int64_t n = vocab->words.count, drawn = 0;
    double *weights = genrepi_alloc(ctx, n, sizeof *weights);
    if (weights == NULL) return GENREP_E_NOMEM;
    for (int64_t i = 1; i < n; i++) {
        if (vocab->counts[i] > 0) weights[i] = pow((double)vocab->counts[i], exponent);
        drawn += weights[i] > 0;
    }
    int32_t status = drawn < 2
                         ? genrepi_fail(ctx, GENREP_E_INVALID,
                                        "the vocabulary needs two different words with a count: "
                                        "lower min_count or give more text")
                         : genrepi_alias_init(ctx, n, weights, &sampler->noise);
    genrepi_free(ctx, weights);
    return status;
}

static int32_t init_keep(const genrep_vocab *vocab, double threshold, genrepi_sampler *sampler) {
    const double total = (double)vocab->total;
    int64_t n = vocab->words.count;
    while (n > 0 && genrepi_keep_probability((double)vocab->counts[n - 1] / total, threshold) >= 1)
        n--;
    sampler->keep = genrepi_alloc_raw(vocab->ctx, n, sizeof *sampler->keep);
    if (sampler->keep == NULL) return GENREP_E_NOMEM;
    for (int64_t i = 0; i < n; i++) {
        const double p = genrepi_keep_probability((double)vocab->counts[i] / total, threshold);
        sampler->keep[i] = p < 1 ? (uint32_t)(p * 4294967295.0) : UINT32_MAX;
    }
    sampler->frequent = n;
    return GENREP_OK;
}

int32_t genrepi_sampler_init(const genrep_vocab *vocab, double threshold, double exponent,
                             genrepi_sampler *sampler) {
    *sampler = (genrepi_sampler){.ctx = vocab->ctx};
    int32_t status = init_keep(vocab, threshold, sampler);
    if (status == GENREP_OK) status = init_noise(vocab, exponent, sampler);
    if (status != GENREP_OK) genrepi_sampler_free(sampler);
    return status;
}

void genrepi_sampler_free(genrepi_sampler *sampler) {
    if (sampler->ctx == NULL) return;
    genrepi_free(sampler->ctx, sampler->keep);
    genrepi_alias_free(sampler->ctx, &sampler->noise);
    *sampler = (genrepi_sampler){0};
}

int32_t genrepi_sampler_noise(const genrepi_sampler *sampler, int32_t target, int32_t n,
                              genrepi_rng *rng, int32_t *noise) {
    int32_t drawn = 0;
    for (int32_t i = 0; i < n; i++) {
        int32_t repeats = 0, word;
        do {
            word = (int32_t)genrepi_alias_draw(&sampler->noise, rng);
        } while (word == target && repeats++ < MOST_REPEATS);
        if (word != target) noise[drawn++] = word;
    }
    return drawn;
}
