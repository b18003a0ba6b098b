/* Networks and data that gan and cgan take, and those that do not fit. */
#include "gan_parts.h"

#include <math.h>

/* ---- networks -----------------------------------------------------------------------------------
 */

static void networks_of_the_user_are_trained(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_layer *g, *d, *got = NULL;
    assert_ok(ctx, genrep_layer_new(ctx, "linear in=5 out=4; tanh", &g));
    assert_ok(ctx, genrep_layer_new(ctx, "linear in=4 out=1", &d));
    genrep_trainer *trainer = make(ctx, "gan batch=8 latent=5 ema=0.9");
    assert_ok(ctx, genrep_trainer_set_layer(trainer, "generator", g));
    assert_ok(ctx, genrep_trainer_set_layer(trainer, "discriminator", d));
    assert_ok(ctx, genrep_trainer_step(trainer, 2));
    assert_ok(ctx, genrep_trainer_layer(trainer, "generator", &got));
    assert_ptr_equal(got, g);
    genrep_layer_unref(got);
    assert_ok(ctx, genrep_trainer_layer(trainer, "average", &got));
    assert_string_equal(genrep_layer_spec(got), genrep_layer_spec(g));
    genrep_layer_unref(got);
    assert_error(ctx, genrep_trainer_set_layer(trainer, "generator", g), GENREP_E_STATE,
                 "before the first step");
    genrep_layer_unref(g);
    genrep_layer_unref(d);
    end(trainer, ctx);
}

/* Networks that do not fit are refused before the first step, by name, and can be replaced. */
static void networks_that_do_not_fit_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *spec, *text;
    } cases[] = {
        {"gan batch=4 latent=3 generator='linear in=2 out=4'", "generator"},
        {"gan batch=4 latent=3 generator='linear in=3 out=5'", "generator makes 2x5"},
        {"gan batch=4 discriminator='linear in=5 out=1'", "discriminator"},
        {"cgan batch=4 generator='linear in=100 out=4'", "generator"},
        {"cgan batch=4 discriminator='linear in=4 out=1'", "discriminator"},
        {"gan batch=4 discriminator='mlp_discriminator shape=4 classes=3'", "discriminator"},
        {"cgan batch=4 conditioning=auxiliary discriminator='mlp_discriminator shape=4'",
         "needs 2x4: a logit, and one for each class (heads=3)"},
    };
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_layer *g, *d;
    assert_ok(ctx, genrep_layer_new(ctx, "linear in=3 out=4", &g));
    assert_ok(ctx, genrep_layer_new(ctx, "linear in=4 out=1", &d));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        genrep_tensor *samples = NULL;
        genrep_trainer *trainer = make(ctx, cases[i].spec);
        assert_error(ctx, genrep_trainer_step(trainer, 1), GENREP_E_INVALID, cases[i].text);
        if (cases[i].spec[0] == 'g') {
            assert_error(ctx, genrep_trainer_sample(trainer, 3, NULL, 1, &samples),
                         GENREP_E_INVALID, cases[i].text);
            assert_null(samples);
        }
        genrep_trainer_unref(trainer);
    }
    genrep_trainer *trainer = make(ctx, cases[1].spec);
    assert_error(ctx, genrep_trainer_step(trainer, 1), GENREP_E_INVALID, "generator");
    assert_ok(ctx, genrep_trainer_set_layer(trainer, "generator", g));
    assert_ok(ctx, genrep_trainer_set_layer(trainer, "discriminator", d));
    assert_ok(ctx, genrep_trainer_step(trainer, 1));
    genrep_layer_unref(g);
    genrep_layer_unref(d);
    end(trainer, ctx);
}

static void bad_specs_name_the_part(void **state) {
    (void)state;
    static const struct {
        const char *spec, *text;
    } cases[] = {
        {"gan generator='linea in=2 out=4'", "generator"},
        {"gan discriminator='linear in=4'", "discriminator"},
        {"gan optimizer_g='adam lr=x'", "optimizer_g"},
        {"gan optimizer_d='adam schedule=linear'", "optimizer_d"},
        {"gan classes=3", "unknown option 'classes'"},
        {"gan loss=other", "non_saturating"},
        {"gan network=dcgan", "for square images"},
        {"stylegan", "for square images"},
        {"gan conditioning=concat", "unknown option 'conditioning'"},
    };
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_dataset *data = support_points(ctx, 9, 3);
    genrep_trainer *trainer = NULL;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_error(ctx, genrep_trainer_new(ctx, cases[i].spec, data, &trainer), GENREP_E_INVALID,
                     cases[i].text);
    assert_error(ctx, genrep_trainer_new(ctx, "gan smoothing=0.6", data, &trainer), GENREP_E_RANGE,
                 "smoothing");
    assert_error(ctx, genrep_trainer_new(ctx, "gan d_steps=0", data, &trainer), GENREP_E_RANGE,
                 "d_steps");
    assert_null(trainer);
    genrep_dataset_unref(data);
    genrep_ctx_unref(ctx);
}

static void an_average_must_be_asked_for_and_fit(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_layer *other, *got = NULL;
    assert_ok(ctx, genrep_layer_new(ctx, "linear in=2 out=4; tanh", &other));
    genrep_trainer *trainer = make(ctx, "gan batch=4 " LINEAR_D LINEAR_G);
    assert_ok(ctx, genrep_trainer_set_layer(trainer, "average", other));
    assert_error(ctx, genrep_trainer_step(trainer, 1), GENREP_E_INVALID, "ema=0");
    genrep_trainer_unref(trainer);
    trainer = make(ctx, "gan batch=4 ema=0.9 " LINEAR_D LINEAR_G);
    assert_error(ctx, genrep_trainer_layer(trainer, "average", &got), GENREP_E_INVALID, "average");
    assert_ok(ctx, genrep_trainer_set_layer(trainer, "average", other));
    assert_error(ctx, genrep_trainer_step(trainer, 1), GENREP_E_INVALID, "average: its spec");
    assert_ok(ctx, genrep_trainer_set_layer(trainer, "generator", other));
    assert_ok(ctx, genrep_trainer_step(trainer, 1));
    genrep_layer_unref(other);
    end(trainer, ctx);
}

