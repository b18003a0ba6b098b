/* npy: what NumPy writes is read, what is written NumPy reads, and damaged headers are refused. */
#include <counted.h>

#include <io/formats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file with this dictionary, version 1, and some bytes of data. */
static int32_t load(const char *dictionary, const void *data, size_t size, genrep_tensor **out) {
    char bytes[512] = "\x93NUMPY\1\0";
    size_t n = strlen(dictionary);
    bytes[8] = (char)n;
    bytes[9] = (char)(n >> 8);
    memcpy(bytes + 10, dictionary, n);
    memcpy(bytes + 10 + n, data, size);
    support_write("a.npy", bytes, 10 + n + size);
    return genrep_tensor_load(ctx, support_path("a.npy"), NULL, out);
}

#define DICTIONARY(type, order, shape)                                                             \
    "{'descr': '" type "', 'fortran_order': " order ", 'shape': " shape ", }\n"

static void test_every_type_and_rank_comes_back(void **state) {
    (void)state;
    static const int32_t types[] = {GENREP_F32, GENREP_F64, GENREP_I32, GENREP_U8};
    static const int64_t shape[] = {2, 1, 3, 1, 1, 2, 1, 2};
    for (int i = 0; i < 4; i++)
        for (int32_t rank = 0; rank <= 8; rank++) {
            genrep_tensor *a, *b;
            int32_t dtype, rank_back;
            int64_t shape_back[GENREP_MAX_RANK], count;
            assert_ok(ctx, genrep_tensor_new(ctx, types[i], rank, shape, &a));
            assert_ok(ctx, genrep_tensor_random(a, "integer high=255", (uint64_t)rank));
            assert_ok(ctx, genrep_tensor_save(a, support_path("a.npy"), NULL));
            assert_ok(ctx, genrep_tensor_load(ctx, support_path("a.npy"), NULL, &b));
            assert_ok(ctx, genrep_tensor_info(b, &dtype, &rank_back, shape_back, &count));
            assert_int_equal(dtype, types[i]);
            assert_int_equal(rank_back, rank);
            assert_memory_equal(shape_back, shape, (size_t)rank * 8);
            assert_memory_equal(genrep_tensor_read(a), genrep_tensor_read(b),
                                (size_t)count * genrepi_dtype_bytes(dtype));
            genrep_tensor_unref(a);
            genrep_tensor_unref(b);
        }
}

/* Byte for byte numpy.save(). */
static void test_written_as_numpy_writes(void **state) {
    (void)state;
    static const struct {
        int32_t rank;
        int64_t shape[3];
        const char *text;
    } cases[] = {
        {0, {0}, "()"}, {1, {3}, "(3,)"}, {2, {1, 3}, "(1, 3)"}, {3, {1, 0, 2}, "(1, 0, 2)"}};
    for (int i = 0; i < 4; i++) {
        genrep_tensor *t;
        char expected[128] = "\x93NUMPY\1\0\x76\0";
        size_t size;
        int64_t count;
        int n =
            10 + sprintf(expected + 10, "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }",
                         cases[i].text);
        memset(expected + n, ' ', 128 - (size_t)n);
        expected[127] = '\n';
        assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, cases[i].rank, cases[i].shape, &t));
        assert_ok(ctx, genrep_tensor_info(t, NULL, NULL, NULL, &count));
        assert_ok(ctx, genrep_tensor_save(t, support_path("a.npy"), NULL));
        char *bytes = support_read("a.npy", &size);
        assert_int_equal(size, 128 + 4 * count);
        assert_memory_equal(bytes, expected, 128);
        free(bytes);
        genrep_tensor_unref(t);
    }
}

