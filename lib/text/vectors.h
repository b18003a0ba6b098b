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

enum {
    GENREPI_VECTORS_AUTO,
    GENREPI_VECTORS_TEXT,   /* word2vec: "words dimensions", then a line a word */
    GENREPI_VECTORS_BINARY, /* word2vec: the same with floats */
    GENREPI_VECTORS_VEC,    /* fastText's .vec: text, no word holds a blank */
    GENREPI_VECTORS_GLOVE,  /* text without the first line */
    GENREPI_VECTORS_NPY,    /* NumPy's matrix, words a line beside it */
    GENREPI_VECTORS_TSV,    /* the same as text with tabs */
    GENREPI_VECTORS_SAFETENSORS
};

typedef struct genrepi_vectors_options {
    int32_t format;
    int32_t map;
} genrepi_vectors_options;

extern const genrepi_kind genrepi_kind_vectors;
/* spec NULL: the defaults. */
int32_t genrepi_vectors_parse_options(genrep_ctx *ctx, const char *spec,
                                      genrepi_vectors_options *options);

/* What words that are not there are made of (text/ngrams.h). */
typedef struct genrepi_subwords {
    genrepi_ngrams *ngrams; /* NULL: nothing */
    float *rows;            /* ngrams->rows * dim */
} genrepi_subwords;

/* Rows, words and lengths are its own, or are borrowed from an owner that release gives back. */
struct genrep_vectors {
    genrep_ctx *ctx;
    atomic_int refs;
    genrepi_words words;   /* words.ctx is NULL where they are borrowed */
    int64_t dim, capacity; /* rows there is room for */
    int64_t stride;        /* numbers from a row to the next: dim, or more */
    const float *rows;
    const real *inverse_lengths; /* 1 / |row|, 0 for a row of zeros */
    float *own_rows;             /* rows, where they are its own; else NULL */
    real *own_lengths;
    void *owner;
    void (*release)(genrep_ctx *ctx, void *owner); /* NULL: nothing to give back */
    genrepi_subwords subwords;
};

/* Whether it lasts only as long as another's memory that it holds no reference on. */
static inline int genrepi_vectors_is_view(const genrep_vectors *vectors) {
    return vectors->own_rows == NULL && vectors->release == NULL && vectors->rows != NULL;
}
static inline const float *genrepi_vectors_row(const genrep_vectors *vectors, int64_t i) {
    return vectors->rows + i * vectors->stride;
}

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
/* A view of another's rows and words, which must stay as they are until it is freed; finished. */
int32_t genrepi_vectors_borrow(genrep_ctx *ctx, const genrepi_words *words, int64_t dim,
                               int64_t stride, const float *rows, genrep_vectors **out);
/* A set with memory of its own. */
int32_t genrepi_vectors_copy(const genrep_vectors *vectors, genrep_vectors **out);
genrep_vectors *genrepi_vectors_ref(genrep_vectors *vectors);
void genrepi_vectors_unref(genrep_vectors *vectors);

/* The vector of any word: its own, or the mean of its n-grams'.  GENREP_E_INVALID if there is none.
 */
int32_t genrepi_vectors_vector(const genrep_vectors *vectors, const char *word, size_t bytes,
                               float *to);

/* The files: vectors_load.c chooses, the others read and write a format or some. */
int32_t genrepi_vectors_load(genrep_ctx *ctx, const char *path,
                             const genrepi_vectors_options *options, genrep_vectors **out);
int32_t genrepi_vectors_save(const genrep_vectors *vectors, const char *path,
                             const genrepi_vectors_options *options);

#endif
