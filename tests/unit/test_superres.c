/* The trainer superres: what it measures, that attributes are used, resuming, threads. */
#include "gan_parts.h"

#include <files.h>
#include <math.h>
#include <string.h>

#define IMAGES 24
#define SIDE 8
#define PIXELS (SIDE * SIDE)

/* Stripes across or down, as the one attribute says: pooled by 2 x 2 or more both are one grey, so
 * that the attribute alone tells which.  The grey differs. */
static genrep_dataset *stripes(genrep_ctx *ctx, int with_attributes) {
    const char *const names[] = {"images", "attributes"};
    genrep_tensor *x[2] = {NULL, NULL};
    genrep_dataset *data = NULL;
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, 4, (const int64_t[]){IMAGES, 1, SIDE, SIDE},
                                     &x[0]));
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, 2, (const int64_t[]){IMAGES, 1}, &x[1]));
    float *image = genrep_tensor_data(x[0]), *attribute = genrep_tensor_data(x[1]);
    for (int n = 0; n < IMAGES; n++) {
        const float grey = 0.04f * (float)(n / 2) - 0.25f;
        attribute[n] = n % 2 ? 1 : -1;
        for (int i = 0; i < PIXELS; i++) {
            const int odd = (n % 2 ? i / SIDE : i % SIDE) % 2;
            image[n * PIXELS + i] = grey + (odd ? 0.4f : -0.4f);
        }
    }
    assert_ok(ctx, genrep_dataset_from_tensors(ctx, with_attributes ? 2 : 1, names, x, &data));
    genrep_tensor_unref(x[0]);
    genrep_tensor_unref(x[1]);
    return data;
}

static genrep_trainer *on_stripes(genrep_ctx *ctx, int with_attributes, const char *spec) {
    genrep_dataset *data = stripes(ctx, with_attributes);
    genrep_trainer *trainer = trainer_on(ctx, data, spec);
    genrep_dataset_unref(data);
    return trainer;
}

/* Bilinear is exact here for the grey, and misses the stripes: an error of 0.4 everywhere. */
static void what_is_measured_is_known(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer =
        on_stripes(ctx, 0,
                   "superres scale=2 batch=24 optimizer_g='sgd lr=0' "
                   "generator='upsample factor=2 mode=bilinear; conv2d in=1 out=1 kernel=1 "
                   "bias=0 init=ones'");
    assert_ok(ctx, genrep_trainer_step(trainer, 1));
    assert_close(metric(ctx, trainer, "l1"), 0.4, 1e-6);
    assert_close(metric(ctx, trainer, "psnr"), 10 * log10(4 / 0.16), 1e-4);
    assert_close(metric(ctx, trainer, "consistency"), 0, 1e-6);
    assert_true(metric(ctx, trainer, "loss_d") == 0);
    end(trainer, ctx);
}

static void attributes_tell_what_pixels_do_not(void **state) {
    (void)state;
    double psnr[2];
    genrep_ctx *ctx = support_ctx(NULL);
    for (int with = 0; with < 2; with++) {
        genrep_trainer *trainer = on_stripes(
            ctx, with, "superres scale=2 batch=24 width=8 blocks=1 optimizer_g='adam lr=5e-3'");
        assert_ok(ctx, genrep_trainer_step(trainer, 300));
        psnr[with] = metric(ctx, trainer, "psnr");
        genrep_trainer_unref(trainer);
    }
    assert_true(psnr[0] < 18.5); /* the mean of both: half of the squares stay */
    assert_true(psnr[1] > 25);
    genrep_ctx_unref(ctx);
}

/* An output that is brighter by 0.3 all over is pulled back by its pooled image alone. */
static void consistency_pulls_towards_the_small_image(void **state) {
    (void)state;
    float g[2];
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer =
        on_stripes(ctx, 0,
                   "superres scale=2 batch=24 l2=0 consistency=1 optimizer_g='adam lr=0.01' "
                   "generator='upsample factor=2; conv2d in=1 out=1 kernel=1 init=ones'");
    set(ctx, trainer, "generator", 1, 0.3);
    assert_ok(ctx, genrep_trainer_step(trainer, 1));
    assert_close(metric(ctx, trainer, "consistency"), 0.3, 1e-5);
    assert_ok(ctx, genrep_trainer_step(trainer, 400));
    assert_true(metric(ctx, trainer, "consistency") < 0.02);
    numbers(ctx, trainer, "generator", g);
    assert_close((double)g[1], 0, 0.03);
    end(trainer, ctx);
}

