/* Comparisons of pairs, of images and of maps of classes: against NumPy, by hand, and refusals. */
#include <support.h>

#include <math.h>
#include <metrics/pyramid.h>
#include <string.h>

static support_memory memory;
static genrep_ctx *ctx;

static genrep_tensor *tensor(int32_t dtype, int32_t rank, const int64_t *shape) {
    genrep_tensor *t;
    assert_ok(ctx, genrep_tensor_new(ctx, dtype, rank, shape, &t));
    return t;
}

static double of(genrep_tensor *a, genrep_tensor *b, const char *spec, double *error) {
    double value = -99;
    assert_ok(ctx, genrep_compare(a, b, spec, &value, error));
    return value;
}

/* Two images of two channels that NumPy makes too; b is a, less a fifth of it, and another wave. */
static void make_pair(genrep_tensor **a, genrep_tensor **b) {
    const int64_t shape[] = {2, 2, 24, 22}, d = 2 * 24 * 22;
    *a = tensor(GENREP_F64, 4, shape);
    *b = tensor(GENREP_F64, 4, shape);
    double *x = genrep_tensor_data(*a), *y = genrep_tensor_data(*b);
    for (int64_t i = 0; i < 2; i++)
        for (int64_t j = 0; j < d; j++) {
            const double at = 0.7 * (double)i + 1.3 * (double)j + 0.11 * (double)(i * j * j);
            x[i * d + j] = sin(1 + at);
            y[i * d + j] = 0.8 * sin(1 + at) + 0.2 * sin(2 + at);
        }
}

static void known_answers(void **state) {
    (void)state;
    genrep_tensor *a, *b;
    double error;
    make_pair(&a, &b);
    assert_close(of(a, b, "l1", NULL), 0.1231073721522049, 1e-10);
    assert_close(of(a, b, "mse", NULL), 0.01859376447809329, 1e-10);
    assert_true(of(a, b, "mse", NULL) == of(a, b, "l2", NULL));
    assert_close(of(a, b, "psnr", &error), 23.327192649427687, 1e-10);
    assert_close(error, 0.04806686293829898, 1e-9);
    assert_close(of(a, b, "psnr range=255", NULL), 23.327192649427687 + 20 * log10(127.5), 1e-10);
    assert_close(of(a, b, "ssim", NULL), 0.9347992301952407, 1e-10);
    assert_close(of(a, b, "ms_ssim scales=2", NULL), 0.9757217646089233, 1e-10);
    assert_close(of(b, a, "ssim", NULL), 0.9347992301952407, 1e-10);
    assert_true(of(a, b, "ssim range=20", NULL) > 0.95);
    assert_close(of(a, b, "ms_ssim scales=1", NULL), of(a, b, "ssim", NULL), 1e-15);
    assert_true(of(a, a, "l1", &error) == 0 && error == 0);
    assert_close(of(a, a, "ssim", NULL), 1, 1e-12);
    assert_close(of(a, a, "ms_ssim scales=2", NULL), 1, 1e-12);
    assert_true(isinf(of(a, a, "psnr", &error)) && error == 0);
    genrep_tensor_unref(b);
    genrep_tensor_unref(a);
}

/* Bytes are numbers as any: 10 log10(255^2 / 4). */
static void bytes(void **state) {
    (void)state;
    genrep_tensor *a = tensor(GENREP_U8, 2, (int64_t[]){1, 9}),
                  *b = tensor(GENREP_U8, 2, (int64_t[]){1, 9});
    assert_ok(ctx, genrep_tensor_fill(a, 7));
    assert_ok(ctx, genrep_tensor_fill(b, 9));
    assert_close(of(a, b, "psnr range=255", NULL), 20 * log10(255.0 / 2), 1e-14);
    genrep_tensor_unref(b);
    genrep_tensor_unref(a);
}

