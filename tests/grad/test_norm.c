/* batch_norm, conditional_batch_norm, instance_norm, group_norm and layer_norm. */
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

/* batch_norm without scales, then those of the sample's class. */
static void conditional_batch_norm_scales_by_class(void **state) {
    (void)state;
    for (int64_t inner = 1; inner <= 7; inner += 6) {
        for (int32_t training = 0; training < 2; training++) {
            const char *x = inner == 1 ? "5x3" : "5x3x7";
            forward_result f = forward_open_two("conditional_batch_norm classes=4 features=3", x,
                                                "5 below 4", training);
            forward_result plain = forward_open("batch_norm features=3 affine=0", x, training);
            for (int64_t i = 0; i < f.y->count; i++) {
                int64_t c = i / inner % 3, row = ((int32_t *)f.z->data)[i / inner / 3] * 3 + c;
                double expected = (double)forward_parameter(&f, "0.weight")[row] *
                                      (double)genrepi_real(plain.y)[i] +
                                  (double)forward_parameter(&f, "0.bias")[row];
                assert_close(genrepi_real(f.y)[i], expected, 1e-13);
            }
            forward_close(&f);
            forward_close(&plain);
        }
    }
}

/* 3 samples of 6 channels of 2 x 5 numbers: each `width` neighbouring channels of a sample. */
static void groups_of_channels_are_per_sample(void **state) {
    (void)state;
    const struct {
        const char *spec, *weight, *bias;
        int64_t width;
    } rows[] = {{"instance_norm eps=0.01", NULL, NULL, 1},
                {"instance_norm eps=0.01 features=6 affine=1", "0.weight", "0.bias", 1},
                {"group_norm 2 eps=0.01 affine=0", NULL, NULL, 3},
                {"group_norm 3 eps=0.01 features=6", "0.weight", "0.bias", 2},
                {"group_norm 1 eps=0.01 features=6", "0.weight", "0.bias", 6}};
    for (int k = 0; k < 2 * GENREPI_COUNT(rows); k++) {
        forward_result f = forward_open(rows[k / 2].spec, "3x6x2x5", k % 2);
        int64_t n = rows[k / 2].width * 10;
        for (int64_t set = 0; set < 180 / n; set++) {
            const real *x = genrepi_real(f.x) + n * set, *y = genrepi_real(f.y) + n * set;
            double mean = 0, var = 0;
            for (int64_t j = 0; j < n; j++) mean += (double)x[j] / (double)n;
            for (int64_t j = 0; j < n; j++) {
                var += ((double)x[j] - mean) * ((double)x[j] - mean) / (double)n;
            }
            for (int64_t j = 0; j < n; j++) {
                int64_t channel = (n * set + j) / 10 % 6;
                double expected = ((double)x[j] - mean) / sqrt(var + 0.01);
                if (rows[k / 2].weight != NULL) {
                    expected *= (double)forward_parameter(&f, rows[k / 2].weight)[channel];
                    expected += (double)forward_parameter(&f, rows[k / 2].bias)[channel];
                }
                assert_close(y[j], expected, 1e-14);
            }
        }
        forward_close(&f);
    }
}

/* With running statistics instance_norm does the same to all samples at evaluation. */
static void tracked_instances_are_normalised_alike(void **state) {
    (void)state;
    forward_result f = forward_open("instance_norm features=3 track=1 affine=1", "2x3x4", 0);
    for (int64_t i = 0; i < 24; i++) {
        int64_t c = i / 4 % 3;
        double mean = (double)forward_parameter(&f, "0.running_mean")[c];
        double var = (double)forward_parameter(&f, "0.running_var")[c];
        double expected = (double)forward_parameter(&f, "0.weight")[c] *
                              ((double)genrepi_real(f.x)[i] - mean) / sqrt(var + 1e-5) +
                          (double)forward_parameter(&f, "0.bias")[c];
        assert_close(genrepi_real(f.y)[i], expected, 1e-14);
    }
    forward_close(&f);
}

/* Without running statistics batch_norm does at evaluation what it does in training. */
static void untracked_batches_are_normalised_alike(void **state) {
    (void)state;
    const char *inputs[] = {"5x3", "5x3x7"};
    for (int k = 0; k < 2; k++) {
        forward_result train = forward_open("batch_norm features=3 track=0", inputs[k], 1);
        forward_result eval = forward_open("batch_norm features=3 track=0", inputs[k], 0);
        assert_int_equal(train.layer->list->n, 2);
        assert_memory_equal(train.y->data, eval.y->data, (size_t)train.y->count * sizeof(real));
        forward_close(&train);
        forward_close(&eval);
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
                                     cmocka_unit_test(conditional_batch_norm_scales_by_class),
                                     cmocka_unit_test(groups_of_channels_are_per_sample),
                                     cmocka_unit_test(tracked_instances_are_normalised_alike),
                                     cmocka_unit_test(untracked_batches_are_normalised_alike),
                                     cmocka_unit_test(layer_norm_is_per_row)};
    return gradient_main("test_norm", own, sizeof own / sizeof own[0]);
}
