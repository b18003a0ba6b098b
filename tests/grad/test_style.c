/* What style-based generators and their discriminators are made of: pixel_norm, minibatch_stddev,
 * noise, adain, modulated_conv2d. */
#include "forward.h"
#include "gradient.h"

#include <math.h>
#include <string.h>

/* 2 samples of 3 channels of 2 x 5 pixels, and 4 vectors of 6. */
static void pixel_norm_is_per_pixel(void **state) {
    (void)state;
    for (int k = 0; k < 2; k++) {
        int64_t channels = k == 0 ? 3 : 6, inner = k == 0 ? 10 : 1, batch = k == 0 ? 2 : 4;
        forward_result f = forward_open("pixel_norm eps=0.01", k == 0 ? "2x3x2x5" : "4x6", k);
        const real *x = genrepi_real(f.x), *y = genrepi_real(f.y);
        for (int64_t p = 0; p < batch * inner; p++) {
            int64_t at = p / inner * channels * inner + p % inner;
            double squares = 0;
            for (int64_t c = 0; c < channels; c++) {
                squares += (double)x[at + c * inner] * (double)x[at + c * inner];
            }
            double length = sqrt(squares / (double)channels + 0.01);
            for (int64_t c = 0; c < channels; c++) {
                assert_close(y[at + c * inner], (double)x[at + c * inner] / length, 1e-14);
            }
        }
        forward_close(&f);
    }
}

/* 6 samples of 4 channels of 3 pixels in 3 groups of 2: samples j, j + 3; 2 maps of 2 channels. */
static void minibatch_stddev_appends_the_mean_deviation(void **state) {
    (void)state;
    forward_result f = forward_open("minibatch_stddev group=2 features=2 eps=0.01", "6x4x3", 0);
    const genrepi_shape expected = {3, {6, 6, 3}};
    assert_true(genrepi_shape_equal(&f.y->shape, &expected));
    const real *x = genrepi_real(f.x), *y = genrepi_real(f.y);
    for (int64_t i = 0; i < 6; i++) {
        assert_memory_equal(y + 18 * i, x + 12 * i, 12 * sizeof(real));
        for (int64_t map = 0; map < 2; map++) {
            double sum = 0;
            for (int64_t m = 6 * map; m < 6 * map + 6; m++) {
                double a = (double)x[12 * (i % 3) + m], b = (double)x[12 * (i % 3 + 3) + m];
                sum += sqrt((a - b) * (a - b) / 4 + 0.01);
            }
            for (int64_t p = 0; p < 3; p++) {
                assert_close(y[18 * i + 12 + 3 * map + p], sum / 6, 1e-14);
            }
        }
    }
    forward_close(&f);
}

/* A batch smaller than a group is one group: two samples that differ by 2 everywhere. */
static void a_small_batch_is_one_group(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_layer *layer = NULL;
    genrep_tape *tape = NULL;
    genrep_tensor *x = case_input(ctx, "2x3", 1), *y = NULL;
    const real values[] = {1, 2, 3, 3, 4, 5};
    memcpy(x->data, values, sizeof values);
    assert_ok(ctx, genrepi_layer_new(ctx, "minibatch_stddev eps=1e-12", NULL, &layer));
    assert_ok(ctx, genrepi_tape_new(ctx, 0, &tape));
    assert_ok(ctx, genrepi_layer_apply(layer, tape, &x, 1, &y, 1));
    assert_close(genrepi_real(y)[3], 1, 1e-10);
    assert_close(genrepi_real(y)[7], 1, 1e-10);
    genrepi_tensor_unref(y);
    genrepi_tensor_unref(x);
    genrepi_tape_unref(tape);
    genrepi_layer_unref(layer);
    genrepi_ctx_unref(ctx);
}

