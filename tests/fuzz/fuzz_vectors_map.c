/* Word vectors in safetensors files, read and mapped: nothing a mapped file says leads out of it.
 */
#include "vectors.h"

#include <string.h>

/* What a mapped file says need not be true, but every answer lies inside it. */
static void check_mapped(const genrep_vectors *vectors, const uint8_t *bytes, size_t size) {
    const char *begin = (const char *)bytes, *end = begin + size;
    const int64_t n = genrep_vectors_size(vectors);
    const size_t row_bytes = (size_t)genrep_vectors_dim(vectors) * sizeof(float);
    int64_t indices[3], found = 0;
    for (int64_t i = 0; i < n; i++) {
        const char *word = genrep_vectors_word(vectors, i);
        const char *row = (const char *)genrep_vectors_row(vectors, i);
        FUZZ_CHECK(word >= begin && word < end && strlen(word) <= 1000);
        FUZZ_CHECK(row >= begin && row_bytes <= (size_t)(end - row));
        FUZZ_CHECK(genrep_vectors_find(vectors, word, (size_t)-1) < n);
    }
    FUZZ_CHECK(genrep_vectors_find(vectors, "no such word", (size_t)-1) < n);
    int32_t status = genrep_vectors_nearest(vectors, genrep_vectors_row(vectors, n - 1), 0, 3,
                                            indices, NULL, &found);
    FUZZ_CHECK(status == GENREP_E_INVALID || (found >= 0 && found <= 3));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    genrep_ctx *ctx = fuzz_ctx();
    void *aligned = genrepi_alloc(ctx, (int64_t)size + 1, 1); /* as a page is */
    if (aligned == NULL) return 0;
    if (size > 0) memcpy(aligned, bytes, size);
    for (int32_t mapped = 0; mapped < 2; mapped++) {
        genrepi_safetensors *file;
        genrep_vectors *vectors;
        int32_t status =
            mapped ? genrepi_safetensors_parse_mapped(ctx, "f", aligned, (int64_t)size, &file)
                   : genrepi_safetensors_parse(ctx, "f", aligned, (int64_t)size, &file);
        fuzz_check_status(status);
        if (status != 0) continue;
        status = genrepi_vectors_from_safetensors(ctx, file, "f", mapped, &vectors);
        fuzz_check_status(status);
        if (status != 0) continue;
        if (mapped)
            check_mapped(vectors, aligned, size);
        else
            check_vectors(vectors);
        genrep_vectors_unref(vectors);
    }
    genrepi_free(ctx, aligned);
    return 0;
}
