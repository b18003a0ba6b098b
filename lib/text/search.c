/* Many queries at once: blocks of the matrix queries * rows', and the best of each query.
 *
 * With Q the unit queries, R the rows and l their inverse lengths, the cosines are Q R' diag(l): a
 * matrix product, so that each row is fetched from memory once for all queries of a block. */
#include <text/search.h>
#include <base/pool.h>
#include <kernel/product.h>
#include <string.h>
#include <tensor/tensor.h>

enum {
    QUERIES_AT_ONCE = 240, /* a multiple of 3: a block of cosines stays in the processor's cache */
    ROWS_AT_ONCE = 2048
};

typedef struct block {
    const genrepi_search *search;
    genrepi_best *best; /* of the results in the block */
    const int64_t *exclude;
    const real *products; /* a row of ROWS_AT_ONCE for each query */
    int64_t begin, rows;  /* the rows of vectors */
} block;

static int is_excluded(const block *b, int64_t result, int64_t index) {
    const int64_t n = b->search->n_exclude;
    for (int64_t i = 0; i < n; i++)
        if (b->exclude[result * n + i] == index) return 1;
    return 0;
}

/* 3CosMul (Levy and Goldberg 2014), with c' = (cos + 1) / 2, which is not negative. */
static real multiply(real a, real b, real c) {
    return (b + 1) * (c + 1) / (2 * (a + 1) + 4 * (real)1e-3);
}

static void take_best(void *argument, int64_t result) {
    const block *b = argument;
    genrepi_best *best = &b->best[result];
    const real *lengths = b->search->vectors->inverse_lengths + b->begin;
    const int is_mul = b->search->rule == GENREPI_SEARCH_MUL;
    const real *p = b->products + (is_mul ? 3 * result : result) * ROWS_AT_ONCE;
    for (int64_t i = 0; i < b->rows; i++) {
        const real l = lengths[i];
        const real score =
            is_mul ? multiply(p[i] * l, p[ROWS_AT_ONCE + i] * l, p[2 * ROWS_AT_ONCE + i] * l)
                   : p[i] * l;
        if (genrepi_best_wants(best, score) && !is_excluded(b, result, b->begin + i))
            genrepi_best_add(best, score, b->begin + i);
    }
}

/* Rows are float; where the library is built in double, `copy` has room for a block of them. */
static const real *rows_as_real(const genrep_vectors *v, int64_t begin, int64_t rows, real *copy) {
    if (GENREPI_REAL == GENREP_F32)
        return (const real *)(const void *)genrepi_vectors_row(v, begin);
    for (int64_t i = 0; i < rows; i++)
        genrepi_convert(v->dim, GENREP_F32, genrepi_vectors_row(v, begin + i), GENREPI_REAL,
                        copy + i * v->stride);
    return copy;
}

/* Results from..to-1, over all rows. */
static int32_t search_block(const genrepi_search *search, int64_t from, int64_t to,
                            genrepi_best *best, real *products, real *copy) {
    const genrep_vectors *v = search->vectors;
    const int64_t per = search->rule == GENREPI_SEARCH_MUL ? 3 : 1;
    block b = {.search = search, .best = best + from, .products = products};
    b.exclude = search->n_exclude > 0 ? search->exclude + from * search->n_exclude : NULL;
    for (; b.begin < search->limit; b.begin += b.rows) {
        b.rows = search->limit - b.begin < ROWS_AT_ONCE ? search->limit - b.begin : ROWS_AT_ONCE;
        const genrepi_product product = {.trans_b = 1,
                                         .m = (to - from) * per,
                                         .n = b.rows,
                                         .k = v->dim,
                                         .alpha = 1,
                                         .a = search->queries + from * per * v->dim,
                                         .b = rows_as_real(v, b.begin, b.rows, copy),
                                         .c = products,
                                         .lda = v->dim,
                                         .ldb = v->stride,
                                         .ldc = ROWS_AT_ONCE};
        int32_t status = genrepi_product_run(v->ctx, &product);
        if (status != GENREP_OK) return status;
        genrepi_parallel(v->ctx, to - from, take_best, &b);
    }
    return GENREP_OK;
}

