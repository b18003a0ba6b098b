/* t-SNE, exact (van der Maaten and Hinton, "Visualizing data using t-SNE", 2008):
 *
 *   p_j|i ~ exp(-beta_i |x_i - x_j|^2), beta_i such that the entropy of row i is log(perplexity),
 *   p_ij = (p_j|i + p_i|j) / 2n,   q_ij = k_ij / Z,   k_ij = 1 / (1 + |y_i - y_j|^2),
 *   C = KL(p || q),   dC/dy_i = 4 sum_j (p_ij - q_ij) k_ij (y_i - y_j),
 *
 * with p times `exaggeration` in the first steps, momentum, and a gain for each number.  One pass
 * over the pairs gives Z and both sums: sum p k (y_i - y_j), and sum k^2 (y_i - y_j), which Z
 * divides. */
#include <text/tsne.h>
#include <base/pool.h>
#include <base/random.h>
#include <math.h>
#include <text/map.h>

enum { MOST_POINTS = 5000, ROWS_A_TASK = 16 };

typedef struct tsne_options {
    genrepi_map_options map;
    double perplexity, exaggeration, rate;
    int64_t iterations, exaggerated;
    int32_t start; /* 0: pca, 1: random */
} tsne_options;

static const genrepi_option options[] = {
    {"unit", GENREPI_FLAG, 0, "1", 0, 1, NULL,
     "rows are brought to length 1 first, so that only directions count",
     offsetof(tsne_options, map.unit)},
    GENREPI_OPTION_NUMBER(tsne_options, perplexity, "30", 2, MOST_POINTS,
                          "how many neighbours a point has, about; at most a third of the others"),
    GENREPI_OPTION_INT(tsne_options, iterations, "1000", 1, 1e6, "steps"),
    GENREPI_OPTION_NUMBER(tsne_options, exaggeration, "12", 1, 1000,
                          "what p is multiplied by at first, so that clusters form"),
    GENREPI_OPTION_INT(tsne_options, exaggerated, "250", 0, 1e6,
                       "how many steps are exaggerated, with momentum 0.5 (0.8 later)"),
    GENREPI_OPTION_NUMBER(tsne_options, rate, "0", 0, 1e6,
                          "learning rate; 0: points / (4 exaggeration), at least 50"),
    GENREPI_OPTION_WORD(tsne_options, start, "pca", "pca|random",
                        "pca: from the principal components; random: from chance"),
};

/* ---- affinities ---- */

typedef struct affinities {
    int64_t n, dim;
    const double *x;
    double entropy; /* log(perplexity) */
    double *p;
} affinities;

/* exp(-beta (d_j - least)) into p, and the row's entropy. */
static double row_entropy(int64_t n, int64_t i, const double *d, double least, double beta,
                          double *sum) {
    double total = 0, weighted = 0;
    for (int64_t j = 0; j < n; j++) {
        if (j == i) continue;
        double e = exp(-beta * (d[j] - least));
        total += e;
        weighted += (d[j] - least) * e;
    }
    *sum = total;
    return log(total) + beta * weighted / total;
}

static void make_row(const affinities *a, int64_t i) {
    double *d = a->p + i * a->n, least = INFINITY, low = 0, high = INFINITY, beta = 1, sum = 1;
    for (int64_t j = 0; j < a->n; j++) {
        double squares = 0;
        for (int64_t l = 0; l < a->dim; l++) {
            double difference = a->x[i * a->dim + l] - a->x[j * a->dim + l];
            squares += difference * difference;
        }
        d[j] = squares;
        if (j != i && squares < least) least = squares;
    }
    /* Entropy falls as beta grows.  Where it cannot reach the wanted one (more equal neighbours
     * than the perplexity), beta grows until the bound. */
    for (int32_t step = 0; step < 200; step++) {
        double difference = row_entropy(a->n, i, d, least, beta, &sum) - a->entropy;
        if (fabs(difference) < 1e-12) break;
        *(difference > 0 ? &low : &high) = beta;
        beta = isinf(high) ? 2 * beta : (low + high) / 2;
    }
    row_entropy(a->n, i, d, least, beta, &sum);
    for (int64_t j = 0; j < a->n; j++) d[j] = j == i ? 0 : exp(-beta * (d[j] - least)) / sum;
}

