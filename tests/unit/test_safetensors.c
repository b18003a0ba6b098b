/* safetensors: written as Python's package writes, read back exactly, and nothing that a hostile
 * header claims is believed. */
#include <counted.h>

#include <io/safetensors.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file with this header and n bytes of data. */
static char bytes[4096];
static int64_t make(const char *header, int64_t n) {
    size_t length = strlen(header);
    memset(bytes, 0, sizeof bytes);
    bytes[0] = (char)length;
    bytes[1] = (char)(length >> 8);
    memcpy(bytes + 8, header, length);
    for (int64_t i = 0; i < n; i++) bytes[8 + (int64_t)length + i] = (char)i;
    return 8 + (int64_t)length + n;
}

static int32_t parse(const char *header, int64_t n, genrepi_safetensors **out) {
    int64_t size = make(header, n);
    return genrepi_safetensors_parse(ctx, "test", bytes, size, out);
}

#define A "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}"
#define B "\"b\":{\"dtype\":\"U8\",\"shape\":[2,1],\"data_offsets\":[8,10]}"

static void test_entries_are_found_by_name_and_in_order(void **state) {
    (void)state;
    genrepi_safetensors *file;
    int32_t dtype;
    int64_t size;
    genrepi_shape shape;
    assert_ok(ctx, parse("{\"__metadata__\":{\"k\":\"v\",\"e\":\"\"}," B "," A "}  ", 10, &file));
    assert_int_equal(genrepi_safetensors_count(file), 2);
    assert_string_equal(genrepi_safetensors_name(file, 0), "a");
    assert_string_equal(genrepi_safetensors_name(file, 1), "b");
    assert_int_equal(genrepi_safetensors_find(file, "a"), 0);
    assert_int_equal(genrepi_safetensors_find(file, "b"), 1);
    assert_int_equal(genrepi_safetensors_find(file, "c"), -1);
    assert_int_equal(genrepi_safetensors_find(file, ""), -1);
    genrepi_safetensors_info(file, 1, &dtype, &shape);
    assert_int_equal(dtype, GENREP_U8);
    assert_int_equal(shape.rank, 2);
    assert_int_equal(shape.size[0], 2);
    assert_string_equal(genrepi_safetensors_type(file, 0), "F32");
    const char *data = genrepi_safetensors_data(file, 1, &size);
    assert_int_equal(size, 2);
    assert_int_equal(data[0], 8);
    assert_string_equal(genrepi_safetensors_metadata(file, "k"), "v");
    assert_string_equal(genrepi_safetensors_metadata(file, "e"), "");
    assert_null(genrepi_safetensors_metadata(file, "x"));
    genrepi_safetensors_close(file);
    genrepi_safetensors_close(NULL);
}

static void test_well_formed_headers_are_taken(void **state) {
    (void)state;
    static const struct {
        const char *header;
        int64_t bytes;
    } cases[] = {
        {"{}", 0},
        {"{\"__metadata__\":{}}", 0},
        {"{" A "}", 8},
        {"{ \"a\" :\t{ \"shape\" : [ ] , \"dtype\" : \"F64\" ,\r\n\"data_offsets\" : [ 0 , 8 ] } }",
         8},
        {"{\"z\":{\"dtype\":\"F32\",\"shape\":[0,9],\"data_offsets\":[0,0]}," A "}", 8},
        {"{\"z\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[8,8]}," A "}", 8},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"extra\":[1,-2.5e+3,{"
         "\"x\":"
         "[null,true,false,\"\\u00e9\"]},[]]}}",
         8},
        {"{\"\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]}}", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        genrepi_safetensors *file;
        assert_ok(ctx, parse(cases[i].header, cases[i].bytes, &file));
        genrepi_safetensors_close(file);
    }
}

