/* Weights that are used times a factor: spectral_norm, and the equalised learning rate. */
#include "layer_fixture.h"

#include <math.h>
#include <stdio.h>

/* The largest singular value of an n x m matrix: 2000 steps of the power iteration, in double. */
static double largest_singular_value(const real *w, int64_t n, int64_t m) {
    double v[64], u[64], length = 0;
    assert_true(n <= 64 && m <= 64);
    for (int64_t j = 0; j < m; j++) v[j] = 1 + 0.1 * (double)j;
    for (int step = 0; step < 2000; step++) {
        double squares = 0;
        for (int64_t i = 0; i < n; i++) {
            u[i] = 0;
            for (int64_t j = 0; j < m; j++) u[i] += (double)w[i * m + j] * v[j];
        }
        for (int64_t j = 0; j < m; j++) {
            v[j] = 0;
            for (int64_t i = 0; i < n; i++) v[j] += (double)w[i * m + j] * u[i];
            squares += v[j] * v[j];
        }
        length = sqrt(squares);
        for (int64_t j = 0; j < m; j++) v[j] /= length;
    }
    return sqrt(length); /* |W^T W v| with |v| = 1 */
}

/* The matrix that a layer of `in` inputs without a bias is, column by column. */
static void matrix_of(const fixture *f, genrep_tape *tape, int64_t in, int64_t out, real *to) {
    genrep_tensor *x = NULL;
    const genrepi_shape shape = {2, {in, in}};
    assert_ok(f->ctx, genrepi_tensor_new(f->ctx, GENREPI_REAL, &shape, 1, &x));
    for (int64_t i = 0; i < in; i++) genrepi_real(x)[i * in + i] = 1;
    genrepi_tape_reset(tape, 0);
    genrep_tensor *y = apply(f, tape, x);
    for (int64_t i = 0; i < in; i++) {
        for (int64_t j = 0; j < out; j++) to[j * in + i] = genrepi_real(y)[i * out + j];
    }
    genrepi_tensor_unref(y);
    genrepi_tensor_unref(x);
}

/* Also after the weight was replaced by another. */
static void training_brings_the_norm_to_1(void **state) {
    (void)state;
    fixture f = open_spec("spectral_norm { linear in=20 out=30 bias=0 }");
    genrep_tensor *x = case_input(f.ctx, "5x20", 1);
    real used[600];
    case_normal(entry(&f, "0.0.0.weight")->value, 2, 9);
    for (int step = 0; step < 300; step++) train_once(&f, x, 0);
    for (int k = 0; k < 2; k++) {
        matrix_of(&f, k == 0 ? f.eval : f.train, 20, 30, used);
        assert_close(largest_singular_value(used, 30, 20), 1, 1e-5);
    }
    double sigma = largest_singular_value(parameter(&f, "0.0.0.weight"), 30, 20);
    for (int i = 0; i < 600; i++) {
        assert_close(used[i], (double)parameter(&f, "0.0.0.weight")[i] / sigma, 1e-5);
    }
    genrepi_tensor_unref(x);
    close_spec(&f);
}

/* 30 outputs x the rest: a convolution's weight as it lies, of a transposed one the second axis. */
static void convolutions_are_matrices_of_their_outputs(void **state) {
    (void)state;
    const char *specs[] = {"spectral_norm { conv2d in=5 out=30 kernel=2 bias=0 }",
                           "spectral_norm { conv_transpose2d in=5 out=30 kernel=2 bias=0 }"};
    for (int k = 0; k < 2; k++) {
        fixture f = open_spec(specs[k]);
        genrep_tensor *x = case_input(f.ctx, "1x5x2x2", 1);
        real matrix[600];
        case_normal(entry(&f, "0.0.0.weight")->value, 2, 9);
        for (int step = 0; step < 300; step++) train_once(&f, x, 0);
        const real *w = parameter(&f, "0.0.0.weight");
        for (int64_t o = 0; o < 30; o++) {
            for (int64_t c = 0; c < 5; c++) {
                for (int64_t t = 0; t < 4; t++) {
                    matrix[(o * 5 + c) * 4 + t] =
                        k == 0 ? w[(o * 5 + c) * 4 + t] : w[(c * 30 + o) * 4 + t];
                }
            }
        }
        double sigma = largest_singular_value(matrix, 30, 20);
        assert_ok(f.ctx, genrepi_tensor_fill(x, 0));
        genrepi_real(x)[0] = 1; /* channel 0, corner: one tap in one output element */
        genrep_tensor *y = apply(&f, f.eval, x);
        assert_close(genrepi_real(y)[0], (double)w[0] / sigma, 1e-5);
        genrepi_tensor_unref(y);
        genrepi_tensor_unref(x);
        close_spec(&f);
    }
}

