/* The exported functions of genrep/text.h about words that are not in a vocabulary. */
#include <string.h>
#include <text/vectors.h>

GENREP_API int32_t genrep_vectors_vector(const genrep_vectors *vectors, const char *word,
                                         size_t bytes, float *vector) {
    if (vectors == NULL) return GENREP_E_INVALID;
    if (word == NULL || vector == NULL)
        return genrepi_fail(vectors->ctx, GENREP_E_INVALID,
                            "genrep_vectors_vector: word or vector is NULL");
    return genrepi_vectors_vector(vectors, word, bytes == (size_t)-1 ? strlen(word) : bytes,
                                  vector);
}
