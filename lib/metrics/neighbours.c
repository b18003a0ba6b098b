/* Balls around samples that reach to the k-th neighbour in their own set: precision and recall
 * (Kynkaanniemi et al. 2019), density and coverage (Naeem et al. 2020).  a holds the real samples
 * x_i of radius r_i, b the made ones y_j. */
#include <metrics/metric.h>

#include <base/pool.h>
#include <kernel/gemm.h>

#include <math.h>
#include <stdatomic.h>

enum { ROWS = 256, COLUMNS = 1024, ROWS_A_TASK = 8 };

/* Below this share of |x|^2 + |y|^2 a distance is summed from the differences: what is left of a
 * product in single precision would not do. */
#define CLOSE 1e-3

typedef struct neighbours_options {
    int64_t k;
} neighbours_options;

/* A set, centred with the mean of a. */
typedef struct points {
    int64_t n, dim;
    real *x;
    double *squares;
} points;

typedef struct search {
    const points *from, *to;
    const real *products; /* of the block */
    int64_t first, column, columns;
    int64_t k;
    double *nearest;       /* from->n * k, squared, least first; or NULL */
    const double *radii;   /* squared, k apart: the last of each of nearest */
    int64_t *hits;         /* of from: samples of to in the ball */
    atomic_uchar *covered; /* of to: 1 if in a ball */
} search;

static double squared_distance(const search *s, int64_t i, int64_t j, double product) {
    const points *a = s->from, *b = s->to;
    const double both = a->squares[i] + b->squares[j], distance = both - 2 * product;
    if (distance > CLOSE * both) return distance;
    double sum = 0;
    for (int64_t p = 0; p < a->dim; p++) {
        const double d = (double)a->x[i * a->dim + p] - (double)b->x[j * b->dim + p];
        sum += d * d;
    }
    return sum;
}

static void insert(double *nearest, int64_t k, double distance) {
    if (!(distance < nearest[k - 1])) return;
    int64_t at = k - 1;
    for (; at > 0 && nearest[at - 1] > distance; at--) nearest[at] = nearest[at - 1];
    nearest[at] = distance;
}

static void search_rows(void *argument, int64_t begin, int64_t end) {
    const search *s = argument;
    for (int64_t r = begin; r < end; r++) {
        const int64_t i = s->first + r;
        for (int64_t c = 0; c < s->columns; c++) {
            const int64_t j = s->column + c;
            if (s->nearest != NULL && i == j) continue;
            const double distance =
                squared_distance(s, i, j, (double)s->products[r * s->columns + c]);
            if (s->nearest != NULL) {
                insert(s->nearest + i * s->k, s->k, distance);
            } else if (distance <= s->radii[i * s->k + s->k - 1]) {
                s->hits[i]++;
                atomic_store_explicit(&s->covered[j], 1, memory_order_relaxed);
            }
        }
    }
}

/* All pairs of a row of `from` and one of `to`, by blocks of products. */
static int32_t search_all(genrep_ctx *ctx, search *s, real *products) {
    const int64_t dim = s->from->dim;
    s->products = products;
    for (s->first = 0; s->first < s->from->n; s->first += ROWS) {
        const int64_t left = s->from->n - s->first, rows = left < ROWS ? left : ROWS;
        for (s->column = 0; s->column < s->to->n; s->column += COLUMNS) {
            const int64_t rest = s->to->n - s->column;
            s->columns = rest < COLUMNS ? rest : COLUMNS;
            int32_t status =
                genrepi_gemm(ctx, 0, 1, rows, s->columns, dim, 1, s->from->x + s->first * dim, dim,
                             s->to->x + s->column * dim, dim, 0, products, s->columns);
            if (status != GENREP_OK) return status;
            genrepi_parallel_range(ctx, rows, ROWS_A_TASK, search_rows, s);
        }
    }
    return GENREP_OK;
}

static int32_t take(const genrepi_rows *rows, const double *mean, double *row, points *p) {
    genrep_ctx *ctx = rows->tensor->ctx;
    p->n = rows->n, p->dim = rows->dim;
    p->x = genrepi_alloc_raw(ctx, p->n, (size_t)p->dim * sizeof *p->x);
    p->squares = genrepi_alloc(ctx, p->n, sizeof *p->squares);
    if (p->x == NULL || p->squares == NULL) return GENREP_E_NOMEM;
    for (int64_t i = 0; i < p->n; i++) {
        real *x = p->x + i * p->dim;
        genrepi_rows_read(rows, i, 1, mean, row);
        genrepi_convert(p->dim, GENREP_F64, row, GENREPI_REAL, x);
        for (int64_t j = 0; j < p->dim; j++) p->squares[i] += (double)x[j] * (double)x[j];
    }
    return GENREP_OK;
}

