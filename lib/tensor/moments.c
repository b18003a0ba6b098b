/* Means and covariances in two passes. */
#include <tensor/moments.h>

#include <base/pool.h>
#include <kernel/matrix.h>

#include <string.h>

enum { COLUMNS_A_TASK = 64, ROWS_A_BLOCK = 512 };

int32_t genrepi_rows_of(const genrep_tensor *tensor, const char *what, genrepi_rows *out) {
    if (tensor->shape.rank < 1)
        return genrepi_fail(
            tensor->ctx, GENREP_E_INVALID,
            "%s: a single number is no set: one entry of the first axis is a sample", what);
    out->tensor = tensor;
    out->n = tensor->shape.size[0];
    out->dim = 1;
    for (int32_t i = 1; i < tensor->shape.rank; i++) out->dim *= tensor->shape.size[i];
    if (out->n > 0 && out->dim > 0) return GENREP_OK;
    char shape[GENREPI_SHAPE_BYTES];
    return genrepi_fail(tensor->ctx, GENREP_E_INVALID, "%s: the shape %s holds no numbers", what,
                        genrepi_shape_text(&tensor->shape, shape));
}

static void read_piece(const genrepi_rows *rows, int64_t row, int64_t begin, int64_t count,
                       double *to) {
    const size_t bytes = genrepi_dtype_bytes(rows->tensor->dtype);
    const char *from = rows->tensor->data;
    genrepi_convert(count, rows->tensor->dtype, from + (size_t)(row * rows->dim + begin) * bytes,
                    GENREP_F64, to);
}

void genrepi_rows_read(const genrepi_rows *rows, int64_t begin, int64_t count, const double *mean,
                       double *to) {
    for (int64_t i = 0; i < count; i++, to += rows->dim) {
        read_piece(rows, begin + i, 0, rows->dim, to);
        for (int64_t j = 0; j < rows->dim && mean != NULL; j++) to[j] -= mean[j];
    }
}

typedef struct sums {
    const genrepi_rows *rows;
    const double *mean; /* NULL: the sums themselves; else of the squared differences */
    double divisor, *to;
} sums;

static void sum_columns(void *argument, int64_t begin, int64_t end) {
    const sums *s = argument;
    double x[COLUMNS_A_TASK], total[COLUMNS_A_TASK] = {0};
    const int64_t n = end - begin;
    for (int64_t i = 0; i < s->rows->n; i++) {
        read_piece(s->rows, i, begin, n, x);
        for (int64_t j = 0; j < n; j++) {
            const double d = s->mean == NULL ? 0 : x[j] - s->mean[begin + j];
            total[j] += s->mean == NULL ? x[j] : d * d;
        }
    }
    for (int64_t j = 0; j < n; j++) s->to[begin + j] = total[j] / s->divisor;
}

int32_t genrepi_rows_mean(const genrepi_rows *rows, const char *what, double *mean) {
    sums s = {rows, NULL, (double)rows->n, mean};
    genrepi_parallel_range(rows->tensor->ctx, rows->dim, COLUMNS_A_TASK, sum_columns, &s);
    for (int64_t j = 0; j < rows->dim; j++)
        if (!isfinite(mean[j]))
            return genrepi_fail(rows->tensor->ctx, GENREP_E_INVALID,
                                "%s: not all of its numbers are finite: see number %lld of a "
                                "sample",
                                what, (long long)j);
    return GENREP_OK;
}

void genrepi_rows_variances(const genrepi_rows *rows, const double *mean, double divisor,
                            double *variances) {
    sums s = {rows, mean, divisor, variances};
    genrepi_parallel_range(rows->tensor->ctx, rows->dim, COLUMNS_A_TASK, sum_columns, &s);
}

typedef struct block {
    const genrepi_rows *rows;
    const double *mean;
    int64_t first;
    double *x;
} block;

static void read_rows(void *argument, int64_t begin, int64_t end) {
    const block *b = argument;
    genrepi_rows_read(b->rows, b->first + begin, end - begin, b->mean, b->x + begin * b->rows->dim);
}

int32_t genrepi_rows_covariance(const genrepi_rows *rows, const double *mean, double divisor,
                                double *covariance) {
    genrep_ctx *ctx = rows->tensor->ctx;
    const int64_t n = rows->n, d = rows->dim, most = n < ROWS_A_BLOCK ? n : ROWS_A_BLOCK;
    block b = {rows, mean, 0, genrepi_alloc_raw(ctx, most, (size_t)d * sizeof(double))};
    int32_t status = b.x == NULL ? GENREP_E_NOMEM : GENREP_OK;
    if (status == GENREP_OK) memset(covariance, 0, (size_t)(d * d) * sizeof *covariance);
    for (; b.first < n && status == GENREP_OK; b.first += most) {
        const int64_t count = n - b.first < most ? n - b.first : most;
        genrepi_parallel_range(ctx, count, 16, read_rows, &b);
        const genrepi_operand columns = {b.x, 1, d};
        status =
            genrepi_multiply(ctx, d, d, count, 1 / divisor, columns, columns, covariance, d, 1);
    }
    if (status == GENREP_OK) genrepi_mirror(d, covariance);
    genrepi_free(ctx, b.x);
    return status;
}
