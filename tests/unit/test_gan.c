/* One step of the trainers gan and cgan: losses, and who is changed when. */
#include "gan_parts.h"

#include <math.h>
#include <string.h>

#define LOG_2 0.693147180559945309

/* ---- losses -------------------------------------------------------------------------------------
 */

static void a_blind_discriminator_costs_two_log_two(void **state) {
    (void)state;
    static const char *const losses[] = {"loss=non_saturating", "loss=minimax", "smoothing=0.1"};
    static const double loss_g[] = {LOG_2, -LOG_2, LOG_2};
    genrep_ctx *ctx = support_ctx(NULL);
    for (int i = 0; i < 3; i++) {
        char spec[256] = "gan batch=8 " STILL_D LINEAR_D LINEAR_G;
        genrep_trainer *trainer = make(ctx, strcat(spec, losses[i]));
        set(ctx, trainer, "discriminator", 0, 0);
        set(ctx, trainer, "discriminator", 1, 0);
        assert_ok(ctx, genrep_trainer_step(trainer, 1));
        assert_close(metric(ctx, trainer, "loss_d"), 2 * LOG_2, 1e-6);
        assert_close(metric(ctx, trainer, "loss_g"), loss_g[i], 1e-6);
        assert_close(metric(ctx, trainer, "d_real"), 0.5, 1e-7);
        assert_close(metric(ctx, trainer, "d_fake"), 0.5, 1e-7);
        assert_close(metric(ctx, trainer, "norm_g"), 0, 1e-7); /* a blind one teaches nothing */
        genrep_trainer_unref(trainer);
    }
    genrep_ctx_unref(ctx);
}

/* D says b whatever it sees: L_D = softplus(-b) + softplus(b) + smoothing b. */
static void losses_are_those_of_the_logits(void **state) {
    (void)state;
    const double b = 0.75;
    const double high = log1p(exp(b)), low = log1p(exp(-b));
    genrep_ctx *ctx = support_ctx(NULL);
    for (int smooth = 0; smooth < 2; smooth++) {
        char spec[256] = "gan batch=8 " STILL_D LINEAR_D LINEAR_G;
        genrep_trainer *trainer = make(ctx, strcat(spec, smooth ? "smoothing=0.2" : ""));
        set(ctx, trainer, "discriminator", 0, 0);
        set(ctx, trainer, "discriminator", 1, b);
        assert_ok(ctx, genrep_trainer_step(trainer, 1));
        assert_close(metric(ctx, trainer, "loss_d"), high + low + 0.2 * b * smooth, 1e-6);
        assert_close(metric(ctx, trainer, "loss_g"), low, 1e-6);
        assert_close(metric(ctx, trainer, "d_fake"), 1 / (1 + exp(-b)), 1e-6);
        genrep_trainer_unref(trainer);
    }
    genrep_ctx_unref(ctx);
}

/* For one sample with logit f the gradients are -s(f) and -s(-f) times dG: their ratio is exp f. */
static void minimax_gradient_is_that_of_the_other_times_exp_of_the_logit(void **state) {
    (void)state;
    static float before[NUMBERS], after[2][NUMBERS];
    genrep_ctx *ctx = support_ctx(NULL);
    double fake[2];
    int64_t n = 0;
    for (int i = 0; i < 2; i++) {
        char spec[256] = "gan batch=1 optimizer_g='sgd lr=1' " STILL_D LINEAR_D LINEAR_G;
        genrep_trainer *trainer = make(ctx, strcat(spec, i == 1 ? "loss=minimax" : ""));
        set(ctx, trainer, "discriminator", 1, -1.5);
        n = numbers(ctx, trainer, "generator", before);
        assert_ok(ctx, genrep_trainer_step(trainer, 1));
        numbers(ctx, trainer, "generator", after[i]);
        fake[i] = metric(ctx, trainer, "d_fake");
        genrep_trainer_unref(trainer);
    }
    assert_true(fake[0] == fake[1]);
    double ratio = fake[0] / (1 - fake[0]);
    assert_true(ratio < 0.7);
    assert_int_equal(n, 12);
    for (int64_t i = 0; i < n; i++) {
        double plain = (double)after[0][i] - (double)before[i];
        assert_true(fabs(plain) > 1e-5);
        assert_close((double)after[1][i] - (double)before[i], ratio * plain, 2e-6);
    }
    genrep_ctx_unref(ctx);
}

