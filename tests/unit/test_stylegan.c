/* The trainer stylegan: its networks for the data, R1 by itself, sampling, resuming, threads. */
#include "gan_parts.h"

#include <files.h>
#include <math.h>
#include <string.h>

/* 16 images of 8 x 8 in two classes: bright on the left, or on the right. */
static genrep_dataset *halves(genrep_ctx *ctx) {
    const char *const names[] = {"images", "labels"};
    genrep_tensor *x[2] = {NULL, NULL};
    genrep_dataset *data = NULL;
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, 4, (const int64_t[]){16, 1, 8, 8}, &x[0]));
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_I32, 1, (const int64_t[]){16}, &x[1]));
    for (int n = 0; n < 16; n++) {
        ((int32_t *)genrep_tensor_data(x[1]))[n] = n % 2;
        for (int i = 0; i < 64; i++) {
            const int bright = (i % 8 < 4) == (n % 2 == 0);
            ((float *)genrep_tensor_data(x[0]))[n * 64 + i] =
                (bright ? 0.5f : -0.5f) + 0.02f * (float)(n / 2);
        }
    }
    assert_ok(ctx, genrep_dataset_from_tensors(ctx, 2, names, x, &data));
    genrep_tensor_unref(x[0]);
    genrep_tensor_unref(x[1]);
    return data;
}

static genrep_trainer *on_halves(genrep_ctx *ctx, const char *spec) {
    genrep_dataset *data = halves(ctx);
    genrep_trainer *trainer = trainer_on(ctx, data, spec);
    genrep_dataset_unref(data);
    return trainer;
}

#define SMALL "batch=8 latent=4 style=4 depth=1 width=4 most=4 embedding=2 "

/* The penalty that is there without r1=: 0.0002 * 64 / 8 times half the mean square gradient. */
static void r1_follows_from_size_and_batch(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    static const char *const options[] = {"", "r1=0.0016", "r1_auto=0", "r1_auto=0 r1=0.0016"};
    double penalty[4];
    for (int i = 0; i < 4; i++) {
        char spec[256] = "stylegan " SMALL;
        genrep_trainer *trainer = on_halves(ctx, strcat(spec, options[i]));
        assert_ok(ctx, genrep_trainer_step(trainer, 1));
        penalty[i] = metric(ctx, trainer, "penalty");
        genrep_trainer_unref(trainer);
    }
    assert_true(penalty[0] > 0 && penalty[2] == 0);
    assert_close(penalty[1] / penalty[0], 1, 1e-6);
    assert_close(penalty[3] / penalty[0], 1, 1e-6);
    genrep_ctx_unref(ctx);
}

/* Where all styles are their mean, all images are one but for the noise, which begins as none. */
static void truncation_draws_samples_together(void **state) {
    (void)state;
    double spread[2];
    genrep_ctx *ctx = support_ctx(NULL);
    for (int i = 0; i < 2; i++) {
        genrep_trainer *trainer =
            on_halves(ctx, i == 0 ? "stylegan ema=0 " SMALL "optimizer_g='sgd lr=0'"
                                  : "stylegan ema=0 " SMALL "optimizer_g='sgd lr=0' truncation=0");
        genrep_tensor *samples = NULL;
        assert_ok(ctx, genrep_trainer_step(trainer, 1));
        assert_ok(ctx, genrep_trainer_sample(trainer, 6, NULL, 1, &samples));
        const float *x = genrep_tensor_read(samples);
        spread[i] = 0;
        for (int n = 1; n < 6; n++)
            for (int j = 0; j < 64; j++) spread[i] += fabs((double)x[64 * n + j] - (double)x[j]);
        genrep_tensor_unref(samples);
        genrep_trainer_unref(trainer);
    }
    assert_true(spread[0] > 1e-3);
    assert_true(spread[1] < 1e-3 * spread[0]);
    genrep_ctx_unref(ctx);
}

/* Left and right are learned, each by its class. */
static void classes_are_learned(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer =
        on_halves(ctx, "stylegan classes=2 batch=8 latent=4 style=8 depth=1 width=8 most=8 "
                       "embedding=4 ema=0.9 r1=1 penalty_every=2 mixing=0");
    assert_ok(ctx, genrep_trainer_step(trainer, 1000));
    genrep_tensor *samples = NULL, *labels = NULL;
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_I32, 1, (const int64_t[]){8}, &labels));
    for (int n = 0; n < 8; n++) ((int32_t *)genrep_tensor_data(labels))[n] = n % 2;
    assert_ok(ctx, genrep_trainer_sample(trainer, 8, labels, 1, &samples));
    const float *x = genrep_tensor_read(samples);
    for (int n = 0; n < 8; n++) {
        double left = 0, right = 0;
        for (int i = 0; i < 64; i++) *(i % 8 < 4 ? &left : &right) += (double)x[64 * n + i] / 32;
        assert_true(n % 2 == 0 ? left > right + 0.4 : right > left + 0.4);
    }
    genrep_tensor_unref(labels);
    genrep_tensor_unref(samples);
    end(trainer, ctx);
}

