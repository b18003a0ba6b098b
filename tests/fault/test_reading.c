/* A read that fails anywhere gives an error with the file's name and the reason, and nothing is
 * leaked; reads that are short or interrupted change nothing. */
#include <files.h>
#include <support.h>

#include "faults.h"
#include <config.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#ifdef GENREPI_HAVE_ZLIB
#include <zlib.h>
#endif

#define SIDE 300

static support_memory memory;
static genrep_ctx *ctx;
static genrep_tensor *expected;

static const char *const names[] = {"a.npy", "a.safetensors", "a-idx",
#ifdef GENREPI_HAVE_ZLIB
                                    "a.gz"
#endif
};
#define FILES (int)(sizeof names / sizeof *names)

static int setup(void **state) {
    (void)state;
    memory = (support_memory){0};
    genrep_allocator allocator = support_allocator(&memory);
    assert_int_equal(genrep_ctx_new(NULL, &allocator, &ctx), 0);
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_U8, 2, (int64_t[]){SIDE, SIDE}, &expected));
    assert_ok(ctx, genrep_tensor_random(expected, "integer high=255", 1));
    assert_ok(ctx, genrep_tensor_save(expected, support_path("a.npy"), NULL));
    assert_ok(ctx, genrep_tensor_save(expected, support_path("a.safetensors"), "x"));
    static char idx[12 + SIDE * SIDE] = {0,         0,          8, 2, 0,         0,
                                         SIDE >> 8, SIDE & 255, 0, 0, SIDE >> 8, SIDE & 255};
    memcpy(idx + 12, genrep_tensor_read(expected), SIDE * SIDE);
    support_write("a-idx", idx, sizeof idx);
#ifdef GENREPI_HAVE_ZLIB
    gzFile file = gzopen(support_path("a.gz"), "wb1");
    assert_int_equal(gzwrite(file, idx, sizeof idx), sizeof idx);
    assert_int_equal(gzclose(file), Z_OK);
#endif
    return 0;
}

static int teardown(void **state) {
    genrep_tensor_unref(expected);
    genrep_ctx_unref(ctx);
    assert_int_equal(memory.blocks, 0);
    return support_remove_files(state);
}

static void test_no_read_may_fail_unnoticed(void **state) {
    (void)state;
    for (int f = 0; f < FILES; f++) {
        int at = 1;
        for (;; at++) {
            genrep_tensor *t = NULL;
            fault_arm(FAULT_READ, FAULT_ERRNO, EIO, at, 1);
            int32_t status = genrep_tensor_load(ctx, support_path(names[f]), NULL, &t);
            fault_disarm();
            genrep_tensor_unref(t);
            if (!fault.happened) break;
            assert_error(ctx, status, GENREP_E_IO, names[f]);
            assert_non_null(strstr(genrep_ctx_error(ctx), fault_text(EIO)));
            assert_null(t);
        }
        assert_true(at > 1);
    }
}

static void test_an_open_that_fails(void **state) {
    (void)state;
    for (int f = 0; f < FILES; f++) {
        genrep_tensor *t = NULL;
        fault_arm(FAULT_OPEN, FAULT_ERRNO, EMFILE, 1, 1);
        int32_t status = genrep_tensor_load(ctx, support_path(names[f]), NULL, &t);
        fault_disarm();
        assert_error(ctx, status, GENREP_E_IO, fault_text(EMFILE));
        assert_null(t);
    }
}

static void test_short_and_interrupted_reads_change_nothing(void **state) {
    (void)state;
    static const struct {
        int what, code, at, times;
    } cases[] = {{FAULT_SHORT, 0, 1, 1},     {FAULT_SHORT, 0, 1, 3000},  {FAULT_SHORT, 0, 2, 7},
                 {FAULT_ERRNO, EINTR, 1, 4}, {FAULT_ERRNO, EINTR, 2, 1}, {FAULT_SHORT, 0, 1, 0}};
    for (int f = 0; f < FILES; f++)
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            genrep_tensor *t;
            fault_arm(FAULT_READ, cases[i].what, cases[i].code, cases[i].at, cases[i].times);
            int32_t status = genrep_tensor_load(ctx, support_path(names[f]), NULL, &t);
            fault_disarm();
            assert_true(fault.happened > 0);
            assert_ok(ctx, status);
            assert_memory_equal(genrep_tensor_read(t), genrep_tensor_read(expected), SIDE * SIDE);
            genrep_tensor_unref(t);
        }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_no_read_may_fail_unnoticed),
        TEST(test_an_open_that_fails),
        TEST(test_short_and_interrupted_reads_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
