/* Text where it is hardest: streams made to mislead bounded counting, a host whose one text has two
 * readers, failures that pass, characters that become blanks or marks. */
#include <support.h>
#include <corpus.h>
#include <files.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <text/pairs.h>
#include <text/tokens.h>
#include <text/vocab.h>

/* HEAVY words that stay, and rounds of words that come once and two that come OFTEN times: in each
 * round these two are what the median falls on. */
enum { ENTRIES = 21, HEAVY = 9, WEIGHT = 1000, OFTEN = 100, ROUNDS = 50 };

/* The words of that stream by number: 1 .. HEAVY the heavy ones, 100 and 101 the two.  Returns how
 * many there are; words may be NULL. */
static int64_t misleading(int32_t *words) {
    int64_t n = 0;
    for (int w = 1; w <= HEAVY; w++)
        for (int i = 0; i < WEIGHT; i++, n++)
            if (words != NULL) words[n] = w;
    for (int round = 0; round < ROUNDS; round++) {
        for (int w = 100; w < 102; w++)
            for (int i = 0; i < OFTEN; i++, n++)
                if (words != NULL) words[n] = w;
        for (int once = 0; once < 12; once++, n++)
            if (words != NULL) words[n] = 1000 + 12 * round + once;
    }
    return n;
}

static void no_order_of_words_breaks_the_bound(void **state) {
    (void)state;
    const int64_t n = misleading(NULL), bound = 2 * n / ENTRIES;
    int32_t *words = malloc((size_t)n * sizeof *words);
    char *text = malloc((size_t)n * 8), *to = text, spec[64];
    misleading(words);
    for (int64_t i = 0; i < n; i++) to += sprintf(to, "w%d ", (int)words[i]);
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_dataset *dataset;
    genrep_vocab *vocab;
    assert_ok(ctx, genrep_dataset_from_text(ctx, text, (size_t)(to - text), NULL, NULL, &dataset));
    snprintf(spec, sizeof spec, "min_count=1 max_entries=%d", ENTRIES);
    assert_ok(ctx, genrep_vocab_build(dataset, spec, &vocab));
    assert_in_range(vocab->missed, 1, bound);
    genrepi_pairs pairs = {.ctx = ctx, .most = ENTRIES};
    for (int64_t i = 0; i < n; i++)
        assert_ok(ctx, genrepi_pairs_add(&pairs, words[i], words[i] + 1, 1));
    assert_in_range(pairs.missed, 1, bound);
    assert_true(pairs.count <= ENTRIES);
    for (int w = 1; w <= 101; w += w == HEAVY ? 100 - HEAVY : 1) {
        const int64_t truth = w < 100 ? WEIGHT : ROUNDS * OFTEN;
        char word[16];
        int64_t count = 0;
        snprintf(word, sizeof word, "w%d", w);
        genrep_vocab_word(vocab, genrep_vocab_find(vocab, word, (size_t)-1), &count);
        assert_true(count <= truth && count >= truth - vocab->missed);
        count = genrepi_pairs_count(&pairs, w, w + 1);
        assert_true(count <= truth && count >= truth - pairs.missed);
    }
    genrepi_pairs_free(&pairs);
    genrep_vocab_unref(vocab);
    genrep_dataset_unref(dataset);
    genrep_ctx_unref(ctx);
    free(text);
    free(words);
}

/* Counts so high that going through them one by one would take minutes. */
static void dropping_takes_no_longer_where_counts_are_high(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrepi_tally tally;
    genrepi_pairs pairs = {.ctx = ctx, .most = 1000};
    assert_ok(ctx, genrepi_tally_start(ctx, &tally));
    for (int w = 1; w <= 1000; w++) {
        char word[16];
        int32_t added;
        const size_t bytes = (size_t)snprintf(word, sizeof word, "w%d", w);
        assert_ok(ctx, genrepi_tally_add(&tally, word, bytes, 400000000 + w, &added));
        assert_ok(ctx, genrepi_pairs_add(&pairs, w, 1, 400000000 + w));
    }
    assert_ok(ctx, genrepi_tally_prune(&tally));
    assert_ok(ctx, genrepi_pairs_add(&pairs, 1001, 1, 1));
    assert_int_equal(tally.missed, 400000500);
    assert_int_equal(pairs.missed, 400000500);
    assert_int_equal(tally.words.count, 1 + 500);
    assert_int_equal(pairs.count, 500 + 1);
    genrepi_pairs_free(&pairs);
    genrepi_tally_free(&tally);
    genrep_ctx_unref(ctx);
}

/* A host with one place in its text, which fails at one call. */
typedef struct host {
    const char *text;
    size_t bytes, at, piece;
    int64_t calls, fail_at, rewinds;
} host;

