/* Character n-grams: fastText's hashes and order, rows, and the vectors of words that were never
 * seen. */
#include <support.h>
#include <corpus.h>
#include <files.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <text/ngrams.h>
#include <text/vectors.h>

static uint32_t fnv(const char *text) {
    uint32_t hash = GENREPI_FNV32;
    while (*text != 0) hash = genrepi_fnv32(hash, *text++);
    return hash;
}

static void hashes_are_those_of_fasttext(void **state) {
    (void)state;
    assert_int_equal(fnv("where"), 90969176);
    assert_int_equal(fnv("<wh"), 1048167652);
    assert_int_equal(fnv("her"), 4105473420u);
    assert_int_equal(fnv("</s>"), 3617362777u);
    assert_int_equal(fnv("\xc3\xa9t\xc3\xa9"), 200187927); /* bytes of 0x80 or more */
}

static void expect(const char *word, int64_t shortest, int64_t longest, int64_t n,
                   const char *const *ngrams) {
    uint32_t hashes[64];
    assert_int_equal(genrepi_ngrams_hash(word, strlen(word), shortest, longest, NULL), n);
    assert_int_equal(genrepi_ngrams_hash(word, strlen(word), shortest, longest, hashes), n);
    for (int64_t i = 0; i < n; i++) assert_int_equal(hashes[i], fnv(ngrams[i]));
}

static void ngrams_are_those_of_fasttext(void **state) {
    (void)state;
    static const char *const where[] = {"<wh",    "<whe", "<wher", "<where", "whe", "wher", "where",
                                        "where>", "her",  "here",  "here>",  "ere", "ere>", "re>"};
    expect("where", 3, 6, 14, where);
    /* characters are code points; a single one at an edge is none */
    static const char *const ete[] = {"<\xc3\xa9", "\xc3\xa9", "\xc3\xa9t", "t",
                                      "t\xc3\xa9", "\xc3\xa9", "\xc3\xa9>"};
    expect("\xc3\xa9t\xc3\xa9", 1, 2, 7, ete);
    static const char *const a[] = {"<a", "<a>", "a", "a>"};
    expect("a", 1, 6, 4, a);
    expect("a", 4, 6, 0, NULL);
    expect("", 1, 3, 1, (const char *const[]){"<>"});
    expect("\xa9\xa9", 2, 2, 1, (const char *const[]){"<\xa9\xa9>"}); /* not UTF-8 */
}

static int32_t find_row(const genrepi_ngrams *ngrams, const char *ngram) {
    return genrepi_ngrams_row(ngrams, fnv(ngram) % (uint32_t)ngrams->buckets);
}

static void rows_are_the_buckets_in_their_order(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrepi_words words = {.ctx = ctx};
    static const char *const text[] = {"</s>", "where", "here", "\xc3\xa9t\xc3\xa9", "a"};
    for (int i = 0; i < 5; i++) {
        int64_t index;
        int32_t added;
        assert_ok(ctx, genrepi_words_add(&words, text[i], strlen(text[i]), &index, &added));
    }
    static const int64_t buckets[] = {2000000, 1, 5, 64, 65, 2000000000};
    for (int b = 0; b < 5; b++) {
        genrepi_ngrams *ngrams;
        assert_ok(ctx, genrepi_ngrams_new(&words, 3, 6, buckets[b], &ngrams));
        int64_t rows = 0;
        for (int64_t bucket = 0; bucket < buckets[b]; bucket++) {
            const int32_t row = genrepi_ngrams_row(ngrams, bucket);
            assert_true(row == -1 || row == rows);
            rows += row >= 0;
        }
        assert_int_equal(rows, ngrams->rows);
        const int32_t *of;
        assert_int_equal(genrepi_ngrams_of(ngrams, 0, &of), 0); /* "</s>" has none */
        assert_int_equal(genrepi_ngrams_of(ngrams, 1, &of), 14);
        assert_int_equal(of[0], find_row(ngrams, "<wh"));
        assert_int_equal(of[13], find_row(ngrams, "re>"));
        assert_int_equal(genrepi_ngrams_of(ngrams, 4, &of), 1);
        assert_int_equal(of[0], find_row(ngrams, "<a>"));
        if (b == 0) {
            assert_int_equal(find_row(ngrams, "her"), find_row(ngrams, "her"));
            assert_true(find_row(ngrams, "her") >= 0);
            assert_true(genrepi_ngrams_row(ngrams, 167652) >= 0); /* "<wh" */
            assert_int_equal(find_row(ngrams, "abc"), -1);
        }
        genrepi_ngrams_unref(ngrams);
    }
    genrepi_words_free(&words);
    genrep_ctx_unref(ctx);
}

