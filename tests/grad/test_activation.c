/* Functions of one element, and softmax. */
#include "forward.h"
#include "gradient.h"

#include <math.h>

static double f_relu(double x) {
    return x > 0 ? x : 0;
}
static double f_leaky(double x) {
    return x > 0 ? x : 0.2 * x;
}
static double f_sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

static void functions_are_what_their_names_say(void **state) {
    (void)state;
    const struct {
        const char *spec;
        double (*f)(double);
    } rows[] = {{"relu", f_relu}, {"leaky_relu", f_leaky}, {"tanh", tanh}, {"sigmoid", f_sigmoid}};
    for (int k = 0; k < 4; k++) {
        forward_result f = forward_open(rows[k].spec, "6x5", 0);
        for (int64_t i = 0; i < f.x->count; i++) {
            assert_close(genrepi_real(f.y)[i], rows[k].f((double)genrepi_real(f.x)[i]), 1e-15);
        }
        forward_close(&f);
    }
}

static void prelu_has_a_slope_for_each_channel(void **state) {
    (void)state;
    const char *specs[] = {"prelu", "prelu features=3", "prelu features=3"};
    const char *inputs[] = {"4x3", "4x3", "4x3x5"};
    for (int k = 0; k < 3; k++) {
        forward_result f = forward_open(specs[k], inputs[k], 0);
        const real *slope = forward_parameter(&f, "0.weight");
        for (int64_t i = 0; i < f.x->count; i++) {
            double x = (double)genrepi_real(f.x)[i];
            double a = (double)slope[k == 0 ? 0 : k == 1 ? i % 3 : i / 5 % 3];
            assert_close(genrepi_real(f.y)[i], x > 0 ? x : a * x, 1e-15);
        }
        forward_close(&f);
    }
}

static void softmax_is_over_the_last_axis(void **state) {
    (void)state;
    forward_result f = forward_open("softmax", "2x3x4", 0);
    for (int64_t row = 0; row < 6; row++) {
        const real *x = genrepi_real(f.x) + 4 * row, *y = genrepi_real(f.y) + 4 * row;
        double sum = 0;
        for (int j = 0; j < 4; j++) sum += exp((double)x[j]);
        for (int j = 0; j < 4; j++) assert_close(y[j], exp((double)x[j]) / sum, 1e-15);
    }
    forward_close(&f);
}

int main(void) {
    const struct CMUnitTest own[] = {cmocka_unit_test(functions_are_what_their_names_say),
                                     cmocka_unit_test(prelu_has_a_slope_for_each_channel),
                                     cmocka_unit_test(softmax_is_over_the_last_axis)};
    return gradient_main("test_activation", own, sizeof own / sizeof own[0]);
}
