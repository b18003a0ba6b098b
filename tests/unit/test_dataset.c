/* Datasets: which samples a batch holds, where they come from, and what is refused. */
#include <support.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <data/dataset.h>

/* n samples of 2 x 3 bytes, each filled with its number, labelled with it. */
static genrep_dataset *numbered(genrep_ctx *ctx, int64_t n) {
    static const char *const names[] = {"images", "labels"};
    const int64_t shape[] = {n, 2, 3};
    genrep_tensor *tensors[2];
    genrep_dataset *dataset;
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_U8, 3, shape, &tensors[0]));
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_U8, 1, shape, &tensors[1]));
    for (int64_t i = 0; i < n; i++) {
        memset((uint8_t *)genrep_tensor_data(tensors[0]) + 6 * i, (int)i, 6);
        ((uint8_t *)genrep_tensor_data(tensors[1]))[i] = (uint8_t)i;
    }
    assert_ok(ctx, genrep_dataset_from_tensors(ctx, 2, names, tensors, &dataset));
    genrep_tensor_unref(tensors[0]);
    genrep_tensor_unref(tensors[1]);
    return dataset;
}

static genrep_tensor *tensor(genrep_ctx *ctx, int32_t dtype, int64_t batch, int64_t more) {
    const int64_t shape[] = {batch, more};
    genrep_tensor *t;
    assert_ok(ctx, genrep_tensor_new(ctx, dtype, more == 0 ? 1 : 2, shape, &t));
    return t;
}

/* The labels of the batch of a step. */
static void labels_of(genrep_ctx *ctx, genrep_dataset *dataset, int64_t step, int64_t batch,
                      int32_t *labels) {
    genrep_tensor *y = tensor(ctx, GENREP_I32, batch, 0);
    genrep_tensor *const tensors[] = {NULL, y};
    assert_ok(ctx, genrep_dataset_batch(dataset, step, tensors, 2));
    memcpy(labels, genrep_tensor_read(y), sizeof *labels * (size_t)batch);
    genrep_tensor_unref(y);
}

static void each_pass_takes_every_sample_once(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx("seed=5");
    genrep_dataset *dataset = numbered(ctx, 50);
    enum { BATCH = 16, STEPS = 25 }; /* 8 whole passes; batches cross their ends */
    int32_t labels[BATCH * STEPS];
    for (int step = 0; step < STEPS; step++)
        labels_of(ctx, dataset, step, BATCH, labels + BATCH * step);
    int moved = 0;
    for (int pass = 0; pass < 8; pass++) {
        int seen[50] = {0};
        for (int i = 0; i < 50; i++) {
            seen[labels[50 * pass + i]]++;
            moved += pass > 0 && labels[50 * pass + i] != labels[50 * (pass - 1) + i];
        }
        for (int i = 0; i < 50; i++) assert_int_equal(seen[i], 1);
    }
    assert_true(moved > 300); /* another order in every pass */
    genrep_dataset_unref(dataset);
    genrep_ctx_unref(ctx);
}

static void order_depends_on_seed_step_and_batch_only(void **state) {
    (void)state;
    int32_t first[10], again[10], other[10], halves[10];
    genrep_ctx *ctx = support_ctx("seed=1");
    genrep_dataset *dataset = numbered(ctx, 100);
    labels_of(ctx, dataset, 3, 10, first);
    labels_of(ctx, dataset, 9, 10, other);
    labels_of(ctx, dataset, 3, 10, again);
    labels_of(ctx, dataset, 6, 5, halves);
    labels_of(ctx, dataset, 7, 5, halves + 5);
    assert_memory_equal(first, again, sizeof first);
    assert_memory_equal(first, halves, sizeof first);
    assert_memory_not_equal(first, other, sizeof first);
    genrep_dataset_unref(dataset);
    genrep_ctx_unref(ctx);

    ctx = support_ctx("seed=1 threads=4");
    dataset = numbered(ctx, 100);
    labels_of(ctx, dataset, 3, 10, again);
    assert_memory_equal(first, again, sizeof first);
    genrep_dataset_unref(dataset);
    genrep_ctx_unref(ctx);

    ctx = support_ctx("seed=2");
    dataset = numbered(ctx, 100);
    labels_of(ctx, dataset, 3, 10, other);
    assert_memory_not_equal(first, other, sizeof first);
    genrep_dataset_unref(dataset);
    genrep_ctx_unref(ctx);
}

