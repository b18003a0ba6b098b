/* Principal components (Pearson 1901; Hotelling 1933): the eigenvectors of X'X of greatest
 * eigenvalue, X the centred rows, found by orthogonal iteration of a block with a few vectors more
 * than are asked for, which makes it converge like (lambda_last / lambda_wanted)^steps, and a
 * Rayleigh-Ritz step in the block.  X'X is applied, never formed: any number of dimensions will do.
 */
#include <text/map.h>
#include <base/pool.h>
#include <base/random.h>
#include <math.h>
#include <string.h>

enum { MORE = 8, MOST_BLOCK = 16, MOST_STEPS = 1000, ROWS_A_TASK = 64, COLUMNS_A_TASK = 16 };
#define PRECISION 1e-11 /* of |X'X v - lambda v| over the greatest lambda */

static const genrepi_option options[] = {
    GENREPI_OPTION_FLAG(genrepi_map_options, unit, "1",
                        "rows are brought to length 1 first, so that only directions count"),
};

typedef struct iteration {
    int64_t n, dim;
    int32_t block;
    const double *x;
    double *v; /* dim * block, columns of length 1 */
    double *u; /* n * block: X V */
    double *w; /* dim * block: X' X V */
} iteration;

static void make_u(void *argument, int64_t begin, int64_t end) {
    const iteration *it = argument;
    int32_t block = it->block;
    for (int64_t i = begin; i < end; i++) {
        const double *x = it->x + i * it->dim;
        double sums[MOST_BLOCK] = {0};
        for (int64_t j = 0; j < it->dim; j++)
            for (int32_t b = 0; b < block; b++) sums[b] += x[j] * it->v[j * block + b];
        memcpy(it->u + i * block, sums, (size_t)block * sizeof *sums);
    }
}

static void make_w(void *argument, int64_t begin, int64_t end) {
    const iteration *it = argument;
    int32_t block = it->block;
    double *w = it->w;
    memset(w + begin * block, 0, (size_t)((end - begin) * block) * sizeof *w);
    for (int64_t i = 0; i < it->n; i++) {
        const double *x = it->x + i * it->dim, *u = it->u + i * block;
        for (int64_t j = begin; j < end; j++)
            for (int32_t b = 0; b < block; b++) w[j * block + b] += x[j] * u[b];
    }
}

static double column_dot(const double *a, int32_t i, const double *b, int32_t j, int64_t rows,
                         int32_t block) {
    double sum = 0;
    for (int64_t r = 0; r < rows; r++) sum += a[r * block + i] * b[r * block + j];
    return sum;
}

/* Gram and Schmidt, twice; a column that depends on those before it becomes 0. */
static void make_orthonormal(double *v, int64_t rows, int32_t block) {
    for (int32_t b = 0; b < block; b++) {
        double before = sqrt(column_dot(v, b, v, b, rows, block)), after = before;
        for (int32_t pass = 0; pass < 2; pass++) {
            for (int32_t a = 0; a < b; a++) {
                double along = column_dot(v, a, v, b, rows, block);
                for (int64_t r = 0; r < rows; r++) v[r * block + b] -= along * v[r * block + a];
            }
            after = sqrt(column_dot(v, b, v, b, rows, block));
        }
        double scale = after > 1e-13 * before ? 1 / after : 0;
        for (int64_t r = 0; r < rows; r++) v[r * block + b] *= scale;
    }
}

/* Jacobi's rotations: t becomes diagonal, the columns of r its eigenvectors. */
static void diagonalise(double t[MOST_BLOCK][MOST_BLOCK], double r[MOST_BLOCK][MOST_BLOCK],
                        int32_t n) {
    for (int32_t i = 0; i < n; i++)
        for (int32_t j = 0; j < n; j++) r[i][j] = i == j;
    for (int32_t sweep = 0; sweep < 60; sweep++) {
        double off = 0, on = 0;
        for (int32_t i = 0; i < n; i++)
            for (int32_t j = 0; j < n; j++) *(i == j ? &on : &off) += t[i][j] * t[i][j];
        if (off <= 1e-32 * on) return;
        for (int32_t p = 0; p < n; p++) {
            for (int32_t q = p + 1; q < n; q++) {
                if (t[p][q] == 0) continue;
                double theta = (t[q][q] - t[p][p]) / (2 * t[p][q]);
                double tangent = (theta < 0 ? -1 : 1) / (fabs(theta) + sqrt(theta * theta + 1));
                double c = 1 / sqrt(tangent * tangent + 1), s = tangent * c;
                for (int32_t k = 0; k < n; k++) {
                    double a = t[k][p], b = t[k][q];
                    t[k][p] = c * a - s * b;
                    t[k][q] = s * a + c * b;
                }
                for (int32_t k = 0; k < n; k++) {
                    double a = t[p][k], b = t[q][k];
                    t[p][k] = c * a - s * b;
                    t[q][k] = s * a + c * b;
                    a = r[k][p], b = r[k][q];
                    r[k][p] = c * a - s * b;
                    r[k][q] = s * a + c * b;
                }
            }
        }
    }
}

