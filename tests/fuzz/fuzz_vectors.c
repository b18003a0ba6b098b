/* Streams of word vectors (word2vec, fastText, GloVe), in each format. */
#include "vectors.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    for (int32_t format = GENREPI_VECTORS_AUTO; format <= GENREPI_VECTORS_GLOVE; format++) {
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
