/* Layers that work on planes of images: known answers, adjoints, and what they undo. */
#include "forward.h"
#include "gradient.h"

#include <string.h>

/* Element i of an input is scale * ((7 i^2 + 3 i) mod 23); y as PyTorch 2.6 gives it. */
static const struct {
    const char *spec, *x, *y;
    double scale, values[56];
} known[] = {
    {"upsample factor=3", "1x1x2x3", "1x1x6x9", 1, {0,  0,  0,  10, 10, 10, 11, 11, 11, 0, 0,
                                                    0,  10, 10, 10, 11, 11, 11, 0,  0,  0, 10,
                                                    10, 10, 11, 11, 11, 3,  3,  3,  9,  9, 9,
                                                    6,  6,  6,  3,  3,  3,  9,  9,  9,  6, 6,
                                                    6,  3,  3,  3,  9,  9,  9,  6,  6,  6}},
    {"upsample mode=bilinear", "1x1x2x3", "1x1x4x6", 1, {0,    2.5, 7.5, 10.25, 10.75, 11,
                                                         0.75, 3,   7.5, 9.75,  9.75,  9.75,
                                                         2.25, 4,   7.5, 8.75,  7.75,  7.25,
                                                         3,    4.5, 7.5, 8.25,  6.75,  6}},
    {"upsample factor=3 mode=bilinear",
     "1x1x2x2",
     "1x1x6x6",
     1,
     {0,        0,        10 / 3.0, 20 / 3.0, 10,       10,       0,        0,        10 / 3.0,
      20 / 3.0, 10,       10,       11 / 3.0, 11 / 3.0, 5,        19 / 3.0, 23 / 3.0, 23 / 3.0,
      22 / 3.0, 22 / 3.0, 20 / 3.0, 6,        16 / 3.0, 16 / 3.0, 11,       11,       25 / 3.0,
      17 / 3.0, 3,        3,        11,       11,       25 / 3.0, 17 / 3.0, 3,        3}},
    {"upsample mode=bilinear align_corners=1",
     "1x1x2x3",
     "1x1x4x6",
     1,
     {0,          4,        8,          10.2,     10.6, 11,        1,          67 / 15.0,
      119 / 15.0, 9.6,      142 / 15.0, 28 / 3.0, 2,    74 / 15.0, 118 / 15.0, 9,
      25 / 3.0,   23 / 3.0, 3,          5.4,      7.8,  8.4,       7.2,        6}},
    {"avg_pool", "1x1x5x4", "1x1x2x2", 1, {6.25, 12.5, 10.75, 11}},
    {"avg_pool kernel=3 stride=2 pad=1",
     "1x1x5x4",
     "1x1x3x2",
     1,
     {25 / 9.0, 22 / 3.0, 58 / 9.0, 12, 16 / 9.0, 58 / 9.0}},
    {"avg_pool kernel=3 stride=2 pad=1 count_include_pad=0",
     "1x1x5x4",
     "1x1x3x2",
     1,
     {6.25, 11, 29 / 3.0, 12, 4, 29 / 3.0}},
    {"avg_pool kernel='2 3' stride='1 2' pad='0 1'",
     "1x1x4x4",
     "1x1x3x2",
     1,
     {25 / 6.0, 11, 23 / 3.0, 14, 43 / 6.0, 11}},
    {"max_pool", "1x1x5x4", "1x1x2x2", 1, {10, 19, 19, 17}},
    {"max_pool kernel=3 stride=2 pad=1", "1x1x5x4", "1x1x3x2", -1, {0, -3, -3, -3, 0, -3}},
    {"global_pool", "1x2x2x3", "1x2", 1, {6.5, 15}},
    {"global_pool mode=max", "1x2x2x3", "1x2", 1, {11, 19}},
    {"global_pool mode=sum", "1x2x2x3", "1x2", 1, {39, 90}},
    {"pad 1 value=-2",
     "1x1x2x2",
     "1x1x4x4",
     1,
     {-2, -2, -2, -2, -2, 0, 10, -2, -2, 11, 3, -2, -2, -2, -2, -2}},
    {"pad top=1 left=2 mode=reflect",
     "1x1x2x3",
     "1x1x3x5",
     1,
     {6, 9, 3, 9, 6, 11, 10, 0, 10, 11, 6, 9, 3, 9, 6}},
    {"pad 1 bottom=2 mode=replicate", "1x1x2x2", "1x1x5x4", 1, {0, 0, 10, 10, 0, 0, 10, 10, 11, 11,
                                                                3, 3, 11, 11, 3, 3, 11, 11, 3,  3}},
    {"pad 1 right=2 mode=circular", "1x1x2x2", "1x1x4x5", 1, {3, 11, 3, 11, 3, 10, 0, 10, 0, 10,
                                                              3, 11, 3, 11, 3, 10, 0, 10, 0, 10}},
    {"crop 1 right=0", "1x1x4x4", "1x1x2x3", 1, {6, 17, 19, 19, 17, 6}},
    {"blur",
     "1x1x3x3",
     "1x1x3x3",
     1,
     {2.1875, 5.5625, 5.3125, 5.8125, 9.5, 7.3125, 7.5625, 10.0625, 6.6875}},
    {"blur mode=reflect",
     "1x1x3x3",
     "1x1x3x3",
     1,
     {5.5, 7.25, 9, 8.75, 9.5, 10.25, 12, 11.75, 11.5}},
    {"blur mode=replicate stride=2",
     "1x1x4x5",
     "1x1x2x3",
     1,
     {4.0625, 10.75, 9.9375, 11.1875, 9.4375, 11.6875}},
    {"blur mode=circular stride=2", "1x1x3x4", "1x1x2x2", 1, {7.375, 11.75, 9.625, 13.25}},
    {"pixel_shuffle", "1x4x1x2", "1x1x2x4", 1, {0, 11, 10, 3, 9, 17, 6, 19}},
    {"pixel_shuffle factor=3",
     "1x9x1x2",
     "1x1x3x6",
     1,
     {0, 11, 9, 10, 3, 6, 17, 12, 17, 19, 19, 6, 9, 11, 0, 3, 10, 4}},
    {"pixel_unshuffle", "1x1x2x4", "1x4x1x2", 1, {0, 11, 10, 3, 9, 17, 6, 19}},
};

