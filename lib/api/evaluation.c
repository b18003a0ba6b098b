/* The exported functions of genrep/evaluation.h: check, and call inward. */
#include <genrep/evaluation.h>
#include <text/classes.h>
#include <text/evaluation.h>
#include <text/map.h>

static int32_t fail_null(const genrep_vectors *vectors, const char *what) {
    return genrepi_fail(vectors->ctx, GENREP_E_INVALID, "%s is NULL", what);
}

static int32_t check_set(const genrep_vectors *vectors, const genrep_dataset *set,
                         const char *function) {
    if (set->ctx == vectors->ctx) return GENREP_OK;
    return genrepi_fail(vectors->ctx, GENREP_E_INVALID,
                        "%s: the dataset was made from another context", function);
}

GENREP_API int32_t genrep_vectors_analogies(const genrep_vectors *vectors,
                                            genrep_dataset *questions, const char *spec,
                                            genrep_evaluation **out) {
    if (vectors == NULL) return GENREP_E_INVALID;
    if (questions == NULL || out == NULL)
        return fail_null(vectors, "genrep_vectors_analogies: questions or out");
    const genrepi_kind *kind = &genrepi_kind_vectors_analogies;
    void *options;
    int32_t status = check_set(vectors, questions, "genrep_vectors_analogies");
    if (status != GENREP_OK) return status;
    status = genrepi_options_parse(vectors->ctx, kind, spec, &options);
    if (status != GENREP_OK) return status;
    status = genrepi_vectors_analogies(vectors, questions, options, out);
    genrepi_options_free(vectors->ctx, kind, options);
    return status;
}

GENREP_API int32_t genrep_vectors_similarities(const genrep_vectors *vectors, genrep_dataset *pairs,
                                               const char *spec, genrep_evaluation **out) {
    if (vectors == NULL) return GENREP_E_INVALID;
    if (pairs == NULL || out == NULL)
        return fail_null(vectors, "genrep_vectors_similarities: pairs or out");
    const genrepi_kind *kind = &genrepi_kind_vectors_similarities;
    void *options;
    int32_t status = check_set(vectors, pairs, "genrep_vectors_similarities");
    if (status != GENREP_OK) return status;
    status = genrepi_options_parse(vectors->ctx, kind, spec, &options);
    if (status != GENREP_OK) return status;
    status = genrepi_vectors_similarities(vectors, pairs, options, out);
    genrepi_options_free(vectors->ctx, kind, options);
    return status;
}

GENREP_API genrep_evaluation *genrep_evaluation_ref(genrep_evaluation *evaluation) {
    return genrepi_evaluation_ref(evaluation);
}

GENREP_API void genrep_evaluation_unref(genrep_evaluation *evaluation) {
    genrepi_evaluation_unref(evaluation);
}

GENREP_API int64_t genrep_evaluation_words(const genrep_evaluation *evaluation) {
    return evaluation == NULL ? 0 : evaluation->words;
}

GENREP_API int64_t genrep_evaluation_rows(const genrep_evaluation *evaluation) {
    return evaluation == NULL ? 0 : evaluation->n_rows;
}

GENREP_API int64_t genrep_evaluation_find(const genrep_evaluation *evaluation, const char *name) {
    return evaluation == NULL || name == NULL ? -1 : genrepi_evaluation_find(evaluation, name);
}

GENREP_API const char *genrep_evaluation_name(const genrep_evaluation *evaluation, int64_t row) {
    if (evaluation == NULL || row < 0 || row >= evaluation->n_rows) return NULL;
    return evaluation->rows[row].name;
}

GENREP_API int32_t genrep_evaluation_row(const genrep_evaluation *evaluation, int64_t row,
                                         double *score, int64_t *right, int64_t *asked,
                                         int64_t *seen) {
    if (evaluation == NULL) return GENREP_E_INVALID;
    if (row < 0 || row >= evaluation->n_rows)
        return genrepi_fail(evaluation->ctx, GENREP_E_INVALID,
                            "genrep_evaluation_row: row %lld is outside 0..%lld", (long long)row,
                            (long long)evaluation->n_rows - 1);
    const genrepi_evaluation_row *r = &evaluation->rows[row];
    if (score != NULL) *score = r->score;
    if (right != NULL) *right = r->right;
    if (asked != NULL) *asked = r->asked;
    if (seen != NULL) *seen = r->seen;
    return GENREP_OK;
}

GENREP_API int32_t genrep_vectors_classes(const genrep_vectors *vectors, const char *spec,
                                          int32_t *classes) {
    if (vectors == NULL) return GENREP_E_INVALID;
    if (spec == NULL || classes == NULL)
        return fail_null(vectors, "genrep_vectors_classes: spec or classes");
    const genrepi_kind *kind = &genrepi_kind_vectors_classes;
    void *options;
    int32_t status = genrepi_options_parse(vectors->ctx, kind, spec, &options);
    if (status != GENREP_OK) return status;
    status = genrepi_vectors_classes(vectors, options, classes);
    genrepi_options_free(vectors->ctx, kind, options);
    return status;
}

GENREP_API int32_t genrep_vectors_map(const genrep_vectors *vectors, const char *spec,
                                      const int64_t *indices, int64_t n, float *points,
                                      double *score) {
    if (vectors == NULL) return GENREP_E_INVALID;
    if (spec == NULL || points == NULL)
        return fail_null(vectors, "genrep_vectors_map: spec or points");
    if (n < 1)
        return genrepi_fail(vectors->ctx, GENREP_E_INVALID,
                            "genrep_vectors_map: n is %lld; at least 1 is needed", (long long)n);
    return genrepi_words_map(vectors, spec, indices, n, points, score);
}