static void test_the_longest_header_fits(void **state) {
    (void)state;
    genrep_tensor *t, *b;
    const int64_t huge = (int64_t)1 << 60;
    const int64_t shape[8] = {0, huge, 1, 1, 1, 1, 1, 1};
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, 8, shape, &t));
    assert_ok(ctx, genrep_tensor_save(t, support_path("a.npy"), NULL));
    assert_ok(ctx, genrep_tensor_load(ctx, support_path("a.npy"), NULL, &b));
    genrep_tensor_unref(t);
    genrep_tensor_unref(b);
}

static void test_tolerant_of_what_other_writers_do(void **state) {
    (void)state;
    static const char *const dictionaries[] = {
        DICTIONARY("<i4", "False", "(2,)"),
        "{\"shape\":(2L,),\"descr\":\"<i4\",\"fortran_order\":False}",
        "  { 'fortran_order' :False,'shape': ( 2 , ) ,'descr' : '<i4' , } \n  \n",
        "{'descr': '<i4', 'fortran_order': False, 'shape': (2)}",
    };
    for (int i = 0; i < 4; i++) {
        genrep_tensor *t;
        const int32_t data[] = {7, -9};
        assert_ok(ctx, load(dictionaries[i], data, 8, &t));
        assert_memory_equal(genrep_tensor_read(t), data, 8);
        genrep_tensor_unref(t);
    }
    static const char *const bytes[] = {DICTIONARY("|u1", "False", "(2,)"),
                                        DICTIONARY("<u1", "False", "(2,)"),
                                        DICTIONARY("|b1", "False", "(2,)")};
    for (int i = 0; i < 3; i++) {
        genrep_tensor *t;
        assert_ok(ctx, load(bytes[i], "\1\0", 2, &t));
        genrep_tensor_unref(t);
    }
}

static void test_versions_two_and_three(void **state) {
    (void)state;
    const char *dictionary = DICTIONARY("<f4", "False", "()");
    const float value = 2.5f;
    for (char version = 2; version <= 3; version++) {
        char bytes[256] = "\x93NUMPY";
        size_t n = strlen(dictionary);
        genrep_tensor *t;
        bytes[6] = version;
        bytes[8] = (char)n;
        memcpy(bytes + 12, dictionary, n);
        memcpy(bytes + 12 + n, &value, 4);
        support_write("a.npy", bytes, 16 + n);
        assert_ok(ctx, genrep_tensor_load(ctx, support_path("a.npy"), NULL, &t));
        assert_true(*(const float *)genrep_tensor_read(t) == value);
        genrep_tensor_unref(t);
    }
}

static void test_what_the_library_has_not_is_unsupported(void **state) {
    (void)state;
    static const struct {
        const char *dictionary, *text;
    } cases[] = {
        {DICTIONARY("<i8", "False", "(2,)"), "type <i8"},
        {DICTIONARY(">f4", "False", "(2,)"), "type >f4"},
        {DICTIONARY("<f2", "False", "(2,)"), "type <f2"},
        {DICTIONARY("|O", "False", "(2,)"), "type |O"},
        {"{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (2,)}", "fields"},
        {DICTIONARY("<f4", "True", "(2, 1)"), "column by column"},
        {DICTIONARY("<f4", "False", "(1, 1, 1, 1, 1, 1, 1, 1, 2)"), "more than 8 axes"},
    };
    for (int i = 0; i < 7; i++) {
        genrep_tensor *t = NULL;
        assert_error(ctx, load(cases[i].dictionary, "01234567", 8, &t), GENREP_E_UNSUPPORTED,
                     cases[i].text);
        assert_null(t);
    }
    genrep_tensor *t = NULL;
    support_write("a.npy", "\x93NUMPY\4\0\0\0\0\0", 12);
    assert_error(ctx, genrep_tensor_load(ctx, support_path("a.npy"), NULL, &t),
                 GENREP_E_UNSUPPORTED, "version 4");
}

