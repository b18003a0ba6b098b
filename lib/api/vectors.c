/* The exported functions of genrep/text.h that query word vectors: check, and call inward. */
#include <text/search.h>

static int32_t fail_null(genrep_ctx *ctx, const char *function, const char *what) {
    return genrepi_fail(ctx, GENREP_E_INVALID, "%s: %s is NULL", function, what);
}

static int32_t check_at_least(genrep_ctx *ctx, const char *function, const char *name,
                              int64_t value, int64_t least) {
    if (value >= least) return GENREP_OK;
    return genrepi_fail(ctx, GENREP_E_INVALID, "%s: %s is %lld; at least %lld is needed", function,
                        name, (long long)value, (long long)least);
}

GENREP_API int32_t genrep_vectors_nearest(const genrep_vectors *vectors, const float *query,
                                          int64_t exclude, int64_t k, int64_t *indices,
                                          float *scores, int64_t *found) {
    static const char function[] = "genrep_vectors_nearest";
    if (vectors == NULL) return GENREP_E_INVALID;
    if (query == NULL) return fail_null(vectors->ctx, function, "query");
    if (indices == NULL) return fail_null(vectors->ctx, function, "indices");
    int32_t status = check_at_least(vectors->ctx, function, "k", k, 1);
    if (status != GENREP_OK) return status;
    return genrepi_vectors_nearest(vectors, query, exclude, k, indices, scores, found);
}

GENREP_API int32_t genrep_vectors_nearest_batch(const genrep_vectors *vectors, const char *spec,
                                                int64_t n, const float *queries, int64_t n_exclude,
                                                const int64_t *exclude, int64_t k, int64_t *indices,
                                                float *scores, int64_t *found) {
    static const char function[] = "genrep_vectors_nearest_batch";
    if (vectors == NULL) return GENREP_E_INVALID;
    genrep_ctx *ctx = vectors->ctx;
    if (n_exclude != 0 && exclude == NULL) return fail_null(ctx, function, "exclude");
    if (n != 0 && queries == NULL) return fail_null(ctx, function, "queries");
    if (n != 0 && indices == NULL) return fail_null(ctx, function, "indices");
    int32_t status = check_at_least(ctx, function, "n", n, 0);
    if (status == GENREP_OK) status = check_at_least(ctx, function, "n_exclude", n_exclude, 0);
    if (status == GENREP_OK) status = check_at_least(ctx, function, "k", k, 1);
    void *parsed;
    if (status == GENREP_OK)
        status = genrepi_options_parse(ctx, &genrepi_kind_vectors_nearest, spec, &parsed);
    if (status != GENREP_OK) return status;
    const int64_t restrict_to = ((const genrepi_nearest_options *)parsed)->restrict_to;
    genrepi_options_free(ctx, &genrepi_kind_vectors_nearest, parsed);
    if (n == 0) return GENREP_OK;
    return genrepi_vectors_nearest_batch(vectors, n, queries, n_exclude, exclude, restrict_to, k,
                                         indices, scores, found);
}

GENREP_API int32_t genrep_vectors_analogy(const genrep_vectors *vectors, const char *spec,
                                          int64_t a, int64_t b, int64_t c, int64_t k,
                                          int64_t *indices, float *scores, int64_t *found) {
    static const char function[] = "genrep_vectors_analogy";
    if (vectors == NULL) return GENREP_E_INVALID;
    genrep_ctx *ctx = vectors->ctx;
    if (indices == NULL) return fail_null(ctx, function, "indices");
    int32_t status = check_at_least(ctx, function, "k", k, 1);
    void *parsed;
    if (status == GENREP_OK)
        status = genrepi_options_parse(ctx, &genrepi_kind_vectors_analogy, spec, &parsed);
    if (status != GENREP_OK) return status;
    const genrepi_analogy_options options = *(const genrepi_analogy_options *)parsed;
    genrepi_options_free(ctx, &genrepi_kind_vectors_analogy, parsed);
    return genrepi_vectors_analogy(vectors, &options, (const int64_t[3]){a, b, c}, k, indices,
                                   scores, found);
}

GENREP_API int32_t genrep_vectors_similarity(const genrep_vectors *vectors, int64_t i, int64_t j,
                                             double *cosine) {
    static const char function[] = "genrep_vectors_similarity";
    if (vectors == NULL) return GENREP_E_INVALID;
    if (cosine == NULL) return fail_null(vectors->ctx, function, "cosine");
    const int64_t n = vectors->words.count;
    if (i < 0 || i >= n || j < 0 || j >= n)
        return genrepi_fail(vectors->ctx, GENREP_E_INVALID,
                            "%s: word %lld or %lld is outside 0..%lld", function, (long long)i,
                            (long long)j, (long long)n - 1);
    *cosine = genrepi_vectors_cosine(vectors, i, j);
    return GENREP_OK;
}
