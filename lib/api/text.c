/* The exported functions of genrep/text.h: check, and call inward. */
#include <string.h>
#include <text/vectors.h>
#include <text/vocab.h>

static int32_t fail_null(genrep_ctx *ctx, const char *what) {
    return genrepi_fail(ctx, GENREP_E_INVALID, "%s is NULL", what);
}

GENREP_API int32_t genrep_vocab_build(genrep_dataset *dataset, const char *spec,
                                      genrep_vocab **out) {
    if (dataset == NULL) return GENREP_E_INVALID;
    if (out == NULL) return fail_null(dataset->ctx, "genrep_vocab_build: out");
    void *options;
    int32_t status = genrepi_options_parse(dataset->ctx, &genrepi_kind_vocab, spec, &options);
    if (status != GENREP_OK) return status;
    status = genrepi_vocab_build(dataset, options, out);
    genrepi_options_free(dataset->ctx, &genrepi_kind_vocab, options);
    return status;
}

GENREP_API int32_t genrep_vocab_load(genrep_ctx *ctx, const char *path, genrep_vocab **out) {
    if (ctx == NULL) return GENREP_E_INVALID;
    if (path == NULL || out == NULL) return fail_null(ctx, "genrep_vocab_load: path or out");
    return genrepi_vocab_load(ctx, path, &(genrepi_vocab_options){.min_count = 0}, out);
}

GENREP_API int32_t genrep_vocab_save(const genrep_vocab *vocab, const char *path) {
    if (vocab == NULL) return GENREP_E_INVALID;
    if (path == NULL) return fail_null(vocab->ctx, "genrep_vocab_save: path");
    return genrepi_vocab_save(vocab, path);
}

GENREP_API genrep_vocab *genrep_vocab_ref(genrep_vocab *vocab) {
    return genrepi_vocab_ref(vocab);
}

GENREP_API void genrep_vocab_unref(genrep_vocab *vocab) {
    genrepi_vocab_unref(vocab);
}

GENREP_API int64_t genrep_vocab_size(const genrep_vocab *vocab) {
    return vocab == NULL ? 0 : vocab->words.count;
}

GENREP_API int64_t genrep_vocab_total(const genrep_vocab *vocab) {
    return vocab == NULL ? 0 : vocab->total;
}

GENREP_API int64_t genrep_vocab_invalid(const genrep_vocab *vocab) {
    return vocab == NULL ? 0 : vocab->invalid;
}

static int64_t find(const genrepi_words *words, const char *word, size_t bytes) {
    return genrepi_words_find(words, word, bytes == (size_t)-1 ? strlen(word) : bytes);
}

GENREP_API int64_t genrep_vocab_find(const genrep_vocab *vocab, const char *word, size_t bytes) {
    return vocab == NULL || word == NULL ? -1 : find(&vocab->words, word, bytes);
}

GENREP_API const char *genrep_vocab_word(const genrep_vocab *vocab, int64_t index, int64_t *count) {
    if (vocab == NULL || index < 0 || index >= vocab->words.count) return NULL;
    if (count != NULL) *count = vocab->counts[index];
    size_t bytes;
    return genrepi_words_get(&vocab->words, index, &bytes);
}

GENREP_API int32_t genrep_vectors_load(genrep_ctx *ctx, const char *path, const char *spec,
                                       genrep_vectors **out) {
    if (ctx == NULL) return GENREP_E_INVALID;
    if (path == NULL || out == NULL) return fail_null(ctx, "genrep_vectors_load: path or out");
    genrepi_vectors_options options;
    int32_t status = genrepi_vectors_parse_options(ctx, spec, &options);
    return status == GENREP_OK ? genrepi_vectors_load(ctx, path, &options, out) : status;
}

GENREP_API int32_t genrep_vectors_save(const genrep_vectors *vectors, const char *path,
                                       const char *spec) {
    if (vectors == NULL) return GENREP_E_INVALID;
    if (path == NULL) return fail_null(vectors->ctx, "genrep_vectors_save: path");
    genrepi_vectors_options options;
    int32_t status = genrepi_vectors_parse_options(vectors->ctx, spec, &options);
    return status == GENREP_OK ? genrepi_vectors_save(vectors, path, &options) : status;
}

GENREP_API genrep_vectors *genrep_vectors_ref(genrep_vectors *vectors) {
    return genrepi_vectors_ref(vectors);
}

GENREP_API void genrep_vectors_unref(genrep_vectors *vectors) {
    genrepi_vectors_unref(vectors);
}

GENREP_API int64_t genrep_vectors_size(const genrep_vectors *vectors) {
    return vectors == NULL ? 0 : vectors->words.count;
}

GENREP_API int64_t genrep_vectors_dim(const genrep_vectors *vectors) {
    return vectors == NULL ? 0 : vectors->dim;
}

GENREP_API int64_t genrep_vectors_find(const genrep_vectors *vectors, const char *word,
                                       size_t bytes) {
    return vectors == NULL || word == NULL ? -1 : find(&vectors->words, word, bytes);
}

GENREP_API const char *genrep_vectors_word(const genrep_vectors *vectors, int64_t index) {
    if (vectors == NULL || index < 0 || index >= vectors->words.count) return NULL;
    size_t bytes;
    return genrepi_words_get(&vectors->words, index, &bytes);
}

GENREP_API const float *genrep_vectors_row(const genrep_vectors *vectors, int64_t index) {
    if (vectors == NULL || index < 0 || index >= vectors->words.count) return NULL;
    return genrepi_vectors_row(vectors, index);
}
