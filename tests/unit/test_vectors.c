/* Word vectors: nearest words, files of this and other programs, hostile files. */
#include <support.h>
#include <files.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <text/vectors.h>

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

static int32_t load(const void *file, size_t bytes, const char *spec, genrep_vectors **out) {
    support_write("v.vec", file, bytes);
    return genrep_vectors_load(ctx, support_path("v.vec"), spec, out);
}

static genrep_vectors *load_text(const char *file) {
    genrep_vectors *vectors;
    assert_ok(ctx, load(file, strlen(file), NULL, &vectors));
    return vectors;
}

static void text_files_are_read(void **state) {
    (void)state;
    genrep_vectors *v = load_text("3 2\n</s> 0 -0.5\nna\xC3\xAFve 1e-3 .25 \nNew York 3 4\n");
    assert_int_equal(genrep_vectors_size(v), 3);
    assert_int_equal(genrep_vectors_dim(v), 2);
    assert_string_equal(genrep_vectors_word(v, 1), "na\xC3\xAFve");
    assert_int_equal(genrep_vectors_find(v, "New York", (size_t)-1), 2);
    assert_int_equal(genrep_vectors_find(v, "New York City", 8), 2);
    assert_int_equal(genrep_vectors_find(v, "New", (size_t)-1), -1);
    assert_true(genrep_vectors_row(v, 0)[1] == -0.5f);
    assert_true(genrep_vectors_row(v, 1)[0] == 1e-3f && genrep_vectors_row(v, 1)[1] == 0.25f);
    assert_null(genrep_vectors_row(v, 3));
    assert_null(genrep_vectors_word(v, -1));
    genrep_vectors_unref(v);
    v = load_text("1 1\r\nx 7\r\n\n\n"); /* a text editor was here */
    assert_true(genrep_vectors_row(v, 0)[0] == 7);
    genrep_vectors_unref(v);
    v = load_text("2 1\n\xFF\xFE 7\nno newline at the end 8");
    assert_string_equal(genrep_vectors_word(v, 0), "\xFF\xFE");
    assert_true(genrep_vectors_row(v, 1)[0] == 8);
    genrep_vectors_unref(v);
}

/* word2vec.c ends a binary row with a newline, gensim does not. */
static void binary_files_are_read_with_and_without_newlines(void **state) {
    (void)state;
    const float a[3] = {1, -2, 3e-5f}, b[3] = {4, 1e30f, -0.f};
    for (int newline = 0; newline < 2; newline++) {
        char file[256];
        size_t n = (size_t)sprintf(file, "2 3\nword ");
        memcpy(file + n, a, sizeof a), n += sizeof a;
        if (newline) file[n++] = '\n';
        n += (size_t)sprintf(file + n, "\xE4\xB8\xAD ");
        memcpy(file + n, b, sizeof b), n += sizeof b;
        if (newline) file[n++] = '\n';
        for (int named = 0; named < 2; named++) {
            genrep_vectors *v;
            assert_ok(ctx, load(file, n, named ? "format=binary" : "format=auto", &v));
            assert_int_equal(genrep_vectors_size(v), 2);
            assert_string_equal(genrep_vectors_word(v, 1), "\xE4\xB8\xAD");
            assert_memory_equal(genrep_vectors_row(v, 0), a, sizeof a);
            assert_memory_equal(genrep_vectors_row(v, 1), b, sizeof b);
            genrep_vectors_unref(v);
        }
        genrep_vectors *v;
        assert_error(ctx, load(file, n, "format=text", &v), GENREP_E_FORMAT, "word 1 of 2");
    }
}

static genrep_vectors *make(int64_t n, int64_t dim, uint32_t seed) {
    genrep_vectors *v;
    assert_int_equal(genrepi_vectors_new(ctx, dim, &v), 0);
    for (int64_t i = 0; i < n; i++) {
        char word[32];
        float *row;
        int bytes = snprintf(word, sizeof word, "w%lld", (long long)i);
        assert_int_equal(genrepi_vectors_add(v, word, (size_t)bytes, &row), 0);
        for (int64_t j = 0; j < dim; j++) {
            seed = seed * 1664525u + 1013904223u;
            row[j] = ((float)(seed >> 8) - 8388608.f) * 1.1920929e-7f;
        }
    }
    assert_int_equal(genrepi_vectors_finish(v), 0);
    return v;
}

