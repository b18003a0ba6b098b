/* Classes of words, as word2vec.c's -classes: spherical k-means (Dhillon and Modha 2001).  With
 * centres m_k of length 1, and the class k(i) of row x_i, it climbs
 *
 *   J = sum_i x_i . m_k(i),
 *
 * by turns over the centres, m_k = S_k / |S_k| with S_k the sum of the rows of class k, and over
 * the classes, k(i) = argmax_k x_i . m_k.  Neither can make J less, nor can the third: a class
 * that has become empty gets the row that its centre suits worst.  Rows are not normalised, so a
 * long one counts more; word2vec.c does the same.
 *
 * The start is word2vec.c's (word i is in class i modulo k), or as k-means++ (Arthur and
 * Vassilvitskii 2007): words that become centres are drawn one after another, each with a
 * probability in proportion to what it is short of at the centres so far, |x_i| - x_i . m. */
#include <text/classes.h>
#include <base/pool.h>
#include <base/random.h>
#include <kernel/gemm.h>
#include <kernel/kernel.h>
#include <math.h>
#include <string.h>

enum { MOST_ROWS = 1024, LEAST_ROWS = 16, SCORES = 1 << 20, ROWS_A_TASK = 64 };

static const genrepi_option options[] = {
    GENREPI_OPTION_INT(genrepi_classes_options, classes, NULL, 1, 1e6,
                       "how many classes; not more than there are words"),
    GENREPI_OPTION_INT(genrepi_classes_options, iterations, "10", 1, 1e6,
                       "how often centres and classes are made anew; less if nothing changes"),
    GENREPI_OPTION_WORD(genrepi_classes_options, start, "spread", "spread|modulo",
                        "spread: centres are words drawn far from one another, as k-means++; "
                        "modulo: word i is in class i modulo classes, as in word2vec.c"),
};
const genrepi_kind genrepi_kind_vectors_classes = {
    .family = "options",
    .name = "vectors_classes",
    .help = "k-means of words on the sphere",
    .options = options,
    .n_options = GENREPI_COUNT(options),
    .options_size = sizeof(genrepi_classes_options),
};

typedef struct clustering {
    const genrep_vectors *vectors;
    int64_t n, k, dim, rows_at_once;
    real *rows;       /* rows_at_once * dim */
    real *scores;     /* rows_at_once * k */
    real *centres;    /* k * dim */
    double *sums;     /* k * dim */
    double *lengths;  /* |x_i| */
    double *missing;  /* |x_i| - x_i . m_k(i) */
    int32_t *classes; /* k(i) */
    int64_t *members; /* numbers of words by class: members[begins[k]..begins[k + 1]) */
    int64_t *begins;  /* k + 1 */
    int64_t at;       /* first row of the block under way */
    int64_t centre;   /* the newest, while they are drawn */
} clustering;

static void free_clustering(clustering *c) {
    genrep_ctx *ctx = c->vectors->ctx;
    genrepi_free(ctx, c->rows);
    genrepi_free(ctx, c->scores);
    genrepi_free(ctx, c->centres);
    genrepi_free(ctx, c->sums);
    genrepi_free(ctx, c->lengths);
    genrepi_free(ctx, c->missing);
    genrepi_free(ctx, c->classes);
    genrepi_free(ctx, c->members);
    genrepi_free(ctx, c->begins);
}

static int32_t make_clustering(clustering *c) {
    genrep_ctx *ctx = c->vectors->ctx;
    c->rows_at_once = SCORES / c->k;
    if (c->rows_at_once > MOST_ROWS) c->rows_at_once = MOST_ROWS;
    if (c->rows_at_once < LEAST_ROWS) c->rows_at_once = LEAST_ROWS;
    size_t row = (size_t)c->dim * sizeof(real);
    c->rows = genrepi_alloc_raw(ctx, c->rows_at_once, row);
    c->scores = genrepi_alloc_raw(ctx, c->rows_at_once, (size_t)c->k * sizeof *c->scores);
    c->centres = genrepi_alloc(ctx, c->k, row);
    c->sums = genrepi_alloc_raw(ctx, c->k, (size_t)c->dim * sizeof *c->sums);
    c->lengths = genrepi_alloc_raw(ctx, c->n, sizeof *c->lengths);
    c->missing = genrepi_alloc_raw(ctx, c->n, sizeof *c->missing);
    c->classes = genrepi_alloc(ctx, c->n, sizeof *c->classes);
    c->members = genrepi_alloc_raw(ctx, c->n, sizeof *c->members);
    c->begins = genrepi_alloc_raw(ctx, c->k + 1, sizeof *c->begins);
    int made = c->rows != NULL && c->scores != NULL && c->centres != NULL && c->sums != NULL &&
               c->lengths != NULL && c->missing != NULL && c->classes != NULL &&
               c->members != NULL && c->begins != NULL;
    return made ? GENREP_OK : GENREP_E_NOMEM;
}

