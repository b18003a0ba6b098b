/* Runs of gan and cgan: steps that fail, resuming, and what bits depend on. */
#include "gan_parts.h"

#include <files.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- steps that fail ----------------------------------------------------------------------------
 */

static void numbers_that_are_not_finite_stop_training(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = make(ctx, "gan batch=8 latent=2 rollbacks=0");
    assert_ok(ctx, genrep_trainer_step(trainer, 1));
    set(ctx, trainer, "generator", 0, NAN);
    assert_error(ctx, genrep_trainer_step(trainer, 1), GENREP_E_DIVERGED, "d_fake");
    assert_true(isfinite(metric(ctx, trainer, "loss_d")));
    genrep_trainer_unref(trainer);
    trainer = make(ctx, "gan batch=8 latent=2 rollbacks=0");
    set(ctx, trainer, "discriminator", 0, NAN);
    assert_error(ctx, genrep_trainer_step(trainer, 1), GENREP_E_DIVERGED, "d_real");
    genrep_trainer_unref(trainer);
    trainer = make(ctx, "gan batch=8 rollbacks=0 " LINEAR_D LINEAR_G);
    set(ctx, trainer, "discriminator", 1, INFINITY);
    assert_error(ctx, genrep_trainer_step(trainer, 1), GENREP_E_DIVERGED, "loss_d");
    genrep_trainer_unref(trainer);

    static const char *const images = "images";
    genrep_tensor *x = NULL;
    genrep_dataset *data = NULL;
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, 2, (const int64_t[]){5, 4}, &x));
    ((float *)genrep_tensor_data(x))[7] = NAN;
    assert_ok(ctx, genrep_dataset_from_tensors(ctx, 1, &images, &x, &data));
    trainer = trainer_on(ctx, data, "gan batch=5 latent=2");
    assert_error(ctx, genrep_trainer_step(trainer, 1), GENREP_E_DIVERGED, "d_real is not finite");
    int64_t done = -1;
    assert_ok(ctx, genrep_trainer_progress(trainer, &done, NULL));
    assert_int_equal(done, 0);
    genrep_tensor_unref(x);
    genrep_dataset_unref(data);
    end(trainer, ctx);
}

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
        memcpy(to, &class, sizeof class);
    return 0;
}

static genrep_dataset *source(genrep_ctx *ctx) {
    static const char *const names[] = {"images", "labels"};
    static const int32_t dtypes[] = {GENREP_F32, GENREP_I32}, ranks[] = {1, 0};
    static const int64_t shape[] = {4}, *const shapes[] = {shape, shape};
    const genrep_source from = {sizeof from, NULL,   60,    2,      0,
                                names,       dtypes, ranks, shapes, read_point};
    genrep_dataset *data = NULL;
    assert_ok(ctx, genrep_dataset_from_source(ctx, &from, &data));
    return data;
}

#define REPEATED                                                                                   \
    "cgan batch=4 classes=3 latent=2 d_steps=3 ema=0.9 "                                           \
    "generator='mlp_generator shape=4 latent=2 classes=3 width=2' "                                \
    "discriminator='mlp_discriminator shape=4 classes=3 width=8'"

/* Wherever a step fails, repeating it gives what would have been without: updates of the
 * discriminator that were done are not done again. */
static void a_source_that_fails_costs_no_more_than_its_step(void **state) {
    (void)state;
    static float whole[3][NUMBERS], broken[3][NUMBERS];
    static const char *const parts[] = {"generator", "discriminator", "average"};
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_dataset *data = source(ctx);
    reads_left = -1;
    genrep_trainer *trainer = trainer_on(ctx, data, REPEATED);
    assert_ok(ctx, genrep_trainer_step(trainer, 3));
    int64_t n[3];
    for (int i = 0; i < 3; i++) n[i] = numbers(ctx, trainer, parts[i], whole[i]);
    genrep_trainer_unref(trainer);
    for (int64_t at = 24; at < 48; at += 5) { /* in the second step: three batches of 8 reads */
        trainer = trainer_on(ctx, data, REPEATED);
        reads_left = at;
        assert_error(ctx, genrep_trainer_step(trainer, 3), GENREP_E_USER, "step 1");
        reads_left = -1;
        assert_ok(ctx, genrep_trainer_step(trainer, 2));
        for (int i = 0; i < 3; i++) {
            numbers(ctx, trainer, parts[i], broken[i]);
            assert_same(broken[i], whole[i], n[i]);
        }
        genrep_trainer_unref(trainer);
    }
    genrep_dataset_unref(data);
    genrep_ctx_unref(ctx);
}

