/* Text from the host, filters over text, and vocabularies of bounded memory. */
#include <support.h>
#include <corpus.h>
#include <files.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <text/vocab.h>

static genrep_dataset *memory_text(genrep_ctx *ctx, const char *text) {
    genrep_dataset *dataset;
    assert_ok(ctx, genrep_dataset_from_text(ctx, text, strlen(text), NULL, NULL, &dataset));
    return dataset;
}

/* The text of a dataset through a file; free() it. */
static char *text_of(genrep_ctx *ctx, genrep_dataset *dataset) {
    size_t bytes;
    assert_ok(ctx, genrep_dataset_save_text(dataset, support_path("text.txt")));
    char *read = support_read("text.txt", &bytes), *text = malloc(bytes + 1);
    if (bytes > 0) memcpy(text, read, bytes);
    text[bytes] = 0;
    free(read);
    return text;
}

static void expect_filtered(const char *text, const char *spec, const char *expected) {
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_dataset *source = memory_text(ctx, text), *filter;
    assert_ok(ctx, genrep_dataset_filter(source, spec, &filter));
    genrep_dataset_unref(source);
    for (int turn = 0; turn < 2; turn++) { /* a text can be read again */
        char *found = text_of(ctx, filter);
        assert_string_equal(found, expected);
        free(found);
    }
    genrep_dataset_unref(filter);
    genrep_ctx_unref(ctx);
}

static void limits_end_a_text(void **state) {
    (void)state;
    static const char text[] = "a b  c\nd e\n\nf g";
    expect_filtered(text, "limit", "a b c\nd e\n\nf g");
    expect_filtered(text, "limit words=4", "a b c\nd");
    expect_filtered(text, "limit sentences=2", "a b c\nd e\n");
    expect_filtered(text, "limit sentences=3 words=100", "a b c\nd e\n\n");
    expect_filtered("", "limit words=1", "");
}

static void normalization_keeps_what_must_stay(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    if (!genrep_has("utf8proc")) {
        genrep_dataset *source = memory_text(ctx, "a"), *filter = NULL;
        assert_error(ctx, genrep_dataset_filter(source, "normalize", &filter), GENREP_E_UNSUPPORTED,
                     "utf8proc");
        assert_null(filter);
        genrep_dataset_unref(source);
        genrep_ctx_unref(ctx);
        return;
    }
    genrep_ctx_unref(ctx);
    /* e + acute accent, angstrom sign, ligature fi, sharp s, Greek final sigma */
    expect_filtered("Cafe\xCC\x81 \xE2\x84\xAB", "normalize", "Caf\xC3\xA9 \xC3\x85");
    expect_filtered("\xEF\xAC\x81n", "normalize form=nfc", "\xEF\xAC\x81n");
    expect_filtered("\xEF\xAC\x81n", "normalize form=nfkc", "fin");
    expect_filtered("Stra\xC3\x9F"
                    "E \xCE\xA3\xCE\x91\xCE\xA3",
                    "normalize casefold=1", "strasse \xCF\x83\xCE\xB1\xCF\x83");
    expect_filtered("Not Folded", "normalize form=nfkc", "Not Folded");
    /* Persian: "mi-khaham ketab-ha ra bekhanam": the zero-width non-joiner U+200C parts letters,
     * not words, and stays; so do Persian's own yeh U+06CC and kaf U+06A9 */
    static const char persian[] =
        "\xD9\x85\xDB\x8C\xE2\x80\x8C\xD8\xAE\xD9\x88\xD8\xA7\xD9\x87\xD9\x85 "
        "\xDA\xA9\xD8\xAA\xD8\xA7\xD8\xA8\xE2\x80\x8C\xD9\x87\xD8\xA7 \xD8\xB1\xD8\xA7 "
        "\xD8\xA8\xD8\xAE\xD9\x88\xD8\xA7\xD9\x86\xD9\x85";
    expect_filtered(persian, "normalize form=nfc", persian);
    expect_filtered(persian, "normalize form=nfkc casefold=1", persian);
    /* alef with madda above, from two characters */
    expect_filtered("\xD8\xA7\xD9\x93\xD8\xA8", "normalize", "\xD8\xA2\xD8\xA8");
    /* what is not UTF-8 stays as it is */
    expect_filtered("a\xFF\x41 B", "normalize casefold=1", "a\xFF\x41 b");
}

