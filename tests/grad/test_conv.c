/* Convolutions: known answers, and each the adjoint of the other. */
#include "forward.h"
#include "gradient.h"
#include <stdio.h>

#include <stdio.h>

/* Sums over windows of 0..24, and what is outside by each way of padding; as PyTorch gives them. */
static void known_answers(void **state) {
    (void)state;
    const struct {
        const char *spec;
        double y[9];
    } rows[] = {
        {"conv2d in=1 out=1 bias=0", {54, 63, 72, 99, 108, 117, 144, 153, 162}},
        {"conv2d in=1 out=1 bias=0 stride=2 pad=1", {12, 27, 24, 63, 108, 81, 72, 117, 84}},
        {"conv2d in=1 out=1 bias=0 stride=2 pad=1 pad_mode=reflect",
         {36, 48, 60, 96, 108, 120, 156, 168, 180}},
        {"conv2d in=1 out=1 bias=0 stride=2 pad=1 pad_mode=replicate",
         {18, 33, 48, 93, 108, 123, 168, 183, 198}},
        {"conv2d in=1 out=1 bias=0 stride=2 pad=1 pad_mode=circular",
         {90, 93, 96, 105, 108, 111, 120, 123, 126}},
    };
    for (size_t r = 0; r < GENREPI_COUNT(rows); r++) {
        genrep_ctx *ctx = support_ctx(NULL);
        genrep_layer *layer = NULL;
        genrep_tape *tape = NULL;
        genrep_tensor *x = NULL, *w = NULL, *y = NULL;
        const genrepi_shape shape = {4, {1, 1, 5, 5}};
        assert_ok(ctx, genrepi_layer_new(ctx, rows[r].spec, NULL, &layer));
        assert_ok(ctx, genrepi_tape_new(ctx, 0, &tape));
        assert_ok(ctx, genrepi_tensor_new(ctx, GENREPI_REAL, &shape, 1, &x));
        for (int i = 0; i < 25; i++) genrepi_real(x)[i] = i;
        w = layer->list->entries[0].value;
        assert_ok(ctx, genrepi_tensor_fill(w, 1));
        assert_ok(ctx, genrepi_layer_apply(layer, tape, &x, 1, &y, 1));
        assert_int_equal(y->count, 9);
        for (int64_t i = 0; i < y->count; i++)
            assert_close(genrepi_real(y)[i], rows[r].y[i], 1e-12);
        genrepi_tensor_unref(x);
        genrepi_tensor_unref(y);
        genrepi_tape_unref(tape);
        genrepi_layer_unref(layer);
        genrep_ctx_unref(ctx);
    }
}

static double dot(const genrep_tensor *a, const genrep_tensor *b) {
    double sum = 0;
    assert_int_equal(a->count, b->count);
    for (int64_t i = 0; i < a->count; i++)
        sum += (double)genrepi_real_read(a)[i] * (double)genrepi_real_read(b)[i];
    return sum;
}

/* <conv x, y> = <x, conv_transpose y> with the same weights. */
static void transposed_is_adjoint(void **state) {
    (void)state;
    const struct {
        const char *conv, *transposed, *x, *y;
    } rows[] = {
        {"conv2d in=3 out=5", "conv_transpose2d in=5 out=3", "2x3x7x6", "2x5x5x4"},
        {"conv2d in=3 out=5 kernel=4 stride=2 pad=1",
         "conv_transpose2d in=5 out=3 kernel=4 stride=2 pad=1", "2x3x8x10", "2x5x4x5"},
        {"conv2d in=4 out=2 kernel=3 stride=2 pad=1 groups=2",
         "conv_transpose2d in=2 out=4 kernel=3 stride=2 pad=1 output_pad=1 groups=2", "2x4x8x6",
         "2x2x4x3"},
    };
    for (size_t r = 0; r < GENREPI_COUNT(rows); r++) {
        char spec[160];
        snprintf(spec, sizeof spec, "%s bias=0", rows[r].conv);
        forward_result f = forward_open(spec, rows[r].x, 1);
        snprintf(spec, sizeof spec, "%s bias=0", rows[r].transposed);
        forward_result g = forward_open(spec, rows[r].y, 1);
        assert_ok(f.ctx, genrepi_tensor_copy(g.layer->list->entries[0].value,
                                             f.layer->list->entries[0].value));
        genrep_tape *tape = NULL;
        genrep_tensor *back = NULL;
        assert_ok(g.ctx, genrepi_tape_new(g.ctx, 0, &tape));
        assert_ok(g.ctx, genrepi_layer_apply(g.layer, tape, &g.x, 1, &back, 1));
        assert_close(dot(f.y, g.x), dot(f.x, back), 1e-12);
        genrepi_tensor_unref(back);
        genrepi_tape_unref(tape);
        forward_close(&f);
        forward_close(&g);
    }
}

int main(void) {
    const struct CMUnitTest own[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(transposed_is_adjoint),
    };
    return gradient_main("test_conv", own, GENREPI_COUNT(own));
}