static void fields_of_a_batch_belong_together_in_any_type(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx("threads=3");
    genrep_dataset *dataset = numbered(ctx, 200);
    static const int32_t types[] = {GENREP_F32, GENREP_F64, GENREP_I32, GENREP_U8};
    genrep_tensor *y = tensor(ctx, GENREP_I32, 64, 0), *wide = tensor(ctx, GENREP_F64, 64, 6);
    const int32_t *label = genrep_tensor_read(y);
    const double *number = genrep_tensor_read(wide);
    for (int i = 0; i < 4; i++) {
        genrep_tensor *x = tensor(ctx, types[i], 64, 6);
        genrep_tensor *const tensors[] = {x, y};
        assert_ok(ctx, genrep_dataset_batch(dataset, i, tensors, 2));
        assert_ok(ctx, genrep_tensor_copy(wide, x));
        for (int k = 0; k < 64 * 6; k++) assert_true(number[k] == label[k / 6]);
        genrep_tensor_unref(x);
    }
    genrep_tensor_unref(wide);
    genrep_tensor_unref(y);
    genrep_dataset_unref(dataset);
    genrep_ctx_unref(ctx);
}

static void bytes_become_minus_one_to_one_for_trainers(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_dataset *dataset = numbered(ctx, 256);
    genrep_tensor *x = tensor(ctx, GENREPI_REAL, 256, 6), *y = tensor(ctx, GENREP_I32, 256, 0);
    assert_ok(ctx, genrepi_dataset_batch(dataset, 0, 0, 1, x));
    assert_ok(ctx, genrepi_dataset_batch(dataset, 0, 1, 1, y)); /* classes stay */
    const int32_t *label = genrep_tensor_read(y);
    int64_t sum = 0;
    for (int i = 0; i < 256; i++) {
        assert_close((double)genrepi_real_read(x)[6 * i + 5], label[i] / 127.5 - 1, 1e-6);
        sum += label[i];
    }
    assert_int_equal(sum, 255 * 128);
    genrep_tensor_unref(x);
    genrep_tensor_unref(y);
    genrep_dataset_unref(dataset);
    genrep_ctx_unref(ctx);
}

/* ---- the host's callback ------------------------------------------------------------------------
 */

static int64_t fails_at = -1;

static int32_t read_number(void *user, int64_t sample, int32_t field, void *to) {
    assert_ptr_equal(user, &fails_at);
    if (sample == fails_at) return 42;
    if (field == 0)
        for (int i = 0; i < 3; i++) ((float *)to)[i] = (float)sample + 0.5f * (float)i;
    else
        *(int32_t *)to = (int32_t)sample;
    return 0;
}

static const char *const source_names[] = {"points", "labels"};
static const int32_t source_dtypes[] = {GENREP_F32, GENREP_I32}, source_ranks[] = {1, 0};
static const int64_t source_shape[] = {3};
static const int64_t *const source_shapes[] = {source_shape, NULL};

static genrep_source source(void) {
    return (genrep_source){
        sizeof(genrep_source), &fails_at,     20,         2, 0, source_names, source_dtypes,
        source_ranks,          source_shapes, read_number};
}

