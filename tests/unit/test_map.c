/* Maps: principal components against known ones, t-SNE's run, words by number, refusals. */
#include <support.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <text/map.h>

static double uniform(uint32_t *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    return (double)(*seed >> 8) / 16777216.0 - 0.5;
}

/* Points a e_1 + b e_2 + c e_3 + mean, with orthonormal e from rotations of the axes. */
enum { DIM = 30 };
static void make_basis(double basis[3][DIM]) {
    uint32_t seed = 77;
    for (int k = 0; k < 3; k++) {
        for (int j = 0; j < DIM; j++) basis[k][j] = uniform(&seed);
        for (int l = 0; l <= k; l++) { /* l = k: brings it to length 1 */
            double dot = 0;
            for (int j = 0; j < DIM; j++) dot += basis[k][j] * basis[l][j];
            for (int j = 0; j < DIM; j++)
                basis[k][j] = l < k ? basis[k][j] - dot * basis[l][j] : basis[k][j] / sqrt(dot);
        }
    }
}

static double sign_of(const double *axis) {
    int most = 0;
    for (int j = 1; j < DIM; j++)
        if (fabs(axis[j]) > fabs(axis[most])) most = j;
    return axis[most] < 0 ? -1 : 1;
}

/* Eight corners of a box: variances 16, 9 and 1, nothing between the axes. */
static void the_axes_of_a_box(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx("threads=2");
    double basis[3][DIM], x[8 * DIM], y[16], kept = 0;
    make_basis(basis);
    for (int i = 0; i < 8; i++)
        for (int j = 0; j < DIM; j++)
            x[i * DIM + j] = 100 + j + (i & 1 ? 4 : -4) * basis[0][j] +
                             (i & 2 ? 3 : -3) * basis[1][j] + (i & 4 ? 1 : -1) * basis[2][j];
    assert_ok(ctx, genrepi_pca(ctx, 8, DIM, x, 2, y, &kept));
    assert_close(kept, 25 / 26.0, 1e-12);
    for (int i = 0; i < 8; i++) {
        assert_close(y[2 * i], sign_of(basis[0]) * (i & 1 ? 4 : -4), 1e-9);
        assert_close(y[2 * i + 1], sign_of(basis[1]) * (i & 2 ? 3 : -3), 1e-9);
    }
    genrep_ctx_unref(ctx);
}

/* In two dimensions the eigenvalues of a 2 * 2 matrix are known in closed form; and the map is a
 * turn, which keeps all distances. */
static void two_dimensions_are_only_turned(void **state) {
    (void)state;
    enum { N = 50 };
    genrep_ctx *ctx = support_ctx(NULL);
    uint32_t seed = 5;
    double x[2 * N], old[2 * N], y[2 * N], kept, c[3] = {0, 0, 0}, mean[2] = {0, 0};
    for (int i = 0; i < N; i++) {
        x[2 * i] = uniform(&seed);
        x[2 * i + 1] = 0.7 * x[2 * i] + uniform(&seed);
    }
    memcpy(old, x, sizeof old);
    assert_ok(ctx, genrepi_pca(ctx, N, 2, x, 2, y, &kept));
    assert_close(kept, 1, 1e-12);
    for (int i = 0; i < 2 * N; i++) mean[i % 2] += old[i] / N;
    for (int i = 0; i < N; i++) {
        double a = old[2 * i] - mean[0], b = old[2 * i + 1] - mean[1];
        c[0] += a * a, c[1] += a * b, c[2] += b * b;
    }
    double half = (c[0] + c[2]) / 2;
    double root = sqrt((c[0] - c[2]) * (c[0] - c[2]) / 4 + c[1] * c[1]), got[3] = {0, 0, 0};
    for (int i = 0; i < N; i++) {
        got[0] += y[2 * i] * y[2 * i];
        got[1] += y[2 * i] * y[2 * i + 1];
        got[2] += y[2 * i + 1] * y[2 * i + 1];
        double before = hypot(old[2 * i] - old[0], old[2 * i + 1] - old[1]);
        assert_close(hypot(y[2 * i] - y[0], y[2 * i + 1] - y[1]), before, 1e-10);
    }
    assert_close(got[0], half + root, 1e-10);
    assert_close(got[2], half - root, 1e-10);
    assert_close(got[1], 0, 1e-9);
    genrep_ctx_unref(ctx);
}

