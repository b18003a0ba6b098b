/* CIFAR's files: one and two labels, folders in both layouts, sizes that cannot be. */
#include <counted.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIXELS = 3 * 32 * 32 };

/* n records: labels 10 i + first (and, of two, i before it), pixel j of channel c: i + c + j. */
static void write_records(const char *name, int n, int two, int first) {
    static unsigned char bytes[8 * (2 + PIXELS)];
    unsigned char *at = bytes;
    for (int i = 0; i < n; i++) {
        if (two) *at++ = (unsigned char)i;
        *at++ = (unsigned char)(10 * i + first);
        for (int j = 0; j < PIXELS; j++) *at++ = (unsigned char)(i + j / 1024 + j % 1024);
    }
    support_write(name, bytes, (size_t)(at - bytes));
}

static genrep_dataset *dataset(const char *path, const char *options) {
    char spec[8192];
    genrep_dataset *data = NULL;
    snprintf(spec, sizeof spec, "cifar path='%s' %s", path, options);
    assert_ok(ctx, genrep_dataset_new(ctx, spec, &data));
    return data;
}

static void refused(const char *path, const char *options, int32_t status, const char *text) {
    char spec[8192];
    genrep_dataset *data = NULL;
    snprintf(spec, sizeof spec, "cifar path='%s' %s", path, options);
    assert_error(ctx, genrep_dataset_new(ctx, spec, &data), status, text);
    assert_null(data);
}

/* All n samples of it, whatever their order: a label says which sample it is. */
static void check(genrep_dataset *data, int n, const int *labels) {
    const int64_t x_shape[] = {n, 3, 32, 32}, y_shape[] = {n};
    genrep_tensor *batch[2] = {NULL, NULL};
    int seen[8] = {0};
    assert_int_equal(genrep_dataset_count(data), n);
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_U8, 4, x_shape, &batch[0]));
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_I32, 1, y_shape, &batch[1]));
    assert_ok(ctx, genrep_dataset_batch(data, 0, batch, 2));
    const unsigned char *x = genrep_tensor_read(batch[0]);
    const int32_t *y = genrep_tensor_read(batch[1]);
    for (int i = 0; i < n; i++) {
        int which = 0;
        while (which < n && labels[which] != y[i]) which++;
        assert_true(which < n);
        seen[which]++;
        const int record = which % 3; /* of its file */
        for (int j = 0; j < PIXELS; j++)
            assert_int_equal(x[i * PIXELS + j], (record + j / 1024 + j % 1024) & 255);
    }
    for (int i = 0; i < n; i++) assert_int_equal(seen[i], 1);
    genrep_tensor_unref(batch[0]);
    genrep_tensor_unref(batch[1]);
    genrep_dataset_unref(data);
}

static void one_label_and_two(void **state) {
    (void)state;
    write_records("ten.bin", 3, 0, 5);
    check(dataset(support_path("ten.bin"), ""), 3, (const int[]){5, 15, 25});
    write_records("hundred.bin", 3, 1, 7);
    check(dataset(support_path("hundred.bin"), ""), 3, (const int[]){7, 17, 27});
    check(dataset(support_path("hundred.bin"), "labels=coarse"), 3, (const int[]){0, 1, 2});
    refused(support_path("ten.bin"), "labels=coarse", GENREP_E_INVALID, "one label a sample");
}

static void folders_hold_parts(void **state) {
    (void)state;
    char folder[4096];
    snprintf(folder, sizeof folder, "%s", support_path("batches"));
    assert_int_equal(mkdir(folder, 0700), 0);
    refused(folder, "", GENREP_E_IO, "data_batch_1.bin");
    write_records("batches/data_batch_1.bin", 3, 0, 0);
    write_records("batches/data_batch_3.bin", 3, 0, 1);
    write_records("batches/test_batch.bin", 3, 0, 2);
    check(dataset(folder, ""), 6, (const int[]){0, 10, 20, 1, 11, 21});
    check(dataset(folder, "part=test"), 3, (const int[]){2, 12, 22});
    genrep_dataset *few = dataset(folder, "limit=2");
    assert_int_equal(genrep_dataset_count(few), 2);
    genrep_dataset_unref(few);
    write_records("batches/data_batch_2.bin", 3, 1, 1);
    refused(folder, "", GENREP_E_FORMAT, "data_batch_2.bin' has 9222 bytes");
    static const char *const made[] = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                       "test_batch.bin"};
    for (int i = 0; i < 4; i++) {
        char path[8192];
        snprintf(path, sizeof path, "%s/%s", folder, made[i]);
        assert_int_equal(unlink(path), 0);
    }
    write_records("batches/train.bin", 3, 1, 3);
    check(dataset(folder, ""), 3, (const int[]){3, 13, 23});
    refused(folder, "part=test", GENREP_E_IO, "test.bin");
    char path[8192];
    snprintf(path, sizeof path, "%s/train.bin", folder);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void what_is_no_such_file_is_refused(void **state) {
    (void)state;
    genrep_dataset *data = NULL;
    support_write("short.bin", "CIFAR", 5);
    refused(support_path("short.bin"), "", GENREP_E_FORMAT, "has 5 bytes");
    support_write("empty.bin", "", 0);
    refused(support_path("empty.bin"), "", GENREP_E_FORMAT, "has 0 bytes");
    refused(support_path("none.bin"), "", GENREP_E_IO, "none.bin' is no file, nor a folder");
    assert_error(ctx, genrep_dataset_new(ctx, "cifar", &data), GENREP_E_INVALID,
                 "path= is missing");
    assert_null(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_label_and_two, setup, teardown),
        cmocka_unit_test_setup_teardown(folders_hold_parts, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_such_file_is_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
