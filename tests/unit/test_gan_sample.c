/* Samples of gan and cgan. */
#include "gan_parts.h"

#include <stdlib.h>
#include <string.h>

enum { COUNT = 50, EACH = 4 };

/* COUNT samples of the stream; classes 0 1 2 0 ... if the trainer is conditional. */
static void sample(genrep_ctx *ctx, genrep_trainer *trainer, int conditional, uint64_t stream,
                   float *to) {
    const int64_t count = COUNT;
    genrep_tensor *labels = NULL, *samples = NULL;
    if (conditional) {
        assert_ok(ctx, genrep_tensor_new(ctx, GENREP_I32, 1, &count, &labels));
        int32_t *label = genrep_tensor_data(labels);
        for (int i = 0; i < COUNT; i++) label[i] = i % 3;
    }
    assert_ok(ctx, genrep_trainer_sample(trainer, count, labels, stream, &samples));
    int64_t shape[GENREP_MAX_RANK];
    int32_t rank, dtype;
    assert_ok(ctx, genrep_tensor_info(samples, &dtype, &rank, shape, NULL));
    assert_true(dtype == GENREP_F32 && rank == 2 && shape[0] == COUNT && shape[1] == EACH);
    memcpy(to, genrep_tensor_read(samples), sizeof *to * COUNT * EACH);
    genrep_tensor_unref(samples);
    genrep_tensor_unref(labels);
}

/* A normalisation and a dropout that is in use too: noise of its own. */
#define NOISY                                                                                      \
    "latent=3 generator='linear in=3 out=8; batch_norm; dropout p=0.5 always=1; linear out=4' "

static void a_stream_decides_the_samples(void **state) {
    (void)state;
    static const char *const specs[] = {"gan batch=8 latent=3", "cgan batch=8 latent=3",
                                        ("gan batch=8 " NOISY)};
    static float a[COUNT * EACH], b[COUNT * EACH], c[COUNT * EACH];
    for (int i = 0; i < 3; i++) {
        genrep_ctx *ctx = support_ctx(NULL);
        genrep_trainer *trainer = make(ctx, specs[i]);
        assert_ok(ctx, genrep_trainer_step(trainer, 3));
        sample(ctx, trainer, i == 1, 7, a);
        sample(ctx, trainer, i == 1, 7, b);
        sample(ctx, trainer, i == 1, 8, c);
        assert_same(a, b, COUNT * EACH);
        for (int k = 0; k < COUNT; k++) assert_other(a + k * EACH, c + k * EACH, EACH);
        for (int k = 1; k < COUNT; k++) assert_other(a, a + k * EACH, EACH);
        end(trainer, ctx);
    }
}

/* The zero noise of a stream goes through the dropout of the stream: only it differs. */
static void noise_of_the_generator_follows_the_stream(void **state) {
    (void)state;
    static float a[COUNT * EACH], b[COUNT * EACH];
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = make(ctx, "gan batch=8 " NOISY);
    set(ctx, trainer, "generator", 0, 0); /* the weights of the first layer */
    sample(ctx, trainer, 0, 7, a);
    sample(ctx, trainer, 0, 8, b);
    assert_other(a, b, COUNT * EACH);
    end(trainer, ctx);
}

static void batches_do_not_change_samples(void **state) {
    (void)state;
    static const char *const batches[] = {"batch=1", "batch=7", "batch=128"};
    static float a[3][COUNT * EACH];
    for (int conditional = 0; conditional < 2; conditional++) {
        for (int i = 0; i < 3; i++) {
            char spec[64] = "";
            strcat(strcat(spec, conditional ? "cgan latent=3 " : "gan latent=3 "), batches[i]);
            genrep_ctx *ctx = support_ctx("matmul=own");
            genrep_trainer *trainer = make(ctx, spec);
            sample(ctx, trainer, conditional, 3, a[i]);
            end(trainer, ctx);
        }
        assert_same(a[0], a[1], COUNT * EACH);
        assert_same(a[0], a[2], COUNT * EACH);
    }
}

static void fewer_samples_are_the_first_ones(void **state) {
    (void)state;
    static float all[COUNT * EACH];
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = make(ctx, "gan batch=8 latent=3");
    genrep_tensor *few = NULL;
    sample(ctx, trainer, 0, 3, all);
    assert_ok(ctx, genrep_trainer_sample(trainer, 11, NULL, 3, &few));
    assert_same(genrep_tensor_read(few), all, 11 * EACH);
    genrep_tensor_unref(few);
    end(trainer, ctx);
}

static void sampling_does_not_change_training(void **state) {
    (void)state;
    static float ignored[COUNT * EACH], numbers_of[2][NUMBERS];
    int64_t n = 0;
    for (int i = 0; i < 2; i++) {
        genrep_ctx *ctx = support_ctx(NULL);
        genrep_trainer *trainer = make(ctx, "cgan batch=8 latent=3 embedding=2 "
                                            "generator='mlp_generator shape=4 latent=3 classes=3 "
                                            "width=8'");
        for (int k = 0; k < 4; k++) {
            if (i == 1) sample(ctx, trainer, 1, 3, ignored);
            assert_ok(ctx, genrep_trainer_step(trainer, 1));
        }
        n = numbers(ctx, trainer, "generator", numbers_of[i]);
        end(trainer, ctx);
    }
    assert_same(numbers_of[0], numbers_of[1], n);
}

