/* Winograd convolutions of both tile sizes are within their error of the plain sums in a wider
 * type, for every shape they cover; bits depend neither on threads nor on AVX2 or AVX-512. */
#include "convolutions.h"
#include <kernel/winograd.h>

static const double most_error[2] = {60 * (double)GENREPI_REAL_EPSILON,
                                     600 * (double)GENREPI_REAL_EPSILON};

static convolved by_winograd(genrep_ctx *ctx, const convolution_arrays *a, int32_t tile) {
    convolved found = {random_array(a->n_y, 6), random_array(a->n_x, 7), random_array(a->n_w, 8)};
    for (int64_t i = 0; i < a->n_w; i++) found.dw[i] = (real)0.5;
    assert_int_equal(
        genrepi_winograd_forward(ctx, &a->c, tile, a->x, a->w, a->out_bias, found.y), 0);
    assert_int_equal(
        genrepi_winograd_input(ctx, &a->c, tile, a->y, a->w, a->in_bias, found.dx), 0);
    assert_int_equal(genrepi_winograd_weight(ctx, &a->c, tile, a->x, a->y, found.dw), 0);
    return found;
}

static double worst[2][3];

static void check(genrepi_convolution c) {
    convolution_arrays a = make_convolution(c);
    const genrepi_kernels *columns[3] = {reference()};
    const int n_columns = 1 + other_columns(columns + 1);
    assert_true(genrepi_winograd_covers(&c));
    for (int32_t tile = 2; tile <= 4; tile += 2) {
        convolved first[2];
        for (int i = 0; i < n_columns; i++)
            for (int32_t threads = 1; threads <= 3; threads++) {
                genrep_ctx *ctx = new_ctx(columns[i], threads);
                convolved found = by_winograd(ctx, &a, tile);
                const double errors[3] = {relative_error(a.n_y, found.y, a.forward),
                                          relative_error(a.n_x, found.dx, a.input),
                                          relative_error(a.n_w, found.dw, a.weight)};
                for (int d = 0; d < 3; d++) {
                    if (errors[d] > worst[tile / 4][d]) worst[tile / 4][d] = errors[d];
                    if (errors[d] <= most_error[tile / 4]) continue;
                    printf("%s, tile %d, direction %d: error %g\n", columns[i]->name, tile, d,
                           errors[d]);
                    printf("%d x %d x %d x %d to %d, %dx%d, pad %d\n", (int)c.batch, (int)c.in,
                           (int)c.height, (int)c.width, (int)c.out, (int)c.kernel_height,
                           (int)c.kernel_width, (int)c.pad_top);
                    fail();
                }
                convolved *before = &first[i > 0];
                if (threads == 1 && i < 2) {
                    *before = found;
                } else {
                    assert_memory_equal(found.y, before->y, (size_t)a.n_y * sizeof(real));
                    assert_memory_equal(found.dx, before->dx, (size_t)a.n_x * sizeof(real));
                    assert_memory_equal(found.dw, before->dw, (size_t)a.n_w * sizeof(real));
                    free_convolved(&found);
                }
                genrepi_ctx_unref(ctx);
            }
        free_convolved(&first[0]);
        if (n_columns > 1) free_convolved(&first[1]);
    }
    free_convolution(&a);
}

static void sizes_and_paddings(void **state) {
    (void)state;
    for (int64_t size = 1; size <= 9; size++)
        for (int64_t pad = 0; pad <= 3; pad++) {
            if (size + 2 * pad >= 3) check(square(2, 3, size, size + 2, 5, 3, 1, pad, 1));
            if (size + 2 * pad >= 4) check(square(2, 3, size, size + 3, 5, 4, 2, pad, 1));
        }
}

static void channels_around_those_of_groups(void **state) {
    (void)state;
    static const int64_t channels[] = {1, 2, 15, 16, 17, 31, 33, 70};
    for (size_t i = 0; i < GENREPI_COUNT(channels); i++) {
        check(square(1, channels[i], 6, 6, channels[7 - i], 3, 1, 1, 1));
        check(square(3, channels[i], 8, 6, channels[7 - i], 4, 2, 1, 1));
    }
}

static void many_tiles(void **state) {
    (void)state;
    check(square(1, 20, 70, 140, 18, 3, 1, 1, 1));
    check(square(1, 5, 131, 70, 7, 4, 2, 1, 1));
    check(square(70, 5, 9, 9, 7, 3, 1, 1, 1));
}

static void several_chunks_and_blocks(void **state) {
    (void)state;
    check(square(2, 150, 9, 9, 140, 3, 1, 1, 1));
    check(square(2, 70, 9, 9, 140, 4, 2, 1, 1));
    check(square(1, 512, 4, 4, 20, 3, 1, 1, 1));
}

static void groups(void **state) {
    (void)state;
    check(square(2, 6, 8, 8, 9, 3, 1, 1, 3));
    check(square(2, 6, 8, 7, 12, 4, 2, 1, 6));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_and_paddings),
        cmocka_unit_test(channels_around_those_of_groups),
        cmocka_unit_test(many_tiles),
        cmocka_unit_test(several_chunks_and_blocks),
        cmocka_unit_test(groups),
    };
    int r = cmocka_run_group_tests(tests, NULL, NULL);
    for (int t = 0; t < 2; t++) printf("%g %g %g\n", worst[t][0], worst[t][1], worst[t][2]);
    return r;
}
