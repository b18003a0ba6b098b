/* Analogies: a is to b as c is to ?
 *
 * With unit vectors, add (3CosAdd, Mikolov et al. 2013) looks for the greatest cos(x, b - a + c),
 * mul (3CosMul, Levy and Goldberg 2014) for the greatest cos'(x, b) cos'(x, c) / (cos'(x, a) +
 * 1e-3), where cos' = (cos + 1) / 2.  a, b and c themselves are no answers. */
#include <math.h>
#include <string.h>
#include <text/search.h>

static const genrepi_option nearest_options[] = {
    {"restrict", GENREPI_INT, 0, "0", 0, 1e15, NULL, "searches the first so many words; 0: all",
     offsetof(genrepi_nearest_options, restrict_to)},
};
const genrepi_kind genrepi_kind_vectors_nearest = {
    .family = "options",
    .name = "vectors_nearest",
    .help = "nearest words of many queries",
    .options = nearest_options,
    .n_options = GENREPI_COUNT(nearest_options),
    .options_size = sizeof(genrepi_nearest_options),
};

static const genrepi_option analogy_options[] = {
    GENREPI_OPTION_WORD(genrepi_analogy_options, method, "add", "add|mul",
                        "cosine with b - a + c (3CosAdd), or product of cosines (3CosMul)"),
    {"restrict", GENREPI_INT, 0, "0", 0, 1e15, NULL, "searches the first so many words; 0: all",
     offsetof(genrepi_analogy_options, restrict_to)},
};
const genrepi_kind genrepi_kind_vectors_analogy = {
    .family = "options",
    .name = "vectors_analogy",
    .help = "a is to b as c is to ?",
    .options = analogy_options,
    .n_options = GENREPI_COUNT(analogy_options),
    .options_size = sizeof(genrepi_analogy_options),
};

/* The unit query of b - a + c; 0 if there is none. */
static int make_sum(const genrep_vectors *v, const int64_t *question, real *unit) {
    const float *a = genrepi_vectors_row(v, question[0]), *b = genrepi_vectors_row(v, question[1]);
    const float *c = genrepi_vectors_row(v, question[2]);
    const double la = (double)v->inverse_lengths[question[0]];
    const double lb = (double)v->inverse_lengths[question[1]];
    const double lc = (double)v->inverse_lengths[question[2]];
    double squares = 0;
    for (int64_t j = 0; j < v->dim; j++) {
        const double x = (double)b[j] * lb - (double)a[j] * la + (double)c[j] * lc;
        unit[j] = (real)x;
        squares += x * x;
    }
    if (!(squares > 1e-12) || !isfinite(squares)) return 0; /* what rounding leaves of zero */
    for (int64_t j = 0; j < v->dim; j++) unit[j] = (real)((double)unit[j] / sqrt(squares));
    return 1;
}

/* The unit queries of a, b and c; 0 if one of them is zero. */
static int make_three(const genrep_vectors *v, const int64_t *question, real *units) {
    for (int32_t i = 0; i < 3; i++)
        if (!genrepi_unit(v->dim, genrepi_vectors_row(v, question[i]), units + i * v->dim))
            return 0;
    return 1;
}

static int32_t check_questions(const genrep_vectors *v, int64_t n, const int64_t *questions) {
    for (int64_t i = 0; i < 3 * n; i++)
        if (questions[i] < 0 || questions[i] >= v->words.count)
            return genrepi_fail(v->ctx, GENREP_E_INVALID,
                                "question %lld: word %lld is outside 0..%lld", (long long)(i / 3),
                                (long long)questions[i], (long long)v->words.count - 1);
    return GENREP_OK;
}

int32_t genrepi_analogies(const genrep_vectors *vectors, const genrepi_analogy_options *options,
                          int64_t n, const int64_t *questions, int64_t k, int64_t *indices,
                          float *scores, int64_t *found) {
    genrep_ctx *ctx = vectors->ctx;
    const int is_mul = options->method == GENREPI_ANALOGY_MUL;
    const int64_t width = (is_mul ? 3 : 1) * vectors->dim;
    int32_t status = check_questions(vectors, n, questions);
    if (status != GENREP_OK) return status;
    if (n > INT64_MAX / width / (int64_t)sizeof(double))
        return genrepi_fail(ctx, GENREP_E_INVALID, "%lld questions are too many", (long long)n);
    real *units = genrepi_alloc(ctx, n * width, sizeof *units);
    uint8_t *blind = genrepi_alloc(ctx, n, 1);
    if (units == NULL || blind == NULL) status = GENREP_E_NOMEM;
    for (int64_t i = 0; i < n && status == GENREP_OK; i++) {
        real *unit = units + i * width;
        blind[i] = is_mul ? !make_three(vectors, questions + 3 * i, unit)
                          : !make_sum(vectors, questions + 3 * i, unit);
        if (blind[i]) memset(unit, 0, (size_t)width * sizeof *unit);
    }
    const genrepi_search search = {.vectors = vectors,
                                   .rule = is_mul ? GENREPI_SEARCH_MUL : GENREPI_SEARCH_COSINE,
                                   .n = n,
                                   .queries = units,
                                   .exclude = questions,
                                   .n_exclude = 3,
                                   .limit = genrepi_search_limit(vectors, options->restrict_to),
                                   .k = k};
    if (status == GENREP_OK) status = genrepi_search_run(&search, indices, scores, found);
    for (int64_t i = 0; i < n && status == GENREP_OK; i++) {
        if (!blind[i]) continue;
        for (int64_t j = 0; j < k; j++) {
            indices[i * k + j] = -1;
            if (scores != NULL) scores[i * k + j] = 0;
        }
        found[i] = -1;
    }
    genrepi_free(ctx, blind);
    genrepi_free(ctx, units);
    return status;
}

int32_t genrepi_vectors_analogy(const genrep_vectors *vectors,
                                const genrepi_analogy_options *options, const int64_t question[3],
                                int64_t k, int64_t *indices, float *scores, int64_t *found) {
    genrep_ctx *ctx = vectors->ctx;
    const int64_t most = k < vectors->words.count ? k : vectors->words.count;
    int64_t *chosen = genrepi_alloc_raw(ctx, most, sizeof *chosen), n = 0;
    float *values = chosen == NULL ? NULL : genrepi_alloc_raw(ctx, most, sizeof *values);
    int32_t status =
        values == NULL ? GENREP_E_NOMEM
                       : genrepi_analogies(vectors, options, 1, question, most, chosen, values, &n);
    if (status == GENREP_OK && n < 0)
        status = genrepi_fail(ctx, GENREP_E_INVALID,
                              "'%s' is to '%s' as '%s' is to nothing: their vectors give no "
                              "direction, or one of them is zero",
                              genrepi_words_text(&vectors->words, question[0]),
                              genrepi_words_text(&vectors->words, question[1]),
                              genrepi_words_text(&vectors->words, question[2]));
    if (status == GENREP_OK) {
        memcpy(indices, chosen, (size_t)n * sizeof *indices);
        if (scores != NULL) memcpy(scores, values, (size_t)n * sizeof *scores);
        if (found != NULL) *found = n;
    }
    genrepi_free(ctx, values);
    genrepi_free(ctx, chosen);
    return status;
}
