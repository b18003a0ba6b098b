/* Networks without their end: what the layer before gives, with the very parameters. */
#include <files.h>
#include <support.h>

#include <string.h>

static support_memory memory;
static genrep_ctx *ctx;
static genrep_tape *tape;

static genrep_layer *network(const char *spec) {
    genrep_layer *layer;
    assert_ok(ctx, genrep_layer_new(ctx, spec, &layer));
    return layer;
}

static genrep_layer *cut(const genrep_layer *layer, int64_t drop) {
    genrep_layer *out;
    assert_ok(ctx, genrep_layer_truncate(layer, drop, &out));
    return out;
}

static genrep_tensor *apply(const genrep_layer *layer, genrep_tensor *x) {
    genrep_tensor *y;
    assert_ok(ctx, genrep_layer_apply(layer, tape, &x, 1, &y, 1));
    return y;
}

static genrep_tensor *numbers(int32_t rank, const int64_t *shape) {
    genrep_tensor *x;
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, rank, shape, &x));
    assert_ok(ctx, genrep_tensor_random(x, "normal", 1));
    return x;
}

/* The same numbers, whatever the shape; ends both. */
static int same(genrep_tensor *a, genrep_tensor *b) {
    int64_t n, m;
    assert_ok(ctx, genrep_tensor_info(a, NULL, NULL, NULL, &n));
    assert_ok(ctx, genrep_tensor_info(b, NULL, NULL, NULL, &m));
    int equal = n == m && memcmp(genrep_tensor_read(a), genrep_tensor_read(b),
                                 (size_t)n * sizeof(float)) == 0;
    genrep_tensor_unref(a);
    genrep_tensor_unref(b);
    return equal;
}

static genrep_tensor *value_of(genrep_layer *layer, int64_t index, genrep_tensor **gradient) {
    genrep_tensor *value;
    assert_ok(ctx, genrep_layer_parameter(layer, index, NULL, &value, gradient));
    return value;
}

/* The features and the last layer, put together by hand, are the classifier. */
static void features_of_a_classifier(void **state) {
    (void)state;
    genrep_layer *whole = network("small_classifier size=8 width=2 classes=3");
    genrep_layer *features = cut(whole, 1), *last = network("linear in=32 out=3");
    const int64_t n = genrep_layer_parameters(whole);
    assert_int_equal(genrep_layer_parameters(features), n - 2);
    assert_ok(ctx, genrep_layer_set(last, "0.weight", value_of(whole, n - 2, NULL)));
    assert_ok(ctx, genrep_layer_set(last, "0.bias", value_of(whole, n - 1, NULL)));
    genrep_tensor *x = numbers(4, (int64_t[]){5, 1, 8, 8}), *inner = apply(features, x);
    int32_t rank;
    int64_t shape[GENREP_MAX_RANK];
    assert_ok(ctx, genrep_tensor_info(inner, NULL, &rank, shape, NULL));
    assert_true(rank == 2 && shape[0] == 5 && shape[1] == 32);
    assert_true(same(apply(last, inner), apply(whole, x)));
    genrep_tensor_unref(inner);
    genrep_tensor_unref(x);
    genrep_layer_unref(last);
    genrep_layer_unref(features);
    genrep_layer_unref(whole);
}

