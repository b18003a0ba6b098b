/* What layers keep and draw: initial weights, running statistics, dropout; and that softmax makes
 * probabilities. */
#include "layer_fixture.h"

#include <kernel/elementwise.h>
#include <math.h>

/* Columns 1 2 3 and 0 0 6: means 2 and 2, unbiased variances 1 and 12. */
static void batch_norm_keeps_what_the_formula_says(void **state) {
    (void)state;
    fixture f = open_spec("batch_norm features=2 momentum=0.25");
    genrep_tensor *x = case_input(f.ctx, "3x2", 1), *y;
    const real values[] = {1, 0, 2, 0, 3, 6};
    memcpy(x->data, values, sizeof values);
    train_once(&f, x, 1);
    assert_true(parameter(&f, "0.running_mean")[0] == 0 && parameter(&f, "0.running_var")[0] == 1);
    train_once(&f, x, 0);
    assert_close(parameter(&f, "0.running_mean")[0], 0.5, 1e-6);
    assert_close(parameter(&f, "0.running_mean")[1], 0.5, 1e-6);
    assert_close(parameter(&f, "0.running_var")[0], 0.75 + 0.25 * 1, 1e-6);
    assert_close(parameter(&f, "0.running_var")[1], 0.75 + 0.25 * 12, 1e-6);
    train_once(&f, x, 0);
    assert_close(parameter(&f, "0.running_mean")[1], 0.875, 1e-6);
    assert_close(parameter(&f, "0.running_var")[1], 0.75 * 3.75 + 3, 1e-6);
    y = apply(&f, f.eval, x); /* eval: (6 - 0.875) / sqrt(5.8125 + eps) */
    assert_close(genrepi_real(y)[5], 5.125 / sqrt(5.8125 + 1e-5), 1e-6);
    genrepi_tensor_unref(y);
    y = apply(&f, f.eval, x); /* evaluation moves nothing */
    assert_close(parameter(&f, "0.running_mean")[1], 0.875, 1e-6);
    genrepi_tensor_unref(y);
    genrepi_tensor_unref(x);
    close_spec(&f);
}

/* A first layer without trained parameters, on data that nobody watches. */
static void batch_norm_counts_without_anything_to_train(void **state) {
    (void)state;
    fixture f = open_spec("batch_norm features=2 affine=0 momentum=0.5; linear in=2 out=1");
    genrep_tensor *x = case_input(f.ctx, "3x2", 1), *y;
    assert_ok(f.ctx, genrepi_tensor_fill(x, 4));
    y = apply(&f, f.train, x);
    assert_ok(f.ctx, genrepi_tape_backward_from(f.train, 1, &y, &y));
    assert_close(parameter(&f, "0.running_mean")[0], 2, 1e-6);
    genrepi_tensor_unref(y);
    genrepi_tensor_unref(x);
    close_spec(&f);
}

static void normalised_rows_and_channels_have_mean_0_and_variance_1(void **state) {
    (void)state;
    const char *specs[] = {"batch_norm features=3", "layer_norm affine=0"};
    for (int k = 0; k < 2; k++) {
        fixture f = open_spec(specs[k]);
        genrep_tensor *x = case_input(f.ctx, "200x3x50", 1);
        for (int64_t i = 0; i < x->count; i++) genrepi_real(x)[i] = 3 * genrepi_real(x)[i] + 7;
        genrep_tensor *y = apply(&f, f.train, x);
        double sum = 0, squares = 0;
        int64_t n = k == 0 ? 200 * 50 : 50;
        for (int64_t i = 0; i < n; i++) { /* the first channel, or the first row */
            double v = (double)genrepi_real(y)[k == 0 ? i / 50 * 150 + i % 50 : i];
            sum += v, squares += v * v;
        }
        assert_close(sum / (double)n, 0, 1e-5);
        assert_close(squares / (double)n, 1, 1e-4);
        genrepi_tensor_unref(y);
        genrepi_tensor_unref(x);
        close_spec(&f);
    }
}

