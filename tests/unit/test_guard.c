/* The guard against divergence: a run goes back to a good state at half the rate, as often as it
 * may, and says what was not finite. */
#include "gan_parts.h"

#include <math.h>
#include <string.h>

#define SGD(rate) "optimizer_d='sgd lr=" rate "' optimizer_g='sgd lr=" rate "' "

static int64_t done(genrep_ctx *ctx, const genrep_trainer *trainer) {
    int64_t steps = -1;
    assert_ok(ctx, genrep_trainer_progress(trainer, &steps, NULL));
    return steps;
}

/* From the first state, at half the rate: the same bits as a run that began with half the rate. */
static void a_run_goes_back_and_goes_on_at_half_the_rate(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = make(ctx, "gan batch=8 " LINEAR_D LINEAR_G SGD("0.25"));
    genrep_trainer *half = make(ctx, "gan batch=8 " LINEAR_D LINEAR_G SGD("0.125"));
    static float a[NUMBERS], b[NUMBERS];
    assert_ok(ctx, genrep_trainer_step(trainer, 5));
    assert_true(metric(ctx, trainer, "rate") == 0.25);
    assert_true(metric(ctx, trainer, "rollbacks") == 0);
    set(ctx, trainer, "generator", 0, NAN);
    assert_ok(ctx, genrep_trainer_step(trainer, 1));
    assert_int_equal(done(ctx, trainer), 0);
    assert_true(metric(ctx, trainer, "rollbacks") == 1);
    assert_non_null(strstr(genrep_ctx_error(ctx), "d_fake"));
    assert_ok(ctx, genrep_trainer_step(trainer, 3));
    assert_ok(ctx, genrep_trainer_step(half, 3));
    assert_true(metric(ctx, trainer, "rate") == 0.125);
    const int64_t n = numbers(ctx, trainer, "generator", a);
    assert_int_equal(numbers(ctx, half, "generator", b), n);
    assert_same(a, b, n);
    genrep_trainer_unref(half);
    end(trainer, ctx);
}

static void the_last_state_that_was_kept_counts(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = make(ctx, "gan batch=8 snapshot_every=3 " LINEAR_D LINEAR_G);
    static float before[NUMBERS], after[NUMBERS];
    assert_ok(ctx, genrep_trainer_step(trainer, 3));
    const int64_t n = numbers(ctx, trainer, "discriminator", before);
    assert_ok(ctx, genrep_trainer_step(trainer, 2));
    set(ctx, trainer, "discriminator", 0, INFINITY);
    assert_ok(ctx, genrep_trainer_step(trainer, 1));
    assert_int_equal(done(ctx, trainer), 3);
    numbers(ctx, trainer, "discriminator", after);
    assert_same(before, after, n);
    end(trainer, ctx);
}

/* Every time at half of the rate before, and at most as often as it may. */
static void it_gives_up_after_so_many_times(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = make(ctx, "gan batch=8 rollbacks=2 " LINEAR_D LINEAR_G SGD("0.25"));
    for (int32_t i = 1; i <= 2; i++) {
        assert_ok(ctx, genrep_trainer_step(trainer, 2));
        set(ctx, trainer, "generator", 0, NAN);
        assert_ok(ctx, genrep_trainer_step(trainer, 1));
        assert_true(metric(ctx, trainer, "rollbacks") == i);
    }
    assert_ok(ctx, genrep_trainer_step(trainer, 2));
    assert_true(metric(ctx, trainer, "rate") == 0.0625);
    set(ctx, trainer, "generator", 0, NAN);
    assert_error(ctx, genrep_trainer_step(trainer, 1), GENREP_E_DIVERGED, "rollbacks=2 times");
    assert_int_equal(done(ctx, trainer), 2);
    end(trainer, ctx);
}

static void none_goes_back_if_it_may_not(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = make(ctx, "gan batch=8 latent=2 rollbacks=0");
    assert_ok(ctx, genrep_trainer_step(trainer, 2));
    set(ctx, trainer, "generator", 0, NAN);
    assert_error(ctx, genrep_trainer_step(trainer, 1), GENREP_E_DIVERGED, "step 2: d_fake");
    assert_int_equal(done(ctx, trainer), 2);
    end(trainer, ctx);
}

static void the_layer_is_named(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer =
        make(ctx, "gan batch=8 rollbacks=0 latent=2 discriminator='linear in=4 out=1' "
                  "generator='linear in=2 out=4; tanh; linear out=4'");
    set(ctx, trainer, "generator", 2, NAN);
    assert_error(ctx, genrep_trainer_step(trainer, 1), GENREP_E_DIVERGED,
                 "comes out of generator, layer 2 (linear)");
    set(ctx, trainer, "generator", 2, 0.5);
    set(ctx, trainer, "discriminator", 0, INFINITY);
    assert_error(ctx, genrep_trainer_step(trainer, 1), GENREP_E_DIVERGED,
                 "comes out of discriminator, layer 0 (linear)");
    end(trainer, ctx);
}

/* D = w2 . (0 x) is 0, so that the loss is finite; the gradient of the 0, w2 x, is not. */
static void a_gradient_is_named_by_its_part(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_dataset *data = constant_images(ctx, 2, (const int64_t[]){4, 4}, 1e10);
    genrep_trainer *trainer = trainer_on(ctx, data,
                                         "gan batch=4 rollbacks=0 loss=lsgan " LINEAR_G
                                         "discriminator='linear in=4 out=2; linear in=2 out=1'");
    set(ctx, trainer, "discriminator", 0, 0);
    set(ctx, trainer, "discriminator", 1, 0);
    set(ctx, trainer, "discriminator", 2, 1e30);
    set(ctx, trainer, "discriminator", 3, 0);
    assert_error(ctx, genrep_trainer_step(trainer, 1), GENREP_E_DIVERGED,
                 "discriminator: the gradient of '0.weight'");
    genrep_dataset_unref(data);
    end(trainer, ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_goes_back_and_goes_on_at_half_the_rate),
        cmocka_unit_test(the_last_state_that_was_kept_counts),
        cmocka_unit_test(it_gives_up_after_so_many_times),
        cmocka_unit_test(none_goes_back_if_it_may_not),
        cmocka_unit_test(the_layer_is_named),
        cmocka_unit_test(a_gradient_is_named_by_its_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
