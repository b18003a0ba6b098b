/* Convolutions and their gradients are the sums that kernel/convolution.h says, whatever the shape;
 * bits depend neither on threads nor on AVX2 or AVX-512. */
#include "convolutions.h"

static const double most_error = 60 * (double)GENREPI_REAL_EPSILON;

static void plain(genrepi_convolution c) {
    c.exact = 1;
    if (c.in > 2) c.factor = (real)0.7;
    check_convolution(c, most_error);
}

static void all_kernels_strides_and_paddings(void **state) {
    (void)state;
    for (int64_t kernel = 1; kernel <= 5; kernel++)
        for (int64_t stride = 1; stride <= 3; stride++)
            for (int64_t pad = 0; pad <= kernel; pad++)
                plain(square(2, 3, 7, 9, 5, kernel, stride, pad, 1));
}

static void sizes_around_those_of_tiles(void **state) {
    (void)state;
    static const int64_t sizes[] = {1, 2, 13, 14, 15, 29, 33};
    for (size_t i = 0; i < GENREPI_COUNT(sizes); i++) {
        plain(square(1, sizes[i], 6, 6, sizes[6 - i], 3, 1, 1, 1));
        plain(square(sizes[i], 3, 4, 4, 17, 4, 2, 1, 1));
        plain(square(2, 2, sizes[i], sizes[6 - i], 3, 3, 1, 1, 1));
        plain(square(2, 2, sizes[i] + 1, sizes[i] + 1, 3, 4, 2, 1, 1));
    }
}

static void several_chunks_and_parts(void **state) {
    (void)state;
    plain(square(2, 70, 9, 9, 20, 3, 1, 1, 1));
    plain(square(3, 100, 5, 5, 40, 4, 2, 1, 1));
    plain(square(1, 3, 70, 70, 4, 7, 1, 3, 1));
    plain(square(1, 2, 40, 40, 2, 17, 1, 8, 1)); /* more taps than a chunk */
    plain(square(8, 2, 40, 40, 3, 3, 1, 1, 1));
}

static void groups_and_whole_images(void **state) {
    (void)state;
    plain(square(2, 6, 8, 8, 9, 3, 1, 1, 3));
    plain(square(2, 6, 8, 7, 12, 4, 2, 1, 6)); /* a multiple of depthwise */
    plain(square(3, 8, 4, 4, 5, 4, 1, 0, 1));  /* a plain product */
    plain(square(3, 8, 4, 4, 6, 4, 1, 0, 2));
    plain(square(2, 4, 1, 1, 3, 1, 1, 0, 1));
}

/* So few positions that weights are read in place. */
static void few_positions(void **state) {
    (void)state;
    for (int64_t batch = 1; batch <= 3; batch++)
        for (int64_t size = 2; size <= 5; size++) {
            plain(square(batch, 37, size, size, 30, 4, 2, 1, 1));
            plain(square(batch, 60, size, size, 9, 3, 1, 1, 1));
        }
}

/* Different in each direction. */
static void oblong(void **state) {
    (void)state;
    plain((genrepi_convolution){.batch = 2,
                                .groups = 1,
                                .in = 3,
                                .height = 11,
                                .width = 8,
                                .out = 4,
                                .out_height = 5,
                                .out_width = 6,
                                .kernel_height = 2,
                                .kernel_width = 5,
                                .stride_height = 2,
                                .stride_width = 1,
                                .pad_top = 0,
                                .pad_left = 1});
    plain((genrepi_convolution){.batch = 1, /* more at the right than at the left */
                                .groups = 1,
                                .in = 2,
                                .height = 4,
                                .width = 4,
                                .out = 2,
                                .out_height = 6,
                                .out_width = 7,
                                .kernel_height = 3,
                                .kernel_width = 3,
                                .stride_height = 1,
                                .stride_width = 1,
                                .pad_top = 1,
                                .pad_left = 0});
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_kernels_strides_and_paddings),
        cmocka_unit_test(sizes_around_those_of_tiles),
        cmocka_unit_test(several_chunks_and_parts),
        cmocka_unit_test(groups_and_whole_images),
        cmocka_unit_test(few_positions),
        cmocka_unit_test(oblong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
