/* Words of a text: what separates them, odd bytes, long words, places to go back to. */
#include <support.h>
#include <files.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <text/tokens.h>

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

static void open_text(const char *text, size_t bytes, genrepi_tokens *tokens) {
    genrep_dataset *dataset = NULL;
    assert_ok(ctx, genrep_dataset_from_text(ctx, text, bytes, NULL, NULL, &dataset));
    assert_ok(ctx, genrepi_tokens_open(dataset, tokens));
    genrep_dataset_unref(dataset);
}

/* All words that are left, as "one|two|"; free() it. */
static char *rest(genrepi_tokens *tokens) {
    size_t room = 64, used = 0;
    char *all = malloc(room);
    all[0] = 0;
    for (;;) {
        const char *word;
        size_t bytes;
        assert_ok(ctx, genrepi_tokens_next(tokens, &word, &bytes));
        if (word == NULL) return all;
        while (used + bytes + 2 > room) all = realloc(all, room *= 2);
        memcpy(all + used, word, bytes);
        memcpy(all + used + bytes, "|", 2);
        used += bytes + 1;
    }
}

static void expect_words(const char *text, const char *words) {
    genrepi_tokens tokens;
    open_text(text, strlen(text), &tokens);
    char *all = rest(&tokens);
    assert_string_equal(all, words);
    free(all);
    genrepi_tokens_close(&tokens);
}

static void blanks_separate_words_and_newlines_are_words(void **state) {
    (void)state;
    expect_words("", "");
    expect_words(" \t \r\v\f", "");
    expect_words("one", "one|");
    expect_words("one  two\tthree\rfour\vfive\fsix ", "one|two|three|four|five|six|");
    expect_words("a\nb\n", "a|</s>|b|</s>|");
    expect_words("a\r\n\r\nb", "a|</s>|</s>|b|");
    expect_words("a </s> b", "a|</s>|b|");
}

static void unicode_blanks_separate_words_and_their_neighbours_do_not(void **state) {
    (void)state;
    expect_words("a\u00A0b\xC2\x85"
                 "c\u1680d\u2000e\u200Af\u2028g\u2029h\u202Fi\u205Fj\u3000k",
                 "a|b|c|d|e|f|g|h|i|j|k|");
    /* em dash, zero width space, arrow, ideographic full stop, Georgian, n tilde: parts of words */
    expect_words("a\u2014b\u200Bc\u2192d\u3002e\u10D0f\u00F1",
                 "a\u2014b\u200Bc\u2192d\u3002e\u10D0f\u00F1|");
    expect_words("\u3000\u3000", "");
}

static void a_nul_separates_words(void **state) {
    (void)state;
    genrepi_tokens tokens;
    open_text("a\0b", 3, &tokens);
    char *all = rest(&tokens);
    assert_string_equal(all, "a|b|");
    free(all);
    genrepi_tokens_close(&tokens);
}

static void a_byte_order_mark_is_left_out_at_the_start_only(void **state) {
    (void)state;
    expect_words("\xEF\xBB\xBFone", "one|");
    expect_words("one \xEF\xBB\xBFtwo", "one|\xEF\xBB\xBFtwo|");
}

static void bytes_that_are_not_utf8_are_kept_and_counted(void **state) {
    (void)state;
    genrepi_tokens tokens;
    static const char text[] = "caf\xE9 \xC3\xA9t\xC3 \xFF\xFE \xE2\x80";
    open_text(text, sizeof text - 1, &tokens);
    char *all = rest(&tokens);
    assert_string_equal(all, "caf\xE9|\xC3\xA9t\xC3|\xFF\xFE|\xE2\x80|");
    assert_int_equal(tokens.invalid, 1 + 1 + 2 + 2);
    free(all);
    genrepi_tokens_close(&tokens);
}