static const char lines[] = "where here there where here there were where\n"
                            "here there where were there here where here\n";
#define SPEC "word2vec size=20 window=2 min_count=1 sample=0 alpha=0.3 max_ngram=4 "

static genrep_trainer *train(genrep_ctx *ctx, const char *spec) {
    genrep_trainer *trainer = support_word2vec(ctx, lines, sizeof lines - 1, spec);
    support_steps(ctx, trainer, 1000);
    return trainer;
}

/* Rows in the checkpoint, averaged by the test, give the vectors. */
static void vectors_are_means_of_rows(void **state) {
    (void)state;
    static const char *const specs[] = {SPEC, SPEC "deterministic=0 compose=classic_mean",
                                        SPEC "buckets=11 combine=mean"};
    for (int k = 0; k < 3; k++) {
        genrep_ctx *ctx = support_ctx(NULL);
        genrep_trainer *trainer = train(ctx, specs[k]);
        genrep_vectors *v;
        genrep_tensor *input[2] = {NULL}, *grams[2] = {NULL};
        const char *path = support_path("subwords.safetensors");
        assert_ok(ctx, genrep_trainer_vectors(trainer, &v));
        assert_ok(ctx, genrep_trainer_checkpoint(trainer, path));
        const int panels = k == 1 ? 1 : 2;
        assert_ok(ctx, genrep_tensor_load(ctx, path, "input", &input[0]));
        assert_ok(ctx, genrep_tensor_load(ctx, path, "ngrams", &grams[0]));
        if (panels == 2) {
            assert_ok(ctx, genrep_tensor_load(ctx, path, "input_right", &input[1]));
            assert_ok(ctx, genrep_tensor_load(ctx, path, "ngrams_right", &grams[1]));
        }
        static const char *const words[] = {"where", "were", "wherever", "</s>"};
        for (int w = 0; w < 4; w++) {
            uint32_t hashes[64];
            const int64_t own = genrep_vectors_find(v, words[w], (size_t)-1);
            assert_int_equal(own >= 0, w != 2);
            int64_t n = w == 3 ? 0 : genrepi_ngrams_hash(words[w], strlen(words[w]), 3, 4, hashes);
            double parts = own >= 0, sums[32] = {0};
            for (int64_t g = -1; g < n; g++) {
                const int64_t row =
                    g < 0 ? own
                          : genrepi_ngrams_row(v->subwords.ngrams,
                                               hashes[g] % (uint32_t)v->subwords.ngrams->buckets);
                if (row < 0) continue;
                parts += g >= 0;
                for (int j = 0; j < 32; j++) {
                    genrep_tensor *t = (g < 0 ? input : grams)[panels == 2 && j >= 16];
                    const int columns = panels == 2 ? 16 : 32;
                    sums[j] +=
                        (double)((const float *)genrep_tensor_read(t))[row * columns + j % columns];
                }
            }
            float vector[20];
            assert_true(parts >= 1 && (w != 2 || k == 2 || parts < (double)n));
            assert_ok(ctx, genrep_vectors_vector(v, words[w], (size_t)-1, vector));
            for (int j = 0; j < 20; j++) assert_close((double)vector[j], sums[j] / parts, 1e-6);
            if (own >= 0) assert_memory_equal(vector, genrep_vectors_row(v, own), sizeof vector);
        }
        for (int i = 0; i < 2; i++) {
            genrep_tensor_unref(input[i]);
            genrep_tensor_unref(grams[i]);
        }
        genrep_vectors_unref(v);
        genrep_trainer_unref(trainer);
        genrep_ctx_unref(ctx);
    }
}

