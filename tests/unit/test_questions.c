/* Sets of analogies: known answers by category, what is skipped and counted, the restriction, the
 * case of letters, hostile lines. */
#include <support.h>
#include <files.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* man - woman and walk - walked are the same steps in a space of their own, so b - a + c is d but
 * for its length.  "Queen" is written large, and there is a second one behind it. */
static const char VECTORS[] = "10 4\n"
                              "man 1 0 0 0\nwoman 1 1 0 0\nking 1 0 0.5 0\nQueen 1 1 0.5 0\n"
                              "walk 0 0 1 0.3\nwalked 0 1 1 0.3\njump 0.2 0 1 0\njumped 0.2 1 1 0\n"
                              "queen -1 0 0 -1\nzero 0 0 0 0\n";

static genrep_vectors *load(void) {
    genrep_vectors *vectors;
    support_write("v.vec", VECTORS, strlen(VECTORS));
    assert_ok(ctx, genrep_vectors_load(ctx, support_path("v.vec"), NULL, &vectors));
    return vectors;
}

static int32_t run(const genrep_vectors *vectors, const char *set, size_t bytes, const char *spec,
                   genrep_evaluation **out) {
    genrep_dataset *questions;
    assert_ok(ctx, genrep_dataset_from_text(ctx, set, bytes, NULL, NULL, &questions));
    int32_t status = genrep_vectors_analogies(vectors, questions, spec, out);
    genrep_dataset_unref(questions);
    return status;
}

typedef struct row {
    const char *name;
    int64_t right, asked, seen;
} row;

static void check(const genrep_vectors *vectors, const char *set, const char *spec, int64_t words,
                  int n, const row *rows) {
    genrep_evaluation *e;
    assert_ok(ctx, run(vectors, set, strlen(set), spec, &e));
    assert_int_equal(genrep_evaluation_words(e), words);
    assert_int_equal(genrep_evaluation_rows(e), n);
    for (int i = 0; i < n; i++) {
        double score;
        int64_t right, asked, seen;
        assert_string_equal(genrep_evaluation_name(e, i), rows[i].name);
        assert_ok(ctx, genrep_evaluation_row(e, i, &score, &right, &asked, &seen));
        assert_int_equal(right, rows[i].right);
        assert_int_equal(asked, rows[i].asked);
        assert_int_equal(seen, rows[i].seen);
        if (asked > 0)
            assert_true(score == (double)right / (double)asked);
        else
            assert_true(isnan(score));
    }
    assert_int_equal(genrep_evaluation_find(e, "total"), n - 1);
    genrep_evaluation_unref(e);
}

static const char SET[] = "//Copyright of somebody\n"
                          ": family\n"
                          "man woman king queen\n"    /* right: Queen, the first of the two */
                          "woman man Queen king\n"    /* right */
                          "man woman king walk\n"     /* wrong */
                          "man woman king princess\n" /* not known */
                          "\n"
                          ":gram7-past-tense  \r\n"
                          "walk walked jump JUMPED\r\n"
                          "# a comment\n"
                          " jump\tjumped  walk walked"; /* no newline at the end */

static void known_answers_by_category(void **state) {
    (void)state;
    genrep_vectors *v = load();
    static const row folded[] = {{"family", 2, 3, 4},
                                 {"gram7-past-tense", 2, 2, 2},
                                 {"semantic", 2, 3, 4},
                                 {"syntactic", 2, 2, 2},
                                 {"total", 4, 5, 6}};
    check(v, SET, NULL, 10, 5, folded);
    check(v, SET, "method=add case=fold restrict=0", 10, 5, folded);
    check(v, SET, "method=mul", 10, 5, folded);
    /* As written, "queen" is the far one: asked, and wrong; "JUMPED" is not known. */
    static const row kept[] = {{"family", 1, 3, 4},
                               {"gram7-past-tense", 1, 1, 2},
                               {"semantic", 1, 3, 4},
                               {"syntactic", 1, 1, 2},
                               {"total", 2, 4, 6}};
    check(v, SET, "case=keep", 10, 5, kept);
    genrep_vectors_unref(v);
}

static void the_restriction_leaves_words_out(void **state) {
    (void)state;
    genrep_vectors *v = load();
    static const row first[] = {{"family", 2, 2, 4}, /* "walk" is not known either */
                                {"gram7-past-tense", 0, 0, 2},
                                {"semantic", 2, 2, 4},
                                {"syntactic", 0, 0, 2},
                                {"total", 2, 2, 6}};
    check(v, SET, "restrict=4", 4, 5, first);
    /* Answers are looked for among the first words too: "walked" would be the best of all. */
    static const row forced[] = {
        {"questions", 1, 1, 1}, {"semantic", 1, 1, 1}, {"syntactic", 0, 0, 0}, {"total", 1, 1, 1}};
    check(v, "man woman walk queen\n", "restrict=5", 5, 4, forced);
    static const row missed[] = {
        {"questions", 0, 1, 1}, {"semantic", 0, 1, 1}, {"syntactic", 0, 0, 0}, {"total", 0, 1, 1}};
    check(v, "man woman walk queen\n", NULL, 10, 4, missed);
    genrep_vectors_unref(v);
}

static void questions_without_a_direction_are_wrong(void **state) {
    (void)state;
    genrep_vectors *v = load();
    static const row rows[] = {
        {"questions", 0, 2, 2}, {"semantic", 0, 2, 2}, {"syntactic", 0, 0, 0}, {"total", 0, 2, 2}};
    check(v, "man zero man king\nzero zero zero zero\n", NULL, 10, 4, rows);
    check(v, "man zero man king\nzero zero zero zero\n", "method=mul", 10, 4, rows);
    genrep_vectors_unref(v);
}

