/* State in files: what was saved is loaded to the bit, and every difference is found before. */
#include <files.h>
#include <support.h>

#include <math.h>
#include <string.h>
#include <train/state.h>

typedef struct things {
    genrep_tensor *tensor;
    int32_t numbers[3];
    int64_t integer;
    double number;
    const char *text;
} things;

static things make(genrep_ctx *ctx, int32_t dtype, int32_t rank, const int64_t *shape) {
    things t = {NULL, {1, -2, 3}, 1000000000000000, -0.0, "yes"};
    assert_ok(ctx, genrep_tensor_new(ctx, dtype, rank, shape, &t.tensor));
    return t;
}

static int32_t visit(things *t, genrepi_state *state) {
    int32_t length = genrepi_state_enter(state, "inner");
    int32_t status = state->tensor(state, "tensor", t->tensor);
    if (status == 0) status = state->bytes(state, "numbers", t->numbers, GENREP_I32, 3);
    genrepi_state_leave(state, length);
    if (status == 0) status = state->integer(state, "integer", &t->integer);
    if (status == 0) status = state->number(state, "number", &t->number);
    if (status == 0) status = state->same(state, "text", t->text);
    return status;
}

static const int64_t two_three[] = {2, 3};

static void write_things(genrep_ctx *ctx, things *t) {
    genrepi_save save;
    genrepi_save_begin(ctx, &save);
    assert_ok(ctx, visit(t, &save.state));
    assert_ok(ctx, genrepi_save_write(&save, support_path("s")));
    genrepi_save_end(&save);
}

static void what_was_saved_is_loaded_to_the_bit(void **unused) {
    (void)unused;
    genrep_ctx *ctx = support_ctx(NULL);
    things from = make(ctx, GENREP_F64, 2, two_three), to = make(ctx, GENREP_F64, 2, two_three);
    assert_ok(ctx, genrep_tensor_random(from.tensor, "normal", 1));
    write_things(ctx, &from);
    memset(to.numbers, 0, sizeof to.numbers);
    to.integer = 0;
    to.number = 1;

    genrepi_safetensors *file;
    genrepi_load load;
    assert_ok(ctx, genrepi_safetensors_open(ctx, support_path("s"), &file));
    assert_true(genrepi_safetensors_find(file, "inner/tensor") >= 0);
    genrepi_load_check(ctx, file, &load);
    assert_ok(ctx, visit(&to, &load.state));
    assert_ok(ctx, genrepi_load_complete(&load));
    assert_true(to.integer == 0 && to.number == 1 && to.numbers[0] == 0); /* only looked at */
    genrepi_load_load(ctx, file, &load);
    assert_ok(ctx, visit(&to, &load.state));
    assert_memory_equal(from.tensor->data, to.tensor->data, 48);
    assert_memory_equal(from.numbers, to.numbers, sizeof to.numbers);
    assert_true(to.integer == 1000000000000000 && to.number == 0 && signbit(to.number));
    genrepi_safetensors_close(file);
    genrep_tensor_unref(from.tensor);
    genrep_tensor_unref(to.tensor);
    genrep_ctx_unref(ctx);
}

/* Checks a file with another thing in mind. */
static void assert_refused(genrep_ctx *ctx, things *t, int32_t expected, const char *text) {
    genrepi_safetensors *file;
    genrepi_load load;
    assert_ok(ctx, genrepi_safetensors_open(ctx, support_path("s"), &file));
    genrepi_load_check(ctx, file, &load);
    int32_t status = visit(t, &load.state);
    if (status == 0) status = genrepi_load_complete(&load);
    assert_error(ctx, status, expected, text);
    genrepi_safetensors_close(file);
    genrep_tensor_unref(t->tensor);
}

static void differences_are_found(void **unused) {
    (void)unused;
    genrep_ctx *ctx = support_ctx(NULL);
    things from = make(ctx, GENREP_F32, 2, two_three), t;
    write_things(ctx, &from);
    t = make(ctx, GENREP_F32, 2, (const int64_t[]){3, 2});
    assert_refused(ctx, &t, GENREP_E_INVALID, "2x3 in the checkpoint, but f32 3x2");
    t = make(ctx, GENREP_F32, 1, (const int64_t[]){6});
    assert_refused(ctx, &t, GENREP_E_INVALID, "'inner/tensor'");
    t = make(ctx, GENREP_I32, 2, two_three);
    assert_refused(ctx, &t, GENREP_E_INVALID, "i32 2x3");
    t = make(ctx, GENREP_F32, 2, two_three);
    t.text = "no";
    assert_refused(ctx, &t, GENREP_E_INVALID, "text is 'yes' in the checkpoint, but 'no'");
    const int64_t no_counts[] = {-1, INT64_MIN, 1000000000000001};
    for (int i = 0; i < 3; i++) {
        from.integer = no_counts[i];
        write_things(ctx, &from);
        t = make(ctx, GENREP_F32, 2, two_three);
        assert_refused(ctx, &t, GENREP_E_FORMAT, "no count");
    }
    genrep_tensor_unref(from.tensor);
    genrep_ctx_unref(ctx);
}

static void more_and_less_are_found(void **unused) {
    (void)unused;
    genrep_ctx *ctx = support_ctx(NULL);
    things t = make(ctx, GENREP_F32, 2, two_three);
    genrepi_save save;
    genrepi_save_begin(ctx, &save);
    assert_ok(ctx, visit(&t, &save.state));
    assert_ok(ctx, save.state.number(&save.state, "more", &t.number));
    assert_ok(ctx, genrepi_save_write(&save, support_path("s")));
    genrepi_save_end(&save);
    genrep_tensor_ref(t.tensor);
    assert_refused(ctx, &t, GENREP_E_FORMAT, "holds 5 entries, this trainer has 4");

    genrepi_save_begin(ctx, &save);
    assert_ok(ctx, save.state.number(&save.state, "number", &t.number));
    assert_ok(ctx, genrepi_save_write(&save, support_path("s")));
    genrepi_save_end(&save);
    assert_refused(ctx, &t, GENREP_E_FORMAT, "'inner/tensor' is missing");
    genrep_ctx_unref(ctx);
}

static void names_that_are_too_long_are_refused(void **unused) {
    (void)unused;
    genrep_ctx *ctx = support_ctx(NULL);
    char name[600];
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = 0;
    double number = 1;
    genrepi_save save;
    genrepi_save_begin(ctx, &save);
    assert_error(ctx, save.state.number(&save.state, name, &number), GENREP_E_INVALID, "too long");
    assert_error(ctx, save.state.same(&save.state, name, "x"), GENREP_E_INVALID, "too long");
    name[500] = 0;
    assert_ok(ctx, save.state.number(&save.state, name, &number));
    genrepi_save_end(&save);
    genrep_ctx_unref(ctx);
}

int main(void) {
#define TEST(name) cmocka_unit_test_teardown(name, support_remove_files)
    const struct CMUnitTest tests[] = {
        TEST(what_was_saved_is_loaded_to_the_bit),
        TEST(differences_are_found),
        TEST(more_and_less_are_found),
        TEST(names_that_are_too_long_are_refused),
    };
    return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