static void test_types_the_library_has_not_are_listed_only(void **state) {
    (void)state;
    static const struct {
        const char *type;
        int bytes;
    } types[] = {{"BF16", 2}, {"F16", 2}, {"I64", 8}, {"BOOL", 1},
                 {"I8", 1},   {"U64", 8}, {"NEW", 3}};
    for (int i = 0; i < 7; i++) {
        char header[128];
        genrepi_safetensors *file;
        genrep_tensor *t = NULL;
        int32_t dtype;
        genrepi_shape shape;
        snprintf(header, sizeof header,
                 "{\"a\":{\"dtype\":\"%s\",\"shape\":[1],\"data_offsets\":[0,%d]}}", types[i].type,
                 types[i].bytes);
        assert_ok(ctx, parse(header, types[i].bytes, &file));
        genrepi_safetensors_info(file, 0, &dtype, &shape);
        assert_int_equal(dtype, 0);
        assert_string_equal(genrepi_safetensors_type(file, 0), types[i].type);
        assert_error(ctx, genrepi_safetensors_tensor(ctx, file, 0, &t), GENREP_E_UNSUPPORTED,
                     types[i].type);
        assert_null(t);
        genrepi_safetensors_close(file);
    }
}

#define ENTRY(text) "{\"a\":{" text "}}"

static void test_hostile_headers_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *header;
        int64_t bytes;
        const char *text;
    } cases[] = {
        {"", 0, "does not begin"},
        {"[]", 0, "does not begin"},
        {" {}", 0, "does not begin"},
        {"{", 0, "expected"},
        {"{}x", 0, "follows"},
        {"{}{}", 0, "follows"},
        {"{" A ",}", 8, "expected a string"},
        {"{," A "}", 8, "expected a string"},
        {"{" A " " B "}", 10, "','"},
        {"{\"a\"}", 0, "':'"},
        {"{\"a\":1}", 0, "'{'"},
        {"{a:1}", 0, "string"},
        {"{\"a", 0, "without end"},
        {"{\"a\\", 0, "escape"},
        {"{\"\\q\":1}", 0, "escape"},
        {"{\"\\u12\":1}", 0, "escape"},
        {"{\"\\u0000\":1}", 0, "escape"},
        {"{\"\\ud800\":1}", 0, "escape"},
        {"{\"\\ud800\\u0041\":1}", 0, "escape"},
        {"{\"\\udc00\":1}", 0, "escape"},
        {"{\"\xff\":1}", 0, "UTF-8"},
        {"{\"\xed\xa0\x80\":1}", 0, "UTF-8"},
        {"{\"\xc3", 0, "UTF-8"},
        {"{\"\n\":1}", 0, "control"},
        {"{" A "," A "}", 8, "twice"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}," A "}", 8, "twice"},
        {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, "twice"},
        {"{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", 0, "twice"},
        {"{\"__metadata__\":{\"k\":1}}", 0, "string"},
        {"{\"__metadata__\":[]}", 0, "'{'"},
        {ENTRY("\"dtype\":\"F32\",\"shape\":[2]"), 8, "missing"},
        {ENTRY("\"dtype\":\"F32\",\"data_offsets\":[0,8]"), 8, "missing"},
        {ENTRY("\"shape\":[2],\"data_offsets\":[0,8]"), 8, "missing"},
        {ENTRY("\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]"), 8,
         "twice"},
        {ENTRY("\"dtype\":1,\"shape\":[2],\"data_offsets\":[0,8]"), 8, "string"},
        {ENTRY("\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]"), 8, "'['"},
        {ENTRY("\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]"), 8, "whole number"},
        {ENTRY("\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]"), 8, "','"},
        {ENTRY("\"dtype\":\"F32\",\"shape\":[02],\"data_offsets\":[0,8]"), 8, "whole number"},
        {ENTRY("\"dtype\":\"F32\",\"shape\":[2,],\"data_offsets\":[0,8]"), 8, "whole number"},
        {ENTRY("\"dtype\":\"F32\",\"shape\":[9223372036854775808],\"data_offsets\":[0,8]"), 8,
         "too large"},
        {ENTRY("\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]"), 0,
         "too large"},
        {ENTRY("\"dtype\":\"F32\",\"shape\":[4611686018427387906],\"data_offsets\":[0,8]"), 8,
         "too large"},
        {ENTRY("\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]"), 8, "another size"},
        {ENTRY("\"dtype\":\"BF16\",\"shape\":[3],\"data_offsets\":[0,8]"), 8, "another size"},
        {ENTRY("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]"), 8, "expected"},
        {ENTRY("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[]"), 8, "whole number"},
        {ENTRY("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,8]"), 8, "two numbers"},
        {ENTRY("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]"), 8, "before it begins"},
        {ENTRY("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]"), 7, "behind"},
        {ENTRY("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]"), 9, "9 bytes of data"},
        {ENTRY("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[1,9]"), 9, "hole"},
        {ENTRY("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,9223372036854775807]"), 8,
         "behind"},
        {"{" A ",\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[7,9]}}", 9, "overlaps"},
        {"{" A ",\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[9,11]}}", 11, "hole"},
        {"{}", 1, "1 bytes of data"},
        {ENTRY("\"x\":nul"), 0, "value"},
        {ENTRY("\"x\":-"), 0, "value"},
        {ENTRY("\"x\":1."), 0, "value"},
        {ENTRY("\"x\":1e"), 0, "value"},
        {ENTRY("\"x\":}"), 0, "value"},
        {ENTRY("\"x\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["), 0, "brackets"},
        {"{\"__metadata__\":{\"crc32\":\"00000000\"}," A "}", 8, "checksum"},
        {"{\"__metadata__\":{\"crc32\":\"\"}," A "}", 8, "checksum"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        genrepi_safetensors *file = NULL;
        assert_error(ctx, parse(cases[i].header, cases[i].bytes, &file), GENREP_E_FORMAT,
                     cases[i].text);
        assert_non_null(strstr(genrep_ctx_error(ctx), "'test'"));
        assert_null(file);
    }
    genrepi_safetensors *file = NULL;
    assert_error(
        ctx,
        parse(ENTRY("\"dtype\":\"U8\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,1]"), 1,
              &file),
        GENREP_E_UNSUPPORTED, "8 axes");
}

