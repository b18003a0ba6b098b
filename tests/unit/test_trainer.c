/* The verbs of a trainer, on the classifier. */
#include <points.h>

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <train/trainer.h>

static genrep_trainer *classifier(genrep_ctx *ctx, const char *spec) {
    genrep_dataset *dataset = support_points(ctx, 60, 3);
    genrep_trainer *trainer;
    assert_ok(ctx, genrep_trainer_new(ctx, spec, dataset, &trainer));
    genrep_dataset_unref(dataset);
    return trainer;
}

static void end(genrep_trainer *trainer, genrep_ctx *ctx) {
    genrep_trainer_unref(trainer);
    genrep_ctx_unref(ctx);
}

static double metric(genrep_ctx *ctx, genrep_trainer *trainer, const char *name) {
    double value = NAN;
    assert_ok(ctx, genrep_trainer_metric(trainer, name, &value));
    return value;
}

/* All weights of the network, one after the other. */
static int64_t weights(genrep_ctx *ctx, genrep_trainer *trainer, float *out) {
    genrep_layer *network;
    int64_t n = 0;
    assert_ok(ctx, genrep_trainer_layer(trainer, "network", &network));
    for (int64_t i = 0; i < genrep_layer_parameters(network); i++) {
        genrep_tensor *value;
        int64_t count;
        assert_ok(ctx, genrep_layer_parameter(network, i, NULL, &value, NULL));
        assert_ok(ctx, genrep_tensor_info(value, NULL, NULL, NULL, &count));
        memcpy(out + n, genrep_tensor_read(value), sizeof *out * (size_t)count);
        n += count;
    }
    genrep_layer_unref(network);
    return n;
}

#define SMALL "classifier classes=3 batch=16 network='linear out=8; tanh; linear out=3' "

static void loss_falls_until_all_are_right(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = classifier(ctx, SMALL "optimizer='adam lr=0.05'");
    assert_ok(ctx, genrep_trainer_step(trainer, 1));
    double first = metric(ctx, trainer, "loss");
    assert_true(first > 0.5);
    assert_ok(ctx, genrep_trainer_step(trainer, 150));
    assert_true(metric(ctx, trainer, "loss") < 0.1 * first);
    assert_true(metric(ctx, trainer, "accuracy") == 1);
    assert_close(metric(ctx, trainer, "rate"), 0.05, 1e-12);
    assert_string_equal(genrep_trainer_metric_name(trainer, 0), "loss");
    assert_string_equal(genrep_trainer_metric_name(trainer, 2), "rate");
    assert_null(genrep_trainer_metric_name(trainer, 4));
    end(trainer, ctx);
}

static void default_network_fits_the_data(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = classifier(ctx, "classifier classes=3 batch=32");
    assert_ok(ctx, genrep_trainer_step(trainer, 100));
    assert_true(metric(ctx, trainer, "accuracy") == 1);
    end(trainer, ctx);
}

static void a_run_ends_after_its_steps(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = classifier(ctx, SMALL "steps=5");
    int64_t done = -1, total = -1;
    assert_ok(ctx, genrep_trainer_progress(trainer, &done, &total));
    assert_true(done == 0 && total == 5);
    assert_ok(ctx, genrep_trainer_step(trainer, 0));
    assert_ok(ctx, genrep_trainer_step(trainer, 3));
    assert_int_equal(genrep_trainer_step(trainer, 3), GENREP_STOPPED);
    assert_ok(ctx, genrep_trainer_progress(trainer, &done, NULL));
    assert_int_equal(done, 5);
    assert_int_equal(genrep_trainer_step(trainer, 1), GENREP_STOPPED);
    assert_ok(ctx, genrep_trainer_progress(trainer, &done, NULL));
    assert_int_equal(done, 5);
    end(trainer, ctx);
}

