/* t-SNE's gradient is that of its cost: central differences over every number of a map, plain and
 * exaggerated; its affinities have the entropy that was asked for; the cost is a divergence. */
#include <support.h>
#include <math.h>
#include <stdlib.h>
#include <base/random.h>
#include <text/tsne.h>

enum { N = 23, DIM = 4 };

static genrep_ctx *ctx;
static double p[N * N], work[5 * N];

static int make_ctx(void **state) {
    (void)state;
    ctx = support_ctx("threads=2");
    return 0;
}

static int end_ctx(void **state) {
    (void)state;
    genrep_ctx_unref(ctx);
    return 0;
}

static void fill(double *x, int64_t n, double scale, uint64_t stream) {
    genrepi_rng rng = genrepi_rng_at(11, stream, 0);
    for (int64_t i = 0; i < n; i++) x[i] = scale * (genrepi_rng_uniform(&rng) - 0.5);
}

static void make_affinities(double perplexity) {
    double x[N * DIM];
    fill(x, N * DIM, 3, 1);
    genrepi_tsne_affinities(ctx, N, DIM, x, perplexity, p);
}

static void the_gradient_is_that_of_the_cost(void **state) {
    (void)state;
    static const double exaggerations[] = {1, 4}, scales[] = {1e-3, 1, 30};
    const double h = 1e-5;
    make_affinities(5);
    for (int a = 0; a < 2; a++)
        for (int s = 0; s < 3; s++) {
            double y[2 * N], gradient[2 * N], step = h * fmin(scales[s], 1);
            fill(y, 2 * N, scales[s], 2);
            genrepi_tsne_gradient(ctx, N, p, exaggerations[a], y, work, gradient);
            for (int i = 0; i < 2 * N; i++) {
                double old = y[i];
                y[i] = old + step;
                double above = genrepi_tsne_cost(ctx, N, p, exaggerations[a], y, work);
                y[i] = old - step;
                double below = genrepi_tsne_cost(ctx, N, p, exaggerations[a], y, work);
                y[i] = old;
                assert_close(scales[s] * gradient[i], scales[s] * (above - below) / (2 * step),
                             1e-8);
            }
        }
}

/* Before the rows are made symmetric each has entropy log(perplexity).  Symmetric ones tell it no
 * more, but where all points are alike to one another the rows are: corners of a simplex, pairs
 * of which are near. */
static void affinities_have_the_perplexity(void **state) {
    (void)state;
    enum { PAIRS = 10, POINTS = 2 * PAIRS };
    static double x[POINTS * (PAIRS + 1)], q[POINTS * POINTS];
    for (int i = 0; i < POINTS; i++) {
        x[i * (PAIRS + 1) + i / 2] = 1;
        x[i * (PAIRS + 1) + PAIRS] = i % 2 ? 0.3 : -0.3;
    }
    for (double perplexity = 2; perplexity < 18; perplexity += 2.5) {
        double total = 0;
        genrepi_tsne_affinities(ctx, POINTS, PAIRS + 1, x, perplexity, q);
        for (int i = 0; i < POINTS; i++) {
            double sum = 0, entropy = 0;
            for (int j = 0; j < POINTS; j++) {
                double share = q[i * POINTS + j] * POINTS;
                assert_true(q[i * POINTS + j] == q[j * POINTS + i]);
                assert_true((j == i) == (q[i * POINTS + j] == 0));
                sum += share;
                if (share > 0) entropy -= share * log(share);
            }
            assert_close(sum, 1, 1e-12);
            assert_close(exp(entropy), perplexity, 1e-9);
            total += sum;
        }
        assert_close(total, POINTS, 1e-12);
    }
}

static void affinities_sum_to_one(void **state) {
    (void)state;
    for (double perplexity = 2; perplexity <= 20; perplexity += 3) {
        double sum = 0;
        make_affinities(perplexity);
        for (int i = 0; i < N * N; i++) {
            assert_true(p[i] >= 0 && p[i] == p[i % N * N + i / N]);
            sum += p[i];
        }
        assert_close(sum, 1, 1e-12);
        for (int i = 0; i < N; i++) { /* each point has at least half of its share */
            double row = 0;
            for (int j = 0; j < N; j++) row += p[i * N + j];
            assert_true(row > 0.5 / N - 1e-12 && p[i * N + i] == 0);
        }
    }
}

/* The divergence of p from itself is 0 and from anything else more; computed here from q. */
static void the_cost_is_the_divergence(void **state) {
    (void)state;
    double y[2 * N], q[N * N], z = 0, expected = 0;
    fill(y, 2 * N, 4, 3);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            double dx = y[2 * i] - y[2 * j], dy = y[2 * i + 1] - y[2 * j + 1];
            q[i * N + j] = i == j ? 0 : 1 / (1 + dx * dx + dy * dy);
            z += q[i * N + j];
        }
    for (int i = 0; i < N * N; i++) q[i] /= z;
    assert_close(genrepi_tsne_cost(ctx, N, q, 1, y, work), 0, 1e-12);
    double gradient[2 * N];
    genrepi_tsne_gradient(ctx, N, q, 1, y, work, gradient);
    for (int i = 0; i < 2 * N; i++) assert_close(gradient[i], 0, 1e-12); /* its minimum */
    make_affinities(4);
    for (int i = 0; i < N * N; i++)
        if (p[i] > 0) expected += p[i] * log(p[i] / q[i]);
    assert_true(expected > 0.1);
    assert_close(genrepi_tsne_cost(ctx, N, p, 1, y, work), expected, 1e-12);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gradient_is_that_of_the_cost),
        cmocka_unit_test(affinities_have_the_perplexity),
        cmocka_unit_test(affinities_sum_to_one),
        cmocka_unit_test(the_cost_is_the_divergence),
    };
    return cmocka_run_group_tests(tests, make_ctx, end_ctx);
}
