/* Checkpoints: going on gives the bytes of a run without a stop, and whatever is wrong with a file,
 * the trainer stays as it was. */
#include <files.h>
#include <points.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <train/trainer.h>

/* Everything that a step may depend on: dropout, running statistics, momentum, a schedule. */
#define WHOLE                                                                                      \
    "classifier classes=3 batch=16 network='linear out=12; batch_norm; relu; dropout p=0.2; "      \
    "linear out=3' optimizer='adam lr=0.01 clip=1 schedule=cosine total=40 warmup=5'"
#define SMALL "classifier classes=3 batch=7 network='linear out=3' optimizer='sgd momentum=0.9'"

static genrep_trainer *make_on(genrep_ctx *ctx, const char *spec, int64_t points) {
    genrep_dataset *dataset = support_points(ctx, points, 3);
    genrep_trainer *trainer;
    assert_ok(ctx, genrep_trainer_new(ctx, spec, dataset, &trainer));
    genrep_dataset_unref(dataset);
    return trainer;
}

static genrep_trainer *make(genrep_ctx *ctx, const char *spec) {
    return make_on(ctx, spec, 50);
}

static void end(genrep_trainer *trainer, genrep_ctx *ctx) {
    genrep_trainer_unref(trainer);
    genrep_ctx_unref(ctx);
}

static void assert_same_files(const char *a, const char *b) {
    size_t size_a, size_b;
    char *bytes_a = support_read(a, &size_a), *bytes_b = support_read(b, &size_b);
    assert_int_equal(size_a, size_b);
    assert_memory_equal(bytes_a, bytes_b, size_a);
    free(bytes_a);
    free(bytes_b);
}

/* ---- the promise --------------------------------------------------------------------------------
 */

/* 2 n steps without a stop, written to "straight". */
static void run_straight(const char *spec, int64_t n) {
    genrep_ctx *ctx = support_ctx("seed=3");
    genrep_trainer *trainer = make(ctx, spec);
    assert_ok(ctx, genrep_trainer_step(trainer, 2 * n));
    assert_ok(ctx, genrep_trainer_checkpoint(trainer, support_path("straight")));
    end(trainer, ctx);
}

/* From "half" on, with other threads, written to "resumed". */
static void run_resumed(const char *spec, int64_t n) {
    genrep_ctx *ctx = support_ctx("seed=3 threads=2");
    genrep_trainer *trainer = make(ctx, spec);
    int64_t done;
    assert_ok(ctx, genrep_trainer_resume(trainer, support_path("half")));
    assert_ok(ctx, genrep_trainer_progress(trainer, &done, NULL));
    assert_int_equal(done, n);
    assert_ok(ctx, genrep_trainer_step(trainer, n));
    assert_ok(ctx, genrep_trainer_checkpoint(trainer, support_path("resumed")));
    end(trainer, ctx);
}

static void going_on_gives_the_same_bytes(void **state) {
    (void)state;
    static const char *const specs[] = {
        WHOLE,
        SMALL,
        "classifier classes=3 batch=16 optimizer='adagrad initial=0.1'",
        "classifier classes=3 batch=16 optimizer='rmsprop weight_decay=0.01'",
    };
    for (int i = 0; i < GENREPI_COUNT(specs); i++)
        for (int64_t n = i == 0 ? 0 : 9; n < 10; n += 9) {
            run_straight(specs[i], n);
            genrep_ctx *ctx = support_ctx("seed=3");
            genrep_trainer *trainer = make(ctx, specs[i]);
            assert_ok(ctx, genrep_trainer_step(trainer, n));
            assert_ok(ctx, genrep_trainer_checkpoint(trainer, support_path("half")));
            assert_ok(ctx, genrep_trainer_step(trainer, n)); /* writing changes nothing */
            assert_ok(ctx, genrep_trainer_checkpoint(trainer, support_path("unstopped")));
            end(trainer, ctx);
            run_resumed(specs[i], n);
            assert_same_files("straight", "unstopped");
            assert_same_files("straight", "resumed");
        }
}

