/* Words of word2vec that are made of n-grams: the rows of a model, and vectors that know them. */
#include <text/vectors.h>
#include <text/word2vec.h>

enum { COMPOSE_MEAN, COMPOSE_CLASSIC_MEAN };

int32_t genrepi_word2vec_ngrams(genrep_trainer *trainer) {
    const genrepi_word2vec_options *o = trainer->options;
    genrepi_word2vec *own = trainer->instance;
    int32_t status = genrepi_ngrams_new(&own->vocab->words, o->min_ngram, o->max_ngram, o->buckets,
                                        &own->ngrams);
    if (status != GENREP_OK) return status;
    return genrepi_sgns_add_ngrams(&own->sgns, own->ngrams, o->compose == COMPOSE_CLASSIC_MEAN);
}

int32_t genrepi_word2vec_add_subwords(const genrepi_word2vec *own, genrep_vectors *made) {
    const genrepi_sgns *sgns = &own->sgns;
    genrepi_subwords *subwords = &made->subwords;
    subwords->rows = genrepi_alloc_raw(made->ctx, own->ngrams->rows + 1,
                                       (size_t)sgns->size * sizeof *subwords->rows);
    if (subwords->rows == NULL) return GENREP_E_NOMEM;
    subwords->ngrams = genrepi_ngrams_ref(own->ngrams);
    for (int64_t i = 0; i < own->ngrams->rows; i++)
        genrepi_sgns_copy_row(sgns, sgns->grams, i, subwords->rows + i * sgns->size);
    return GENREP_OK;
}
