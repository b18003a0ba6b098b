/* What all adversarial trainers share: penalties, clipping, noise, classes that are told. */
#include "gan_parts.h"

#include <files.h>
#include <gan/gan.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define STILL_G "optimizer_g='sgd lr=0' "
#define BLIND "discriminator='linear in=4 out=1 init=zeros' "

/* D(x) = <a, x> + b: R1 is r1/2 |a|^2, WGAN-GP gp (|a| - 1)^2, and so on; b feels nothing. */
static void penalties_of_a_linear_discriminator(void **state) {
    (void)state;
    static const struct {
        const char *options;
        double value, slope; /* dP/da = slope a */
    } rows[] = {
        {"r1=3", 1.5 * 1.44, 3},
        {"r2=0.5", 0.25 * 1.44, 0.5},
        {"r1=1 r2=2", 1.5 * 1.44, 3},
        {"gp=10", 10 * 0.04, 2 * 10 * 0.2 / 1.2},
        {"dragan=5", 5 * 0.04, 2 * 5 * 0.2 / 1.2},
        {"gp=10 one_sided=1", 10 * 0.04, 2 * 10 * 0.2 / 1.2},
        {"gp=10 instance_noise=0.3", 10 * 0.04, 2 * 10 * 0.2 / 1.2},
        {"r1=3 penalty_every=4", 1.5 * 1.44, 12}, /* step 0 is one of them, 4 times as strong */
    };
    genrep_ctx *ctx = support_ctx(NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        float before[2][8], after[2][8];
        for (int with = 0; with < 2; with++) {
            char spec[512] = "gan batch=8 optimizer_d='sgd lr=0.01' " STILL_G LINEAR_D LINEAR_G;
            genrep_trainer *trainer = make(ctx, with ? strcat(spec, rows[i].options) : spec);
            if (with == 0 && strstr(rows[i].options, "noise") != NULL) {
                genrep_trainer_unref(trainer);
                trainer = make(ctx, strcat(spec, "instance_noise=0.3"));
            }
            set(ctx, trainer, "discriminator", 0, 0.6); /* |a| = 1.2 */
            numbers(ctx, trainer, "discriminator", before[with]);
            assert_ok(ctx, genrep_trainer_step(trainer, 1));
            numbers(ctx, trainer, "discriminator", after[with]);
            assert_close(metric(ctx, trainer, "penalty"), with ? rows[i].value : 0, 2e-6);
            genrep_trainer_unref(trainer);
        }
        for (int j = 0; j < 5; j++) {
            double pulled = ((double)after[0][j] - (double)after[1][j]) / 0.01;
            assert_close(pulled, j < 4 ? rows[i].slope * 0.6 : 0, 2e-4);
        }
    }
    genrep_ctx_unref(ctx);
}

/* One side only: below 1 there is nothing to pay. */
static void one_sided_penalties_leave_small_gradients_alone(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    for (int one = 0; one < 2; one++) {
        char spec[256] = "gan batch=8 gp=10 " STILL_D LINEAR_D LINEAR_G;
        genrep_trainer *trainer = make(ctx, strcat(spec, one ? "one_sided=1" : ""));
        set(ctx, trainer, "discriminator", 0, 0.1); /* |a| = 0.2 */
        assert_ok(ctx, genrep_trainer_step(trainer, 1));
        assert_close(metric(ctx, trainer, "penalty"), one ? 0 : 6.4, 1e-5);
        genrep_trainer_unref(trainer);
    }
    genrep_ctx_unref(ctx);
}

/* Between two updates with a penalty there are some without; the metric stays. */
static void lazy_penalties_come_at_every_nth_update(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer =
        make(ctx, "gan batch=8 r1=2 penalty_every=2 " STILL_D LINEAR_D LINEAR_G);
    set(ctx, trainer, "discriminator", 0, 0.5);
    assert_ok(ctx, genrep_trainer_step(trainer, 1));
    assert_close(metric(ctx, trainer, "penalty"), 1, 1e-6);
    set(ctx, trainer, "discriminator", 0, 1);
    assert_ok(ctx, genrep_trainer_step(trainer, 1));
    assert_close(metric(ctx, trainer, "penalty"), 1, 1e-6);
    assert_ok(ctx, genrep_trainer_step(trainer, 1));
    assert_close(metric(ctx, trainer, "penalty"), 4, 1e-6);
    end(trainer, ctx);
}

static void weights_are_clipped_after_the_update(void **state) {
    (void)state;
    float d[8];
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = make(ctx, "gan batch=8 loss=wgan clip_weights=0.01 "
                                        "optimizer_d='sgd lr=5' " LINEAR_D LINEAR_G);
    assert_ok(ctx, genrep_trainer_step(trainer, 1));
    int64_t n = numbers(ctx, trainer, "discriminator", d);
    int at_bound = 0;
    for (int64_t i = 0; i < n; i++) {
        assert_true(fabsf(d[i]) <= 0.01f);
        at_bound += fabsf(d[i]) == 0.01f;
    }
    assert_true(at_bound >= 2);
    end(trainer, ctx);
}

