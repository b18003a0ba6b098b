/* Singular values: Householder's reduction to bidiagonal form (Golub and Kahan 1965), whose
 * singular values are, with both signs, the eigenvalues of the tridiagonal matrix with 0 on the
 * diagonal and the two diagonals in turn beside it.  No product with the transpose is formed, so
 * small ones are as exact as great ones (to the greatest one's rounding). */
#include <kernel/matrix.h>

#include <math.h>
#include <string.h>

enum { ROWS_A_TASK = 16, COLUMNS_A_TASK = 64 };

typedef struct bidiagonal {
    const genrepi_kernels *kernels;
    int64_t m, n, k;
    double *a;
    double *v, *w;   /* the left reflection, and factor v'A */
    const double *u; /* the right one: row k from k + 1 on; NULL if there is none */
    double left_factor, right_factor;
} bidiagonal;

static void make_w(void *argument, int64_t begin, int64_t end) {
    const bidiagonal *b = argument;
    double *w = b->w + b->k + begin;
    memset(w, 0, (size_t)(end - begin) * sizeof *w);
    for (int64_t i = b->k; i < b->m; i++)
        b->kernels->double_axpy(end - begin, b->left_factor * b->v[i],
                                b->a + i * b->n + b->k + begin, w);
}

static void reflect_rows(void *argument, int64_t begin, int64_t end) {
    const bidiagonal *b = argument;
    const int64_t from = b->k + 1, left = b->n - from;
    for (int64_t i = from + begin; i < from + end; i++) {
        double *row = b->a + i * b->n + from;
        b->kernels->double_axpy(left, -b->v[i], b->w + from, row);
        if (b->right_factor != 0)
            b->kernels->double_axpy(
                left, -b->right_factor * b->kernels->double_dot(left, row, b->u), b->u, row);
    }
}

/* m >= n; between: the two diagonals in turn, 2 n - 1 numbers. */
static void make_bidiagonal(genrep_ctx *ctx, bidiagonal *b, double *between) {
    for (b->k = 0; b->k < b->n; b->k++) {
        const int64_t k = b->k, left = b->n - k - 1;
        for (int64_t i = k; i < b->m; i++) b->v[i] = b->a[i * b->n + k];
        between[2 * k] = genrepi_reflection(b->m - k, b->v + k, &b->left_factor);
        if (left == 0) return;
        if (b->left_factor == 0) memset(b->v + k, 0, (size_t)(b->m - k) * sizeof *b->v);
        genrepi_parallel_range(ctx, left + 1, COLUMNS_A_TASK, make_w, b);
        double *row = b->a + k * b->n + k + 1;
        b->kernels->double_axpy(left, -b->v[k], b->w + k + 1, row);
        between[2 * k + 1] = genrepi_reflection(left, row, &b->right_factor);
        b->u = row;
        genrepi_parallel_range(ctx, b->m - k - 1, ROWS_A_TASK, reflect_rows, b);
    }
}

static void transpose(int64_t m, int64_t n, const double *from, double *to) {
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) to[j * m + i] = from[i * n + j];
}

int32_t genrepi_nuclear_norm(genrep_ctx *ctx, int64_t m, int64_t n, double *a, double *norm) {
    const int64_t most = m > n ? m : n, least = m > n ? n : m;
    int32_t status = GENREP_E_NOMEM;
    double *turned = NULL;
    *norm = 0;
    if (least == 0) return GENREP_OK;
    if (m < n) {
        turned = genrepi_alloc_raw(ctx, m, (size_t)n * sizeof *turned);
        if (turned == NULL) return GENREP_E_NOMEM;
        transpose(m, n, a, turned);
    }
    double *lines = genrepi_alloc(ctx, 6, (size_t)most * sizeof *lines);
    if (lines != NULL) {
        double *d = lines + 2 * most, *e = lines + 4 * most, sum = 0;
        bidiagonal b = {.kernels = ctx->kernels, .m = most, .n = least};
        b.a = turned == NULL ? a : turned, b.v = lines, b.w = lines + most;
        make_bidiagonal(ctx, &b, e);
        status = genrepi_tridiagonal(ctx, 2 * least, d, e, NULL, NULL);
        for (int64_t i = 0; i < 2 * least; i++) sum += fabs(d[i]) / 2;
        *norm = sum;
    }
    genrepi_free(ctx, lines);
    genrepi_free(ctx, turned);
    return status;
}