static void memory_that_runs_out_costs_no_more_than_its_step(void **state) {
    (void)state;
    static const char spec[] = "gan batch=4 latent=2 d_steps=2 ema=0.9 fresh=1 "
                               "generator='linear in=2 out=5; tanh; linear out=4' "
                               "discriminator='linear in=4 out=5; tanh; linear out=1'";
    static float whole[NUMBERS], broken[NUMBERS];
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = make(ctx, spec);
    assert_ok(ctx, genrep_trainer_step(trainer, 3));
    int64_t n = numbers(ctx, trainer, "average", whole), done = 0;
    end(trainer, ctx);

    support_memory memory = {0};
    genrep_allocator allocator = support_allocator(&memory);
    assert_int_equal(genrep_ctx_new(NULL, &allocator, &ctx), 0);
    trainer = make(ctx, spec);
    int failures = 0;
    for (int64_t at = 1; failures < 1000; at++, failures++) {
        memory.fail_at = memory.allocations + at;
        assert_ok(ctx, genrep_trainer_progress(trainer, &done, NULL));
        int32_t status = genrep_trainer_step(trainer, 3 - done);
        memory.fail_at = 0;
        if (status == 0) break;
        assert_int_equal(status, GENREP_E_NOMEM);
    }
    assert_true(failures > 20 && failures < 1000);
    numbers(ctx, trainer, "average", broken);
    assert_same(whole, broken, n);
    end(trainer, ctx);
    assert_int_equal(memory.blocks, 0);
}

static void a_step_allocates_nothing(void **state) {
    (void)state;
    static const char *const specs[] = {"gan batch=8 latent=3 ema=0.9",
                                        "cgan batch=8 latent=3 d_steps=2 fresh=1"};
    for (int i = 0; i < 2; i++) {
        support_memory memory = {0};
        genrep_allocator allocator = support_allocator(&memory);
        genrep_ctx *ctx = NULL;
        assert_int_equal(genrep_ctx_new("threads=2", &allocator, &ctx), 0);
        genrep_trainer *trainer = make(ctx, specs[i]);
        assert_ok(ctx, genrep_trainer_step(trainer, 2));
        int64_t before = memory.allocations;
        assert_ok(ctx, genrep_trainer_step(trainer, 5));
        assert_int_equal(memory.allocations, before);
        end(trainer, ctx);
        assert_int_equal(memory.blocks, 0);
    }
}

static void a_run_ends_after_its_steps_or_when_cancelled(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = make(ctx, "cgan batch=8 latent=2 steps=5");
    int64_t done = -1, total = -1;
    genrep_trainer_cancel(trainer);
    assert_int_equal(genrep_trainer_step(trainer, 2), GENREP_STOPPED);
    assert_ok(ctx, genrep_trainer_progress(trainer, &done, &total));
    assert_true(done == 0 && total == 5);
    assert_ok(ctx, genrep_trainer_step(trainer, 2));
    assert_int_equal(genrep_trainer_step(trainer, 9), GENREP_STOPPED);
    assert_ok(ctx, genrep_trainer_progress(trainer, &done, NULL));
    assert_int_equal(done, 5);
    end(trainer, ctx);
}

/* ---- resuming and bits --------------------------------------------------------------------------
 */

#define EVERYTHING "batch=16 latent=3 ema=0.99 d_steps=2 fresh=1 smoothing=0.1 "
#define DROPOUT "dropout p=0.4; linear out=12; leaky_relu; dropout p=0.3; linear out=1' "