/* Rotates the columns of v and w to the eigenvectors within the block, greatest first. */
static void rotate(iteration *it, double lambda[MOST_BLOCK]) {
    double t[MOST_BLOCK][MOST_BLOCK], r[MOST_BLOCK][MOST_BLOCK];
    int32_t block = it->block, order[MOST_BLOCK];
    for (int32_t i = 0; i < block; i++) {
        order[i] = i;
        for (int32_t j = 0; j <= i; j++)
            t[i][j] = t[j][i] = column_dot(it->v, i, it->w, j, it->dim, block);
    }
    diagonalise(t, r, block);
    for (int32_t i = 1; i < block; i++)
        for (int32_t j = i; j > 0 && t[order[j]][order[j]] > t[order[j - 1]][order[j - 1]]; j--) {
            int32_t other = order[j];
            order[j] = order[j - 1];
            order[j - 1] = other;
        }
    for (int32_t b = 0; b < block; b++) lambda[b] = t[order[b]][order[b]];
    double *tables[2] = {it->v, it->w};
    for (int32_t m = 0; m < 2; m++) {
        for (int64_t j = 0; j < it->dim; j++) {
            double old[MOST_BLOCK], *row = tables[m] + j * block;
            memcpy(old, row, (size_t)block * sizeof *old);
            for (int32_t b = 0; b < block; b++) {
                row[b] = 0;
                for (int32_t a = 0; a < block; a++) row[b] += old[a] * r[a][order[b]];
            }
        }
    }
}

/* The greatest |X'X v - lambda v| of the wanted columns. */
static double residual(const iteration *it, const double *lambda, int32_t axes) {
    double worst = 0;
    for (int32_t b = 0; b < axes && b < it->block; b++) {
        double squares = 0;
        for (int64_t j = 0; j < it->dim; j++) {
            double d = it->w[j * it->block + b] - lambda[b] * it->v[j * it->block + b];
            squares += d * d;
        }
        if (squares > worst) worst = squares;
    }
    return sqrt(worst);
}

static void centre(int64_t n, int64_t dim, double *x) {
    for (int64_t j = 0; j < dim; j++) {
        double sum = 0;
        for (int64_t i = 0; i < n; i++) sum += x[i * dim + j];
        for (int64_t i = 0; i < n; i++) x[i * dim + j] -= sum / (double)n;
    }
}

static void iterate(genrep_ctx *ctx, iteration *it, int32_t axes, double lambda[MOST_BLOCK]) {
    genrepi_rng rng = genrepi_rng_at(0, genrepi_stream(GENREPI_FOR_MAP, 0, 0), 0);
    size_t bytes = (size_t)it->dim * (size_t)it->block * sizeof *it->w;
    for (int64_t i = 0; i < it->dim * it->block; i++) it->v[i] = genrepi_rng_uniform(&rng) - 0.5;
    for (int32_t step = 0; step < MOST_STEPS; step++) {
        make_orthonormal(it->v, it->dim, it->block);
        genrepi_parallel_range(ctx, it->n, ROWS_A_TASK, make_u, it);
        genrepi_parallel_range(ctx, it->dim, COLUMNS_A_TASK, make_w, it);
        rotate(it, lambda);
        if (residual(it, lambda, axes) <= PRECISION * lambda[0]) return;
        if (step + 1 < MOST_STEPS) memcpy(it->v, it->w, bytes);
    }
}

int32_t genrepi_pca(genrep_ctx *ctx, int64_t n, int64_t dim, double *x, int32_t axes, double *y,
                    double *kept) {
    int64_t rank = n < dim ? n : dim;
    iteration it = {n, dim, axes + MORE, x, NULL, NULL, NULL};
    double lambda[MOST_BLOCK], total = 0, sum = 0;
    if (it.block > rank) it.block = (int32_t)rank;
    it.v = genrepi_alloc_raw(ctx, dim, (size_t)it.block * sizeof *it.v);
    it.w = genrepi_alloc_raw(ctx, dim, (size_t)it.block * sizeof *it.w);
    it.u = genrepi_alloc_raw(ctx, n, (size_t)it.block * sizeof *it.u);
    int32_t status = it.v == NULL || it.w == NULL || it.u == NULL ? GENREP_E_NOMEM : GENREP_OK;
    if (status == GENREP_OK) {
        centre(n, dim, x);
        for (int64_t i = 0; i < n * dim; i++) total += x[i] * x[i];
        iterate(ctx, &it, axes, lambda);
        genrepi_parallel_range(ctx, n, ROWS_A_TASK, make_u, &it);
    }
    for (int32_t b = 0; b < axes && status == GENREP_OK; b++) {
        int64_t most = 0;
        for (int64_t j = 1; b < it.block && j < dim; j++) {
            if (fabs(it.v[j * it.block + b]) > fabs(it.v[most * it.block + b])) most = j;
        }
        double sign = b < it.block && it.v[most * it.block + b] < 0 ? -1 : 1;
        for (int64_t i = 0; i < n; i++)
            y[i * axes + b] = b < it.block ? sign * it.u[i * it.block + b] : 0;
        if (b < it.block) sum += lambda[b];
    }
    if (status == GENREP_OK) *kept = total > 0 ? sum / total : (double)NAN;
    genrepi_free(ctx, it.u);
    genrepi_free(ctx, it.w);
    genrepi_free(ctx, it.v);
    return status;
}

static int32_t run(genrep_ctx *ctx, const void *given, int64_t n, int64_t dim, double *x, double *y,
                   double *score) {
    (void)given;
    return genrepi_pca(ctx, n, dim, x, 2, y, score);
}

static const genrepi_map_ops ops = {run};
const genrepi_kind genrepi_kind_pca = {
    .family = "map",
    .name = "pca",
    .help = "the two directions of greatest variance",
    .options = options,
    .n_options = GENREPI_COUNT(options),
    .options_size = sizeof(genrepi_map_options),
    .implementation = &ops,
};