static void samples_come_from_the_average(void **state) {
    (void)state;
    static float a[COUNT * EACH];
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = make(ctx, "gan batch=8 ema=0.9 " LINEAR_G);
    sample(ctx, trainer, 0, 7, a); /* before the first step it is the generator */
    assert_other(a, a + EACH, EACH);
    assert_ok(ctx, genrep_trainer_step(trainer, 2));
    set(ctx, trainer, "average", 0, 0);
    set(ctx, trainer, "average", 1, 0.5);
    sample(ctx, trainer, 0, 7, a);
    for (int i = 0; i < COUNT * EACH; i++) assert_true(a[i] == 0.5f);
    end(trainer, ctx);
}

/* In use: one sample alone is normalised by the running statistics. */
static void samples_use_running_statistics(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer =
        make(ctx, "gan batch=8 latent=3 generator='linear in=3 out=4; batch_norm affine=0'");
    genrep_tensor *one = NULL;
    assert_ok(ctx, genrep_trainer_step(trainer, 2));
    set(ctx, trainer, "generator", 2, 5);    /* running mean */
    set(ctx, trainer, "generator", 3, 1e12); /* running variance */
    assert_ok(ctx, genrep_trainer_sample(trainer, 1, NULL, 7, &one));
    const float *x = genrep_tensor_read(one);
    for (int i = 0; i < EACH; i++) assert_true(x[i] > -1e-4f && x[i] < 1e-4f);
    genrep_tensor_unref(one);
    end(trainer, ctx);
}

static void images_get_their_axes(void **state) {
    (void)state;
    static const char *const images = "images";
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_tensor *x = NULL, *samples = NULL;
    genrep_dataset *data = NULL;
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_U8, 3, (const int64_t[]){9, 5, 3}, &x));
    assert_ok(ctx, genrep_dataset_from_tensors(ctx, 1, &images, &x, &data));
    genrep_trainer *trainer = trainer_on(ctx, data, "gan batch=4");
    assert_ok(ctx, genrep_trainer_sample(trainer, 6, NULL, 1, &samples));
    int64_t shape[GENREP_MAX_RANK];
    int32_t rank;
    assert_ok(ctx, genrep_tensor_info(samples, NULL, &rank, shape, NULL));
    assert_true(rank == 4 && shape[0] == 6 && shape[1] == 1 && shape[2] == 5 && shape[3] == 3);
    genrep_tensor_unref(samples);
    genrep_tensor_unref(x);
    genrep_dataset_unref(data);
    end(trainer, ctx);
}

static void arguments_are_checked(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *gan = make(ctx, "gan batch=8 latent=3");
    genrep_trainer *cgan = make(ctx, "cgan batch=8 latent=3");
    genrep_tensor *out = NULL, *labels = NULL, *real = NULL;
    const int64_t three = 3;
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_I32, 1, &three, &labels));
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, 1, &three, &real));
    assert_int_equal(genrep_trainer_sample(NULL, 3, NULL, 1, &out), GENREP_E_INVALID);
    assert_error(ctx, genrep_trainer_sample(gan, 3, NULL, 1, NULL), GENREP_E_INVALID, "out");
    assert_error(ctx, genrep_trainer_sample(gan, 0, NULL, 1, &out), GENREP_E_INVALID, "count=0");
    assert_error(ctx, genrep_trainer_sample(gan, 3, labels, 1, &out), GENREP_E_INVALID,
                 "takes no labels");
    assert_error(ctx, genrep_trainer_sample(cgan, 3, NULL, 1, &out), GENREP_E_INVALID,
                 "3 labels of i32");
    assert_error(ctx, genrep_trainer_sample(cgan, 3, real, 1, &out), GENREP_E_INVALID, "i32");
    assert_error(ctx, genrep_trainer_sample(cgan, 4, labels, 1, &out), GENREP_E_INVALID,
                 "4 numbers");
    int32_t *label = genrep_tensor_data(labels);
    label[1] = 3;
    assert_error(ctx, genrep_trainer_sample(cgan, 3, labels, 1, &out), GENREP_E_RANGE,
                 "label 1 is 3, outside 0..2");
    label[1] = -1;
    assert_error(ctx, genrep_trainer_sample(cgan, 3, labels, 1, &out), GENREP_E_RANGE,
                 "label 1 is -1");
    assert_null(out);
    genrep_tensor_unref(labels);
    genrep_tensor_unref(real);
    genrep_trainer_unref(cgan);
    end(gan, ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_decides_the_samples),
        cmocka_unit_test(noise_of_the_generator_follows_the_stream),
        cmocka_unit_test(batches_do_not_change_samples),
        cmocka_unit_test(fewer_samples_are_the_first_ones),
        cmocka_unit_test(sampling_does_not_change_training),
        cmocka_unit_test(samples_come_from_the_average),
        cmocka_unit_test(samples_use_running_statistics),
        cmocka_unit_test(images_get_their_axes),
        cmocka_unit_test(arguments_are_checked),
    };
    return cmocka_run_group_tests_name("gan: samples", tests, NULL, NULL);
}
