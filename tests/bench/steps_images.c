/* Steps of image translation by hand. */
#include "steps_images.h"
#include <nn/tape.h>
#include <optim/optimizer.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_LOSSES = 8 };

struct image_steps {
    genrep_ctx *ctx;
    int32_t paired;
    int64_t done;
    genrep_layer *generator[2], *discriminator[2]; /* paired: the first of each */
    genrep_layer *concat, *real_loss, *fake_loss, *l1, *mse;
    genrep_optimizer *optimizer_g, *optimizer_d;
    genrep_tape *tape_g, *tape_d;
    genrep_tensor *a, *b, *ones,
        *zeros; /* images; targets of the shape of a discriminator's output */
};

/* Losses of one recording, and what they count. */
typedef struct sum {
    genrep_tensor *losses[MOST_LOSSES], *weights[MOST_LOSSES];
    int32_t n;
} sum;

static int32_t apply(const genrep_layer *layer, genrep_tape *tape, genrep_tensor *x,
                     genrep_tensor *z, genrep_tensor **y) {
    genrep_tensor *in[2] = {x, z};
    return genrepi_layer_apply(layer, tape, in, z != NULL ? 2 : 1, y, 1);
}

static int32_t add_loss(const image_steps *s, sum *total, const genrep_layer *loss,
                        genrep_tape *tape, genrep_tensor *x, genrep_tensor *target, double weight) {
    const genrepi_shape scalar = {0, {0}};
    int32_t status = apply(loss, tape, x, target, &total->losses[total->n]);
    if (status == 0)
        status = genrepi_tensor_new(s->ctx, GENREPI_REAL, &scalar, 1, &total->weights[total->n]);
    if (status == 0) genrepi_real(total->weights[total->n])[0] = (real)weight;
    total->n++;
    return status;
}

static int32_t go_back(genrep_tape *tape, genrep_optimizer *optimizer, sum *total, int32_t status) {
    if (status == 0)
        status = genrepi_tape_backward_from(tape, total->n, total->losses, total->weights);
    if (status == 0 && optimizer != NULL) status = genrepi_optimizer_step(optimizer);
    for (int32_t i = 0; i < total->n; i++) {
        genrepi_tensor_unref(total->losses[i]);
        genrepi_tensor_unref(total->weights[i]);
    }
    return status;
}

/* bce towards 1 or 0 of D(x, y). */
static int32_t judge_pair(const image_steps *s, sum *total, genrep_tape *tape, genrep_tensor *y,
                          const genrep_layer *loss, double weight) {
    genrep_tensor *pair = NULL, *logits = NULL;
    int32_t status = apply(s->concat, tape, s->a, y, &pair);
    if (status == 0) status = apply(s->discriminator[0], tape, pair, NULL, &logits);
    if (status == 0) status = add_loss(s, total, loss, tape, logits, NULL, weight);
    genrepi_tensor_unref(pair);
    genrepi_tensor_unref(logits);
    return status;
}

static int32_t paired_step(image_steps *s) {
    genrep_tensor *fake = NULL;
    genrepi_tape_reset(s->tape_g, s->done);
    genrepi_tape_reset(s->tape_d, s->done);
    sum d = {.n = 0}, g = {.n = 0};
    int32_t status = apply(s->generator[0], s->tape_g, s->a, NULL, &fake);
    if (status == 0) status = judge_pair(s, &d, s->tape_d, fake, s->fake_loss, 0.5);
    if (status == 0) status = judge_pair(s, &d, s->tape_d, s->b, s->real_loss, 0.5);
    status = go_back(s->tape_d, s->optimizer_d, &d, status);
    if (status == 0) status = genrepi_tape_freeze(s->tape_g, s->discriminator[0]);
    if (status == 0) status = judge_pair(s, &g, s->tape_g, fake, s->real_loss, 1);
    if (status == 0) status = add_loss(s, &g, s->l1, s->tape_g, fake, s->b, 100);
    status = go_back(s->tape_g, s->optimizer_g, &g, status);
    genrepi_tensor_unref(fake);
    return status;
}

/* (D(y) - target)^2 */
static int32_t judge(const image_steps *s, sum *total, genrep_tape *tape, int32_t which,
                     genrep_tensor *y, genrep_tensor *target, double weight) {
    genrep_tensor *logits = NULL;
    int32_t status = apply(s->discriminator[which], tape, y, NULL, &logits);
    if (status == 0) status = add_loss(s, total, s->mse, tape, logits, target, weight);
    genrepi_tensor_unref(logits);
    return status;
}

/* From one domain to the other and back, and what is there already to itself. */
static int32_t half_cycle(const image_steps *s, sum *total, int32_t which, genrep_tensor *from,
                          genrep_tensor *other, genrep_tensor **fake) {
    genrep_tensor *back = NULL, *same = NULL;
    int32_t status = apply(s->generator[which], s->tape_g, from, NULL, fake);
    if (status == 0) status = apply(s->generator[1 - which], s->tape_g, *fake, NULL, &back);
    if (status == 0) status = add_loss(s, total, s->l1, s->tape_g, back, from, 10);
    if (status == 0) status = apply(s->generator[which], s->tape_g, other, NULL, &same);
    if (status == 0) status = add_loss(s, total, s->l1, s->tape_g, same, other, 5);
    if (status == 0) status = judge(s, total, s->tape_g, which, *fake, s->ones, 1);
    genrepi_tensor_unref(back);
    genrepi_tensor_unref(same);
    return status;
}