/* y of x, and if d is given, dx. */
typedef struct image_run {
    genrep_ctx *ctx;
    genrep_tensor *y, *dx;
} image_run;

static image_run run_on(genrep_ctx *ctx, const char *spec, genrep_tensor *x, uint64_t d_stream,
                        genrep_tensor **d) {
    image_run r = {.ctx = ctx};
    genrep_layer *layer = NULL;
    genrep_tape *tape = NULL;
    assert_ok(ctx, genrepi_layer_new(ctx, spec, NULL, &layer));
    assert_ok(ctx, genrepi_tape_new(ctx, 1, &tape));
    assert_ok(ctx, genrepi_tape_watch(tape, x));
    assert_ok(ctx, genrepi_layer_apply(layer, tape, &x, 1, &r.y, 1));
    if (d != NULL) {
        assert_ok(ctx, genrepi_tensor_new(ctx, GENREPI_REAL, &r.y->shape, 1, d));
        case_normal(*d, 1, d_stream);
        assert_ok(ctx, genrepi_tape_backward_from(tape, 1, &r.y, d));
        assert_ok(ctx, genrepi_tape_grad(tape, x, &r.dx));
    }
    genrepi_tape_unref(tape);
    genrepi_layer_unref(layer);
    return r;
}

static void run_end(image_run *r) {
    genrepi_tensor_unref(r->y);
    genrepi_tensor_unref(r->dx);
}

static void known_answers(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
        char text[GENREPI_SHAPE_BYTES];
        genrep_tensor *x = case_input(ctx, known[k].x, 1);
        for (int64_t i = 0; i < x->count; i++)
            genrepi_real(x)[i] = (real)(known[k].scale * (double)((7 * i * i + 3 * i) % 23));
        image_run r = run_on(ctx, known[k].spec, x, 0, NULL);
        assert_string_equal(genrepi_shape_text(&r.y->shape, text), known[k].y);
        for (int64_t i = 0; i < r.y->count; i++)
            assert_close(genrepi_real(r.y)[i], known[k].values[i], 1e-12);
        run_end(&r);
        genrepi_tensor_unref(x);
    }
    genrep_ctx_unref(ctx);
}

