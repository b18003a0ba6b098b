/* Networks as files: the same network comes back, and what does not fit is refused. */
#include <counted.h>

#include <io/safetensors.h>
#include <string.h>

static const char spec[] = "linear in=3 out=4; batch_norm; relu # one\nlinear out=2 bias=false";

static genrep_layer *network(const char *text) {
    genrep_layer *layer = NULL;
    assert_ok(ctx, genrep_layer_new(ctx, text, &layer));
    return layer;
}

static void assert_same(genrep_layer *a, genrep_layer *b) {
    assert_int_equal(genrep_layer_parameters(a), genrep_layer_parameters(b));
    for (int64_t i = 0; i < genrep_layer_parameters(a); i++) {
        const char *name_a, *name_b;
        genrep_tensor *x, *y;
        int64_t count;
        assert_ok(ctx, genrep_layer_parameter(a, i, &name_a, &x, NULL));
        assert_ok(ctx, genrep_layer_parameter(b, i, &name_b, &y, NULL));
        assert_string_equal(name_a, name_b);
        assert_ok(ctx, genrep_tensor_info(x, NULL, NULL, NULL, &count));
        assert_memory_equal(genrep_tensor_read(x), genrep_tensor_read(y),
                            (size_t)count * sizeof(float));
    }
}

static void randomise(genrep_layer *layer) {
    for (int64_t i = 0; i < genrep_layer_parameters(layer); i++) {
        genrep_tensor *value;
        assert_ok(ctx, genrep_layer_parameter(layer, i, NULL, &value, NULL));
        assert_ok(ctx, genrep_tensor_random(value, "normal", (uint64_t)i));
    }
}

static void test_a_network_comes_back_with_its_spec(void **state) {
    (void)state;
    const char *path = support_path("a.safetensors");
    genrep_layer *a = network(spec), *b, *c;
    randomise(a);
    assert_ok(ctx, genrep_layer_save(a, path));
    assert_ok(ctx, genrep_layer_load(ctx, path, NULL, &b));
    assert_string_equal(genrep_layer_spec(b), spec);
    assert_same(a, b);
    assert_ok(ctx, genrep_layer_load(ctx, path,
                                     "linear in=3 out=4; batch_norm; tanh; "
                                     "linear out=2 bias=false",
                                     &c));
    assert_same(a, c);
    genrep_layer_unref(a);
    genrep_layer_unref(b);
    genrep_layer_unref(c);
}

static void test_a_network_without_parameters(void **state) {
    (void)state;
    const char *path = support_path("a.safetensors");
    genrep_layer *a = network("relu"), *b;
    assert_ok(ctx, genrep_layer_save(a, path));
    assert_ok(ctx, genrep_layer_load(ctx, path, NULL, &b));
    assert_string_equal(genrep_layer_spec(b), "relu");
    genrep_layer_unref(a);
    genrep_layer_unref(b);
}

/* Written by another program: doubles, no spec. */
static void test_parameters_alone_take_the_given_spec(void **state) {
    (void)state;
    const char *path = support_path("a.safetensors");
    const double weight[] = {1, 2, 3, 4}, bias[] = {5, 6};
    const genrepi_safetensors_entry entries[] = {{"0.weight", GENREP_F64, {2, {2, 2}}, weight},
                                                 {"0.bias", GENREP_F64, {1, {2}}, bias}};
    genrep_layer *layer = NULL;
    assert_ok(ctx, genrepi_safetensors_write(ctx, path, entries, 2, NULL, 0));
    assert_error(ctx, genrep_layer_load(ctx, path, NULL, &layer), GENREP_E_INVALID, "give a spec");
    assert_null(layer);
    assert_ok(ctx, genrep_layer_load(ctx, path, "linear in=2 out=2", &layer));
    for (int64_t i = 0; i < 2; i++) {
        const char *name;
        genrep_tensor *value;
        assert_ok(ctx, genrep_layer_parameter(layer, i, &name, &value, NULL));
        float first = strcmp(name, "0.weight") == 0 ? 1 : 5;
        assert_true(*(const float *)genrep_tensor_read(value) == first);
    }
    genrep_layer_unref(layer);
}