static void the_hosts_samples_come_through(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx("threads=4");
    genrep_source given = source();
    char name[] = "points";
    const char *names[] = {name, "labels"};
    given.names = names;
    genrep_dataset *dataset;
    assert_ok(ctx, genrep_dataset_from_source(ctx, &given, &dataset));
    memset(&given, 0, sizeof given); /* all that is needed was copied */
    memset(name, 'x', sizeof name - 1);
    names[0] = NULL;
    assert_int_equal(genrep_dataset_count(dataset), 20);
    assert_int_equal(genrep_dataset_fields(dataset), 2);
    const char *field;
    int32_t dtype, rank;
    int64_t shape[GENREP_MAX_RANK];
    assert_ok(ctx, genrep_dataset_field(dataset, 0, &field, &dtype, &rank, shape));
    assert_string_equal(field, "points");
    assert_true(dtype == GENREP_F32 && rank == 1 && shape[0] == 3);
    assert_ok(ctx, genrep_dataset_field(dataset, 1, NULL, &dtype, NULL, NULL));
    assert_int_equal(dtype, GENREP_I32);

    genrep_tensor *x = tensor(ctx, GENREP_F32, 30, 3), *y = tensor(ctx, GENREP_I32, 30, 0);
    genrep_tensor *const tensors[] = {x, y};
    fails_at = -1;
    assert_ok(ctx, genrep_dataset_batch(dataset, 1, tensors, 2));
    const float *points = genrep_tensor_read(x);
    const int32_t *labels = genrep_tensor_read(y);
    for (int i = 0; i < 30; i++) assert_true(points[3 * i + 2] == (float)labels[i] + 1);

    assert_ok(ctx, genrep_tensor_fill(x, -7));
    fails_at = labels[29];
    assert_error(ctx, genrep_dataset_batch(dataset, 1, tensors, 2), GENREP_E_USER, "returned 42");
    assert_true(points[0] == -7); /* all or nothing */
    genrep_tensor_unref(x);
    genrep_tensor_unref(y);
    genrep_dataset_unref(dataset);
    genrep_ctx_unref(ctx);
}

static void bad_sources_are_refused(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_dataset *out = NULL;
    const char *const twice[] = {"points", "points"}, *const unnamed[] = {"points", NULL};
    const int32_t deep[] = {GENREP_MAX_RANK, 0}, negative[] = {-1, 0}, unknown[] = {GENREP_F32, 9};
    const int64_t none[] = {0}, *const empty[] = {none, NULL}, *const missing[] = {NULL, NULL};
    genrep_source s[12];
    for (int i = 0; i < 12; i++) s[i] = source();
    s[0].count = -1;
    s[1].n_fields = 0;
    s[2].n_fields = GENREPI_MAX_FIELDS + 1;
    s[3].names = NULL;
    s[4].names = unnamed;
    s[5].names = twice;
    s[6].dtypes = unknown;
    s[7].ranks = deep;
    s[8].ranks = negative;
    s[9].shapes = missing;
    s[10].shapes = empty;
    s[11].read = NULL;
    s[7].n_fields = 1;
    const int64_t eight[GENREP_MAX_RANK] = {1, 1, 1, 1, 1, 1, 1, 1}, *const eights[] = {eight};
    s[7].shapes = eights;
    static const char *const texts[] = {"count=-1", "fields",   "fields", "names",
                                        "names",    "'points'", "type",   "axes",
                                        "axes",     "shapes",   "0",      "read"};
    for (int i = 0; i < 12; i++)
        assert_error(ctx, genrep_dataset_from_source(ctx, &s[i], &out), GENREP_E_INVALID, texts[i]);
    genrep_source small = source();
    small.size = 8;
    assert_error(ctx, genrep_dataset_from_source(ctx, &small, &out), GENREP_E_ABI, "genrep_source");
    small = source();
    small.reserved = 1;
    assert_error(ctx, genrep_dataset_from_source(ctx, &small, &out), GENREP_E_ABI, "reserved");
    assert_null(out);
    genrep_ctx_unref(ctx);
}

/* ---- text ---------------------------------------------------------------------------------------
 */

