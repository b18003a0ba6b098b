/* A matrix and its words: 'n' (npy) or 't' (tsv), the words up to a byte 30, the matrix. */
#include "vectors.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    const uint8_t *words = bytes + 1;
    const uint8_t *end = size > 1 ? memchr(words, 30, size - 1) : NULL;
    if (end == NULL) return 0;
    genrepi_reader *of_words, *of_rows;
    genrep_vectors *vectors;
    int32_t status = genrepi_reader_memory(fuzz_ctx(), words, (size_t)(end - words), &of_words);
    fuzz_check_status(status);
    if (status != 0) return 0;
    status = genrepi_reader_memory(fuzz_ctx(), end + 1, (size_t)(bytes + size - end - 1), &of_rows);
    fuzz_check_status(status);
    if (status != 0) {
        genrepi_reader_close(of_words);
        return 0;
    }
    status = genrepi_vectors_read_pair(fuzz_ctx(), of_rows, of_words,
                                       bytes[0] == 'n' ? GENREPI_VECTORS_NPY : GENREPI_VECTORS_TSV,
                                       &vectors);
    fuzz_check_status(status);
    if (status != 0) return 0;
    check_vectors(vectors);
    genrep_vectors_unref(vectors);
    return 0;
}
