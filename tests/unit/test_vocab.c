/* Vocabularies: counting, choosing, order, files, hostile files. */
#include <support.h>
#include <files.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <text/sampler.h>
#include <text/vocab.h>

static genrep_ctx *ctx;

static int make_ctx(void **state) {
    (void)state;
    ctx = support_ctx(NULL);
    return 0;
}

static int end_ctx(void **state) {
    genrep_ctx_unref(ctx);
    return support_remove_files(state);
}

static int32_t build(const char *text, const char *spec, genrep_vocab **out) {
    genrep_dataset *dataset;
    assert_ok(ctx, genrep_dataset_from_text(ctx, text, strlen(text), NULL, NULL, &dataset));
    int32_t status = genrep_vocab_build(dataset, spec, out);
    genrep_dataset_unref(dataset);
    return status;
}

/* "word count|..." */
static void expect_vocab(const genrep_vocab *vocab, const char *expected) {
    char all[1024] = "";
    size_t used = 0;
    for (int64_t i = 0; i < genrep_vocab_size(vocab); i++) {
        int64_t count;
        const char *word = genrep_vocab_word(vocab, i, &count);
        used += (size_t)snprintf(all + used, sizeof all - used, "%s %lld|", word, (long long)count);
        assert_int_equal(genrep_vocab_find(vocab, word, (size_t)-1), i);
        assert_int_equal(genrep_vocab_find(vocab, word, strlen(word)), i);
    }
    assert_string_equal(all, expected);
}

static const char small_text[] = "b a c a b a\nd b \u00E9 a\n\u00E9\n";

static void words_are_ordered_by_falling_count_then_by_bytes(void **state) {
    (void)state;
    genrep_vocab *vocab;
    assert_ok(ctx, build(small_text, "min_count=1", &vocab));
    expect_vocab(vocab, "</s> 3|a 4|b 3|\u00E9 2|c 1|d 1|");
    assert_int_equal(genrep_vocab_total(vocab), 14);
    assert_int_equal(genrep_vocab_find(vocab, "x", 1), -1);
    assert_int_equal(genrep_vocab_find(vocab, "", 0), -1);
    assert_int_equal(genrep_vocab_find(vocab, "ab", 1), 1); /* its first byte */
    assert_null(genrep_vocab_word(vocab, 6, NULL));
    assert_null(genrep_vocab_word(vocab, -1, NULL));
    genrep_vocab_unref(vocab);
}

static void rare_words_and_those_beyond_max_size_are_left_out(void **state) {
    (void)state;
    genrep_vocab *vocab;
    assert_ok(ctx, build(small_text, "min_count=2", &vocab));
    expect_vocab(vocab, "</s> 3|a 4|b 3|\u00E9 2|");
    assert_int_equal(genrep_vocab_total(vocab), 12);
    genrep_vocab_unref(vocab);
    assert_ok(ctx, build(small_text, "min_count=1 max_size=2", &vocab));
    expect_vocab(vocab, "</s> 3|a 4|b 3|");
    genrep_vocab_unref(vocab);
    assert_ok(ctx, build("x x x x x y y y y", NULL, &vocab)); /* the default is 5, no newline */
    expect_vocab(vocab, "</s> 0|x 5|");
    genrep_vocab_unref(vocab);
    assert_error(ctx, build("x x y", NULL, &vocab), GENREP_E_INVALID, "min_count=5");
    assert_error(ctx, build("", "min_count=1", &vocab), GENREP_E_INVALID, "no word is left");
    assert_error(ctx, build("x", "mincount=1", &vocab), GENREP_E_INVALID, "min_count");
}