static void a_killed_process_goes_on_in_another(void **state) {
    (void)state;
    run_straight(WHOLE, 10);
    int notice[2];
    assert_int_equal(pipe(notice), 0);
    pid_t child = fork();
    if (child == 0) { /* no assertions here: a test must not go on in two processes */
        genrep_ctx *ctx = support_ctx("seed=3");
        genrep_trainer *trainer = make(ctx, WHOLE);
        int good = genrep_trainer_step(trainer, 10) == 0 &&
                   genrep_trainer_checkpoint(trainer, support_path("half")) == 0;
        if (write(notice[1], good ? "1" : "0", 1) != 1) _exit(1);
        genrep_trainer_step(trainer, INT64_MAX);
        _exit(1);
    }
    char good = 0;
    close(notice[1]);
    assert_int_equal(read(notice[0], &good, 1), 1);
    assert_int_equal(good, '1');
    close(notice[0]);
    kill(child, SIGKILL);
    int how;
    waitpid(child, &how, 0);
    assert_true(WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL);
    run_resumed(WHOLE, 10);
    assert_same_files("straight", "resumed");
}

/* A process that writes checkpoints as fast as it can and is killed at any moment always leaves one
 * that is whole. */
static void a_kill_while_writing_leaves_a_whole_checkpoint(void **state) {
    (void)state;
    for (int round = 0; round < 6; round++) {
        unlink(support_path("half")); /* the folder is there before there are two processes */
        pid_t child = fork();
        if (child == 0) {
            genrep_ctx *ctx = support_ctx("seed=3");
            genrep_trainer *trainer = make(ctx, SMALL);
            for (;;) {
                genrep_trainer_step(trainer, 1);
                genrep_trainer_checkpoint(trainer, support_path("half"));
            }
        }
        const struct timespec pause = {0, 3000000L + 2900000L * round};
        for (int i = 0; i < 10000 && !support_exists("half"); i++) nanosleep(&pause, NULL);
        nanosleep(&pause, NULL);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        genrep_ctx *ctx = support_ctx("seed=3");
        genrep_trainer *trainer = make(ctx, SMALL);
        assert_ok(ctx, genrep_trainer_resume(trainer, support_path("half")));
        int64_t done;
        assert_ok(ctx, genrep_trainer_progress(trainer, &done, NULL));
        assert_true(done > 0);
        end(trainer, ctx);
    }
}

static void metrics_come_back(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = make(ctx, SMALL), *other = make(ctx, SMALL);
    double before, after;
    assert_ok(ctx, genrep_trainer_step(trainer, 4));
    assert_ok(ctx, genrep_trainer_checkpoint(trainer, support_path("c")));
    assert_ok(ctx, genrep_trainer_resume(other, support_path("c")));
    for (int32_t i = 0; genrep_trainer_metric_name(trainer, i) != NULL; i++) {
        const char *name = genrep_trainer_metric_name(trainer, i);
        assert_ok(ctx, genrep_trainer_metric(trainer, name, &before));
        assert_ok(ctx, genrep_trainer_metric(other, name, &after));
        assert_true(before == after);
    }
    assert_ok(ctx, genrep_trainer_metric(other, "loss", &after));
    assert_true(after > 0);
    genrep_trainer_unref(other);
    end(trainer, ctx);
}

/* ---- before the first step ----------------------------------------------------------------------
 */

static void an_unbegun_trainer_can_be_written_and_stays_unbegun(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = make(ctx, SMALL), *other = make(ctx, SMALL);
    genrep_layer *own;
    assert_ok(ctx, genrep_trainer_checkpoint(trainer, support_path("0")));
    assert_ok(ctx, genrep_layer_new(ctx, "linear in=4 out=3", &own));
    assert_ok(ctx, genrep_trainer_set_layer(trainer, "network", own));
    assert_ok(ctx, genrep_trainer_checkpoint(trainer, support_path("own")));

    /* A trainer that is further goes back to step 0, moments and all. */
    assert_ok(ctx, genrep_trainer_step(other, 5));
    assert_ok(ctx, genrep_trainer_checkpoint(other, support_path("5")));
    assert_ok(ctx, genrep_trainer_resume(other, support_path("0")));
    assert_ok(ctx, genrep_trainer_step(other, 5));
    assert_ok(ctx, genrep_trainer_checkpoint(other, support_path("5 again")));
    assert_same_files("5", "5 again");
    assert_error(ctx, genrep_trainer_resume(other, support_path("own")), GENREP_E_INVALID,
                 "network/spec");
    genrep_layer_unref(own);
    genrep_trainer_unref(other);
    end(trainer, ctx);
}

