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

/* Between classes that are held as real numbers nothing moves: tangents are zero, and what remains
 * of going back is the table's gradient. */
static void the_tangent_of_classes_is_zero(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_layer *layer = NULL;
    genrep_tape *tape = NULL;
    genrep_tensor *x = case_input(ctx, "3", 1), *t = case_input(ctx, "3", 2), *of_x = NULL;
    genrep_tensor *d = case_input(ctx, "3x2", 3), *y = NULL, *tangent = NULL, *of_t = NULL;
    genrepi_real(x)[0] = genrepi_real(x)[1] = 2;
    genrepi_real(x)[2] = 0;
    assert_ok(ctx, genrepi_layer_new(ctx, "embedding classes=3 out=2", NULL, &layer));
    assert_ok(ctx, genrepi_tape_new(ctx, 1, &tape));
    assert_ok(ctx, genrepi_tape_watch(tape, x));
    assert_ok(ctx, genrepi_layer_apply(layer, tape, &x, 1, &y, 1));
    assert_ok(ctx, genrepi_tape_tangent(tape, 1, &x, &t, y, &tangent));
    assert_ok(ctx, genrepi_tape_tangent_backward(tape, y, d, d, 1, &x, &of_x, &of_t));
    const real *gradient = genrepi_real(layer->list->entries[0].gradient), *from = genrepi_real(d);
    for (int j = 0; j < 6; j++) assert_true(genrepi_real(tangent)[j] == 0);
    for (int i = 0; i < 3; i++) {
        assert_true(genrepi_real(of_x)[i] == 0 && genrepi_real(of_t)[i] == 0);
    }
    for (int j = 0; j < 2; j++) {
        assert_true(gradient[j] == from[4 + j]);
        assert_true(gradient[4 + j] == from[j] + from[2 + j]);
    }
    genrep_tensor *all[] = {x, t, d, y, tangent, of_x, of_t};
    for (int i = 0; i < 7; i++) genrepi_tensor_unref(all[i]);
    genrepi_tape_unref(tape);
    genrepi_layer_unref(layer);
    genrepi_ctx_unref(ctx);
}

int main(void) {
    const struct CMUnitTest own[] = {cmocka_unit_test(a_class_used_twice_gets_both_cotangents),
                                     cmocka_unit_test(the_tangent_of_classes_is_zero)};
    return gradient_main("test_embedding", own, 2);
}