static const char *const whole_runs[] = {
    "gan " EVERYTHING "generator='mlp_generator shape=4 latent=3 width=8' "
    "discriminator='linear in=4 out=20; leaky_relu; " DROPOUT,
    "cgan " EVERYTHING "generator='mlp_generator shape=4 latent=3 classes=3 width=8' "
    "discriminator='concat { } { embedding classes=3 out=2 }; linear in=6 out=20; relu; " DROPOUT
    "optimizer_d='sgd lr=0.01 momentum=0.9 schedule=cosine total=99'",
    "gan batch=8 latent=3 loss=minimax", /* the networks there are by default */
};
enum { WHOLE_RUNS = sizeof whole_runs / sizeof whole_runs[0] };

/* The bytes of a checkpoint, freed by the caller. */
static char *checkpoint(genrep_ctx *ctx, genrep_trainer *trainer, size_t *bytes) {
    assert_ok(ctx, genrep_trainer_checkpoint(trainer, support_path("bytes.safetensors")));
    return support_read("bytes.safetensors", bytes);
}

static char *run(const char *context, const char *spec, int64_t steps, size_t *bytes) {
    genrep_ctx *ctx = support_ctx(context);
    genrep_trainer *trainer = make(ctx, spec);
    assert_ok(ctx, genrep_trainer_step(trainer, steps));
    char *all = checkpoint(ctx, trainer, bytes);
    end(trainer, ctx);
    return all;
}

static void assert_same_file(char *a, size_t bytes_a, char *b, size_t bytes_b) {
    assert_int_equal(bytes_a, bytes_b);
    assert_true(bytes_a > 1000);
    assert_memory_equal(a, b, bytes_a);
    free(a);
    free(b);
}

/* 0 steps: a checkpoint from before the first; 7: in the middle of a pass over the data. */
static void a_resumed_run_gives_the_bytes_of_the_whole(void **state) {
    (void)state;
    for (int i = 0; i < WHOLE_RUNS; i++) {
        for (int64_t steps = 0; steps <= 7; steps += 7) {
            size_t bytes, bytes_whole;
            char *whole = run(NULL, whole_runs[i], 2 * steps, &bytes_whole);
            genrep_ctx *ctx = support_ctx(NULL);
            genrep_trainer *trainer = make(ctx, whole_runs[i]);
            if (steps > 0) assert_ok(ctx, genrep_trainer_step(trainer, steps));
            assert_ok(ctx, genrep_trainer_checkpoint(trainer, support_path("half.safetensors")));
            end(trainer, ctx);
            ctx = support_ctx(NULL);
            trainer = make(ctx, whole_runs[i]);
            assert_ok(ctx, genrep_trainer_resume(trainer, support_path("half.safetensors")));
            assert_ok(ctx, genrep_trainer_step(trainer, steps));
            char *resumed = checkpoint(ctx, trainer, &bytes);
            end(trainer, ctx);
            assert_same_file(whole, bytes_whole, resumed, bytes);
        }
    }
}

/* A step that failed between the discriminator's updates goes on where it was, resumed or not. */
static void a_checkpoint_of_a_failed_step_knows_how_far_it_was(void **state) {
    (void)state;
    size_t bytes, bytes_whole;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_dataset *data = source(ctx);
    reads_left = -1;
    genrep_trainer *trainer = trainer_on(ctx, data, REPEATED);
    assert_ok(ctx, genrep_trainer_step(trainer, 3));
    char *whole = checkpoint(ctx, trainer, &bytes_whole);
    genrep_trainer_unref(trainer);
    trainer = trainer_on(ctx, data, REPEATED);
    reads_left = 24 + 12; /* the second of three batches */
    assert_error(ctx, genrep_trainer_step(trainer, 3), GENREP_E_USER, "step 1");
    reads_left = -1;
    assert_ok(ctx, genrep_trainer_checkpoint(trainer, support_path("half.safetensors")));
    genrep_trainer_unref(trainer);
    trainer = trainer_on(ctx, data, REPEATED);
    assert_ok(ctx, genrep_trainer_resume(trainer, support_path("half.safetensors")));
    assert_ok(ctx, genrep_trainer_step(trainer, 2));
    char *resumed = checkpoint(ctx, trainer, &bytes);
    assert_same_file(whole, bytes_whole, resumed, bytes);
    genrep_dataset_unref(data);
    end(trainer, ctx);
}

