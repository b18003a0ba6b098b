/* Nearest words: cosine similarity of a query to every row, and the best k of them. */
#include <text/vectors.h>
#include <base/pool.h>
#include <kernel/kernel.h>
#include <math.h>
#include <tensor/tensor.h>

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
        const real *row = as_real(vectors->rows + i * vectors->dim, vectors->dim, copy);
        state->scores[i] = vectors->ctx->kernels->dot(vectors->dim, row, state->query) *
                           vectors->inverse_lengths[i];
    }
}

/* A heap of the best so far, the worst of them on top. */
typedef struct heap {
    const real *scores;
    int64_t *items, n;
} heap;

static int worse(const heap *h, int64_t a, int64_t b) { /* equal scores: the higher number */
    return h->scores[a] != h->scores[b] ? h->scores[a] < h->scores[b] : a > b;
}

static void sink(heap *h, int64_t at) {
    int64_t item = h->items[at];
    for (;;) {
        int64_t child = 2 * at + 1;
        if (child >= h->n) break;
        if (child + 1 < h->n && worse(h, h->items[child + 1], h->items[child])) child++;
        if (!worse(h, h->items[child], item)) break;
        h->items[at] = h->items[child];
        at = child;
    }
    h->items[at] = item;
}

/* Fills indices, best first; returns how many. */
static int64_t choose(const real *scores, int64_t n, int64_t exclude, int64_t k, int64_t *indices) {
    heap h = {scores, indices, 0};
    int64_t i = 0;
    for (; i < n && h.n < k; i++) {
        if (i != exclude) indices[h.n++] = i;
    }
    for (int64_t at = h.n / 2 - 1; at >= 0; at--) sink(&h, at);
    for (; i < n; i++) {
        if (i == exclude || !worse(&h, indices[0], i)) continue;
        indices[0] = i;
        sink(&h, 0);
    }
    int64_t count = h.n;
    while (h.n > 1) { /* takes the worst away, to the end */
        int64_t last = indices[--h.n];
        indices[h.n] = indices[0];
        indices[0] = last;
        sink(&h, 0);
    }
    return count;
}

int32_t genrepi_vectors_nearest(const genrep_vectors *vectors, const float *query, int64_t exclude,
                                int64_t k, int64_t *indices, float *scores, int64_t *found) {
    genrep_ctx *ctx = vectors->ctx;
    int64_t n = vectors->words.count, dim = vectors->dim;
    double squares = 0;
    for (int64_t j = 0; j < dim; j++) squares += (double)query[j] * (double)query[j];
    if (!(squares > 0) || !isfinite(squares))
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            "the query has no direction: it is zero or not finite");
    int64_t copies = GENREPI_REAL == GENREP_F32 ? 0 : (n + ROWS_AT_ONCE - 1) / ROWS_AT_ONCE;
    real *work = genrepi_alloc_raw(ctx, n + (copies + 1) * dim, sizeof *work);
    if (work == NULL) return GENREP_E_NOMEM;
    real *unit = work + n;
    for (int64_t j = 0; j < dim; j++) unit[j] = (real)((double)query[j] / sqrt(squares));
    nearest_state state = {vectors, unit, work, unit + dim};
    genrepi_parallel_range(ctx, n, ROWS_AT_ONCE, score_rows, &state);
    int64_t count = choose(work, n, exclude, k, indices);
    for (int64_t i = 0; scores != NULL && i < count; i++) scores[i] = (float)work[indices[i]];
    if (found != NULL) *found = count;
    genrepi_free(ctx, work);
    return GENREP_OK;
}
