/* Sets of judged word pairs: the rank correlation against known answers, files as they are found,
 * words that are not known, hostile lines. */
#include <support.h>
#include <files.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <text/evaluation.h>

static genrep_ctx *ctx;

static int make_ctx(void **state) {
    (void)state;
    ctx = support_ctx("threads=2");
    return 0;
}

static int end_ctx(void **state) {
    genrep_ctx_unref(ctx);
    return support_remove_files(state);
}

static double spearman(int64_t n, const double *x, const double *y) {
    double correlation = 7;
    assert_ok(ctx, genrepi_spearman(ctx, n, x, y, &correlation));
    return correlation;
}

static void ranks_of_known_answers(void **state) {
    (void)state;
    const double x[5] = {10, 20, 30, 40, 50}, up[5] = {1, 2, 3, 1000, 1e9};
    const double down[5] = {5, 4, 3, 2, -1};
    assert_close(spearman(5, x, up), 1, 1e-15); /* ranks only: any rising function */
    assert_close(spearman(5, x, down), -1, 1e-15);
    /* Ties: ranks 1 2.5 2.5 4 against 1 2 3 4: sum of products of deviations 4.5, of squares 4.5
     * and 5. */
    const double a[4] = {1, 2, 2, 3}, b[4] = {1, 2, 3, 4};
    assert_close(spearman(4, a, b), 4.5 / sqrt(4.5 * 5), 1e-15);
    /* Without ties it is 1 - 6 sum d^2 / (n (n^2 - 1)): d = 1 1 2 2 0 gives 1 - 60 / 120. */
    const double c[5] = {2, 1, 5, 3, 4}, d[5] = {1, 2, 3, 5, 4};
    assert_close(spearman(5, c, d), 1 - 6 * 10.0 / 120, 1e-15);
    /* Ties in both: ranks 1.5 1.5 3.5 3.5 and 1.5 3.5 1.5 3.5 have nothing in common. */
    const double e[4] = {0, 0, 1, 1}, f[4] = {0, 1, 0, 1};
    assert_close(spearman(4, e, f), 0, 1e-15);
    const double same[3] = {2, 2, 2};
    assert_true(isnan(spearman(3, same, x)) && isnan(spearman(1, x, x)) &&
                isnan(spearman(0, x, x)));
}

/* Ranks of many numbers: the same as counting. */
static void ranks_are_what_counting_gives(void **state) {
    (void)state;
    enum { N = 400 };
    static double x[N], y[N], rank[2][N];
    uint32_t seed = 3;
    for (int i = 0; i < N; i++) {
        seed = seed * 1664525u + 1013904223u, x[i] = seed >> 26; /* many are equal */
        seed = seed * 1664525u + 1013904223u, y[i] = (seed >> 24) + x[i];
    }
    const double *columns[2] = {x, y};
    double xy = 0, xx = 0, yy = 0;
    for (int c = 0; c < 2; c++)
        for (int i = 0; i < N; i++) {
            double less = 0, equal = 0;
            for (int j = 0; j < N; j++) {
                less += columns[c][j] < columns[c][i];
                equal += columns[c][j] == columns[c][i];
            }
            rank[c][i] = less + (equal + 1) / 2;
        }
    for (int i = 0; i < N; i++) {
        double a = rank[0][i] - (N + 1) / 2.0, b = rank[1][i] - (N + 1) / 2.0;
        xy += a * b, xx += a * a, yy += b * b;
    }
    assert_close(spearman(N, x, y), xy / sqrt(xx * yy), 1e-13);
    assert_true(spearman(N, x, y) > 0.1 && spearman(N, x, y) < 0.9);
}

/* Cosines of a with b, c, d, e: 1, 0.8, 0, -1. */
static const char VECTORS[] = "6 2\na 1 0\nb 2 0\nc 4 3\nd 0 1\nNew York -1 0\nCar -0.9 0.3\n";

static genrep_vectors *load(void) {
    genrep_vectors *vectors;
    support_write("v.vec", VECTORS, strlen(VECTORS));
    assert_ok(ctx, genrep_vectors_load(ctx, support_path("v.vec"), NULL, &vectors));
    return vectors;
}