static void a_network_that_does_not_fit_can_be_changed_after_resume_refused(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_layer *own;
    assert_ok(ctx, genrep_layer_new(ctx, "linear in=4 out=5; tanh; linear out=3", &own));
    genrep_trainer *trainer = make(ctx, SMALL);
    assert_ok(ctx, genrep_trainer_set_layer(trainer, "network", own));
    assert_ok(ctx, genrep_trainer_step(trainer, 3));
    assert_ok(ctx, genrep_trainer_checkpoint(trainer, support_path("c")));
    genrep_trainer_unref(trainer);

    trainer = make(ctx, SMALL);
    assert_error(ctx, genrep_trainer_resume(trainer, support_path("c")), GENREP_E_INVALID,
                 "network/spec is 'linear in=4 out=5; tanh; linear out=3' in the checkpoint");
    assert_ok(ctx, genrep_trainer_set_layer(trainer, "network", own));
    assert_ok(ctx, genrep_trainer_resume(trainer, support_path("c")));
    genrep_layer_unref(own);
    end(trainer, ctx);
}

/* ---- what is refused ----------------------------------------------------------------------------
 */

static void other_specs_seeds_and_data_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *ctx, *spec;
        int64_t points;
        const char *text;
    } rows[] = {
        {"seed=3", "classifier classes=3 batch=8", 50,
         "the checkpoint was made with 'classifier classes=3 batch=7', this trainer is "
         "'classifier classes=3 batch=8'"},
        {"seed=3", "classifier classes=4 batch=7", 50, "classes=4"},
        {"seed=3", "classifier classes=3 batch=7 optimizer='adam lr=2e-3'", 50, "adam lr=2e-3"},
        {"seed=3", "classifier classes=3 batch=7 network='linear out=3'", 50, "linear out=3"},
        {"seed=4", "classifier classes=3 batch=7", 50, "made with seed=3, this context has seed=4"},
        {"seed=3", "classifier classes=3 batch=7", 51,
         "made with 50 samples of images f32 4, labels i32, this trainer has 51 samples"},
    };
    genrep_ctx *ctx = support_ctx("seed=3");
    genrep_trainer *trainer = make(ctx, "classifier classes=3 batch=7");
    assert_ok(ctx, genrep_trainer_step(trainer, 2));
    assert_ok(ctx, genrep_trainer_checkpoint(trainer, support_path("c")));
    end(trainer, ctx);
    for (int i = 0; i < GENREPI_COUNT(rows); i++) {
        ctx = support_ctx(rows[i].ctx);
        trainer = make_on(ctx, rows[i].spec, rows[i].points);
        assert_error(ctx, genrep_trainer_resume(trainer, support_path("c")), GENREP_E_INVALID,
                     rows[i].text);
        assert_ok(ctx, genrep_trainer_step(trainer, 1));
        end(trainer, ctx);
    }
}

static void the_same_options_written_otherwise_are_the_same(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = make(ctx, "classifier classes=3 batch=7 steps=4");
    assert_int_equal(genrep_trainer_step(trainer, 4), GENREP_STOPPED);
    assert_ok(ctx, genrep_trainer_checkpoint(trainer, support_path("c")));
    genrep_trainer_unref(trainer);
    trainer = make(ctx, "classifier  batch=7 optimizer=\"adam lr=1e-3\" classes=3 steps=6");
    assert_ok(ctx, genrep_trainer_resume(trainer, support_path("c")));
    int64_t done, total;
    assert_int_equal(genrep_trainer_step(trainer, 9), GENREP_STOPPED); /* its own end */
    assert_ok(ctx, genrep_trainer_progress(trainer, &done, &total));
    assert_true(done == 6 && total == 6);
    end(trainer, ctx);
}

static void what_is_not_a_checkpoint_is_refused(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = make(ctx, SMALL);
    const int64_t shape[] = {2, 3};
    genrep_tensor *tensor;
    assert_error(ctx, genrep_trainer_resume(trainer, support_path("nothing")), GENREP_E_IO,
                 "nothing");
    support_write("text", "this is no checkpoint", 21);
    assert_error(ctx, genrep_trainer_resume(trainer, support_path("text")), GENREP_E_FORMAT,
                 "text");
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, 2, shape, &tensor));
    assert_ok(ctx, genrep_tensor_save(tensor, support_path("t.safetensors"), "done"));
    assert_error(ctx, genrep_trainer_resume(trainer, support_path("t.safetensors")),
                 GENREP_E_FORMAT, "not a checkpoint");
    genrep_tensor_unref(tensor);
    end(trainer, ctx);
}

