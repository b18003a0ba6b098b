/* word2vec's files of vectors, in each format. */
#include "fuzz.h"

#include <text/vectors.h>

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

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    for (int32_t format = GENREPI_VECTORS_AUTO; format <= GENREPI_VECTORS_BINARY; format++) {
        genrepi_reader *reader;
        int32_t status = genrepi_reader_memory(fuzz_ctx(), bytes, size, &reader);
        fuzz_check_status(status);
        if (status != 0) return 0;
        genrep_vectors *vectors;
        status = genrepi_vectors_read(fuzz_ctx(), reader, format, &vectors);
        fuzz_check_status(status);
        if (status != 0) continue;
        check_vectors(vectors);
        genrep_vectors_unref(vectors);
    }
    return 0;
}