/* Normalizing twice is normalizing once. */
static void normalization_is_idempotent(void **state) {
    (void)state;
    if (!genrep_has("utf8proc")) return;
    static const char *const specs[] = {"normalize form=nfc", "normalize form=nfkc",
                                        "normalize form=nfkc casefold=1",
                                        "normalize form=none casefold=1"};
    genrep_ctx *ctx = support_ctx(NULL);
    enum { WORDS = 4000 };
    char *text = malloc(WORDS * 20 + 1), *to = text;
    uint32_t r = 7;
    for (int i = 0; i < WORDS; i++) { /* words of characters from everywhere in the first plane */
        for (int c = 0; c < 4; c++) {
            r = r * 1664525u + 1013904223u;
            const uint32_t u = 0x80 + (r >> 8) % 0xFF00;
            if (u < 0x800) {
                *to++ = (char)(0xC0 | u >> 6), *to++ = (char)(0x80 | (u & 63));
            } else if (u < 0xD800 || u > 0xDFFF) {
                *to++ = (char)(0xE0 | u >> 12), *to++ = (char)(0x80 | (u >> 6 & 63));
                *to++ = (char)(0x80 | (u & 63));
            }
        }
        *to++ = i % 10 == 9 ? '\n' : ' ';
    }
    *to = 0;
    genrep_dataset *source = memory_text(ctx, text);
    for (size_t s = 0; s < sizeof specs / sizeof *specs; s++) {
        genrep_dataset *once, *twice;
        assert_ok(ctx, genrep_dataset_filter(source, specs[s], &once));
        assert_ok(ctx, genrep_dataset_filter(once, specs[s], &twice));
        char *first = text_of(ctx, once), *second = text_of(ctx, twice);
        assert_true(strlen(first) > 10000);
        assert_string_equal(first, second);
        free(first);
        free(second);
        genrep_dataset_unref(once);
        genrep_dataset_unref(twice);
    }
    genrep_dataset_unref(source);
    genrep_ctx_unref(ctx);
    free(text);
}

/* new york comes 4 times, each of its words 5: (4 - 1) N / (5 * 5) with N = 20 is 2.4; is a comes
 * twice: (2 - 1) 20 / (3 * 4) is 1.67. */
static void phrases_are_those_of_the_score(void **state) {
    (void)state;
    static const char text[] = "new york is a new york\nnew york city a york new\n"
                               "new york is a is b a b\n";
    expect_filtered(text, "phrases min_count=1 threshold=2.39",
                    "new_york is a new_york\nnew_york city a york new\nnew_york is a is b a b\n");
    expect_filtered(text, "phrases min_count=1 threshold=2.41",
                    "new york is a new york\nnew york city a york new\nnew york is a is b a b\n");
    expect_filtered(text, "phrases min_count=1 threshold=1.6 separator=+",
                    "new+york is+a new+york\nnew+york city a york new\nnew+york is+a is b a b\n");
    expect_filtered(text, "phrases min_count=5 threshold=0",
                    "new york is a new york\nnew york city a york new\nnew york is a is b a b\n");
    /* what was joined is not joined on: a b c d of a filter, then of a filter over it */
    static const char chain[] = "a b c d\na b c d\na b c d\nx y\n";
    expect_filtered(chain, "phrases min_count=1 threshold=1", "a_b c_d\na_b c_d\na_b c_d\nx y\n");
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_dataset *source = memory_text(ctx, chain), *once, *twice;
    assert_ok(ctx, genrep_dataset_filter(source, "phrases min_count=1 threshold=1", &once));
    assert_ok(ctx, genrep_dataset_filter(once, "phrases min_count=1 threshold=1", &twice));
    char *found = text_of(ctx, twice);
    assert_string_equal(found, "a_b_c_d\na_b_c_d\na_b_c_d\nx y\n");
    free(found);
    genrep_trainer *trainer = NULL; /* and training sees them */
    genrep_vectors *vectors;
    assert_ok(ctx, genrep_trainer_new(ctx, "word2vec size=4 min_count=1", twice, &trainer));
    support_steps(ctx, trainer, 100);
    assert_ok(ctx, genrep_trainer_vectors(trainer, &vectors));
    assert_true(genrep_vectors_find(vectors, "a_b_c_d", 7) > 0);
    genrep_vectors_unref(vectors);
    genrep_trainer_unref(trainer);
    genrep_dataset_unref(source);
    genrep_dataset_unref(once);
    genrep_dataset_unref(twice);
    genrep_ctx_unref(ctx);
}

