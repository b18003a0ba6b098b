/* Whatever fails while a file is written, the old one is as it was, nothing else is left behind,
 * and the error names the file and the reason.  Every writer of the library is tried. */
#include <files.h>
#include <support.h>

#include "faults.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static support_memory memory;
static genrep_ctx *ctx;
static genrep_tensor *images; /* enough for several writes */
static genrep_layer *layer;
static genrep_density *density;

static int setup(void **state) {
    (void)state;
    memory = (support_memory){0};
    genrep_allocator allocator = support_allocator(&memory);
    assert_int_equal(genrep_ctx_new(NULL, &allocator, &ctx), 0);
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, 4, (int64_t[]){3, 3, 90, 90}, &images));
    assert_ok(ctx, genrep_tensor_random(images, "uniform low=-1", 1));
    assert_ok(ctx, genrep_layer_new(ctx, "linear in=300 out=100; batch_norm", &layer));
    assert_ok(ctx, genrep_density_fit(images, "gaussian covariance=diagonal", &density));
    return 0;
}

static int teardown(void **state) {
    genrep_tensor_unref(images);
    genrep_layer_unref(layer);
    genrep_density_unref(density);
    genrep_ctx_unref(ctx);
    assert_int_equal(memory.blocks, 0);
    return support_remove_files(state);
}

static int32_t save_npy(const char *path) {
    return genrep_tensor_save(images, path, NULL);
}
static int32_t save_safetensors(const char *path) {
    return genrep_tensor_save(images, path, "x");
}
static int32_t save_png(const char *path) {
    return genrep_image_grid(images, NULL, path);
}
static int32_t save_layer(const char *path) {
    return genrep_layer_save(layer, path);
}

static int32_t save_density(const char *path) {
    return genrep_density_save(density, path);
}

static const struct {
    const char *name;
    int32_t (*save)(const char *path);
} writers[] = {{"a.npy", save_npy},
               {"a.safetensors", save_safetensors},
               {"a.png", save_png},
               {"layer.safetensors", save_layer},
               {"density.safetensors", save_density}};
#define WRITERS 5

static int is_old(const char *name) {
    size_t size;
    char *bytes = support_read(name, &size);
    int old = size == 3 && memcmp(bytes, "old", 3) == 0;
    free(bytes);
    return old;
}

static int is_same(const char *name, const char *expected, size_t expected_size) {
    size_t size;
    char *bytes = support_read(name, &size);
    int same = size == expected_size && memcmp(bytes, expected, size) == 0;
    free(bytes);
    return same;
}

/* The file's right content. */
static char *good(int w, size_t *size) {
    assert_ok(ctx, writers[w].save(support_path(writers[w].name)));
    return support_read(writers[w].name, size);
}

/* Saves with the fault over an old file.  1 if the fault happened. */
static int try(int w, int32_t *status) {
    support_write(writers[w].name, "old", 3);
    *status = writers[w].save(support_path(writers[w].name));
    fault_disarm();
    return fault.happened > 0;
}

static void check_refused(int w, int32_t status, int code) {
    assert_int_equal(status, GENREP_E_IO);
    assert_non_null(strstr(genrep_ctx_error(ctx), writers[w].name));
    assert_non_null(strstr(genrep_ctx_error(ctx), fault_text(code)));
    assert_true(is_old(writers[w].name));
    assert_int_equal(support_count_files(), 1);
}

/* Every call of one kind fails once; for closing, only that of the file matters, the first. */
static void every_call_fails(int kind, int code, int most) {
    for (int w = 0; w < WRITERS; w++) {
        int32_t status;
        int at = 1;
        for (; at <= most; at++) {
            fault_arm(kind, FAULT_ERRNO, code, at, 1);
            if (!try(w, &status)) break;
            check_refused(w, status, code);
        }
        assert_true(at > 1);
        support_remove_files(NULL);
    }
}

static void test_no_write_may_fail_unnoticed(void **state) {
    (void)state;
    every_call_fails(FAULT_WRITE, ENOSPC, 1000);
    every_call_fails(FAULT_WRITE, EIO, 1000);
    every_call_fails(FAULT_WRITE, EDQUOT, 1);
}

static void test_no_open_may_fail_unnoticed(void **state) {
    (void)state;
    every_call_fails(FAULT_OPEN, EMFILE, 1000);
    every_call_fails(FAULT_OPEN, EACCES, 1000);
}

static void test_a_failed_sync_close_or_rename(void **state) {
    (void)state;
    every_call_fails(FAULT_FSYNC, EIO, 1);
    every_call_fails(FAULT_CLOSE, EIO, 1);
    every_call_fails(FAULT_CLOSE, ENOSPC, 1);
    every_call_fails(FAULT_RENAME, EACCES, 1);
    every_call_fails(FAULT_RENAME, EXDEV, 1);
}

