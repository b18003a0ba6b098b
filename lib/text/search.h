/* Queries of word vectors: the best rows of one query or of many, and analogies.
 *
 * Equal scores come by number, and a score that is not a number is nobody's.  Work is cut into
 * blocks by its shape, so results do not depend on threads. */
#ifndef GENREPI_TEXT_SEARCH_H
#define GENREPI_TEXT_SEARCH_H

#include <text/vectors.h>

/* Options kinds "vectors_nearest" and "vectors_analogy". */
typedef struct genrepi_nearest_options {
    int64_t restrict_to;
} genrepi_nearest_options;
extern const genrepi_kind genrepi_kind_vectors_nearest;

enum { GENREPI_ANALOGY_ADD, GENREPI_ANALOGY_MUL };
typedef struct genrepi_analogy_options {
    int32_t method;
    int64_t restrict_to;
} genrepi_analogy_options;
extern const genrepi_kind genrepi_kind_vectors_analogy;

/* best.c: a heap of the best so far, the worst of them on top. */
typedef struct genrepi_hit {
    real score;
    int64_t index;
} genrepi_hit;
typedef struct genrepi_best {
    genrepi_hit *hits; /* room for k */
    int64_t n, k;
} genrepi_best;

/* Candidates come in the order of their numbers: one that is only as good as the worst is not
 * taken. */
void genrepi_best_add(genrepi_best *best, real score, int64_t index);
static inline int genrepi_best_wants(const genrepi_best *best, real score) {
    return best->n < best->k ? score == score : score > best->hits[0].score;
}
void genrepi_best_sort(genrepi_best *best); /* best first; nothing is added any more */

/* How the scores of a result come from the cosines of its unit queries. */
enum {
    GENREPI_SEARCH_COSINE, /* one query: its cosine */
    GENREPI_SEARCH_MUL     /* three, of a, b, c: cos'(b) cos'(c) / (cos'(a) + 1e-3) */
};
typedef struct genrepi_search {
    const genrep_vectors *vectors;
    int32_t rule;
    int64_t n;              /* results */
    const real *queries;    /* n, or 3n in the order a, b, c: rows of length 1 */
    const int64_t *exclude; /* n * n_exclude numbers that are left out; others do no harm */
    int64_t n_exclude;
    int64_t limit; /* rows 0..limit-1 are searched */
    int64_t k;     /* at least 1 */
} genrepi_search;

/* indices, scores (may be NULL): n * k, where fewer are found filled with -1 and 0; found (may be
 * NULL): n.  Untouched on failure. */
int32_t genrepi_search_run(const genrepi_search *search, int64_t *indices, float *scores,
                           int64_t *found);

/* unit = query / |query|; 0 if it is zero or not finite. */
int genrepi_unit(int64_t dim, const float *query, real *unit);
/* How many rows `restrict=` leaves: all for 0. */
int64_t genrepi_search_limit(const genrep_vectors *vectors, int64_t restrict_to);

/* A single query: one pass over the rows. */
int32_t genrepi_vectors_nearest(const genrep_vectors *vectors, const float *query, int64_t exclude,
                                int64_t k, int64_t *indices, float *scores, int64_t *found);
int32_t genrepi_vectors_nearest_batch(const genrep_vectors *vectors, int64_t n,
                                      const float *queries, int64_t n_exclude,
                                      const int64_t *exclude, int64_t restrict_to, int64_t k,
                                      int64_t *indices, float *scores, int64_t *found);
/* 0 if one of them is zero. */
double genrepi_vectors_cosine(const genrep_vectors *vectors, int64_t i, int64_t j);

/* n questions a, b, c: a is to b as c is to ?; numbers of words, which are checked.  A question
 * without a direction (b - a + c is zero; for mul, one of the rows is zero) has found[i] -1. */
int32_t genrepi_analogies(const genrep_vectors *vectors, const genrepi_analogy_options *options,
                          int64_t n, const int64_t *questions, int64_t k, int64_t *indices,
                          float *scores, int64_t *found);
/* One question, which is refused without a direction; room for k, of which *found (may be NULL) are
 * written. */
int32_t genrepi_vectors_analogy(const genrep_vectors *vectors,
                                const genrepi_analogy_options *options, const int64_t question[3],
                                int64_t k, int64_t *indices, float *scores, int64_t *found);

#endif