static void many_words_are_counted_right(void **state) {
    (void)state;
    enum { WORDS = 20000, ROOM = WORDS * 12 * 3 };
    char *text = malloc(ROOM);
    size_t used = 0;
    for (int turn = 0; turn < 3; turn++) { /* word i is there 1 + i % 3 times */
        for (int i = 0; i < WORDS; i++) {
            if (i % 3 >= turn) used += (size_t)snprintf(text + used, 12, "w%d ", i * 7919 % WORDS);
        }
    }
    text[used] = 0;
    genrep_vocab *vocab;
    assert_ok(ctx, build(text, "min_count=1", &vocab));
    assert_int_equal(genrep_vocab_size(vocab), WORDS + 1);
    int64_t before = INT64_MAX;
    const char *word_before = "";
    for (int64_t i = 1; i <= WORDS; i++) {
        int64_t count;
        const char *word = genrep_vocab_word(vocab, i, &count);
        assert_true(count < before || (count == before && strcmp(word_before, word) < 0));
        before = count;
        word_before = word;
    }
    for (int i = 0; i < WORDS; i++) {
        char word[16];
        int64_t count;
        snprintf(word, sizeof word, "w%d", i * 7919 % WORDS);
        assert_non_null(
            genrep_vocab_word(vocab, genrep_vocab_find(vocab, word, (size_t)-1), &count));
        assert_int_equal(count, 1 + i % 3);
    }
    free(text);
    genrep_vocab_unref(vocab);
}

static void a_saved_vocabulary_reads_back_the_same(void **state) {
    (void)state;
    genrep_vocab *vocab, *loaded;
    size_t bytes;
    assert_ok(ctx, build(small_text, "min_count=1", &vocab));
    assert_ok(ctx, genrep_vocab_save(vocab, support_path("v.txt")));
    char *file = support_read("v.txt", &bytes);
    assert_string_equal(file, "</s> 3\na 4\nb 3\n\u00E9 2\nc 1\nd 1\n");
    free(file);
    assert_ok(ctx, genrep_vocab_load(ctx, support_path("v.txt"), &loaded));
    expect_vocab(loaded, "</s> 3|a 4|b 3|\u00E9 2|c 1|d 1|");
    assert_true(genrepi_vocab_hash(vocab) == genrepi_vocab_hash(loaded));
    genrep_vocab_unref(loaded);
    genrep_vocab_unref(vocab);
}

static int32_t load(const char *file, size_t bytes, genrep_vocab **out) {
    support_write("v.txt", file, bytes);
    return genrep_vocab_load(ctx, support_path("v.txt"), out);
}

static void files_of_other_programs_are_read(void **state) {
    (void)state;
    genrep_vocab *vocab;
    static const char unsorted[] = "x 1\ny 5\r\n</s> 7\nz\t5";
    assert_ok(ctx, load(unsorted, strlen(unsorted), &vocab));
    expect_vocab(vocab, "</s> 7|y 5|z 5|x 1|");
    genrep_vocab_unref(vocab);
}

static void damaged_files_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *file, *error;
    } cases[] = {
        {"a 1\nb\n", "line 2"},
        {"a 1\n\nb 2\n", "line 2"},
        {" 3\n", "line 1"},
        {"a -3\n", "line 1"},
        {"a 1.5\n", "line 1"},
        {"a 1e400\n", "line 1"},
        {"a b 3\n", "line 1"},
        {"a 3x\n", "line 1"},
        {"a 99999999999999999999\n", "line 1"},
        {"a 9223372036854775807\nb 1\n", "too large"},
        {"a 3\nb 2\na 3\n", "twice"},
        {"</s> 3\nb 2\n</s> 3\n", "twice"},
        {"", "no word is left"},
        {"</s> 3\n", "no word is left"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static char untouched;
        genrep_vocab *vocab = (genrep_vocab *)(void *)&untouched;
        int32_t status = load(cases[i].file, strlen(cases[i].file), &vocab);
        assert_error(ctx, status, cases[i].error[0] == 'n' ? GENREP_E_INVALID : GENREP_E_FORMAT,
                     cases[i].error);
        assert_ptr_equal(vocab, &untouched);
    }
    char *line = malloc(5000);
    memset(line, 'a', 5000);
    memcpy(line + 1001, " 3\n", 3);
    genrep_vocab *vocab;
    assert_error(ctx, load(line, 1004, &vocab), GENREP_E_FORMAT, "line 1");
    memset(line, 'a', 5000);
    assert_error(ctx, load(line, 5000, &vocab), GENREP_E_FORMAT, "longer than");
    assert_error(ctx, load("a\0b 3\n", 6, &vocab), GENREP_E_FORMAT, "line 1");
    free(line);
    assert_error(ctx, genrep_vocab_load(ctx, support_path("none.txt"), &vocab), GENREP_E_IO,
                 "none.txt");
}