static int32_t run(const genrep_vectors *vectors, const char *set, size_t bytes, const char *spec,
                   genrep_evaluation **out) {
    genrep_dataset *pairs;
    assert_ok(ctx, genrep_dataset_from_text(ctx, set, bytes, NULL, NULL, &pairs));
    int32_t status = genrep_vectors_similarities(vectors, pairs, spec, out);
    genrep_dataset_unref(pairs);
    return status;
}

static void check(const genrep_vectors *vectors, const char *set, const char *spec, double score,
                  int64_t asked, int64_t seen) {
    genrep_evaluation *e;
    double got;
    int64_t right = -1, got_asked, got_seen;
    assert_ok(ctx, run(vectors, set, strlen(set), spec, &e));
    assert_int_equal(genrep_evaluation_rows(e), 1);
    assert_string_equal(genrep_evaluation_name(e, 0), "pairs");
    assert_int_equal(genrep_evaluation_find(e, "pairs"), 0);
    assert_ok(ctx, genrep_evaluation_row(e, 0, &got, &right, &got_asked, &got_seen));
    assert_true(isnan(score) ? isnan(got) : fabs(got - score) < 1e-14);
    assert_int_equal(got_asked, asked);
    assert_int_equal(got_seen, seen);
    assert_int_equal(right, 0);
    assert_error(ctx, genrep_evaluation_row(e, 1, NULL, NULL, NULL, NULL), GENREP_E_INVALID,
                 "row 1 is outside 0..0");
    genrep_evaluation_unref(e);
}

static void sets_are_read_as_they_are_found(void **state) {
    (void)state;
    genrep_vectors *v = load();
    check(v, "a b 9\na c 5\na d 3.5\n", NULL, 1, 3, 3);
    check(v, "a\tb\t1\na\tc\t2\na\td\t3\na\tNew York\t4\n", NULL, -1, 4, 4);
    check(v, "Word 1,Word 2,Human (mean)\r\na,b,9\r\nA, C, 5\r\na,D,3.5\r\n", NULL, 1, 3, 3);
    check(v,
          "\xEF\xBB\xBF"
          "a;b;9\n\n# a comment\na;c;5;further;columns\na;new york;-3\n",
          NULL, 1, 3, 3);
    check(v, "word1\tword2\tPOS\tSimLex999\tconc\na\tb\tN\t9\t4.5\na\tc\tA\t10\t1\n", NULL, -1, 2,
          2);
    check(v, "  a   b   50.0  \n a c 3", NULL, 1, 2, 2);
    genrep_vectors_unref(v);
}

static void unknown_words_are_skipped_and_counted(void **state) {
    (void)state;
    genrep_vectors *v = load();
    check(v, "a b 9\na zebra 7\nx y 1\na car 1\na c 5\n", NULL, 1, 3, 5);
    check(v, "a b 9\na CAR 9\na A 9\n", "case=keep", NAN, 1, 3);
    check(v, "a b 9\na c 5\na d 1\na car 0\n", "restrict=3", 1, 2, 4);
    check(v, "a b 9\na c 5\nd d 1\nA cAR 0\n", "restrict=100", 3 / sqrt(22.5), 4, 4);
    check(v, "a b 9\na c 5\na d 1\n", "restrict=3 case=keep", 1, 2, 3);
    check(v, "x y 1\n", NULL, NAN, 0, 1);
    genrep_evaluation *e;
    const char *set = "a b 9\n";
    assert_ok(ctx, run(v, set, 6, "restrict=3", &e));
    assert_int_equal(genrep_evaluation_words(e), 3);
    genrep_evaluation_unref(genrep_evaluation_ref(e));
    assert_int_equal(genrep_evaluation_find(e, "total"), -1);
    genrep_evaluation_unref(e);
    assert_ok(ctx, run(v, set, 6, NULL, &e));
    assert_int_equal(genrep_evaluation_words(e), 6);
    genrep_evaluation_unref(e);
    genrep_vectors_unref(v);
}

