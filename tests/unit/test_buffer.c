/* Growing text. */
#include <support.h>
#include <base/buffer.h>

#include <string.h>

static void text_grows(void **unused) {
    (void)unused;
    genrep_ctx *ctx = support_ctx(NULL);
    genrepi_buffer b = {.ctx = ctx};
    assert_null(b.data);
    for (int i = 0; i < 1000; i++) genrepi_buffer_format(&b, "%d,", i);
    genrepi_buffer_text(&b, "end ");
    genrepi_buffer_real(&b, 0.1);
    genrepi_buffer_add(&b, "\0x", 2);
    assert_int_equal(genrepi_buffer_status(&b), GENREP_OK);
    assert_int_equal(b.size, 10 * 2 + 90 * 3 + 900 * 4 + 4 + 3 + 2);
    assert_memory_equal(b.data, "0,1,2,3,", 8);
    assert_memory_equal(b.data + b.size - 9, "end 0.1\0x", 10); /* and the final 0 */
    genrepi_buffer_free(&b);
    assert_null(b.data);
    assert_int_equal(b.size, 0);
    genrep_ctx_unref(ctx);
}

static void json_strings_are_escaped(void **unused) {
    (void)unused;
    genrep_ctx *ctx = support_ctx(NULL);
    genrepi_buffer b = {.ctx = ctx};
    genrepi_buffer_json(
        &b, "a\"b\\c\n\x01 \xC3\xA9 \xF0\x9F\x98\x80 \xFF\xC0\xAF \xED\xA0\x80 \xE2\x82");
    assert_string_equal(b.data, "\"a\\\"b\\\\c\\u000a\\u0001 \xC3\xA9 \xF0\x9F\x98\x80 "
                                "\\ufffd\\ufffd\\ufffd \\ufffd\\ufffd\\ufffd \\ufffd\\ufffd\"");
    genrepi_buffer_free(&b);
    genrep_ctx_unref(ctx);
}

static void a_failed_buffer_stays_failed_and_leaks_nothing(void **unused) {
    (void)unused;
    support_memory memory = {0};
    genrep_allocator allocator = support_allocator(&memory);
    genrep_ctx *ctx = NULL;
    assert_int_equal(genrep_ctx_new(NULL, &allocator, &ctx), 0);
    int64_t blocks = memory.blocks;
    genrepi_buffer b = {.ctx = ctx};
    genrepi_buffer_text(&b, "kept");
    memory.fail_at = memory.allocations + 1;
    char large[1000] = {0};
    genrepi_buffer_add(&b, large, sizeof large);
    genrepi_buffer_text(&b, "not added, although there is memory again");
    assert_int_equal(genrepi_buffer_status(&b), GENREP_E_NOMEM);
    assert_string_equal(b.data, "kept");
    genrepi_buffer_free(&b);
    assert_int_equal(memory.blocks, blocks);
    genrep_ctx_unref(ctx);
    assert_int_equal(memory.blocks, 0);
}

static void copies_are_cut_between_characters(void **unused) {
    (void)unused;
    char text[8] = "#######";
    assert_int_equal(genrepi_copy_text("ab\xC3\xA9", text, sizeof text), 5);
    assert_string_equal(text, "ab\xC3\xA9");
    assert_int_equal(genrepi_copy_text("ab\xC3\xA9", text, 4), 5);
    assert_string_equal(text, "ab");
    assert_int_equal(genrepi_copy_text("abc", text, 1), 4);
    assert_string_equal(text, "");
    assert_int_equal(genrepi_copy_text("abc", NULL, 0), 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_grows),
        cmocka_unit_test(json_strings_are_escaped),
        cmocka_unit_test(a_failed_buffer_stays_failed_and_leaks_nothing),
        cmocka_unit_test(copies_are_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