/* (y - x) / a is the same for all channels of a pixel, and normal: mean 0, variance 1. */
static void noise_is_shared_by_channels(void **state) {
    (void)state;
    const char *inputs[] = {"20x3x25x40", "20000x3"};
    for (int k = 0; k < 4; k++) {
        forward_result f = forward_open("noise features=3", inputs[k / 2], k % 2);
        const real *x = genrepi_real(f.x), *y = genrepi_real(f.y);
        const real *strength = forward_parameter(&f, "0.weight");
        int64_t inner = k < 2 ? 1000 : 1;
        double sum = 0, squares = 0, neighbours = 0, last = 0;
        for (int64_t p = 0; p < 20000; p++) {
            int64_t at = p / inner * 3 * inner + p % inner;
            double n = ((double)y[at] - (double)x[at]) / (double)strength[0];
            for (int64_t c = 1; c < 3; c++) {
                assert_close(y[at + c * inner], (double)x[at + c * inner] + n * (double)strength[c],
                             1e-12);
            }
            sum += n, squares += n * n, neighbours += n * last, last = n;
        }
        assert_true(fabs(sum / 20000) < 5 / sqrt(20000));
        assert_true(fabs(squares / 20000 - 1) < 5 * sqrt(2.0 / 20000));
        assert_true(fabs(neighbours / 20000) < 5 / sqrt(20000));
        forward_close(&f);
    }
}

static void noise_is_off_where_it_should_be(void **state) {
    (void)state;
    forward_result f = forward_open("noise features=3 always=0", "2x3x4", 0);
    assert_memory_equal(f.x->data, f.y->data, 24 * sizeof(real));
    forward_close(&f);
}

/* Two applications of a recording differ, and so do two steps; the same step again does not. */
static void every_application_has_noise_of_its_own(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_layer *layer = NULL;
    genrep_tape *tape = NULL;
    genrep_tensor *x = case_input(ctx, "2x3x4", 1), *y[4];
    assert_ok(ctx, genrepi_layer_new(ctx, "noise features=3 init=ones", NULL, &layer));
    assert_ok(ctx, genrepi_tape_new(ctx, 1, &tape));
    for (int k = 0; k < 4; k++) {
        if (k != 1) genrepi_tape_reset(tape, k == 2);
        assert_ok(ctx, genrepi_layer_apply(layer, tape, &x, 1, &y[k], 1));
    }
    assert_true(memcmp(y[0]->data, y[1]->data, 24 * sizeof(real)) != 0);
    assert_true(memcmp(y[0]->data, y[2]->data, 24 * sizeof(real)) != 0);
    assert_memory_equal(y[0]->data, y[3]->data, 24 * sizeof(real));
    for (int k = 0; k < 4; k++) genrepi_tensor_unref(y[k]);
    genrepi_tensor_unref(x);
    genrepi_tape_unref(tape);
    genrepi_layer_unref(layer);
    genrepi_ctx_unref(ctx);
}

/* Instance normalisation, then (1 + s) of it + t with (s, t) = factor A w + b. */
static void adain_takes_scale_and_shift_from_the_style(void **state) {
    (void)state;
    const char *specs[] = {"adain style=4 features=3 eps=0.01",
                           "adain style=4 features=3 eps=0.01 equalized=1 gain=3 lr_mul=0.5"};
    const double factor[] = {1, 3 * 0.5 / 2}, bias[] = {1, 0.5};
    for (int k = 0; k < 2; k++) {
        forward_result f = forward_open_two(specs[k], "2x3x5", "2x4", k);
        forward_result plain = forward_open("instance_norm eps=0.01", "2x3x5", k);
        const real *a = forward_parameter(&f, "0.weight"), *b = forward_parameter(&f, "0.bias");
        for (int64_t i = 0; i < 30; i++) {
            const real *w = genrepi_real(f.z) + i / 15 * 4;
            double made[2];
            for (int64_t h = 0; h < 2; h++) {
                int64_t row = i / 5 % 3 + 3 * h;
                double sum = 0;
                for (int64_t j = 0; j < 4; j++) sum += (double)a[row * 4 + j] * (double)w[j];
                made[h] = factor[k] * sum + bias[k] * (double)b[row];
            }
            assert_close(genrepi_real(f.y)[i],
                         (1 + made[0]) * (double)genrepi_real(plain.y)[i] + made[1], 1e-13);
        }
        forward_close(&f);
        forward_close(&plain);
    }
}

