/* The trainers pix2pix and cyclegan: what each term is, who is changed, resuming, threads. */
#include "gan_parts.h"

#include <files.h>
#include <gan/image_pool.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define PAIRS 12
#define PIXELS 64 /* 8 x 8, one channel */

/* Two fields of images; the second is 0.2 - x/2 of the first. */
static genrep_dataset *images(genrep_ctx *ctx, const char *first, const char *second) {
    const char *const names[] = {first, second};
    const int64_t shape[] = {PAIRS, 1, 8, 8};
    genrep_tensor *x[2] = {NULL, NULL};
    genrep_dataset *data = NULL;
    for (int i = 0; i < 2; i++) assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, 4, shape, &x[i]));
    assert_ok(ctx, genrep_tensor_random(x[0], "uniform low=-1 high=1", 5));
    const float *from = genrep_tensor_read(x[0]);
    float *to = genrep_tensor_data(x[1]);
    for (int i = 0; i < PAIRS * PIXELS; i++) to[i] = 0.2f - from[i] / 2;
    assert_ok(ctx, genrep_dataset_from_tensors(ctx, 2, names, x, &data));
    genrep_tensor_unref(x[0]);
    genrep_tensor_unref(x[1]);
    return data;
}

static genrep_trainer *pairs(genrep_ctx *ctx, const char *spec) {
    genrep_dataset *data = images(ctx, "source", "target");
    genrep_trainer *trainer = trainer_on(ctx, data, spec);
    genrep_dataset_unref(data);
    return trainer;
}

static genrep_trainer *sides(genrep_ctx *ctx, const char *spec) {
    genrep_dataset *data = images(ctx, "a", "b");
    genrep_trainer *trainer = trainer_on(ctx, data, spec);
    genrep_dataset_unref(data);
    return trainer;
}

#define SCALE "generator='conv2d in=1 out=1 kernel=1 bias=0' "
#define MEAN_D "discriminator='flatten; linear in=64 out=1 init=zeros' "
#define PAIR_D "discriminator='conv2d in=2 out=1 kernel=1; leaky_relu; conv2d out=1 kernel=1' "

/* ---- pix2pix ------------------------------------------------------------------------------------
 */

static void a_map_of_pixels_is_learned(void **state) {
    (void)state;
    static const char *const specs[] = {
        "pix2pix batch=4 optimizer_g='adam lr=0.02' generator='conv2d in=1 out=1 kernel=1' " PAIR_D,
        "pix2pix batch=4 adversarial=0 l1=0 l2=1 optimizer_g='adam lr=0.02' "
        "generator='conv2d in=1 out=1 kernel=1'"};
    genrep_ctx *ctx = support_ctx(NULL);
    for (int i = 0; i < 2; i++) {
        float g[4];
        genrep_trainer *trainer = pairs(ctx, specs[i]);
        assert_ok(ctx, genrep_trainer_step(trainer, 400));
        assert_true(metric(ctx, trainer, "l1") < 0.02);
        assert_int_equal(numbers(ctx, trainer, "generator", g), 2);
        assert_close((double)g[0], -0.5, 0.03);
        assert_close((double)g[1], 0.2, 0.03);
        genrep_trainer_unref(trainer);
    }
    genrep_ctx_unref(ctx);
}

/* By total variation alone the image becomes one colour. */
static void variation_makes_images_flat(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    float g[4];
    genrep_trainer *trainer =
        pairs(ctx, "pix2pix batch=4 adversarial=0 l1=0 variation=1 optimizer_g='sgd lr=0.05' "
                   "generator='conv2d in=1 out=1 kernel=1'");
    assert_ok(ctx, genrep_trainer_step(trainer, 400));
    assert_int_equal(numbers(ctx, trainer, "generator", g), 2);
    assert_true(fabs((double)g[0]) < 0.05);
    end(trainer, ctx);
}

