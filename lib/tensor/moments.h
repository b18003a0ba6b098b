/* The rows of a tensor, entry i of its first axis being row i, as doubles; their mean and their
 * covariance.  Numbers are doubles in both builds; sums run in one order for any number of threads.
 */
#ifndef GENREPI_TENSOR_MOMENTS_H
#define GENREPI_TENSOR_MOMENTS_H

#include <tensor/tensor.h>

typedef struct genrepi_rows {
    const genrep_tensor *tensor;
    int64_t n, dim;
} genrepi_rows;

/* Of any type and at least one axis; `what` names it in errors. */
int32_t genrepi_rows_of(const genrep_tensor *tensor, const char *what, genrepi_rows *out);

/* Copies `count` rows from row `begin` on, less `mean` (which may be NULL). */
void genrepi_rows_read(const genrepi_rows *rows, int64_t begin, int64_t count, const double *mean,
                       double *to);

/* The mean of each column; fails unless all numbers are finite.  n is at least 1. */
int32_t genrepi_rows_mean(const genrepi_rows *rows, const char *what, double *mean);

/* sum (x - mean)(x - mean)' / divisor, dim * dim. */
int32_t genrepi_rows_covariance(const genrepi_rows *rows, const double *mean, double divisor,
                                double *covariance);

/* The same of the columns on their own: variances. */
void genrepi_rows_variances(const genrepi_rows *rows, const double *mean, double divisor,
                            double *variances);

#endif