static void saved_vectors_read_back_bit_by_bit(void **state) {
    (void)state;
    static const char *const specs[] = {NULL, "format=text", "format=auto", "format=binary"};
    genrep_vectors *v = make(700, 33, 5);
    for (int s = 0; s < 4; s++) {
        genrep_vectors *again;
        assert_ok(ctx, genrep_vectors_save(v, support_path("s.vec"), specs[s]));
        assert_ok(ctx, genrep_vectors_load(ctx, support_path("s.vec"), NULL, &again));
        assert_int_equal(genrep_vectors_size(again), 700);
        for (int64_t i = 0; i < 700; i++) {
            assert_string_equal(genrep_vectors_word(again, i), genrep_vectors_word(v, i));
            assert_memory_equal(genrep_vectors_row(again, i), genrep_vectors_row(v, i),
                                33 * sizeof(float));
        }
        genrep_vectors_unref(again);
    }
    genrep_vectors_unref(v);
    v = load_text("1 2\na 0.5 -1e-7\n");
    assert_ok(ctx, genrep_vectors_save(v, support_path("s.vec"), NULL));
    char *file = support_read("s.vec", NULL);
    assert_string_equal(file, "1 2\na 0.5 -1e-07\n");
    free(file);
    genrep_vectors_unref(v);
}

static void words_that_a_format_cannot_hold_are_refused(void **state) {
    (void)state;
    genrep_vectors *v = load_text("1 1\nNew York 1\n");
    support_write("s.vec", "old", 3);
    assert_error(ctx, genrep_vectors_save(v, support_path("s.vec"), "format=binary"),
                 GENREP_E_INVALID, "New York");
    char *file = support_read("s.vec", NULL);
    assert_string_equal(file, "old");
    free(file);
    assert_error(ctx, genrep_vectors_save(v, support_path("s.vec"), "format=word"),
                 GENREP_E_INVALID, "binary");
    assert_ok(ctx, genrep_vectors_save(v, support_path("s.vec"), NULL));
    genrep_vectors_unref(v);
}

static void a_word_that_is_there_twice_keeps_its_first_row(void **state) {
    (void)state;
    genrep_vectors *v = load_text("3 1\na 1\na 2\nb 3\n");
    assert_int_equal(genrep_vectors_size(v), 2);
    assert_true(genrep_vectors_row(v, 0)[0] == 1 && genrep_vectors_row(v, 1)[0] == 3);
    genrep_vectors_unref(v);
}

static void damaged_and_hostile_files_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *file, *error;
    } cases[] = {
        {"", "words dimensions"},
        {"\n", "words dimensions"},
        {"3\n", "words dimensions"},
        {"a b c\n", "words dimensions"},
        {"0 2\n", "0 words"},
        {"-1 2\n", "-1 words"},
        {"2 0\na\n", "0 dimensions"},
        {"1 99999999\na 1\n", "99999999 dimensions"},
        {"2 2\na 1 2\n", "word 2 of 2: the file ends before it"},
        {"2 2\na 1 2\nb 3\n", "word 2 of 2"},
        {"2 2\na 1 2\nb 3 x\n", "word 2 of 2"},
        {"2 2\na 1 2\nb 3 1,5\n", "word 2 of 2"},
        {"1 2\na 1 2\nb 3 4\n", "more than the 1 words"},
        {"1 2\na 1 nan\n", ""},
        {"1 2\na 1 1e39\n", "not finite"},
        {"9223372036854775807 2\na 1 2\n", "word 2 of 9223372036854775807"},
        {"9223372036854775807 65536\nab ", "file ends inside it"},
        {"1 1\nabcd", "no blank"},
        {"1 3\na \x01\x02\x03", "file ends inside it"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        genrep_vectors *v = NULL;
        int32_t status = load(cases[i].file, strlen(cases[i].file), NULL, &v);
        assert_error(ctx, status, GENREP_E_FORMAT, cases[i].error);
        assert_null(v);
    }
    genrep_vectors *v;
    static const char nul[] = "1 1\na\0b \1\1\1\1";
    assert_error(ctx, load(nul, sizeof nul - 1, "format=binary", &v), GENREP_E_FORMAT, "holds a 0");
    static const char infinite[] = "1 1\nab \0\0\x80\x7F";
    assert_error(ctx, load(infinite, sizeof infinite - 1, NULL, &v), GENREP_E_FORMAT, "not finite");
    assert_error(ctx, genrep_vectors_load(ctx, support_path("none"), NULL, &v), GENREP_E_IO,
                 "none");
}

/* What a header claims is not allocated before the rows are there. */
static void a_header_that_lies_costs_no_memory(void **state) {
    (void)state;
    int64_t peak_before, peak;
    genrep_ctx *own = support_ctx(NULL);
    assert_ok(own, genrep_ctx_memory(own, NULL, &peak_before));
    static const char file[] = "2000000000 60000\nab \1\2\3";
    support_write("lie.bin", file, sizeof file - 1);
    genrep_vectors *v;
    assert_error(own, genrep_vectors_load(own, support_path("lie.bin"), "format=binary", &v),
                 GENREP_E_FORMAT, "inside it");
    assert_ok(own, genrep_ctx_memory(own, NULL, &peak));
    assert_true(peak < 2000000);
    genrep_ctx_unref(own);
}

static double cosine(const float *a, const float *b, int64_t n) {
    double ab = 0, aa = 0, bb = 0;
    for (int64_t j = 0; j < n; j++) {
        ab += (double)a[j] * (double)b[j];
        aa += (double)a[j] * (double)a[j];
        bb += (double)b[j] * (double)b[j];
    }
    return ab / sqrt(aa * bb);
}