/* D says b everywhere: drift b^2 pulls it by 2 drift b; WGAN's own gradient by b is 0. */
static void drift_pulls_towards_zero(void **state) {
    (void)state;
    float d[8];
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = make(ctx, "gan batch=8 loss=wgan drift=0.5 "
                                        "optimizer_d='sgd lr=0.1' " BLIND LINEAR_G);
    set(ctx, trainer, "discriminator", 1, 3);
    assert_ok(ctx, genrep_trainer_step(trainer, 1));
    numbers(ctx, trainer, "discriminator", d);
    assert_close((double)d[4], 3 - 0.1 * 2 * 0.5 * 3, 1e-6);
    assert_close(metric(ctx, trainer, "d_real"), 3, 1e-6); /* as it is, not as a probability */
    end(trainer, ctx);
}

/* Noise is on both batches, other numbers each time, and falls to nothing. */
static void instance_noise_falls(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    static const char spec[] = "gan loss=wgan batch=8 " STILL_D STILL_G LINEAR_D LINEAR_G;
    char noisy[256];
    strcpy(noisy, spec);
    strcat(noisy, "instance_noise=2 noise_steps=4");
    genrep_trainer *clean = make(ctx, spec), *trainer = make(ctx, noisy);
    double apart[6];
    for (int i = 0; i < 6; i++) {
        assert_ok(ctx, genrep_trainer_step(clean, 1));
        assert_ok(ctx, genrep_trainer_step(trainer, 1));
        apart[i] = fabs(metric(ctx, trainer, "d_real") - metric(ctx, clean, "d_real"));
        assert_true((apart[i] > 0) ==
                    (fabs(metric(ctx, trainer, "d_fake") - metric(ctx, clean, "d_fake")) > 0));
    }
    assert_true(apart[0] > 1e-3 && apart[1] > 1e-3 && apart[3] > 1e-5);
    assert_true(apart[4] == 0 && apart[5] == 0);
    genrep_trainer_unref(clean);
    end(trainer, ctx);
}

/* A discriminator that has to tell classes learns them, and so does the generator. */
static void an_auxiliary_classifier_learns_the_classes(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer =
        make(ctx, "cgan batch=32 latent=4 conditioning=auxiliary width=16 "
                  "optimizer_d='adam lr=2e-3 beta1=0.5' optimizer_g='adam lr=2e-3 beta1=0.5'");
    assert_ok(ctx, genrep_trainer_step(trainer, 1));
    double first = metric(ctx, trainer, "loss_class");
    assert_true(first > 0.5);
    assert_ok(ctx, genrep_trainer_step(trainer, 600));
    assert_true(metric(ctx, trainer, "loss_class") < 0.3 * first);
    end(trainer, ctx);
}

/* ---- every game, resumed, on any number of threads ----------------------------------------------
 */

static const char *const games[] = {
    "gan batch=8 latent=3 width=4 loss=lsgan smoothing=0.1",
    "gan batch=8 latent=3 width=4 loss=hinge r1=1 penalty_every=2 ema=0.9",
    "gan batch=8 latent=3 width=4 loss=wgan gp=10 drift=1e-3 d_steps=2",
    "gan batch=8 latent=3 width=4 loss=wgan clip_weights=0.01 optimizer_d='rmsprop lr=1e-3'",
    "gan batch=8 latent=3 width=4 loss=relativistic r1=0.5 r2=0.5",
    "gan batch=8 latent=3 width=4 dragan=1 instance_noise=0.1 noise_steps=5 fresh=1",
    "cgan batch=8 latent=3 width=4 conditioning=auxiliary class_g=0.1",
    "cgan batch=8 latent=3 width=4 conditioning=projection loss=hinge r1=1",
};

static int64_t played(const char *spec, const char *context, const char *halfway, float *to) {
    genrep_ctx *ctx = support_ctx(context);
    genrep_trainer *trainer = make(ctx, spec);
    if (halfway != NULL) {
        assert_ok(ctx, genrep_trainer_step(trainer, 3));
        assert_ok(ctx, genrep_trainer_checkpoint(trainer, halfway));
        genrep_trainer_unref(trainer);
        trainer = make(ctx, spec);
        assert_ok(ctx, genrep_trainer_resume(trainer, halfway));
    }
    int64_t done = 0;
    assert_ok(ctx, genrep_trainer_progress(trainer, &done, NULL));
    assert_ok(ctx, genrep_trainer_step(trainer, 6 - done));
    int64_t n = numbers(ctx, trainer, "discriminator", to);
    n += numbers(ctx, trainer, "generator", to + n);
    to[n++] = (float)metric(ctx, trainer, "penalty");
    end(trainer, ctx);
    return n;
}