static void test_what_does_not_fit_is_refused(void **state) {
    (void)state;
    const char *path = support_path("a.safetensors");
    genrep_layer *a = network("linear in=3 out=4"), *out = NULL;
    assert_ok(ctx, genrep_layer_save(a, path));
    assert_error(ctx, genrep_layer_load(ctx, path, "linear in=3 out=5", &out), GENREP_E_INVALID,
                 "a.safetensors': parameter '0.weight' has the shape 5x3");
    assert_error(ctx, genrep_layer_load(ctx, path, "linear in=3 out=4; prelu", &out),
                 GENREP_E_INVALID, "'1.");
    assert_error(ctx, genrep_layer_load(ctx, path, "linear in=3 out=4 bias=false", &out),
                 GENREP_E_INVALID, "'0.bias'");
    assert_error(ctx, genrep_layer_load(ctx, path, "liner", &out), GENREP_E_INVALID, "linear");
    const float x[] = {1};
    const genrepi_safetensors_entry entry = {"0.weight", GENREP_F32, {1, {1}}, x};
    const char *const specs[] = {"liner", "linear in=3 out=4", "linear in=0 out=1", "relu"};
    for (int i = 0; i < 4; i++) { /* the file contradicts itself */
        const genrepi_safetensors_metadata_entry metadata = {"genrep.spec", specs[i]};
        assert_ok(ctx, genrepi_safetensors_write(ctx, path, &entry, 1, &metadata, 1));
        assert_error(ctx, genrep_layer_load(ctx, path, NULL, &out), GENREP_E_FORMAT,
                     "a.safetensors");
    }
    assert_error(ctx, genrep_layer_load(ctx, support_path("none"), NULL, &out), GENREP_E_IO,
                 "none");
    assert_null(out);
    genrep_layer_unref(a);
}

static void test_null_is_refused(void **state) {
    (void)state;
    const char *path = support_path("a.safetensors");
    genrep_layer *a = network("relu"), *out = NULL;
    assert_int_equal(genrep_layer_save(NULL, path), GENREP_E_INVALID);
    assert_error(ctx, genrep_layer_save(a, NULL), GENREP_E_INVALID, "path");
    assert_int_equal(genrep_layer_load(NULL, path, NULL, &out), GENREP_E_INVALID);
    assert_error(ctx, genrep_layer_load(ctx, NULL, NULL, &out), GENREP_E_INVALID, "path");
    assert_error(ctx, genrep_layer_load(ctx, path, NULL, NULL), GENREP_E_INVALID, "out");
    assert_null(out);
    genrep_layer_unref(a);
}

static void test_out_of_memory_leaves_nothing(void **state) {
    (void)state;
    const char *path = support_path("a.safetensors");
    genrep_layer *a = network(spec), *b;
    int64_t blocks = memory.blocks;
    int done = 0;
    for (int64_t n = 1; !done; n++) {
        memory.allocations = 0;
        memory.fail_at = n;
        int32_t status = genrep_layer_save(a, path);
        done = status == 0;
        if (!done) assert_int_equal(status, GENREP_E_NOMEM);
        assert_int_equal(support_count_files(), done);
        assert_int_equal(memory.blocks, blocks);
    }
    done = 0;
    for (int64_t n = 1; !done; n++) {
        b = NULL;
        memory.allocations = 0;
        memory.fail_at = n;
        int32_t status = genrep_layer_load(ctx, path, NULL, &b);
        done = status == 0;
        if (!done) assert_int_equal(status, GENREP_E_NOMEM);
        if (!done) assert_null(b);
        genrep_layer_unref(b);
        assert_int_equal(memory.blocks, blocks);
    }
    genrep_layer_unref(a);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_a_network_comes_back_with_its_spec),
        TEST(test_a_network_without_parameters),
        TEST(test_parameters_alone_take_the_given_spec),
        TEST(test_what_does_not_fit_is_refused),
        TEST(test_null_is_refused),
        TEST(test_out_of_memory_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
