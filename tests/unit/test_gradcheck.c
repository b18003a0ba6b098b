/* genrep_gradcheck() as its users have it, in float: right layers pass, wrong ones do not.  What it
 * does in detail is in tests/grad/test_gradcheck.c. */
#include <cases.h>
#include <inputs.h>
#include <support.h>

#include <string.h>

static void right_layers_pass(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx("seed=5");
    for (int32_t i = 0; i < gradient_cases_count; i++) {
        const gradient_case *c = &gradient_cases[i];
        genrep_layer *layer = NULL;
        genrep_tensor *in[CASE_INPUTS];
        int32_t n = 0;
        double worst = -1;
        /* whole networks have kinks at every step of single precision */
        if (strcmp(c->test, "test_zoo") == 0) continue;
        assert_ok(ctx, genrep_layer_new(ctx, c->spec, &layer));
        for (; n < CASE_INPUTS && c->inputs[n] != NULL; n++) {
            in[n] = case_input(ctx, c->inputs[n], 100 + (uint64_t)n);
        }
        if (genrep_gradcheck(layer, in, n, NULL, &worst) != 0) {
            print_error("%s of %s: %s\n", c->spec, c->inputs[0], genrep_ctx_error(ctx));
            fail();
        }
        assert_true(worst >= 0 && worst <= 1e-2);
        for (int32_t k = 0; k < n; k++) genrep_tensor_unref(in[k]);
        genrep_layer_unref(layer);
    }
    genrep_ctx_unref(ctx);
}

static int32_t forward(void *user, void *instance, const genrep_custom_call *call) {
    (void)user, (void)instance;
    memcpy(call->output, call->inputs[0], (size_t)call->output_count * sizeof(float));
    return 0;
}

/* The cotangent of y = x is that of y; *user is a factor that should be 1. */
static int32_t backward(void *user, void *instance, const genrep_custom_call *call) {
    (void)instance;
    const float *dy = call->output_gradient;
    float *dx = call->input_gradients[0];
    for (int64_t i = 0; dx != NULL && i < call->output_count; i++) dx[i] = dy[i] * *(float *)user;
    return 0;
}

static void a_wrong_layer_does_not(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    float factor = 1, numbers[6] = {1, -2, 3, 0.5f, 0, -1};
    genrep_custom_layer kind = {.size = sizeof kind,
                                .user = &factor,
                                .name = "same",
                                .n_inputs = 1,
                                .forward = forward,
                                .backward = backward};
    genrep_layer *layer = NULL;
    genrep_tensor *x = NULL;
    const int64_t shape[] = {2, 3};
    double worst = -1;
    assert_ok(ctx, genrep_layer_register(ctx, &kind));
    assert_ok(ctx, genrep_layer_new(ctx, "same; tanh", &layer));
    assert_ok(ctx, genrep_tensor_borrow(ctx, GENREP_F32, 2, shape, numbers, 0, NULL, NULL, &x));
    assert_ok(ctx, genrep_gradcheck(layer, &x, 1, NULL, &worst)); /* read-only inputs are copied */
    factor = 1.05f;
    assert_error(ctx, genrep_gradcheck(layer, &x, 1, NULL, &worst), GENREP_E_INVALID,
                 "gradcheck: input 0, element");
    assert_true(worst > 0.03 && worst < 0.06);
    assert_ok(ctx, genrep_gradcheck(layer, &x, 1, "tolerance=0.1 samples=2", NULL));
    assert_int_equal(genrep_gradcheck(NULL, &x, 1, NULL, NULL), GENREP_E_INVALID);
    assert_error(ctx, genrep_gradcheck(layer, NULL, 1, NULL, NULL), GENREP_E_INVALID, "inputs");
    genrep_tensor_unref(x);
    genrep_layer_unref(layer);
    genrep_ctx_unref(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(right_layers_pass),
                                       cmocka_unit_test(a_wrong_layer_does_not)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
