/* IDX: all element types from big-endian, plain and gzipped; headers that lie are refused before
 * memory is asked for. */
#include <counted.h>

#include <config.h>
#include <io/formats.h>
#include <string.h>
#ifdef GENREPI_HAVE_ZLIB
#include <zlib.h>
#endif

static int32_t load(const void *bytes, size_t size, genrep_tensor **out) {
    support_write("a-idx", bytes, size);
    return genrep_tensor_load(ctx, support_path("a-idx"), NULL, out);
}

#define BYTES(text) text, sizeof(text) - 1

static void check(const char *bytes, size_t size, int32_t dtype, int32_t rank, const int64_t *shape,
                  const void *elements) {
    genrep_tensor *t;
    int32_t dtype_back, rank_back;
    int64_t shape_back[GENREP_MAX_RANK], count;
    assert_ok(ctx, load(bytes, size, &t));
    assert_ok(ctx, genrep_tensor_info(t, &dtype_back, &rank_back, shape_back, &count));
    assert_int_equal(dtype_back, dtype);
    assert_int_equal(rank_back, rank);
    assert_memory_equal(shape_back, shape, (size_t)rank * 8);
    assert_memory_equal(genrep_tensor_read(t), elements,
                        (size_t)count * genrepi_dtype_bytes(dtype));
    genrep_tensor_unref(t);
}

static void test_every_type_from_big_endian(void **state) {
    (void)state;
    const int64_t two = 2, three[] = {1, 2, 3};
    check(BYTES("\0\0\x08\3\0\0\0\1\0\0\0\2\0\0\0\3\1\2\3\4\5\6"), GENREP_U8, 3, three,
          "\1\2\3\4\5\6");
    check(BYTES("\0\0\x0C\1\0\0\0\2\0\0\1\2\xFF\xFF\xFF\xFE"), GENREP_I32, 1, &two,
          (const int32_t[]){258, -2});
    check(BYTES("\0\0\x0D\1\0\0\0\2\x3F\xC0\0\0\xC0\0\0\0"), GENREP_F32, 1, &two,
          (const float[]){1.5f, -2});
    check(BYTES("\0\0\x0E\1\0\0\0\2\x3F\xF8\0\0\0\0\0\0\xC0\0\0\0\0\0\0\0"), GENREP_F64, 1, &two,
          (const double[]){1.5, -2});
    const int64_t none[] = {0, 5};
    check(BYTES("\0\0\x08\2\0\0\0\0\0\0\0\5"), GENREP_U8, 2, none, "");
}

static void test_damaged_and_foreign_files_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        int32_t status;
        const char *text;
    } cases[] = {
        {BYTES(""), GENREP_E_FORMAT, "cut off"},
        {BYTES("\0\0\x08"), GENREP_E_FORMAT, "cut off"},
        {BYTES("\1\0\x08\1\0\0\0\1x"), GENREP_E_FORMAT, "no IDX"},
        {BYTES("\0\1\x08\1\0\0\0\1x"), GENREP_E_FORMAT, "no IDX"},
        {BYTES("\0\0\x07\1\0\0\0\1x"), GENREP_E_FORMAT, "no IDX"},
        {BYTES("\0\0\x0F\1\0\0\0\1x"), GENREP_E_FORMAT, "no IDX"},
        {BYTES("\0\0\x08\0x"), GENREP_E_FORMAT, "no IDX"},
        {BYTES("\0\0\x09\1\0\0\0\1x"), GENREP_E_UNSUPPORTED, "0x09"},
        {BYTES("\0\0\x0B\1\0\0\0\1xx"), GENREP_E_UNSUPPORTED, "0x0b"},
        {BYTES("\0\0\x08\x09"), GENREP_E_UNSUPPORTED, "9 axes"},
        {BYTES("\0\0\x08\2\0\0\0\1\0\0"), GENREP_E_FORMAT, "cut off"},
        {BYTES("\0\0\x08\1\0\0\0\2x"), GENREP_E_FORMAT, "take 2"},
        {BYTES("\0\0\x08\1\0\0\0\2xyz"), GENREP_E_FORMAT, "take 2"},
        {BYTES("\0\0\x0C\1\0\0\0\1xyz"), GENREP_E_FORMAT, "take 4"},
        {BYTES("\0\0\x08\4\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"),
         GENREP_E_FORMAT, "too large"},
        {BYTES("\0\0\x0E\2\x7F\xFF\xFF\xFF\x7F\xFF\xFF\xFF"), GENREP_E_FORMAT, "too large"},
        {BYTES("\0\0\x08\2\x7F\xFF\xFF\xFF\x7F\xFF\xFF\xFF"), GENREP_E_FORMAT, "bytes follow"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        genrep_tensor *t = NULL;
        assert_error(ctx, load(cases[i].bytes, cases[i].size, &t), cases[i].status, cases[i].text);
        assert_non_null(strstr(genrep_ctx_error(ctx), "a-idx"));
        assert_null(t);
    }
    genrep_tensor *t = NULL;
    assert_error(ctx, genrep_tensor_load(ctx, support_path("none"), NULL, &t), GENREP_E_IO, "none");
    assert_error(ctx, genrep_tensor_load(ctx, support_path("a-idx"), "x", &t), GENREP_E_INVALID,
                 "no names");
}