/* Centred, so that products are no larger than they must be. */
static int32_t take_both(const genrepi_comparison *c, points *a, points *b) {
    const int64_t dim = c->rows_a.dim;
    double *lines = genrepi_alloc(c->ctx, 2, (size_t)dim * sizeof *lines);
    if (lines == NULL) return GENREP_E_NOMEM;
    int32_t status = genrepi_rows_mean(&c->rows_b, c->name, lines); /* finite? */
    if (status == GENREP_OK) status = genrepi_rows_mean(&c->rows_a, c->name, lines);
    if (status == GENREP_OK) status = take(&c->rows_a, lines, lines + dim, a);
    if (status == GENREP_OK) status = take(&c->rows_b, lines, lines + dim, b);
    genrepi_free(c->ctx, lines);
    return status;
}

typedef struct counts {
    int64_t hits;    /* pairs of a ball and a sample in it */
    int64_t balls;   /* with a sample in them */
    int64_t covered; /* samples in a ball */
} counts;

/* Balls around `from`, samples of `to`. */
static int32_t count(genrep_ctx *ctx, const points *from, const points *to, int64_t k,
                     counts *out) {
    search s = {.from = from, .to = from, .k = k};
    real *products = genrepi_alloc_raw(ctx, ROWS, COLUMNS * sizeof *products);
    double *nearest = genrepi_alloc_raw(ctx, from->n, (size_t)k * sizeof *nearest);
    int64_t *hits = genrepi_alloc(ctx, from->n, sizeof *hits);
    atomic_uchar *covered = genrepi_alloc(ctx, to->n, sizeof *covered);
    int32_t status = GENREP_E_NOMEM;
    if (products != NULL && nearest != NULL && hits != NULL && covered != NULL) {
        for (int64_t i = 0; i < from->n * k; i++) nearest[i] = HUGE_VAL;
        s.nearest = nearest;
        status = search_all(ctx, &s, products);
    }
    if (status == GENREP_OK) {
        s.nearest = NULL, s.radii = nearest, s.to = to, s.hits = hits, s.covered = covered;
        status = search_all(ctx, &s, products);
    }
    for (int64_t i = 0; i < from->n && status == GENREP_OK; i++) {
        out->hits += hits[i];
        out->balls += hits[i] > 0;
    }
    for (int64_t j = 0; j < to->n && status == GENREP_OK; j++) out->covered += covered[j];
    genrepi_free(ctx, covered);
    genrepi_free(ctx, hits);
    genrepi_free(ctx, nearest);
    genrepi_free(ctx, products);
    return status;
}

static int32_t measure(genrepi_comparison *c, const void *options, int32_t around_made,
                       counts *out) {
    const int64_t k = ((const neighbours_options *)options)->k;
    points a = {0}, b = {0};
    int32_t status = genrepi_comparison_needs(c, k + 1);
    if (status != GENREP_OK) return status;
    status = take_both(c, &a, &b);
    if (status == GENREP_OK)
        status = around_made ? count(c->ctx, &b, &a, k, out) : count(c->ctx, &a, &b, k, out);
    genrepi_free(c->ctx, b.squares);
    genrepi_free(c->ctx, b.x);
    genrepi_free(c->ctx, a.squares);
    genrepi_free(c->ctx, a.x);
    return status;
}

static int32_t run_precision(genrepi_comparison *c, const void *options) {
    counts n = {0};
    int32_t status = measure(c, options, 0, &n);
    c->value = (double)n.covered / (double)c->rows_b.n;
    return status;
}

static int32_t run_recall(genrepi_comparison *c, const void *options) {
    counts n = {0};
    int32_t status = measure(c, options, 1, &n);
    c->value = (double)n.covered / (double)c->rows_a.n;
    return status;
}

static int32_t run_density(genrepi_comparison *c, const void *options) {
    counts n = {0};
    int32_t status = measure(c, options, 0, &n);
    const int64_t k = ((const neighbours_options *)options)->k;
    c->value = (double)n.hits / ((double)k * (double)c->rows_b.n);
    return status;
}

static int32_t run_coverage(genrepi_comparison *c, const void *options) {
    counts n = {0};
    int32_t status = measure(c, options, 0, &n);
    c->value = (double)n.balls / (double)c->rows_a.n;
    return status;
}

#define K(fallback)                                                                                \
    {                                                                                              \
        GENREPI_OPTION_INT(neighbours_options, k, fallback, 1, 1024,                               \
                           "a ball reaches to the k-th neighbour in its own set")                  \
    }
static const genrepi_option three[] = K("3"), five[] = K("5");
static const genrepi_metric_ops precision = {GENREPI_COMPARES_SETS, run_precision};
static const genrepi_metric_ops recall = {GENREPI_COMPARES_SETS, run_recall};
static const genrepi_metric_ops density = {GENREPI_COMPARES_SETS, run_density};
static const genrepi_metric_ops coverage = {GENREPI_COMPARES_SETS, run_coverage};
GENREPI_METRIC(precision, "precision", "share of the made samples (b) in a ball around a real one",
               three, neighbours_options, precision);
GENREPI_METRIC(recall, "recall", "share of the real samples (a) in a ball around a made one", three,
               neighbours_options, recall);
GENREPI_METRIC(density, "density", "how many balls around real samples hold a made one, over k",
               five, neighbours_options, density);
GENREPI_METRIC(coverage, "coverage", "share of the balls around real samples that hold a made one",
               five, neighbours_options, coverage);
