/* Nearest words of one query: its cosine with every row, in one pass over the memory of the rows.
 */
#include <base/pool.h>
#include <kernel/kernel.h>
#include <math.h>
#include <tensor/tensor.h>
#include <text/search.h>

enum { ROWS_AT_ONCE = 2048 };

typedef struct nearest_state {
    const genrep_vectors *vectors;
    const real *query; /* of length 1 */
    real *scores;      /* one a row */
    real *rows;        /* where real is double: a row as real for each task */
} nearest_state;

/* Rows are float; where the library is built in double, a copy is what the kernels take. */
static const real *as_real(const float *row, int64_t dim, real *copy) {
    if (GENREPI_REAL == GENREP_F32) return (const real *)(const void *)row;
    genrepi_convert(dim, GENREP_F32, row, GENREPI_REAL, copy);
    return copy;
}

static void score_rows(void *argument, int64_t begin, int64_t end) {
    const nearest_state *state = argument;
    const genrep_vectors *vectors = state->vectors;
    real *copy = state->rows + begin / ROWS_AT_ONCE * vectors->dim;
    for (int64_t i = begin; i < end; i++) {
        const real *row = as_real(genrepi_vectors_row(vectors, i), vectors->dim, copy);
        state->scores[i] = vectors->ctx->kernels->dot(vectors->dim, row, state->query) *
                           vectors->inverse_lengths[i];
    }
}

int genrepi_unit(int64_t dim, const float *query, real *unit) {
    double squares = 0;
    for (int64_t j = 0; j < dim; j++) squares += (double)query[j] * (double)query[j];
    if (!(squares > 0) || !isfinite(squares)) return 0;
    const double scale = 1 / sqrt(squares);
    for (int64_t j = 0; j < dim; j++) unit[j] = (real)((double)query[j] * scale);
    return 1;
}

int32_t genrepi_vectors_nearest(const genrep_vectors *vectors, const float *query, int64_t exclude,
                                int64_t k, int64_t *indices, float *scores, int64_t *found) {
    genrep_ctx *ctx = vectors->ctx;
    const int64_t n = vectors->words.count, dim = vectors->dim;
    const int64_t copies = GENREPI_REAL == GENREP_F32 ? 0 : (n + ROWS_AT_ONCE - 1) / ROWS_AT_ONCE;
    int32_t status = GENREP_OK;
    genrepi_best best = {.k = k < n ? k : n};
    real *work = genrepi_alloc_raw(ctx, n + (copies + 1) * dim, sizeof *work);
    best.hits = work == NULL ? NULL : genrepi_alloc_raw(ctx, best.k, sizeof *best.hits);
    nearest_state state = {vectors, work + n, work, work + n + dim};
    if (best.hits == NULL)
        status = GENREP_E_NOMEM;
    else if (!genrepi_unit(dim, query, work + n))
        status = genrepi_fail(ctx, GENREP_E_INVALID,
                              "the query has no direction: it is zero or not finite");
    if (status == GENREP_OK) {
        genrepi_parallel_range(ctx, n, ROWS_AT_ONCE, score_rows, &state);
        for (int64_t i = 0; i < n; i++)
            if (genrepi_best_wants(&best, work[i]) && i != exclude)
                genrepi_best_add(&best, work[i], i);
        genrepi_best_sort(&best);
        for (int64_t i = 0; i < best.n; i++) {
            indices[i] = best.hits[i].index;
            if (scores != NULL) scores[i] = (float)best.hits[i].score;
        }
        if (found != NULL) *found = best.n;
    }
    genrepi_free(ctx, best.hits);
    genrepi_free(ctx, work);
    return status;
}

double genrepi_vectors_cosine(const genrep_vectors *vectors, int64_t i, int64_t j) {
    const float *a = genrepi_vectors_row(vectors, i), *b = genrepi_vectors_row(vectors, j);
    double ab = 0, aa = 0, bb = 0;
    for (int64_t d = 0; d < vectors->dim; d++) {
        ab += (double)a[d] * (double)b[d];
        aa += (double)a[d] * (double)a[d];
        bb += (double)b[d] * (double)b[d];
    }
    if (!(aa > 0) || !(bb > 0)) return 0;
    const double cosine = ab / (sqrt(aa) * sqrt(bb));
    return cosine > 1 ? 1 : cosine < -1 ? -1 : cosine;
}