static void test_damaged_headers_are_refused(void **state) {
    (void)state;
    static const char *const dictionaries[] = {
        "",
        "{",
        "{}",
        "[]",
        "{'descr': '<f4', 'fortran_order': False}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'other': 1}",
        "{'descr': '<f4' 'fortran_order': False, 'shape': (2,)}",
        "{'descr' '<f4', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f4",
        "{'descr': '<f\\x34', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': Fals, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': 2}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2.0,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2 2)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 2)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}\x7f",
    };
    for (size_t i = 0; i < sizeof dictionaries / sizeof *dictionaries; i++) {
        genrep_tensor *t = NULL;
        assert_error(ctx, load(dictionaries[i], "01234567", 8, &t), GENREP_E_FORMAT, "a.npy");
        assert_null(t);
    }
}

static void test_every_cut_is_refused(void **state) {
    (void)state;
    genrep_tensor *t;
    size_t size;
    const int32_t data[] = {1, 2};
    assert_ok(ctx, load(DICTIONARY("<i4", "False", "(2,)"), data, 8, &t));
    genrep_tensor_unref(t);
    char *bytes = support_read("a.npy", &size);
    t = NULL;
    for (size_t n = 0; n < size; n++) {
        support_write("cut.npy", bytes, n);
        assert_error(ctx, genrep_tensor_load(ctx, support_path("cut.npy"), NULL, &t),
                     GENREP_E_FORMAT, "cut.npy");
    }
    bytes[1] = 'X';
    support_write("cut.npy", bytes, size);
    assert_error(ctx, genrep_tensor_load(ctx, support_path("cut.npy"), NULL, &t), GENREP_E_FORMAT,
                 "no npy file");
    memcpy(bytes, "\x93NUMPY\2\0\1\0\1\0", 12);
    support_write("cut.npy", bytes, size);
    assert_error(ctx, genrep_tensor_load(ctx, support_path("cut.npy"), NULL, &t), GENREP_E_FORMAT,
                 "header of 65537 bytes");
    assert_null(t);
    free(bytes);
}

static void test_names_and_nulls(void **state) {
    (void)state;
    genrep_tensor *t, *out = NULL;
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, 0, NULL, &t));
    assert_error(ctx, genrep_tensor_save(t, support_path("a.npy"), "x"), GENREP_E_INVALID,
                 "no names");
    assert_error(ctx, genrep_tensor_save(t, support_path("a.txt"), NULL), GENREP_E_INVALID,
                 ".npy or .safetensors");
    assert_error(ctx, genrep_tensor_save(t, NULL, NULL), GENREP_E_INVALID, "path");
    assert_error(ctx, genrep_tensor_save(t, support_path("none/a.npy"), NULL), GENREP_E_IO,
                 "No such file");
    assert_int_equal(genrep_tensor_save(NULL, support_path("a.npy"), NULL), GENREP_E_INVALID);
    assert_error(ctx, genrep_tensor_load(ctx, support_path("a.npy"), "x", &out), GENREP_E_INVALID,
                 "no names");
    assert_error(ctx, genrep_tensor_load(ctx, support_path("a.npy"), NULL, &out), GENREP_E_IO,
                 "No such file");
    assert_error(ctx, genrep_tensor_load(ctx, NULL, NULL, &out), GENREP_E_INVALID, "path");
    assert_error(ctx, genrep_tensor_load(ctx, support_path("a.npy"), NULL, NULL), GENREP_E_INVALID,
                 "out");
    assert_int_equal(genrep_tensor_load(NULL, support_path("a.npy"), NULL, &out), GENREP_E_INVALID);
    assert_null(out);
    genrep_tensor_unref(t);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_every_type_and_rank_comes_back),
        TEST(test_written_as_numpy_writes),
        TEST(test_the_longest_header_fits),
        TEST(test_tolerant_of_what_other_writers_do),
        TEST(test_versions_two_and_three),
        TEST(test_what_the_library_has_not_is_unsupported),
        TEST(test_damaged_headers_are_refused),
        TEST(test_every_cut_is_refused),
        TEST(test_names_and_nulls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
