/* Learning rates at every boundary of every schedule. */
#include <support.h>

#include <math.h>
#include <optim/optimizer.h>

static genrepi_optimizer_common with(int32_t schedule) {
    return (genrepi_optimizer_common){.lr = 2, .schedule = schedule, .gamma = 0.5};
}

static double rate(const genrepi_optimizer_common *o, int64_t t) {
    return genrepi_schedule_rate(o, t, 1);
}

static void constant_is_lr(void **state) {
    (void)state;
    genrepi_optimizer_common o = with(GENREPI_SCHEDULE_CONSTANT);
    assert_true(rate(&o, 0) == 2);
    assert_true(rate(&o, INT64_MAX - 1) == 2);
}

static void warm_up_reaches_lr_in_its_last_step(void **state) {
    (void)state;
    genrepi_optimizer_common o = with(GENREPI_SCHEDULE_CONSTANT);
    o.warmup = 4;
    const double expected[] = {0.5, 1, 1.5, 2, 2, 2};
    for (int t = 0; t < 6; t++) assert_close(rate(&o, t), expected[t], 1e-15);
    o.floor = 0.9; /* does not lift the warm-up */
    assert_close(rate(&o, 0), 0.5, 1e-15);
    o.warmup = 1;
    assert_true(rate(&o, 0) == 2);
}

/* CycleGAN with 3 + 3 epochs: 1 1 1 3/4 2/4 1/4. */
static void linear_holds_then_falls_and_is_zero_after_the_run(void **state) {
    (void)state;
    genrepi_optimizer_common o = with(GENREPI_SCHEDULE_LINEAR);
    o.total = 6, o.hold = 3;
    const double expected[] = {2, 2, 2, 1.5, 1, 0.5, 0, 0};
    for (int t = 0; t < 8; t++) assert_close(rate(&o, t), expected[t], 1e-15);
    o.floor = 0.4;
    assert_close(rate(&o, 5), 0.8, 1e-15);
    assert_close(rate(&o, 100), 0.8, 1e-15);
    o.floor = 0, o.hold = 0, o.warmup = 3; /* the fall begins after the warm-up */
    const double warmed[] = {2 / 3.0, 4 / 3.0, 2, 1.5, 1, 0.5, 0};
    for (int t = 0; t < 7; t++) assert_close(rate(&o, t), warmed[t], 1e-15);
    o.warmup = 0, o.hold = 6;
    assert_true(rate(&o, 5) == 2 && rate(&o, 6) == 0);
}

static void step_falls_every_so_many_steps(void **state) {
    (void)state;
    genrepi_optimizer_common o = with(GENREPI_SCHEDULE_STEP);
    o.every = 3, o.floor = 0.2;
    const double expected[] = {2, 2, 2, 1, 1, 1, 0.5, 0.5, 0.5, 0.4, 0.4};
    for (int t = 0; t < 11; t++) assert_close(rate(&o, t), expected[t], 1e-15);
}

static void cosine_goes_from_lr_to_the_floor(void **state) {
    (void)state;
    genrepi_optimizer_common o = with(GENREPI_SCHEDULE_COSINE);
    o.total = 4;
    const double h = sqrt(0.5);
    const double expected[] = {2, 1 + h, 1, 1 - h, 0, 0};
    for (int t = 0; t < 6; t++) assert_close(rate(&o, t), expected[t], 1e-15);
    o.floor = 0.5;
    assert_close(rate(&o, 2), 1.5, 1e-15);
    assert_close(rate(&o, 4), 1, 1e-15);
    o.floor = 0, o.warmup = 2, o.total = 6;
    assert_close(rate(&o, 1), 2, 1e-15);
    for (int t = 2; t < 8; t++) assert_close(rate(&o, t), expected[t - 2], 1e-15);
    o.warmup = 6; /* nothing is left of the run */
    assert_true(rate(&o, 5) == 2 && rate(&o, 6) == 0);
}

static void plateau_falls_after_values_without_progress(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_optimizer *optimizer;
    assert_ok(ctx, genrep_optimizer_new(
                       ctx, "sgd lr=2 schedule=plateau every=2 gamma=0.5 floor=0.3", &optimizer));
    const double values[] = {5, 4, 4, 3, 3, 3.5, 3, 2.9, 7, 7, 7, 7};
    const double rates[] = {2, 2, 2, 2, 2, 1, 1, 1, 1, 0.6, 0.6, 0.6};
    for (int i = 0; i < GENREPI_COUNT(values); i++) {
        double now;
        assert_ok(ctx, genrep_optimizer_observe(optimizer, values[i]));
        assert_ok(ctx, genrep_optimizer_rate(optimizer, &now));
        assert_close(now, rates[i], 1e-15);
    }
    assert_error(ctx, genrep_optimizer_observe(optimizer, INFINITY), GENREP_E_INVALID, "finite");
    genrep_optimizer_unref(optimizer);
    genrep_ctx_unref(ctx);
}

static void a_length_that_is_missing_is_refused(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_optimizer *optimizer = NULL;
    static const char *const specs[][2] = {
        {"adam schedule=linear", "total="},
        {"adam schedule=cosine", "total="},
        {"adam schedule=step", "every="},
        {"adam schedule=plateau", "every="},
        {"adam schedule=linear total=5 hold=6", "hold=6"},
    };
    for (int i = 0; i < GENREPI_COUNT(specs); i++)
        assert_error(ctx, genrep_optimizer_new(ctx, specs[i][0], &optimizer), GENREP_E_INVALID,
                     specs[i][1]);
    assert_null(optimizer);
    genrep_ctx_unref(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constant_is_lr),
        cmocka_unit_test(warm_up_reaches_lr_in_its_last_step),
        cmocka_unit_test(linear_holds_then_falls_and_is_zero_after_the_run),
        cmocka_unit_test(step_falls_every_so_many_steps),
        cmocka_unit_test(cosine_goes_from_lr_to_the_floor),
        cmocka_unit_test(plateau_falls_after_values_without_progress),
        cmocka_unit_test(a_length_that_is_missing_is_refused),
    };
    return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
