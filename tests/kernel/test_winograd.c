/* Winograd's convolutions give the plain sums up to rounding, in all three directions and for all
 * kinds of tiles, sizes and paddings; bits depend neither on threads nor on AVX2 or AVX-512. */
#include "convolutions.h"
#include <kernel/winograd.h>

static const struct {
    const char *name;
    int32_t kind;
    int64_t kernel;
    double most; /* error, in units of rounding */
} kinds[] = {{"2x2 outputs of 2x2", GENREPI_WINOGRAD_22, 4, 60},
             {"3x3 outputs of 2x2", GENREPI_WINOGRAD_32, 4, 60},
             {"4x4 outputs of 2x2", GENREPI_WINOGRAD_42, 4, 300},
             {"2x2 outputs of 3x3", GENREPI_WINOGRAD_23, 3, 60},
             {"4x4 outputs of 3x3", GENREPI_WINOGRAD_43, 3, 500}};

static convolved run_kind(genrep_ctx *ctx, const convolution_arrays *a, int32_t kind) {
    convolved found = {random_array(a->n_y, 6), random_array(a->n_x, 7), random_array(a->n_w, 8)};
    for (int64_t i = 0; i < a->n_w; i++) found.dw[i] = (real)0.5;
    assert_int_equal(genrepi_winograd_forward(ctx, &a->c, kind, a->x, a->w, a->out_bias, found.y),
                     0);
    assert_int_equal(genrepi_winograd_input(ctx, &a->c, kind, a->y, a->w, a->in_bias, found.dx), 0);
    assert_int_equal(genrepi_winograd_weight(ctx, &a->c, kind, a->x, a->y, found.dw), 0);
    return found;
}

static void check_kind(int k, genrepi_convolution c) {
    convolution_arrays a = make_convolution(c);
    const genrepi_kernels *columns[3] = {reference()};
    const int n_columns = 1 + other_columns(columns + 1);
    convolved first[2];
    for (int i = 0; i < n_columns; i++)
        for (int32_t threads = 1; threads <= 3; threads++) {
            genrep_ctx *ctx = new_ctx(columns[i], threads);
            convolved found = run_kind(ctx, &a, kinds[k].kind);
            const double errors[3] = {relative_error(a.n_y, found.y, a.forward),
                                      relative_error(a.n_x, found.dx, a.input),
                                      relative_error(a.n_w, found.dw, a.weight)};
            for (int d = 0; d < 3; d++) {
                if (errors[d] <= kinds[k].most * (double)GENREPI_REAL_EPSILON) continue;
                printf("%s, %s, direction %d: error %g\n", kinds[k].name, columns[i]->name, d,
                       errors[d]);
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
    free_convolution(&a);
}

static void check(int k, int64_t batch, int64_t in, int64_t height, int64_t width, int64_t out,
                  int64_t pad) {
    const int64_t kernel = kinds[k].kernel;
    genrepi_convolution c =
        square(batch, in, height, width, out, kernel, kernel == 4 ? 2 : 1, pad, 1);
    if (in > 2) c.factor = (real)0.7;
    check_kind(k, c);
}

static void all_sizes_and_paddings(void **state) {
    (void)state;
    for (int k = 0; k < GENREPI_COUNT(kinds); k++)
        for (int64_t size = 4; size <= 13; size++)
            for (int64_t pad = 0; pad <= 3; pad++) check(k, 2, 2, size, 17 - size, 3, pad);
}

static void channels_around_tiles_and_blocks(void **state) {
    (void)state;
    static const int64_t channels[] = {1, 7, 14, 15, 33, 70};
    for (int k = 0; k < GENREPI_COUNT(kinds); k++)
        for (int i = 0; i < GENREPI_COUNT(channels); i++)
            check(k, 3, channels[i], 8, 8, channels[5 - i], 1);
}

/* Several blocks of tiles, of channels, and parts. */
static void many_tiles(void **state) {
    (void)state;
    for (int k = 0; k < GENREPI_COUNT(kinds); k++) {
        check(k, 1, 2, 70, 66, 3, 1);
        check(k, 40, 2, 9, 9, 2, 1);
        check(k, 2, 40, 8, 8, 150, 1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_sizes_and_paddings),
        cmocka_unit_test(channels_around_tiles_and_blocks),
        cmocka_unit_test(many_tiles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
