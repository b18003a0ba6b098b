/* The check itself: it must find what is wrong, and leave no trace.  A layer of the host's own, y =
 * w x with w a number, is wrong in each way that one can be. */
#include "inputs.h"

#include <genrep.h>
#include <math.h>
#include <nn/gradcheck.h>
#include <nn/tape.h>
#include <string.h>

enum { RIGHT, WRONG_INPUT, WRONG_PARAMETER, DOES_NOT_ADD, NOT_FINITE, KINK };

static int32_t parameter(void *user, void *instance, int32_t index, const int32_t *ranks,
                         const int64_t *const *shapes, const char **name, int32_t *rank,
                         int64_t *shape, const char **initialiser) {
    (void)user, (void)instance, (void)index, (void)ranks, (void)shapes, (void)shape;
    *name = "w";
    *rank = 0;
    *initialiser = "constant value=3";
    return 0;
}

static int64_t count_of(const genrep_custom_call *call) {
    return call->output_count;
}

static int32_t forward(void *user, void *instance, const genrep_custom_call *call) {
    (void)instance;
    const real *x = call->inputs[0], w = *(const real *)call->parameters[0];
    real *y = call->output;
    for (int64_t i = 0; i < count_of(call); i++) {
        y[i] = *(int *)user == KINK ? w * (real)fabs((double)x[i]) : w * x[i];
    }
    return 0;
}

static int32_t backward(void *user, void *instance, const genrep_custom_call *call) {
    (void)instance;
    int wrong = *(int *)user;
    const real *x = call->inputs[0], *dy = call->output_gradient;
    real w = *(const real *)call->parameters[0], *dx = call->input_gradients[0], sum = 0;
    real *dw = call->parameter_gradients[0];
    for (int64_t i = 0; i < count_of(call); i++) {
        real sign = wrong == KINK && x[i] < 0 ? -1 : 1;
        if (dx != NULL) dx[i] = w * dy[i] * sign;
        if (dx != NULL && wrong == WRONG_INPUT && i == 4) dx[i] *= (real)1.0001;
        if (dx != NULL && wrong == NOT_FINITE && i == 4) dx[i] = (real)NAN;
        sum += x[i] * dy[i] * sign;
    }
    if (wrong == WRONG_PARAMETER) sum *= 2;
    if (dw != NULL) *dw = wrong == DOES_NOT_ADD ? sum : *dw + sum;
    return 0;
}

typedef struct fixture {
    genrep_ctx *ctx;
    genrep_layer *layer;
    genrep_tensor *x;
    int wrong;
} fixture;

static int setup(void **state) {
    static fixture f;
    f.ctx = support_ctx(NULL);
    f.wrong = RIGHT;
    genrep_custom_layer kind = {.size = sizeof kind,
                                .user = &f.wrong,
                                .name = "times",
                                .n_inputs = 1,
                                .n_parameters = 1,
                                .parameter = parameter,
                                .forward = forward,
                                .backward = backward};
    assert_ok(f.ctx, genrep_layer_register(f.ctx, &kind));
    assert_ok(f.ctx, genrep_layer_new(f.ctx, "tanh; times; tanh", &f.layer));
    f.x = case_input(f.ctx, "2x3", 1);
    *state = &f;
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    genrep_tensor_unref(f->x);
    genrep_layer_unref(f->layer);
    genrep_ctx_unref(f->ctx);
    return 0;
}

static int32_t check(fixture *f, int wrong, const char *spec, double *worst) {
    f->wrong = wrong;
    *worst = -1;
    return genrepi_gradcheck(f->layer, &f->x, 1, spec, worst);
}

static void a_right_layer_passes(void **state) {
    fixture *f = *state;
    double worst;
    assert_ok(f->ctx, check(f, RIGHT, NULL, &worst));
    assert_true(worst >= 0 && worst < 1e-7);
    assert_ok(f->ctx, genrepi_gradcheck(f->layer, &f->x, 1, NULL, NULL));
}

static void a_wrong_gradient_is_found_and_named(void **state) {
    fixture *f = *state;
    double worst;
    assert_error(f->ctx, check(f, WRONG_INPUT, NULL, &worst), GENREP_E_INVALID,
                 "input 0, element 4");
    assert_true(worst > 1e-6 && worst < 1e-3);
    assert_error(f->ctx, check(f, WRONG_PARAMETER, NULL, &worst), GENREP_E_INVALID,
                 "1.w, element 0");
    assert_close(worst, 0.5, 1e-6);
    assert_error(f->ctx, check(f, NOT_FINITE, NULL, &worst), GENREP_E_INVALID, "nan");
}

