/* Words of a set of questions found among the most frequent words of word vectors, whatever the
 * case of their letters. */
#ifndef GENREPI_TEXT_LOOKUP_H
#define GENREPI_TEXT_LOOKUP_H

#include <text/vectors.h>

enum { GENREPI_CASE_FOLD, GENREPI_CASE_KEEP };
#define GENREPI_CASE_WORDS "fold|keep"

typedef struct genrepi_lookup {
    const genrep_vectors *vectors; /* borrowed */
    int64_t words;                 /* the first so many rows take part */
    int32_t keep;                  /* GENREPI_CASE_... */
    genrepi_words folded;          /* what words become without case; nothing where case is kept */
    int32_t *rows;                 /* of each of these, the first row, the most frequent word */
} genrepi_lookup;

/* restriction 0: all words. */
int32_t genrepi_lookup_init(const genrep_vectors *vectors, int64_t restriction, int32_t keep,
                            genrepi_lookup *lookup);
void genrepi_lookup_free(genrepi_lookup *lookup); /* fine on {0} */

/* The row of a word of at most GENREPI_WORD_BYTES, or -1. */
int64_t genrepi_lookup_find(const genrepi_lookup *lookup, const char *word, size_t bytes);

/* 1 if two rows are one word but for case; only with rows below `words`. */
int genrepi_lookup_same(const genrepi_lookup *lookup, int64_t a, int64_t b);

#endif