static void threads_do_not_change_the_bits(void **state) {
    (void)state;
    static float out[3][4096];
    static const char *const contexts[] = {"threads=1", "threads=2", "threads=4"};
    int64_t n = 0;
    for (int i = 0; i < 3; i++) {
        genrep_ctx *ctx = support_ctx(contexts[i]);
        genrep_trainer *trainer =
            classifier(ctx, "classifier classes=3 batch=48 network='linear out=100; batch_norm; "
                            "relu; dropout p=0.3; linear out=3' optimizer='adam clip=0.5'");
        assert_ok(ctx, genrep_trainer_step(trainer, 20));
        n = weights(ctx, trainer, out[i]);
        assert_true(n > 0 && n < 4096);
        end(trainer, ctx);
    }
    assert_memory_equal(out[0], out[1], sizeof(float) * (size_t)n);
    assert_memory_equal(out[0], out[2], sizeof(float) * (size_t)n);
}

static void a_step_allocates_nothing(void **state) {
    (void)state;
    support_memory memory = {0};
    genrep_allocator allocator = support_allocator(&memory);
    genrep_ctx *ctx;
    assert_int_equal(genrep_ctx_new("threads=2", &allocator, &ctx), 0);
    genrep_trainer *trainer = classifier(ctx, SMALL);
    assert_ok(ctx, genrep_trainer_step(trainer, 2));
    int64_t before = memory.allocations;
    assert_ok(ctx, genrep_trainer_step(trainer, 10));
    assert_int_equal(memory.allocations, before);
    end(trainer, ctx);
    assert_int_equal(memory.blocks, 0);
}

/* ---- cancelling ---------------------------------------------------------------------------------
 */

static void a_cancel_between_calls_is_not_lost(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = classifier(ctx, SMALL);
    int64_t done;
    genrep_trainer_cancel(trainer);
    assert_int_equal(genrep_trainer_step(trainer, 4), GENREP_STOPPED);
    assert_ok(ctx, genrep_trainer_progress(trainer, &done, NULL));
    assert_int_equal(done, 0);
    assert_ok(ctx, genrep_trainer_step(trainer, 4)); /* the next call goes on */
    assert_ok(ctx, genrep_trainer_progress(trainer, &done, NULL));
    assert_int_equal(done, 4);
    genrep_trainer_cancel(NULL);
    end(trainer, ctx);
}

static genrep_trainer *running;

static void *cancel_soon(void *unused) {
    (void)unused;
    int64_t done = 0;
    const struct timespec pause = {0, 2000000};
    (void)done;
    nanosleep(&pause, NULL);
    genrep_trainer_cancel(running);
    return NULL;
}

static void another_thread_can_cancel(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    running = classifier(ctx, SMALL);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, NULL), 0);
    assert_int_equal(genrep_trainer_step(running, INT64_MAX), GENREP_STOPPED);
    pthread_join(thread, NULL);
    end(running, ctx);
}

static void on_alarm(int signal) {
    (void)signal;
    genrep_trainer_cancel(running);
}

