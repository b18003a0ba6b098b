/* augment: what each of its changes makes of an image, seen from outside. */
#include "gradient.h"
#include "inputs.h"

#include <math.h>
#include <nn/augment.h>
#include <nn/tape.h>
#include <string.h>

#define N 40
#define C 3
#define H 8
#define W 10

/* y = augment(x) of N images C x H x W. */
static genrep_tensor *changed(genrep_ctx *ctx, const char *spec, int32_t training,
                              genrep_tensor *x) {
    genrep_layer *layer = NULL;
    genrep_tape *tape = NULL;
    genrep_tensor *y = NULL;
    assert_ok(ctx, genrepi_layer_new(ctx, spec, NULL, &layer));
    assert_ok(ctx, genrepi_tape_new(ctx, training, &tape));
    assert_ok(ctx, genrepi_layer_apply(layer, tape, &x, 1, &y, 1));
    genrepi_tape_unref(tape);
    genrepi_layer_unref(layer);
    return y;
}

static const real *pixel(const genrep_tensor *t, int64_t n, int64_t c, int64_t i) {
    return genrepi_real_read(t) + ((n * C + c) * H * W + i);
}

static double mean_of(const genrep_tensor *t, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < C * H * W; i++) sum += (double)pixel(t, n, 0, 0)[i];
    return sum / (C * H * W);
}

static double grey(const genrep_tensor *t, int64_t n, int64_t i) {
    double sum = 0;
    for (int64_t c = 0; c < C; c++) sum += (double)*pixel(t, n, c, i);
    return sum / C;
}

static void colours_change_about_their_means(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_tensor *x = case_input(ctx, "40x3x8x10", 1);
    genrep_tensor *y = changed(ctx, "augment shift=0 cutout=0", 1, x);
    double least[3] = {9, 9, 9}, most[3] = {-9, -9, -9};
    for (int64_t n = 0; n < N; n++) {
        const double x_mean = mean_of(x, n), y_mean = mean_of(y, n);
        const double k = (grey(y, n, 0) - y_mean) / (grey(x, n, 0) - x_mean);
        const double ks = ((double)*pixel(y, n, 0, 0) - grey(y, n, 0)) /
                          ((double)*pixel(x, n, 0, 0) - grey(x, n, 0));
        const double values[3] = {y_mean - x_mean, ks / k, k};
        for (int64_t i = 0; i < H * W; i++) {
            assert_close(grey(y, n, i) - y_mean, k * (grey(x, n, i) - x_mean), 1e-9);
            for (int64_t c = 0; c < C; c++)
                assert_close((double)*pixel(y, n, c, i) - grey(y, n, i),
                             ks * ((double)*pixel(x, n, c, i) - grey(x, n, i)), 1e-9);
        }
        for (int32_t v = 0; v < 3; v++) {
            least[v] = fmin(least[v], values[v]);
            most[v] = fmax(most[v], values[v]);
        }
    }
    static const double low[3] = {-0.5, 0, 0.5}, high[3] = {0.5, 2, 1.5};
    for (int32_t v = 0; v < 3; v++) { /* all of the range is used, and no more */
        assert_true(least[v] >= low[v] - 1e-9 && most[v] <= high[v] + 1e-9);
        assert_true(most[v] - least[v] > 0.8 * (high[v] - low[v]));
    }
    genrepi_tensor_unref(x);
    genrepi_tensor_unref(y);
    genrepi_ctx_unref(ctx);
}

/* Whether y is x moved down and right, zeros coming in. */
static int is_moved(const genrep_tensor *x, const genrep_tensor *y, int64_t n, int64_t down,
                    int64_t right) {
    for (int64_t c = 0; c < C; c++)
        for (int64_t i = 0; i < H * W; i++) {
            const int64_t v = i / W - down, h = i % W - right;
            const int inside = v >= 0 && v < H && h >= 0 && h < W;
            if (*pixel(y, n, c, i) != (inside ? *pixel(x, n, c, v * W + h) : 0)) return 0;
        }
    return 1;
}

static void shifts_move_by_a_share_of_the_size(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_tensor *x = case_input(ctx, "40x3x8x10", 1);
    genrep_tensor *y = changed(ctx, "augment colour=0 shift=0.25 cutout=0", 1, x);
    int32_t seen[5][5] = {{0}}, kinds = 0;
    for (int64_t n = 0; n < N; n++) {
        int32_t found = 0;
        for (int64_t down = -2; down <= 2; down++)
            for (int64_t right = -2; right <= 2; right++)
                if (is_moved(x, y, n, down, right)) seen[down + 2][right + 2] = found = 1;
        assert_true(found);
    }
    for (int32_t i = 0; i < 25; i++) kinds += seen[i / 5][i % 5];
    assert_true(kinds > 12);
    genrepi_tensor_unref(x);
    genrepi_tensor_unref(y);
    genrepi_ctx_unref(ctx);
}

static void what_is_cut_out_is_a_rectangle(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_tensor *x = case_input(ctx, "40x3x8x10", 1);
    genrep_tensor *y = changed(ctx, "augment colour=0 shift=0 cutout=0.5", 1, x);
    int32_t whole = 0;
    for (int64_t n = 0; n < N; n++) {
        int64_t top = H, left = W, bottom = -1, end = -1, zeros = 0;
        for (int64_t i = 0; i < H * W; i++) {
            const int cut = *pixel(y, n, 0, i) == 0;
            for (int64_t c = 0; c < C; c++)
                assert_true(*pixel(y, n, c, i) == (cut ? 0 : *pixel(x, n, c, i)));
            if (!cut) continue;
            zeros++;
            top = i / W < top ? i / W : top;
            bottom = i / W > bottom ? i / W : bottom;
            left = i % W < left ? i % W : left;
            end = i % W > end ? i % W : end;
        }
        assert_int_equal(zeros, (bottom - top + 1) * (end - left + 1));
        assert_true(bottom - top + 1 <= 4 && end - left + 1 <= 5 && zeros > 0);
        whole += zeros == 20;
    }
    assert_true(whole > 5 && whole < N);
    genrepi_tensor_unref(x);
    genrepi_tensor_unref(y);
    genrepi_ctx_unref(ctx);
}

static void in_use_and_without_luck_nothing_changes(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_tensor *x = case_input(ctx, "40x3x8x10", 1);
    const size_t bytes = sizeof(real) * (size_t)x->count;
    genrep_tensor *used = changed(ctx, "augment", 0, x), *never = changed(ctx, "augment p=0", 1, x);
    assert_memory_equal(genrepi_real_read(used), genrepi_real_read(x), bytes);
    for (int64_t i = 0; i < x->count; i++)
        assert_close((double)genrepi_real_read(never)[i], (double)genrepi_real_read(x)[i], 1e-12);
    genrepi_tensor_unref(used);
    genrepi_tensor_unref(never);
    genrep_layer *layer = NULL;
    assert_ok(ctx,
              genrepi_layer_new(ctx, "relu; residual { augment; tanh }; augment", NULL, &layer));
    assert_int_equal(genrepi_augment_set(layer, 0.5), 2);
    genrepi_layer_unref(layer);
    genrepi_tensor_unref(x);
    genrepi_ctx_unref(ctx);
}

int main(void) {
    const struct CMUnitTest own[] = {cmocka_unit_test(colours_change_about_their_means),
                                     cmocka_unit_test(shifts_move_by_a_share_of_the_size),
                                     cmocka_unit_test(what_is_cut_out_is_a_rectangle),
                                     cmocka_unit_test(in_use_and_without_luck_nothing_changes)};
    return gradient_main("test_augment", own, 4);
}
