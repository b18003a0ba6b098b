/* The Fréchet distance of the normal distributions with the sets' moments (Dowson and Landau 1982;
 * Heusel et al. 2017):
 *
 *   |m_1 - m_2|^2 + tr S_1 + tr S_2 - 2 tr (S_1 S_2)^(1/2)
 *
 * With S_i = F_i' F_i the last trace is the sum of the singular values of F_1 F_2': right for
 * singular covariances as they are.  F is the centred samples over sqrt(n - 1) where they are few,
 * else the rows of a pivoted Cholesky factor of the covariance. */
#include <metrics/metric.h>

#include <kernel/matrix.h>

#include <math.h>

typedef struct moments {
    double *mean, *factor;
    int64_t rank;
    double trace;
} moments;

static int32_t take_samples(const genrepi_rows *rows, moments *m) {
    const double scale = 1 / sqrt((double)(rows->n - 1));
    m->factor = genrepi_alloc_raw(rows->tensor->ctx, rows->n, (size_t)rows->dim * sizeof(double));
    if (m->factor == NULL) return GENREP_E_NOMEM;
    genrepi_rows_read(rows, 0, rows->n, m->mean, m->factor);
    for (int64_t i = 0; i < rows->n * rows->dim; i++) {
        m->factor[i] *= scale;
        m->trace += m->factor[i] * m->factor[i];
    }
    m->rank = rows->n;
    return GENREP_OK;
}

static int32_t take_covariance(const genrepi_rows *rows, moments *m) {
    genrep_ctx *ctx = rows->tensor->ctx;
    const int64_t dim = rows->dim;
    double *s = genrepi_alloc_raw(ctx, dim, (size_t)dim * sizeof *s);
    m->factor = genrepi_alloc_raw(ctx, dim, (size_t)dim * sizeof(double));
    int32_t status = s == NULL || m->factor == NULL ? GENREP_E_NOMEM : GENREP_OK;
    if (status == GENREP_OK)
        status = genrepi_rows_covariance(rows, m->mean, (double)(rows->n - 1), s);
    for (int64_t j = 0; j < dim && status == GENREP_OK; j++) m->trace += s[j * dim + j];
    if (status == GENREP_OK) status = genrepi_cholesky_rows(ctx, dim, s, m->factor, &m->rank);
    genrepi_free(ctx, s);
    return status;
}

static int32_t take(const genrepi_comparison *c, const genrepi_rows *rows, moments *m) {
    m->mean = genrepi_alloc(c->ctx, rows->dim, sizeof *m->mean);
    if (m->mean == NULL) return GENREP_E_NOMEM;
    int32_t status = genrepi_rows_mean(rows, c->name, m->mean);
    if (status != GENREP_OK) return status;
    return rows->n <= rows->dim ? take_samples(rows, m) : take_covariance(rows, m);
}

static int32_t distance(genrepi_comparison *c, const moments *a, const moments *b) {
    const int64_t dim = c->rows_a.dim;
    double apart = 0, norm = 0;
    double *product = genrepi_alloc(c->ctx, a->rank, (size_t)b->rank * sizeof *product);
    if (product == NULL) return GENREP_E_NOMEM;
    int32_t status =
        genrepi_multiply(c->ctx, a->rank, b->rank, dim, 1, (genrepi_operand){a->factor, dim, 1},
                         (genrepi_operand){b->factor, dim, 1}, product, b->rank, 0);
    if (status == GENREP_OK)
        status = genrepi_nuclear_norm(c->ctx, a->rank, b->rank, product, &norm);
    for (int64_t j = 0; j < dim; j++)
        apart += (a->mean[j] - b->mean[j]) * (a->mean[j] - b->mean[j]);
    c->value = fmax(apart + a->trace + b->trace - 2 * norm, 0);
    genrepi_free(c->ctx, product);
    return status;
}

static int32_t run(genrepi_comparison *c, const void *options) {
    (void)options;
    moments a = {0}, b = {0};
    int32_t status = genrepi_comparison_needs(c, 2);
    if (status == GENREP_OK) status = take(c, &c->rows_a, &a);
    if (status == GENREP_OK) status = take(c, &c->rows_b, &b);
    if (status == GENREP_OK) status = distance(c, &a, &b);
    genrepi_free(c->ctx, b.factor);
    genrepi_free(c->ctx, b.mean);
    genrepi_free(c->ctx, a.factor);
    genrepi_free(c->ctx, a.mean);
    return status;
}

static const genrepi_metric_ops ops = {GENREPI_COMPARES_SETS, run};
const genrepi_kind genrepi_kind_metric_frechet = {
    .family = "metric",
    .name = "frechet",
    .help = "Frechet distance of the normal distributions with the sets' moments; 0: the same",
    .implementation = &ops,
};