static void measure_rows(void *argument, int64_t begin, int64_t end) {
    clustering *c = argument;
    for (int64_t i = begin; i < end; i++) {
        const float *row = genrepi_vectors_row(c->vectors, i);
        double squares = 0;
        for (int64_t j = 0; j < c->dim; j++) squares += (double)row[j] * (double)row[j];
        c->lengths[i] = c->missing[i] = sqrt(squares);
    }
}

/* ---- the start ---- */

static void set_centre(clustering *c, int64_t k, int64_t word) {
    const float *row = genrepi_vectors_row(c->vectors, word);
    real *centre = c->centres + k * c->dim;
    for (int64_t j = 0; j < c->dim; j++)
        centre[j] = (real)(c->lengths[word] > 0 ? (double)row[j] / c->lengths[word] : 0);
    c->centre = k;
}

static double dot(const clustering *c, const float *row, const real *centre) {
    if (GENREPI_REAL == GENREP_F32) /* rows are what the kernels take */
        return (double)c->vectors->ctx->kernels->dot(c->dim, (const real *)(const void *)row,
                                                     centre);
    double sum = 0;
    for (int64_t j = 0; j < c->dim; j++) sum += (double)row[j] * (double)centre[j];
    return sum;
}

static void miss_less(void *argument, int64_t begin, int64_t end) {
    clustering *c = argument;
    const real *centre = c->centres + c->centre * c->dim;
    for (int64_t i = begin; i < end; i++) {
        double missing = c->lengths[i] - dot(c, genrepi_vectors_row(c->vectors, i), centre);
        if (missing < 0) missing = 0; /* rounding */
        if (missing < c->missing[i]) c->missing[i] = missing;
    }
}

/* A word, with probability in proportion to what it is short of. */
static int64_t draw_word(const clustering *c, genrepi_rng *rng) {
    double total = 0;
    for (int64_t i = 0; i < c->n; i++) total += c->missing[i];
    double left = genrepi_rng_uniform(rng) * total;
    int64_t last = -1;
    for (int64_t i = 0; i < c->n; i++) {
        if (!(c->missing[i] > 0)) continue;
        last = i;
        left -= c->missing[i];
        if (left < 0) break;
    }
    return last;
}

static void spread_centres(clustering *c) {
    genrep_ctx *ctx = c->vectors->ctx;
    genrepi_rng rng = genrepi_rng_at(ctx->seed, genrepi_stream(GENREPI_FOR_CLASSES, 0, 0), 0);
    for (int64_t k = 0; k < c->k; k++) {
        int64_t word = draw_word(c, &rng);
        set_centre(c, k, word < 0 ? k : word); /* fewer directions than classes */
        genrepi_parallel_range(ctx, c->n, ROWS_A_TASK, miss_less, c);
    }
}

/* ---- the classes ---- */

static void choose_classes(void *argument, int64_t begin, int64_t end) {
    clustering *c = argument;
    for (int64_t r = begin; r < end; r++) {
        const real *scores = c->scores + r * c->k;
        int64_t best = 0, i = c->at + r;
        for (int64_t k = 1; k < c->k; k++) {
            if (scores[k] > scores[best]) best = k;
        }
        c->missing[i] = c->lengths[i] - (double)scores[best];
        c->classes[i] = (int32_t)best;
    }
}

static int32_t assign(clustering *c) {
    genrep_ctx *ctx = c->vectors->ctx;
    for (c->at = 0; c->at < c->n; c->at += c->rows_at_once) {
        int64_t rows = c->n - c->at < c->rows_at_once ? c->n - c->at : c->rows_at_once;
        for (int64_t r = 0; r < rows; r++)
            genrepi_convert(c->dim, GENREP_F32, genrepi_vectors_row(c->vectors, c->at + r),
                            GENREPI_REAL, c->rows + r * c->dim);
        int32_t status = genrepi_gemm(ctx, 0, 1, rows, c->k, c->dim, 1, c->rows, c->dim, c->centres,
                                      c->dim, 0, c->scores, c->k);
        if (status != GENREP_OK) return status;
        genrepi_parallel_range(ctx, rows, ROWS_A_TASK, choose_classes, c);
    }
    return GENREP_OK;
}

