/* Winograd's convolutions give the plain sums up to rounding, in all three directions and for all
 * forms, sizes and paddings; bits depend neither on threads nor on AVX2 or AVX-512; gradients are
 * adjoint; nothing is allocated by a second call; the choice keeps to what there is. */
#include "convolutions.h"
#include <kernel/winograd.h>

static const struct {
    const char *name;
    int32_t form;
    int64_t kernel, stride;
    double most; /* error, in units of rounding */
} forms[] = {{"F(2,2)", GENREPI_WINOGRAD_22, 4, 2, 30},
             {"F(4,2)", GENREPI_WINOGRAD_42, 4, 2, 60},
             {"F(2,2) of 3x3", GENREPI_WINOGRAD_22, 3, 2, 30},
             {"F(4,2) of 3x3", GENREPI_WINOGRAD_42, 3, 2, 60},
             {"F(2,3)", GENREPI_WINOGRAD_23, 3, 1, 30},
             {"F(4,3)", GENREPI_WINOGRAD_43, 3, 1, 60}};

static convolved by_form(genrep_ctx *ctx, const convolution_arrays *a, int32_t form) {
    convolved found = {random_array(a->n_y, 6), random_array(a->n_x, 7), random_array(a->n_w, 8)};
    for (int64_t i = 0; i < a->n_w; i++) found.dw[i] = (real)0.5;
    assert_int_equal(genrepi_winograd_forward(ctx, &a->c, form, a->x, a->w, a->out_bias, found.y),
                     0);
    assert_int_equal(genrepi_winograd_input(ctx, &a->c, form, a->y, a->w, a->in_bias, found.dx), 0);
    assert_int_equal(genrepi_winograd_weight(ctx, &a->c, form, a->x, a->y, found.dw), 0);
    return found;
}

static void check_errors(int k, const char *column, const convolution_arrays *a,
                         const convolved *found) {
    const double errors[3] = {relative_error(a->n_y, found->y, a->forward),
                              relative_error(a->n_x, found->dx, a->input),
                              relative_error(a->n_w, found->dw, a->weight)};
    for (int d = 0; d < 3; d++) {
        if (errors[d] <= forms[k].most * (double)GENREPI_REAL_EPSILON) continue;
        const genrepi_convolution *c = &a->c;
        printf("%s, %s, direction %d, %d x %d x %d x %d to %d, padding %d: error %g\n",
               forms[k].name, column, d, (int)c->batch, (int)c->in, (int)c->height, (int)c->width,
               (int)c->out, (int)c->pad_top, errors[d]);
        fail();
    }
}

static void check_shape(int k, genrepi_convolution c) {
    convolution_arrays a = make_convolution(c);
    const genrepi_kernels *columns[3] = {reference()};
    const int n_columns = 1 + other_columns(columns + 1);
    convolved first[2];
    for (int i = 0; i < n_columns; i++)
        for (int32_t threads = 1; threads <= 3; threads++) {
            genrep_ctx *ctx = new_ctx(columns[i], threads);
            convolved found = by_form(ctx, &a, forms[k].form);
            check_errors(k, columns[i]->name, &a, &found);
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
                  int64_t pad, int64_t groups) {
    const int64_t kernel = forms[k].kernel;
    if (height + 2 * pad < kernel || width + 2 * pad < kernel) return;
    genrepi_convolution c =
        square(batch, in, height, width, out, kernel, forms[k].stride, pad, groups);
    if (in > 2) c.factor = (real)0.7;
    check_shape(k, c);
}

static void all_sizes_and_paddings(void **state) {
    (void)state;
    for (int k = 0; k < GENREPI_COUNT(forms); k++)
        for (int64_t size = 1; size <= 11; size++)
            for (int64_t pad = 0; pad <= 3; pad++) check(k, 2, 2, size, 14 - size, 3, pad, 1);
}

static void channels_around_groups_and_panels(void **state) {
    (void)state;
    static const int64_t channels[] = {1, 2, 15, 16, 17, 31, 33, 70};
    for (int k = 0; k < GENREPI_COUNT(forms); k++)
        for (int i = 0; i < GENREPI_COUNT(channels); i++)
            check(k, 3, channels[i], 8, 6, channels[7 - i], 1, 1);
}

/* Several blocks of tiles, chunks and blocks of channels, parts; weights or tiles first. */
static void many_tiles_and_channels(void **state) {
    (void)state;
    for (int k = 0; k < GENREPI_COUNT(forms); k++) {
        check(k, 1, 20, 70, 140, 18, 1, 1);
        check(k, 70, 3, 9, 9, 4, 1, 1);
        check(k, 2, 150, 9, 9, 140, 1, 1);
        check(k, 1, 300, 4, 4, 20, 1, 1);
    }
}

/* As many channels as layers of the zoo have. */
static void errors_with_512_channels(void **state) {
    (void)state;
    for (int k = 0; k < GENREPI_COUNT(forms); k++) check(k, 1, 512, 8, 8, 8, 1, 1);
}

static void groups_of_channels(void **state) {
    (void)state;
    for (int k = 0; k < GENREPI_COUNT(forms); k++) {
        check(k, 2, 6, 8, 8, 9, 1, 3);
        check(k, 2, 6, 8, 7, 12, 1, 6);
    }
}

/* More at one side than at the other, and an odd padding beside an even one. */
static void uneven_paddings(void **state) {
    (void)state;
    for (int k = 0; k < GENREPI_COUNT(forms); k++) {
        genrepi_convolution c = square(2, 3, 9, 8, 4, forms[k].kernel, forms[k].stride, 1, 1);
        c.pad_left = 2, c.out_width += 1;
        check_shape(k, c);
        c.pad_top = 0, c.out_height += 1;
        check_shape(k, c);
    }
}

static double dot(int64_t n, const real *x, const real *y) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += (double)x[i] * (double)y[i];
    return sum;
}

