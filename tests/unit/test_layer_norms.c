/* Layers that normalise: what they keep, and that what they make has mean 0 and variance 1. */
#include "layer_fixture.h"

#include <math.h>

/* Two samples of one channel, 1 2 3 and 0 0 6: means 2 and 2, unbiased variances 1 and 12. */
static void instance_norm_keeps_means_over_the_batch(void **state) {
    (void)state;
    fixture f = open_spec("instance_norm features=1 track=1 momentum=0.25");
    genrep_tensor *x = case_input(f.ctx, "2x1x3", 1), *y;
    const real values[] = {1, 2, 3, 0, 0, 6};
    memcpy(x->data, values, sizeof values);
    train_once(&f, x, 1);
    assert_true(parameter(&f, "0.running_mean")[0] == 0 && parameter(&f, "0.running_var")[0] == 1);
    train_once(&f, x, 0);
    assert_close(parameter(&f, "0.running_mean")[0], 0.5, 1e-6);
    assert_close(parameter(&f, "0.running_var")[0], 0.75 + 0.25 * 6.5, 1e-6);
    y = apply(&f, f.eval, x);
    assert_close(genrepi_real(y)[5], 5.5 / sqrt(2.375 + 1e-5), 1e-6);
    assert_close(parameter(&f, "0.running_mean")[0], 0.5, 1e-6);
    genrepi_tensor_unref(y);
    genrepi_tensor_unref(x);
    close_spec(&f);
}

/* Images as they come, far from 0: groups of channels of each sample. */
static void every_group_has_mean_0_and_variance_1(void **state) {
    (void)state;
    const char *specs[] = {"instance_norm", "group_norm 3 affine=0", "group_norm 1 affine=0"};
    const int64_t groups[] = {6, 3, 1};
    for (int k = 0; k < 3; k++) {
        fixture f = open_spec(specs[k]);
        genrep_tensor *x = case_input(f.ctx, "3x6x17x23", 1);
        for (int64_t i = 0; i < x->count; i++) genrepi_real(x)[i] = 3 * genrepi_real(x)[i] + 70;
        genrep_tensor *y = apply(&f, k % 2 ? f.eval : f.train, x);
        int64_t n = 6 / groups[k] * 17 * 23;
        for (int64_t set = 0; set < 3 * groups[k]; set++) {
            double sum = 0, squares = 0;
            for (int64_t i = n * set; i < n * (set + 1); i++) {
                double v = (double)genrepi_real(y)[i];
                sum += v, squares += v * v;
            }
            assert_close(sum / (double)n, 0, 1e-5);
            assert_close(squares / (double)n, 1, 1e-4);
        }
        genrepi_tensor_unref(y);
        genrepi_tensor_unref(x);
        close_spec(&f);
    }
}

/* As many groups as channels: instance normalisation; one group: layer normalisation. */
static void groups_end_where_other_layers_begin(void **state) {
    (void)state;
    const char *specs[][2] = {{"group_norm 4 affine=0", "instance_norm"},
                              {"group_norm 1 affine=0", "layer_norm axes=3 affine=0"}};
    for (int k = 0; k < 2; k++) {
        fixture f = open_spec(specs[k][0]), g = open_spec(specs[k][1]);
        genrep_tensor *x = case_input(f.ctx, "2x4x5x6", 1), *y = apply(&f, f.eval, x);
        genrep_tensor *x_again = case_input(g.ctx, "2x4x5x6", 1), *z = apply(&g, g.eval, x_again);
        for (int64_t i = 0; i < y->count; i++) {
            assert_close(genrepi_real(y)[i], (double)genrepi_real(z)[i], 1e-6);
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(instance_norm_keeps_means_over_the_batch),
                                       cmocka_unit_test(every_group_has_mean_0_and_variance_1),
                                       cmocka_unit_test(groups_end_where_other_layers_begin)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