/* Each sample convolved with weights of its own, written out. */
static void modulation_is_weights_of_each_sample(void **state) {
    (void)state;
    const struct {
        const char *spec;
        double factor, bias, style, eps;
        int demodulate, has_bias;
    } rows[] = {{"modulated_conv2d in=2 out=3 style=4 pad=1 eps=0.01", 1, 1, 1, 0.01, 1, 1},
                {"modulated_conv2d in=2 out=3 style=4 pad=1 bias=0", 1, 0, 1, 1e-8, 1, 0},
                {"modulated_conv2d in=2 out=3 style=4 pad=1 demodulate=0", 1, 1, 1, 0, 0, 1},
                {"modulated_conv2d in=2 out=3 style=4 pad=1 equalized=1 gain=3 lr_mul=0.5 eps=0.01",
                 3 * 0.5 / 4.242640687119285, 0.5, 0.5, 0.01, 1, 1}};
    for (int k = 0; k < GENREPI_COUNT(rows); k++) {
        forward_result f = forward_open_two(rows[k].spec, "2x2x4x5", "2x4", k % 2);
        const real *w = forward_parameter(&f, "0.weight"), *x = genrepi_real(f.x);
        const real *bias = rows[k].has_bias ? forward_parameter(&f, "0.bias") : NULL;
        const real *a = forward_parameter(&f, "0.style_weight");
        const real *b = forward_parameter(&f, "0.style_bias");
        for (int64_t n = 0; n < 2; n++) {
            double s[2];
            for (int64_t i = 0; i < 2; i++) {
                s[i] = (double)b[i];
                for (int64_t j = 0; j < 4; j++) {
                    s[i] +=
                        rows[k].style * (double)a[i * 4 + j] * (double)genrepi_real(f.z)[n * 4 + j];
                }
            }
            for (int64_t o = 0; o < 3; o++) {
                double own[2][9], squares = rows[k].eps;
                for (int64_t i = 0; i < 2; i++) {
                    for (int64_t t = 0; t < 9; t++) {
                        own[i][t] = rows[k].factor * s[i] * (double)w[(o * 2 + i) * 9 + t];
                        squares += own[i][t] * own[i][t];
                    }
                }
                for (int64_t p = 0; p < 20; p++) {
                    double sum = 0;
                    for (int64_t e = 0; e < 18; e++) {
                        int64_t row = p / 5 + e % 9 / 3 - 1, col = p % 5 + e % 3 - 1;
                        if (row < 0 || row >= 4 || col < 0 || col >= 5) continue;
                        sum += own[e / 9][e % 9] * (double)x[((n * 2 + e / 9) * 4 + row) * 5 + col];
                    }
                    if (rows[k].demodulate) sum /= sqrt(squares);
                    if (bias != NULL) sum += rows[k].bias * (double)bias[o];
                    assert_close(genrepi_real(f.y)[(n * 3 + o) * 20 + p], sum, 1e-13);
                }
            }
        }
        forward_close(&f);
    }
}

/* Inputs of variance 1 come out with variance 1, whatever the weights and styles. */
static void demodulation_keeps_the_variance(void **state) {
    (void)state;
    forward_result f =
        forward_open_two("modulated_conv2d in=8 out=4 style=3 bias=0", "3x8x72x72", "3x3", 0);
    for (int64_t row = 0; row < 12; row++) {
        double squares = 0;
        for (int64_t p = 0; p < 4900; p++) {
            double y = (double)genrepi_real(f.y)[row * 4900 + p];
            squares += y * y;
        }
        assert_true(fabs(squares / 4900 - 1) < 0.15); /* pixels that share inputs are correlated */
    }
    forward_close(&f);
}

