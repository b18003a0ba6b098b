/* Word vectors: words, a row of numbers for each, nearest words, word2vec's files. */
#ifndef GENREPI_TEXT_VECTORS_H
#define GENREPI_TEXT_VECTORS_H

#include <base/real.h>
#include <base/spec.h>
#include <genrep/text.h>
#include <io/file.h>
#include <text/ngrams.h>
#include <text/vocab.h>

#define GENREPI_MOST_DIM 65536

enum { GENREPI_VECTORS_AUTO, GENREPI_VECTORS_TEXT, GENREPI_VECTORS_BINARY };

typedef struct genrepi_vectors_options {
    int32_t format;
} genrepi_vectors_options;

extern const genrepi_kind genrepi_kind_vectors;

/* What words that are not there are made of (text/ngrams.h). */
typedef struct genrepi_subwords {
    genrepi_ngrams *ngrams; /* NULL: nothing */
    float *rows;            /* ngrams->rows * dim */
} genrepi_subwords;

struct genrep_vectors {
    genrep_ctx *ctx;
    atomic_int refs;
    genrepi_words words;
    int64_t dim, capacity; /* rows there is room for */
    float *rows;           /* words.count * dim */
    real *inverse_lengths; /* 1 / |row|, 0 for a row of zeros */
    genrepi_subwords subwords;
};

/* An empty set; rows are added, then it is finished and does not change any more. */
int32_t genrepi_vectors_new(genrep_ctx *ctx, int64_t dim, genrep_vectors **out);
/* *row gets room for dim numbers; NULL if the word is there already. */
int32_t genrepi_vectors_add(genrep_vectors *vectors, const char *word, size_t bytes, float **row);
/* Fails with GENREP_E_FORMAT on numbers that are not finite. */
int32_t genrepi_vectors_finish(genrep_vectors *vectors);
/* The words of a vocabulary with the rows that get_row writes. */
int32_t genrepi_vectors_make(const genrep_vocab *vocab, int64_t dim,
                             void (*get_row)(const void *from, int64_t word, float *to),
                             const void *from, genrep_vectors **out);
genrep_vectors *genrepi_vectors_ref(genrep_vectors *vectors);
void genrepi_vectors_unref(genrep_vectors *vectors);

/* The vector of any word: its own, or the mean of its n-grams'.  GENREP_E_INVALID if there is none.
 */
int32_t genrepi_vectors_vector(const genrep_vectors *vectors, const char *word, size_t bytes,
                               float *to);

int32_t genrepi_vectors_nearest(const genrep_vectors *vectors, const float *query, int64_t exclude,
                                int64_t k, int64_t *indices, float *scores, int64_t *found);

int32_t genrepi_vectors_load(genrep_ctx *ctx, const char *path, int32_t format,
                             genrep_vectors **out);
int32_t genrepi_vectors_read(genrep_ctx *ctx, genrepi_reader *reader, int32_t format,
                             genrep_vectors **out); /* takes the reader over */
int32_t genrepi_vectors_save(const genrep_vectors *vectors, const char *path, int32_t format);

#endif
