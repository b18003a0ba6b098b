/* linear. */
#include "forward.h"
#include "gradient.h"

#include <kernel/kernel.h>

/* <W x, y> = <x, W^T y>: without a bias, going back from y gives W^T y. */
static void linear_and_its_backward_are_adjoint(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_layer *layer = NULL;
    genrep_tape *tape = NULL;
    genrep_tensor *x = case_input(ctx, "9x31", 1), *y = case_input(ctx, "9x17", 2);
    genrep_tensor *wx = NULL, *wty = NULL;
    assert_ok(ctx, genrepi_layer_new(ctx, "linear in=31 out=17 bias=0", NULL, &layer));
    assert_ok(ctx, genrepi_tape_new(ctx, 1, &tape));
    assert_ok(ctx, genrepi_tape_watch(tape, x));
    assert_ok(ctx, genrepi_layer_apply(layer, tape, &x, 1, &wx, 1));
    double left = (double)ctx->kernels->dot(wx->count, genrepi_real(wx), genrepi_real(y));
    assert_ok(ctx, genrepi_tape_backward_from(tape, 1, &wx, &y));
    assert_ok(ctx, genrepi_tape_grad(tape, x, &wty));
    double right = (double)ctx->kernels->dot(x->count, genrepi_real(x), genrepi_real(wty));
    assert_true(left != 0);
    assert_close(left / right, 1, 1e-13);
    genrepi_tensor_unref(wty);
    genrepi_tensor_unref(wx);
    genrepi_tensor_unref(y);
    genrepi_tensor_unref(x);
    genrepi_tape_unref(tape);
    genrepi_layer_unref(layer);
    genrepi_ctx_unref(ctx);
}

static void linear_is_a_product_and_a_sum(void **state) {
    (void)state;
    const char *specs[] = {"linear in=5 out=3", "linear in=5 out=3 bias=0"};
    for (int k = 0; k < 2; k++) {
        forward_result f = forward_open(specs[k], "2x4x5", 0);
        const real *w = forward_parameter(&f, "0.weight");
        const real *b = k == 0 ? forward_parameter(&f, "0.bias") : NULL;
        assert_int_equal(f.y->count, 2 * 4 * 3);
        for (int64_t i = 0; i < f.y->count; i++) {
            double sum = b == NULL ? 0 : (double)b[i % 3];
            for (int64_t j = 0; j < 5; j++) {
                sum += (double)w[i % 3 * 5 + j] * (double)genrepi_real(f.x)[i / 3 * 5 + j];
            }
            assert_close(genrepi_real(f.y)[i], sum, 1e-14);
        }
        forward_close(&f);
    }
}

int main(void) {
    const struct CMUnitTest own[] = {cmocka_unit_test(linear_and_its_backward_are_adjoint),
                                     cmocka_unit_test(linear_is_a_product_and_a_sum)};
    return gradient_main("test_linear", own, 2);
}
