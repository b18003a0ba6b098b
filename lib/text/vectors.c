/* Word vectors: the handle. */
#include <text/vectors.h>
#include <math.h>

static const genrepi_option options[] = {
    GENREPI_OPTION_WORD(
        genrepi_vectors_options, format, "auto", "auto|text|binary",
        "of the file; auto: told from its first row when reading, text when writing"),
};
const genrepi_kind genrepi_kind_vectors = {
    .family = "options",
    .name = "vectors",
    .help = "word2vec's files of word vectors",
    .options = options,
    .n_options = GENREPI_COUNT(options),
    .options_size = sizeof(genrepi_vectors_options),
};

int32_t genrepi_vectors_new(genrep_ctx *ctx, int64_t dim, genrep_vectors **out) {
    genrep_vectors *vectors = genrepi_alloc(ctx, 1, sizeof *vectors);
    if (vectors == NULL) return GENREP_E_NOMEM;
    vectors->ctx = genrepi_ctx_ref(ctx);
    vectors->words.ctx = ctx;
    atomic_init(&vectors->refs, 1);
    vectors->dim = dim;
    *out = vectors;
    return GENREP_OK;
}

int32_t genrepi_vectors_add(genrep_vectors *vectors, const char *word, size_t bytes, float **row) {
    if (vectors->words.count == vectors->capacity) {
        int64_t capacity = vectors->capacity == 0 ? 256 : 2 * vectors->capacity;
        float *rows = genrepi_realloc(vectors->ctx, vectors->rows, capacity,
                                      (size_t)vectors->dim * sizeof *rows);
        if (rows == NULL) return GENREP_E_NOMEM;
        vectors->rows = rows;
        vectors->capacity = capacity;
    }
    int64_t index;
    int32_t added;
    int32_t status = genrepi_words_add(&vectors->words, word, bytes, &index, &added);
    if (status != GENREP_OK) return status;
    *row = added ? vectors->rows + index * vectors->dim : NULL;
    return GENREP_OK;
}

int32_t genrepi_vectors_finish(genrep_vectors *vectors) {
    int64_t n = vectors->words.count;
    vectors->inverse_lengths = genrepi_alloc(vectors->ctx, n, sizeof *vectors->inverse_lengths);
    if (vectors->inverse_lengths == NULL) return GENREP_E_NOMEM;
    for (int64_t i = 0; i < n; i++) {
        const float *row = vectors->rows + i * vectors->dim;
        double squares = 0;
        for (int64_t j = 0; j < vectors->dim; j++) squares += (double)row[j] * (double)row[j];
        size_t bytes;
        if (!isfinite(squares))
            return genrepi_fail(vectors->ctx, GENREP_E_FORMAT,
                                "the vector of '%s' (number %lld) is not finite",
                                genrepi_words_get(&vectors->words, i, &bytes), (long long)i);
        vectors->inverse_lengths[i] = (real)(squares > 0 ? 1 / sqrt(squares) : 0);
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

genrep_vectors *genrepi_vectors_ref(genrep_vectors *vectors) {
    if (vectors != NULL) genrepi_ref(&vectors->refs);
    return vectors;
}

void genrepi_vectors_unref(genrep_vectors *vectors) {
    if (vectors == NULL || !genrepi_unref(&vectors->refs)) return;
    genrep_ctx *ctx = vectors->ctx;
    genrepi_words_free(&vectors->words);
    genrepi_free(ctx, vectors->rows);
    genrepi_ngrams_unref(vectors->subwords.ngrams);
    genrepi_free(ctx, vectors->subwords.rows);
    genrepi_free(ctx, vectors->inverse_lengths);
    genrepi_free(ctx, vectors);
    genrepi_ctx_unref(ctx);
}