static void make_rows(void *argument, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) make_row(argument, i);
}

static void make_symmetric(void *argument, int64_t begin, int64_t end) {
    const affinities *a = argument;
    for (int64_t i = begin; i < end; i++)
        for (int64_t j = 0; j < i; j++) {
            double *one = a->p + i * a->n + j, *other = a->p + j * a->n + i;
            *one = *other = (*one + *other) / (2 * (double)a->n);
        }
}

void genrepi_tsne_affinities(genrep_ctx *ctx, int64_t n, int64_t dim, const double *x,
                             double perplexity, double *p) {
    affinities a = {n, dim, x, log(perplexity), p};
    genrepi_parallel_range(ctx, n, ROWS_A_TASK, make_rows, &a);
    genrepi_parallel_range(ctx, n, ROWS_A_TASK, make_symmetric, &a);
}

/* ---- cost and gradient ---- */

typedef struct pass {
    int64_t n;
    const double *p, *y;
    double a, *work;
} pass;

static void add_forces(void *argument, int64_t begin, int64_t end) {
    const pass *s = argument;
    for (int64_t i = begin; i < end; i++) {
        const double *p = s->p + i * s->n;
        double x = s->y[2 * i], y = s->y[2 * i + 1], z = 0;
        double pull_x = 0, pull_y = 0, push_x = 0, push_y = 0;
        for (int64_t j = 0; j < s->n; j++) { /* j = i adds k = 1 to z and nothing else */
            double dx = x - s->y[2 * j], dy = y - s->y[2 * j + 1];
            double k = 1 / (1 + dx * dx + dy * dy), pk = p[j] * k, kk = k * k;
            z += k;
            pull_x += pk * dx;
            pull_y += pk * dy;
            push_x += kk * dx;
            push_y += kk * dy;
        }
        double *to = s->work + 5 * i;
        to[0] = pull_x, to[1] = pull_y, to[2] = push_x, to[3] = push_y, to[4] = z - 1;
    }
}

void genrepi_tsne_gradient(genrep_ctx *ctx, int64_t n, const double *p, double a, const double *y,
                           double *work, double *gradient) {
    pass s = {n, p, y, a, work};
    double z = 0;
    genrepi_parallel_range(ctx, n, ROWS_A_TASK, add_forces, &s);
    for (int64_t i = 0; i < n; i++) z += work[5 * i + 4];
    for (int64_t i = 0; i < 2 * n; i++) {
        const double *from = work + i / 2 * 5 + i % 2;
        gradient[i] = 4 * (a * from[0] - from[2] / z);
    }
}

static void add_costs(void *argument, int64_t begin, int64_t end) {
    const pass *s = argument;
    for (int64_t i = begin; i < end; i++) {
        const double *p = s->p + i * s->n;
        double cost = 0, z = 0;
        for (int64_t j = 0; j < s->n; j++) {
            double dx = s->y[2 * i] - s->y[2 * j], dy = s->y[2 * i + 1] - s->y[2 * j + 1];
            double d = 1 + dx * dx + dy * dy;
            z += 1 / d;
            if (p[j] > 0) cost += p[j] * (log(p[j]) + s->a * log(d));
        }
        s->work[5 * i] = cost;
        s->work[5 * i + 1] = z - 1;
    }
}

double genrepi_tsne_cost(genrep_ctx *ctx, int64_t n, const double *p, double a, const double *y,
                         double *work) {
    pass s = {n, p, y, a, work};
    double cost = 0, z = 0;
    genrepi_parallel_range(ctx, n, ROWS_A_TASK, add_costs, &s);
    for (int64_t i = 0; i < n; i++) {
        cost += work[5 * i];
        z += work[5 * i + 1];
    }
    return cost + log(z);
}

/* ---- the run ---- */

/* y from its principal components, the first with standard deviation 1e-4 (Kobak and Berens 2019),
 * or from nothing; and a little of chance, so that points which are equal can part. */