/* <w * x, z> = <x, dx> = <w, dw> */
static void gradients_are_adjoint(void **state) {
    (void)state;
    for (int k = 0; k < GENREPI_COUNT(forms); k++) {
        genrep_ctx *ctx = new_ctx(genrepi_kernels_select(GENREPI_ISA_AUTO), 2);
        convolution_arrays a =
            make_convolution(square(3, 20, 13, 11, 35, forms[k].kernel, forms[k].stride, 1, 1));
        real *y = random_array(a.n_y, 6), *dx = random_array(a.n_x, 7);
        real *dw = random_array(a.n_w, 8);
        for (int64_t i = 0; i < a.n_w; i++) dw[i] = 0;
        const int32_t form = forms[k].form;
        assert_int_equal(genrepi_winograd_forward(ctx, &a.c, form, a.x, a.w, NULL, y), 0);
        assert_int_equal(genrepi_winograd_input(ctx, &a.c, form, a.y, a.w, NULL, dx), 0);
        assert_int_equal(genrepi_winograd_weight(ctx, &a.c, form, a.x, a.y, dw), 0);
        const double forward = dot(a.n_y, y, a.y), scale = sqrt(dot(a.n_y, y, y) * (double)a.n_y);
        const double most = 20 * (double)GENREPI_REAL_EPSILON * scale;
        assert_true(fabs(forward - dot(a.n_x, dx, a.x)) < most);
        assert_true(fabs(forward - dot(a.n_w, dw, a.w)) < most);
        free(y), free(dx), free(dw);
        free_convolution(&a);
        genrepi_ctx_unref(ctx);
    }
}

static void a_second_call_allocates_nothing(void **state) {
    (void)state;
    for (int k = 0; k < GENREPI_COUNT(forms); k++) {
        genrep_ctx *ctx = new_ctx(genrepi_kernels_select(GENREPI_ISA_AUTO), 2);
        convolution_arrays a =
            make_convolution(square(4, 20, 32, 32, 35, forms[k].kernel, forms[k].stride, 1, 1));
        convolved found = by_form(ctx, &a, forms[k].form);
        free_convolved(&found);
        const long long before = atomic_load(&ctx->memory_peak);
        found = by_form(ctx, &a, forms[k].form);
        assert_true(atomic_load(&ctx->memory_peak) == before);
        free_convolved(&found);
        free_convolution(&a);
        genrepi_ctx_unref(ctx);
    }
}

static void plain_sums_where_there_is_no_form(void **state) {
    (void)state;
    for (int32_t direction = GENREPI_TO_OUTPUT; direction <= GENREPI_TO_WEIGHT; direction++) {
        genrepi_convolution c = square(16, 64, 32, 32, 64, 3, 1, 1, 1);
        assert_int_equal(genrepi_winograd_choose(&c, direction), GENREPI_WINOGRAD_43);
        c.exact = 1;
        assert_int_equal(genrepi_winograd_choose(&c, direction), -1);
        c = square(16, 64, 32, 32, 64, 4, 2, 1, 1);
        assert_int_equal(genrepi_winograd_choose(&c, direction), GENREPI_WINOGRAD_42);
        c.stride_width = 1;
        assert_int_equal(genrepi_winograd_choose(&c, direction), -1);
        for (int64_t kernel = 1; kernel <= 7; kernel++)
            for (int64_t stride = 1; stride <= 3; stride++) {
                if ((kernel == 3 && stride <= 2) || (kernel == 4 && stride == 2)) continue;
                c = square(16, 64, 32, 32, 64, kernel, stride, 1, 1);
                assert_int_equal(genrepi_winograd_choose(&c, direction), -1);
            }
        c = square(0, 64, 32, 32, 64, 3, 1, 1, 1);
        assert_int_equal(genrepi_winograd_choose(&c, direction), -1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_sizes_and_paddings),
        cmocka_unit_test(channels_around_groups_and_panels),
        cmocka_unit_test(many_tiles_and_channels),
        cmocka_unit_test(errors_with_512_channels),
        cmocka_unit_test(groups_of_channels),
        cmocka_unit_test(uneven_paddings),
        cmocka_unit_test(gradients_are_adjoint),
        cmocka_unit_test(a_second_call_allocates_nothing),
        cmocka_unit_test(plain_sums_where_there_is_no_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