static void nearest_words_are_those_of_greatest_cosine(void **state) {
    (void)state;
    enum { N = 5000, DIM = 19, K = 40 };
    genrep_vectors *v = make(N, DIM, 9);
    for (int64_t q = 0; q < N; q += 1250) {
        const float *query = genrep_vectors_row(v, q);
        int64_t indices[K], found = 0;
        float scores[K];
        assert_ok(ctx, genrep_vectors_nearest(v, query, q, K, indices, scores, &found));
        assert_int_equal(found, K);
        double worst = 1;
        for (int i = 0; i < K; i++) {
            double c = cosine(query, genrep_vectors_row(v, indices[i]), DIM);
            assert_close((double)scores[i], c, 1e-6);
            assert_true(indices[i] != q);
            assert_true(i == 0 || scores[i] <= scores[i - 1]);
            worst = c;
        }
        int64_t better = 0;
        for (int64_t i = 0; i < N; i++)
            better += i != q && cosine(query, genrep_vectors_row(v, i), DIM) > worst + 1e-6;
        assert_in_range(better, K - 2, K - 1); /* one may be as good as the last */
        assert_ok(ctx, genrep_vectors_nearest(v, query, -1, 1, indices, NULL, NULL));
        assert_int_equal(indices[0], q);
    }
    genrep_vectors_unref(v);
}

static void equal_words_come_by_number_for_any_number_of_threads(void **state) {
    (void)state;
    enum { N = 6000, K = 9 };
    static const float query[2] = {1, 1};
    static const char *const specs[] = {"threads=1", "threads=2", "threads=4"};
    static char file[N * 32];
    size_t used = (size_t)sprintf(file, "%d 2\n", N);
    for (int i = 0; i < N; i++)
        used += (size_t)sprintf(file + used, "w%d %d %d\n", i, i % 1000 == 5 ? 2 : 1, 2);
    support_write("ties.vec", file, used);
    for (int s = 0; s < 3; s++) {
        genrep_ctx *own = support_ctx(specs[s]);
        genrep_vectors *v;
        int64_t indices[K], found;
        float scores[K];
        assert_ok(own, genrep_vectors_load(own, support_path("ties.vec"), NULL, &v));
        assert_ok(own, genrep_vectors_nearest(v, query, 1005, K, indices, scores, &found));
        static const int64_t expected[K] = {5, 2005, 3005, 4005, 5005, 0, 1, 2, 3};
        assert_int_equal(found, K);
        for (int i = 0; i < K; i++) assert_int_equal(indices[i], expected[i]);
        assert_true(scores[0] == scores[4] && scores[5] == scores[8] && scores[4] > scores[5]);
        genrep_vectors_unref(v);
        genrep_ctx_unref(own);
    }
}

static void few_words_zero_rows_and_bad_queries(void **state) {
    (void)state;
    genrep_vectors *v = load_text("3 2\na 1 0\nb 0 0\nc -1 0\n");
    int64_t indices[9] = {0}, found = 0;
    float scores[9], query[2] = {2, 0};
    assert_ok(ctx, genrep_vectors_nearest(v, query, -1, 9, indices, scores, &found));
    assert_int_equal(found, 3);
    assert_int_equal(indices[0], 0);
    assert_int_equal(indices[1], 1);
    assert_int_equal(indices[2], 2);
    assert_true(scores[0] == 1 && scores[1] == 0 && scores[2] == -1);
    query[0] = 0;
    assert_error(ctx, genrep_vectors_nearest(v, query, -1, 1, indices, scores, &found),
                 GENREP_E_INVALID, "no direction");
    query[0] = NAN;
    assert_error(ctx, genrep_vectors_nearest(v, query, -1, 1, indices, scores, &found),
                 GENREP_E_INVALID, "no direction");
    assert_error(ctx, genrep_vectors_nearest(v, query, -1, 0, indices, scores, &found),
                 GENREP_E_INVALID, "k is 0");
    genrep_vectors_unref(v);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_files_are_read),
        cmocka_unit_test(binary_files_are_read_with_and_without_newlines),
        cmocka_unit_test(saved_vectors_read_back_bit_by_bit),
        cmocka_unit_test(words_that_a_format_cannot_hold_are_refused),
        cmocka_unit_test(a_word_that_is_there_twice_keeps_its_first_row),
        cmocka_unit_test(damaged_and_hostile_files_are_refused),
        cmocka_unit_test(a_header_that_lies_costs_no_memory),
        cmocka_unit_test(nearest_words_are_those_of_greatest_cosine),
        cmocka_unit_test(equal_words_come_by_number_for_any_number_of_threads),
        cmocka_unit_test(few_words_zero_rows_and_bad_queries),
    };
    return cmocka_run_group_tests(tests, make_ctx, end_ctx);
}