/* A blind D: half of 2 log 2 moves it, which the metric shows whole; G's term is log 2. */
static void terms_of_pairs_are_those_of_the_formulas(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = pairs(ctx, "pix2pix batch=12 " SCALE "optimizer_g='sgd lr=0' " STILL_D
                                         "discriminator='conv2d in=2 out=1 kernel=1 init=zeros'");
    set(ctx, trainer, "generator", 0, 0);
    assert_ok(ctx, genrep_trainer_step(trainer, 1));
    genrep_dataset *data = images(ctx, "source", "target");
    assert_close(metric(ctx, trainer, "loss_d"), 1.386294361119891, 1e-6);
    assert_close(metric(ctx, trainer, "loss_g"), 0.693147180559945, 1e-6);
    genrep_tensor *batch[2] = {NULL, NULL};
    const int64_t shape[] = {PAIRS, 1, 8, 8};
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, 4, shape, &batch[1]));
    assert_ok(ctx, genrep_dataset_batch(data, 0, batch, 2));
    const float *y = genrep_tensor_read(batch[1]);
    double sum = 0; /* G makes zeros */
    for (int i = 0; i < PAIRS * PIXELS; i++) sum += fabs((double)y[i]);
    assert_close(metric(ctx, trainer, "l1"), sum / (PAIRS * PIXELS), 1e-6);
    genrep_tensor_unref(batch[1]);
    genrep_dataset_unref(data);
    end(trainer, ctx);
}

/* D's update is half the sum: with sgd its bias moves by lr/2 (s(-r) - s(f)), r = f = b. */
static void the_discriminator_is_slowed_to_half(void **state) {
    (void)state;
    float d[8];
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer =
        pairs(ctx, "pix2pix batch=4 " SCALE "optimizer_g='sgd lr=0' optimizer_d='sgd lr=0.1' "
                   "discriminator='conv2d in=2 out=1 kernel=1 init=zeros'");
    set(ctx, trainer, "discriminator", 1, 0.8);
    assert_ok(ctx, genrep_trainer_step(trainer, 1));
    assert_int_equal(numbers(ctx, trainer, "discriminator", d), 3);
    const double s = 1 / (1 + exp(-0.8));
    assert_close((double)d[2], 0.8 + 0.1 * 0.5 * ((1 - s) - s), 1e-6);
    end(trainer, ctx);
}

static void without_a_game_the_discriminator_is_left_alone(void **state) {
    (void)state;
    float before[16], after[16];
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = pairs(ctx, "pix2pix batch=4 adversarial=0 " SCALE PAIR_D);
    int64_t n = numbers(ctx, trainer, "discriminator", before);
    assert_ok(ctx, genrep_trainer_step(trainer, 3));
    numbers(ctx, trainer, "discriminator", after);
    assert_same(before, after, n);
    assert_true(metric(ctx, trainer, "loss_d") == 0);
    end(trainer, ctx);
}

/* Features that a made and a real image share cost nothing; otherwise the generator learns from
 * them alone. */
static void features_teach_without_pixels(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_layer *p = NULL;
    genrep_trainer *trainer =
        pairs(ctx, "pix2pix batch=4 adversarial=0 l1=0 perceptual=1 optimizer_g='adam lr=0.02' "
                   "generator='conv2d in=1 out=1 kernel=1'");
    assert_error(ctx, genrep_trainer_step(trainer, 1), GENREP_E_INVALID, "part 'perception'");
    assert_ok(ctx, genrep_layer_new(ctx, "conv2d in=1 out=6 kernel=3 pad=1; relu", &p));
    assert_ok(ctx, genrep_trainer_set_layer(trainer, "perception", p));
    genrep_layer_unref(p);
    assert_ok(ctx, genrep_trainer_step(trainer, 1));
    double l1 = metric(ctx, trainer, "l1"), perceptual = metric(ctx, trainer, "perceptual");
    assert_ok(ctx, genrep_trainer_step(trainer, 400));
    assert_true(metric(ctx, trainer, "l1") < 0.1 * l1);
    assert_true(metric(ctx, trainer, "perceptual") < 0.01 * perceptual);
    genrep_trainer_unref(trainer);

    trainer = pairs(ctx, "pix2pix batch=4 features=10 optimizer_g='sgd lr=0' " SCALE PAIR_D);
    assert_ok(ctx, genrep_trainer_step(trainer, 1));
    assert_true(metric(ctx, trainer, "features") > 1e-3);
    genrep_layer *d = NULL;
    assert_ok(ctx, genrep_trainer_layer(trainer, "discriminator", &d));
    for (int64_t i = 0; i < genrep_layer_parameters(d); i++) { /* the generator's step left none */
        genrep_tensor *gradient = NULL;
        assert_ok(ctx, genrep_layer_parameter(d, i, NULL, NULL, &gradient));
        assert_true(((const float *)genrep_tensor_read(gradient))[0] == 0);
    }
    genrep_layer_unref(d);
    end(trainer, ctx);
}

