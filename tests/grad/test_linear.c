/* linear. */
#include "gradient.h"
#include "inputs.h"

#include <kernel/kernel.h>
#include <nn/tape.h>

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

int main(void) {
    const struct CMUnitTest own[] = {cmocka_unit_test(linear_and_its_backward_are_adjoint)};
    return gradient_main("test_linear", own, 1);
}