static void count_release(void *user) {
    ++*(int *)user;
}

static void text_in_memory_is_read_from_the_beginning_each_time(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_dataset *dataset;
    int released = 0;
    assert_ok(ctx, genrep_dataset_from_text(ctx, "one two", 7, count_release, &released, &dataset));
    assert_int_equal(genrep_dataset_count(dataset), 0);
    assert_int_equal(genrep_dataset_fields(dataset), 0);
    for (int pass = 0; pass < 2; pass++) {
        genrepi_reader *reader;
        char text[16];
        size_t got;
        assert_ok(ctx, genrepi_dataset_text(dataset, &reader));
        assert_ok(ctx, genrepi_reader_read(reader, text, sizeof text, &got));
        assert_int_equal(got, 7);
        assert_memory_equal(text, "one two", 7);
        genrepi_reader_close(reader);
    }
    assert_int_equal(released, 0);
    genrep_dataset_unref(dataset);
    assert_int_equal(released, 1);

    genrep_dataset *none = NULL;
    assert_error(ctx, genrep_dataset_from_text(ctx, NULL, 1, count_release, &released, &none),
                 GENREP_E_INVALID, "text");
    assert_int_equal(released, 1);
    genrep_ctx_unref(ctx);
}

static void text_files_must_be_there(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_dataset *dataset = NULL;
    assert_error(ctx, genrep_dataset_new(ctx, "text path='/no/such/file'", &dataset), GENREP_E_IO,
                 "/no/such/file");
    assert_error(ctx, genrep_dataset_new(ctx, "text", &dataset), GENREP_E_INVALID, "path=");
    assert_null(dataset);
    dataset = numbered(ctx, 2);
    genrepi_reader *reader;
    assert_error(ctx, genrepi_dataset_text(dataset, &reader), GENREP_E_INVALID, "not text");
    genrep_dataset_unref(dataset);
    genrep_ctx_unref(ctx);
}

/* ---- IDX ----------------------------------------------------------------------------------------
 */

