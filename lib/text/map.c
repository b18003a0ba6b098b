/* Maps of words: the rows of some words, as doubles, and back. */
#include <text/map.h>
#include <math.h>

static int32_t check_indices(const genrep_vectors *vectors, const int64_t *indices, int64_t n) {
    int64_t words = vectors->words.count;
    if (indices == NULL && n > words)
        return genrepi_fail(vectors->ctx, GENREP_E_INVALID,
                            "a map of %lld words: there are %lld words only", (long long)n,
                            (long long)words);
    for (int64_t i = 0; indices != NULL && i < n; i++)
        if (indices[i] < 0 || indices[i] >= words)
            return genrepi_fail(vectors->ctx, GENREP_E_INVALID,
                                "a map of words: number %lld is outside 0..%lld",
                                (long long)indices[i], (long long)words - 1);
    return GENREP_OK;
}

static void copy_row(const genrep_vectors *vectors, int64_t word, int32_t unit, double *to) {
    const float *row = genrepi_vectors_row(vectors, word);
    double squares = 0;
    for (int64_t j = 0; j < vectors->dim; j++) squares += (double)row[j] * (double)row[j];
    double scale = unit && squares > 0 ? 1 / sqrt(squares) : 1;
    for (int64_t j = 0; j < vectors->dim; j++) to[j] = (double)row[j] * scale;
}

int32_t genrepi_words_map(const genrep_vectors *vectors, const char *spec, const int64_t *indices,
                          int64_t n, float *points, double *score) {
    genrep_ctx *ctx = vectors->ctx;
    const genrepi_kind *kind;
    void *options;
    double *x = NULL, *y = NULL, value = 0;
    int32_t status = check_indices(vectors, indices, n);
    if (status != GENREP_OK) return status;
    status = genrepi_spec_make(ctx, "map", spec, &kind, &options);
    if (status != GENREP_OK) return status;
    x = genrepi_alloc_raw(ctx, n, (size_t)vectors->dim * sizeof *x);
    y = genrepi_alloc_raw(ctx, n, 2 * sizeof *y);
    if (x == NULL || y == NULL) status = GENREP_E_NOMEM;
    if (status == GENREP_OK) {
        int32_t unit = ((const genrepi_map_options *)options)->unit;
        for (int64_t i = 0; i < n; i++)
            copy_row(vectors, indices == NULL ? i : indices[i], unit, x + i * vectors->dim);
        const genrepi_map_ops *ops = kind->implementation;
        status = ops->run(ctx, options, n, vectors->dim, x, y, &value);
    }
    for (int64_t i = 0; i < 2 * n && status == GENREP_OK; i++) points[i] = (float)y[i];
    if (status == GENREP_OK && score != NULL) *score = value;
    genrepi_free(ctx, y);
    genrepi_free(ctx, x);
    genrepi_options_free(ctx, kind, options);
    return status;
}