#ifdef GENREPI_HAVE_ZLIB
static void compress_to(const char *name, const void *bytes, size_t size) {
    gzFile file = gzopen(support_path(name), "wb9");
    assert_non_null(file);
    assert_int_equal(gzwrite(file, bytes, (unsigned)size), size);
    assert_int_equal(gzclose(file), Z_OK);
}

/* Sizes around where memory is doubled. */
static void test_gzip_of_any_size(void **state) {
    (void)state;
    static const uint32_t sizes[] = {0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 5000000};
    for (int i = 0; i < 6; i++) {
        genrep_tensor *t, *expected;
        int64_t n = sizes[i];
        assert_ok(ctx, genrep_tensor_new(ctx, GENREP_U8, 1, &n, &expected));
        assert_ok(ctx, genrep_tensor_random(expected, "integer high=3", 1));
        gzFile file = gzopen(support_path("a.gz"), "wb1");
        const unsigned char header[] = {0,
                                        0,
                                        8,
                                        1,
                                        (unsigned char)(sizes[i] >> 24),
                                        (unsigned char)(sizes[i] >> 16),
                                        (unsigned char)(sizes[i] >> 8),
                                        (unsigned char)sizes[i]};
        gzwrite(file, header, 8);
        if (n > 0) gzwrite(file, genrep_tensor_read(expected), (unsigned)n);
        assert_int_equal(gzclose(file), Z_OK);
        assert_ok(ctx, genrep_tensor_load(ctx, support_path("a.gz"), NULL, &t));
        assert_memory_equal(genrep_tensor_read(t), genrep_tensor_read(expected), (size_t)n);
        genrep_tensor_unref(t);
        genrep_tensor_unref(expected);
    }
}

static void test_a_small_gzip_cannot_ask_for_much_memory(void **state) {
    (void)state;
    genrep_tensor *t = NULL;
    int64_t before, peak;
    compress_to("a.gz", BYTES("\0\0\x08\2\x7F\xFF\xFF\xFF\x7F\xFF\xFF\xFFxyz"));
    assert_ok(ctx, genrep_ctx_memory(ctx, &before, NULL));
    assert_error(ctx, genrep_tensor_load(ctx, support_path("a.gz"), NULL, &t), GENREP_E_FORMAT,
                 "a.gz' ends too early");
    assert_ok(ctx, genrep_ctx_memory(ctx, NULL, &peak));
    assert_true(peak - before < 4 << 20);
    compress_to("a.gz", BYTES("\0\0\x08\1\0\0\0\2xyz"));
    assert_error(ctx, genrep_tensor_load(ctx, support_path("a.gz"), NULL, &t), GENREP_E_FORMAT,
                 "a.gz' goes on");
    assert_null(t);
}

static void test_out_of_memory_leaves_nothing(void **state) {
    (void)state;
    static char bytes[3000008] = "\0\0\x08\1\0\x2D\xC6\xC0";
    compress_to("a.gz", bytes, sizeof bytes);
    for (int64_t n = 1;; n++) {
        genrep_tensor *t = NULL;
        memory.allocations = 0;
        memory.fail_at = n;
        int32_t status = genrep_tensor_load(ctx, support_path("a.gz"), NULL, &t);
        if (status == 0) {
            genrep_tensor_unref(t);
            break;
        }
        assert_int_equal(status, GENREP_E_NOMEM);
        assert_null(t);
    }
}
#endif

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_every_type_from_big_endian),
        TEST(test_damaged_and_foreign_files_are_refused),
#ifdef GENREPI_HAVE_ZLIB
        TEST(test_gzip_of_any_size),
        TEST(test_a_small_gzip_cannot_ask_for_much_memory),
        TEST(test_out_of_memory_leaves_nothing),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