/* Parts are counted across names and earlier cuts; what is in { } is one. */
static void what_counts_as_a_part(void **state) {
    (void)state;
    static const struct {
        const char *spec;
        int64_t drop;
        const char *rest;
    } cases[] = {
        {"linear in=4 out=3; tanh", 0, "linear in=4 out=3; tanh"},
        {"linear in=4 out=3; tanh # the end", 1, "linear in=4 out=3"},
        {"linear in=4 out=3; residual { linear out=3; tanh }; relu", 2, "linear in=4 out=3"},
        {"linear in=4 out=3; repeat 4 { tanh }; tanh", 1, "linear in=4 out=3; repeat 4 { tanh }"},
        {"linear in=4 out=3; truncate 2 { tanh; relu; tanh; tanh }; tanh", 2,
         "linear in=4 out=3; tanh"},
        {"linear in=4 out=3; truncate 1 { tanh; relu }; tanh", 2, "linear in=4 out=3"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        genrep_layer *whole, *rest = network(cases[i].rest), *one;
        if (genrep_layer_new(ctx, cases[i].spec, &whole) != 0) {
            print_message("%s: %s\n", cases[i].spec, genrep_ctx_error(ctx));
            fail();
        }
        one = cut(whole, cases[i].drop);
        assert_int_equal(genrep_layer_parameters(one), genrep_layer_parameters(rest));
        for (int64_t p = 0; p < genrep_layer_parameters(one); p++)
            assert_ok(ctx, genrep_tensor_copy(value_of(rest, p, NULL), value_of(one, p, NULL)));
        genrep_tensor *x = numbers(2, (int64_t[]){2, 4});
        assert_true(same(apply(one, x), apply(rest, x)));
        genrep_tensor_unref(x);
        genrep_layer_unref(one);
        genrep_layer_unref(rest);
        genrep_layer_unref(whole);
    }
}

static void parameters_are_shared(void **state) {
    (void)state;
    genrep_layer *whole = network("linear in=4 out=3; batch_norm; tanh; linear out=2");
    genrep_layer *one = cut(whole, 1), *two = cut(one, 2);
    genrep_tensor *gradient[2];
    assert_string_equal(genrep_layer_spec(one),
                        "truncate 1 {\nlinear in=4 out=3; batch_norm; tanh; linear out=2\n}");
    assert_ptr_equal(value_of(whole, 0, &gradient[0]), value_of(two, 0, &gradient[1]));
    assert_ptr_equal(gradient[0], gradient[1]);
    genrep_tensor *x = numbers(2, (int64_t[]){2, 4}), *before = apply(two, x);
    assert_ok(ctx, genrep_tensor_fill(value_of(whole, 0, NULL), 0.5));
    assert_false(same(apply(two, x), before));
    genrep_layer_unref(whole);
    genrep_layer_unref(one);
    genrep_tensor_unref(apply(two, x));
    genrep_tensor_unref(x);
    genrep_layer_unref(two);
}

static void a_copy_and_a_file_stand_alone(void **state) {
    (void)state;
    genrep_layer *whole = network("linear in=4 out=3; tanh; linear out=2"), *one, *copy, *loaded;
    const char *path = support_path("cut.safetensors");
    genrep_tensor *x = numbers(2, (int64_t[]){2, 4});
    assert_ok(ctx, genrep_tensor_random(value_of(whole, 0, NULL), "normal", 2));
    one = cut(whole, 1);
    assert_ok(ctx, genrep_layer_copy(one, &copy));
    assert_ok(ctx, genrep_layer_save(one, path));
    assert_ok(ctx, genrep_layer_load(ctx, path, NULL, &loaded));
    assert_true(same(apply(one, x), apply(copy, x)));
    assert_true(same(apply(one, x), apply(loaded, x)));
    assert_ok(ctx, genrep_tensor_fill(value_of(one, 0, NULL), 0.5));
    assert_false(same(apply(one, x), apply(copy, x)));
    genrep_tensor_unref(x);
    genrep_layer_unref(loaded);
    genrep_layer_unref(copy);
    genrep_layer_unref(one);
    genrep_layer_unref(whole);
}

static void refusals(void **state) {
    (void)state;
    genrep_layer *whole = network("linear in=4 out=3; tanh"), *out = NULL;
    assert_error(ctx, genrep_layer_truncate(whole, -1, &out), GENREP_E_RANGE, "drop=-1");
    assert_error(ctx, genrep_layer_truncate(whole, 2, &out), GENREP_E_RANGE,
                 "there are 2 parts, of which one must be left");
    assert_error(ctx, genrep_layer_truncate(whole, INT64_MAX, &out), GENREP_E_RANGE, "drop=");
    assert_null(out);
    genrep_layer_unref(whole);
}

static int setup(void **state) {
    (void)state;
    memory = (support_memory){0};
    genrep_allocator allocator = support_allocator(&memory);
    assert_int_equal(genrep_ctx_new(NULL, &allocator, &ctx), 0);
    return genrep_tape_new(ctx, "mode=eval", &tape);
}

static int teardown(void **state) {
    genrep_tape_unref(tape);
    genrep_ctx_unref(ctx);
    assert_int_equal(memory.blocks, 0);
    return support_remove_files(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(features_of_a_classifier, setup, teardown),
        cmocka_unit_test_setup_teardown(what_counts_as_a_part, setup, teardown),
        cmocka_unit_test_setup_teardown(parameters_are_shared, setup, teardown),
        cmocka_unit_test_setup_teardown(a_copy_and_a_file_stand_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(refusals, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