static int32_t host_read(void *user, void *to, size_t bytes, size_t *got) {
    host *h = user;
    if (++h->calls == h->fail_at) return 5;
    size_t n = h->at < h->bytes ? h->bytes - h->at : 0;
    if (n > h->piece) n = h->piece;
    if (n > bytes) n = bytes;
    memcpy(to, h->text + h->at, n);
    h->at += n;
    *got = n;
    return 0;
}

static int32_t host_rewind(void *user) {
    host *h = user;
    h->at = 0;
    h->rewinds++;
    return 0;
}

static genrep_dataset *host_text(genrep_ctx *ctx, host *h) {
    genrep_dataset *dataset;
    const genrep_text_source source = {sizeof source, h, host_read, host_rewind};
    assert_ok(ctx, genrep_dataset_from_text_source(ctx, &source, &dataset));
    return dataset;
}

/* Numbered words, more than a window of them; free() it. */
static char *numbered(int words, size_t *bytes) {
    char *text = malloc((size_t)words * 9 + 1);
    *bytes = 0;
    for (int i = 0; i < words; i++)
        *bytes += (size_t)sprintf(text + *bytes, "w%d%c", i, i % 9 == 8 ? '\n' : ' ');
    return text;
}

static void two_readers_of_a_host_take_turns(void **state) {
    (void)state;
    enum { WORDS = 30000 };
    size_t bytes;
    char *text = numbered(WORDS, &bytes), word[16];
    host h = {.text = text, .bytes = bytes, .piece = 5000};
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_dataset *dataset = host_text(ctx, &h);
    genrepi_tokens tokens[2];
    for (int t = 0; t < 2; t++) assert_ok(ctx, genrepi_tokens_open(dataset, &tokens[t]));
    genrep_dataset_unref(dataset);
    for (int i = 0; i < WORDS; i++) {
        for (int t = 0; t < 2; t++) {
            const char *got;
            size_t size;
            do assert_ok(ctx, genrepi_tokens_next(&tokens[t], &got, &size));
            while (got != NULL && got[0] == '<');
            assert_int_equal(size, snprintf(word, sizeof word, "w%d", i));
            assert_memory_equal(got, word, size);
        }
    }
    for (int t = 0; t < 2; t++) genrepi_tokens_close(&tokens[t]);
    genrep_ctx_unref(ctx);
    free(text);
}

static void a_text_that_ends_early_between_turns_is_refused(void **state) {
    (void)state;
    size_t bytes, size;
    char *text = numbered(30000, &bytes);
    host h = {.text = text, .bytes = bytes, .piece = bytes};
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_dataset *dataset = host_text(ctx, &h);
    genrepi_tokens first, second;
    const char *word;
    assert_ok(ctx, genrepi_tokens_open(dataset, &first));
    assert_ok(ctx, genrepi_tokens_open(dataset, &second));
    assert_ok(ctx, genrepi_tokens_next(&first, &word, &size));
    assert_ok(ctx, genrepi_tokens_next(&second, &word, &size));
    h.bytes = 100;
    int32_t status = GENREP_OK;
    while (status == GENREP_OK && word != NULL) status = genrepi_tokens_next(&first, &word, &size);
    assert_error(ctx, status, GENREP_E_USER, "shorter");
    genrepi_tokens_close(&first);
    genrepi_tokens_close(&second);
    genrep_dataset_unref(dataset);
    genrep_ctx_unref(ctx);
    free(text);
}

static const char *const trainers[] = {
    "word2vec size=8 min_count=1 epochs=2 block=3000 deterministic=1",
    "nnlm size=4 hidden=4 window=2 min_count=1 epochs=2 block=3000"};

/* The host looks at its text between steps, which are none the worse for it. */
static void counting_between_steps_changes_no_bits(void **state) {
    (void)state;
    size_t bytes;
    char *text = support_chain(60000, 50, &bytes);
    genrep_ctx *ctx = support_ctx("threads=2");
    for (size_t s = 0; s < sizeof trainers / sizeof *trainers; s++) {
        genrep_trainer *trainer = support_word2vec(ctx, text, bytes, trainers[s]);
        support_steps(ctx, trainer, 1000);
        const uint64_t expected = support_fingerprint(ctx, trainer);
        genrep_trainer_unref(trainer);
        host h = {.text = text, .bytes = bytes, .piece = 3000};
        genrep_dataset *dataset = host_text(ctx, &h);
        assert_ok(ctx, genrep_trainer_new(ctx, trainers[s], dataset, &trainer));
        int32_t status;
        do {
            status = genrep_trainer_step(trainer, 3);
            genrep_vocab *vocab;
            assert_ok(ctx, genrep_vocab_build(dataset, "min_count=1", &vocab));
            assert_int_equal(genrep_vocab_size(vocab), 5);
            genrep_vocab_unref(vocab);
        } while (status == GENREP_OK);
        assert_int_equal(status, GENREP_STOPPED);
        assert_true(support_fingerprint(ctx, trainer) == expected);
        genrep_trainer_unref(trainer);
        genrep_dataset_unref(dataset);
    }
    genrep_ctx_unref(ctx);
    free(text);
}