static void filters_that_cannot_be_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *spec, *error;
        int32_t status;
    } cases[] = {
        {"phrase", "did you mean 'phrases'", GENREP_E_INVALID},
        {"phrases separator=''", "separator", GENREP_E_INVALID},
        {"phrases separator='ab'", "separator", GENREP_E_INVALID},
        {"phrases separator=' '", "separator", GENREP_E_INVALID},
        {"phrases threshold=-1", "threshold", GENREP_E_RANGE},
        {"limit words=-1", "words", GENREP_E_RANGE},
        {"word2vec", "word2vec", GENREP_E_INVALID},
    };
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_dataset *source = memory_text(ctx, "a b"), *filter = NULL, *images;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_error(ctx, genrep_dataset_filter(source, cases[i].spec, &filter), cases[i].status,
                     cases[i].error);
    genrep_tensor *tensor;
    const char *name = "images";
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, 1, (const int64_t[]){4}, &tensor));
    assert_ok(ctx, genrep_dataset_from_tensors(ctx, 1, &name, &tensor, &images));
    assert_error(ctx, genrep_dataset_filter(images, "limit", &filter), GENREP_E_INVALID, "text");
    assert_error(ctx, genrep_dataset_save_text(images, support_path("none")), GENREP_E_INVALID,
                 "text");
    assert_error(ctx, genrep_dataset_save_text(source, "/none/none"), GENREP_E_IO, "/none");
    assert_null(filter);
    genrep_dataset_unref(images);
    genrep_tensor_unref(tensor);
    genrep_dataset_unref(source);
    genrep_ctx_unref(ctx);
}

/* A host that gives `piece` bytes at a time. */
typedef struct host {
    const char *text;
    size_t bytes, at, piece;
    int64_t fail_at; /* calls of read until one fails; 0: none does */
    int64_t calls, rewinds;
    pthread_t thread;
    int elsewhere; /* it was called on another thread */
} host;

static int32_t host_read(void *user, void *to, size_t bytes, size_t *got) {
    host *h = user;
    h->elsewhere |= !pthread_equal(pthread_self(), h->thread);
    if (++h->calls == h->fail_at) return 77;
    size_t n = h->bytes - h->at;
    if (n > h->piece) n = h->piece;
    if (n > bytes) n = bytes;
    memcpy(to, h->text + h->at, n);
    h->at += n;
    *got = n;
    return 0;
}

static int32_t host_rewind(void *user) {
    host *h = user;
    h->elsewhere |= !pthread_equal(pthread_self(), h->thread);
    h->rewinds++;
    h->at = 0;
    return 0;
}

static genrep_dataset *host_text(genrep_ctx *ctx, host *h) {
    genrep_dataset *dataset;
    h->thread = pthread_self();
    const genrep_text_source source = {sizeof source, h, host_read, host_rewind};
    assert_ok(ctx, genrep_dataset_from_text_source(ctx, &source, &dataset));
    return dataset;
}

/* However the host cuts its text up, and for any number of threads and filters over it, the bits
 * are those of the text in memory; the host hears from its own thread only. */
