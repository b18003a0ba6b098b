/* Queries of word vectors: many at once, analogies, similarity. */
#include <support.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <text/search.h>

static genrep_ctx *ctx;

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

static genrep_vectors *from_rows(genrep_ctx *own, int64_t n, int64_t dim, const float *rows) {
    genrep_vectors *v;
    assert_ok(own, genrepi_vectors_new(own, dim, &v));
    for (int64_t i = 0; i < n; i++) {
        char word[32];
        float *row;
        const int bytes = snprintf(word, sizeof word, "w%lld", (long long)i);
        assert_ok(own, genrepi_vectors_add(v, word, (size_t)bytes, &row));
        memcpy(row, rows + i * dim, (size_t)dim * sizeof *row);
    }
    assert_ok(own, genrepi_vectors_finish(v));
    return v;
}

static float *random_rows(int64_t count, uint32_t seed) {
    float *rows = malloc((size_t)count * sizeof *rows);
    assert_non_null(rows);
    for (int64_t i = 0; i < count; i++) {
        seed = seed * 1664525u + 1013904223u;
        rows[i] = ((float)(seed >> 8) - 8388608.f) * 1.1920929e-7f;
    }
    return rows;
}

static double cosine(const float *a, const float *b, int64_t n) {
    double ab = 0, aa = 0, bb = 0;
    for (int64_t j = 0; j < n; j++) {
        ab += (double)a[j] * (double)b[j];
        aa += (double)a[j] * (double)a[j];
        bb += (double)b[j] * (double)b[j];
    }
    return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
}

/* Several blocks of rows and of queries: the best k are those that a sort of all finds. */
static void a_batch_finds_what_single_queries_and_brute_force_find(void **state) {
    (void)state;
    enum { N = 4501, DIM = 21, Q = 500, K = 7, LIMIT = 4200 };
    float *rows = random_rows(N * DIM, 3), *queries = random_rows(Q * DIM, 4);
    genrep_vectors *v = from_rows(ctx, N, DIM, rows);
    int64_t *exclude = malloc(Q * 2 * sizeof *exclude), *indices = malloc(Q * K * sizeof *indices);
    int64_t found[Q];
    float *scores = malloc(Q * K * sizeof *scores);
    for (int64_t q = 0; q < Q; q++) {
        int64_t best = 0;
        assert_ok(ctx, genrep_vectors_nearest(v, queries + q * DIM, -1, 1, &best, NULL, NULL));
        exclude[2 * q] = q % 3 == 0 ? best : -1;
        exclude[2 * q + 1] = q % 5;
    }
    assert_ok(ctx, genrep_vectors_nearest_batch(v, "restrict=4200", Q, queries, 2, exclude, K,
                                                indices, scores, found));
    for (int64_t q = 0; q < Q; q++) {
        const float *query = queries + q * DIM;
        double worst = 2;
        assert_int_equal(found[q], K);
        for (int64_t j = 0; j < K; j++) {
            const int64_t at = indices[q * K + j];
            const double c = cosine(query, rows + at * DIM, DIM);
            assert_in_range(at, 0, LIMIT - 1);
            assert_true(at != exclude[2 * q] && at != exclude[2 * q + 1]);
            assert_close((double)scores[q * K + j], c, 1e-6);
            assert_true(c <= worst + 1e-6);
            worst = c;
        }
        int64_t better = 0;
        for (int64_t i = 0; i < LIMIT; i++)
            better += i != exclude[2 * q] && i != exclude[2 * q + 1] &&
                      cosine(query, rows + i * DIM, DIM) > worst + 1e-6;
        assert_in_range(better, K - 2, K - 1); /* one may be as good as the last */
    }
    assert_ok(ctx,
              genrep_vectors_nearest_batch(v, NULL, Q, queries, 0, NULL, K, indices, NULL, NULL));
    for (int64_t q = 0; q < Q; q += 11) {
        int64_t single[K];
        assert_ok(ctx, genrep_vectors_nearest(v, queries + q * DIM, -1, K, single, scores, NULL));
        for (int64_t j = 0; j < K; j++) assert_int_equal(single[j], indices[q * K + j]);
    }
    free(exclude), free(indices), free(scores), free(rows), free(queries);
    genrep_vectors_unref(v);
}