static void test_writing_nothing_is_an_error_not_a_loop(void **state) {
    (void)state;
    for (int w = 0; w < WRITERS; w++) {
        int32_t status;
        fault_arm(FAULT_WRITE, FAULT_NOTHING, 0, 1, 0);
        assert_true(try(w, &status));
        check_refused(w, status, EIO);
        support_remove_files(NULL);
    }
}

/* The new file is in place by then: the error says what is not sure. */
static void test_a_failed_sync_of_the_folder_is_told(void **state) {
    (void)state;
    for (int w = 0; w < WRITERS; w++) {
        size_t size;
        int32_t status;
        char *expected = good(w, &size);
        fault_arm(FAULT_FSYNC, FAULT_ERRNO, EIO, 2, 1);
        assert_true(try(w, &status));
        assert_int_equal(status, GENREP_E_IO);
        assert_non_null(strstr(genrep_ctx_error(ctx), "folder"));
        assert_true(is_same(writers[w].name, expected, size));
        assert_int_equal(support_count_files(), 1);
        fault_arm(FAULT_FSYNC, FAULT_ERRNO, EINVAL, 2, 1); /* a file system without it */
        assert_true(try(w, &status));
        assert_ok(ctx, status);
        assert_true(is_same(writers[w].name, expected, size));
        free(expected);
        support_remove_files(NULL);
    }
}

static void test_interrupted_and_short_calls_go_on(void **state) {
    (void)state;
    static const struct {
        int kind, what, code, at, times;
    } cases[] = {{FAULT_WRITE, FAULT_ERRNO, EINTR, 1, 5}, {FAULT_WRITE, FAULT_ERRNO, EINTR, 2, 1},
                 {FAULT_WRITE, FAULT_SHORT, 0, 1, 1},     {FAULT_WRITE, FAULT_SHORT, 0, 2, 100},
                 {FAULT_FSYNC, FAULT_ERRNO, EINTR, 1, 3}, {FAULT_FSYNC, FAULT_ERRNO, EINTR, 2, 3},
                 {FAULT_CLOSE, FAULT_ERRNO, EINTR, 1, 1}, {FAULT_OPEN, FAULT_ERRNO, EINTR, 2, 1}};
    for (int w = 0; w < WRITERS; w++) {
        size_t size;
        char *expected = good(w, &size);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            int32_t status;
            fault_arm(cases[i].kind, cases[i].what, cases[i].code, cases[i].at, cases[i].times);
            assert_true(try(w, &status));
            assert_ok(ctx, status);
            assert_true(is_same(writers[w].name, expected, size));
            assert_int_equal(support_count_files(), 1);
        }
        free(expected);
        support_remove_files(NULL);
    }
}

/* The process dies before any one of its calls.  What a reader then finds is the old file or the
 * new one, and the next save works, whatever was left lying around. */
static void test_a_crash_leaves_the_old_file_or_the_new_one(void **state) {
    (void)state;
    static const int kinds[] = {FAULT_OPEN, FAULT_WRITE, FAULT_FSYNC, FAULT_CLOSE, FAULT_RENAME};
    for (int w = 0; w < WRITERS; w++) {
        size_t size;
        char *expected = good(w, &size);
        int old = 0, new = 0;
        for (int k = 0; k < 5; k++) {
            for (int at = 1, died = 1; died; at++) {
                support_write(writers[w].name, "old", 3);
                pid_t child = fork();
                assert_true(child >= 0);
                if (child == 0) {
                    fault_arm(kinds[k], FAULT_CRASH, 0, at, 1);
                    _exit(writers[w].save(support_path(writers[w].name)) == 0 ? 0 : 1);
                }
                int result;
                assert_int_equal(waitpid(child, &result, 0), child);
                assert_true(WIFEXITED(result));
                died = WEXITSTATUS(result) == 77;
                if (!died) assert_int_equal(WEXITSTATUS(result), 0);
                int is_new = is_same(writers[w].name, expected, size);
                assert_true(is_new || is_old(writers[w].name));
                if (!died) assert_true(is_new);
                *(is_new ? &new : &old) += 1;
            }
        }
        assert_true(old > 0 && new > 0);
        assert_ok(ctx, writers[w].save(support_path(writers[w].name)));
        assert_true(is_same(writers[w].name, expected, size));
        free(expected);
        support_remove_files(NULL);
    }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_no_write_may_fail_unnoticed),
        TEST(test_no_open_may_fail_unnoticed),
        TEST(test_a_failed_sync_close_or_rename),
        TEST(test_writing_nothing_is_an_error_not_a_loop),
        TEST(test_a_failed_sync_of_the_folder_is_told),
        TEST(test_interrupted_and_short_calls_go_on),
        TEST(test_a_crash_leaves_the_old_file_or_the_new_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
