/* Vectors of words that are not in the vocabulary, from their n-grams. */
#include <math.h>
#include <string.h>
#include <text/vectors.h>

/* The mean of the rows of those n-grams that a word of the vocabulary has too: other n-grams were
 * never trained, and say nothing. */
static int32_t compose(const genrep_vectors *vectors, const uint32_t *hashes, int64_t n,
                       double *sums, float *to) {
    const genrepi_subwords *subwords = &vectors->subwords;
    int64_t known = 0;
    for (int64_t g = 0; g < n; g++) {
        const int64_t row =
            genrepi_ngrams_row(subwords->ngrams, hashes[g] % (uint32_t)subwords->ngrams->buckets);
        if (row < 0) continue;
        known++;
        for (int64_t j = 0; j < vectors->dim; j++)
            sums[j] += (double)subwords->rows[row * vectors->dim + j];
    }
    for (int64_t j = 0; j < vectors->dim && known > 0; j++)
        if (!isfinite(sums[j]))
            return genrepi_fail(vectors->ctx, GENREP_E_DIVERGED,
                                "the vectors of its n-grams are not finite");
    for (int64_t j = 0; j < vectors->dim && known > 0; j++)
        to[j] = (float)(sums[j] / (double)known);
    return known > 0 ? GENREP_OK
                     : genrepi_fail(vectors->ctx, GENREP_E_INVALID,
                                    "it is not among the words, nor is any of its n-grams in one");
}

static int32_t unknown(const genrep_vectors *vectors, const char *word, size_t bytes, float *to) {
    genrep_ctx *ctx = vectors->ctx;
    const genrepi_ngrams *ngrams = vectors->subwords.ngrams;
    const int64_t n = genrepi_ngrams_hash(word, bytes, ngrams->shortest, ngrams->longest, NULL);
    uint32_t *hashes = genrepi_alloc_raw(ctx, n + 1, sizeof *hashes);
    double *sums = genrepi_alloc(ctx, vectors->dim, sizeof *sums);
    int32_t status = GENREP_E_NOMEM;
    if (hashes != NULL && sums != NULL) {
        genrepi_ngrams_hash(word, bytes, ngrams->shortest, ngrams->longest, hashes);
        status = compose(vectors, hashes, n, sums, to);
    }
    genrepi_free(ctx, hashes);
    genrepi_free(ctx, sums);
    return status;
}

int32_t genrepi_vectors_vector(const genrep_vectors *vectors, const char *word, size_t bytes,
                               float *to) {
    const int64_t index = genrepi_words_find(&vectors->words, word, bytes);
    const int shown = bytes < 100 ? (int)bytes : 100;
    if (index >= 0) {
        memcpy(to, genrepi_vectors_row(vectors, index), (size_t)vectors->dim * sizeof *to);
        return GENREP_OK;
    }
    if (vectors->subwords.ngrams == NULL)
        return genrepi_fail(vectors->ctx, GENREP_E_INVALID,
                            "'%.*s' is not among the words, and these vectors know no n-grams "
                            "(word2vec max_ngram=6 trains them)",
                            shown, word);
    const int32_t status = unknown(vectors, word, bytes, to);
    if (status == GENREP_OK || status == GENREP_E_NOMEM) return status;
    return genrepi_fail_in(vectors->ctx, status, "'%.*s'", shown, word);
}