/* Every weight inside has its own; the first steps are done when the network is made. */
static void a_new_network_is_close_to_1(void **state) {
    (void)state;
    fixture f = open_spec("spectral_norm { linear in=20 out=30 bias=0; linear out=20 bias=0 }");
    assert_int_equal(f.layer->list->n, 4);
    for (int k = 0; k < 2; k++) {
        const char *weight = k == 0 ? "0.0.0.weight" : "0.0.1.weight";
        const char *name = k == 0 ? "0.0.0.weight_u" : "0.0.1.weight_u";
        int64_t rows = k == 0 ? 30 : 20, cols = 50 - rows;
        assert_null(entry(&f, name)->gradient);
        assert_int_equal(entry(&f, name)->value->count, rows);
        double sigma = 0, length = 0;
        for (int64_t j = 0; j < cols; j++) {
            double v = 0;
            for (int64_t i = 0; i < rows; i++) {
                v += (double)parameter(&f, name)[i] * (double)parameter(&f, weight)[i * cols + j];
            }
            sigma += v * v;
        }
        for (int64_t i = 0; i < rows; i++) {
            length += (double)parameter(&f, name)[i] * (double)parameter(&f, name)[i];
        }
        assert_close(length, 1, 1e-5);
        double best = largest_singular_value(parameter(&f, weight), rows, cols);
        assert_true(sqrt(sigma) <= best * 1.00001 && sqrt(sigma) > 0.97 * best);
    }
    close_spec(&f);
}

/* Neither evaluation nor a frozen network moves u; two applications on a tape move it as one. */
static void a_step_is_one_iteration(void **state) {
    (void)state;
    fixture f = open_spec("spectral_norm { linear in=6 out=4 }");
    genrep_tensor *x = case_input(f.ctx, "3x6", 1), *y[2];
    real before[4], once[4];
    case_normal(entry(&f, "0.0.0.weight")->value, 1, 9);
    real *u = parameter(&f, "0.0.0.weight_u");
    memcpy(before, u, sizeof before);
    train_once(&f, x, 1);
    y[0] = apply(&f, f.eval, x);
    genrepi_tensor_unref(y[0]);
    assert_memory_equal(u, before, sizeof before);
    train_once(&f, x, 0);
    memcpy(once, u, sizeof once);
    assert_true(memcmp(once, before, sizeof once) != 0);
    memcpy(u, before, sizeof before);
    genrepi_tape_reset(f.train, 0);
    for (int k = 0; k < 2; k++) y[k] = apply(&f, f.train, x);
    assert_ok(f.ctx, genrepi_tape_backward_from(f.train, 2, y, y));
    assert_memory_equal(u, once, sizeof once);
    genrepi_tensor_unref(y[0]);
    genrepi_tensor_unref(y[1]);
    genrepi_tensor_unref(x);
    close_spec(&f);
}

static void more_iterations_are_several_steps(void **state) {
    (void)state;
    fixture one = open_spec("spectral_norm { linear in=6 out=4 }");
    fixture three = open_spec("spectral_norm iterations=3 { linear in=6 out=4 }");
    genrep_tensor *x = case_input(one.ctx, "3x6", 1), *z = case_input(three.ctx, "3x6", 1);
    case_normal(entry(&one, "0.0.0.weight")->value, 1, 9);
    case_normal(entry(&three, "0.0.0.weight")->value, 1, 9);
    for (int step = 0; step < 3; step++) train_once(&one, x, 0);
    train_once(&three, z, 0);
    for (int i = 0; i < 4; i++) {
        assert_close(parameter(&one, "0.0.0.weight_u")[i],
                     (double)parameter(&three, "0.0.0.weight_u")[i], 1e-6);
    }
    genrepi_tensor_unref(x);
    genrepi_tensor_unref(z);
    close_spec(&one);
    close_spec(&three);
}

/* No direction is the longest of nothing: u stays, and nothing becomes infinite. */
static void a_weight_of_zeros_harms_nothing(void **state) {
    (void)state;
    fixture f = open_spec("spectral_norm { linear in=6 out=4 init=zeros }");
    genrep_tensor *x = case_input(f.ctx, "3x6", 1);
    real before[4];
    memcpy(before, parameter(&f, "0.0.0.weight_u"), sizeof before);
    double length = 0;
    for (int i = 0; i < 4; i++) length += (double)before[i] * (double)before[i];
    assert_close(length, 1, 1e-6);
    train_once(&f, x, 0);
    assert_memory_equal(parameter(&f, "0.0.0.weight_u"), before, sizeof before);
    genrep_tensor *y = apply(&f, f.eval, x);
    for (int64_t i = 0; i < y->count; i++) assert_true(genrepi_real(y)[i] == 0);
    genrepi_tensor_unref(y);
    genrepi_tensor_unref(x);
    close_spec(&f);
}