static void test_the_header_s_length_is_bounded(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        int64_t size;
    } cases[] = {{"", 0},
                 {"\2\0\0\0\0\0\0", 7},
                 {"\0\0\0\0\0\0\0\0", 8},
                 {"\3\0\0\0\0\0\0\0{}", 10},
                 {"\1\xE1\xF5\5\0\0\0\0{}", 10},
                 {"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF{}", 10},
                 {"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F{}", 10}};
    for (int i = 0; i < 7; i++) {
        genrepi_safetensors *file = NULL;
        assert_error(ctx,
                     genrepi_safetensors_parse(ctx, "test", cases[i].bytes, cases[i].size, &file),
                     GENREP_E_FORMAT, "no safetensors");
        assert_null(file);
    }
}

static void test_every_cut_is_refused(void **state) {
    (void)state;
    genrepi_safetensors *file = NULL;
    int64_t size = make("{\"__metadata__\":{\"k\":\"\\ud83d\\ude00\"}," A "," B "}", 10);
    for (int64_t n = 0; n < size; n++) {
        char *copy = malloc((size_t)n + 1); /* so that reading behind the end is noticed */
        memcpy(copy, bytes, (size_t)n);
        assert_int_equal(genrepi_safetensors_parse(ctx, "test", copy, n, &file), GENREP_E_FORMAT);
        free(copy);
    }
    assert_ok(ctx, genrepi_safetensors_parse(ctx, "test", bytes, size, &file));
    assert_string_equal(genrepi_safetensors_metadata(file, "k"), "\xF0\x9F\x98\x80");
    genrepi_safetensors_close(file);
}

/* ---- writing -----------------------------------------------------------------------------------
 */

static const float floats[] = {1, -2.5f, 3};
static const double doubles[] = {0.1};
static const int32_t integers[] = {-1, 7};
static const uint8_t octets[] = {1, 2, 3, 4, 5};

static const genrepi_safetensors_entry entries[] = {
    {"octets", GENREP_U8, {1, {5}}, octets},  {"w \"\\\n\xC3\xA9", GENREP_F32, {2, {1, 3}}, floats},
    {"empty", GENREP_I32, {2, {0, 4}}, NULL}, {"integers", GENREP_I32, {1, {2}}, integers},
    {"d", GENREP_F64, {0, {0}}, doubles},
};