static void put_results(const genrepi_search *search, const genrepi_best *best, int64_t *indices,
                        float *scores, int64_t *found) {
    const int64_t k = search->k;
    for (int64_t i = 0; i < search->n; i++) {
        for (int64_t j = 0; j < k; j++) {
            const int there = j < best[i].n;
            indices[i * k + j] = there ? best[i].hits[j].index : -1;
            if (scores != NULL) scores[i * k + j] = there ? (float)best[i].hits[j].score : 0;
        }
        if (found != NULL) found[i] = best[i].n;
    }
}

int64_t genrepi_search_limit(const genrep_vectors *vectors, int64_t restrict_to) {
    const int64_t n = vectors->words.count;
    return restrict_to > 0 && restrict_to < n ? restrict_to : n;
}

int32_t genrepi_search_run(const genrepi_search *search, int64_t *indices, float *scores,
                           int64_t *found) {
    const genrep_vectors *v = search->vectors;
    const int64_t n = search->n, k = search->k < search->limit ? search->k : search->limit;
    const int64_t step = QUERIES_AT_ONCE / (search->rule == GENREPI_SEARCH_MUL ? 3 : 1);
    const int64_t copies = GENREPI_REAL == GENREP_F32 ? 0 : ROWS_AT_ONCE * v->stride;
    if (n > INT64_MAX / search->k / (int64_t)sizeof(genrepi_hit))
        return genrepi_fail(v->ctx, GENREP_E_INVALID,
                            "%lld queries for %lld words each are too many", (long long)n,
                            (long long)search->k);
    genrepi_best *best = genrepi_alloc(v->ctx, n, sizeof *best);
    genrepi_hit *hits = genrepi_alloc_raw(v->ctx, n * k, sizeof *hits);
    real *products =
        genrepi_alloc_raw(v->ctx, QUERIES_AT_ONCE * ROWS_AT_ONCE + copies, sizeof *products);
    int32_t status = best != NULL && hits != NULL && products != NULL ? GENREP_OK : GENREP_E_NOMEM;
    for (int64_t i = 0; i < n && status == GENREP_OK; i++)
        best[i] = (genrepi_best){.hits = hits + i * k, .k = k};
    for (int64_t from = 0; from < n && status == GENREP_OK; from += step)
        status = search_block(search, from, n - from < step ? n : from + step, best, products,
                              products + QUERIES_AT_ONCE * ROWS_AT_ONCE);
    for (int64_t i = 0; i < n && status == GENREP_OK; i++) genrepi_best_sort(&best[i]);
    if (status == GENREP_OK) put_results(search, best, indices, scores, found);
    genrepi_free(v->ctx, products);
    genrepi_free(v->ctx, hits);
    genrepi_free(v->ctx, best);
    return status;
}

int32_t genrepi_vectors_nearest_batch(const genrep_vectors *vectors, int64_t n,
                                      const float *queries, int64_t n_exclude,
                                      const int64_t *exclude, int64_t restrict_to, int64_t k,
                                      int64_t *indices, float *scores, int64_t *found) {
    genrep_ctx *ctx = vectors->ctx;
    const int64_t dim = vectors->dim;
    if (n > INT64_MAX / dim / (int64_t)sizeof(double))
        return genrepi_fail(ctx, GENREP_E_INVALID, "%lld queries are too many", (long long)n);
    real *units = genrepi_alloc_raw(ctx, n * dim, sizeof *units);
    if (units == NULL) return GENREP_E_NOMEM;
    int32_t status = GENREP_OK;
    for (int64_t i = 0; i < n && status == GENREP_OK; i++)
        if (!genrepi_unit(dim, queries + i * dim, units + i * dim))
            status =
                genrepi_fail(ctx, GENREP_E_INVALID,
                             "query %lld has no direction: it is zero or not finite", (long long)i);
    const genrepi_search search = {.vectors = vectors,
                                   .rule = GENREPI_SEARCH_COSINE,
                                   .n = n,
                                   .queries = units,
                                   .exclude = exclude,
                                   .n_exclude = n_exclude,
                                   .limit = genrepi_search_limit(vectors, restrict_to),
                                   .k = k};
    if (status == GENREP_OK) status = genrepi_search_run(&search, indices, scores, found);
    genrepi_free(ctx, units);
    return status;
}
