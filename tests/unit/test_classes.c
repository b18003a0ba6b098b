/* Classes of words: known clusters are found, the objective never falls, the same classes for any
 * number of threads, none is empty, refusals. */
#include <support.h>
#include <files.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <text/vectors.h>

enum { DIM = 12 };

static double uniform(uint32_t *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    return (double)(*seed >> 8) / 16777216.0 - 0.5;
}

/* n words around `clusters` directions; `noise` 0 to 1; lengths differ. */
static genrep_vectors *make(genrep_ctx *ctx, int64_t n, int64_t clusters, double noise) {
    genrep_vectors *v;
    uint32_t seed = 5;
    double directions[16][DIM];
    for (int64_t k = 0; k < clusters; k++)
        for (int j = 0; j < DIM; j++) directions[k][j] = uniform(&seed);
    assert_int_equal(genrepi_vectors_new(ctx, DIM, &v), 0);
    for (int64_t i = 0; i < n; i++) {
        char word[32];
        float *row;
        int bytes = snprintf(word, sizeof word, "w%lld", (long long)i);
        assert_int_equal(genrepi_vectors_add(v, word, (size_t)bytes, &row), 0);
        double length = 1.5 + uniform(&seed);
        for (int j = 0; j < DIM; j++)
            row[j] = (float)(length * (directions[i * 7 % clusters][j] + noise * uniform(&seed)));
    }
    assert_int_equal(genrepi_vectors_finish(v), 0);
    return v;
}

/* sum_k |S_k|: what the classes are worth with the best centres. */
static double objective(const genrep_vectors *v, const int32_t *classes, int32_t k) {
    double *sums = calloc((size_t)k * DIM, sizeof *sums), total = 0;
    for (int64_t i = 0; i < genrep_vectors_size(v); i++)
        for (int j = 0; j < DIM; j++)
            sums[classes[i] * DIM + j] += (double)genrep_vectors_row(v, i)[j];
    for (int32_t c = 0; c < k; c++) {
        double squares = 0;
        for (int j = 0; j < DIM; j++) squares += sums[c * DIM + j] * sums[c * DIM + j];
        total += sqrt(squares);
    }
    free(sums);
    return total;
}

static void known_clusters_are_found(void **state) {
    (void)state;
    enum { N = 3000, K = 9 };
    static int32_t classes[N];
    genrep_ctx *ctx = support_ctx("threads=2 seed=4");
    genrep_vectors *v = make(ctx, N, K, 0.1);
    assert_ok(ctx, genrep_vectors_classes(v, "classes=9 iterations=20", classes));
    for (int i = 0; i < N; i++) {
        assert_in_range(classes[i], 0, K - 1);
        for (int j = 0; j < i && j < 50; j++) /* i * 7 % 9 is the true cluster */
            assert_int_equal(classes[i] == classes[j], i * 7 % K == j * 7 % K);
    }
    genrep_vectors_unref(v);
    genrep_ctx_unref(ctx);
}

static void the_objective_never_falls(void **state) {
    (void)state;
    enum { N = 2000, K = 60 };
    static int32_t classes[N];
    static const char *const starts[] = {"spread", "modulo"};
    genrep_ctx *ctx = support_ctx("threads=2");
    genrep_vectors *v = make(ctx, N, 16, 1.5);
    double last[2] = {0, 0};
    for (int s = 0; s < 2; s++) {
        double before = 0, first = 0;
        for (int iterations = 1; iterations <= 12; iterations++) {
            char spec[64];
            snprintf(spec, sizeof spec, "classes=60 iterations=%d start=%s", iterations, starts[s]);
            assert_ok(ctx, genrep_vectors_classes(v, spec, classes));
            double now = objective(v, classes, K);
            assert_true(now >= before * (1 - 1e-6));
            if (iterations == 1) first = now;
            before = now;
        }
        assert_true(before > first); /* and it does climb */
        last[s] = before;
    }
    assert_true(last[0] > 0.97 * last[1]);
    genrep_vectors_unref(v);
    genrep_ctx_unref(ctx);
}