/* As many features as are looked at, of both networks, and all other terms. */
static void terms_of_deep_networks_have_room(void **state) {
    (void)state;
    char spec[2048], deep[512] = "conv2d in=2 out=2 kernel=1; leaky_relu";
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_layer *p = NULL;
    for (int i = 0; i < 8; i++) strcat(deep, "; conv2d out=2 kernel=1; leaky_relu");
    snprintf(spec, sizeof spec,
             "pix2pix batch=2 features=1 perceptual=1 l2=1 variation=1 " SCALE
             "discriminator='%s; conv2d out=1 kernel=1'",
             deep);
    genrep_trainer *trainer = pairs(ctx, spec);
    strstr(deep, "in=")[3] = '1'; /* in=1: of the target alone */
    assert_ok(ctx, genrep_layer_new(ctx, deep, &p));
    assert_ok(ctx, genrep_trainer_set_layer(trainer, "perception", p));
    genrep_layer_unref(p);
    assert_ok(ctx, genrep_trainer_step(trainer, 2));
    assert_true(metric(ctx, trainer, "features") > 0 && metric(ctx, trainer, "perceptual") > 0);
    end(trainer, ctx);
}

/* ---- cyclegan -----------------------------------------------------------------------------------
 */

/* x/2 and 2x undo each other: no cycle error; what is of that kind already does not stay. */
static void cycles_are_measured(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer =
        sides(ctx, "cyclegan batch=12 pool=0 optimizer_g='sgd lr=0' " STILL_D SCALE MEAN_D);
    set(ctx, trainer, "generator_ab", 0, 0.5);
    set(ctx, trainer, "generator_ba", 0, 2);
    assert_ok(ctx, genrep_trainer_step(trainer, 1));
    assert_close(metric(ctx, trainer, "cycle_a"), 0, 1e-7);
    assert_close(metric(ctx, trainer, "cycle_b"), 0, 1e-7);
    assert_close(metric(ctx, trainer, "loss_da"), 0.5, 1e-6); /* lsgan, blind */
    assert_close(metric(ctx, trainer, "loss_gb"), 0.5, 1e-6);
    genrep_dataset *data = images(ctx, "a", "b");
    genrep_tensor *batch[2] = {NULL, NULL};
    const int64_t shape[] = {PAIRS, 1, 8, 8};
    double same = 0;
    for (int i = 0; i < 2; i++)
        assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, 4, shape, &batch[i]));
    assert_ok(ctx, genrep_dataset_batch(data, 0, batch, 2));
    for (int i = 0; i < PAIRS * PIXELS; i++)
        same += fabs(2 * (double)((const float *)genrep_tensor_read(batch[0]))[i] -
                     (double)((const float *)genrep_tensor_read(batch[0]))[i]) +
                fabs(0.5 * (double)((const float *)genrep_tensor_read(batch[1]))[i]);
    assert_close(metric(ctx, trainer, "identity"), same / 2 / (PAIRS * PIXELS), 1e-6);
    for (int i = 0; i < 2; i++) genrep_tensor_unref(batch[i]);
    genrep_dataset_unref(data);
    end(trainer, ctx);
}

/* With lambda alone the generators become each other's inverse: w v = 1. */
static void both_generators_learn_from_a_cycle(void **state) {
    (void)state;
    float g[2];
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer =
        sides(ctx, "cyclegan batch=4 identity=0 optimizer_g='adam lr=0.01' " STILL_D SCALE MEAN_D);
    set(ctx, trainer, "generator_ab", 0, 0.3);
    set(ctx, trainer, "generator_ba", 0, 0.9);
    assert_ok(ctx, genrep_trainer_step(trainer, 300));
    numbers(ctx, trainer, "generator_ab", g);
    numbers(ctx, trainer, "generator_ba", g + 1);
    assert_true(g[0] > 0.5f && g[1] > 1); /* both moved */
    assert_close((double)(g[0] * g[1]), 1, 0.05);
    assert_true(metric(ctx, trainer, "cycle_a") < 0.03);
    end(trainer, ctx);
}