static void a_signal_handler_can_cancel(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx("threads=2");
    running = classifier(ctx, SMALL);
    struct sigaction action = {.sa_handler = on_alarm}, old;
    assert_int_equal(sigaction(SIGUSR1, &action, &old), 0);
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    const struct itimerspec soon = {{0, 0}, {0, 3000000}};
    assert_int_equal(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    assert_int_equal(timer_settime(timer, 0, &soon, NULL), 0);
    assert_int_equal(genrep_trainer_step(running, INT64_MAX), GENREP_STOPPED);
    timer_delete(timer);
    sigaction(SIGUSR1, &old, NULL);
    end(running, ctx);
}

/* ---- parts --------------------------------------------------------------------------------------
 */

static void the_hosts_network_is_trained(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = classifier(ctx, SMALL);
    genrep_layer *own, *got = NULL, *wide;
    assert_ok(ctx, genrep_layer_new(ctx, "linear in=4 out=3", &own));
    assert_ok(ctx, genrep_layer_new(ctx, "linear in=4 out=5", &wide));
    assert_error(ctx, genrep_trainer_set_layer(trainer, "netwerk", own), GENREP_E_INVALID,
                 "did you mean 'network'");
    assert_ok(ctx, genrep_trainer_set_layer(trainer, "network", wide));
    assert_error(ctx, genrep_trainer_step(trainer, 1), GENREP_E_INVALID, "16x5");
    end(trainer, genrep_ctx_ref(ctx));

    trainer = classifier(ctx, SMALL);
    assert_ok(ctx, genrep_trainer_set_layer(trainer, "network", own));
    assert_ok(ctx, genrep_trainer_step(trainer, 1));
    assert_ok(ctx, genrep_trainer_layer(trainer, "network", &got));
    assert_ptr_equal(got, own);
    assert_error(ctx, genrep_trainer_set_layer(trainer, "network", wide), GENREP_E_STATE,
                 "before the first step");
    genrep_layer_unref(got);
    genrep_layer_unref(wide);
    genrep_layer_unref(own);
    end(trainer, ctx);
}

/* ---- failures -----------------------------------------------------------------------------------
 */

static int64_t reads_left = -1;

static int32_t read_point(void *user, int64_t sample, int32_t field, void *to) {
    float point[4];
    (void)user;
    if (reads_left == 0) return 1;
    if (reads_left > 0) reads_left--;
    int32_t class = support_point(sample, 3, point);
    if (field == 0)
        memcpy(to, point, sizeof point);
    else
        *(int32_t *)to = class;
    return 0;
}

static genrep_trainer *from_source(genrep_ctx *ctx, const char *spec,
                                   int32_t (*read)(void *, int64_t, int32_t, void *)) {
    static const char *const names[] = {"images", "labels"};
    static const int32_t dtypes[] = {GENREP_F32, GENREP_I32}, ranks[] = {1, 0};
    static const int64_t shape[] = {4}, *const shapes[] = {shape, shape};
    const genrep_source source = {sizeof source, NULL,   60,    2,      0,
                                  names,         dtypes, ranks, shapes, read};
    genrep_dataset *dataset;
    genrep_trainer *trainer;
    assert_ok(ctx, genrep_dataset_from_source(ctx, &source, &dataset));
    assert_ok(ctx, genrep_trainer_new(ctx, spec, dataset, &trainer));
    genrep_dataset_unref(dataset);
    return trainer;
}

static genrep_trainer *cancelled_in_read;

static int32_t read_and_cancel(void *user, int64_t sample, int32_t field, void *to) {
    genrep_trainer_cancel(cancelled_in_read);
    return read_point(user, sample, field, to);
}

static void a_cancel_in_a_step_lets_it_finish(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    reads_left = -1;
    genrep_trainer *trainer = cancelled_in_read = from_source(ctx, SMALL, read_and_cancel);
    for (int64_t n = 1; n < 4; n++) {
        int64_t done;
        assert_int_equal(genrep_trainer_step(trainer, n), GENREP_STOPPED);
        assert_ok(ctx, genrep_trainer_progress(trainer, &done, NULL));
        assert_int_equal(done, n);
    }
    end(trainer, ctx);
}

static void a_source_that_fails_costs_no_more_than_its_step(void **state) {
    (void)state;
    static float whole[512], broken[512];
    genrep_ctx *ctx = support_ctx(NULL);
    reads_left = -1;
    genrep_trainer *trainer = from_source(ctx, SMALL, read_point);
    assert_ok(ctx, genrep_trainer_step(trainer, 6));
    int64_t n = weights(ctx, trainer, whole);
    genrep_trainer_unref(trainer);

    trainer = from_source(ctx, SMALL, read_point);
    reads_left = 32 * 3 + 20; /* in the labels of the fourth step */
    assert_error(ctx, genrep_trainer_step(trainer, 6), GENREP_E_USER, "step 3");
    int64_t done;
    assert_ok(ctx, genrep_trainer_progress(trainer, &done, NULL));
    assert_int_equal(done, 3);
    reads_left = -1;
    assert_ok(ctx, genrep_trainer_step(trainer, 3));
    weights(ctx, trainer, broken);
    assert_memory_equal(whole, broken, sizeof(float) * (size_t)n);
    end(trainer, ctx);
}

static void memory_that_runs_out_costs_no_more_than_its_step(void **state) {
    (void)state;
    static float whole[512], broken[512];
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = classifier(ctx, SMALL);
    assert_ok(ctx, genrep_trainer_step(trainer, 3));
    int64_t n = weights(ctx, trainer, whole);
    end(trainer, ctx);

    support_memory memory = {0};
    genrep_allocator allocator = support_allocator(&memory);
    assert_int_equal(genrep_ctx_new(NULL, &allocator, &ctx), 0);
    trainer = classifier(ctx, SMALL);
    int failures = 0;
    for (int64_t at = 1; failures < 1000; at++, failures++) {
        memory.fail_at = memory.allocations + at;
        int32_t status = genrep_trainer_step(trainer, 3 - trainer->done);
        memory.fail_at = 0;
        if (status == 0) break;
        assert_int_equal(status, GENREP_E_NOMEM);
    }
    assert_true(failures > 3 && failures < 1000);
    weights(ctx, trainer, broken);
    assert_memory_equal(whole, broken, sizeof(float) * (size_t)n);
    end(trainer, ctx);
    assert_int_equal(memory.blocks, 0);
}

/* A layer of the host's own that passes everything on, and fails to go back when it is told to. */
static int backward_fails;

static int32_t pass_on(void *user, void *instance, const genrep_custom_call *call) {
    (void)user, (void)instance;
    memcpy(call->output, call->inputs[0], sizeof(float) * (size_t)call->output_count);
    return 0;
}

static int32_t pass_back(void *user, void *instance, const genrep_custom_call *call) {
    (void)user, (void)instance;
    if (backward_fails) return 1;
    if (call->input_gradients[0] != NULL)
        memcpy(call->input_gradients[0], call->output_gradient,
               sizeof(float) * (size_t)call->output_count);
    return 0;
}

static void a_failure_on_the_way_back_leaves_no_gradients(void **state) {
    (void)state;
    static float whole[512], broken[512];
    const genrep_custom_layer kind = {.size = sizeof kind,
                                      .name = "passer",
                                      .n_inputs = 1,
                                      .forward = pass_on,
                                      .backward = pass_back};
    int64_t n = 0;
    for (int fails = 0; fails < 2; fails++) {
        genrep_ctx *ctx = support_ctx(NULL);
        assert_ok(ctx, genrep_layer_register(ctx, &kind));
        genrep_trainer *trainer = classifier(
            ctx, "classifier classes=3 batch=16 network='linear out=8; passer; linear out=3'");
        backward_fails = fails;
        if (fails) assert_error(ctx, genrep_trainer_step(trainer, 2), GENREP_E_USER, "step 0");
        backward_fails = 0;
        assert_ok(ctx, genrep_trainer_step(trainer, 2));
        n = weights(ctx, trainer, fails ? broken : whole);
        end(trainer, ctx);
    }
    assert_memory_equal(whole, broken, sizeof(float) * (size_t)n);
}

static void numbers_that_are_not_finite_stop_training(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = classifier(ctx, SMALL "rollbacks=0 optimizer='sgd lr=1e6'");
    genrep_layer *network;
    genrep_tensor *bias;
    assert_ok(ctx, genrep_trainer_step(trainer, 1));
    assert_ok(ctx, genrep_trainer_layer(trainer, "network", &network));
    assert_ok(ctx, genrep_layer_parameter(network, 1, NULL, &bias, NULL));
    assert_ok(ctx, genrep_tensor_fill(bias, NAN));
    assert_error(ctx, genrep_trainer_step(trainer, 5), GENREP_E_DIVERGED, "loss is not finite");
    assert_true(isfinite(metric(ctx, trainer, "loss"))); /* that of the last good step */
    genrep_layer_unref(network);
    end(trainer, ctx);
}

static void data_that_do_not_fit_are_refused(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    static const char *const points[] = {"points"};
    genrep_tensor *x;
    genrep_dataset *dataset;
    genrep_trainer *trainer = NULL;
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, 2, (const int64_t[]){5, 4}, &x));
    assert_ok(ctx, genrep_dataset_from_tensors(ctx, 1, points, &x, &dataset));
    assert_error(ctx, genrep_trainer_new(ctx, "classifier", dataset, &trainer), GENREP_E_INVALID,
                 "'images'");
    genrep_dataset_unref(dataset);
    genrep_tensor_unref(x);

    dataset = support_points(ctx, 9, 3);
    assert_error(
        ctx, genrep_trainer_new(ctx, "classifier network='linear in=5 out=3'", dataset, &trainer),
        GENREP_E_INVALID, "network");
    assert_error(ctx,
                 genrep_trainer_new(ctx, "classifier optimizer='adam lr=x'", dataset, &trainer),
                 GENREP_E_INVALID, "optimizer");
    assert_null(trainer);
    assert_ok(ctx, genrep_trainer_new(ctx, "classifier classes=2 batch=9", dataset, &trainer));
    assert_int_equal(genrep_trainer_step(trainer, 1), GENREP_E_INVALID); /* there is a class 2 */
    genrep_dataset_unref(dataset);
    end(trainer, ctx);
}

