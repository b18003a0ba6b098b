/* What several threads of the host may do at once: apply one network, count references, fail,
 * cancel, and train each with a context of its own.  Also run under the thread sanitizer. */
#include <support.h>

#include <pthread.h>
#include <string.h>
#include <time.h>

enum { THREADS = 4, ROUNDS = 20, ROWS = 64, IN = 32, OUT = 16 };

static void all_at_once(void *(*run)(void *), void *jobs, size_t size) {
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, run, (char *)jobs + i * size), 0);
    }
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
}

/* ---- one network, several tapes ---- */

typedef struct job {
    genrep_ctx *ctx;
    const genrep_layer *net;
    genrep_tensor *x;
    const char *tape;
    float out[ROWS * OUT];
    int32_t status;
    int same; /* in every round */
} job;

/* Applies the network again and again on a tape of its own. */
static void *apply(void *argument) {
    job *j = argument;
    genrep_tape *tape = NULL;
    j->same = 1;
    j->status = genrep_tape_new(j->ctx, j->tape, &tape);
    for (int round = 0; round < ROUNDS && j->status == 0; round++) {
        genrep_tensor *out = NULL;
        j->status = genrep_tape_reset(tape, 3);
        if (j->status == 0) j->status = genrep_layer_apply(j->net, tape, &j->x, 1, &out, 1);
        if (j->status == 0) {
            const void *values = genrep_tensor_read(out);
            if (round > 0) j->same = j->same && memcmp(j->out, values, sizeof j->out) == 0;
            memcpy(j->out, values, sizeof j->out);
        }
        genrep_tensor_unref(out);
    }
    genrep_tape_unref(tape);
    return NULL;
}

static void one_network_serves_several_threads(void **state) {
    static const char *const tapes[] = {"mode=eval", "mode=train"};
    const int64_t shape[] = {ROWS, IN};
    genrep_ctx *ctx = support_ctx("seed=2 threads=2 matmul=own");
    genrep_layer *net = NULL;
    genrep_tensor *x = NULL;
    (void)state;
    assert_ok(ctx,
              genrep_layer_new(ctx,
                               "linear in=32 out=48; batch_norm; relu; dropout p=0.3\n"
                               "residual { spectral_norm { linear out=48 }; layer_norm; tanh }\n"
                               "reshape shape='12 4'; instance_norm; noise; pixel_norm; flatten\n"
                               "linear out=16 equalized=1",
                               &net));
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, 2, shape, &x));
    assert_ok(ctx, genrep_tensor_random(x, "normal", 1));
    for (int mode = 0; mode < 2; mode++) {
        job alone = {ctx, net, x, tapes[mode], {0}, 0, 0}, jobs[THREADS];
        apply(&alone);
        assert_ok(ctx, alone.status);
        for (int i = 0; i < THREADS; i++) jobs[i] = (job){ctx, net, x, tapes[mode], {0}, 0, 0};
        all_at_once(apply, jobs, sizeof *jobs);
        for (int i = 0; i < THREADS; i++) {
            assert_ok(ctx, jobs[i].status);
            assert_true(jobs[i].same);
            assert_memory_equal(jobs[i].out, alone.out, sizeof alone.out);
        }
    }
    genrep_tensor_unref(x);
    genrep_layer_unref(net);
    genrep_ctx_unref(ctx);
}

/* ---- references and errors ---- */

static void *count_references(void *argument) {
    genrep_tensor *x = *(genrep_tensor **)argument;
    for (int i = 0; i < 1000; i++) genrep_tensor_unref(genrep_tensor_ref(x));
    return NULL;
}

static void references_are_counted_from_any_thread(void **state) {
    const int64_t shape[] = {4};
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_tensor *x = NULL, *of[THREADS];
    int64_t before = 0, after = 0;
    (void)state;
    assert_ok(ctx, genrep_ctx_memory(ctx, &before, NULL));
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, 1, shape, &x));
    for (int i = 0; i < THREADS; i++) of[i] = x;
    all_at_once(count_references, of, sizeof *of);
    genrep_tensor_unref(x);
    assert_ok(ctx, genrep_ctx_memory(ctx, &after, NULL));
    assert_int_equal(after, before);
    genrep_ctx_unref(ctx);
}

typedef struct failing {
    genrep_ctx *ctx;
    const char *spec;
    int good;
} failing;

