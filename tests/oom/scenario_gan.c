/* A GAN, a conditional and a style-based GAN through all the trainer's verbs, with networks small
 * enough to fail each allocation. */
#include "oom.h"

#include <string.h>

/* Of 4 pixels, or of 4 x 4 in one channel. */
static int32_t images(genrep_ctx *ctx, int square, genrep_dataset **out) {
    const int64_t x_shape[] = {6, square ? 1 : 4, 4, 4}, y_shape[] = {6};
    const char *const names[] = {"images", "labels"};
    genrep_tensor *x = NULL, *y = NULL;
    int32_t status = 0;
    OOM_MAKE(x, genrep_tensor_new(ctx, GENREP_U8, square ? 4 : 2, x_shape, &x));
    OOM_MAKE(y, genrep_tensor_new(ctx, GENREP_I32, 1, y_shape, &y));
    OOM_TRY(genrep_tensor_random(x, "integer low=0 high=255", 1));
    OOM_TRY(genrep_tensor_random(y, "integer low=0 high=1", 2));
    OOM_TRY(genrep_dataset_from_tensors(ctx, 2, names, (genrep_tensor *const[]){x, y}, out));
done:
    genrep_tensor_unref(y);
    genrep_tensor_unref(x);
    return status;
}

/* Every verb; `labels` is NULL for a kind without conditions. */
static int32_t verbs(genrep_ctx *ctx, const char *spec, int conditional) {
    const int64_t shape[] = {2};
    genrep_dataset *data = NULL;
    genrep_trainer *trainer = NULL, *again = NULL, *second = NULL;
    genrep_layer *generator = NULL, *mine = NULL;
    genrep_tensor *samples = NULL, *labels = NULL;
    int64_t done_steps = 0;
    double value = 0;
    int32_t status = 0;
    OOM_MAKE(data, images(ctx, strncmp(spec, "stylegan", 8) == 0, &data));
    OOM_MAKE(trainer, genrep_trainer_new(ctx, spec, data, &trainer));
    again = genrep_trainer_ref(trainer);
    OOM_MAKE(generator, genrep_trainer_layer(trainer, "generator", &generator));
    OOM_MAKE(mine, genrep_layer_copy(generator, &mine));
    OOM_TRY(genrep_trainer_set_layer(trainer, "generator", mine));
    OOM_TRY(genrep_trainer_step(trainer, 1));
    OOM_TRY(genrep_trainer_metric(trainer, genrep_trainer_metric_name(trainer, 0), &value));
    if (conditional) {
        OOM_MAKE(labels, genrep_tensor_new(ctx, GENREP_I32, 1, shape, &labels));
    }
    OOM_MAKE(samples, genrep_trainer_sample(trainer, 2, labels, 7, &samples));
    OOM_TRY(genrep_trainer_checkpoint(trainer, oom_path("run.safetensors")));
    genrep_trainer_cancel(trainer);
    OOM_TRY(genrep_trainer_step(trainer, 1));
    OOM_TRY(genrep_trainer_resume(trainer, oom_path("run.safetensors")));
    OOM_TRY(genrep_trainer_progress(trainer, &done_steps, NULL));
    if (done_steps != 1) status = GENREP_E_INVALID;
    OOM_MAKE(second, genrep_trainer_new(ctx, spec, data, &second));
    OOM_TRY(genrep_trainer_set_layer(second, "generator", mine));
    OOM_TRY(genrep_trainer_resume(second, oom_path("run.safetensors")));
done:
    genrep_tensor_unref(samples);
    genrep_tensor_unref(labels);
    genrep_trainer_unref(second);
    genrep_layer_unref(mine);
    genrep_layer_unref(generator);
    genrep_trainer_unref(again);
    genrep_trainer_unref(trainer);
    genrep_dataset_unref(data);
    return status;
}

/* With moving averages, and narrow networks: each failing allocation is a run of its own. */
static int32_t gan(genrep_ctx *ctx) {
    return verbs(ctx,
                 "gan batch=2 steps=9 latent=2 ema=0.9"
                 " generator='mlp_generator shape=4 width=2 latent=2'"
                 " discriminator='mlp_discriminator shape=4 width=2'",
                 0);
}

static int32_t cgan(genrep_ctx *ctx) {
    return verbs(ctx,
                 "cgan batch=2 steps=9 latent=2 classes=2 d_steps=2 fresh=1"
                 " generator='mlp_generator shape=4 width=2 latent=2 classes=2 embedding=1'"
                 " discriminator='mlp_discriminator shape=4 width=2 classes=2 embedding=1'",
                 1);
}

static int32_t stylegan(genrep_ctx *ctx) {
    return verbs(ctx,
                 "stylegan augment='augment' ada=0.6 batch=2 steps=9 latent=2 style=2 depth=1 "
                 "width=1 most=1 classes=2"
                 " embedding=1 penalty_every=1 d_steps=2 fresh=1",
                 1);
}

const oom_scenario oom_gan[] = {{"gan", gan}, {"cgan", cgan}, {"stylegan", stylegan}, {NULL, NULL}};