/* A read that fails loses nothing: whoever asks again goes on with the next word. */
static void words_are_all_there_after_a_failure(void **state) {
    (void)state;
    enum { WORDS = 30000 };
    size_t bytes;
    char *text = numbered(WORDS, &bytes), word[16];
    for (int filtered = 0; filtered < 3; filtered++) {
        for (int64_t fail_at = 1; fail_at < 80; fail_at += 3) {
            host h = {.text = text, .bytes = bytes, .piece = 5000, .fail_at = fail_at};
            genrep_ctx *ctx = support_ctx(NULL);
            genrep_dataset *dataset = host_text(ctx, &h), *next;
            for (int f = 0; f < filtered; f++) {
                assert_ok(ctx, genrep_dataset_filter(dataset, "limit", &next));
                genrep_dataset_unref(dataset);
                dataset = next;
            }
            genrepi_tokens tokens;
            int failures = 0;
            assert_ok(ctx, genrepi_tokens_open(dataset, &tokens));
            for (int i = 0; i < WORDS;) {
                const char *got;
                size_t size;
                if (genrepi_tokens_next(&tokens, &got, &size) != GENREP_OK) {
                    failures++;
                    continue;
                }
                assert_non_null(got);
                if (got[0] == '<') continue;
                assert_int_equal(size, snprintf(word, sizeof word, "w%d", i++));
                assert_memory_equal(got, word, size);
            }
            assert_int_equal(failures, fail_at <= h.calls);
            genrepi_tokens_close(&tokens);
            genrep_dataset_unref(dataset);
            genrep_ctx_unref(ctx);
        }
    }
    free(text);
}

static void a_step_that_failed_can_be_done_again(void **state) {
    (void)state;
    size_t bytes;
    char *text = support_chain(60000, 50, &bytes);
    genrep_ctx *ctx = support_ctx("threads=2");
    for (size_t s = 0; s < sizeof trainers / sizeof *trainers; s++) {
        genrep_trainer *trainer = support_word2vec(ctx, text, bytes, trainers[s]);
        support_steps(ctx, trainer, 1000);
        const uint64_t expected = support_fingerprint(ctx, trainer);
        genrep_trainer_unref(trainer);
        for (int64_t after = 1; after < 60; after += 7) {
            host h = {.text = text, .bytes = bytes, .piece = 3000};
            genrep_dataset *dataset = host_text(ctx, &h);
            assert_ok(ctx, genrep_trainer_new(ctx, trainers[s], dataset, &trainer));
            h.fail_at = h.calls + after;
            int failures = 0;
            int32_t status;
            do {
                status = genrep_trainer_step(trainer, 1);
                failures += status == GENREP_E_USER;
            } while (status == GENREP_OK || (status == GENREP_E_USER && failures < 2));
            assert_int_equal(status, GENREP_STOPPED);
            assert_int_equal(failures, 1);
            assert_true(support_fingerprint(ctx, trainer) == expected);
            genrep_trainer_unref(trainer);
            genrep_dataset_unref(dataset);
        }
    }
    genrep_ctx_unref(ctx);
    free(text);
}

static void expect_filtered(const char *text, const char *spec, const char *expected) {
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_dataset *source, *filter;
    assert_ok(ctx, genrep_dataset_from_text(ctx, text, strlen(text), NULL, NULL, &source));
    assert_ok(ctx, genrep_dataset_filter(source, spec, &filter));
    assert_ok(ctx, genrep_dataset_save_text(filter, support_path("text.txt")));
    char *found = support_read("text.txt", NULL);
    assert_string_equal(found, expected);
    free(found);
    genrep_dataset_unref(filter);
    genrep_dataset_unref(source);
    genrep_ctx_unref(ctx);
}

/* What a filter gives is the same words to whoever reads it: U+FEFF inside a text is part of its
 * word, and must not be taken for a byte order mark when its word comes first. */
static void no_word_becomes_a_byte_order_mark(void **state) {
    (void)state;
    expect_filtered("\uFEFFa \uFEFFb", "limit", "a \uFEFFb");
    expect_filtered(" \uFEFFa b", "limit", " \uFEFFa b");
    expect_filtered("\uFEFF\uFEFFa", "limit", " \uFEFFa");
}

/* U+00B4 is a blank and a mark in form KC, U+FDFA four words; there is one blank between words. */
static void characters_that_become_blanks_part_words(void **state) {
    (void)state;
    if (!genrep_has("utf8proc")) return;
    expect_filtered("x y\u00B4 \u00B4\n\u00B4", "normalize form=nfkc", "x y \u0301 \u0301\n\u0301");
    expect_filtered("\uFDFA", "normalize form=nfkc",
                    "\u0635\u0644\u0649 \u0627\u0644\u0644\u0647 \u0639\u0644\u064A\u0647 "
                    "\u0648\u0633\u0644\u0645");
}