static void counts_below_zero_are_refused(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = make(ctx, SMALL);
    assert_ok(ctx, genrep_trainer_step(trainer, 1));
    trainer->done = -7;
    assert_ok(ctx, genrep_trainer_checkpoint(trainer, support_path("c")));
    trainer->done = 1;
    assert_error(ctx, genrep_trainer_resume(trainer, support_path("c")), GENREP_E_FORMAT,
                 "'done' is -7");
    assert_int_equal(trainer->done, 1);
    end(trainer, ctx);
}

/* ---- damage -------------------------------------------------------------------------------------
 */

/* All that the trainer of SMALL holds. */
typedef struct snapshot {
    int64_t done, steps;
    real weight[12], bias[3], moments[15];
    double values[GENREPI_MAX_METRICS];
} snapshot;

static void take(genrep_trainer *trainer, snapshot *s) {
    const genrepi_parameter_list *list = trainer->layers[0]->list;
    memset(s, 0, sizeof *s);
    assert_int_equal(list->n, 2);
    assert_true(list->entries[0].value->count == 12 && list->entries[1].value->count == 3);
    memcpy(s->weight, list->entries[0].value->data, sizeof s->weight);
    memcpy(s->bias, list->entries[1].value->data, sizeof s->bias);
    memcpy(s->values, trainer->values, sizeof s->values);
    s->done = trainer->done;
}

typedef struct damaged {
    genrep_ctx *ctx;
    genrep_trainer *trainer;
    snapshot two, five; /* the trainer's state; that of the file */
    char *file;
    size_t size;
} damaged;

static damaged begin_damage(void) {
    damaged d = {.ctx = support_ctx(NULL)};
    genrep_trainer *ahead = make(d.ctx, SMALL);
    d.trainer = make(d.ctx, SMALL);
    assert_ok(d.ctx, genrep_trainer_step(ahead, 5));
    assert_ok(d.ctx, genrep_trainer_checkpoint(ahead, support_path("five")));
    take(ahead, &d.five);
    genrep_trainer_unref(ahead);
    assert_ok(d.ctx, genrep_trainer_step(d.trainer, 2));
    assert_ok(d.ctx, genrep_trainer_checkpoint(d.trainer, support_path("two")));
    take(d.trainer, &d.two);
    d.file = support_read("five", &d.size);
    return d;
}

/* Refused and nothing changed, or loaded and nothing lost.  1 if it was loaded. */
static int try_damage(damaged *d, const void *bytes, size_t size) {
    snapshot now;
    support_write("bad", bytes, size);
    int32_t status = genrep_trainer_resume(d->trainer, support_path("bad"));
    take(d->trainer, &now);
    if (status != 0) {
        assert_true(status == GENREP_E_FORMAT || status == GENREP_E_INVALID ||
                    status == GENREP_E_RANGE);
        assert_true(strlen(genrep_ctx_error(d->ctx)) > 0);
        assert_memory_equal(&now, &d->two, sizeof now);
        return 0;
    }
    assert_memory_equal(&now, &d->five, sizeof now);
    assert_ok(d->ctx, genrep_trainer_resume(d->trainer, support_path("two")));
    return 1;
}

static void end_damage(damaged *d) {
    free(d->file);
    end(d->trainer, d->ctx);
}

static void a_flipped_byte_is_refused_or_harmless(void **state) {
    (void)state;
    static const uint8_t flips[] = {0xff, 0x01, 0x20};
    damaged d = begin_damage();
    assert_int_equal(try_damage(&d, d.file, d.size), 1);
    int loaded = 0;
    for (int f = 0; f < GENREPI_COUNT(flips); f++)
        for (size_t i = 0; i < d.size; i++) {
            d.file[i] = (char)(d.file[i] ^ flips[f]);
            loaded += try_damage(&d, d.file, d.size);
            d.file[i] = (char)(d.file[i] ^ flips[f]);
        }
    assert_true(loaded < (int)d.size / 5); /* only what is there to be read by people */
    end_damage(&d);
}