/* ---- data ---------------------------------------------------------------------------------------
 */

static genrep_dataset *one_field(genrep_ctx *ctx, const char *name, int32_t dtype, int32_t rank,
                                 const int64_t *shape) {
    genrep_tensor *tensor = NULL;
    genrep_dataset *data = NULL;
    assert_ok(ctx, genrep_tensor_new(ctx, dtype, rank, shape, &tensor));
    assert_ok(ctx, genrep_dataset_from_tensors(ctx, 1, &name, &tensor, &data));
    genrep_tensor_unref(tensor);
    return data;
}

static void data_that_do_not_fit_are_refused(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_trainer *trainer = NULL;
    genrep_dataset *data = NULL;
    static const char words[] = "no images here";
    assert_ok(ctx, genrep_dataset_from_text(ctx, words, sizeof words - 1, NULL, NULL, &data));
    assert_error(ctx, genrep_trainer_new(ctx, "gan", data, &trainer), GENREP_E_INVALID,
                 "no images");
    genrep_dataset_unref(data);
    data = one_field(ctx, "images", GENREP_F32, 2, (const int64_t[]){0, 4});
    assert_error(ctx, genrep_trainer_new(ctx, "gan", data, &trainer), GENREP_E_INVALID,
                 "no images");
    genrep_dataset_unref(data);
    data = one_field(ctx, "images", GENREP_F32, 1, (const int64_t[]){5});
    assert_error(ctx, genrep_trainer_new(ctx, "gan", data, &trainer), GENREP_E_INVALID, "axes");
    genrep_dataset_unref(data);
    data = one_field(ctx, "images", GENREP_F32, 2, (const int64_t[]){5, 4});
    assert_error(ctx, genrep_trainer_new(ctx, "cgan", data, &trainer), GENREP_E_INVALID, "labels");
    genrep_dataset_unref(data);
    assert_null(trainer);
    genrep_ctx_unref(ctx);
}

static void labels_out_of_range_are_refused(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    static const char *const names[] = {"images", "labels"};
    genrep_tensor *tensors[2];
    genrep_dataset *data = NULL;
    genrep_trainer *trainer = NULL;
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_F32, 2, (const int64_t[]){6, 4}, &tensors[0]));
    assert_ok(ctx, genrep_tensor_new(ctx, GENREP_I32, 1, (const int64_t[]){6}, &tensors[1]));
    int32_t *label = genrep_tensor_data(tensors[1]);
    assert_ok(ctx, genrep_dataset_from_tensors(ctx, 2, names, tensors, &data));
    label[4] = 2;
    trainer = trainer_on(ctx, data, "cgan batch=6 classes=2"); /* classes 0, 1: there is a 2 */
    assert_error(ctx, genrep_trainer_step(trainer, 1), GENREP_E_INVALID, "2");
    genrep_trainer_unref(trainer);
    trainer = trainer_on(ctx, data, "cgan batch=6 latent=2"); /* counts them */
    assert_ok(ctx, genrep_trainer_step(trainer, 1));
    genrep_trainer_unref(trainer);
    trainer = NULL;
    label[4] = -1;
    assert_error(ctx, genrep_trainer_new(ctx, "cgan", data, &trainer), GENREP_E_INVALID,
                 "a label is -1");
    assert_null(trainer);
    genrep_tensor_unref(tensors[0]);
    genrep_tensor_unref(tensors[1]);
    genrep_dataset_unref(data);
    genrep_ctx_unref(ctx);
}

/* Bytes become -1..1, other numbers are taken as they are; H W becomes 1 H W for the networks. */
static void images_of_bytes_are_scaled(void **state) {
    (void)state;
    genrep_ctx *ctx = support_ctx(NULL);
    genrep_dataset *data = one_field(ctx, "images", GENREP_U8, 3, (const int64_t[]){9, 2, 2});
    genrep_trainer *trainer = trainer_on(
        ctx, data,
        "gan batch=3 latent=2 generator='mlp_generator shape=\"1 2 2\" latent=2 width=4' " STILL_D
        "discriminator='flatten; linear in=4 out=1'");
    set(ctx, trainer, "discriminator", 0, 0.5);
    set(ctx, trainer, "discriminator", 1, 0);
    assert_ok(ctx, genrep_trainer_step(trainer, 1)); /* all bytes 0: pixels -1, the logit is -2 */
    assert_close(metric(ctx, trainer, "d_real"), 1 / (1 + exp(2)), 1e-6);
    genrep_dataset_unref(data);
    end(trainer, ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks_of_the_user_are_trained),
        cmocka_unit_test(networks_that_do_not_fit_are_refused),
        cmocka_unit_test(bad_specs_name_the_part),
        cmocka_unit_test(an_average_must_be_asked_for_and_fit),
        cmocka_unit_test(data_that_do_not_fit_are_refused),
        cmocka_unit_test(labels_out_of_range_are_refused),
        cmocka_unit_test(images_of_bytes_are_scaled),
    };
    return cmocka_run_group_tests_name("gan: networks and data", tests, NULL, NULL);
}