static void text_from_the_host_trains_the_same(void **state) {
    (void)state;
    size_t bytes;
    char *text = support_chain(6000, 50, &bytes);
    static const char *const specs[] = {
        "word2vec size=40 min_count=1 epochs=2 block=500 deterministic=1",
        "word2vec size=40 min_count=1 epochs=2 block=500 deterministic=0",
        "nnlm size=8 hidden=4 window=2 min_count=1 epochs=2 block=500"};
    for (int s = 0; s < 3; s++)
        for (int threads = 1; threads <= 3; threads += 2) {
            char ctx_spec[32];
            if (s == 1 && threads > 1) continue; /* without locks bits differ */
            snprintf(ctx_spec, sizeof ctx_spec, "threads=%d", threads);
            genrep_ctx *ctx = support_ctx(ctx_spec);
            genrep_trainer *trainer = support_word2vec(ctx, text, bytes, specs[s]);
            support_steps(ctx, trainer, 1000);
            const uint64_t expected = support_fingerprint(ctx, trainer);
            genrep_trainer_unref(trainer);
            static const size_t pieces[] = {1, 3, 70000};
            for (int p = 0; p < 3; p++) {
                host h = {.text = text, .bytes = bytes, .piece = pieces[p]};
                genrep_dataset *dataset = host_text(ctx, &h), *filter;
                assert_ok(ctx, genrep_dataset_filter(dataset, "limit", &filter));
                assert_ok(ctx,
                          genrep_trainer_new(ctx, specs[s], p == 1 ? filter : dataset, &trainer));
                support_steps(ctx, trainer, 1000);
                assert_true(support_fingerprint(ctx, trainer) == expected);
                assert_false(h.elsewhere);
                assert_true(h.rewinds >= 3); /* counting, and two epochs */
                genrep_trainer_unref(trainer);
                genrep_dataset_unref(filter);
                genrep_dataset_unref(dataset);
            }
            genrep_ctx_unref(ctx);
        }
    /* without locks on several threads, the host's thread still is the only one that reads */
    genrep_ctx *ctx = support_ctx("threads=3");
    host h = {.text = text, .bytes = bytes, .piece = 100};
    genrep_dataset *dataset = host_text(ctx, &h);
    genrep_trainer *trainer;
    assert_ok(ctx, genrep_trainer_new(ctx, specs[1], dataset, &trainer));
    support_steps(ctx, trainer, 1000);
    assert_false(h.elsewhere);
    genrep_trainer_unref(trainer);
    genrep_dataset_unref(dataset);
    genrep_ctx_unref(ctx);
    free(text);
}

static void a_host_that_fails_is_named(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx("threads=2");
    host h = {.text = "a b a b a b\n", .bytes = 12, .piece = 4, .fail_at = 2};
    genrep_dataset *dataset = host_text(ctx, &h);
    genrep_vocab *vocab = NULL;
    assert_error(ctx, genrep_vocab_build(dataset, "min_count=1", &vocab), GENREP_E_USER, "77");
    assert_null(vocab);
    h.fail_at = h.calls + 8;
    genrep_trainer *trainer;
    assert_ok(ctx,
              genrep_trainer_new(ctx, "word2vec size=4 min_count=1 epochs=50", dataset, &trainer));
    assert_error(ctx, genrep_trainer_step(trainer, 1000), GENREP_E_USER, "77");
    genrep_trainer_unref(trainer);
    genrep_dataset_unref(dataset);
    dataset = NULL;
    genrep_text_source source = {sizeof source, &h, NULL, host_rewind};
    assert_error(ctx, genrep_dataset_from_text_source(ctx, &source, &dataset), GENREP_E_INVALID,
                 "read");
    source = (genrep_text_source){sizeof source, &h, host_read, NULL};
    assert_error(ctx, genrep_dataset_from_text_source(ctx, &source, &dataset), GENREP_E_INVALID,
                 "rewind");
    source = (genrep_text_source){3, &h, host_read, host_rewind};
    assert_error(ctx, genrep_dataset_from_text_source(ctx, &source, &dataset), GENREP_E_ABI,
                 "genrep_text_source");
    assert_null(dataset);
    genrep_ctx_unref(ctx);
}