/* The generators' adversarial term is (f - 1)^2 for lsgan and softplus(-f) in the lecture's form.
 * D = mean of x, so G's weight w moves by lr (2 (1 - f) or s(-f)) times the mean of x. */
static void generators_are_moved_by_both_forms_of_the_game(void **state) {
    (void)state;
    static const char *const games[] = {"loss=lsgan", "loss=non_saturating"};
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_dataset *data = images(ctx, "a", "b");
    genrep_tensor *batch[2] = {NULL, NULL};
    const int64_t shape[] = {PAIRS, 1, 8, 8};
    double x = 0;
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, 4, shape, &batch[0]));
    assert_ok(ctx, genrep_dataset_batch(data, 0, batch, 2));
    double per_sample[PAIRS] = {0};
    for (int i = 0; i < PAIRS * PIXELS; i++)
        per_sample[i / PIXELS] += (double)((const float *)genrep_tensor_read(batch[0]))[i] / PIXELS;
    for (int i = 0; i < PAIRS; i++) x += per_sample[i] / PAIRS;
    for (int i = 0; i < 2; i++) {
        char spec[512] = "cyclegan batch=12 lambda=0 pool=0 optimizer_g='sgd lr=0.1' " STILL_D SCALE
                         "discriminator='flatten; linear in=64 out=1 init=zeros' ";
        genrep_trainer *trainer = sides(ctx, strcat(spec, games[i]));
        set(ctx, trainer, "generator_ab", 0, 1);
        set(ctx, trainer, "discriminator_b", 0, 1.0 / PIXELS);
        assert_ok(ctx, genrep_trainer_step(trainer, 1));
        float w;
        numbers(ctx, trainer, "generator_ab", &w);
        double moved = 0;
        for (int j = 0; j < PAIRS; j++) {
            double f = per_sample[j];
            moved += (i == 0 ? 2 * (1 - f) : 1 / (1 + exp(f))) * per_sample[j] / PAIRS;
        }
        assert_true(fabs(moved) > 1e-4);
        assert_close((double)w - 1, 0.1 * moved, 2e-6);
        genrep_trainer_unref(trainer);
    }
    assert_true(x != 0);
    genrep_tensor_unref(batch[0]);
    genrep_dataset_unref(data);
    genrep_ctx_unref(ctx);
}

/* ---- the pool -----------------------------------------------------------------------------------
 */

static void a_pool_gives_old_images_half_of_the_time(void **state) {
    (void)state;
    enum { SIZE = 10, BATCH = 2, UPDATES = 2000 };
    genrep_ctx *ctx = support_ctx(NULL);
    genrepi_shape shape = {2, {BATCH, 1}};
    genrepi_image_pool pool;
    genrep_tensor *fresh = NULL;
    assert_ok(ctx, genrepi_image_pool_new(ctx, SIZE, 1, &shape, &pool));
    assert_ok(ctx, genrepi_tensor_new(ctx, GENREPI_REAL, &shape, 1, &fresh));
    int old = 0, shown[2 * UPDATES] = {0};
    double age = 0;
    for (int u = 0; u < UPDATES; u++) {
        for (int i = 0; i < BATCH; i++) genrepi_real(fresh)[i] = (real)(BATCH * u + i);
        const real *got = genrepi_real_read(genrepi_image_pool_take(&pool, (uint64_t)u, fresh));
        const real first[BATCH] = {got[0], got[1]};
        got = genrepi_real_read(genrepi_image_pool_take(&pool, (uint64_t)u, fresh)); /* again */
        for (int i = 0; i < BATCH; i++) {
            const int number = BATCH * u + i;
            assert_true(got[i] == first[i]);
            assert_true(got[i] <= (real)number && got[i] == floorf(got[i]));
            if (number < SIZE) assert_true(got[i] == (real)number); /* not full yet */
            old += got[i] < (real)number;
            age += (double)number - (double)got[i];
            shown[(int)got[i]]++;
        }
        genrepi_image_pool_keep(&pool, (uint64_t)u, fresh);
    }
    for (int i = 0; i < 2 * UPDATES; i++) assert_true(shown[i] <= 2); /* fresh, and once more */
    assert_close((double)old / (BATCH * UPDATES), 0.5, 0.03);
    /* Each of SIZE places is replaced every 2 SIZE images: an old one is 2 SIZE old on average. */
    assert_close(age / old, 2 * SIZE, 2);
    genrepi_tensor_unref(fresh);
    genrepi_image_pool_free(&pool);
    genrep_ctx_unref(ctx);
}