static void metrics_have_names(void **state) {
    (void)state;
    static const char *const names[] = {"loss_d", "loss_g", "d_real",  "d_fake",   "rate",
                                        "norm_d", "norm_g", "penalty", "rollbacks"};
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = make(ctx, "gan batch=8 optimizer_g='sgd lr=0.5' " LINEAR_D LINEAR_G);
    for (int32_t i = 0; i < 9; i++)
        assert_string_equal(genrep_trainer_metric_name(trainer, i), names[i]);
    assert_null(genrep_trainer_metric_name(trainer, 9));
    assert_ok(ctx, genrep_trainer_step(trainer, 1));
    assert_close(metric(ctx, trainer, "rate"), 0.5, 1e-12);
    assert_true(metric(ctx, trainer, "norm_d") > 0 && metric(ctx, trainer, "norm_g") > 0);
    end(trainer, ctx);
}

/* ---- who is changed when ------------------------------------------------------------------------
 */

/* A layer that changes nothing and notes, when it is applied, what the networks are. */
#define NOTES 8
typedef struct spy {
    genrep_ctx *ctx;
    genrep_trainer *trainer; /* NULL: notes nothing */
    int n;
    float generator[NOTES][NUMBERS], discriminator[NOTES][NUMBERS], input[NOTES][64];
} spy;

static int32_t spy_forward(void *user, void *instance, const genrep_custom_call *call) {
    spy *s = user;
    (void)instance;
    memcpy(call->output, call->inputs[0], sizeof(float) * (size_t)call->output_count);
    if (s->trainer == NULL) return 0;
    assert_true(s->n < NOTES && call->output_count <= 64);
    numbers(s->ctx, s->trainer, "generator", s->generator[s->n]);
    numbers(s->ctx, s->trainer, "discriminator", s->discriminator[s->n]);
    memcpy(s->input[s->n++], call->inputs[0], sizeof(float) * (size_t)call->output_count);
    return 0;
}

static int32_t spy_backward(void *user, void *instance, const genrep_custom_call *call) {
    (void)user;
    (void)instance;
    if (call->input_gradients[0] != NULL)
        memcpy(call->input_gradients[0], call->output_gradient,
               sizeof(float) * (size_t)call->output_count);
    return 0;
}

#define SPIED                                                                                      \
    "latent=2 batch=8 "                                                                            \
    "generator='linear in=2 out=6; batch_norm; relu; linear out=4' "                               \
    "discriminator='spy; linear in=4 out=6; batch_norm; leaky_relu; linear out=1' "

static genrep_trainer *spied(spy *s, const char *options) {
    char spec[512] = "gan " SPIED;
    const genrep_custom_layer kind = {.size = sizeof kind,
                                      .user = s,
                                      .name = "spy",
                                      .n_inputs = 1,
                                      .forward = spy_forward,
                                      .backward = spy_backward};
    s->ctx = support_ctx(NULL);
    s->n = 0;
    s->trainer = NULL;
    assert_ok(s->ctx, genrep_layer_register(s->ctx, &kind));
    genrep_trainer *trainer = make(s->ctx, strcat(spec, options));
    assert_ok(s->ctx, genrep_trainer_step(trainer, 0)); /* networks are tried out here */
    s->trainer = trainer;
    assert_ok(s->ctx, genrep_trainer_step(trainer, 1));
    s->trainer = NULL;
    return trainer;
}