/* n = (2 1 0; 0 3 0; 1 0 0), and a class 3 that is nowhere. */
static void maps_of_classes(void **state) {
    (void)state;
    const int32_t truth[8] = {0, 0, 0, 1, 1, 1, 2, 9}, made[8] = {0, 0, 1, 1, 1, 1, 0, 9};
    genrep_tensor *a = tensor(GENREP_I32, 2, (int64_t[]){1, 7}),
                  *b = tensor(GENREP_I32, 2, (int64_t[]){1, 7});
    memcpy(genrep_tensor_data(a), truth, 28);
    memcpy(genrep_tensor_data(b), made, 28);
    assert_close(of(a, b, "pixel_accuracy", NULL), 5.0 / 7, 1e-15);
    assert_close(of(a, b, "class_accuracy", NULL), (2.0 / 3 + 1 + 0) / 3, 1e-15);
    assert_close(of(a, b, "class_iou", NULL), (2.0 / 4 + 3.0 / 4 + 0) / 3, 1e-15);
    assert_close(of(a, b, "class_iou classes=4", NULL), (2.0 / 4 + 3.0 / 4 + 0) / 3, 1e-15);
    assert_close(of(a, b, "class_iou ignore=2", NULL), (2.0 / 3 + 3.0 / 4) / 2, 1e-15);
    assert_close(of(a, b, "pixel_accuracy ignore=0", NULL), 3.0 / 4, 1e-15);
    assert_close(of(a, a, "class_iou", NULL), 1, 1e-15);
    double value = 99;
    assert_error(ctx, genrep_compare(a, b, "class_iou classes=2", &value, NULL), GENREP_E_INVALID,
                 "element 6 of a is 2, outside 0..1");
    assert_error(ctx, genrep_compare(b, a, "class_iou classes=2", &value, NULL), GENREP_E_INVALID,
                 "element 6 of b is 2, outside 0..1");
    ((int32_t *)genrep_tensor_data(a))[0] = -3;
    assert_error(ctx, genrep_compare(a, b, "class_iou", &value, NULL), GENREP_E_INVALID,
                 "element 0 of a is -3");
    ((int32_t *)genrep_tensor_data(a))[0] = 1 << 30;
    assert_error(ctx, genrep_compare(a, b, "class_iou", &value, NULL), GENREP_E_INVALID,
                 "outside 0..2");
    assert_ok(ctx, genrep_tensor_fill(a, 5));
    assert_error(ctx, genrep_compare(a, a, "class_iou ignore=5", &value, NULL), GENREP_E_INVALID,
                 "no number");
    genrep_tensor *reals = tensor(GENREP_F32, 2, (int64_t[]){1, 7});
    assert_error(ctx, genrep_compare(a, reals, "class_iou", &value, NULL), GENREP_E_INVALID,
                 "compares classes");
    assert_true(value == 99);
    genrep_tensor_unref(reals);
    genrep_tensor_unref(b);
    genrep_tensor_unref(a);
}

/* ---- patches of pyramids --------------------------------------------------------------------- */

static int fold(int i, int n) {
    return i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i;
}

/* The filter over a whole image, from its definition. */
static void blur(int height, int width, const double *from, double *to) {
    static const double taps[5] = {1, 4, 6, 4, 1};
    for (int i = 0; i < height; i++)
        for (int j = 0; j < width; j++) {
            double sum = 0;
            for (int t = 0; t < 25; t++)
                sum += taps[t / 5] * taps[t % 5] / 256 *
                       from[fold(i + t / 5 - 2, height) * width + fold(j + t % 5 - 2, width)];
            to[i * width + j] = sum;
        }
}

static int found(const float *patch, const double *image, int height, int width) {
    for (int i = 0; i + 7 <= height; i++)
        for (int j = 0; j + 7 <= width; j++) {
            double worst = 0;
            for (int p = 0; p < 49; p++)
                worst =
                    fmax(worst, fabs((double)patch[p] - image[(i + p / 7) * width + j + p % 7]));
            if (worst < 1e-5) return 1;
        }
    return 0;
}

static void patches_are_of_their_level(void **state) {
    (void)state;
    enum { H = 33, W = 36, HALF = (H / 2) * (W / 2) };
    static double image[H * W], low[H * W], wide[H * W], expected[2][H * W];
    static float patches[20 * 49];
    genrep_tensor *x = tensor(GENREP_F32, 3, (int64_t[]){1, H, W});
    assert_ok(ctx, genrep_tensor_random(x, "normal", 1));
    for (int i = 0; i < H * W; i++) image[i] = (double)((const float *)genrep_tensor_read(x))[i];
    blur(H, W, image, low);
    for (int i = 0; i < H / 2; i++)
        for (int j = 0; j < W / 2; j++) {
            expected[1][i * (W / 2) + j] = low[2 * i * W + 2 * j];
            wide[2 * i * W + 2 * j] = 4 * low[2 * i * W + 2 * j];
        }
    blur(H, W, wide, low);
    for (int i = 0; i < H * W; i++) expected[0][i] = image[i] - low[i];

    genrepi_comparison c = {.ctx = ctx, .name = "test", .a = x, .b = x};
    genrepi_pyramid pyramid;
    assert_ok(ctx, genrepi_rows_of(x, "x", &c.rows_a));
    assert_ok(ctx, genrepi_pyramid_of(&c, &pyramid));
    assert_int_equal(pyramid.levels, 2);
    for (pyramid.level = 0; pyramid.level < 2; pyramid.level++) {
        assert_ok(ctx, genrepi_pyramid_patches(&pyramid, &c.rows_a, 1, 20, 0, (real *)patches));
        for (int p = 0; p < 20; p++)
            assert_true(found(patches + 49 * p, expected[pyramid.level], H >> pyramid.level,
                              W >> pyramid.level));
        assert_false(found(patches, expected[1 - pyramid.level], H >> (1 - pyramid.level),
                           W >> (1 - pyramid.level)));
    }
    genrep_tensor_unref(x);
}

