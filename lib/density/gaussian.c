/* The normal distribution, its covariance diagonal or full, shrunk towards a multiple of the
 * identity: (1 - shrinkage) S + shrinkage tr(S) / d I.  shrinkage=auto is Ledoit and Wolf, "A
 * well-conditioned estimator for large-dimensional covariance matrices" (J. Multivariate Analysis
 * 88, 2004). */
#include <density/density.h>

#include <kernel/matrix.h>

#include <math.h>
#include <string.h>

enum { DIAGONAL, FULL };

typedef struct gaussian_options {
    int32_t covariance;
    char *shrinkage;
} gaussian_options;

/* NAN for auto. */
static int32_t read_shrinkage(genrep_ctx *ctx, const char *text, double *value) {
    *value = (double)NAN;
    if (strcmp(text, "auto") == 0) return GENREP_OK;
    if (!genrepi_parse_real(text, strlen(text), value))
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            "gaussian: shrinkage=%.60s is neither a number nor auto", text);
    if (*value >= 0 && *value <= 1) return GENREP_OK;
    return genrepi_fail(ctx, GENREP_E_RANGE, "gaussian: shrinkage=%.60s is outside 0..1", text);
}

/* What Ledoit and Wolf need of the samples: sum_i |x_i x_i'|^2, over the diagonal alone if the
 * covariance is. */
static double fourth_moment(const genrep_density *density, const genrepi_rows *rows, double *x,
                            int32_t diagonal) {
    double total = 0;
    for (int64_t i = 0; i < rows->n; i++) {
        double squares = 0, fourths = 0;
        genrepi_rows_read(rows, i, 1, density->mean, x);
        for (int64_t j = 0; j < density->dim; j++) {
            const double square = x[j] * x[j];
            squares += square;
            fourths += square * square;
        }
        total += diagonal ? fourths : squares * squares;
    }
    return total;
}

/* The share that brings the covariance nearest to the true one in the mean: the variance of the
 * estimate over its distance from the target, both as mean squares of elements.  s: `count`
 * elements, every `step`-th a variance. */
static int32_t estimate(const genrep_density *density, const genrepi_rows *rows, const double *s,
                        int64_t count, int64_t step, double mean, double *shrinkage) {
    double *x = genrepi_density_numbers(density, 1), squares = 0;
    if (x == NULL) return GENREP_E_NOMEM;
    for (int64_t i = 0; i < count; i++) squares += s[i] * s[i];
    const double n = (double)rows->n, distance = squares - (double)density->dim * mean * mean;
    const double spread = (fourth_moment(density, rows, x, step == 1) / n - squares) / n;
    *shrinkage = distance > 0 ? fmin(fmax(spread / distance, 0), 1) : 0;
    genrepi_free(density->ctx, x);
    return GENREP_OK;
}

static int32_t shrink(const genrep_density *density, const genrepi_rows *rows, double *s,
                      int64_t count, int64_t step, double *shrinkage) {
    double trace = 0;
    for (int64_t i = 0; i < count; i += step) trace += s[i];
    const double mean = trace / (double)density->dim;
    if (isnan(*shrinkage)) {
        int32_t status = estimate(density, rows, s, count, step, mean, shrinkage);
        if (status != GENREP_OK) return status;
    }
    for (int64_t i = 0; i < count; i++) s[i] *= 1 - *shrinkage;
    for (int64_t i = 0; i < count; i += step) s[i] += *shrinkage * mean;
    return GENREP_OK;
}

static int32_t fail_singular(const genrep_density *density, const genrepi_rows *rows) {
    return genrepi_fail(density->ctx, GENREP_E_INVALID,
                        "gaussian: the covariance of these %lld samples of %lld numbers is "
                        "singular: some number, or a combination of them, never varies: use "
                        "shrinkage=1e-6 or shrinkage=auto",
                        (long long)rows->n, (long long)rows->dim);
}

static int32_t fit_diagonal(genrep_density *density, const genrepi_rows *rows, double *shrinkage) {
    const int64_t dim = density->dim;
    double most = 0;
    density->std = genrepi_density_numbers(density, 1);
    if (density->std == NULL) return GENREP_E_NOMEM;
    genrepi_rows_variances(rows, density->mean, (double)rows->n, density->std);
    int32_t status = shrink(density, rows, density->std, dim, 1, shrinkage);
    if (status != GENREP_OK) return status;
    for (int64_t j = 0; j < dim; j++) most = fmax(most, density->std[j]);
    for (int64_t j = 0; j < dim; j++) {
        if (!(density->std[j] > most * 0x1p-104)) return fail_singular(density, rows);
        density->std[j] = sqrt(density->std[j]);
    }
    return GENREP_OK;
}