static void arguments_are_checked(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL), *other = support_ctx(NULL);
    genrep_trainer *trainer = classifier(ctx, SMALL), *none = NULL;
    genrep_dataset *dataset = support_points(ctx, 5, 2), *foreign = support_points(other, 5, 2);
    genrep_layer *layer = NULL, *foreign_layer;
    genrep_tensor *tensor = NULL;
    genrep_vectors *vectors = NULL;
    double value = 5;
    assert_ok(other, genrep_layer_new(other, "linear in=4 out=3", &foreign_layer));

    assert_int_equal(genrep_trainer_new(NULL, "classifier", dataset, &none), GENREP_E_INVALID);
    assert_error(ctx, genrep_trainer_new(ctx, NULL, dataset, &none), GENREP_E_INVALID, "spec");
    assert_error(ctx, genrep_trainer_new(ctx, "classifier", NULL, &none), GENREP_E_INVALID,
                 "dataset");
    assert_error(ctx, genrep_trainer_new(ctx, "classifier", dataset, NULL), GENREP_E_INVALID,
                 "out");
    assert_error(ctx, genrep_trainer_new(ctx, "classifier", foreign, &none), GENREP_E_INVALID,
                 "another context");
    assert_error(ctx, genrep_trainer_new(ctx, "clasifier", dataset, &none), GENREP_E_INVALID,
                 "classifier");
    assert_error(ctx, genrep_trainer_new(ctx, "classifier batch=0", dataset, &none), GENREP_E_RANGE,
                 "batch");
    assert_null(none);
    assert_int_equal(genrep_trainer_step(NULL, 1), GENREP_E_INVALID);
    assert_error(ctx, genrep_trainer_step(trainer, -1), GENREP_E_INVALID, "-1");
    assert_int_equal(genrep_trainer_progress(NULL, NULL, NULL), GENREP_E_INVALID);
    assert_int_equal(genrep_trainer_metric(NULL, "loss", &value), GENREP_E_INVALID);
    assert_error(ctx, genrep_trainer_metric(trainer, NULL, &value), GENREP_E_INVALID, "name");
    assert_error(ctx, genrep_trainer_metric(trainer, "loss", NULL), GENREP_E_INVALID, "value");
    assert_error(ctx, genrep_trainer_metric(trainer, "los", &value), GENREP_E_INVALID,
                 "did you mean 'loss'");
    assert_true(value == 5);
    assert_null(genrep_trainer_metric_name(NULL, 0));
    assert_null(genrep_trainer_metric_name(trainer, -1));
    assert_null(genrep_trainer_metric_name(trainer, INT32_MAX));
    assert_int_equal(genrep_trainer_layer(NULL, "network", &layer), GENREP_E_INVALID);
    assert_error(ctx, genrep_trainer_layer(trainer, NULL, &layer), GENREP_E_INVALID, "name");
    assert_error(ctx, genrep_trainer_layer(trainer, "network", NULL), GENREP_E_INVALID, "out");
    assert_error(ctx, genrep_trainer_layer(trainer, "generator", &layer), GENREP_E_INVALID,
                 "generator");
    assert_null(layer);
    assert_int_equal(genrep_trainer_set_layer(NULL, "network", foreign_layer), GENREP_E_INVALID);
    assert_error(ctx, genrep_trainer_set_layer(trainer, NULL, foreign_layer), GENREP_E_INVALID,
                 "name");
    assert_error(ctx, genrep_trainer_set_layer(trainer, "network", NULL), GENREP_E_INVALID,
                 "layer");
    assert_error(ctx, genrep_trainer_set_layer(trainer, "network", foreign_layer), GENREP_E_INVALID,
                 "another context");
    assert_int_equal(genrep_trainer_sample(NULL, 1, NULL, 0, &tensor), GENREP_E_INVALID);
    assert_error(ctx, genrep_trainer_sample(trainer, 1, NULL, 0, NULL), GENREP_E_INVALID, "out");
    assert_error(ctx, genrep_trainer_sample(trainer, 1, NULL, 0, &tensor), GENREP_E_UNSUPPORTED,
                 "does not sample");
    assert_int_equal(genrep_trainer_vectors(NULL, &vectors), GENREP_E_INVALID);
    assert_error(ctx, genrep_trainer_vectors(trainer, NULL), GENREP_E_INVALID, "out");
    assert_error(ctx, genrep_trainer_vectors(trainer, &vectors), GENREP_E_UNSUPPORTED, "vectors");
    assert_true(tensor == NULL && vectors == NULL);
    assert_int_equal(genrep_trainer_checkpoint(NULL, "x"), GENREP_E_INVALID);
    assert_error(ctx, genrep_trainer_checkpoint(trainer, NULL), GENREP_E_INVALID, "path");
    assert_int_equal(genrep_trainer_resume(NULL, "x"), GENREP_E_INVALID);
    assert_error(ctx, genrep_trainer_resume(trainer, NULL), GENREP_E_INVALID, "path");
    assert_null(genrep_trainer_ref(NULL));
    genrep_trainer_unref(NULL);

    genrep_layer_unref(foreign_layer);
    genrep_dataset_unref(foreign);
    genrep_dataset_unref(dataset);
    genrep_ctx_unref(other);
    end(trainer, ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loss_falls_until_all_are_right),
        cmocka_unit_test(default_network_fits_the_data),
        cmocka_unit_test(a_run_ends_after_its_steps),
        cmocka_unit_test(threads_do_not_change_the_bits),
        cmocka_unit_test(a_step_allocates_nothing),
        cmocka_unit_test(a_cancel_between_calls_is_not_lost),
        cmocka_unit_test(another_thread_can_cancel),
        cmocka_unit_test(a_signal_handler_can_cancel),
        cmocka_unit_test(the_hosts_network_is_trained),
        cmocka_unit_test(a_cancel_in_a_step_lets_it_finish),
        cmocka_unit_test(a_source_that_fails_costs_no_more_than_its_step),
        cmocka_unit_test(memory_that_runs_out_costs_no_more_than_its_step),
        cmocka_unit_test(a_failure_on_the_way_back_leaves_no_gradients),
        cmocka_unit_test(numbers_that_are_not_finite_stop_training),
        cmocka_unit_test(data_that_do_not_fit_are_refused),
        cmocka_unit_test(arguments_are_checked),
    };
    return cmocka_run_group_tests_name("trainer", tests, NULL, NULL);
}
