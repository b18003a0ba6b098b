/* The trainer "word2vec": options and kind. */
#ifndef GENREPI_TEXT_WORD2VEC_H
#define GENREPI_TEXT_WORD2VEC_H

#include <base/spec.h>

typedef struct genrepi_word2vec_options {
    int64_t size, window, negative, min_count, epochs;
    double sample, alpha, noise_exponent;
    int32_t dynamic, bias, context, combine, objective, deterministic;
    char *vocab;
    int64_t block, max_sentence;
} genrepi_word2vec_options;

extern const genrepi_kind genrepi_kind_word2vec;

/* alpha max(1e-4, 1 - processed / (words + 1)), words: of all epochs (word2vec.c; mathematics 2.3).
 */
double genrepi_word2vec_rate(double alpha, int64_t processed, int64_t words);

#endif