static void lines_that_are_no_pairs_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *set, *error;
    } cases[] = {
        {"", "no pairs"},
        {"# nothing\n\n", "no pairs"},
        {"one heading\n", "no pairs"},
        {"a heading\nand another\n", "line 2"},
        {"a b 9\na c\n", "line 2"},
        {"a b 9\na c nan\n", "line 2"},
        {"a b 9\na c 1,5\n", "line 2"},
        {"a b 9\na c 1e999\n", "line 2"},
        {"a\tb\t9\n\tb\t9\n", "line 2"},
        {"a b 9\na c x y 3\n", "line 2"},
    };
    genrep_vectors *v = load();
    genrep_evaluation *e = NULL;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_error(ctx, run(v, cases[i].set, strlen(cases[i].set), NULL, &e), GENREP_E_FORMAT,
                     cases[i].error);
    assert_error(ctx, run(v, "a b 9\na\0b 9\n", 12, NULL, &e), GENREP_E_FORMAT,
                 "line 2: holds a 0");
    char *line = malloc(5000);
    memset(line, 'x', 5000);
    assert_error(ctx, run(v, line, 5000, NULL, &e), GENREP_E_FORMAT, "longer than 4096");
    memcpy(line + 1500, " a 3\n", 5); /* a word that is longer than words are */
    memset(line + 1505, '\n', 95);
    assert_ok(ctx, run(v, line, 1505, NULL, &e));
    genrep_evaluation_unref(e);
    free(line);
    e = NULL;
    assert_error(ctx, run(v, "a b 9\n", 6, "restrict=-1", &e), GENREP_E_RANGE, "restrict");
    assert_error(ctx, run(v, "a b 9\n", 6, "case=lower", &e), GENREP_E_INVALID, "fold");
    assert_null(e);
    genrep_ctx *other = support_ctx(NULL);
    genrep_dataset *foreign;
    assert_ok(other, genrep_dataset_from_text(other, "a b 9\n", 6, NULL, NULL, &foreign));
    assert_error(ctx, genrep_vectors_similarities(v, foreign, NULL, &e), GENREP_E_INVALID,
                 "another context");
    genrep_dataset_unref(foreign);
    genrep_ctx_unref(other);
    genrep_vectors_unref(v);
}

/* The published sets, whose sizes are known. */
static void real_sets_are_read(void **state) {
    (void)state;
    static const struct {
        const char *name;
        int64_t pairs;
    } sets[] = {{"EN-WS-353-ALL.txt", 353}, {"EN-SIMLEX-999.txt", 999}, {"EN-RG-65.txt", 65}};
    const char *data = getenv("GENREP_TEST_DATA");
    if (data == NULL) skip();
    genrep_vectors *v = load();
    for (int i = 0; i < 3; i++) {
        char spec[4096];
        genrep_dataset *pairs;
        genrep_evaluation *e;
        int64_t seen, asked;
        snprintf(spec, sizeof spec, "text path='%s/word-sim/%s'", data, sets[i].name);
        assert_ok(ctx, genrep_dataset_new(ctx, spec, &pairs));
        assert_ok(ctx, genrep_vectors_similarities(v, pairs, NULL, &e));
        assert_ok(ctx, genrep_evaluation_row(e, 0, NULL, NULL, &asked, &seen));
        assert_int_equal(seen, sets[i].pairs);
        assert_in_range(asked, 0, 5);
        genrep_evaluation_unref(e);
        genrep_dataset_unref(pairs);
    }
    genrep_vectors_unref(v);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_of_known_answers),
        cmocka_unit_test(ranks_are_what_counting_gives),
        cmocka_unit_test(sets_are_read_as_they_are_found),
        cmocka_unit_test(unknown_words_are_skipped_and_counted),
        cmocka_unit_test(lines_that_are_no_pairs_are_refused),
        cmocka_unit_test(real_sets_are_read),
    };
    return cmocka_run_group_tests(tests, make_ctx, end_ctx);
}
