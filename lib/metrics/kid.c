/* The kernel distance (Binkowski et al. 2018): the squared maximum mean discrepancy of the kernel
 * (x'y / d + 1)^degree, without bias, on subsets of both sets. */
#include <metrics/metric.h>

#include <base/pool.h>
#include <base/random.h>
#include <kernel/gemm.h>

#include <string.h>

typedef struct kid_options {
    int64_t degree, subsets, size;
} kid_options;

typedef struct kid {
    genrepi_comparison *c;
    int64_t size, degree;
    real *x, *y, *products;
    double *sums; /* one a row of products */
    int32_t diagonal;
} kid;

/* `size` samples without repetition. */
static void draw(const kid *k, const genrepi_rows *rows, uint64_t stream, real *to) {
    const genrep_tensor *tensor = rows->tensor;
    const size_t bytes = genrepi_dtype_bytes(tensor->dtype) * (size_t)rows->dim;
    for (int64_t i = 0; i < k->size; i++) {
        const uint64_t at =
            genrepi_permute(k->c->ctx->seed, stream, (uint64_t)rows->n, (uint64_t)i);
        genrepi_convert(rows->dim, tensor->dtype, (const char *)tensor->data + at * bytes,
                        GENREPI_REAL, to + i * rows->dim);
    }
}

static void sum_rows(void *argument, int64_t begin, int64_t end) {
    const kid *k = argument;
    const double scale = 1 / (double)k->c->rows_a.dim;
    for (int64_t i = begin; i < end; i++) {
        const real *row = k->products + i * k->size;
        double sum = 0;
        for (int64_t j = 0; j < k->size; j++) {
            const double base = (double)row[j] * scale + 1;
            double power = base;
            for (int64_t p = 1; p < k->degree; p++) power *= base;
            sum += k->diagonal || i != j ? power : 0;
        }
        k->sums[i] = sum;
    }
}

/* The sum of the kernel over all pairs; with diagonal 0 without those of equal index. */
static int32_t sum_kernel(kid *k, const real *x, const real *y, int32_t diagonal, double *sum) {
    const int64_t m = k->size, dim = k->c->rows_a.dim;
    int32_t status = genrepi_gemm(k->c->ctx, 0, 1, m, m, dim, 1, x, dim, y, dim, 0, k->products, m);
    if (status != GENREP_OK) return status;
    k->diagonal = diagonal;
    genrepi_parallel_range(k->c->ctx, m, 16, sum_rows, k);
    *sum = 0;
    for (int64_t i = 0; i < m; i++) *sum += k->sums[i];
    return GENREP_OK;
}

static int32_t distance(kid *k, uint64_t subset, double *value) {
    const double m = (double)k->size;
    double xx = 0, yy = 0, xy = 0;
    draw(k, &k->c->rows_a, genrepi_stream(GENREPI_FOR_METRIC, subset, 0), k->x);
    draw(k, &k->c->rows_b, genrepi_stream(GENREPI_FOR_METRIC, subset, 1), k->y);
    int32_t status = sum_kernel(k, k->x, k->x, 0, &xx);
    if (status == GENREP_OK) status = sum_kernel(k, k->y, k->y, 0, &yy);
    if (status == GENREP_OK) status = sum_kernel(k, k->x, k->y, 1, &xy);
    *value = (xx + yy) / (m * (m - 1)) - 2 * xy / (m * m);
    return status;
}

static int32_t run(genrepi_comparison *c, const void *given) {
    const kid_options *options = given;
    const int64_t dim = c->rows_a.dim;
    kid k = {.c = c, .size = options->size, .degree = options->degree};
    int32_t status = genrepi_comparison_needs(c, 2);
    if (status != GENREP_OK) return status;
    if (k.size > c->rows_a.n) k.size = c->rows_a.n;
    if (k.size > c->rows_b.n) k.size = c->rows_b.n;
    k.x = genrepi_alloc_raw(c->ctx, k.size, (size_t)dim * sizeof(real));
    k.y = genrepi_alloc_raw(c->ctx, k.size, (size_t)dim * sizeof(real));
    k.products = genrepi_alloc_raw(c->ctx, k.size, (size_t)k.size * sizeof(real));
    k.sums = genrepi_alloc_raw(c->ctx, k.size, sizeof *k.sums);
    double *values = genrepi_alloc(c->ctx, options->subsets, sizeof *values);
    if (k.x == NULL || k.y == NULL || k.products == NULL || k.sums == NULL || values == NULL)
        status = GENREP_E_NOMEM;
    for (int64_t s = 0; s < options->subsets && status == GENREP_OK; s++)
        status = distance(&k, (uint64_t)s, &values[s]);
    if (status == GENREP_OK) genrepi_comparison_average(c, options->subsets, values);
    genrepi_free(c->ctx, values);
    genrepi_free(c->ctx, k.sums);
    genrepi_free(c->ctx, k.products);
    genrepi_free(c->ctx, k.y);
    genrepi_free(c->ctx, k.x);
    return status;
}

static const genrepi_option options[] = {
    GENREPI_OPTION_INT(kid_options, degree, "3", 1, 8, "of the kernel (x'y / d + 1)^degree"),
    GENREPI_OPTION_INT(kid_options, subsets, "100", 1, 1 << 20, "how many are averaged"),
    GENREPI_OPTION_INT(kid_options, size, "1000", 2, 1 << 20,
                       "samples a subset; no more than there are"),
};
static const genrepi_metric_ops ops = {GENREPI_COMPARES_SETS, run};
GENREPI_METRIC(kid, "kid", "kernel distance: 0 on average for sets of one distribution", options,
               kid_options, ops);
