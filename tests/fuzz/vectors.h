/* What every target that reads word vectors checks of a set that was read. */
#ifndef FUZZ_VECTORS_H
#define FUZZ_VECTORS_H

#include "fuzz.h"

#include <text/vectors_file.h>

static void check_vectors(const genrep_vectors *vectors) {
    int64_t n = genrep_vectors_size(vectors), indices[3], found = -1;
    FUZZ_CHECK(n >= 1 && genrep_vectors_dim(vectors) >= 1);
    for (int64_t i = 0; i < n; i++) {
        size_t bytes;
        const char *word = genrepi_words_get(&vectors->words, i, &bytes);
        FUZZ_CHECK(word[bytes] == 0 && bytes <= 1000);
        FUZZ_CHECK(genrep_vectors_find(vectors, word, bytes) == i);
    }
    int32_t status = genrep_vectors_nearest(vectors, genrep_vectors_row(vectors, n - 1), 0, 3,
                                            indices, NULL, &found);
    FUZZ_CHECK(status == GENREP_E_INVALID || (found >= 0 && found <= 3));
}

#endif