static int32_t cycle_step(image_steps *s) {
    genrep_tensor *fake[2] = {NULL, NULL}, *own[2] = {s->b, s->a};
    sum g = {.n = 0};
    genrepi_tape_reset(s->tape_g, s->done);
    int32_t status = genrepi_tape_freeze(s->tape_g, s->discriminator[0]);
    if (status == 0) status = genrepi_tape_freeze(s->tape_g, s->discriminator[1]);
    for (int32_t i = 0; i < 2 && status == 0; i++)
        status = half_cycle(s, &g, i, own[1 - i], own[i], &fake[i]);
    status = go_back(s->tape_g, s->optimizer_g, &g, status);
    for (int32_t i = 0; i < 2 && status == 0; i++) {
        sum d = {.n = 0};
        genrepi_tape_reset(s->tape_d, 2 * s->done + i);
        status = judge(s, &d, s->tape_d, i, own[i], s->ones, 0.5);
        if (status == 0) status = judge(s, &d, s->tape_d, i, fake[i], s->zeros, 0.5);
        status = go_back(s->tape_d, i == 1 ? s->optimizer_d : NULL, &d, status);
    }
    genrepi_tensor_unref(fake[0]);
    genrepi_tensor_unref(fake[1]);
    return status;
}

int32_t image_steps_run(image_steps *s) {
    int32_t status = s->paired ? paired_step(s) : cycle_step(s);
    s->done++;
    return status;
}

static int32_t make_networks(image_steps *s, int64_t size) {
    char spec[128];
    int32_t status = 0;
    for (int32_t i = 0; i < (s->paired ? 1 : 2) && status == 0; i++) {
        if (s->paired)
            snprintf(spec, sizeof spec, "unet_generator size=%lld", (long long)size);
        else
            snprintf(spec, sizeof spec, "resnet_generator blocks=%d", size >= 256 ? 9 : 6);
        status = genrepi_layer_new_as(s->ctx, i == 0 ? "g0" : "g1", spec, NULL, &s->generator[i]);
        if (status != 0) break;
        snprintf(spec, sizeof spec, "patch_discriminator channels=%d norm=%s", s->paired ? 6 : 3,
                 s->paired ? "batch_norm" : "instance_norm");
        status =
            genrepi_layer_new_as(s->ctx, i == 0 ? "d0" : "d1", spec, NULL, &s->discriminator[i]);
        if (status == 0) status = genrepi_optimizer_add(s->optimizer_g, s->generator[i]);
        if (status == 0) status = genrepi_optimizer_add(s->optimizer_d, s->discriminator[i]);
    }
    return status;
}

static int32_t make_images(image_steps *s, int64_t size) {
    const genrepi_shape image = {4, {1, 3, size, size}};
    const int64_t map = size / 8 - 2;
    const genrepi_shape logits = {4, {1, 1, map, map}};
    genrep_tensor **all[] = {&s->a, &s->b, &s->ones, &s->zeros};
    int32_t status = 0;
    for (int32_t i = 0; i < 4 && status == 0; i++) {
        status = genrepi_tensor_new(s->ctx, GENREPI_REAL, i < 2 ? &image : &logits, 1, all[i]);
        if (status == 0 && i < 2)
            status = genrepi_tensor_random(*all[i], "uniform low=-1 high=1", (uint64_t)i);
    }
    return status == 0 ? genrepi_tensor_fill(s->ones, 1) : status;
}

int32_t image_steps_new(genrep_ctx *ctx, int32_t paired, int64_t size, image_steps **out) {
    static const char adam[] = "adam lr=2e-4 beta1=0.5";
    image_steps *s = calloc(1, sizeof *s);
    if (s == NULL) return GENREP_E_NOMEM;
    *s = (image_steps){.ctx = ctx, .paired = paired};
    *out = s;
    int32_t status = genrepi_optimizer_new(ctx, adam, &s->optimizer_g);
    if (status == 0) status = genrepi_optimizer_new(ctx, adam, &s->optimizer_d);
    if (status == 0) status = make_networks(s, size);
    const struct {
        const char *spec;
        genrep_layer **layer;
    } rows[] = {{"concat", &s->concat},
                {"bce_logits target=1", &s->real_loss},
                {"bce_logits target=0", &s->fake_loss},
                {"l1", &s->l1},
                {"mse", &s->mse}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows && status == 0; i++)
        status = genrepi_layer_new(ctx, rows[i].spec, NULL, rows[i].layer);
    if (status == 0) status = make_images(s, size);
    if (status == 0) status = genrepi_tape_new(ctx, 1, &s->tape_g);
    return status == 0 ? genrepi_tape_new(ctx, 1, &s->tape_d) : status;
}

void image_steps_free(image_steps *s) {
    if (s == NULL) return;
    for (int32_t i = 0; i < 2; i++) {
        genrepi_layer_unref(s->generator[i]);
        genrepi_layer_unref(s->discriminator[i]);
    }
    genrep_layer *layers[] = {s->concat, s->real_loss, s->fake_loss, s->l1, s->mse};
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) genrepi_layer_unref(layers[i]);
    genrep_tensor *tensors[] = {s->a, s->b, s->ones, s->zeros};
    for (size_t i = 0; i < 4; i++) genrepi_tensor_unref(tensors[i]);
    genrepi_optimizer_unref(s->optimizer_g);
    genrepi_optimizer_unref(s->optimizer_d);
    genrepi_tape_unref(s->tape_g);
    genrepi_tape_unref(s->tape_d);
    free(s);
}