static void each_network_is_changed_by_its_own_update_only(void **state) {
    (void)state;
    static spy s;
    static float end_g[NUMBERS], end_d[NUMBERS];
    genrep_trainer *trainer = spied(&s, "d_steps=2");
    int64_t n_g = numbers(s.ctx, trainer, "generator", end_g);
    int64_t n_d = numbers(s.ctx, trainer, "discriminator", end_d);
    /* D sees real, fake; real, fake; and the last fake once more in the generator's step. */
    assert_int_equal(s.n, 5);
    for (int i = 1; i < 5; i++) assert_same(s.generator[i], s.generator[0], n_g);
    assert_other(end_g, s.generator[0], n_g);
    assert_same(s.discriminator[1], s.discriminator[0], n_d);
    assert_other(s.discriminator[2], s.discriminator[0], n_d);
    assert_same(s.discriminator[3], s.discriminator[2], n_d);
    assert_other(s.discriminator[4], s.discriminator[2], n_d);
    assert_same(end_d, s.discriminator[4], n_d); /* running statistics too */
    assert_other(s.input[0], s.input[2], 32);    /* batches of their own */
    assert_other(s.input[1], s.input[3], 32);
    assert_same(s.input[4], s.input[3], 32); /* without fresh=1 the generated one serves twice */
    end(trainer, s.ctx);
}

static void fresh_makes_a_generated_batch_for_the_generator(void **state) {
    (void)state;
    static spy s;
    genrep_trainer *trainer = spied(&s, "fresh=1");
    assert_int_equal(s.n, 3);
    assert_other(s.input[2], s.input[1], 32);
    end(trainer, s.ctx);
}

static void nothing_is_left_in_the_gradients(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = make(ctx, "cgan batch=8 latent=3");
    assert_ok(ctx, genrep_trainer_step(trainer, 2));
    static const char *const parts[] = {"generator", "discriminator"};
    for (int part = 0; part < 2; part++) {
        genrep_layer *layer = NULL;
        assert_ok(ctx, genrep_trainer_layer(trainer, parts[part], &layer));
        for (int64_t i = 0; i < genrep_layer_parameters(layer); i++) {
            genrep_tensor *gradient;
            int64_t count;
            assert_ok(ctx, genrep_layer_parameter(layer, i, NULL, NULL, &gradient));
            if (gradient == NULL) continue;
            assert_ok(ctx, genrep_tensor_info(gradient, NULL, NULL, NULL, &count));
            const float *g = genrep_tensor_read(gradient);
            for (int64_t j = 0; j < count; j++) assert_true(g[j] == 0);
        }
        genrep_layer_unref(layer);
    }
    end(trainer, ctx);
}

/* average += (1 - d)(generator - average) with d = min(ema, (1 + t) / (10 + t)). */
static void average_follows_with_a_slow_start(void **state) {
    (void)state;
    static const double ema[] = {0.25, 0.2, 0.25}, expected[] = {1.0 / 10, 2.0 / 11, 3.0 / 12};
    static float average[NUMBERS], before[NUMBERS], generator[NUMBERS];
    genrep_ctx *ctx = support_ctx(NULL);
    for (int run = 0; run < 2; run++) {
        genrep_trainer *trainer =
            make(ctx, run == 0 ? "gan batch=8 ema=0.25 optimizer_g='sgd lr=1' " LINEAR_D LINEAR_G
                               : "gan batch=8 ema=0.2 optimizer_g='sgd lr=1' " LINEAR_D LINEAR_G);
        numbers(ctx, trainer, "generator", before); /* what the average begins with */
        for (int t = 0; t < 3; t++) {
            double decay = expected[t] < ema[run] ? expected[t] : ema[run];
            assert_ok(ctx, genrep_trainer_step(trainer, 1));
            int64_t n = numbers(ctx, trainer, "generator", generator);
            numbers(ctx, trainer, "average", average);
            for (int64_t i = 0; i < n; i++) {
                double g = (double)generator[i], b = (double)before[i];
                assert_close((double)average[i], decay * b + (1 - decay) * g, 1e-6);
            }
            memcpy(before, average, sizeof before);
        }
        genrep_trainer_unref(trainer);
    }
    genrep_ctx_unref(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_blind_discriminator_costs_two_log_two),
        cmocka_unit_test(losses_are_those_of_the_logits),
        cmocka_unit_test(minimax_gradient_is_that_of_the_other_times_exp_of_the_logit),
        cmocka_unit_test(metrics_have_names),
        cmocka_unit_test(each_network_is_changed_by_its_own_update_only),
        cmocka_unit_test(fresh_makes_a_generated_batch_for_the_generator),
        cmocka_unit_test(nothing_is_left_in_the_gradients),
        cmocka_unit_test(average_follows_with_a_slow_start),
    };
    return cmocka_run_group_tests_name("gan", tests, NULL, NULL);
}
