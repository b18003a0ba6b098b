/* The classifier score (Salimans et al. 2016, who took Inception's logits): exp of the mean
 * divergence of p(y|x) from its mean over x, the average of parts of the set. */
#include <metrics/metric.h>

#include <math.h>
#include <string.h>

typedef struct score_options {
    int64_t splits;
} score_options;

/* p = softmax of a row; gives sum p log p. */
static double softmax(int64_t n, double *p) {
    double most = p[0], sum = 0, mean = 0;
    for (int64_t j = 1; j < n; j++) most = fmax(most, p[j]);
    for (int64_t j = 0; j < n; j++) sum += exp(p[j] - most);
    for (int64_t j = 0; j < n; j++) {
        const double logarithm = p[j] - most - log(sum);
        p[j] = exp(logarithm);
        mean += p[j] > 0 ? p[j] * logarithm : 0;
    }
    return isfinite(most) && isfinite(sum) ? mean : (double)NAN;
}

/* exp(mean over x of sum p log p - sum m log m), m the mean of p. */
static double score(const genrepi_rows *rows, int64_t begin, int64_t end, double *p, double *mean) {
    const int64_t classes = rows->dim;
    const double n = (double)(end - begin);
    double exponent = 0;
    memset(mean, 0, (size_t)classes * sizeof *mean);
    for (int64_t i = begin; i < end; i++) {
        genrepi_rows_read(rows, i, 1, NULL, p);
        exponent += softmax(classes, p) / n;
        for (int64_t j = 0; j < classes; j++) mean[j] += p[j] / n;
    }
    for (int64_t j = 0; j < classes; j++) exponent -= mean[j] > 0 ? mean[j] * log(mean[j]) : 0;
    return exp(exponent);
}

static int32_t run(genrepi_comparison *c, const void *given) {
    const int64_t splits = ((const score_options *)given)->splits, n = c->rows_a.n;
    if (n < splits)
        return genrepi_fail(c->ctx, GENREP_E_INVALID,
                            "%s: splits=%lld needs as many samples, got %lld", c->name,
                            (long long)splits, (long long)n);
    double *lines = genrepi_alloc(c->ctx, 2, (size_t)c->rows_a.dim * sizeof *lines);
    double *values = genrepi_alloc(c->ctx, splits, sizeof *values);
    int32_t status = lines == NULL || values == NULL ? GENREP_E_NOMEM : GENREP_OK;
    if (status == GENREP_OK) {
        for (int64_t s = 0; s < splits; s++)
            values[s] = score(&c->rows_a, s * n / splits, (s + 1) * n / splits, lines,
                              lines + c->rows_a.dim);
        genrepi_comparison_average(c, splits, values);
    }
    genrepi_free(c->ctx, values);
    genrepi_free(c->ctx, lines);
    return status;
}

static const genrepi_option options[] = {
    GENREPI_OPTION_INT(score_options, splits, "10", 1, 1 << 20,
                       "consecutive parts of the set, each with a score of its own"),
};
static const genrepi_metric_ops ops = {GENREPI_COMPARES_ONE, run};
GENREPI_METRIC(classifier_score, "classifier_score",
               "exp of the mean divergence of a classifier's answers from their mean; a: logits",
               options, score_options, ops);