static void bytes_that_are_not_utf8_are_counted(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_dataset *text = memory_text(ctx, "a \xFF\xFE b \xC3\xA9 \xC3 a b\n");
    genrep_vocab *vocab;
    assert_ok(ctx, genrep_vocab_build(text, "min_count=1", &vocab));
    assert_int_equal(genrep_vocab_invalid(vocab), 3);
    assert_ok(ctx, genrep_vocab_save(vocab, support_path("v.txt")));
    genrep_vocab_unref(vocab);
    assert_ok(ctx, genrep_vocab_load(ctx, support_path("v.txt"), &vocab));
    assert_int_equal(genrep_vocab_invalid(vocab), 0);
    assert_int_equal(genrep_vocab_invalid(NULL), 0);
    genrep_vocab_unref(vocab);
    genrep_dataset_unref(text);
    genrep_ctx_unref(ctx);
}

/* A stream of Zipf's words and as many that come once: with room for a fraction of them, frequent
 * words are there with counts that are within the bound. */
static void bounded_counting_keeps_frequent_words(void **state) {
    (void)state;
    enum { TOKENS = 200000, KINDS = 2000, ENTRIES = 4000 };
    int64_t *truth = calloc(KINDS, sizeof *truth);
    char *text = malloc((size_t)TOKENS * 16), *to = text;
    uint64_t r = 88172645463325252u;
    for (int i = 0; i < TOKENS; i++) {
        r ^= r << 13, r ^= r >> 7, r ^= r << 17;
        if (i % 2 == 0) {
            to += sprintf(to, "u%d ", i);
        } else {
            const int word = (int)pow(KINDS, (double)(r >> 11) / 9007199254740992.0) - 1;
            truth[word]++;
            to += sprintf(to, "w%d ", word);
        }
    }
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_dataset *dataset;
    genrep_vocab *vocab;
    assert_ok(ctx, genrep_dataset_from_text(ctx, text, (size_t)(to - text), NULL, NULL, &dataset));
    char spec[64];
    snprintf(spec, sizeof spec, "min_count=1 max_entries=%d", ENTRIES);
    assert_ok(ctx, genrep_vocab_build(dataset, spec, &vocab));
    assert_true(genrep_vocab_size(vocab) <= ENTRIES);
    const int64_t bound = 2 * TOKENS / ENTRIES;
    assert_true(vocab->missed > 0 && vocab->missed <= bound);
    int64_t wrong = 0;
    for (int w = 0; w < KINDS; w++) {
        char word[16];
        int64_t count = 0;
        snprintf(word, sizeof word, "w%d", w);
        const int64_t index = genrep_vocab_find(vocab, word, (size_t)-1);
        if (index >= 0) genrep_vocab_word(vocab, index, &count);
        assert_true(count <= truth[w] && count >= truth[w] - vocab->missed);
        wrong += count != truth[w];
    }
    print_message("%lld of %d counts are too low, by at most %lld\n", (long long)wrong, KINDS,
                  (long long)vocab->missed);
    genrep_vocab_unref(vocab);
    /* a trainer with such a vocabulary counts the text's words itself */
    genrep_trainer *trainer;
    assert_ok(ctx, genrep_trainer_new(ctx, "word2vec size=4 min_count=20 max_entries=4000 epochs=1",
                                      dataset, &trainer));
    support_steps(ctx, trainer, 100000);
    genrep_trainer_unref(trainer);
    genrep_dataset_unref(dataset);
    genrep_ctx_unref(ctx);
    free(text);
    free(truth);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_end_a_text),
        cmocka_unit_test(normalization_keeps_what_must_stay),
        cmocka_unit_test(normalization_is_idempotent),
        cmocka_unit_test(phrases_are_those_of_the_score),
        cmocka_unit_test(filters_that_cannot_be_are_refused),
        cmocka_unit_test(text_from_the_host_trains_the_same),
        cmocka_unit_test(a_host_that_fails_is_named),
        cmocka_unit_test(bytes_that_are_not_utf8_are_counted),
        cmocka_unit_test(bounded_counting_keeps_frequent_words),
    };
    return cmocka_run_group_tests(tests, NULL, support_remove_files);
}