static void other_networks_are_not_resumed(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = make(ctx, "gan batch=8 " LINEAR_D LINEAR_G);
    assert_ok(ctx, genrep_trainer_step(trainer, 2));
    assert_ok(ctx, genrep_trainer_checkpoint(trainer, support_path("half.safetensors")));
    genrep_trainer_unref(trainer);
    trainer = make(ctx, "gan batch=8 ema=0.9 " LINEAR_D LINEAR_G);
    assert_error(ctx, genrep_trainer_resume(trainer, support_path("half.safetensors")),
                 GENREP_E_INVALID, "ema=0.9");
    genrep_trainer_unref(trainer);
    trainer = make(ctx, "gan batch=8 " LINEAR_D LINEAR_G);
    genrep_layer *other = NULL;
    assert_ok(ctx, genrep_layer_new(ctx, "linear in=2 out=4; tanh", &other));
    assert_ok(ctx, genrep_trainer_set_layer(trainer, "generator", other));
    assert_error(ctx, genrep_trainer_resume(trainer, support_path("half.safetensors")),
                 GENREP_E_INVALID, "generator");
    genrep_layer_unref(other);
    end(trainer, ctx);
}

static void threads_do_not_change_the_bytes(void **state) {
    (void)state;
    for (int i = 0; i < WHOLE_RUNS; i++) {
        size_t one, two, four;
        char *of_one = run("threads=1", whole_runs[i], 5, &one);
        char *of_two = run("threads=2", whole_runs[i], 5, &two);
        char *of_four = run("threads=4", whole_runs[i], 5, &four);
        assert_int_equal(one, two);
        assert_memory_equal(of_one, of_two, one);
        free(of_two);
        assert_same_file(of_one, one, of_four, four);
    }
}

static void instruction_sets_do_not_change_the_bytes(void **state) {
    (void)state;
    if (!genrep_has("isa.avx2") || !genrep_has("isa.avx512")) skip();
    for (int i = 0; i < WHOLE_RUNS; i++) {
        size_t wide, wider;
        char *of_wide = run("isa=avx2 matmul=own threads=2", whole_runs[i], 5, &wide);
        char *of_wider = run("isa=avx512 matmul=own", whole_runs[i], 5, &wider);
        assert_same_file(of_wide, wide, of_wider, wider);
    }
}

/* The order in which a BLAS adds is its own: near, and no more is promised. */
static void a_blas_gives_nearly_the_same(void **state) {
    (void)state;
    double loss[2];
    for (int i = 0; i < 2; i++) {
        genrep_ctx *ctx = support_ctx(i == 0 ? "matmul=own" : "matmul=blas");
        genrep_trainer *trainer = make(ctx, whole_runs[1]);
        assert_ok(ctx, genrep_trainer_step(trainer, 3));
        loss[i] = metric(ctx, trainer, "loss_d");
        end(trainer, ctx);
    }
    assert_close(loss[0], loss[1], 1e-4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_that_are_not_finite_stop_training),
        cmocka_unit_test(a_source_that_fails_costs_no_more_than_its_step),
        cmocka_unit_test(memory_that_runs_out_costs_no_more_than_its_step),
        cmocka_unit_test(a_step_allocates_nothing),
        cmocka_unit_test(a_run_ends_after_its_steps_or_when_cancelled),
        cmocka_unit_test(a_resumed_run_gives_the_bytes_of_the_whole),
        cmocka_unit_test(a_checkpoint_of_a_failed_step_knows_how_far_it_was),
        cmocka_unit_test(other_networks_are_not_resumed),
        cmocka_unit_test(threads_do_not_change_the_bytes),
        cmocka_unit_test(instruction_sets_do_not_change_the_bytes),
        cmocka_unit_test(a_blas_gives_nearly_the_same),
    };
    return cmocka_run_group_tests_name("gan: runs", tests, NULL, support_remove_files);
}