static size_t encode(uint32_t c, char *to) {
    size_t n = 0;
    if (c < 0x80) return to[0] = (char)c, 1;
    if (c < 0x800) {
        to[n++] = (char)(0xC0 | c >> 6);
    } else {
        if (c < 0x10000)
            to[n++] = (char)(0xE0 | c >> 12);
        else
            to[n++] = (char)(0xF0 | c >> 18), to[n++] = (char)(0x80 | (c >> 12 & 63));
        to[n++] = (char)(0x80 | (c >> 6 & 63));
    }
    to[n++] = (char)(0x80 | (c & 63));
    return n;
}

/* Every character, by itself and between others: what is normal already stays, byte for byte. */
static void every_character_is_normal_after_one_pass(void **state) {
    (void)state;
    if (!genrep_has("utf8proc")) return;
    static const char *const specs[] = {
        "normalize form=nfc", "normalize form=nfkc", "normalize form=nfc casefold=1",
        "normalize form=nfkc casefold=1", "normalize form=none casefold=1"};
    char *text = malloc(0x110000 * 20);
    size_t bytes = 0;
    for (uint32_t c = 1; c < 0x110000; c++) {
        if (c >= 0xD800 && c < 0xE000) continue;
        bytes += encode(c, text + bytes);
        memcpy(text + bytes, " o", 2);
        bytes += 2;
        bytes += encode(c, text + bytes);
        memcpy(text + bytes, "\u0327\u0301\n", 5);
        bytes += 5;
    }
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_dataset *source;
    assert_ok(ctx, genrep_dataset_from_text(ctx, text, bytes, NULL, NULL, &source));
    for (size_t s = 0; s < sizeof specs / sizeof *specs; s++) {
        genrep_dataset *once, *twice;
        size_t n[2];
        assert_ok(ctx, genrep_dataset_filter(source, specs[s], &once));
        assert_ok(ctx, genrep_dataset_filter(once, specs[s], &twice));
        assert_ok(ctx, genrep_dataset_save_text(once, support_path("once.txt")));
        assert_ok(ctx, genrep_dataset_save_text(twice, support_path("twice.txt")));
        char *first = support_read("once.txt", &n[0]), *second = support_read("twice.txt", &n[1]);
        assert_int_equal(n[0], n[1]);
        assert_memory_equal(first, second, n[0]);
        free(first);
        free(second);
        genrep_dataset_unref(once);
        genrep_dataset_unref(twice);
    }
    genrep_dataset_unref(source);
    genrep_ctx_unref(ctx);
    free(text);
}

/* The longest words of the characters that grow most. */
static void the_longest_words_fit(void **state) {
    (void)state;
    if (!genrep_has("utf8proc")) return;
    char text[2 * GENREPI_WORD_BYTES + 8], expected[16 * GENREPI_WORD_BYTES];
    size_t bytes = 0, size = 0;
    while (bytes < GENREPI_WORD_BYTES - 3) bytes += encode(0xFDFA, text + bytes);
    text[bytes] = 0;
    static const char phrase[] = "\u0635\u0644\u0649 \u0627\u0644\u0644\u0647 "
                                 "\u0639\u0644\u064A\u0647 \u0648\u0633\u0644\u0645";
    for (size_t i = 0; i < bytes; i += 3, size += sizeof phrase - 1)
        memcpy(expected + size, phrase, sizeof phrase);
    expect_filtered(text, "normalize form=nfkc", expected);
}

static void folding_alone_composes_nothing(void **state) {
    (void)state;
    if (!genrep_has("utf8proc")) return;
    expect_filtered("A\u0301B Stra\u00DFe", "normalize form=none casefold=1", "a\u0301b strasse");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_order_of_words_breaks_the_bound),
        cmocka_unit_test(dropping_takes_no_longer_where_counts_are_high),
        cmocka_unit_test(two_readers_of_a_host_take_turns),
        cmocka_unit_test(a_text_that_ends_early_between_turns_is_refused),
        cmocka_unit_test(counting_between_steps_changes_no_bits),
        cmocka_unit_test(words_are_all_there_after_a_failure),
        cmocka_unit_test(a_step_that_failed_can_be_done_again),
        cmocka_unit_test(no_word_becomes_a_byte_order_mark),
        cmocka_unit_test(characters_that_become_blanks_part_words),
        cmocka_unit_test(every_character_is_normal_after_one_pass),
        cmocka_unit_test(the_longest_words_fit),
        cmocka_unit_test(folding_alone_composes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, support_remove_files);
}