/* A style that asks for the deviation and the mean that x has already gives x back. */
static void adain_of_equal_statistics_is_identity(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_layer *layer = NULL;
    genrep_tape *tape = NULL;
    genrep_tensor *in[] = {case_input(ctx, "1x3x40", 1), case_input(ctx, "1x1", 1)}, *y = NULL;
    assert_ok(ctx, genrepi_layer_new(ctx, "adain style=1 features=3 init=zeros", NULL, &layer));
    assert_ok(ctx, genrepi_tape_new(ctx, 0, &tape));
    const real *x = genrepi_real(in[0]);
    real *bias = genrepi_real(layer->list->entries[1].value);
    for (int64_t c = 0; c < 3; c++) {
        double mean = 0, var = 0;
        for (int64_t i = 0; i < 40; i++) mean += (double)x[c * 40 + i] / 40;
        for (int64_t i = 0; i < 40; i++) {
            var += ((double)x[c * 40 + i] - mean) * ((double)x[c * 40 + i] - mean) / 40;
        }
        bias[c] = (real)(sqrt(var + 1e-8) - 1);
        bias[3 + c] = (real)mean;
    }
    assert_ok(ctx, genrepi_layer_apply(layer, tape, in, 2, &y, 1));
    for (int64_t i = 0; i < 120; i++) assert_close(genrepi_real(y)[i], (double)x[i], 1e-13);
    genrepi_tensor_unref(y);
    genrepi_tensor_unref(in[0]);
    genrepi_tensor_unref(in[1]);
    genrepi_tape_unref(tape);
    genrepi_layer_unref(layer);
    genrepi_ctx_unref(ctx);
}

/* ---- styles of layers ---------------------------------------------------------------------------
 */

static genrep_tensor *mixed(genrep_ctx *ctx, genrep_layer *layer, int32_t training,
                            genrep_tensor *w) {
    genrep_tape *tape = NULL;
    genrep_tensor *y = NULL;
    assert_ok(ctx, genrepi_tape_new(ctx, training, &tape));
    assert_ok(ctx, genrepi_layer_apply(layer, tape, &w, 1, &y, 1));
    genrepi_tape_unref(tape);
    return y;
}

/* Every row is a sample's own style up to a crossover, and the next sample's from there on. */
static void styles_cross_over_once(void **state) {
    (void)state;
    enum { N = 2000, L = 6 };
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_layer *layer = NULL;
    genrep_tensor *w = NULL;
    genrepi_shape shape = {2, {N, 1}};
    int at[L + 1] = {0};
    assert_ok(ctx,
              genrepi_layer_new(ctx, "style_mix layers=6 style=1 probability=0.9", NULL, &layer));
    assert_ok(ctx, genrepi_tensor_new(ctx, GENREPI_REAL, &shape, 0, &w));
    for (int n = 0; n < N; n++) genrepi_real(w)[n] = (real)n;
    genrep_tensor *y = mixed(ctx, layer, 1, w);
    for (int n = 0; n < N; n++) {
        const real *row = genrepi_real(y) + n * L;
        int c = 0;
        while (c < L && row[c] == (real)n) c++;
        for (int i = c; i < L; i++) assert_true(row[i] == (real)((n + 1) % N));
        at[c]++;
    }
    assert_int_equal(at[0], 0);
    assert_true(fabs(at[L] - 0.1 * N) < 60);
    for (int c = 1; c < L; c++) assert_true(fabs(at[c] - 0.18 * N) < 80);
    genrepi_tensor_unref(y);
    genrepi_tensor_unref(w);
    genrepi_layer_unref(layer);
    genrepi_ctx_unref(ctx);
}

/* With classes the second style is of the next sample of the same class, of the only one its own.
 */
