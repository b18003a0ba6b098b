/* Word vectors: the handle. */
#include <text/vectors.h>
#include <math.h>
#include <string.h>

static const genrepi_option options[] = {
    GENREPI_OPTION_WORD(genrepi_vectors_options, format, "auto",
                        "auto|text|binary|vec|glove|npy|tsv|safetensors",
                        "of the file; auto: told from what it holds when reading, from its ending "
                        "(else text) when writing"),
    {"mmap", GENREPI_FLAG, 0, "0", 0, 1, NULL,
     "1: a safetensors file is mapped, not read: opens at once, and processes share its memory",
     offsetof(genrepi_vectors_options, map)},
};
const genrepi_kind genrepi_kind_vectors = {
    .family = "options",
    .name = "vectors",
    .help = "files of word vectors",
    .options = options,
    .n_options = GENREPI_COUNT(options),
    .options_size = sizeof(genrepi_vectors_options),
};

int32_t genrepi_vectors_parse_options(genrep_ctx *ctx, const char *spec,
                                      genrepi_vectors_options *chosen) {
    void *parsed;
    int32_t status = genrepi_options_parse(ctx, &genrepi_kind_vectors, spec, &parsed);
    if (status != GENREP_OK) return status;
    *chosen = *(const genrepi_vectors_options *)parsed;
    genrepi_options_free(ctx, &genrepi_kind_vectors, parsed);
    return GENREP_OK;
}

int32_t genrepi_vectors_new(genrep_ctx *ctx, int64_t dim, genrep_vectors **out) {
    genrep_vectors *vectors = genrepi_alloc(ctx, 1, sizeof *vectors);
    if (vectors == NULL) return GENREP_E_NOMEM;
    vectors->ctx = genrepi_ctx_ref(ctx);
    vectors->words.ctx = ctx;
    atomic_init(&vectors->refs, 1);
    vectors->dim = vectors->stride = dim;
    *out = vectors;
    return GENREP_OK;
}

int32_t genrepi_vectors_add(genrep_vectors *vectors, const char *word, size_t bytes, float **row) {
    if (vectors->words.count == vectors->capacity) {
        int64_t capacity = vectors->capacity == 0 ? 256 : 2 * vectors->capacity;
        float *rows = genrepi_realloc(vectors->ctx, vectors->own_rows, capacity,
                                      (size_t)vectors->dim * sizeof *rows);
        if (rows == NULL) return GENREP_E_NOMEM;
        vectors->rows = vectors->own_rows = rows;
        vectors->capacity = capacity;
    }
    int64_t index;
    int32_t added;
    int32_t status = genrepi_words_add(&vectors->words, word, bytes, &index, &added);
    if (status != GENREP_OK) return status;
    *row = added ? vectors->own_rows + index * vectors->dim : NULL;
    return GENREP_OK;
}

int32_t genrepi_vectors_finish(genrep_vectors *vectors) {
    int64_t n = vectors->words.count;
    real *lengths = genrepi_alloc(vectors->ctx, n, sizeof *lengths);
    if (lengths == NULL) return GENREP_E_NOMEM;
    vectors->inverse_lengths = vectors->own_lengths = lengths;
    for (int64_t i = 0; i < n; i++) {
        const float *row = genrepi_vectors_row(vectors, i);
        double squares = 0;
        for (int64_t j = 0; j < vectors->dim; j++) squares += (double)row[j] * (double)row[j];
        size_t bytes;
        if (!isfinite(squares))
            return genrepi_fail(vectors->ctx, GENREP_E_FORMAT,
                                "the vector of '%s' (number %lld) is not finite",
                                genrepi_words_get(&vectors->words, i, &bytes), (long long)i);
        lengths[i] = (real)(squares > 0 ? 1 / sqrt(squares) : 0);
    }
    return GENREP_OK;
}

int32_t genrepi_vectors_make(const genrep_vocab *vocab, int64_t dim,
                             void (*get_row)(const void *from, int64_t word, float *to),
                             const void *from, genrep_vectors **out) {
    genrep_vectors *made = NULL;
    int32_t status = genrepi_vectors_new(vocab->ctx, dim, &made);
    for (int64_t i = 0; i < vocab->words.count && status == GENREP_OK; i++) {
        size_t bytes;
        const char *word = genrepi_words_get(&vocab->words, i, &bytes);
        float *row;
        status = genrepi_vectors_add(made, word, bytes, &row);
        if (status == GENREP_OK) get_row(from, i, row);
    }
    if (status == GENREP_OK) status = genrepi_vectors_finish(made);
    if (status == GENREP_OK)
        *out = made;
    else
        genrepi_vectors_unref(made);
    return status;
}

int32_t genrepi_vectors_borrow(genrep_ctx *ctx, const genrepi_words *words, int64_t dim,
                               int64_t stride, const float *rows, genrep_vectors **out) {
    genrep_vectors *vectors;
    int32_t status = genrepi_vectors_new(ctx, dim, &vectors);
    if (status != GENREP_OK) return status;
    vectors->words = *words;
    vectors->words.ctx = NULL;
    vectors->stride = stride;
    vectors->rows = rows;
    status = genrepi_vectors_finish(vectors);
    if (status == GENREP_OK)
        *out = vectors;
    else
        genrepi_vectors_unref(vectors);
    return status;
}

int32_t genrepi_vectors_copy(const genrep_vectors *vectors, genrep_vectors **out) {
    const int64_t n = vectors->words.count, dim = vectors->dim;
    const size_t row_bytes = (size_t)dim * sizeof(float);
    genrep_vectors *copy;
    int32_t status = genrepi_vectors_new(vectors->ctx, dim, &copy);
    if (status != GENREP_OK) return status;
    status = genrepi_words_copy(vectors->ctx, &vectors->words, &copy->words);
    if (status == GENREP_OK) {
        copy->rows = copy->own_rows = genrepi_alloc_raw(vectors->ctx, n, row_bytes);
        if (copy->own_rows == NULL) status = GENREP_E_NOMEM;
    }
    for (int64_t i = 0; i < n && status == GENREP_OK; i++)
        memcpy(copy->own_rows + i * dim, genrepi_vectors_row(vectors, i), row_bytes);
    if (status == GENREP_OK) status = genrepi_vectors_finish(copy);
    if (status == GENREP_OK)
        *out = copy;
    else
        genrepi_vectors_unref(copy);
    return status;
}

genrep_vectors *genrepi_vectors_ref(genrep_vectors *vectors) {
    if (vectors != NULL) genrepi_ref(&vectors->refs);
    return vectors;
}

void genrepi_vectors_unref(genrep_vectors *vectors) {
    if (vectors == NULL || !genrepi_unref(&vectors->refs)) return;
    genrep_ctx *ctx = vectors->ctx;
    genrepi_words_free(&vectors->words);
    genrepi_free(ctx, vectors->own_rows);
    genrepi_free(ctx, vectors->own_lengths);
    genrepi_ngrams_unref(vectors->subwords.ngrams);
    genrepi_free(ctx, vectors->subwords.rows);
    if (vectors->release != NULL) vectors->release(ctx, vectors->owner);
    genrepi_free(ctx, vectors);
    genrepi_ctx_unref(ctx);
}