/* Where the third axis is almost as long as the second, iteration is slow; it arrives. */
static void close_eigenvalues(void **state) {
    (void)state;
    enum { N = 120, D = 60 };
    genrep_ctx *ctx = support_ctx(NULL);
    double *x = calloc(N * D, sizeof *x), *y = malloc(2 * N * sizeof *y), kept;
    for (int i = 0; i < N; i++) /* two points on each axis, at +- 10, 9.99, 9.98, ... */
        x[i * D + i / 2] = (i % 2 ? 1 : -1) * (10 - 0.01 * (i / 2));
    assert_ok(ctx, genrepi_pca(ctx, N, D, x, 2, y, &kept));
    double total = 0;
    for (int i = 0; i < N; i++) total += (10 - 0.01 * (i / 2)) * (10 - 0.01 * (i / 2));
    assert_close(kept, (2 * 100 + 2 * 9.99 * 9.99) / total, 1e-6);
    for (int i = 0; i < N; i++) {
        assert_close(y[2 * i], i == 0 ? -10 : i == 1 ? 10 : 0, 2e-2);
        assert_close(y[2 * i + 1], i == 2 ? -9.99 : i == 3 ? 9.99 : 0, 2e-2);
    }
    free(y);
    free(x);
    genrep_ctx_unref(ctx);
}

/* Few points, or points that are all alike. */
static void little_to_map(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    double line[3] = {3, 5, 4}, y[6] = {9, 9, 9, 9, 9, 9}, kept = 0;
    assert_ok(ctx, genrepi_pca(ctx, 3, 1, line, 2, y, &kept));
    assert_close(y[0], -1, 1e-12);
    assert_close(y[2], 1, 1e-12);
    assert_close(y[4], 0, 1e-12);
    for (int i = 0; i < 3; i++) assert_true(y[2 * i + 1] == 0);
    assert_close(kept, 1, 1e-12);
    double same[8] = {1, 2, 3, 4, 1, 2, 3, 4};
    assert_ok(ctx, genrepi_pca(ctx, 2, 4, same, 2, y, &kept));
    for (int i = 0; i < 4; i++) assert_true(y[i] == 0);
    assert_true(isnan(kept));
    double one[2] = {4, 4};
    assert_ok(ctx, genrepi_pca(ctx, 1, 2, one, 2, y, &kept));
    assert_true(y[0] == 0 && y[1] == 0 && isnan(kept));
    genrep_ctx_unref(ctx);
}

/* Words around three directions, word i around direction i % 3. */
static genrep_vectors *make(genrep_ctx *ctx, int64_t n, double noise) {
    genrep_vectors *v;
    double basis[3][DIM];
    uint32_t seed = 3;
    make_basis(basis);
    assert_int_equal(genrepi_vectors_new(ctx, DIM, &v), 0);
    for (int64_t i = 0; i < n; i++) {
        char word[32];
        float *row;
        int bytes = snprintf(word, sizeof word, "w%lld", (long long)i);
        assert_int_equal(genrepi_vectors_add(v, word, (size_t)bytes, &row), 0);
        for (int j = 0; j < DIM; j++)
            row[j] = (float)((1 + (double)(i % 7)) * (basis[i % 3][j] + noise * uniform(&seed)));
    }
    assert_int_equal(genrepi_vectors_finish(v), 0);
    return v;
}