static void no_class_is_empty(void **state) {
    (void)state;
    enum { N = 300 };
    static int32_t classes[N];
    static const char *const specs[] = {"classes=300", "classes=300 start=modulo",
                                        "classes=250 iterations=1", "classes=1"};
    static const int32_t counts[] = {300, 300, 250, 1};
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_vectors *v = make(ctx, N, 2, 0.0); /* two directions, many more classes */
    for (int s = 0; s < 4; s++) {
        int32_t seen[N] = {0};
        assert_ok(ctx, genrep_vectors_classes(v, specs[s], classes));
        for (int i = 0; i < N; i++) seen[classes[i]]++;
        for (int k = 0; k < N; k++) assert_true((seen[k] > 0) == (k < counts[s]));
    }
    genrep_vectors_unref(v);
    genrep_ctx_unref(ctx);
}

static void the_same_classes_for_any_number_of_threads(void **state) {
    (void)state;
    enum { N = 2500 };
    static int32_t classes[5][N];
    static const char *const contexts[] = {"threads=1 seed=3", "threads=2 seed=3",
                                           "threads=3 seed=3", "threads=4 seed=3",
                                           "threads=1 seed=4"};
    for (int c = 0; c < 5; c++) {
        genrep_ctx *ctx = support_ctx(contexts[c]);
        genrep_vectors *v = make(ctx, N, 16, 1.5);
        assert_ok(ctx, genrep_vectors_classes(v, "classes=40", classes[c]));
        genrep_vectors_unref(v);
        genrep_ctx_unref(ctx);
        if (c == 4)
            assert_memory_not_equal(classes[c], classes[0], sizeof *classes);
        else
            assert_memory_equal(classes[c], classes[0], sizeof *classes);
    }
}

/* Four words at 0, 70, 60 and 130 degrees, the third of length 9.  From classes 0 1 0 1 the centres
 * are at 54.8 degrees (the long row pulls it from 30) and at 100, so the second goes over. */
static void one_round_by_hand(void **state) {
    (void)state;
    static const double lengths[4] = {1, 1, 9, 1}, degrees[4] = {0, 70, 60, 130};
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_vectors *v;
    int32_t classes[4];
    assert_int_equal(genrepi_vectors_new(ctx, 2, &v), 0);
    for (int i = 0; i < 4; i++) {
        float *row;
        char word = (char)('a' + i);
        assert_int_equal(genrepi_vectors_add(v, &word, 1, &row), 0);
        row[0] = (float)(lengths[i] * cos(degrees[i] * 0.017453292519943295));
        row[1] = (float)(lengths[i] * sin(degrees[i] * 0.017453292519943295));
    }
    assert_int_equal(genrepi_vectors_finish(v), 0);
    assert_ok(ctx, genrep_vectors_classes(v, "classes=2 iterations=1 start=modulo", classes));
    static const int32_t expected[4] = {0, 0, 0, 1};
    assert_memory_equal(classes, expected, sizeof expected);
    genrep_vectors_unref(v);
    genrep_ctx_unref(ctx);
}

static void what_cannot_be_is_refused(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_vectors *v = make(ctx, 20, 2, 0.5);
    int32_t classes[20] = {7};
    assert_error(ctx, genrep_vectors_classes(v, "classes=21", classes), GENREP_E_INVALID,
                 "more than the 20 words");
    assert_error(ctx, genrep_vectors_classes(v, "iterations=3", classes), GENREP_E_INVALID,
                 "classes");
    assert_error(ctx, genrep_vectors_classes(v, "classes=0", classes), GENREP_E_RANGE, "classes");
    assert_error(ctx, genrep_vectors_classes(v, "classes=2 start=far", classes), GENREP_E_INVALID,
                 "spread");
    assert_int_equal(classes[0], 7);
    genrep_vectors_unref(v);
    genrep_ctx_unref(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_clusters_are_found),
        cmocka_unit_test(the_objective_never_falls),
        cmocka_unit_test(no_class_is_empty),
        cmocka_unit_test(the_same_classes_for_any_number_of_threads),
        cmocka_unit_test(one_round_by_hand),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
