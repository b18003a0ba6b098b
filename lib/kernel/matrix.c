/* Products and Cholesky factors in double precision. */
#include <kernel/matrix.h>
#include <kernel/slots.h>

#include <math.h>
#include <string.h>

enum { ROWS = GENREPI_DOUBLE_ROWS, COLS = GENREPI_DOUBLE_COLS, BLOCK = 96, DEPTH = 256 };

typedef struct product {
    const genrepi_kernels *kernels;
    genrepi_operand a, b;
    int64_t m, n, k, ldc, across;
    double alpha, *c, *work;
    int32_t lower;
    genrepi_slots slots;
} product;

static int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* Panels of `width` rows side by side; zeros beyond the last row. */
static void pack(genrepi_operand x, int64_t begin, int64_t rows, int64_t p, int64_t depth,
                 int64_t width, double *to) {
    for (int64_t i = 0; i < rows; i += width, to += width * depth) {
        const double *from = x.at + (begin + i) * x.row + p * x.depth;
        for (int64_t j = 0; j < depth; j++)
            for (int64_t l = 0; l < width; l++)
                to[j * width + l] = i + l < rows ? from[l * x.row + j * x.depth] : 0;
    }
}

static void multiply_block(void *argument, int64_t task) {
    product *p = argument;
    const int64_t i0 = task / p->across * BLOCK, j0 = task % p->across * BLOCK;
    if (p->lower && j0 > i0) return;
    const int64_t rows = smaller(BLOCK, p->m - i0), cols = smaller(BLOCK, p->n - j0);
    const int32_t slot = genrepi_slot_take(&p->slots);
    double *a = p->work + slot * (int64_t)(2 * BLOCK * DEPTH), *b = a + BLOCK * DEPTH;
    for (int64_t k = 0; k < p->k; k += DEPTH) {
        const int64_t depth = smaller(DEPTH, p->k - k);
        pack(p->a, i0, rows, k, depth, ROWS, a);
        pack(p->b, j0, cols, k, depth, COLS, b);
        for (int64_t i = 0; i < rows; i += ROWS) {
            for (int64_t j = 0; j < cols; j += COLS) {
                double tile[ROWS * COLS], *c = p->c + (i0 + i) * p->ldc + j0 + j;
                p->kernels->double_tile(depth, a + i * depth, b + j * depth, tile);
                for (int64_t y = 0; y < ROWS && i + y < rows; y++)
                    for (int64_t x = 0; x < COLS && j + x < cols; x++)
                        c[y * p->ldc + x] += p->alpha * tile[y * COLS + x];
            }
        }
    }
    genrepi_slot_release(&p->slots, slot);
}

int32_t genrepi_multiply(genrep_ctx *ctx, int64_t m, int64_t n, int64_t k, double alpha,
                         genrepi_operand a, genrepi_operand b, double *c, int64_t ldc,
                         int32_t lower) {
    product p = {ctx->kernels, a, b,    m,     n,  k, ldc, (n + BLOCK - 1) / BLOCK,
                 alpha,        c, NULL, lower, {0}};
    const int64_t tasks = (m + BLOCK - 1) / BLOCK * p.across;
    if (tasks == 0 || k == 0) return GENREP_OK;
    genrepi_slots_init(&p.slots, smaller(genrepi_workers(ctx), tasks));
    p.work = genrepi_scratch_get(ctx, (size_t)p.slots.n * 2 * BLOCK * DEPTH * sizeof(double));
    if (p.work == NULL) return GENREP_E_NOMEM;
    genrepi_parallel(ctx, tasks, multiply_block, &p);
    genrepi_scratch_put(ctx, p.work);
    return GENREP_OK;
}

void genrepi_mirror(int64_t n, double *a) {
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < i; j++) a[j * n + i] = a[i * n + j];
}

/* What rounding leaves of a pivot that is 0. */
static double least_pivot(int64_t n, const double *a) {
    double most = 0;
    for (int64_t i = 0; i < n; i++) most = fmax(most, a[i * n + i]);
    return most * (double)n * 0x1p-52;
}