static void sliced_wasserstein(void **state) {
    (void)state;
    const int64_t shape[] = {60, 2, 32, 32};
    genrep_tensor *a = tensor(GENREP_F32, 4, shape), *b = tensor(GENREP_F32, 4, shape);
    genrep_tensor *smooth = tensor(GENREP_F32, 4, shape);
    assert_ok(ctx, genrep_tensor_random(a, "normal", 1));
    assert_ok(ctx, genrep_tensor_random(b, "normal mean=5 std=3", 2));
    assert_ok(ctx, genrep_tensor_copy(smooth, b));
    float *x = genrep_tensor_data(smooth);
    for (int i = 1; i < 60 * 2 * 1024; i++) x[i] += 0.95f * x[i - 1];
    const char *spec = "sliced_wasserstein patches=32 repeats=1";
    double near = of(a, b, spec, NULL), far = of(a, smooth, spec, NULL), error = 99;
    assert_true(near > 1 && near < 70); /* means and deviations do not count */
    assert_true(far > 2 * near);
    assert_true(of(a, b, spec, &error) == near && error == 0);
    assert_ok(ctx, genrep_tensor_fill(a, 3));
    assert_true(of(a, a, spec, NULL) < 1e-6); /* nothing but one colour */
    genrep_tensor_unref(smooth);
    genrep_tensor_unref(b);
    genrep_tensor_unref(a);
}

static void refusals(void **state) {
    (void)state;
    static const char *const pairs[] = {"l1", "l2", "mse", "psnr", "ssim", "ms_ssim scales=1"};
    genrep_tensor *a = tensor(GENREP_F32, 4, (int64_t[]){2, 1, 12, 12});
    genrep_tensor *b = tensor(GENREP_F32, 4, (int64_t[]){2, 1, 12, 11});
    genrep_tensor *flat = tensor(GENREP_F32, 2, (int64_t[]){2, 144});
    genrep_tensor *tiny = tensor(GENREP_F32, 3, (int64_t[]){2, 6, 12});
    double value = 99, error = 99;
#define REFUSED(x, y, spec, code, text)                                                            \
    assert_error(ctx, genrep_compare(x, y, spec, &value, &error), code, text)
    for (int i = 0; i < 6; i++) {
        REFUSED(a, NULL, pairs[i], GENREP_E_INVALID, "b is NULL");
        REFUSED(a, b, pairs[i], GENREP_E_INVALID, "the shapes must be equal");
        ((float *)genrep_tensor_data(a))[0] = (float)NAN;
        REFUSED(a, a, pairs[i], GENREP_E_INVALID, "finite");
        ((float *)genrep_tensor_data(a))[0] = 0;
    }
    REFUSED(flat, flat, "ssim", GENREP_E_INVALID, "takes images");
    REFUSED(tiny, tiny, "ssim", GENREP_E_INVALID, "6 x 12 pixels are smaller than the 11");
    REFUSED(a, a, "ms_ssim", GENREP_E_INVALID, "give fewer (scales=)");
    REFUSED(a, a, "ms_ssim scales=6", GENREP_E_RANGE, "scales=6");
    REFUSED(a, a, "psnr range=0", GENREP_E_RANGE, "range=0");
    REFUSED(flat, flat, "sliced_wasserstein", GENREP_E_INVALID, "takes images of one size");
    REFUSED(tiny, tiny, "sliced_wasserstein", GENREP_E_INVALID, "7 pixels at least");
    REFUSED(a, b, "sliced_wasserstein", GENREP_E_INVALID, "as many numbers");
    assert_true(value == 99 && error == 99);
    genrep_tensor_unref(tiny);
    genrep_tensor_unref(flat);
    genrep_tensor_unref(b);
    genrep_tensor_unref(a);
}

static int setup(void **state) {
    (void)state;
    memory = (support_memory){0};
    genrep_allocator allocator = support_allocator(&memory);
    return genrep_ctx_new("threads=2 seed=3", &allocator, &ctx);
}

static int teardown(void **state) {
    (void)state;
    genrep_ctx_unref(ctx);
    assert_int_equal(memory.blocks, 0);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(known_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(maps_of_classes, setup, teardown),
        cmocka_unit_test_setup_teardown(patches_are_of_their_level, setup, teardown),
        cmocka_unit_test_setup_teardown(sliced_wasserstein, setup, teardown),
        cmocka_unit_test_setup_teardown(refusals, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