static void what_does_not_fit_is_refused(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = NULL;
    genrep_dataset *data = stripes(ctx, 1);
    assert_error(ctx, genrep_trainer_new(ctx, "superres scale=3", data, &trainer), GENREP_E_INVALID,
                 "no multiple of scale=3");
    assert_error(ctx, genrep_trainer_new(ctx, "superres scale=16", data, &trainer), GENREP_E_RANGE,
                 "scale");
    assert_error(ctx, genrep_trainer_new(ctx, "superres generator='conv2d'", data, &trainer),
                 GENREP_E_INVALID, "generator");
    assert_null(trainer);
    trainer = trainer_on(ctx, data, "superres scale=2 generator='conv2d in=1 out=1 kernel=1'");
    assert_error(ctx, genrep_trainer_step(trainer, 1), GENREP_E_INVALID, "generator");
    genrep_trainer_unref(trainer);
    genrep_dataset_unref(data);
    trainer = on_stripes(ctx, 0, "superres scale=2 generator='conv2d in=1 out=1 kernel=1'");
    assert_error(ctx, genrep_trainer_step(trainer, 1), GENREP_E_INVALID,
                 "makes 16x1x4x4 from 16x1x4x4, 16x1x8x8 is needed");
    end(trainer, ctx);
}

static const char *const runs[] = {
    "superres scale=2 batch=4 width=4 blocks=1 adversarial=1e-2 consistency=0.1 ema=0.9",
    "superres scale=4 batch=4 width=4 blocks=1 adversarial=1 l1=1 loss=relativistic r1=0.1"};

static int64_t run(const char *spec, const char *context, const char *halfway, float *to) {
    static const char *const parts[] = {"generator", "discriminator"};
    genrep_ctx *ctx = support_ctx(context);
    genrep_trainer *trainer = on_stripes(ctx, 1, spec);
    if (halfway != NULL) {
        assert_ok(ctx, genrep_trainer_step(trainer, 3));
        assert_ok(ctx, genrep_trainer_checkpoint(trainer, halfway));
        genrep_trainer_unref(trainer);
        trainer = on_stripes(ctx, 1, spec);
        assert_ok(ctx, genrep_trainer_resume(trainer, halfway));
    }
    int64_t done = 0, n = 0;
    assert_ok(ctx, genrep_trainer_progress(trainer, &done, NULL));
    assert_ok(ctx, genrep_trainer_step(trainer, 6 - done));
    for (int i = 0; i < 2; i++) n += numbers(ctx, trainer, parts[i], to + n);
    end(trainer, ctx);
    return n;
}

static void bits_depend_on_neither_threads_nor_a_break(void **state) {
    (void)state;
    static float one[2 * NUMBERS], other[2 * NUMBERS];
    const char *path = support_path("superres.safetensors");
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
        int64_t n = run(runs[i], "threads=1", NULL, one);
        for (int64_t j = 0; j < n; j++) assert_true(isfinite(one[j]));
        assert_int_equal(run(runs[i], "threads=3", NULL, other), n);
        assert_same(one, other, n);
        assert_int_equal(run(runs[i], "threads=1", path, other), n);
        assert_same(one, other, n);
    }
}

static void memory_that_runs_out_costs_no_more_than_its_step(void **state) {
    (void)state;
    static float whole[2 * NUMBERS], broken[2 * NUMBERS];
    static const char *const parts[] = {"generator", "discriminator"};
    int64_t n = run(runs[0], NULL, NULL, whole), done = 0, m = 0;
    support_memory memory = {0};
    genrep_allocator allocator = support_allocator(&memory);
    genrep_ctx *ctx = NULL;
    assert_int_equal(genrep_ctx_new(NULL, &allocator, &ctx), 0);
    genrep_trainer *trainer = on_stripes(ctx, 1, runs[0]);
    int failures = 0;
    for (int64_t at = 1; failures < 3000; at += 1 + at / 20, failures++) {
        memory.fail_at = memory.allocations + at;
        assert_ok(ctx, genrep_trainer_progress(trainer, &done, NULL));
        int32_t status = genrep_trainer_step(trainer, 6 - done);
        memory.fail_at = 0;
        if (status == 0) break;
        assert_int_equal(status, GENREP_E_NOMEM);
    }
    assert_true(failures > 20 && failures < 3000);
    for (int i = 0; i < 2; i++) m += numbers(ctx, trainer, parts[i], broken + m);
    assert_int_equal(m, n);
    assert_same(whole, broken, n);
    end(trainer, ctx);
    assert_int_equal(memory.blocks, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_measured_is_known),
        cmocka_unit_test(attributes_tell_what_pixels_do_not),
        cmocka_unit_test(consistency_pulls_towards_the_small_image),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(bits_depend_on_neither_threads_nor_a_break),
        cmocka_unit_test(memory_that_runs_out_costs_no_more_than_its_step),
    };
    return cmocka_run_group_tests_name("superres", tests, NULL, support_remove_files);
}