static void words_of_which_nothing_is_known_are_refused(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = train(ctx, SPEC);
    genrep_vectors *v, *plain;
    float vector[20] = {7}, before[20] = {7};
    assert_ok(ctx, genrep_trainer_vectors(trainer, &v));
    assert_error(ctx, genrep_vectors_vector(v, "qqq", 3, vector), GENREP_E_INVALID, "'qqq'");
    assert_error(ctx, genrep_vectors_vector(v, "", 0, vector), GENREP_E_INVALID, "''");
    assert_ok(ctx, genrep_vectors_save(v, support_path("v.txt"), NULL));
    assert_ok(ctx, genrep_vectors_load(ctx, support_path("v.txt"), NULL, &plain));
    assert_error(ctx, genrep_vectors_vector(plain, "wherever", 8, vector), GENREP_E_INVALID,
                 "max_ngram");
    assert_memory_equal(vector, before, sizeof vector);
    /* the file has the composed vectors */
    assert_ok(ctx, genrep_vectors_vector(plain, "where", 5, vector));
    assert_ok(ctx, genrep_vectors_vector(v, "where", 5, before));
    assert_memory_equal(vector, before, sizeof vector);
    genrep_vectors_unref(plain);
    genrep_vectors_unref(v);
    genrep_trainer_unref(trainer);
    genrep_trainer *none = NULL;
    genrep_dataset *dataset;
    assert_ok(ctx, genrep_dataset_from_text(ctx, lines, sizeof lines - 1, NULL, NULL, &dataset));
    assert_error(ctx, genrep_trainer_new(ctx, SPEC "min_ngram=5", dataset, &none), GENREP_E_INVALID,
                 "min_ngram=5");
    /* words too short for any n-gram */
    assert_ok(ctx, genrep_trainer_new(ctx, "word2vec min_count=1 min_ngram=50 max_ngram=60 size=4",
                                      dataset, &none));
    support_steps(ctx, none, 10);
    assert_ok(ctx, genrep_trainer_vectors(none, &v));
    assert_error(ctx, genrep_vectors_vector(v, "wherever", 8, vector), GENREP_E_INVALID,
                 "wherever");
    genrep_vectors_unref(v);
    genrep_trainer_unref(none);
    genrep_dataset_unref(dataset);
    genrep_ctx_unref(ctx);
}

/* Words of two families that never meet: a new word is near to the family it is spelled like. */
static void new_words_are_near_to_words_spelled_alike(void **state) {
    const char *option = *state;
    enum { LINES = 3000 };
    static char text[LINES * 80];
    char *to = text, spec[256];
    uint32_t r = 1;
    for (int line = 0; line < LINES; line++) {
        for (int i = 0; i < 8; i++) {
            r = r * 1664525u + 1013904223u;
            *to++ = (char)('a' + (r >> 16) % 20);
            memcpy(to, line % 2 ? "ally " : "onic ", 5);
            to += 5;
        }
        to[-1] = '\n';
    }
    genrep_ctx *ctx = support_ctx("threads=2");
    snprintf(spec, sizeof spec, "word2vec size=16 sample=0 max_ngram=4 %s", option);
    genrep_trainer *trainer = support_word2vec(ctx, text, (size_t)(to - text), spec);
    support_steps(ctx, trainer, 1000);
    genrep_vectors *v;
    assert_ok(ctx, genrep_trainer_vectors(trainer, &v));
    static const char *const words[] = {"zally", "zonic", "xyonic", "mexically"};
    for (int w = 0; w < 4; w++) {
        float vector[16];
        int64_t near[10], found;
        assert_int_equal(genrep_vectors_find(v, words[w], (size_t)-1), -1);
        assert_ok(ctx, genrep_vectors_vector(v, words[w], (size_t)-1, vector));
        assert_ok(ctx, genrep_vectors_nearest(v, vector, 0, 10, near, NULL, &found));
        const char end = words[w][strlen(words[w]) - 1];
        for (int k = 0; k < 10; k++) {
            const char *other = genrep_vectors_word(v, near[k]);
            assert_int_equal(other[strlen(other) - 1], end);
        }
    }
    genrep_vectors_unref(v);
    genrep_trainer_unref(trainer);
    genrep_ctx_unref(ctx);
}

int main(void) {
    static char mean[] = "alpha=0.2", classic[] = "compose=classic_mean";
    static char cbow[] = "compose=classic_mean combine=mean alpha=0.2";
    static char hierarchical[] = "objective=hierarchical alpha=0.2",
                without_locks[] = "deterministic=0 alpha=0.2";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_those_of_fasttext),
        cmocka_unit_test(ngrams_are_those_of_fasttext),
        cmocka_unit_test(rows_are_the_buckets_in_their_order),
        cmocka_unit_test(vectors_are_means_of_rows),
        cmocka_unit_test(words_of_which_nothing_is_known_are_refused),
        cmocka_unit_test_prestate(new_words_are_near_to_words_spelled_alike, mean),
        cmocka_unit_test_prestate(new_words_are_near_to_words_spelled_alike, classic),
        cmocka_unit_test_prestate(new_words_are_near_to_words_spelled_alike, cbow),
        cmocka_unit_test_prestate(new_words_are_near_to_words_spelled_alike, hierarchical),
        cmocka_unit_test_prestate(new_words_are_near_to_words_spelled_alike, without_locks),
    };
    return cmocka_run_group_tests(tests, NULL, support_remove_files);
}