static void start_map(genrep_ctx *ctx, int64_t n, int32_t at_random, double *y) {
    double squares = 0, noise = at_random ? 1e-4 : 1e-6;
    for (int64_t i = 0; i < n; i++) squares += y[2 * i] * y[2 * i];
    double scale = !at_random && squares > 0 ? 1e-4 / sqrt(squares / (double)n) : 0;
    genrepi_rng rng = genrepi_rng_at(ctx->seed, genrepi_stream(GENREPI_FOR_MAP, 1, 0), 0);
    for (int64_t i = 0; i < n; i++) { /* Box and Muller 1958 */
        double radius = sqrt(-2 * log(1 - genrepi_rng_uniform(&rng)));
        double angle = 6.283185307179586 * genrepi_rng_uniform(&rng);
        y[2 * i] = scale * y[2 * i] + noise * radius * cos(angle);
        y[2 * i + 1] = scale * y[2 * i + 1] + noise * radius * sin(angle);
    }
}

static void descend(genrep_ctx *ctx, const tsne_options *o, int64_t n, const double *p, double *y,
                    double *memory) {
    double *gradient = memory, *move = memory + 2 * n, *gain = memory + 4 * n;
    double *work = memory + 6 * n;
    double rate = (double)n / (4 * o->exaggeration);
    if (rate < 50) rate = 50;
    if (o->rate > 0) rate = o->rate;
    for (int64_t i = 0; i < 2 * n; i++) move[i] = 0, gain[i] = 1;
    for (int64_t step = 0; step < o->iterations; step++) {
        int early = step < o->exaggerated;
        double momentum = early ? 0.5 : 0.8, mean[2] = {0, 0};
        genrepi_tsne_gradient(ctx, n, p, early ? o->exaggeration : 1, y, work, gradient);
        for (int64_t i = 0; i < 2 * n; i++) {
            int against = (gradient[i] > 0) != (move[i] > 0); /* the last move was downhill */
            gain[i] = against ? gain[i] + 0.2 : 0.8 * gain[i];
            if (gain[i] < 0.01) gain[i] = 0.01;
            move[i] = momentum * move[i] - rate * gain[i] * gradient[i];
            y[i] += move[i];
            mean[i % 2] += y[i] / (double)n;
        }
        for (int64_t i = 0; i < 2 * n; i++) y[i] -= mean[i % 2];
    }
}

static int32_t run(genrep_ctx *ctx, const void *given, int64_t n, int64_t dim, double *x, double *y,
                   double *score) {
    const tsne_options *o = given;
    if (n > MOST_POINTS)
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            "tsne: %lld points; up to %d can be mapped, more take too long",
                            (long long)n, MOST_POINTS);
    if (3 * o->perplexity > (double)(n - 1)) {
        char perplexity[GENREPI_NUMBER_BYTES];
        genrepi_format_real(perplexity, o->perplexity, 0);
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            "tsne: perplexity=%s is for more than three times as many points; "
                            "there are %lld",
                            perplexity, (long long)n);
    }
    double *p = genrepi_alloc_raw(ctx, n * n, sizeof *p), kept;
    double *memory = genrepi_alloc_raw(ctx, 11 * n, sizeof *memory);
    int32_t status = p == NULL || memory == NULL ? GENREP_E_NOMEM : GENREP_OK;
    if (status == GENREP_OK) {
        genrepi_tsne_affinities(ctx, n, dim, x, o->perplexity, p);
        status = genrepi_pca(ctx, n, dim, x, 2, y, &kept);
    }
    if (status == GENREP_OK) {
        start_map(ctx, n, o->start, y);
        descend(ctx, o, n, p, y, memory);
        *score = genrepi_tsne_cost(ctx, n, p, 1, y, memory);
    }
    genrepi_free(ctx, memory);
    genrepi_free(ctx, p);
    return status;
}

static const genrepi_map_ops ops = {run};
const genrepi_kind genrepi_kind_tsne = {
    .family = "map",
    .name = "tsne",
    .help = "t-SNE: neighbours in all dimensions are neighbours on the map",
    .options = options,
    .n_options = GENREPI_COUNT(options),
    .options_size = sizeof(tsne_options),
    .implementation = &ops,
};
