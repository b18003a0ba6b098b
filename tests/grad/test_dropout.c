/* dropout. */
#include "gradient.h"
#include "inputs.h"

#include <nn/tape.h>

/* What was dropped gets no cotangent, the rest twice its own (p = 0.5); another application on the
 * same tape and another step draw other masks. */
static void the_mask_of_backward_is_that_of_forward(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_layer *layer = NULL;
    genrep_tape *tape = NULL;
    genrep_tensor *x = case_input(ctx, "8x8", 1), *d = case_input(ctx, "8x8", 2);
    genrep_tensor *y = NULL, *other = NULL, *next = NULL, *dx = NULL;
    assert_ok(ctx, genrepi_layer_new(ctx, "dropout p=0.5", NULL, &layer));
    assert_ok(ctx, genrepi_tape_new(ctx, 1, &tape));
    assert_ok(ctx, genrepi_tape_watch(tape, x));
    assert_ok(ctx, genrepi_layer_apply(layer, tape, &x, 1, &y, 1));
    assert_ok(ctx, genrepi_layer_apply(layer, tape, &x, 1, &other, 1));
    assert_ok(ctx, genrepi_tape_backward_from(tape, 1, &y, &d));
    assert_ok(ctx, genrepi_tape_grad(tape, x, &dx));
    int same = 1, dropped = 0;
    for (int64_t i = 0; i < x->count; i++) {
        int is = genrepi_real(y)[i] == 0;
        assert_true(is || genrepi_real(y)[i] == 2 * genrepi_real(x)[i]);
        assert_true(genrepi_real(dx)[i] == (is ? 0 : 2 * genrepi_real(d)[i]));
        same &= is == (genrepi_real(other)[i] == 0);
        dropped += is;
    }
    assert_false(same);
    assert_in_range(dropped, 16, 48);
    genrepi_tape_reset(tape, 1);
    assert_ok(ctx, genrepi_layer_apply(layer, tape, &x, 1, &next, 1));
    same = 1;
    for (int64_t i = 0; i < x->count; i++) {
        same &= (genrepi_real(next)[i] == 0) == (genrepi_real(y)[i] == 0);
    }
    assert_false(same);
    genrep_tensor *all[] = {x, d, y, other, next, dx};
    for (int i = 0; i < 6; i++) genrepi_tensor_unref(all[i]);
    genrepi_tape_unref(tape);
    genrepi_layer_unref(layer);
    genrepi_ctx_unref(ctx);
}

int main(void) {
    const struct CMUnitTest own[] = {cmocka_unit_test(the_mask_of_backward_is_that_of_forward)};
    return gradient_main("test_dropout", own, 1);
}
