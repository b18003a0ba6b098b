/* Eigenvalues and eigenvectors of symmetric matrices: Householder's reduction to tridiagonal form
 * and the QL method with implicit shifts (Golub and Van Loan, "Matrix computations", 8.3). */
#include <kernel/matrix.h>

#include <math.h>
#include <string.h>

enum { ROWS_A_TASK = 8, COLUMNS_A_TASK = 32, MOST_STEPS = 80 };

double genrepi_reflection(int64_t n, double *x, double *factor) {
    double most = 0, squares = 0;
    for (int64_t i = 1; i < n; i++) most = fmax(most, fabs(x[i]));
    *factor = 0;
    if (most == 0) return x[0];
    most = fmax(most, fabs(x[0]));
    for (int64_t i = 0; i < n; i++) squares += (x[i] / most) * (x[i] / most);
    const double alpha = x[0] > 0 ? -most * sqrt(squares) : most * sqrt(squares);
    /* v = x - alpha e_0, brought to v_0 = 1; factor = 2 / v'v = (alpha - x_0) / alpha */
    const double scale = 1 / (x[0] - alpha);
    *factor = (alpha - x[0]) / alpha;
    for (int64_t i = 1; i < n; i++) x[i] *= scale;
    x[0] = 1;
    return alpha;
}

/* ---- tridiagonal ----------------------------------------------------------------------------- */

static int64_t next_split(int64_t n, const double *d, const double *e, int64_t from, double small) {
    int64_t m = from;
    while (m < n - 1 && fabs(e[m]) > small && fabs(e[m]) > 0x1p-53 * (fabs(d[m]) + fabs(d[m + 1])))
        m++;
    return m;
}

/* One implicit step on the rows from..m; what is chased out above becomes e[from]. */
static void ql_step(double *d, double *e, int64_t from, int64_t m,
                    void (*rotate)(void *user, int64_t i, double c, double s), void *user) {
    const double half = (d[from + 1] - d[from]) / (2 * e[from]);
    double g = d[m] - d[from] + e[from] / (half + copysign(sqrt(half * half + 1), half));
    double c = 1, s = 1, moved = 0;
    for (int64_t i = m - 1; i >= from; i--) {
        const double f = s * e[i], b = c * e[i], r = sqrt(f * f + g * g);
        e[i + 1] = r;
        if (r == 0) { /* it fell apart here: the rest is a problem of its own */
            d[i + 1] -= moved;
            e[m] = 0;
            return;
        }
        s = f / r, c = g / r;
        const double low = d[i + 1] - moved, turn = (d[i] - low) * s + 2 * c * b;
        moved = s * turn;
        d[i + 1] = low + moved;
        g = c * turn - b;
        if (rotate != NULL) rotate(user, i, c, s);
    }
    d[from] -= moved;
    e[from] = g;
    e[m] = 0;
}

static int32_t fail(genrep_ctx *ctx) {
    return genrepi_fail(ctx, GENREP_E_RANGE,
                        "eigenvalues: no convergence: the numbers are not finite, or too large");
}

int32_t genrepi_tridiagonal(genrep_ctx *ctx, int64_t n, double *d, double *e,
                            void (*rotate)(void *user, int64_t i, double c, double s), void *user) {
    double most = 0, sum = 0;
    if (n == 0) return GENREP_OK;
    e[n - 1] = 0;
    for (int64_t i = 0; i < n; i++) {
        most = fmax(most, fmax(fabs(d[i]), fabs(e[i])));
        sum += d[i] + e[i];
    }
    if (!isfinite(sum)) return fail(ctx);
    if (most == 0) return GENREP_OK;
    for (int64_t i = 0; i < n; i++) d[i] /= most, e[i] /= most;
    for (int64_t from = 0; from < n; from++) {
        int32_t steps = 0;
        for (;;) {
            const int64_t m = next_split(n, d, e, from, 0x1p-56);
            if (m == from) break;
            if (++steps > MOST_STEPS) return fail(ctx);
            ql_step(d, e, from, m, rotate, user);
        }
    }
    for (int64_t i = 0; i < n; i++) d[i] *= most;
    return GENREP_OK;
}

/* ---- whole matrices -------------------------------------------------------------------------- */

typedef struct rotation {
    int64_t i;
    double c, s;
} rotation;

typedef struct eigen {
    genrep_ctx *ctx;
    const genrepi_kernels *kernels;
    int64_t n, k;
    double *a;       /* row k, from k + 1 on: the k-th reflection's v */
    double *factors; /* of the reflections */
    double *p;       /* a v, then w */
    double *z;       /* rows: eigenvectors */
    rotation *rotations;
    int64_t held, most;
} eigen;

/* p = factor A v, A the rows and columns from k + 1 on. */
static void make_p(void *argument, int64_t begin, int64_t end) {
    const eigen *g = argument;
    const int64_t from = g->k + 1, left = g->n - from;
    const double *v = g->a + g->k * g->n + from;
    for (int64_t i = from + begin; i < from + end; i++)
        g->p[i] = g->factors[g->k] * g->kernels->double_dot(left, g->a + i * g->n + from, v);
}