static void count_members(clustering *c) { /* begins[k + 1]: members of class k */
    memset(c->begins, 0, (size_t)(c->k + 1) * sizeof *c->begins);
    for (int64_t i = 0; i < c->n; i++) c->begins[c->classes[i] + 1]++;
}

static void fill_empty_classes(clustering *c) {
    count_members(c);
    for (int64_t k = 0; k < c->k; k++) {
        if (c->begins[k + 1] > 0) continue;
        int64_t worst = -1;
        for (int64_t i = 0; i < c->n; i++) {
            if (c->begins[c->classes[i] + 1] > 1 &&
                (worst < 0 || c->missing[i] > c->missing[worst]))
                worst = i;
        }
        if (worst < 0) return; /* not a number anywhere */
        c->begins[c->classes[worst] + 1]--;
        c->begins[k + 1]++;
        c->classes[worst] = (int32_t)k;
    }
}

/* ---- the centres ---- */

static void move_centre(void *argument, int64_t k) {
    clustering *c = argument;
    double *sum = c->sums + k * c->dim, squares = 0;
    memset(sum, 0, (size_t)c->dim * sizeof *sum);
    for (int64_t at = c->begins[k]; at < c->begins[k + 1]; at++) {
        const float *row = genrepi_vectors_row(c->vectors, c->members[at]);
        for (int64_t j = 0; j < c->dim; j++) sum[j] += (double)row[j];
    }
    for (int64_t j = 0; j < c->dim; j++) squares += sum[j] * sum[j];
    if (!(squares > 0)) return; /* no members but zeros: the centre stays where it was */
    for (int64_t j = 0; j < c->dim; j++)
        c->centres[k * c->dim + j] = (real)(sum[j] / sqrt(squares));
}

static void move_centres(clustering *c) {
    count_members(c);
    for (int64_t k = 0; k < c->k; k++) c->begins[k + 1] += c->begins[k];
    for (int64_t i = 0; i < c->n; i++) c->members[c->begins[c->classes[i]]++] = i;
    for (int64_t k = c->k; k > 0; k--) c->begins[k] = c->begins[k - 1]; /* each had moved on */
    c->begins[0] = 0;
    genrepi_parallel(c->vectors->ctx, c->k, move_centre, c);
}

int32_t genrepi_vectors_classes(const genrep_vectors *vectors, const genrepi_classes_options *o,
                                int32_t *classes) {
    clustering c = {
        .vectors = vectors, .n = vectors->words.count, .k = o->classes, .dim = vectors->dim};
    if (c.k > c.n)
        return genrepi_fail(vectors->ctx, GENREP_E_INVALID,
                            "classes=%lld is more than the %lld words there are", (long long)c.k,
                            (long long)c.n);
    int32_t *before = genrepi_alloc_raw(vectors->ctx, c.n, sizeof *before);
    int32_t status = before == NULL ? GENREP_E_NOMEM : make_clustering(&c);
    if (status == GENREP_OK) {
        genrepi_parallel_range(vectors->ctx, c.n, ROWS_A_TASK, measure_rows, &c);
        if (o->start == GENREPI_CLASSES_MODULO) {
            for (int64_t i = 0; i < c.n; i++) c.classes[i] = (int32_t)(i % c.k);
        } else {
            spread_centres(&c);
            status = assign(&c);
            if (status == GENREP_OK) fill_empty_classes(&c);
        }
    }
    for (int64_t i = 0; i < o->iterations && status == GENREP_OK; i++) {
        memcpy(before, c.classes, (size_t)c.n * sizeof *before);
        move_centres(&c);
        status = assign(&c);
        if (status != GENREP_OK) break;
        fill_empty_classes(&c);
        if (memcmp(before, c.classes, (size_t)c.n * sizeof *before) == 0) break;
    }
    if (status == GENREP_OK) memcpy(classes, c.classes, (size_t)c.n * sizeof *classes);
    genrepi_free(vectors->ctx, before);
    free_clustering(&c);
    return status;
}