/* Other samples' classes say nothing of an image, whoever it is mixed with: image 0 has no partner
 * of its class in either batch. */
static void images_are_of_their_own_class(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_layer *layer = NULL;
    genrep_tensor *in[2] = {NULL, NULL}, *images[2] = {NULL, NULL};
    assert_ok(ctx, genrep_layer_new(ctx,
                                    "style_generator size=8 channels=1 width=4 most=4 latent=4 "
                                    "style=4 depth=1 embedding=4 classes=3 mixing=1",
                                    &layer));
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, 2, (const int64_t[]){3, 4}, &in[0]));
    assert_ok(ctx, genrep_tensor_random(in[0], "normal", 1));
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_I32, 1, (const int64_t[]){3}, &in[1]));
    for (int i = 0; i < 2; i++) {
        const int32_t classes[3] = {0, 1 + i, 2};
        genrep_tape *tape = NULL;
        memcpy(genrep_tensor_data(in[1]), classes, sizeof classes);
        assert_ok(ctx, genrep_tape_new(ctx, "mode=train", &tape));
        assert_ok(ctx, genrep_layer_apply(layer, tape, in, 2, &images[i], 1));
        genrep_tape_unref(tape);
    }
    const float *x = genrep_tensor_read(images[0]), *other = genrep_tensor_read(images[1]);
    assert_memory_equal(x, other, 64 * sizeof *x);
    assert_memory_not_equal(x + 64, other + 64, 64 * sizeof *x);
    for (int i = 0; i < 2; i++) {
        genrep_tensor_unref(images[i]);
        genrep_tensor_unref(in[i]);
    }
    genrep_layer_unref(layer);
    genrep_ctx_unref(ctx);
}

static int64_t run(const char *spec, const char *context, const char *halfway, float *to) {
    static const char *const parts[] = {"generator", "discriminator", "average"};
    genrep_ctx *ctx = support_ctx(context);
    genrep_trainer *trainer = on_halves(ctx, spec);
    if (halfway != NULL) {
        assert_ok(ctx, genrep_trainer_step(trainer, 3));
        assert_ok(ctx, genrep_trainer_checkpoint(trainer, halfway));
        genrep_trainer_unref(trainer);
        trainer = on_halves(ctx, spec);
        assert_ok(ctx, genrep_trainer_resume(trainer, halfway));
    }
    int64_t done = 0, n = 0;
    assert_ok(ctx, genrep_trainer_progress(trainer, &done, NULL));
    assert_ok(ctx, genrep_trainer_step(trainer, 6 - done));
    for (int i = 0; i < 3; i++) n += numbers(ctx, trainer, parts[i], to + n);
    end(trainer, ctx);
    return n;
}

static void bits_depend_on_neither_threads_nor_a_break(void **state) {
    (void)state;
    static float one[3 * NUMBERS], other[3 * NUMBERS];
    static const char *const specs[] = {"stylegan penalty_every=2 " SMALL,
                                        "stylegan classes=2 form=modulated truncation=0.7 " SMALL};
    const char *path = support_path("style.safetensors");
    for (int i = 0; i < 2; i++) {
        int64_t n = run(specs[i], "threads=1", NULL, one);
        for (int64_t j = 0; j < n; j++) assert_true(isfinite(one[j]));
        assert_int_equal(run(specs[i], "threads=3", NULL, other), n);
        assert_same(one, other, n);
        assert_int_equal(run(specs[i], "threads=1", path, other), n);
        assert_same(one, other, n);
    }
}

static void sizes_that_do_not_double_are_refused(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_layer *layer = NULL;
    assert_error(ctx, genrep_layer_new(ctx, "style_generator size=28", &layer), GENREP_E_INVALID,
                 "4 doubled a few times");
    assert_error(ctx, genrep_layer_new(ctx, "style_discriminator size=24", &layer),
                 GENREP_E_INVALID, "4 doubled a few times");
    assert_error(ctx, genrep_layer_new(ctx, "style_synthesis form=other", &layer), GENREP_E_INVALID,
                 "adain");
    assert_null(layer);
    genrep_ctx_unref(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(r1_follows_from_size_and_batch),
        cmocka_unit_test(truncation_draws_samples_together),
        cmocka_unit_test(classes_are_learned),
        cmocka_unit_test(images_are_of_their_own_class),
        cmocka_unit_test(bits_depend_on_neither_threads_nor_a_break),
        cmocka_unit_test(sizes_that_do_not_double_are_refused),
    };
    return cmocka_run_group_tests_name("stylegan", tests, NULL, support_remove_files);
}
