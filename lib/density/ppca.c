/* Probabilistic principal components: Tipping and Bishop, "Probabilistic principal component
 * analysis" (J. Royal Statistical Society B 61, 1999).  x = m + W z + s e; with u_k, l_k the q
 * greatest eigenvectors and eigenvalues of the covariance, s^2 is the mean of the other
 * eigenvalues and W's columns are sqrt(l_k - s^2) u_k.  They are the rows of F here. */
#include <density/density.h>

#include <kernel/matrix.h>

#include <math.h>
#include <string.h>

typedef struct ppca_options {
    int64_t components;
} ppca_options;

/* The q greatest eigenvalues, and F's rows as unit vectors; trace: of the covariance. */
static int32_t decompose(genrep_density *density, const genrepi_rows *rows, double *values,
                         double *trace) {
    const int64_t dim = density->dim;
    double *s = genrepi_density_numbers(density, dim);
    if (s == NULL) return GENREP_E_NOMEM;
    int32_t status = genrepi_rows_covariance(rows, density->mean, (double)rows->n, s);
    for (int64_t j = 0; j < dim; j++) *trace += s[j * dim + j];
    if (status == GENREP_OK) status = genrepi_eigen(density->ctx, dim, s, values);
    if (status == GENREP_OK) memcpy(density->factor, s, (size_t)(density->rank * dim) * sizeof *s);
    genrepi_free(density->ctx, s);
    return status;
}

/* The same where there are fewer samples than numbers, from the n * n products of the samples,
 * whose eigenvectors v give u = X' v / sqrt(n l). */
static int32_t decompose_few(genrep_density *density, const genrepi_rows *rows, double *values,
                             double *trace) {
    genrep_ctx *ctx = density->ctx;
    const int64_t n = rows->n, dim = density->dim;
    double *x = genrepi_density_numbers(density, n);
    double *g = genrepi_alloc(ctx, n, (size_t)n * sizeof *g);
    int32_t status = x == NULL || g == NULL ? GENREP_E_NOMEM : GENREP_OK;
    if (status == GENREP_OK) {
        const genrepi_operand samples = {x, dim, 1};
        genrepi_rows_read(rows, 0, n, density->mean, x);
        status = genrepi_multiply(ctx, n, n, dim, 1 / (double)n, samples, samples, g, n, 1);
    }
    if (status == GENREP_OK) {
        genrepi_mirror(n, g);
        for (int64_t i = 0; i < n; i++) *trace += g[i * n + i];
        status = genrepi_eigen(ctx, n, g, values);
    }
    for (int64_t k = 0; k < density->rank && status == GENREP_OK; k++)
        for (int64_t i = 0; i < n; i++)
            g[k * n + i] = values[k] > 0 ? g[k * n + i] / sqrt((double)n * values[k]) : 0;
    if (status == GENREP_OK)
        status = genrepi_multiply(ctx, density->rank, dim, n, 1, (genrepi_operand){g, n, 1},
                                  (genrepi_operand){x, 1, dim}, density->factor, dim, 0);
    genrepi_free(ctx, g);
    genrepi_free(ctx, x);
    return status;
}

/* From unit vectors and eigenvalues to F and s. */
static int32_t scale(genrep_density *density, const double *values, double trace) {
    const int64_t dim = density->dim, q = density->rank;
    double rest = trace;
    for (int64_t k = 0; k < q; k++) rest -= values[k];
    const double variance = rest / (double)(dim - q);
    if (!(variance > trace * 0x1p-46))
        return genrepi_fail(density->ctx, GENREP_E_INVALID,
                            "ppca: components=%lld explain all of the samples' variance: use fewer",
                            (long long)q);
    for (int64_t k = 0; k < q; k++) {
        const double length = sqrt(fmax(values[k] - variance, 0));
        for (int64_t j = 0; j < dim; j++) density->factor[k * dim + j] *= length;
    }
    for (int64_t j = 0; j < dim; j++) density->std[j] = sqrt(variance);
    return GENREP_OK;
}

static int32_t fit(genrep_density *density, const void *given, const genrepi_rows *rows,
                   genrepi_buffer *spec) {
    const int64_t q = ((const ppca_options *)given)->components, dim = density->dim;
    const int64_t few = rows->n < dim ? rows->n : dim;
    double trace = 0;
    if (q >= few)
        return genrepi_fail(density->ctx, GENREP_E_INVALID,
                            "ppca: components=%lld must be below both the %lld numbers of a sample "
                            "and the %lld samples",
                            (long long)q, (long long)dim, (long long)rows->n);
    double *values = genrepi_alloc(density->ctx, few, sizeof *values);
    density->rank = q;
    density->factor = genrepi_density_numbers(density, q);
    density->std = genrepi_density_numbers(density, 1);
    int32_t status = GENREP_E_NOMEM;
    if (values != NULL && density->factor != NULL && density->std != NULL)
        status = (few < dim ? decompose_few : decompose)(density, rows, values, &trace);
    if (status == GENREP_OK) status = scale(density, values, trace);
    genrepi_free(density->ctx, values);
    genrepi_buffer_format(spec, "ppca components=%lld", (long long)q);
    return status;
}

static double length_squared(const genrep_density *density, int64_t k) {
    const double *row = density->factor + k * density->dim;
    return density->ctx->kernels->double_dot(density->dim, row, row);
}

/* The rows are orthogonal, as square() needs them. */
static int32_t valid(const genrep_density *density) {
    if (density->std == NULL || density->factor == NULL) return 0;
    if (density->rank >= density->dim || !(density->std[0] > 0)) return 0;
    for (int64_t j = 1; j < density->dim; j++)
        if (density->std[j] != density->std[0]) return 0;
    for (int64_t i = 0; i < density->rank; i++)
        for (int64_t j = 0; j < i; j++) {
            const double *a = density->factor + i * density->dim;
            const double *b = density->factor + j * density->dim;
            const double limit = 1e-14 * length_squared(density, i) * length_squared(density, j);
            const double along = density->ctx->kernels->double_dot(density->dim, a, b);
            if (along * along > limit) return 0;
        }
    return 1;
}

static double log_determinant(const genrep_density *density) {
    const double variance = density->std[0] * density->std[0];
    double sum = (double)(density->dim - density->rank) * log(variance);
    for (int64_t k = 0; k < density->rank; k++) sum += log(variance + length_squared(density, k));
    return sum;
}

/* (|x|^2 - sum_k (f_k . x)^2 / l_k) / s^2, l_k = |f_k|^2 + s^2 (Woodbury). */
static double square(const genrep_density *density, double *x) {
    const genrepi_kernels *kernels = density->ctx->kernels;
    const double variance = density->std[0] * density->std[0];
    double sum = kernels->double_dot(density->dim, x, x);
    for (int64_t k = 0; k < density->rank; k++) {
        const double *row = density->factor + k * density->dim;
        const double along = kernels->double_dot(density->dim, row, x);
        sum -= along * along / (variance + length_squared(density, k));
    }
    return fmax(sum, 0) / variance;
}

static const genrepi_option options[] = {
    GENREPI_OPTION_INT(ppca_options, components, NULL, 1, 1 << 20,
                       "directions with a variance of their own"),
};
static const genrepi_density_ops ops = {fit, valid, log_determinant, square};
const genrepi_kind genrepi_kind_ppca = {
    .family = "density",
    .name = "ppca",
    .help = "normal distribution of few directions and the same noise in all: x = m + W z + s e",
    .options = options,
    .n_options = GENREPI_COUNT(options),
    .options_size = sizeof(ppca_options),
    .implementation = &ops,
};