static void test_what_was_written_comes_back(void **state) {
    (void)state;
    const genrepi_safetensors_metadata_entry metadata[] = {
        {"genrep.spec", "linear in=2 out=3\n\"x\"\t\x01"}, {"n", "\xE2\x82\xAC"}};
    genrepi_safetensors *file;
    assert_ok(ctx, genrepi_safetensors_write(ctx, support_path("a.safetensors"), entries, 5,
                                             metadata, 2));
    assert_ok(ctx, genrepi_safetensors_open(ctx, support_path("a.safetensors"), &file));
    assert_int_equal(genrepi_safetensors_count(file), 5);
    for (int i = 0; i < 2; i++)
        assert_string_equal(genrepi_safetensors_metadata(file, metadata[i].key), metadata[i].value);
    for (int i = 0; i < 5; i++) {
        int64_t index = genrepi_safetensors_find(file, entries[i].name), size;
        int32_t dtype;
        genrepi_shape shape;
        assert_true(index >= 0);
        genrepi_safetensors_info(file, index, &dtype, &shape);
        assert_int_equal(dtype, entries[i].dtype);
        assert_true(genrepi_shape_equal(&shape, &entries[i].shape));
        const char *data = genrepi_safetensors_data(file, index, &size);
        if (size > 0) assert_memory_equal(data, entries[i].data, (size_t)size);
        genrep_tensor *t;
        assert_ok(ctx, genrepi_safetensors_tensor(ctx, file, index, &t));
        if (size > 0) assert_memory_equal(genrep_tensor_read(t), entries[i].data, (size_t)size);
        genrep_tensor_unref(t);
    }
    assert_int_equal(genrepi_safetensors_find(file, "d"), 0);
    assert_int_equal(genrepi_safetensors_find(file, "octets"), 4);
    genrepi_safetensors_close(file);
}

/* The widest first, the data from a multiple of 8 on: so every element is aligned in the file. */
static void test_written_bytes_are_these(void **state) {
    (void)state;
    const genrepi_safetensors_entry two[] = {{"u", GENREP_U8, {1, {3}}, octets},
                                             {"f", GENREP_F32, {1, {1}}, floats}};
    size_t size;
    assert_ok(ctx, genrepi_safetensors_write(ctx, support_path("a.safetensors"), two, 2, NULL, 0));
    char *file = support_read("a.safetensors", &size);
    const char header[] = "{\"__metadata__\":{\"crc32\":\"2e3fde14\"},"
                          "\"f\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                          "\"u\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[4,7]}}";
    size_t padded = (sizeof header - 1 + 7) / 8 * 8;
    assert_int_equal((unsigned char)file[0], padded);
    assert_memory_equal(file + 8, header, sizeof header - 1);
    for (size_t i = sizeof header - 1; i < padded; i++) assert_int_equal(file[8 + i], ' ');
    assert_int_equal(size, 8 + padded + 7);
    assert_memory_equal(file + 8 + padded, "\0\0\x80\x3F\1\2\3", 7);
    free(file);
}

static void test_a_flipped_bit_is_noticed(void **state) {
    (void)state;
    size_t size;
    genrepi_safetensors *file = NULL;
    assert_ok(ctx,
              genrepi_safetensors_write(ctx, support_path("a.safetensors"), entries, 5, NULL, 0));
    char *content = support_read("a.safetensors", &size);
    for (size_t i = 0; i < size; i++) {
        content[i] ^= 1;
        support_write("b.safetensors", content, size);
        content[i] ^= 1;
        int32_t status = genrepi_safetensors_open(ctx, support_path("b.safetensors"), &file);
        if (i >= size - 33) assert_int_equal(status, GENREP_E_FORMAT); /* the data */
        if (status == 0) genrepi_safetensors_close(file);              /* a letter of a name */
    }
    free(content);
}

static void test_names_that_no_file_can_have_are_refused(void **state) {
    (void)state;
    const char *path = support_path("a.safetensors");
    genrepi_safetensors_entry two[] = {{"x", GENREP_U8, {1, {3}}, octets},
                                       {"x", GENREP_U8, {1, {3}}, octets}};
    assert_error(ctx, genrepi_safetensors_write(ctx, path, two, 2, NULL, 0), GENREP_E_INVALID,
                 "'x'");
    two[1].name = "__metadata__";
    assert_error(ctx, genrepi_safetensors_write(ctx, path, two, 2, NULL, 0), GENREP_E_INVALID,
                 "__metadata__");
    two[1].name = "\xFF";
    assert_error(ctx, genrepi_safetensors_write(ctx, path, two, 2, NULL, 0), GENREP_E_INVALID,
                 "name");
    const genrepi_safetensors_metadata_entry bad = {"k", "\xC3"};
    assert_error(ctx, genrepi_safetensors_write(ctx, path, two, 1, &bad, 1), GENREP_E_INVALID,
                 "UTF-8");
    assert_int_equal(support_count_files(), 0);
}