static double dot(const genrep_tensor *a, const genrep_tensor *b) {
    double sum = 0;
    assert_int_equal(a->count, b->count);
    for (int64_t i = 0; i < a->count; i++)
        sum += (double)genrepi_real_read(a)[i] * (double)genrepi_real_read(b)[i];
    return sum;
}

/* <A x, d> = <x, A' d>, also of rows too long for one piece of work. */
static void backward_is_the_adjoint(void **state) {
    (void)state;
    static const char *const specs[] = {
        "upsample",
        "upsample factor=1",
        "upsample factor=3",
        "upsample mode=bilinear",
        "upsample mode=bilinear factor=3",
        "upsample mode=bilinear factor=1 align_corners=1",
        "upsample mode=bilinear align_corners=1",
        "avg_pool kernel=1",
        "avg_pool",
        "avg_pool kernel=3",
        "avg_pool kernel='1 4'",
        "avg_pool kernel=3 stride=1 pad=1",
        "avg_pool kernel=3 stride=1 pad=1 count_include_pad=0",
        "avg_pool kernel=2 stride=3 pad=1",
        "global_pool",
        "global_pool mode=sum",
        "pad 3",
        "pad top=2 bottom=3 mode=reflect",
        "pad left=4 right=1 mode=replicate",
        "pad 2 left=0 mode=circular",
        "crop 1",
        "crop bottom=3 left=2",
        "blur",
        "blur mode=reflect",
        "blur mode=replicate stride=2",
        "blur mode=circular",
        "blur stride=2",
        "pixel_shuffle",
        "pixel_shuffle factor=4",
        "pixel_unshuffle",
        "pixel_unshuffle factor=4",
    };
    static const char *const inputs[] = {"2x16x8x12", "1x16x4x1036", "1x16x1028x4"};
    genrep_ctx *ctx = support_ctx("threads=2");
    for (size_t k = 0; k < sizeof specs / sizeof specs[0]; k++)
        for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
            genrep_tensor *x = case_input(ctx, inputs[i], 3), *d = NULL;
            image_run r = run_on(ctx, specs[k], x, 4, &d);
            const double a = dot(r.y, d), size = sqrt(dot(r.y, r.y) * dot(d, d));
            if (fabs(a - dot(x, r.dx)) > 1e-13 * size)
                fail_msg("%s of %s: %.17g and %.17g", specs[k], inputs[i], a, dot(x, r.dx));
            run_end(&r);
            genrepi_tensor_unref(d);
            genrepi_tensor_unref(x);
        }
    genrep_ctx_unref(ctx);
}

/* Chains that give back what they got. */
static void what_undoes_what(void **state) {
    (void)state;
    static const char *const specs[] = {
        "upsample; avg_pool",
        "upsample factor=5; avg_pool kernel=5",
        "upsample factor=3; max_pool kernel=3",
        "upsample mode=bilinear align_corners=1 factor=1",
        "pixel_shuffle; pixel_unshuffle",
        "pixel_unshuffle factor=4; pixel_shuffle factor=4",
        "pad 3 left=1; crop 3 left=1",
        "pad 3 mode=circular; crop 3",
        "pad 0",
        "crop 0",
        "max_pool kernel=1",
    };
    genrep_ctx *ctx = support_ctx("threads=2");
    for (size_t k = 0; k < sizeof specs / sizeof specs[0]; k++) {
        genrep_tensor *x = case_input(ctx, "2x16x8x12", 3);
        image_run r = run_on(ctx, specs[k], x, 0, NULL);
        assert_true(genrepi_shape_equal(&r.y->shape, &x->shape));
        for (int64_t i = 0; i < x->count; i++)
            assert_close(genrepi_real(r.y)[i], genrepi_real(x)[i], 1e-14);
        run_end(&r);
        genrepi_tensor_unref(x);
    }
    genrep_ctx_unref(ctx);
}