/* Where the answer is another word that is the same but for case, it is right: "D" is found, and
 * the question's "d" means the first of the two. */
static void an_answer_may_differ_in_case(void **state) {
    (void)state;
    static const char file[] = "5 3\na 1 0 0\nb 1 1 0\nc 0 0 1\nd -9 -9 -9\nD 0 1 1\n";
    static const char set[] = "a b c d\n";
    genrep_vectors *v;
    support_write("case.vec", file, strlen(file));
    assert_ok(ctx, genrep_vectors_load(ctx, support_path("case.vec"), NULL, &v));
    row rows[] = {
        {"questions", 1, 1, 1}, {"semantic", 1, 1, 1}, {"syntactic", 0, 0, 0}, {"total", 1, 1, 1}};
    check(v, set, NULL, 5, 4, rows);
    rows[0].right = rows[1].right = rows[3].right = 0;
    check(v, set, "case=keep", 5, 4, rows);
    genrep_vectors_unref(v);
}

/* More questions than are answered at once, and categories that come back. */
static void many_questions_are_all_counted(void **state) {
    (void)state;
    enum { N = 6000 };
    genrep_vectors *v = load();
    static char set[N * 64];
    size_t used = 0;
    for (int i = 0; i < N; i++) {
        if (i == 4090 || i == 4100)
            used += (size_t)sprintf(set + used, i == 4090 ? ": gram\n" : ": one\n");
        const char *line = i % 5 == 0   ? "man woman king walk\n"
                           : i % 5 == 1 ? "man woman king nobody\n"
                                        : "man woman king queen\n";
        memcpy(set + used, line, strlen(line));
        used += strlen(line);
    }
    static const row rows[] = {{"questions", 2454, 3272, 4090}, {"gram", 6, 8, 10},
                               {"one", 1140, 1520, 1900},       {"semantic", 3594, 4792, 5990},
                               {"syntactic", 6, 8, 10},         {"total", 3600, 4800, 6000}};
    check(v, set, NULL, 10, 6, rows);
    genrep_vectors_unref(v);
}

static void lines_that_are_no_questions_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *set, *error;
    } cases[] = {
        {"", "no questions"},
        {": family\n", "no questions"},
        {"man woman king\n", "line 1: not a question"},
        {"man woman king queen\nman woman king queen walk\n", "line 2: not a question"},
        {"man woman king queen\n:\n", "line 2: a category without a name"},
        {":  \t \n", "line 1: a category without a name"},
    };
    genrep_vectors *v = load();
    genrep_evaluation *e = NULL;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_error(ctx, run(v, cases[i].set, strlen(cases[i].set), NULL, &e), GENREP_E_FORMAT,
                     cases[i].error);
    assert_error(ctx, run(v, ": a\0b\n", 6, NULL, &e), GENREP_E_FORMAT, "line 1: holds a 0");
    assert_error(ctx, run(v, SET, strlen(SET), "method=sub", &e), GENREP_E_INVALID, "add");
    assert_error(ctx, run(v, SET, strlen(SET), "restrict=x", &e), GENREP_E_INVALID, "restrict");
    assert_null(e);
    genrep_tensor *tensor;
    genrep_dataset *images;
    const char *name = "x";
    const int64_t size = 2;
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, 1, &size, &tensor));
    assert_ok(ctx, genrep_dataset_from_tensors(ctx, 1, &name, &tensor, &images));
    assert_error(ctx, genrep_vectors_analogies(v, images, NULL, &e), GENREP_E_INVALID, "text");
    genrep_dataset_unref(images);
    genrep_tensor_unref(tensor);
    genrep_vectors_unref(v);
}

/* The published set: 19 544 questions, 8869 of them semantic. */
static void the_real_set_is_read(void **state) {
    (void)state;
    const char *data = getenv("GENREP_TEST_DATA");
    char spec[4096];
    genrep_dataset *questions;
    genrep_evaluation *e;
    int64_t seen, asked;
    if (data == NULL) skip();
    genrep_vectors *v = load();
    snprintf(spec, sizeof spec, "text path='%s/text/questions-words.txt'", data);
    assert_ok(ctx, genrep_dataset_new(ctx, spec, &questions));
    assert_ok(ctx, genrep_vectors_analogies(v, questions, "restrict=30000", &e));
    assert_int_equal(genrep_evaluation_rows(e), 14 + 3);
    static const int64_t expected[3] = {8869, 10675, 19544};
    for (int i = 0; i < 3; i++) {
        assert_ok(ctx, genrep_evaluation_row(e, 14 + i, NULL, NULL, NULL, &seen));
        assert_int_equal(seen, expected[i]);
    }
    assert_ok(ctx, genrep_evaluation_row(e, genrep_evaluation_find(e, "family"), NULL, NULL, &asked,
                                         &seen));
    assert_int_equal(seen, 506);
    assert_int_equal(asked, 2); /* man woman king queen, and back */
    genrep_evaluation_unref(e);
    genrep_dataset_unref(questions);
    genrep_vectors_unref(v);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers_by_category),
        cmocka_unit_test(the_restriction_leaves_words_out),
        cmocka_unit_test(questions_without_a_direction_are_wrong),
        cmocka_unit_test(an_answer_may_differ_in_case),
        cmocka_unit_test(many_questions_are_all_counted),
        cmocka_unit_test(lines_that_are_no_questions_are_refused),
        cmocka_unit_test(the_real_set_is_read),
    };
    return cmocka_run_group_tests(tests, make_ctx, end_ctx);
}