/* 100000 draws of p = 0.3: the share of zeros within 5 standard deviations, the mean kept. */
static void dropout_drops_its_share_and_keeps_the_mean(void **state) {
    (void)state;
    fixture f = open_spec("dropout p=0.3");
    genrep_tensor *x = case_input(f.ctx, "100x1000", 1);
    assert_ok(f.ctx, genrepi_tensor_fill(x, 1));
    genrep_tensor *y = apply(&f, f.train, x);
    double zeros = 0, sum = 0;
    for (int64_t i = 0; i < y->count; i++) {
        zeros += genrepi_real(y)[i] == 0;
        sum += (double)genrepi_real(y)[i];
    }
    double sigma = sqrt(0.3 * 0.7 / 1e5);
    assert_true(fabs(zeros / 1e5 - 0.3) < 5 * sigma);
    assert_true(fabs(sum / 1e5 - 1) < 5 * sigma / 0.7);
    int64_t n = GENREPI_PIECE, same = 0; /* the pieces that threads share have masks of their own */
    for (int64_t i = 0; i < n; i++) same += genrepi_real(y)[i] == genrepi_real(y)[n + i];
    assert_in_range(same, n / 2, 2 * n / 3); /* 0.58 */
    genrepi_tensor_unref(y);
    y = apply(&f, f.eval, x);
    assert_memory_equal(y->data, x->data, (size_t)x->count * sizeof(real));
    genrepi_tensor_unref(y);
    genrepi_tensor_unref(x);
    close_spec(&f);
}

static void dropout_at_its_ends(void **state) {
    (void)state;
    const char *specs[] = {"dropout p=1", "dropout p=0", "dropout always=1", "dropout p=1"};
    for (int k = 0; k < 4; k++) {
        fixture f = open_spec(specs[k]);
        genrep_tensor *x = case_input(f.ctx, "20x20", 1);
        genrep_tensor *y = apply(&f, k < 2 ? f.train : f.eval, x);
        int zeros = 0;
        for (int64_t i = 0; i < y->count; i++) zeros += genrepi_real(y)[i] == 0;
        if (k == 0) assert_int_equal(zeros, 400);
        if (k == 1 || k == 3) assert_memory_equal(y->data, x->data, 400 * sizeof(real));
        if (k == 2) assert_in_range(zeros, 100, 300);
        genrepi_tensor_unref(y);
        genrepi_tensor_unref(x);
        close_spec(&f);
    }
}

static void softmax_gives_probabilities(void **state) {
    (void)state;
    fixture f = open_spec("softmax");
    genrep_tensor *x = case_input(f.ctx, "7x33", 1);
    for (int64_t i = 0; i < x->count; i++)
        genrepi_real(x)[i] *= 200; /* exp() alone would overflow */
    genrep_tensor *y = apply(&f, f.eval, x);
    for (int64_t i = 0; i < 7; i++) {
        double sum = 0;
        for (int64_t j = 0; j < 33; j++) {
            real p = genrepi_real(y)[i * 33 + j];
            assert_true(p >= 0 && p <= 1);
            sum += (double)p;
        }
        assert_close(sum, 1, 1e-6);
    }
    genrepi_tensor_unref(y);
    genrepi_tensor_unref(x);
    close_spec(&f);
}

/* Uniform within 1/sqrt(in) for weights and biases; with init= the biases begin at zero. */
static void linear_begins_as_documented(void **state) {
    (void)state;
    fixture f = open_spec("linear in=400 out=100");
    double squares = 0, bias = 0;
    for (int64_t i = 0; i < 40000; i++) {
        double w = (double)parameter(&f, "0.weight")[i];
        assert_true(fabs(w) <= 0.05);
        squares += w * w;
    }
    assert_close(squares / 40000 / (0.05 * 0.05 / 3), 1, 0.03);
    for (int64_t i = 0; i < 100; i++) {
        double b = (double)parameter(&f, "0.bias")[i];
        assert_true(fabs(b) <= 0.05);
        bias += b * b;
    }
    assert_close(bias / 100 / (0.05 * 0.05 / 3), 1, 0.5);
    close_spec(&f);
    f = open_spec("linear in=400 out=100 init='normal std=0.02'");
    squares = 0;
    for (int64_t i = 0; i < 40000; i++) {
        double w = (double)parameter(&f, "0.weight")[i];
        squares += w * w;
    }
    assert_close(sqrt(squares / 40000), 0.02, 0.0005);
    for (int64_t i = 0; i < 100; i++) assert_true(parameter(&f, "0.bias")[i] == 0);
    close_spec(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batch_norm_keeps_what_the_formula_says),
        cmocka_unit_test(batch_norm_counts_without_anything_to_train),
        cmocka_unit_test(normalised_rows_and_channels_have_mean_0_and_variance_1),
        cmocka_unit_test(dropout_drops_its_share_and_keeps_the_mean),
        cmocka_unit_test(dropout_at_its_ends),
        cmocka_unit_test(softmax_gives_probabilities),
        cmocka_unit_test(linear_begins_as_documented)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