/* ---- data, networks, runs -----------------------------------------------------------------------
 */

static void what_does_not_fit_is_refused(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = NULL;
    genrep_dataset *data = images(ctx, "source", "other"), *good = images(ctx, "a", "b");
    assert_error(ctx, genrep_trainer_new(ctx, "pix2pix", data, &trainer), GENREP_E_INVALID,
                 "no field 'target'");
    assert_error(ctx, genrep_trainer_new(ctx, "cyclegan", data, &trainer), GENREP_E_INVALID,
                 "no field 'a'");
    assert_error(ctx, genrep_trainer_new(ctx, "cyclegan generator='linea'", good, &trainer),
                 GENREP_E_INVALID, "generator_ab");
    assert_error(ctx, genrep_trainer_new(ctx, "cyclegan optimizer_g='adam lr=x'", good, &trainer),
                 GENREP_E_INVALID, "optimizer_g");
    assert_error(ctx, genrep_trainer_new(ctx, "cyclegan lambda=-1", good, &trainer), GENREP_E_RANGE,
                 "lambda");
    assert_null(trainer);
    genrep_dataset_unref(data);
    genrep_dataset_unref(good);
    trainer = sides(ctx, "cyclegan generator='conv2d in=1 out=2 kernel=1'");
    assert_error(ctx, genrep_trainer_step(trainer, 1), GENREP_E_INVALID,
                 "generator_ab: makes 1x2x8x8 from 1x1x8x8, 1x1x8x8 is needed");
    genrep_trainer_unref(trainer);
    trainer = pairs(ctx, "pix2pix batch=2 discriminator='conv2d in=1 out=1'");
    assert_error(ctx, genrep_trainer_step(trainer, 1), GENREP_E_INVALID, "discriminator");
    genrep_trainer_unref(trainer);
    static const char *const labels = "source";
    genrep_tensor *flat = NULL;
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, 2, (const int64_t[]){5, 4}, &flat));
    assert_ok(ctx, genrep_dataset_from_tensors(ctx, 1, &labels, &flat, &data));
    trainer = NULL;
    assert_error(ctx, genrep_trainer_new(ctx, "pix2pix", data, &trainer), GENREP_E_INVALID,
                 "must hold images");
    genrep_tensor_unref(flat);
    genrep_dataset_unref(data);
    genrep_ctx_unref(ctx);
}

/* The default networks, small: the whole of a trainer of images. */
static const char *const runs[] = {
    "pix2pix batch=2 width=2 field=16 generator='unet_generator size=8 in=1 out=1 width=2' "
    "discriminator='conv2d in=2 out=2 kernel=4 stride=2 pad=1; leaky_relu; conv2d out=1' "
    "features=1 ema=0.9 r1=0.1",
    "cyclegan batch=2 width=2 blocks=1 pool=3 discriminator="
    "'conv2d in=1 out=2 kernel=4 stride=2 pad=1; leaky_relu; conv2d out=1'",
    "cyclegan batch=1 width=2 blocks=1 pool=2 identity=0 loss=minimax discriminator="
    "'conv2d in=1 out=2 kernel=4 stride=2 pad=1; leaky_relu; conv2d out=1'"};