/* Every point's nearest neighbour on the map is of its own cluster. */
static void clusters_stay_together(void **state) {
    (void)state;
    enum { N = 240 };
    static const char *const specs[] = {"tsne perplexity=20 iterations=500",
                                        "tsne perplexity=20 iterations=500 start=random", "pca"};
    genrep_ctx *ctx = support_ctx("threads=2");
    genrep_vectors *v = make(ctx, N, 0.1);
    for (int s = 0; s < 3; s++) {
        float at[2 * N];
        double score = -1;
        assert_ok(ctx, genrep_vectors_map(v, specs[s], NULL, N, at, &score));
        assert_true(score > 0 && score < 1);
        for (int i = 0; i < N; i++) {
            int nearest = -1;
            float least = INFINITY;
            for (int j = 0; j < N; j++) {
                float d = hypotf(at[2 * i] - at[2 * j], at[2 * i + 1] - at[2 * j + 1]);
                if (j != i && d < least) least = d, nearest = j;
            }
            assert_int_equal(nearest % 3, i % 3);
        }
    }
    genrep_vectors_unref(v);
    genrep_ctx_unref(ctx);
}

/* The divergence falls as steps are made, once nothing is exaggerated any more. */
static void the_divergence_falls(void **state) {
    (void)state;
    enum { N = 150 };
    genrep_ctx *ctx = support_ctx("threads=2");
    genrep_vectors *v = make(ctx, N, 0.8);
    float at[2 * N];
    double before = INFINITY, first = 0;
    for (int iterations = 120; iterations <= 520; iterations += 80) {
        char spec[96];
        double now;
        snprintf(spec, sizeof spec, "tsne perplexity=15 exaggerated=100 iterations=%d", iterations);
        assert_ok(ctx, genrep_vectors_map(v, spec, NULL, N, at, &now));
        assert_true(now < before + 1e-3);
        if (iterations == 120) first = now;
        before = now;
    }
    assert_true(before < 0.95 * first);
    genrep_vectors_unref(v);
    genrep_ctx_unref(ctx);
}

static void the_same_map_for_any_number_of_threads(void **state) {
    (void)state;
    enum { N = 200 };
    static const char *const contexts[] = {"threads=1 seed=9", "threads=2 seed=9",
                                           "threads=4 seed=9"};
    static const char *const specs[] = {"tsne iterations=60", "pca", "pca unit=0"};
    for (int s = 0; s < 3; s++) {
        float at[3][2 * N];
        double score[3];
        for (int c = 0; c < 3; c++) {
            genrep_ctx *ctx = support_ctx(contexts[c]);
            genrep_vectors *v = make(ctx, N, 0.8);
            assert_ok(ctx, genrep_vectors_map(v, specs[s], NULL, N, at[c], &score[c]));
            genrep_vectors_unref(v);
            genrep_ctx_unref(ctx);
            assert_memory_equal(at[c], at[0], sizeof *at);
            assert_true(score[c] == score[0]);
        }
    }
}

static void words_are_chosen_by_number(void **state) {
    (void)state;
    enum { N = 40 };
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_vectors *v = make(ctx, N, 0.8);
    int64_t backwards[N];
    float first[2 * N], last[2 * N], unit[2 * N];
    for (int i = 0; i < N; i++) backwards[i] = N - 1 - i;
    assert_ok(ctx, genrep_vectors_map(v, "pca unit=0", NULL, N, first, NULL));
    assert_ok(ctx, genrep_vectors_map(v, "pca unit=0", backwards, N, last, NULL));
    for (int i = 0; i < 2 * N; i++)
        assert_close((double)last[i], (double)first[2 * (N - 1 - i / 2) + i % 2], 1e-5);
    assert_ok(ctx, genrep_vectors_map(v, "pca", NULL, N, unit, NULL));
    double difference = 0;
    for (int i = 0; i < 2 * N; i++) {
        difference += fabs((double)unit[i] - (double)first[i]);
        assert_true(fabsf(unit[i]) < 2); /* rows of length 1, centred */
    }
    assert_true(difference > 1);
    genrep_vectors_unref(v);
    genrep_ctx_unref(ctx);
}