static void batches_have_the_same_bits_for_any_number_of_threads(void **state) {
    (void)state;
    enum { N = 5000, DIM = 37, Q = 260, K = 11 };
    static const char *const specs[] = {"threads=1", "threads=2", "threads=5"};
    float *rows = random_rows(N * DIM, 5), *scores[3];
    int64_t *indices[3];
    for (int s = 0; s < 3; s++) {
        genrep_ctx *own = support_ctx(specs[s]);
        genrep_vectors *v = from_rows(own, N, DIM, rows);
        indices[s] = malloc(Q * K * sizeof(int64_t));
        scores[s] = malloc(Q * K * sizeof(float));
        assert_ok(own, genrep_vectors_nearest_batch(v, NULL, Q, rows, 0, NULL, K, indices[s],
                                                    scores[s], NULL));
        assert_memory_equal(indices[s], indices[0], Q * K * sizeof(int64_t));
        assert_memory_equal(scores[s], scores[0], Q * K * sizeof(float));
        genrep_vectors_unref(v);
        genrep_ctx_unref(own);
    }
    for (int s = 0; s < 3; s++) free(indices[s]), free(scores[s]);
    free(rows);
}

static void equal_scores_come_by_number_and_few_words_are_filled_up(void **state) {
    (void)state;
    static const float rows[] = {2, 0, 0, 0, 1, 0, 0, 3, 4, 0};
    static const float queries[] = {1, 0, 0, 2};
    static const int64_t exclude[] = {2, 99};
    genrep_vectors *v = from_rows(ctx, 5, 2, rows);
    int64_t indices[12], found[2];
    float scores[12];
    assert_ok(ctx, genrep_vectors_nearest_batch(v, NULL, 2, queries, 1, exclude, 6, indices, scores,
                                                found));
    static const int64_t expected[] = {0, 4, 1, 3, -1, -1, 3, 0, 1, 2, 4, -1};
    static const float values[] = {1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0};
    assert_int_equal(found[0], 4);
    assert_int_equal(found[1], 5);
    assert_memory_equal(indices, expected, sizeof expected);
    for (int i = 0; i < 12; i++) assert_true(scores[i] == values[i]);
    genrep_vectors_unref(v);
}

static void wrong_batches_are_refused_and_touch_nothing(void **state) {
    (void)state;
    static const float rows[] = {1, 0, 0, 1};
    float queries[] = {1, 0, NAN, 1}, scores[4] = {7, 7, 7, 7};
    int64_t indices[4] = {7, 7, 7, 7}, found[2] = {7, 7};
    genrep_vectors *v = from_rows(ctx, 2, 2, rows);
    static const float bad[] = {NAN, 0, INFINITY};
    for (int i = 0; i < 3; i++) {
        queries[2] = bad[i];
        queries[3] = 0;
        assert_error(
            ctx,
            genrep_vectors_nearest_batch(v, NULL, 2, queries, 0, NULL, 2, indices, scores, found),
            GENREP_E_INVALID, "query 1 has no direction");
    }
#define REFUSED_BATCH(spec, n, n_exclude, k, text)                                                 \
    assert_error(ctx,                                                                              \
                 genrep_vectors_nearest_batch(v, spec, n, queries, n_exclude, found, k, indices,   \
                                              scores, found),                                      \
                 GENREP_E_INVALID, text)
    assert_error(ctx,
                 genrep_vectors_nearest_batch(v, "restrict=-1", 1, queries, 0, NULL, 1, indices,
                                              scores, found),
                 GENREP_E_RANGE, "outside 0..");
    REFUSED_BATCH("restrikt=1", 1, 0, 1, "restrict");
    REFUSED_BATCH(NULL, -1, 0, 1, "n is -1");
    REFUSED_BATCH(NULL, 1, -1, 1, "n_exclude is -1");
    REFUSED_BATCH(NULL, 1, 0, 0, "k is 0");
    REFUSED_BATCH(NULL, INT64_MAX / 2, 0, 1, "too many");
    REFUSED_BATCH(NULL, 1, 0, INT64_MAX, "too many");
    assert_ok(ctx, genrep_vectors_nearest_batch(v, NULL, 0, NULL, 0, NULL, 1, NULL, NULL, NULL));
    for (int i = 0; i < 4; i++) assert_true(indices[i] == 7 && scores[i] == 7);
    assert_true(found[0] == 7 && found[1] == 7);
    genrep_vectors_unref(v);
}

/* Rows of other lengths than 1, so that whether they are made unit vectors shows. */
static const float family[] = {
    3,   0,   0,   /* 0: man */
    0,   2,   0,   /* 1: woman */
    5,   0,   5,   /* 2: king */
    0,   .1f, .1f, /* 3: queen */
    .3f, 0,   .4f, /* 4 */
    0,   0,   -1,  /* 5 */
};

