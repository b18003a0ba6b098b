/* embedding. */
#include "gradient.h"
#include "inputs.h"

#include <nn/tape.h>

/* Classes 2 2 0: row 2 gets both cotangents, row 1 none. */
static void a_class_used_twice_gets_both_cotangents(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_layer *layer = NULL;
    genrep_tape *tape = NULL;
    genrep_tensor *classes = case_input(ctx, "3 below 1", 1), *d = case_input(ctx, "3x2", 2);
    genrep_tensor *y = NULL;
    ((int32_t *)classes->data)[0] = ((int32_t *)classes->data)[1] = 2;
    assert_ok(ctx, genrepi_layer_new(ctx, "embedding classes=3 out=2", NULL, &layer));
    assert_ok(ctx, genrepi_tape_new(ctx, 1, &tape));
    assert_ok(ctx, genrepi_layer_apply(layer, tape, &classes, 1, &y, 1));
    const real *row = genrepi_real(layer->list->entries[0].value) + 4, *out = genrepi_real(y);
    assert_true(out[0] == row[0] && out[1] == row[1] && out[2] == row[0] && out[3] == row[1]);
    assert_ok(ctx, genrepi_tape_backward_from(tape, 1, &y, &d));
    const real *gradient = genrepi_real(layer->list->entries[0].gradient), *from = genrepi_real(d);
    for (int j = 0; j < 2; j++) {
        assert_true(gradient[j] == from[4 + j]);
        assert_true(gradient[2 + j] == 0);
        assert_true(gradient[4 + j] == from[j] + from[2 + j]);
    }
    genrepi_tensor_unref(y);
    genrepi_tensor_unref(d);
    genrepi_tensor_unref(classes);
    genrepi_tape_unref(tape);
    genrepi_layer_unref(layer);
    genrepi_ctx_unref(ctx);
}

int main(void) {
    const struct CMUnitTest own[] = {cmocka_unit_test(a_class_used_twice_gets_both_cotangents)};
    return gradient_main("test_embedding", own, 1);
}