static void styles_cross_over_within_a_class(void **state) {
    (void)state;
    enum { N = 7, L = 3 };
    static const int32_t classes[N] = {0, 1, 0, 2, 1, 1, 0}, next[N] = {2, 4, 6, 3, 5, 1, 0};
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_layer *layer = NULL;
    genrep_tape *tape = NULL;
    genrep_tensor *in[2] = {NULL, NULL}, *y = NULL;
    genrepi_shape w = {2, {N, 1}}, c = {1, {N}};
    assert_ok(ctx,
              genrepi_layer_new(ctx, "style_mix layers=3 style=1 probability=1", NULL, &layer));
    assert_ok(ctx, genrepi_tensor_new(ctx, GENREPI_REAL, &w, 0, &in[0]));
    assert_ok(ctx, genrepi_tensor_new(ctx, GENREP_I32, &c, 0, &in[1]));
    for (int n = 0; n < N; n++) genrepi_real(in[0])[n] = (real)n;
    memcpy(in[1]->data, classes, sizeof classes);
    assert_ok(ctx, genrepi_tape_new(ctx, 1, &tape));
    assert_ok(ctx, genrepi_layer_apply(layer, tape, in, 2, &y, 1));
    for (int n = 0; n < N; n++) {
        assert_true(genrepi_real(y)[n * L] == (real)n);
        assert_true(genrepi_real(y)[n * L + L - 1] == (real)next[n]);
    }
    genrepi_tensor_unref(y);
    genrepi_tensor_unref(in[0]);
    genrepi_tensor_unref(in[1]);
    genrepi_tape_unref(tape);
    genrepi_layer_unref(layer);
    genrepi_ctx_unref(ctx);
}

/* m + psi (w - m) in the first layers, w in the others; m is what was seen going back. */
static void styles_are_drawn_to_their_mean_in_use(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_layer *layer = NULL;
    genrep_tape *tape = NULL;
    genrep_tensor *w = case_input(ctx, "4x3", 1), *y = NULL, *ones = NULL;
    assert_ok(ctx,
              genrepi_layer_new(ctx, "style_mix layers=3 style=3 truncation=0.7 cutoff=2 decay=0.5",
                                NULL, &layer));
    assert_ok(ctx, genrepi_tape_new(ctx, 1, &tape));
    assert_ok(ctx, genrepi_tape_watch(tape, w));
    assert_ok(ctx, genrepi_layer_apply(layer, tape, &w, 1, &y, 1));
    assert_ok(ctx, genrepi_tensor_new(ctx, GENREPI_REAL, &y->shape, 0, &ones));
    assert_ok(ctx, genrepi_tensor_fill(ones, 1));
    assert_ok(ctx, genrepi_tape_backward_from(tape, 1, &y, &ones));
    genrepi_tensor_unref(y);
    y = mixed(ctx, layer, 0, w);
    for (int j = 0; j < 3; j++) {
        double mean = 0;
        for (int n = 0; n < 4; n++) mean += 0.5 * (double)genrepi_real(w)[3 * n + j] / 4;
        for (int n = 0; n < 4; n++) {
            const double own = (double)genrepi_real(w)[3 * n + j];
            for (int i = 0; i < 3; i++)
                assert_close((double)genrepi_real(y)[(3 * n + i) * 3 + j],
                             i < 2 ? mean + 0.7 * (own - mean) : own, 1e-14);
        }
    }
    genrepi_tensor_unref(ones);
    genrepi_tensor_unref(y);
    genrepi_tensor_unref(w);
    genrepi_tape_unref(tape);
    genrepi_layer_unref(layer);
    genrepi_ctx_unref(ctx);
}

int main(void) {
    const struct CMUnitTest own[] = {cmocka_unit_test(pixel_norm_is_per_pixel),
                                     cmocka_unit_test(minibatch_stddev_appends_the_mean_deviation),
                                     cmocka_unit_test(a_small_batch_is_one_group),
                                     cmocka_unit_test(noise_is_shared_by_channels),
                                     cmocka_unit_test(noise_is_off_where_it_should_be),
                                     cmocka_unit_test(every_application_has_noise_of_its_own),
                                     cmocka_unit_test(adain_takes_scale_and_shift_from_the_style),
                                     cmocka_unit_test(adain_of_equal_statistics_is_identity),
                                     cmocka_unit_test(modulation_is_weights_of_each_sample),
                                     cmocka_unit_test(demodulation_keeps_the_variance),
                                     cmocka_unit_test(styles_cross_over_once),
                                     cmocka_unit_test(styles_cross_over_within_a_class),
                                     cmocka_unit_test(styles_are_drawn_to_their_mean_in_use)};
    return gradient_main("test_style", own, sizeof own / sizeof own[0]);
}