static void analogies_add_unit_vectors(void **state) {
    (void)state;
    genrep_vectors *v = from_rows(ctx, 6, 3, family);
    int64_t indices[9], found = 0;
    float scores[9];
    assert_ok(ctx, genrep_vectors_analogy(v, NULL, 0, 1, 2, 9, indices, scores, &found));
    assert_int_equal(found, 3); /* never a, b or c */
    assert_int_equal(indices[0], 3);
    assert_int_equal(indices[1], 4);
    assert_int_equal(indices[2], 5);
    /* woman - man + king = (r - 1, 1, r) with r = sqrt(1/2) */
    const double r = sqrt(0.5), length = sqrt((r - 1) * (r - 1) + 1 + r * r);
    assert_close((double)scores[0], (1 + r) * r / length, 1e-6);
    assert_close((double)scores[1], (0.6 * (r - 1) + 0.8 * r) / length, 1e-6);
    assert_close((double)scores[2], -r / length, 1e-6);
    assert_ok(ctx, genrep_vectors_analogy(v, "restrict=4", 0, 1, 2, 9, indices, NULL, &found));
    assert_int_equal(found, 1);
    assert_ok(ctx, genrep_vectors_analogy(v, "restrict=3", 0, 1, 2, 9, indices, NULL, &found));
    assert_int_equal(found, 0);
    genrep_vectors_unref(v);
}

static void analogies_multiply_cosines(void **state) {
    (void)state;
    genrep_vectors *v = from_rows(ctx, 6, 3, family);
    int64_t indices[3], found = 0;
    float scores[3];
    assert_ok(ctx, genrep_vectors_analogy(v, "method=mul", 0, 1, 2, 3, indices, scores, &found));
    assert_int_equal(found, 3);
    const double r = sqrt(0.5);
    /* queen: cos with man 0, with woman r, with king 1/2;  4: 0.6, 0, 1.4 r;  5: 0, 0, -r */
    const double queen = (r + 1) / 2 * 0.75 / (0.5 + 1e-3);
    const double four = 0.5 * (1.4 * r + 1) / 2 / (0.8 + 1e-3);
    const double five = 0.5 * (1 - r) / 2 / (0.5 + 1e-3);
    assert_int_equal(indices[0], 3);
    assert_close((double)scores[0], queen, 1e-5);
    assert_int_equal(indices[1], 4);
    assert_close((double)scores[1], four, 1e-5);
    assert_int_equal(indices[2], 5);
    assert_close((double)scores[2], five, 1e-5);
    genrep_vectors_unref(v);
}

static void many_analogies_are_the_single_ones(void **state) {
    (void)state;
    enum { N = 2500, DIM = 16, Q = 300, K = 3 };
    float *rows = random_rows(N * DIM, 8);
    memset(rows + 9 * DIM, 0, DIM * sizeof *rows);
    genrep_vectors *v = from_rows(ctx, N, DIM, rows);
    int64_t questions[3 * Q], indices[K * Q], found[Q];
    float scores[K * Q];
    for (int64_t i = 0; i < 3 * Q; i++) questions[i] = (i * i * 7 + 13) % N;
    questions[30] = 9;                                /* a zero row: mul has no answer, add has */
    questions[60] = questions[61] = 4;                /* b - a + c = c */
    questions[90] = questions[92], questions[91] = 9; /* b - a + c = 0 */
    for (int method = 0; method < 2; method++) {
        const genrepi_analogy_options options = {.method = method, .restrict_to = 2400};
        const char *spec = method == 0 ? "method=add restrict=2400" : "method=mul restrict=2400";
        assert_ok(ctx, genrepi_analogies(v, &options, Q, questions, K, indices, scores, found));
        for (int64_t q = 0; q < Q; q++) {
            const int64_t *abc = questions + 3 * q;
            int64_t single[K], n = 0;
            float values[K];
            int32_t status =
                genrep_vectors_analogy(v, spec, abc[0], abc[1], abc[2], K, single, values, &n);
            if (found[q] < 0) {
                assert_error(ctx, status, GENREP_E_INVALID, "no direction");
                assert_true(q == 30 || (method == 1 && q == 10));
                assert_true(indices[K * q] == -1 && scores[K * q] == 0);
                continue;
            }
            assert_ok(ctx, status);
            assert_true(q != 30 && !(method == 1 && q == 10));
            assert_int_equal(n, K);
            assert_memory_equal(single, indices + K * q, sizeof single);
            for (int j = 0; j < K; j++) {
                assert_close((double)values[j], (double)scores[K * q + j], 1e-6);
                assert_true(single[j] != abc[0] && single[j] != abc[1] && single[j] != abc[2]);
                assert_true(single[j] < 2400);
            }
        }
    }
    free(rows);
    genrep_vectors_unref(v);
}