/* An image of one number everywhere stays one, to the bit. */
static void constants_are_kept(void **state) {
    (void)state;
    static const char *const specs[] = {
        "blur mode=reflect",
        "blur mode=replicate stride=2",
        "blur mode=circular",
        "upsample factor=7",
        "upsample mode=bilinear",
        "avg_pool kernel=3 stride=2 pad=1 count_include_pad=0",
        "pad 2 mode=reflect",
        "max_pool kernel=3 stride=1 pad=1",
        "global_pool",
        "global_pool mode=max",
    };
    genrep_ctx *ctx = support_ctx("threads=2");
    for (size_t k = 0; k < sizeof specs / sizeof specs[0]; k++) {
        genrep_tensor *x = case_input(ctx, "2x3x9x600", 3);
        assert_ok(ctx, genrepi_tensor_fill(x, -1.375));
        image_run r = run_on(ctx, specs[k], x, 0, NULL);
        for (int64_t i = 0; i < r.y->count; i++) assert_true(genrepi_real(r.y)[i] == (real)-1.375);
        run_end(&r);
        genrepi_tensor_unref(x);
    }
    genrep_ctx_unref(ctx);
}

/* The first of equals gets the cotangent; what is no number is the largest, so that it is seen. */
static void ties_and_no_numbers(void **state) {
    (void)state;
    static const struct {
        const char *spec;
        double dx[12]; /* of 3 x 4 equal elements, in units of dy */
    } rows[] = {{"max_pool", {1, 0, 1, 0}},
                {"max_pool kernel=3 stride=1 pad=1", {4, 2, 2, 0, 2, 1, 1}},
                {"global_pool mode=max", {1}}};
    genrep_ctx *ctx = support_ctx(NULL);
    for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
        genrep_layer *layer = NULL;
        genrep_tape *tape = NULL;
        genrep_tensor *x = case_input(ctx, "1x1x3x4", 3), *y = NULL, *d = NULL, *dx = NULL;
        assert_ok(ctx, genrepi_tensor_fill(x, -2));
        assert_ok(ctx, genrepi_layer_new(ctx, rows[k].spec, NULL, &layer));
        assert_ok(ctx, genrepi_tape_new(ctx, 1, &tape));
        assert_ok(ctx, genrepi_tape_watch(tape, x));
        assert_ok(ctx, genrepi_layer_apply(layer, tape, &x, 1, &y, 1));
        assert_ok(ctx, genrepi_tensor_new(ctx, GENREPI_REAL, &y->shape, 1, &d));
        assert_ok(ctx, genrepi_tensor_fill(d, 1));
        assert_ok(ctx, genrepi_tape_backward_from(tape, 1, &y, &d));
        assert_ok(ctx, genrepi_tape_grad(tape, x, &dx));
        for (int i = 0; i < 12; i++) assert_close(genrepi_real(dx)[i], rows[k].dx[i], 0);
        genrepi_tensor_unref(y);
        y = NULL;
        genrepi_real(x)[5] = (real)NAN;
        genrepi_tape_reset(tape, 1);
        assert_ok(ctx, genrepi_layer_apply(layer, tape, &x, 1, &y, 1));
        assert_true(isnan(genrepi_real(y)[0]));
        genrepi_tensor_unref(x);
        genrepi_tensor_unref(y);
        genrepi_tensor_unref(d);
        genrepi_tensor_unref(dx);
        genrepi_tape_unref(tape);
        genrepi_layer_unref(layer);
    }
    genrep_ctx_unref(ctx);
}

int main(void) {
    const struct CMUnitTest own[] = {
        cmocka_unit_test(known_answers),       cmocka_unit_test(backward_is_the_adjoint),
        cmocka_unit_test(what_undoes_what),    cmocka_unit_test(constants_are_kept),
        cmocka_unit_test(ties_and_no_numbers),
    };
    return gradient_main("test_images", own, GENREPI_COUNT(own));
}
