/* Differences of pairs, element by element. */
#include <metrics/metric.h>

#include <math.h>

typedef struct psnr_options {
    double range;
} psnr_options;

static double absolute(const genrepi_comparison *c, const void *options, double *x,
                       double *scratch) {
    const int64_t n = c->rows_a.dim;
    double sum = 0;
    (void)options, (void)scratch;
    for (int64_t j = 0; j < n; j++) sum += fabs(x[j] - x[n + j]);
    return sum / (double)n;
}

static double squared(const genrepi_comparison *c, const void *options, double *x,
                      double *scratch) {
    const int64_t n = c->rows_a.dim;
    double sum = 0;
    (void)options, (void)scratch;
    for (int64_t j = 0; j < n; j++) sum += (x[j] - x[n + j]) * (x[j] - x[n + j]);
    return sum / (double)n;
}

static double decibels(const genrepi_comparison *c, const void *options, double *x,
                       double *scratch) {
    const double range = ((const psnr_options *)options)->range;
    return 10 * log10(range * range / squared(c, options, x, scratch));
}

static int32_t run_l1(genrepi_comparison *c, const void *options) {
    return genrepi_comparison_pairs(c, options, 0, absolute);
}
static int32_t run_mse(genrepi_comparison *c, const void *options) {
    return genrepi_comparison_pairs(c, options, 0, squared);
}
static int32_t run_psnr(genrepi_comparison *c, const void *options) {
    return genrepi_comparison_pairs(c, options, 0, decibels);
}

static const genrepi_option rows[] = {
    GENREPI_OPTION_NUMBER(psnr_options, range, "2", 1e-30, 1e30,
                          "from the least to the greatest number there can be: 2 for -1..1, 255"),
};
static const genrepi_metric_ops l1 = {GENREPI_COMPARES_PAIRS, run_l1};
static const genrepi_metric_ops mse = {GENREPI_COMPARES_PAIRS, run_mse};
static const genrepi_metric_ops psnr = {GENREPI_COMPARES_PAIRS, run_psnr};
const genrepi_kind genrepi_kind_metric_l1 = {
    .family = "metric", .name = "l1", .help = "mean of |a - b|", .implementation = &l1};
const genrepi_kind genrepi_kind_metric_l2 = {
    .family = "metric", .name = "l2", .help = "mean of (a - b)^2, as mse", .implementation = &mse};
const genrepi_kind genrepi_kind_metric_mse = {
    .family = "metric", .name = "mse", .help = "mean of (a - b)^2", .implementation = &mse};
GENREPI_METRIC(psnr, "psnr", "10 log10(range^2 / mse) of each pair, in decibels", rows,
               psnr_options, psnr);