static void long_words_are_cut_between_characters(void **state) {
    (void)state;
    enum { LONG = 200000 };
    char *text = malloc(LONG + 16);
    for (int shift = 0; shift < 3; shift++) { /* the cut falls inside a character twice */
        memset(text, 'x', (size_t)shift);
        for (int i = shift; i + 3 <= LONG; i += 3) memcpy(text + i, "\u20AC", 3);
        strcpy(text + shift + (LONG - shift) / 3 * 3, " end\n");
        genrepi_tokens tokens;
        const char *word;
        size_t bytes;
        open_text(text, strlen(text), &tokens);
        assert_ok(ctx, genrepi_tokens_next(&tokens, &word, &bytes));
        assert_in_range(bytes, GENREPI_WORD_BYTES - 2, GENREPI_WORD_BYTES);
        assert_int_equal((bytes - (size_t)shift) % 3, 0);
        assert_memory_equal(word, text, bytes);
        char *all = rest(&tokens);
        assert_string_equal(all, "end|</s>|");
        assert_int_equal(tokens.cut, 1);
        assert_int_equal(tokens.invalid, 0);
        free(all);
        genrepi_tokens_close(&tokens);
    }
    for (int bytes = GENREPI_WORD_BYTES - 1; bytes <= GENREPI_WORD_BYTES + 1; bytes++) {
        genrepi_tokens tokens;
        const char *word;
        size_t got;
        memset(text, 'y', (size_t)bytes);
        strcpy(text + bytes, "\u3000z");
        open_text(text, strlen(text), &tokens);
        assert_ok(ctx, genrepi_tokens_next(&tokens, &word, &got));
        assert_int_equal(got, bytes < GENREPI_WORD_BYTES ? bytes : GENREPI_WORD_BYTES);
        assert_int_equal(tokens.cut, bytes > GENREPI_WORD_BYTES);
        char *all = rest(&tokens);
        assert_string_equal(all, "z|");
        free(all);
        genrepi_tokens_close(&tokens);
    }
    free(text);
}

/* About 300 KB, several windows of the reader, with words of all lengths and kinds. */
static char *long_text(size_t *bytes) {
    enum { ROOM = 300000 };
    static const char *const pieces[] = {"a", "bc",   "\u00E9", "\u4E2D\u6587",
                                         "-", "word", "\u2014"};
    char *text = malloc(ROOM);
    size_t used = 0;
    uint32_t r = 1;
    while (used < ROOM - 300) {
        r = r * 1664525u + 1013904223u;
        for (uint32_t n = r >> 28; n > 0; n--) {
            const char *piece = pieces[(r >> (8 + n)) % 7];
            strcpy(text + used, piece);
            used += strlen(piece);
        }
        const char *blank = (r & 15) == 0 ? "\n" : (r & 15) == 1 ? "\u2003" : " ";
        strcpy(text + used, blank);
        used += strlen(blank);
    }
    *bytes = used;
    return text;
}

static void a_text_is_the_same_from_memory_from_a_file_and_from_any_place(void **state) {
    (void)state;
    size_t bytes;
    char *text = long_text(&bytes);
    support_write("long.txt", text, bytes);
    genrepi_tokens memory, file;
    open_text(text, bytes, &memory);
    char spec[512];
    snprintf(spec, sizeof spec, "text path='%s'", support_path("long.txt"));
    genrep_dataset *dataset;
    assert_ok(ctx, genrep_dataset_new(ctx, spec, &dataset));
    assert_ok(ctx, genrepi_tokens_open(dataset, &file));
    char *all = rest(&memory), *from_file = rest(&file);
    assert_string_equal(all, from_file);
    assert_int_equal(genrepi_scan_offset(&memory.scan), bytes);

    char *tail = all;
    int64_t offset = 0;
    for (int place = 0; *tail != 0; place++) { /* every 5000th place, in the used up stream */
        if (place % 5000 == 0) {
            assert_ok(ctx, genrepi_scan_seek(&memory.scan, offset));
            char *again = rest(&memory);
            assert_string_equal(again, tail);
            free(again);
        }
        assert_ok(ctx, genrepi_scan_seek(&file.scan, offset));
        const char *word;
        size_t word_bytes;
        assert_ok(ctx, genrepi_tokens_next(&file, &word, &word_bytes));
        offset = genrepi_scan_offset(&file.scan);
        tail += word_bytes + 1;
    }
    assert_error(ctx, genrepi_scan_seek(&file.scan, (int64_t)bytes + 1), GENREP_E_FORMAT,
                 "ends before byte");
    free(all);
    free(from_file);
    free(text);
    genrepi_tokens_close(&memory);
    genrepi_tokens_close(&file);
    genrep_dataset_unref(dataset);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blanks_separate_words_and_newlines_are_words),
        cmocka_unit_test(unicode_blanks_separate_words_and_their_neighbours_do_not),
        cmocka_unit_test(a_nul_separates_words),
        cmocka_unit_test(a_byte_order_mark_is_left_out_at_the_start_only),
        cmocka_unit_test(bytes_that_are_not_utf8_are_kept_and_counted),
        cmocka_unit_test(long_words_are_cut_between_characters),
        cmocka_unit_test(a_text_is_the_same_from_memory_from_a_file_and_from_any_place),
    };
    return cmocka_run_group_tests(tests, make_ctx, end_ctx);
}