/* The factor's rows are the columns of the Cholesky factor L. */
static int32_t fit_full(genrep_density *density, const genrepi_rows *rows, double *shrinkage) {
    const int64_t dim = density->dim;
    int32_t definite = 0;
    double *s = density->factor = genrepi_density_numbers(density, dim);
    if (s == NULL) return GENREP_E_NOMEM;
    density->rank = dim;
    int32_t status = genrepi_rows_covariance(rows, density->mean, (double)rows->n, s);
    if (status == GENREP_OK) status = shrink(density, rows, s, dim * dim, dim + 1, shrinkage);
    if (status == GENREP_OK) status = genrepi_cholesky(density->ctx, dim, s, &definite);
    if (status == GENREP_OK && !definite) status = fail_singular(density, rows);
    for (int64_t i = 0; i < dim && status == GENREP_OK; i++)
        for (int64_t j = 0; j < i; j++) {
            s[j * dim + i] = s[i * dim + j];
            s[i * dim + j] = 0;
        }
    return status;
}

static int32_t fit(genrep_density *density, const void *given, const genrepi_rows *rows,
                   genrepi_buffer *spec) {
    const gaussian_options *options = given;
    char text[GENREPI_NUMBER_BYTES];
    double shrinkage;
    int32_t status = read_shrinkage(density->ctx, options->shrinkage, &shrinkage);
    if (status != GENREP_OK) return status;
    const int32_t full = options->covariance == FULL;
    status = (full ? fit_full : fit_diagonal)(density, rows, &shrinkage);
    if (status != GENREP_OK) return status;
    genrepi_format_real(text, shrinkage, 0);
    genrepi_buffer_format(spec, "gaussian covariance=%s shrinkage=%s", full ? "full" : "diagonal",
                          text);
    return GENREP_OK;
}

static int32_t valid(const genrep_density *density) {
    const int64_t dim = density->dim;
    if ((density->std == NULL) == (density->factor == NULL)) return 0;
    for (int64_t i = 0; i < dim; i++) {
        if (density->std != NULL && !(density->std[i] > 0)) return 0;
        if (density->std != NULL) continue;
        if (density->rank != dim || !(density->factor[i * dim + i] > 0)) return 0;
        for (int64_t j = 0; j < i; j++)
            if (density->factor[i * dim + j] != 0) return 0;
    }
    return 1;
}

static double log_determinant(const genrep_density *density) {
    double sum = 0;
    for (int64_t i = 0; i < density->dim; i++)
        sum +=
            log(density->std != NULL ? density->std[i] : density->factor[i * (density->dim + 1)]);
    return 2 * sum;
}

/* |y|^2 of L y = x. */
static double square(const genrep_density *density, double *x) {
    const int64_t dim = density->dim;
    double sum = 0;
    for (int64_t i = 0; i < dim; i++) {
        const double *row = density->factor == NULL ? NULL : density->factor + i * dim;
        const double y = x[i] / (row == NULL ? density->std[i] : row[i]);
        sum += y * y;
        if (row != NULL)
            density->ctx->kernels->double_axpy(dim - i - 1, -y, row + i + 1, x + i + 1);
    }
    return sum;
}

static const genrepi_option options[] = {
    GENREPI_OPTION_WORD(gaussian_options, covariance, "full", "diagonal|full",
                        "what is fitted: each number's variance alone, or all covariances"),
    GENREPI_OPTION_STRING(gaussian_options, shrinkage, "0",
                          "0..1: how far the covariance is drawn towards tr/d I; auto: as Ledoit "
                          "and Wolf (2004) estimate it"),
};
static const genrepi_density_ops ops = {fit, valid, log_determinant, square};
const genrepi_kind genrepi_kind_gaussian = {
    .family = "density",
    .name = "gaussian",
    .help = "normal distribution: mean and covariance of the samples (1/N)",
    .options = options,
    .n_options = GENREPI_COUNT(options),
    .options_size = sizeof(gaussian_options),
    .implementation = &ops,
};
