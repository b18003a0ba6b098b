/* Files of word vectors: whatever fails while one or a pair is written, no temporary file is left
 * and the rows are the old ones or the new ones, whole; whatever fails while they are read, nothing
 * is leaked. */
#include <files.h>
#include <support.h>

#include "faults.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 3000, DIM = 12 }; /* enough for several writes */

static support_memory memory;
static genrep_ctx *ctx;
static genrep_vectors *vectors;

static const struct {
    const char *name, *spec;
    int files;
} formats[] = {{"v.bin", "format=binary", 1},
               {"v.txt", "format=glove", 1},
               {"v.safetensors", "format=safetensors", 1},
               {"v.npy", "format=npy", 2},
               {"v.tsv", "format=tsv", 2}};
#define FORMATS (int)(sizeof formats / sizeof *formats)

static int setup(void **state) {
    (void)state;
    memory = (support_memory){0};
    genrep_allocator allocator = support_allocator(&memory);
    assert_int_equal(genrep_ctx_new(NULL, &allocator, &ctx), 0);
    static char text[WORDS * 64];
    size_t used = 0;
    for (int i = 0; i < WORDS; i++) {
        used += (size_t)sprintf(text + used, "w%d", i);
        for (int j = 0; j < DIM; j++) used += (size_t)sprintf(text + used, " %d", (i + j) % 97);
        text[used++] = '\n';
    }
    support_write("text", text, used);
    assert_ok(ctx, genrep_vectors_load(ctx, support_path("text"), NULL, &vectors));
    support_remove_files(NULL);
    return 0;
}

static int teardown(void **state) {
    genrep_vectors_unref(vectors);
    genrep_ctx_unref(ctx);
    assert_int_equal(memory.blocks, 0);
    return support_remove_files(state);
}

/* Each call of a kind fails in turn, over an old file. */
static void fail_each(int kind, int code) {
    for (int f = 0; f < FORMATS; f++) {
        size_t size;
        assert_ok(ctx,
                  genrep_vectors_save(vectors, support_path(formats[f].name), formats[f].spec));
        assert_int_equal(support_count_files(), formats[f].files);
        char *expected = support_read(formats[f].name, &size);
        int failures = 0;
        for (int at = 1;; at++) {
            support_write(formats[f].name, "old", 3);
            fault_arm(kind, FAULT_ERRNO, code, at, 1);
            int32_t status =
                genrep_vectors_save(vectors, support_path(formats[f].name), formats[f].spec);
            fault_disarm();
            if (!fault.happened) break;
            size_t now_size;
            char *now = support_read(formats[f].name, &now_size);
            const int is_old = now_size == 3 && memcmp(now, "old", 3) == 0;
            const int is_new = now_size == size && memcmp(now, expected, size) == 0;
            assert_true(status == 0 ? is_new : is_old || (is_new && kind == FAULT_FSYNC));
            if (status != 0) {
                failures++;
                assert_int_equal(status, GENREP_E_IO);
                assert_non_null(strstr(genrep_ctx_error(ctx), fault_text(code)));
            }
            assert_int_equal(support_count_files(), formats[f].files);
            free(now);
        }
        assert_true(failures > 0);
        free(expected);
        support_remove_files(NULL);
    }
}

static void test_writing(void **state) {
    (void)state;
    fail_each(FAULT_WRITE, ENOSPC);
    fail_each(FAULT_OPEN, EACCES);
    fail_each(FAULT_FSYNC, EIO);
    fail_each(FAULT_RENAME, EPERM);
}

static void test_reading(void **state) {
    (void)state;
    static const int kinds[] = {FAULT_READ, FAULT_OPEN};
    for (int f = 0; f < FORMATS; f++) {
        for (int k = 0; k < 2; k++) {
            int at = 1;
            assert_ok(ctx,
                      genrep_vectors_save(vectors, support_path(formats[f].name), formats[f].spec));
            for (;; at++) {
                genrep_vectors *v = NULL;
                fault_arm(kinds[k], FAULT_ERRNO, EIO, at, 1);
                int32_t status = genrep_vectors_load(ctx, support_path(formats[f].name), NULL, &v);
                fault_disarm();
                genrep_vectors_unref(v);
                if (!fault.happened) break;
                assert_error(ctx, status, GENREP_E_IO, "/v.");
                assert_non_null(strstr(genrep_ctx_error(ctx), fault_text(EIO)));
                assert_null(v);
            }
            assert_true(at > formats[f].files);
            support_remove_files(NULL);
        }
    }
    genrep_vectors *v = NULL;
    assert_ok(ctx, genrep_vectors_save(vectors, support_path("v.safetensors"), NULL));
    fault_arm(FAULT_OPEN, FAULT_ERRNO, EACCES, 1, 1);
    int32_t status = genrep_vectors_load(ctx, support_path("v.safetensors"), "mmap=1", &v);
    fault_disarm();
    assert_error(ctx, status, GENREP_E_IO, "v.safetensors");
    assert_null(v);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_writing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reading, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