static void wrong_analogies_are_refused(void **state) {
    (void)state;
    genrep_vectors *v = from_rows(ctx, 6, 3, family);
    int64_t indices[2] = {7, 7}, found = 7;
    float scores[2] = {7, 7};
    static const int64_t cases[][3] = {{-1, 0, 1}, {0, 6, 1}, {0, 1, INT64_MAX}};
    for (int i = 0; i < 3; i++)
        assert_error(ctx,
                     genrep_vectors_analogy(v, NULL, cases[i][0], cases[i][1], cases[i][2], 2,
                                            indices, scores, &found),
                     GENREP_E_INVALID, "outside 0..5");
    assert_error(ctx, genrep_vectors_analogy(v, NULL, 0, 1, 2, 0, indices, scores, &found),
                 GENREP_E_INVALID, "k is 0");
    assert_error(ctx, genrep_vectors_analogy(v, "method=sub", 0, 1, 2, 1, indices, scores, &found),
                 GENREP_E_INVALID, "add");
    assert_true(indices[0] == 7 && scores[0] == 7 && found == 7);
    genrep_vectors_unref(v);
}

static void similarity_is_the_cosine(void **state) {
    (void)state;
    static const float rows[] = {3, 4, 8, 6, 0, 0, -3, -4, 1e-20f, 0, 1e30f, 1e30f};
    static const double expected[] = {1, 0.96, 0, -1, 0.6, 0.98994949366116653};
    genrep_vectors *v = from_rows(ctx, 6, 2, rows);
    double value = 7;
    for (int64_t j = 0; j < 6; j++) {
        assert_ok(ctx, genrep_vectors_similarity(v, 0, j, &value));
        assert_close(value, expected[j], 1e-12);
        assert_true(value <= 1 && value >= -1);
    }
    value = 7;
    assert_error(ctx, genrep_vectors_similarity(v, 0, 6, &value), GENREP_E_INVALID, "0..5");
    assert_error(ctx, genrep_vectors_similarity(v, -1, 0, &value), GENREP_E_INVALID, "0..5");
    assert_true(value == 7);
    genrep_vectors_unref(v);
}

/* Rows with room between them, as a trainer's table has; words of another. */
static void borrowed_rows_are_answered_like_own_ones_and_copied(void **state) {
    (void)state;
    enum { N = 2300, DIM = 5, STRIDE = 16, K = 4 };
    float *rows = random_rows(N * DIM, 12), *table = malloc(N * STRIDE * sizeof *table);
    genrep_vectors *own = from_rows(ctx, N, DIM, rows), *view, *copy;
    for (int64_t i = 0; i < N * STRIDE; i++) table[i] = NAN;
    for (int64_t i = 0; i < N; i++) memcpy(table + i * STRIDE, rows + i * DIM, DIM * sizeof *rows);
    assert_ok(ctx, genrepi_vectors_borrow(ctx, &own->words, DIM, STRIDE, table, &view));
    assert_ptr_equal(genrep_vectors_row(view, 3), table + 3 * STRIDE);
    assert_ok(ctx, genrepi_vectors_copy(view, &copy));
    int64_t indices[3][3 * K];
    float scores[3][3 * K];
    const genrep_vectors *all[3] = {own, view, copy};
    for (int i = 0; i < 3; i++) {
        int64_t single[K];
        assert_ok(ctx, genrep_vectors_nearest_batch(all[i], NULL, 3, rows, 0, NULL, K, indices[i],
                                                    scores[i], NULL));
        assert_memory_equal(indices[i], indices[0], sizeof indices[0]);
        assert_memory_equal(scores[i], scores[0], sizeof scores[0]);
        assert_ok(ctx, genrep_vectors_nearest(all[i], rows, -1, K, single, NULL, NULL));
        assert_memory_equal(single, indices[0], sizeof single);
    }
    genrep_vectors_unref(view);
    memset(table, 0, N * STRIDE * sizeof *table);
    genrep_vectors_unref(own);
    for (int64_t i = 0; i < N; i++) {
        char word[32];
        snprintf(word, sizeof word, "w%lld", (long long)i);
        assert_int_equal(genrep_vectors_find(copy, word, (size_t)-1), i);
        assert_memory_equal(genrep_vectors_row(copy, i), rows + i * DIM, DIM * sizeof *rows);
    }
    genrep_vectors_unref(copy);
    free(table), free(rows);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_finds_what_single_queries_and_brute_force_find),
        cmocka_unit_test(batches_have_the_same_bits_for_any_number_of_threads),
        cmocka_unit_test(equal_scores_come_by_number_and_few_words_are_filled_up),
        cmocka_unit_test(wrong_batches_are_refused_and_touch_nothing),
        cmocka_unit_test(analogies_add_unit_vectors),
        cmocka_unit_test(analogies_multiply_cosines),
        cmocka_unit_test(many_analogies_are_the_single_ones),
        cmocka_unit_test(wrong_analogies_are_refused),
        cmocka_unit_test(similarity_is_the_cosine),
        cmocka_unit_test(borrowed_rows_are_answered_like_own_ones_and_copied),
    };
    return cmocka_run_group_tests(tests, make_ctx, end_ctx);
}
