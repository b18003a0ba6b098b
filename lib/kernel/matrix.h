/* Dense linear algebra in double precision, in either build: what Gaussian densities and distances
 * between sets of features need, without LAPACK.  Matrices are row-major.  Work is split by its
 * shape, so the results are the same for any number of threads. */
#ifndef GENREPI_KERNEL_MATRIX_H
#define GENREPI_KERNEL_MATRIX_H

#include <base/ctx.h>
#include <base/pool.h>
#include <kernel/kernel.h>

/* An operand: element (i, p) is at[i * row + p * depth]; p is what is summed over. */
typedef struct genrepi_operand {
    const double *at;
    int64_t row, depth;
} genrepi_operand;

/* c_ij += alpha sum_p a(i, p) b(j, p), i < m, j < n, p < k.  lower 1: c is square and only blocks
 * that touch its lower triangle are worked out (genrepi_mirror() makes it whole).  0 or NOMEM. */
int32_t genrepi_multiply(genrep_ctx *ctx, int64_t m, int64_t n, int64_t k, double alpha,
                         genrepi_operand a, genrepi_operand b, double *c, int64_t ldc,
                         int32_t lower);
void genrepi_mirror(int64_t n, double *a); /* the upper triangle from the lower */

/* a = L L': the lower triangle becomes L, the upper is left alone.  *definite is 0 if a pivot is
 * not above what rounding leaves of 0.  0 or NOMEM. */
int32_t genrepi_cholesky(genrep_ctx *ctx, int64_t n, double *a, int32_t *definite);

/* Rows f with f'f = a for a semidefinite a, which is not changed, by Cholesky's method with the
 * greatest pivot next (Higham, "Accuracy and stability of numerical algorithms", 10.3): as many
 * rows as the rank, *rank; f has room for n.  0 or NOMEM. */
int32_t genrepi_cholesky_rows(genrep_ctx *ctx, int64_t n, const double *a, double *f,
                              int64_t *rank);

/* a symmetric: values become its eigenvalues, greatest first, and the rows of a its eigenvectors.
 * 0, GENREP_E_RANGE (no convergence) or NOMEM. */
int32_t genrepi_eigen(genrep_ctx *ctx, int64_t n, double *a, double *values);

/* The sum of the singular values of the m * n matrix a, which is destroyed.  0, GENREP_E_RANGE or
 * NOMEM. */
int32_t genrepi_nuclear_norm(genrep_ctx *ctx, int64_t m, int64_t n, double *a, double *norm);

/* ---- shared by eigen.c and singular.c -------------------------------------------------------- */

/* The reflection 1 - factor v v' that takes x to (alpha, 0, ..., 0): x becomes v.  Gives alpha;
 * factor is 0 if x is that already. */
double genrepi_reflection(int64_t n, double *x, double *factor);

/* Eigenvalues of the symmetric tridiagonal matrix (d, e), e[i] between i and i + 1, e[n - 1] free:
 * d becomes them, in no order.  rotate, if there is one, gets the rotations of columns i and i + 1,
 * in order.  0 or GENREP_E_RANGE with the error recorded. */
int32_t genrepi_tridiagonal(genrep_ctx *ctx, int64_t n, double *d, double *e,
                            void (*rotate)(void *user, int64_t i, double c, double s), void *user);

#endif