static int64_t run(const char *spec, const char *context, const char *halfway, float *to) {
    const int cycle = spec[0] == 'c';
    genrep_ctx *ctx = support_ctx(context);
    genrep_trainer *trainer = cycle ? sides(ctx, spec) : pairs(ctx, spec);
    if (halfway != NULL) {
        assert_ok(ctx, genrep_trainer_step(trainer, 4));
        assert_ok(ctx, genrep_trainer_checkpoint(trainer, halfway));
        genrep_trainer_unref(trainer);
        trainer = cycle ? sides(ctx, spec) : pairs(ctx, spec);
        assert_ok(ctx, genrep_trainer_resume(trainer, halfway));
    }
    int64_t done = 0, n = 0;
    assert_ok(ctx, genrep_trainer_progress(trainer, &done, NULL));
    assert_ok(ctx, genrep_trainer_step(trainer, 8 - done));
    static const char *const parts[2][4] = {
        {"generator", "discriminator", "average", NULL},
        {"generator_ab", "generator_ba", "discriminator_a", "discriminator_b"}};
    for (int i = 0; i < 4 && parts[cycle][i] != NULL; i++)
        n += numbers(ctx, trainer, parts[cycle][i], to + n);
    end(trainer, ctx);
    return n;
}

static void bits_depend_on_neither_threads_nor_a_break(void **state) {
    (void)state;
    static float one[4 * NUMBERS], other[4 * NUMBERS];
    const char *path = support_path("translation.safetensors");
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
        int64_t n = run(runs[i], "threads=1", NULL, one);
        for (int64_t j = 0; j < n; j++) assert_true(isfinite(one[j]));
        assert_int_equal(run(runs[i], "threads=3", NULL, other), n);
        assert_same(one, other, n);
        assert_int_equal(run(runs[i], "threads=1", path, other), n);
        assert_same(one, other, n);
    }
}

/* Wherever memory runs out, repeating the step gives what would have been. */
static void memory_that_runs_out_costs_no_more_than_its_step(void **state) {
    (void)state;
    static float whole[4 * NUMBERS], broken[4 * NUMBERS];
    static const char *const parts[] = {"generator_ab", "generator_ba", "discriminator_a",
                                        "discriminator_b"};
    int64_t n = run(runs[1], NULL, NULL, whole), done = 0, m = 0;
    support_memory memory = {0};
    genrep_allocator allocator = support_allocator(&memory);
    genrep_ctx *ctx = NULL;
    assert_int_equal(genrep_ctx_new(NULL, &allocator, &ctx), 0);
    genrep_trainer *trainer = sides(ctx, runs[1]);
    int failures = 0;
    for (int64_t at = 1; failures < 3000; at += 1 + at / 20, failures++) {
        memory.fail_at = memory.allocations + at;
        assert_ok(ctx, genrep_trainer_progress(trainer, &done, NULL));
        int32_t status = genrep_trainer_step(trainer, 8 - done);
        memory.fail_at = 0;
        if (status == 0) break;
        assert_int_equal(status, GENREP_E_NOMEM);
    }
    assert_true(failures > 20 && failures < 3000);
    for (int i = 0; i < 4; i++) m += numbers(ctx, trainer, parts[i], broken + m);
    assert_int_equal(m, n);
    assert_same(whole, broken, n);
    end(trainer, ctx);
    assert_int_equal(memory.blocks, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_map_of_pixels_is_learned),
        cmocka_unit_test(variation_makes_images_flat),
        cmocka_unit_test(terms_of_pairs_are_those_of_the_formulas),
        cmocka_unit_test(the_discriminator_is_slowed_to_half),
        cmocka_unit_test(without_a_game_the_discriminator_is_left_alone),
        cmocka_unit_test(features_teach_without_pixels),
        cmocka_unit_test(terms_of_deep_networks_have_room),
        cmocka_unit_test(cycles_are_measured),
        cmocka_unit_test(both_generators_learn_from_a_cycle),
        cmocka_unit_test(generators_are_moved_by_both_forms_of_the_game),
        cmocka_unit_test(a_pool_gives_old_images_half_of_the_time),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(bits_depend_on_neither_threads_nor_a_break),
        cmocka_unit_test(memory_that_runs_out_costs_no_more_than_its_step),
    };
    return cmocka_run_group_tests_name("translation", tests, NULL, support_remove_files);
}