/* A -= v w' + w v' */
static void subtract(void *argument, int64_t begin, int64_t end) {
    const eigen *g = argument;
    const int64_t from = g->k + 1, left = g->n - from;
    const double *v = g->a + g->k * g->n, *w = g->p;
    for (int64_t i = from + begin; i < from + end; i++) {
        double *row = g->a + i * g->n + from;
        g->kernels->double_axpy(left, -v[i], w + from, row);
        g->kernels->double_axpy(left, -w[i], v + from, row);
    }
}

static void make_tridiagonal(eigen *g, double *d, double *e) {
    const int64_t n = g->n;
    for (g->k = 0; g->k < n; g->k++) {
        const int64_t k = g->k, from = k + 1, left = n - from;
        double *v = g->a + k * n + from;
        d[k] = g->a[k * n + k];
        e[k] = left > 0 ? genrepi_reflection(left, v, &g->factors[k]) : 0;
        if (left == 0 || g->factors[k] == 0) continue;
        genrepi_parallel_range(g->ctx, left, 2 * ROWS_A_TASK, make_p, g);
        const double along = g->factors[k] / 2 * g->kernels->double_dot(left, g->p + from, v);
        g->kernels->double_axpy(left, -along, v, g->p + from);
        genrepi_parallel_range(g->ctx, left, 2 * ROWS_A_TASK, subtract, g);
    }
}

/* The columns of the product of all reflections, as rows of z. */
static void make_basis(void *argument, int64_t begin, int64_t end) {
    const eigen *g = argument;
    const int64_t n = g->n;
    memset(g->z + begin * n, 0, (size_t)((end - begin) * n) * sizeof *g->z);
    for (int64_t j = begin; j < end; j++) g->z[j * n + j] = 1;
    for (int64_t k = end - 2; k >= 0; k--) {
        const int64_t from = k + 1;
        const double *v = g->a + k * n + from;
        if (g->factors[k] == 0) continue;
        for (int64_t j = begin > from ? begin : from; j < end; j++) {
            double *row = g->z + j * n + from;
            const double along = g->kernels->double_dot(n - from, v, row);
            g->kernels->double_axpy(n - from, -g->factors[k] * along, v, row);
        }
    }
}

static void rotate_columns(void *argument, int64_t begin, int64_t end) {
    const eigen *g = argument;
    for (int64_t r = 0; r < g->held; r++) {
        double *x = g->z + g->rotations[r].i * g->n + begin;
        g->kernels->double_rotate(end - begin, g->rotations[r].c, g->rotations[r].s, x, x + g->n);
    }
}

/* Rotations wait until there are many, so that a task's columns stay in its cache. */
static void hold_rotation(void *user, int64_t i, double c, double s) {
    eigen *g = user;
    if (g->held == g->most) {
        genrepi_parallel_range(g->ctx, g->n, COLUMNS_A_TASK, rotate_columns, g);
        g->held = 0;
    }
    g->rotations[g->held++] = (rotation){i, c, s};
}

/* Greatest first; z's rows go to a in that order. */
static void put_in_order(eigen *g, const double *d, double *values) {
    const int64_t n = g->n;
    for (int64_t i = 0; i < n; i++) {
        int64_t place = 0;
        for (int64_t j = 0; j < n; j++) place += d[j] > d[i] || (d[j] == d[i] && j < i);
        values[place] = d[i];
        memcpy(g->a + place * n, g->z + i * n, (size_t)n * sizeof *g->a);
    }
}

int32_t genrepi_eigen(genrep_ctx *ctx, int64_t n, double *a, double *values) {
    eigen g = {.ctx = ctx, .kernels = ctx->kernels, .n = n, .a = a, .most = 32 * n};
    int32_t status = GENREP_E_NOMEM;
    double *lines = genrepi_alloc(ctx, 4, (size_t)n * sizeof *lines);
    g.z = genrepi_alloc_raw(ctx, n, (size_t)n * sizeof *g.z);
    g.rotations = genrepi_alloc_raw(ctx, g.most, sizeof *g.rotations);
    if (lines != NULL && g.z != NULL && g.rotations != NULL) {
        double *d = lines, *e = lines + n;
        g.factors = lines + 2 * n, g.p = lines + 3 * n;
        make_tridiagonal(&g, d, e);
        genrepi_parallel_range(ctx, n, ROWS_A_TASK, make_basis, &g);
        status = genrepi_tridiagonal(ctx, n, d, e, hold_rotation, &g);
        genrepi_parallel_range(ctx, n, COLUMNS_A_TASK, rotate_columns, &g);
        if (status == GENREP_OK) put_in_order(&g, d, values);
    }
    genrepi_free(ctx, g.rotations);
    genrepi_free(ctx, g.z);
    genrepi_free(ctx, lines);
    return status;
}