/* Weights N(0, 1/lr_mul^2), biases 0; used times lr_mul gain / sqrt(in) and lr_mul. */
static void equalised_weights_are_scaled_where_they_are_used(void **state) {
    (void)state;
    fixture f = open_spec("linear in=64 out=50 equalized=1 gain=2 lr_mul=0.01");
    double squares = 0, sum = 0;
    for (int64_t i = 0; i < 3200; i++) {
        double w = (double)parameter(&f, "0.weight")[i];
        sum += w, squares += w * w;
    }
    assert_true(fabs(sum / 3200) < 5 * 100 / sqrt(3200));
    assert_close(sqrt(squares / 3200), 100, 0.07);
    for (int64_t j = 0; j < 50; j++) assert_true(parameter(&f, "0.bias")[j] == 0);
    case_normal(entry(&f, "0.bias")->value, 100, 3);
    genrep_tensor *x = case_input(f.ctx, "7x64", 1), *y = apply(&f, f.eval, x);
    for (int64_t i = 0; i < 7 * 50; i++) {
        double expected = 0.01 * (double)parameter(&f, "0.bias")[i % 50];
        for (int64_t j = 0; j < 64; j++) {
            expected += 0.01 * 2 / 8 * (double)genrepi_real(x)[i / 50 * 64 + j] *
                        (double)parameter(&f, "0.weight")[i % 50 * 64 + j];
        }
        assert_close(genrepi_real(y)[i], expected, 1e-5);
    }
    genrepi_tensor_unref(y);
    genrepi_tensor_unref(x);
    close_spec(&f);
}

/* Each way that convolutions are worked out, with weights and biases scaled beforehand. */
static void equalised_convolutions_are_those_of_scaled_weights(void **state) {
    (void)state;
    const struct {
        const char *spec, *input;
        double fan_in;
    } rows[] = {{"conv2d in=16 out=24 pad=1", "2x16x12x13", 16 * 9},
                {"conv2d in=16 out=24 kernel=4 stride=2 pad=1", "2x16x12x12", 16 * 16},
                {"conv2d in=16 out=24 kernel=4", "2x16x4x4", 16 * 16},
                {"conv2d in=16 out=24 groups=4 kernel=5 pad=2 pad_mode=reflect", "2x16x8x9", 100},
                {"conv_transpose2d in=16 out=24 kernel=4 stride=2 pad=1", "2x16x6x6", 256},
                {"conv_transpose2d in=16 out=24 kernel=4", "2x16x1x1", 256}};
    for (int k = 0; k < GENREPI_COUNT(rows); k++) {
        char spec[128];
        snprintf(spec, sizeof spec, "%s equalized=1 gain=3 lr_mul=0.5", rows[k].spec);
        fixture f = open_spec(spec), g = open_spec(rows[k].spec);
        case_normal(entry(&f, "0.bias")->value, 1, 3);
        for (int i = 0; i < 2; i++) {
            const char *name = i == 0 ? "0.weight" : "0.bias";
            double factor = i == 0 ? 3 * 0.5 / sqrt(rows[k].fan_in) : 0.5;
            for (int64_t j = 0; j < entry(&f, name)->value->count; j++) {
                parameter(&g, name)[j] = (real)(factor * (double)parameter(&f, name)[j]);
            }
        }
        genrep_tensor *x = case_input(f.ctx, rows[k].input, 1), *y = apply(&f, f.eval, x);
        genrep_tensor *x_again = case_input(g.ctx, rows[k].input, 1),
                      *z = apply(&g, g.eval, x_again);
        for (int64_t i = 0; i < y->count; i++) {
            assert_close(genrepi_real(y)[i], (double)genrepi_real(z)[i], 1e-4);
        }
        genrepi_tensor_unref(y);
        genrepi_tensor_unref(z);
        genrepi_tensor_unref(x);
        genrepi_tensor_unref(x_again);
        close_spec(&f);
        close_spec(&g);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(training_brings_the_norm_to_1),
        cmocka_unit_test(convolutions_are_matrices_of_their_outputs),
        cmocka_unit_test(a_new_network_is_close_to_1),
        cmocka_unit_test(a_step_is_one_iteration),
        cmocka_unit_test(more_iterations_are_several_steps),
        cmocka_unit_test(a_weight_of_zeros_harms_nothing),
        cmocka_unit_test(equalised_weights_are_scaled_where_they_are_used),
        cmocka_unit_test(equalised_convolutions_are_those_of_scaled_weights)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