static void a_file_that_was_cut_is_refused(void **state) {
    (void)state;
    damaged d = begin_damage();
    for (size_t size = 0; size < d.size; size++) assert_int_equal(try_damage(&d, d.file, size), 0);
    char *longer = malloc(d.size + 1);
    memcpy(longer, d.file, d.size);
    longer[d.size] = 0;
    assert_int_equal(try_damage(&d, longer, d.size + 1), 0);
    free(longer);
    end_damage(&d);
}

/* ---- the machine refuses ------------------------------------------------------------------------
 */

static void a_file_that_cannot_be_written_leaves_the_old_one(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = make(ctx, SMALL);
    assert_error(ctx, genrep_trainer_checkpoint(trainer, "/no/such/folder/c"), GENREP_E_IO,
                 "/no/such/folder");
    assert_int_equal(mkdir(support_path("folder"), 0700), 0);
    assert_error(ctx, genrep_trainer_checkpoint(trainer, support_path("folder")), GENREP_E_IO,
                 "folder");
    assert_int_equal(rmdir(support_path("folder")), 0);
    end(trainer, ctx);
}

static void memory_that_runs_out_changes_nothing(void **state) {
    (void)state;
    support_memory memory = {0};
    genrep_allocator allocator = support_allocator(&memory);
    genrep_ctx *ctx;
    assert_int_equal(genrep_ctx_new(NULL, &allocator, &ctx), 0);
    genrep_trainer *ahead = make(ctx, SMALL), *trainer = make(ctx, SMALL);
    snapshot five, before, after;
    assert_ok(ctx, genrep_trainer_step(ahead, 5));
    take(ahead, &five);
    take(trainer, &before);
    int64_t n = 0;
    for (int32_t status = GENREP_E_NOMEM; status != 0; n++) {
        memory.fail_at = memory.allocations + n + 1;
        status = genrep_trainer_checkpoint(ahead, support_path("five"));
        memory.fail_at = 0;
        assert_true(status == 0 || (status == GENREP_E_NOMEM && !support_exists("five")));
    }
    assert_true(n > 10);
    n = 0;
    for (int32_t status = GENREP_E_NOMEM; status != 0; n++) { /* that of a twin too */
        memory.fail_at = memory.allocations + n + 1;
        status = genrep_trainer_checkpoint(trainer, support_path("zero"));
        memory.fail_at = 0;
        assert_true(status == 0 || (status == GENREP_E_NOMEM && !support_exists("zero")));
    }
    assert_true(n > 20);
    n = 0;
    for (int32_t status = GENREP_E_NOMEM; status != 0; n++) {
        memory.fail_at = memory.allocations + n + 1;
        status = genrep_trainer_resume(trainer, support_path("five"));
        memory.fail_at = 0;
        assert_true(status == 0 || status == GENREP_E_NOMEM);
        take(trainer, &after);
        assert_memory_equal(&after, status == 0 ? &five : &before, sizeof after);
    }
    assert_true(n > 10);
    genrep_trainer_unref(ahead);
    end(trainer, ctx);
    assert_int_equal(memory.blocks, 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_teardown(name, support_remove_files)
    const struct CMUnitTest tests[] = {
        TEST(going_on_gives_the_same_bytes),
        TEST(a_killed_process_goes_on_in_another),
        TEST(a_kill_while_writing_leaves_a_whole_checkpoint),
        TEST(metrics_come_back),
        TEST(an_unbegun_trainer_can_be_written_and_stays_unbegun),
        TEST(a_network_that_does_not_fit_can_be_changed_after_resume_refused),
        TEST(other_specs_seeds_and_data_are_refused),
        TEST(the_same_options_written_otherwise_are_the_same),
        TEST(what_is_not_a_checkpoint_is_refused),
        TEST(counts_below_zero_are_refused),
        TEST(a_flipped_byte_is_refused_or_harmless),
        TEST(a_file_that_was_cut_is_refused),
        TEST(a_file_that_cannot_be_written_leaves_the_old_one),
        TEST(memory_that_runs_out_changes_nothing),
    };
    return cmocka_run_group_tests_name("checkpoint", tests, NULL, NULL);
}