static void bits_depend_on_neither_threads_nor_a_break(void **state) {
    (void)state;
    static float one[2 * NUMBERS], other[2 * NUMBERS];
    const char *path = support_path("adversary.safetensors");
    for (size_t i = 0; i < sizeof games / sizeof games[0]; i++) {
        int64_t n = played(games[i], "threads=1", NULL, one);
        for (int64_t j = 0; j < n; j++) assert_true(isfinite(one[j]));
        assert_int_equal(played(games[i], "threads=3", NULL, other), n);
        assert_same(one, other, n);
        assert_int_equal(played(games[i], "threads=1", path, other), n);
        assert_same(one, other, n);
    }
}

#define SQUARE_D "discriminator='flatten; linear in=16 out=1' "
#define SQUARE_G "latent=2 generator='linear in=2 out=16; reshape shape=\"1 4 4\"' "
static const int64_t square[] = {16, 1, 4, 4};

/* A discriminator that is sure of what is real, or sure of the contrary. */
static void augmentation_adapts_to_the_sign_of_real(void **state) {
    (void)state;
    static const struct {
        const char *game;
        double bias, after[4];
    } rows[] = {
        {"loss=hinge", 1, {0.1, 0.2, 0.3, 0.4}},
        {"loss=hinge", -1, {0, 0, 0, 0}},
        {"loss=lsgan", 0.6, {0.1, 0.2, 0.3, 0.4}},
        {"loss=lsgan", 0.4, {0, 0, 0, 0}},
    };
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_dataset *data = constant_images(ctx, 4, square, 0.5);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char spec[512];
        snprintf(spec, sizeof spec,
                 "gan batch=8 augment='augment colour=0' ada=0.6 ada_images=80 %s " STILL_D SQUARE_D
                     SQUARE_G,
                 rows[i].game);
        genrep_trainer *trainer = trainer_on(ctx, data, spec);
        set(ctx, trainer, "discriminator", 0, 0);
        set(ctx, trainer, "discriminator", 1, rows[i].bias);
        for (int32_t j = 0; j < 4; j++) {
            assert_ok(ctx, genrep_trainer_step(trainer, 1));
            const genrepi_gan *gan = trainer->instance;
            assert_close(gan->adversary.probability, rows[i].after[j], 1e-12);
        }
        genrep_trainer_unref(trainer);
    }
    genrep_dataset_unref(data);
    genrep_ctx_unref(ctx);
}

/* D = the mean of the image: a cut-out of all of it takes the whole of a constant image away. */
static void both_players_see_what_is_augmented(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_dataset *data = constant_images(ctx, 4, square, 0.5);
    double real_mean[2], norm[2];
    for (int with = 0; with < 2; with++) {
        char spec[512] = "gan batch=8 loss=wgan " STILL_D SQUARE_D SQUARE_G;
        genrep_trainer *trainer = trainer_on(
            ctx, data, strcat(spec, with ? "augment='augment colour=0 shift=0 cutout=1'" : ""));
        set(ctx, trainer, "discriminator", 0, 1.0 / 16);
        set(ctx, trainer, "discriminator", 1, 0);
        assert_ok(ctx, genrep_trainer_step(trainer, 1));
        real_mean[with] = metric(ctx, trainer, "d_real");
        norm[with] = metric(ctx, trainer, "norm_g");
        genrep_trainer_unref(trainer);
    }
    assert_close(real_mean[0], 0.5, 1e-6);
    assert_true(real_mean[1] > 0 && real_mean[1] < 0.4);
    assert_true(norm[1] > 0 && norm[1] < norm[0]);
    genrep_dataset_unref(data);
    genrep_ctx_unref(ctx);
}

static void augmentation_that_cannot_be_is_refused(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"augment=nonsense", "augment: "},
        {"ada=0.6", "give augment='augment'"},
        {"ada=0.6 augment='relu'", "give augment='augment'"},
        {"ada=0.6 augment='augment' loss=wgan", "loss=wgan"},
        {"augment='augment'", "augment: layer 0 (augment): wants batch x channels"},
    };
    genrep_ctx *ctx = support_ctx(NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char spec[512] = "gan batch=8 " LINEAR_D LINEAR_G;
        genrep_trainer *trainer = make(ctx, strcat(spec, rows[i][0])); /* on points */
        assert_error(ctx, genrep_trainer_step(trainer, 1), GENREP_E_INVALID, rows[i][1]);
        genrep_trainer_unref(trainer);
    }
    genrep_ctx_unref(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(penalties_of_a_linear_discriminator),
        cmocka_unit_test(one_sided_penalties_leave_small_gradients_alone),
        cmocka_unit_test(lazy_penalties_come_at_every_nth_update),
        cmocka_unit_test(weights_are_clipped_after_the_update),
        cmocka_unit_test(drift_pulls_towards_zero),
        cmocka_unit_test(instance_noise_falls),
        cmocka_unit_test(an_auxiliary_classifier_learns_the_classes),
        cmocka_unit_test(augmentation_adapts_to_the_sign_of_real),
        cmocka_unit_test(both_players_see_what_is_augmented),
        cmocka_unit_test(augmentation_that_cannot_be_is_refused),
        cmocka_unit_test(bits_depend_on_neither_threads_nor_a_break),
    };
    return cmocka_run_group_tests_name("adversary", tests, NULL, support_remove_files);
}