static void write_file(const char *path, const void *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void idx_files_become_fields(void **state) {
    (void)state;
    static const uint8_t images[] = {0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0,
                                     1, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6};
    static const uint8_t labels[] = {0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9};
    static const uint8_t two[] = {0, 0, 8, 1, 0, 0, 0, 2, 7, 8};
    char folder[] = "/tmp/genrep-test-XXXXXX", x[64], y[64], z[64], spec[256];
    assert_non_null(mkdtemp(folder));
    snprintf(x, sizeof x, "%s/x", folder);
    snprintf(y, sizeof y, "%s/y", folder);
    snprintf(z, sizeof z, "%s/z", folder);
    write_file(x, images, sizeof images);
    write_file(y, labels, sizeof labels);
    write_file(z, two, sizeof two);

    genrep_ctx *ctx = support_ctx(NULL);
    genrep_dataset *dataset = NULL;
    snprintf(spec, sizeof spec, "idx images='%s' labels='%s'", x, y);
    assert_ok(ctx, genrep_dataset_new(ctx, spec, &dataset));
    assert_int_equal(genrep_dataset_count(dataset), 3);
    int32_t rank;
    int64_t shape[GENREP_MAX_RANK];
    assert_ok(ctx, genrep_dataset_field(dataset, 0, NULL, NULL, &rank, shape));
    assert_true(rank == 2 && shape[0] == 1 && shape[1] == 2);
    int32_t found[3];
    labels_of(ctx, dataset, 0, 3, found);
    assert_int_equal(found[0] + found[1] + found[2], 24);
    genrep_dataset_unref(dataset);

    snprintf(spec, sizeof spec, "idx images='%s' labels='%s' limit=2", x, y);
    assert_ok(ctx, genrep_dataset_new(ctx, spec, &dataset));
    assert_int_equal(genrep_dataset_count(dataset), 2);
    labels_of(ctx, dataset, 0, 2, found);
    assert_int_equal(found[0] + found[1], 15);
    genrep_dataset_unref(dataset);

    dataset = NULL;
    snprintf(spec, sizeof spec, "idx images='%s' labels='%s'", x, z);
    assert_error(ctx, genrep_dataset_new(ctx, spec, &dataset), GENREP_E_INVALID,
                 "3 images, but 2 labels");
    assert_error(ctx, genrep_dataset_new(ctx, "idx", &dataset), GENREP_E_INVALID, "images=");
    assert_error(ctx, genrep_dataset_new(ctx, "idx images=/no/such/file", &dataset), GENREP_E_IO,
                 "/no/such/file");
    assert_null(dataset);
    genrep_ctx_unref(ctx);
    unlink(x), unlink(y), unlink(z);
    rmdir(folder);
}

/* ---- arguments ----------------------------------------------------------------------------------
 */

static void arguments_are_checked(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_dataset *dataset = numbered(ctx, 4), *none = NULL;
    static const char *const names[] = {"a", "b"}, *const missing[] = {"a", NULL};
    genrep_tensor *x = tensor(ctx, GENREP_F32, 5, 6), *y = tensor(ctx, GENREP_I32, 5, 0);
    genrep_tensor *narrow = tensor(ctx, GENREP_F32, 5, 5), *more = tensor(ctx, GENREP_I32, 6, 0);
    genrep_tensor *number, *constant, *empty = tensor(ctx, GENREP_F32, 0, 6);
    float bytes[6] = {0};
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, 0, NULL, &number));
    assert_ok(ctx, genrep_tensor_borrow(ctx, GENREP_F32, 2, (const int64_t[]){1, 6}, bytes, 0, NULL,
                                        NULL, &constant));

    genrep_tensor *pair[] = {x, y};
    assert_int_equal(genrep_dataset_batch(NULL, 0, pair, 2), GENREP_E_INVALID);
    assert_error(ctx, genrep_dataset_batch(dataset, 0, NULL, 2), GENREP_E_INVALID, "tensors");
    assert_error(ctx, genrep_dataset_batch(dataset, 0, pair, 1), GENREP_E_INVALID, "2 fields");
    assert_error(ctx, genrep_dataset_batch(dataset, -1, pair, 2), GENREP_E_INVALID, "-1");
    assert_error(ctx, genrep_dataset_batch(dataset, INT64_MAX, pair, 2), GENREP_E_INVALID,
                 "no batch number");
    assert_ok(ctx, genrep_dataset_batch(dataset, INT64_MAX / 5 - 1, pair, 2));
    genrep_tensor *bad[] = {narrow, number, empty, constant};
    static const char *const texts[] = {"5x5", "()", "0x6", "read-only"};
    for (int i = 0; i < 4; i++) {
        pair[0] = bad[i];
        assert_error(ctx, genrep_dataset_batch(dataset, 0, pair, 2), GENREP_E_INVALID, texts[i]);
    }
    pair[0] = x, pair[1] = more;
    assert_error(ctx, genrep_dataset_batch(dataset, 0, pair, 2), GENREP_E_INVALID, "6 samples");
    pair[0] = pair[1] = NULL;
    assert_ok(ctx, genrep_dataset_batch(dataset, 0, pair, 2));

    pair[0] = x, pair[1] = y;
    assert_int_equal(genrep_dataset_from_tensors(NULL, 2, names, pair, &none), GENREP_E_INVALID);
    assert_error(ctx, genrep_dataset_from_tensors(ctx, 0, names, pair, &none), GENREP_E_INVALID,
                 "not 0");
    assert_error(ctx, genrep_dataset_from_tensors(ctx, 2, NULL, pair, &none), GENREP_E_INVALID,
                 "names");
    assert_error(ctx, genrep_dataset_from_tensors(ctx, 2, missing, pair, &none), GENREP_E_INVALID,
                 "name 1");
    assert_error(ctx, genrep_dataset_from_tensors(ctx, 2, names, NULL, &none), GENREP_E_INVALID,
                 "tensors");
    assert_error(ctx, genrep_dataset_from_tensors(ctx, 2, names, pair, NULL), GENREP_E_INVALID,
                 "out");
    pair[1] = number;
    assert_error(ctx, genrep_dataset_from_tensors(ctx, 2, names, pair, &none), GENREP_E_INVALID,
                 "no axes");
    pair[1] = more;
    assert_error(ctx, genrep_dataset_from_tensors(ctx, 2, names, pair, &none), GENREP_E_INVALID,
                 "5 a, but 6 b");
    pair[1] = NULL;
    assert_error(ctx, genrep_dataset_from_tensors(ctx, 2, names, pair, &none), GENREP_E_INVALID,
                 "tensor 1");
    pair[0] = empty;
    assert_ok(ctx, genrep_dataset_from_tensors(ctx, 1, names, pair, &none));
    pair[0] = x;
    assert_error(ctx, genrep_dataset_batch(none, 0, pair, 1), GENREP_E_INVALID, "no samples");
    genrep_dataset_unref(none);
    none = NULL;

    assert_int_equal(genrep_dataset_new(NULL, "text", &none), GENREP_E_INVALID);
    assert_error(ctx, genrep_dataset_new(ctx, NULL, &none), GENREP_E_INVALID, "spec");
    assert_error(ctx, genrep_dataset_new(ctx, "idx images=x", NULL), GENREP_E_INVALID, "out");
    assert_error(ctx, genrep_dataset_new(ctx, "idxx", &none), GENREP_E_INVALID, "idx");
    assert_int_equal(genrep_dataset_from_source(NULL, NULL, &none), GENREP_E_INVALID);
    assert_error(ctx, genrep_dataset_from_source(ctx, NULL, &none), GENREP_E_INVALID, "source");
    assert_int_equal(genrep_dataset_from_text(NULL, "", 0, NULL, NULL, &none), GENREP_E_INVALID);
    assert_error(ctx, genrep_dataset_from_text(ctx, "", 0, NULL, NULL, NULL), GENREP_E_INVALID,
                 "out");
    assert_int_equal(genrep_dataset_field(NULL, 0, NULL, NULL, NULL, NULL), GENREP_E_INVALID);
    assert_error(ctx, genrep_dataset_field(dataset, 2, NULL, NULL, NULL, NULL), GENREP_E_RANGE,
                 "no field 2");
    assert_error(ctx, genrep_dataset_field(dataset, -1, NULL, NULL, NULL, NULL), GENREP_E_RANGE,
                 "no field -1");
    assert_true(genrep_dataset_count(NULL) == 0 && genrep_dataset_fields(NULL) == 0);
    assert_null(genrep_dataset_ref(NULL));
    genrep_dataset_unref(NULL);
    assert_null(none);

    genrep_tensor *const all[] = {x, y, narrow, more, number, constant, empty};
    for (int i = 0; i < GENREPI_COUNT(all); i++) genrep_tensor_unref(all[i]);
    genrep_dataset_unref(dataset);
    genrep_ctx_unref(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_pass_takes_every_sample_once),
        cmocka_unit_test(order_depends_on_seed_step_and_batch_only),
        cmocka_unit_test(fields_of_a_batch_belong_together_in_any_type),
        cmocka_unit_test(bytes_become_minus_one_to_one_for_trainers),
        cmocka_unit_test(the_hosts_samples_come_through),
        cmocka_unit_test(bad_sources_are_refused),
        cmocka_unit_test(text_in_memory_is_read_from_the_beginning_each_time),
        cmocka_unit_test(text_files_must_be_there),
        cmocka_unit_test(idx_files_become_fields),
        cmocka_unit_test(arguments_are_checked),
    };
    return cmocka_run_group_tests_name("dataset", tests, NULL, NULL);
}