/* mathematics 2.20 */
static void frequent_words_are_kept_with_the_published_probabilities(void **state) {
    (void)state;
    assert_close(genrepi_keep_probability(0.05, 1e-3), 0.161421, 1e-6);
    assert_close(genrepi_keep_probability(0.01, 1e-3), 0.416228, 1e-6);
    assert_true(genrepi_keep_probability(2.6e-3, 1e-3) == 1);
    assert_true(genrepi_keep_probability(1, 0) == 1);
    assert_true(genrepi_keep_probability(0, 1e-3) == 1);
}

static void the_sampler_draws_what_it_should(void **state) {
    (void)state;
    enum { DRAWS = 400000 };
    static const char file[] = "</s> 500\na 10000\nb 1000\nc 100\nd 0\n";
    const double share[] = {500 / 11600., 10000 / 11600., 1000 / 11600., 100 / 11600., 0};
    genrep_vocab *vocab;
    genrepi_sampler sampler;
    assert_ok(ctx, load(file, strlen(file), &vocab));
    assert_ok(ctx, genrepi_sampler_init(vocab, 1e-2, 0.75, &sampler));
    genrepi_rng rng = genrepi_rng_at(7, 7, 0);
    int64_t kept[5] = {0}, drawn[5] = {0}, others[5] = {0};
    for (int64_t i = 0; i < DRAWS; i++) {
        int32_t noise[2];
        for (int64_t w = 0; w < 5; w++) kept[w] += genrepi_sampler_keeps(&sampler, w, &rng);
        assert_int_equal(genrepi_sampler_noise(&sampler, -1, 1, &rng, noise), 1);
        drawn[noise[0]]++;
        assert_int_equal(genrepi_sampler_noise(&sampler, 2, 1, &rng, noise), 1);
        others[noise[0]]++;
    }
    double sum = 0, weight[5] = {0};
    for (int w = 1; w < 4; w++) sum += weight[w] = pow(share[w], 0.75);
    for (int w = 0; w < 5; w++) {
        double p = genrepi_keep_probability(share[w], 1e-2);
        assert_close((double)kept[w] / DRAWS, p, 5 * sqrt(p * (1 - p) / DRAWS) + 1e-9);
        double q = weight[w] / sum;
        assert_close((double)drawn[w] / DRAWS, q, 5 * sqrt(q * (1 - q) / DRAWS) + 1e-9);
        double o = w == 2 ? 0 : weight[w] / (sum - weight[2]);
        assert_close((double)others[w] / DRAWS, o, 5 * sqrt(o * (1 - o) / DRAWS) + 1e-9);
    }
    genrepi_sampler_free(&sampler);
    genrep_vocab_unref(vocab);
}

static void noise_ends_where_nearly_all_draws_are_the_target(void **state) {
    (void)state;
    static const char file[] = "</s> 1\na 1000000000000000\nb 1\n";
    genrep_vocab *vocab;
    genrepi_sampler sampler;
    assert_ok(ctx, load(file, strlen(file), &vocab));
    assert_ok(ctx, genrepi_sampler_init(vocab, 0, 1, &sampler));
    genrepi_rng rng = genrepi_rng_at(1, 1, 0);
    int32_t noise[5];
    assert_int_equal(genrepi_sampler_noise(&sampler, 1, 5, &rng, noise), 0);
    assert_int_equal(genrepi_sampler_noise(&sampler, 2, 5, &rng, noise), 5);
    genrepi_sampler_free(&sampler);
    genrep_vocab_unref(vocab);
    static const char one[] = "</s> 1\na 5\nb 0\n";
    assert_ok(ctx, load(one, strlen(one), &vocab));
    assert_error(ctx, genrepi_sampler_init(vocab, 0, 1, &sampler), GENREP_E_INVALID,
                 "two different words");
    genrep_vocab_unref(vocab);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_ordered_by_falling_count_then_by_bytes),
        cmocka_unit_test(rare_words_and_those_beyond_max_size_are_left_out),
        cmocka_unit_test(many_words_are_counted_right),
        cmocka_unit_test(a_saved_vocabulary_reads_back_the_same),
        cmocka_unit_test(files_of_other_programs_are_read),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(frequent_words_are_kept_with_the_published_probabilities),
        cmocka_unit_test(the_sampler_draws_what_it_should),
        cmocka_unit_test(noise_ends_where_nearly_all_draws_are_the_target),
    };
    return cmocka_run_group_tests(tests, make_ctx, end_ctx);
}