static void a_gradient_that_overwrites_is_found(void **state) {
    fixture *f = *state;
    double worst;
    assert_error(f->ctx, check(f, DOES_NOT_ADD, NULL, &worst), GENREP_E_INVALID, "must be added");
    assert_true(worst == INFINITY);
}

/* 2e-5 away from the kink of |x|: within the first step, not the second. */
static void near_a_kink_the_smaller_step_decides(void **state) {
    fixture *f = *state;
    double worst;
    genrepi_real(f->x)[4] = (real)2e-5;
    assert_ok(f->ctx, check(f, KINK, NULL, &worst));
    genrepi_real(f->x)[4] = (real)2e-6;
    assert_error(f->ctx, check(f, KINK, NULL, &worst), GENREP_E_INVALID, "element 4");
}

static void the_options_are_used(void **state) {
    fixture *f = *state;
    double worst;
    assert_ok(f->ctx, check(f, WRONG_INPUT, "tolerance=1e-3", &worst));
    assert_error(f->ctx, check(f, RIGHT, "step=0.9", &worst), GENREP_E_INVALID,
                 "difference quotient");
    assert_error(f->ctx, check(f, RIGHT, "steps=1", &worst), GENREP_E_INVALID,
                 "did you mean 'step'");
    assert_true(worst == -1);
    /* Of 6 elements one is wrong: some single sample misses it. */
    assert_ok(f->ctx, check(f, RIGHT, "samples=1", &worst));
    assert_error(f->ctx, check(f, WRONG_INPUT, "samples=6", &worst), GENREP_E_INVALID, "element 4");
}

static void it_leaves_the_layer_as_it_was(void **state) {
    fixture *f = *state;
    genrep_layer *layer = NULL;
    genrep_tensor *x = case_input(f->ctx, "4x3", 2);
    double worst;
    assert_ok(f->ctx, genrepi_layer_new(f->ctx, "batch_norm features=3; times", NULL, &layer));
    genrep_layer *copy = NULL;
    for (int wrong = RIGHT; wrong <= DOES_NOT_ADD; wrong++) {
        for (int64_t i = 0; i < layer->list->n; i++) {
            const genrepi_parameter_entry *e = &layer->list->entries[i];
            if (e->gradient != NULL) case_normal(e->gradient, 1, 30 + (uint64_t)i);
        }
        assert_ok(f->ctx, genrepi_layer_copy(layer, &copy));
        f->wrong = wrong;
        int32_t status = genrepi_gradcheck(layer, &x, 1, NULL, &worst);
        assert_int_equal(status != 0, wrong != RIGHT);
        for (int64_t i = 0; i < layer->list->n; i++) {
            const genrepi_parameter_entry *e = &layer->list->entries[i],
                                          *c = &copy->list->entries[i];
            size_t bytes = (size_t)e->value->count * sizeof(real);
            assert_memory_equal(e->value->data, c->value->data, bytes);
            if (e->gradient == NULL) continue;
            case_normal(c->gradient, 1, 30 + (uint64_t)i);
            assert_memory_equal(e->gradient->data, c->gradient->data, bytes);
        }
        genrepi_layer_unref(copy);
    }
    genrepi_tensor_unref(x);
    genrepi_layer_unref(layer);
}

static void there_must_be_something_to_check(void **state) {
    fixture *f = *state;
    genrep_layer *layer = NULL;
    double worst;
    assert_ok(f->ctx, genrepi_layer_new(f->ctx, "dropout", NULL, &layer));
    genrep_tensor *classes = case_input(f->ctx, "3 below 2", 3);
    assert_error(f->ctx, genrepi_gradcheck(layer, &classes, 1, NULL, &worst), GENREP_E_INVALID,
                 "nothing to check");
    genrepi_tensor_unref(classes);
    genrepi_layer_unref(layer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_right_layer_passes, setup, teardown),
        cmocka_unit_test_setup_teardown(a_wrong_gradient_is_found_and_named, setup, teardown),
        cmocka_unit_test_setup_teardown(a_gradient_that_overwrites_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(near_a_kink_the_smaller_step_decides, setup, teardown),
        cmocka_unit_test_setup_teardown(the_options_are_used, setup, teardown),
        cmocka_unit_test_setup_teardown(it_leaves_the_layer_as_it_was, setup, teardown),
        cmocka_unit_test_setup_teardown(there_must_be_something_to_check, setup, teardown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