/* ---- a = L L', by blocks of columns ---------------------------------------------------------- */

enum { PANEL = 64 };

typedef struct panel {
    const genrepi_kernels *kernels;
    double *a;
    int64_t n, first, cols;
} panel;

/* Rows below the block: x L' = a. */
static void solve_rows(void *argument, int64_t begin, int64_t end) {
    const panel *p = argument;
    for (int64_t i = p->first + p->cols + begin; i < p->first + p->cols + end; i++) {
        double *x = p->a + i * p->n + p->first;
        for (int64_t j = 0; j < p->cols; j++) {
            const double *l = p->a + (p->first + j) * p->n + p->first;
            x[j] = (x[j] - p->kernels->double_dot(j, x, l)) / l[j];
        }
    }
}

/* The block itself. */
static int32_t factor(const panel *p, double least) {
    for (int64_t i = 0; i < p->cols; i++) {
        double *x = p->a + (p->first + i) * p->n + p->first;
        for (int64_t j = 0; j < i; j++) {
            const double *l = p->a + (p->first + j) * p->n + p->first;
            x[j] = (x[j] - p->kernels->double_dot(j, x, l)) / l[j];
        }
        const double pivot = x[i] - p->kernels->double_dot(i, x, x);
        if (!(pivot > least)) return 0;
        x[i] = sqrt(pivot);
    }
    return 1;
}

int32_t genrepi_cholesky(genrep_ctx *ctx, int64_t n, double *a, int32_t *definite) {
    const double least = least_pivot(n, a);
    panel p = {ctx->kernels, a, n, 0, 0};
    for (; p.first < n; p.first += PANEL) {
        p.cols = smaller(PANEL, n - p.first);
        *definite = factor(&p, least);
        const int64_t next = p.first + p.cols, left = n - next;
        if (!*definite || left == 0) return GENREP_OK;
        genrepi_parallel_range(ctx, left, 16, solve_rows, &p);
        const genrepi_operand below = {a + next * n + p.first, n, 1};
        int32_t status =
            genrepi_multiply(ctx, left, left, p.cols, -1, below, below, a + next * n + next, n, 1);
        if (status != GENREP_OK) return status;
    }
    return GENREP_OK;
}

/* ---- a = f'f with the greatest pivot next ---------------------------------------------------- */

typedef struct step {
    const genrepi_kernels *kernels;
    const double *a;
    double *f, *left; /* left: the diagonal of a - f'f */
    int64_t n, k, pivot;
} step;

static void next_row(void *argument, int64_t begin, int64_t end) {
    const step *s = argument;
    double *row = s->f + s->k * s->n;
    const double scale = 1 / sqrt(s->left[s->pivot]);
    memcpy(row + begin, s->a + s->pivot * s->n + begin, (size_t)(end - begin) * sizeof *row);
    for (int64_t t = 0; t < s->k; t++) {
        const double *before = s->f + t * s->n;
        s->kernels->double_axpy(end - begin, -before[s->pivot], before + begin, row + begin);
    }
    for (int64_t j = begin; j < end; j++) row[j] *= scale;
}

int32_t genrepi_cholesky_rows(genrep_ctx *ctx, int64_t n, const double *a, double *f,
                              int64_t *rank) {
    const double least = least_pivot(n, a);
    step s = {ctx->kernels, a, f, genrepi_alloc_raw(ctx, n, sizeof(double)), n, 0, 0};
    if (s.left == NULL) return GENREP_E_NOMEM;
    for (int64_t i = 0; i < n; i++) s.left[i] = a[i * n + i];
    for (; s.k < n; s.k++) {
        s.pivot = 0;
        for (int64_t i = 1; i < n; i++)
            if (s.left[i] > s.left[s.pivot]) s.pivot = i;
        if (!(s.left[s.pivot] > least)) break;
        genrepi_parallel_range(ctx, n, 128, next_row, &s);
        const double *row = f + s.k * n;
        for (int64_t j = 0; j < n; j++) s.left[j] -= row[j] * row[j];
    }
    *rank = s.k;
    genrepi_free(ctx, s.left);
    return GENREP_OK;
}