/* Fails, and copies the text: its own or another thread's, but whole. */
static void *fail_often(void *argument) {
    failing *f = argument;
    f->good = 1;
    for (int i = 0; i < 200; i++) {
        genrep_layer *none = NULL;
        char text[256];
        const int32_t status = genrep_layer_new(f->ctx, f->spec, &none);
        genrep_ctx_error_copy(f->ctx, text, sizeof text);
        f->good = f->good && status == GENREP_E_INVALID && none == NULL &&
                  strncmp(text, "line 1, column 1: unknown", 25) == 0 && strstr(text, "zzz");
    }
    return NULL;
}

static void texts_of_errors_are_whole(void **state) {
    genrep_ctx *ctx = support_ctx(NULL);
    failing jobs[THREADS] = {
        {ctx, "zzz", 0}, {ctx, "zzzzzzzzzzzzzzzz", 0}, {ctx, "zzzy", 0}, {ctx, "azzzb", 0}};
    (void)state;
    all_at_once(fail_often, jobs, sizeof *jobs);
    for (int i = 0; i < THREADS; i++) assert_true(jobs[i].good);
    genrep_ctx_unref(ctx);
}

/* ---- training ---- */

static genrep_trainer *small_gan(genrep_ctx *ctx, const char *spec) {
    const int64_t shape[] = {64, 16};
    const char *const names[] = {"images"};
    genrep_tensor *images = NULL;
    genrep_dataset *data = NULL;
    genrep_trainer *trainer = NULL;
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_U8, 2, shape, &images));
    assert_ok(ctx, genrep_tensor_random(images, "integer low=0 high=255", 1));
    assert_ok(ctx, genrep_dataset_from_tensors(ctx, 1, names, &images, &data));
    assert_ok(ctx, genrep_trainer_new(ctx, spec, data, &trainer));
    genrep_dataset_unref(data);
    genrep_tensor_unref(images);
    return trainer;
}

typedef struct training {
    genrep_ctx *ctx;
    genrep_trainer *trainer;
    double loss;
    int32_t status;
} training;

static void *train(void *argument) {
    training *t = argument;
    t->status = genrep_trainer_step(t->trainer, 5);
    if (t->status == 0) t->status = genrep_trainer_metric(t->trainer, "loss_d", &t->loss);
    return NULL;
}

static training start(void) {
    training t = {support_ctx("seed=4 threads=2 matmul=own"), NULL, 0, 0};
    t.trainer = small_gan(t.ctx, "gan batch=16");
    return t;
}

static void end(training *t) {
    genrep_trainer_unref(t->trainer);
    genrep_ctx_unref(t->ctx);
}

static void contexts_train_side_by_side(void **state) {
    training alone = start(), jobs[THREADS];
    (void)state;
    train(&alone);
    assert_ok(alone.ctx, alone.status);
    for (int i = 0; i < THREADS; i++) jobs[i] = start();
    all_at_once(train, jobs, sizeof *jobs);
    for (int i = 0; i < THREADS; i++) {
        assert_ok(jobs[i].ctx, jobs[i].status);
        assert_memory_equal(&jobs[i].loss, &alone.loss, sizeof alone.loss);
        end(&jobs[i]);
    }
    end(&alone);
}

static void *cancel(void *argument) {
    const struct timespec pause = {0, 5000000};
    nanosleep(&pause, NULL);
    genrep_trainer_cancel(argument);
    return NULL;
}

static void any_thread_may_cancel(void **state) {
    training t = start();
    pthread_t other;
    int64_t done = 0, then = 0;
    (void)state;
    assert_int_equal(pthread_create(&other, NULL, cancel, t.trainer), 0);
    assert_int_equal(genrep_trainer_step(t.trainer, INT64_MAX), GENREP_STOPPED);
    pthread_join(other, NULL);
    assert_ok(t.ctx, genrep_trainer_progress(t.trainer, &done, NULL));
    assert_ok(t.ctx, genrep_trainer_step(t.trainer, 1)); /* the next call goes on */
    assert_ok(t.ctx, genrep_trainer_progress(t.trainer, &then, NULL));
    assert_int_equal(then, done + 1);
    end(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_network_serves_several_threads),
        cmocka_unit_test(references_are_counted_from_any_thread),
        cmocka_unit_test(texts_of_errors_are_whole),
        cmocka_unit_test(contexts_train_side_by_side),
        cmocka_unit_test(any_thread_may_cancel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