/* Points that are all equal have nothing to keep apart, and rows of zeros are points as well. */
static void equal_points_and_zeros(void **state) {
    (void)state;
    enum { N = 60 };
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_vectors *v;
    float at[2 * N];
    double score;
    assert_int_equal(genrepi_vectors_new(ctx, 3, &v), 0);
    for (int i = 0; i < N; i++) {
        char word[32];
        float *row;
        int bytes = snprintf(word, sizeof word, "w%d", i);
        assert_int_equal(genrepi_vectors_add(v, word, (size_t)bytes, &row), 0);
        for (int j = 0; j < 3; j++) row[j] = i < 50 ? 0 : 1;
    }
    assert_int_equal(genrepi_vectors_finish(v), 0);
    assert_ok(ctx, genrep_vectors_map(v, "tsne perplexity=5 iterations=300", NULL, N, at, &score));
    for (int i = 0; i < 2 * N; i++) assert_true(isfinite(at[i]));
    assert_true(isfinite(score));
    assert_ok(ctx, genrep_vectors_map(v, "tsne perplexity=5 iterations=50", NULL, 50, at, &score));
    for (int i = 0; i < 100; i++) assert_true(isfinite(at[i]));
    genrep_vectors_unref(v);
    genrep_ctx_unref(ctx);
}

static void what_cannot_be_is_refused(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_vectors *v = make(ctx, 91, 0.5);
    float at[2 * 91] = {7};
    double score = 7;
    const int64_t beyond[2] = {0, 91}, below[2] = {-1, 0};
    assert_error(ctx, genrep_vectors_map(v, "pca", NULL, 92, at, &score), GENREP_E_INVALID,
                 "there are 91 words");
    assert_error(ctx, genrep_vectors_map(v, "pca", beyond, 2, at, &score), GENREP_E_INVALID,
                 "number 91 is outside 0..90");
    assert_error(ctx, genrep_vectors_map(v, "pca", below, 2, at, &score), GENREP_E_INVALID,
                 "number -1 is outside");
    assert_error(ctx, genrep_vectors_map(v, "pca", NULL, 0, at, &score), GENREP_E_INVALID,
                 "n is 0");
    assert_error(ctx, genrep_vectors_map(v, "tsne", NULL, 90, at, &score), GENREP_E_INVALID,
                 "perplexity=30");
    assert_error(ctx, genrep_vectors_map(v, "umap", NULL, 9, at, &score), GENREP_E_INVALID,
                 "unknown map 'umap'");
    assert_error(ctx, genrep_vectors_map(v, "tsne perplexity=1", NULL, 9, at, &score),
                 GENREP_E_RANGE, "perplexity");
    int64_t *many = calloc(5001, sizeof *many);
    float *room = calloc(2 * 5001, sizeof *room);
    assert_error(ctx, genrep_vectors_map(v, "tsne", many, 5001, room, &score), GENREP_E_INVALID,
                 "up to 5000");
    free(room);
    free(many);
    assert_true(at[0] == 7 && score == 7);
    assert_ok(ctx, genrep_vectors_map(v, "tsne iterations=1", NULL, 91, at, &score));
    assert_ok(ctx, genrep_vectors_map(v, "tsne rate=1e6 exaggeration=1000", NULL, 91, at, &score));
    assert_true(isfinite(score)); /* no rate is so great that numbers would run away */
    genrep_vectors_unref(v);
    genrep_ctx_unref(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_axes_of_a_box),
        cmocka_unit_test(two_dimensions_are_only_turned),
        cmocka_unit_test(close_eigenvalues),
        cmocka_unit_test(little_to_map),
        cmocka_unit_test(clusters_stay_together),
        cmocka_unit_test(the_divergence_falls),
        cmocka_unit_test(the_same_map_for_any_number_of_threads),
        cmocka_unit_test(words_are_chosen_by_number),
        cmocka_unit_test(equal_points_and_zeros),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