static void test_nothing_at_all_is_a_file_too(void **state) {
    (void)state;
    genrepi_safetensors *file;
    assert_ok(ctx, genrepi_safetensors_write(ctx, support_path("a.safetensors"), NULL, 0, NULL, 0));
    assert_ok(ctx, genrepi_safetensors_open(ctx, support_path("a.safetensors"), &file));
    assert_int_equal(genrepi_safetensors_count(file), 0);
    genrepi_safetensors_close(file);
}

static void test_out_of_memory_leaves_nothing(void **state) {
    (void)state;
    const char *path = support_path("a.safetensors");
    int done = 0;
    for (int64_t n = 1; !done; n++) {
        memory.allocations = 0;
        memory.fail_at = n;
        int32_t status = genrepi_safetensors_write(ctx, path, entries, 5, NULL, 0);
        done = status == 0;
        if (!done) assert_int_equal(status, GENREP_E_NOMEM);
        assert_int_equal(support_count_files(), done);
    }
    done = 0;
    for (int64_t n = 1; !done; n++) {
        genrepi_safetensors *file = NULL;
        memory.allocations = 0;
        memory.fail_at = n;
        int32_t status = genrepi_safetensors_open(ctx, path, &file);
        done = status == 0;
        if (!done) assert_int_equal(status, GENREP_E_NOMEM);
        if (!done) assert_null(file);
        genrepi_safetensors_close(file);
    }
}

/* ---- single tensors ----------------------------------------------------------------------------
 */

static void test_a_tensor_is_saved_and_loaded_by_name(void **state) {
    (void)state;
    const char *path = support_path("a.safetensors"), *two = support_path("b.safetensors");
    genrep_tensor *a, *b = NULL;
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F64, 2, (int64_t[]){2, 2}, &a));
    assert_ok(ctx, genrep_tensor_random(a, "normal", 1));
    assert_ok(ctx, genrep_tensor_save(a, path, "x"));
    assert_ok(ctx, genrep_tensor_load(ctx, path, "x", &b));
    assert_memory_equal(genrep_tensor_read(a), genrep_tensor_read(b), 32);
    genrep_tensor_unref(b);
    assert_ok(ctx, genrep_tensor_load(ctx, path, NULL, &b));
    genrep_tensor_unref(b);
    b = NULL;
    assert_error(ctx, genrep_tensor_load(ctx, path, "y", &b), GENREP_E_INVALID, "no tensor 'y'");
    assert_error(ctx, genrep_tensor_save(a, path, NULL), GENREP_E_INVALID, "name");
    assert_ok(ctx, genrepi_safetensors_write(ctx, two, entries, 5, NULL, 0));
    assert_error(ctx, genrep_tensor_load(ctx, two, NULL, &b), GENREP_E_INVALID, "5 tensors");
    int64_t size = make("{\"a\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[0,2]}}", 2);
    support_write("c.safetensors", bytes, (size_t)size);
    assert_error(ctx, genrep_tensor_load(ctx, support_path("c.safetensors"), "a", &b),
                 GENREP_E_UNSUPPORTED, "c.safetensors': 'a' has elements of type F16");
    assert_error(ctx, genrep_tensor_load(ctx, support_path("none.safetensors"), "a", &b),
                 GENREP_E_IO, "none.safetensors");
    assert_null(b);
    genrep_tensor_unref(a);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_entries_are_found_by_name_and_in_order),
        TEST(test_well_formed_headers_are_taken),
        TEST(test_types_the_library_has_not_are_listed_only),
        TEST(test_hostile_headers_are_refused),
        TEST(test_the_header_s_length_is_bounded),
        TEST(test_every_cut_is_refused),
        TEST(test_what_was_written_comes_back),
        TEST(test_written_bytes_are_these),
        TEST(test_a_flipped_bit_is_noticed),
        TEST(test_names_that_no_file_can_have_are_refused),
        TEST(test_nothing_at_all_is_a_file_too),
        TEST(test_out_of_memory_leaves_nothing),
        TEST(test_a_tensor_is_saved_and_loaded_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
