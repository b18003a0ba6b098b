/* batch_norm and layer_norm. */
#include "forward.h"
#include "gradient.h"

#include <math.h>

/* 5 samples of 3 channels of `inner` numbers, by two passes over each channel. */
static void batch_norm_is_per_channel(void **state) {
    (void)state;
    for (int64_t inner = 1; inner <= 7; inner += 6) {
        for (int32_t training = 0; training < 2; training++) {
            forward_result f = forward_open("batch_norm features=3 eps=0.01",
                                            inner == 1 ? "5x3" : "5x3x7", training);
            const real *x = genrepi_real(f.x), *y = genrepi_real(f.y);
            for (int64_t c = 0; c < 3; c++) {
                double mean = 0, var = 0, n = 5.0 * (double)inner;
                double gamma = (double)forward_parameter(&f, "0.weight")[c];
                double beta = (double)forward_parameter(&f, "0.bias")[c];
                for (int pass = 0; pass < 2; pass++) {
                    for (int64_t i = 0; i < 5 * inner; i++) {
                        double v = (double)x[(i / inner * 3 + c) * inner + i % inner];
                        if (pass == 0) mean += v / n;
                        if (pass == 1) var += (v - mean) * (v - mean) / n;
                    }
                }
                if (!training) {
                    mean = (double)forward_parameter(&f, "0.running_mean")[c];
                    var = (double)forward_parameter(&f, "0.running_var")[c];
                }
                for (int64_t i = 0; i < 5 * inner; i++) {
                    int64_t at = (i / inner * 3 + c) * inner + i % inner;
                    double expected = gamma * ((double)x[at] - mean) / sqrt(var + 0.01) + beta;
                    assert_close(y[at], expected, 1e-14);
                }
            }
            forward_close(&f);
        }
    }
}

static void layer_norm_is_per_row(void **state) {
    (void)state;
    const char *specs[] = {"input shape='2 6'; layer_norm eps=0.01",
                           "input shape='2 6'; layer_norm axes=2 eps=0.01"};
    for (int k = 0; k < 2; k++) {
        forward_result f = forward_open(specs[k], "3x2x6", 0);
        int64_t n = k == 0 ? 6 : 12;
        for (int64_t row = 0; row < 36 / n; row++) {
            const real *x = genrepi_real(f.x) + n * row, *y = genrepi_real(f.y) + n * row;
            double mean = 0, var = 0;
            for (int64_t j = 0; j < n; j++) mean += (double)x[j] / (double)n;
            for (int64_t j = 0; j < n; j++) {
                var += ((double)x[j] - mean) * ((double)x[j] - mean) / (double)n;
            }
            for (int64_t j = 0; j < n; j++) {
                double expected = (double)forward_parameter(&f, "1.weight")[j] *
                                      ((double)x[j] - mean) / sqrt(var + 0.01) +
                                  (double)forward_parameter(&f, "1.bias")[j];
                assert_close(y[j], expected, 1e-14);
            }
        }
        forward_close(&f);
    }
}

int main(void) {
    const struct CMUnitTest own[] = {cmocka_unit_test(batch_norm_is_per_channel),
                                     cmocka_unit_test(layer_norm_is_per_row)};
    return gradient_main("test_norm", own, sizeof own / sizeof own[0]);
}
