/* The trainers gan and cgan: options, networks, state.  cgan gives the class to both networks
 * beside their input (Mirza and Osindero 2014); everything else is the same. */
#include <gan/gan.h>
#include <stddef.h>
#include <string.h>

/* The shape of a sample as networks take it: H W becomes 1 H W. */
static genrepi_shape sample_shape(const genrepi_shape *of_data) {
    genrepi_shape shape = *of_data;
    if (shape.rank == 2) shape = (genrepi_shape){3, {1, of_data->size[0], of_data->size[1]}};
    return shape;
}

/* The number of classes: one more than the largest label. */
static int32_t count_classes(genrep_trainer *t, int32_t field, int64_t *classes) {
    genrepi_shape one = {.rank = 1, .size = {1}};
    genrep_tensor *label = NULL;
    int32_t status = genrepi_tensor_new(t->ctx, GENREP_I32, &one, 1, &label);
    int64_t most = -1;
    for (int64_t i = 0; i < t->dataset->count && status == 0; i++) {
        status = genrepi_dataset_batch(t->dataset, i, field, 0, label);
        int32_t value = status == 0 ? ((const int32_t *)label->data)[0] : 0;
        if (value < 0) {
            status = genrepi_fail(t->ctx, GENREP_E_INVALID, "a label is %d: classes begin with 0",
                                  (int)value);
        }
        if (value > most) most = value;
    }
    genrepi_tensor_unref(label);
    *classes = most + 1;
    return status;
}

static int32_t find_fields(genrep_trainer *t) {
    genrepi_gan *gan = t->instance;
    const genrepi_gan_options *o = t->options;
    gan->images = genrepi_dataset_find(t->dataset, "images");
    gan->labels = genrepi_dataset_find(t->dataset, "labels");
    if (gan->images < 0 && t->dataset->n_fields > 0) gan->images = 0;
    if (gan->images < 0 || t->dataset->count < 1) {
        return genrepi_fail(t->ctx, GENREP_E_INVALID, "%s: the dataset has no images",
                            t->kind->name);
    }
    gan->sample = sample_shape(&t->dataset->fields[gan->images].shape);
    if (gan->sample.rank < 1 || gan->sample.rank >= GENREP_MAX_RANK) {
        return genrepi_fail(t->ctx, GENREP_E_INVALID,
                            "%s: samples must have 1 to %d axes, these have %d", t->kind->name,
                            GENREP_MAX_RANK - 1, (int)gan->sample.rank);
    }
    if (!gan->conditional) return 0;
    if (gan->labels < 0) {
        return genrepi_fail(
            t->ctx, GENREP_E_INVALID,
            "%s: the dataset has no field 'labels' to condition on (idx: labels='...')",
            t->kind->name);
    }
    if (t->dataset->fields[gan->labels].shape.rank != 0) {
        return genrepi_fail(t->ctx, GENREP_E_INVALID, "%s: a label must be one number",
                            t->kind->name);
    }
    gan->classes = o->classes;
    return gan->classes > 0 ? 0 : count_classes(t, gan->labels, &gan->classes);
}

/* The network of a part: the user's spec, or an MLP for these data. */
static int32_t make_network(genrep_trainer *t, int32_t part, const char *given) {
    genrepi_gan *gan = t->instance;
    const genrepi_gan_options *o = t->options;
    const char *name = t->ops->parts[part];
    if (given != NULL) {
        int32_t status = genrepi_layer_new_as(t->ctx, name, given, NULL, &t->layers[part]);
        return status == 0 ? 0 : genrepi_fail_in(t->ctx, status, "%s", name);
    }
    genrepi_buffer spec = {.ctx = t->ctx};
    genrepi_buffer_format(&spec, "mlp_%s shape='", name);
    for (int32_t i = 0; i < gan->sample.rank; i++) {
        genrepi_buffer_format(&spec, "%s%lld", i > 0 ? " " : "", (long long)gan->sample.size[i]);
    }
    genrepi_buffer_text(&spec, "'");
    if (part == GENREPI_GENERATOR) {
        genrepi_buffer_format(&spec, " latent=%lld", (long long)o->latent);
    }
    if (gan->conditional) {
        genrepi_buffer_format(&spec, " classes=%lld embedding=%lld", (long long)gan->classes,
                              (long long)o->embedding);
    }
    int32_t status = genrepi_buffer_status(&spec);
    if (status == 0) {
        status = genrepi_layer_new_as(t->ctx, name, spec.data, NULL, &t->layers[part]);
    }
    genrepi_buffer_free(&spec);
    return status;
}

static int32_t make_optimizers(genrep_trainer *t) {
    genrepi_gan *gan = t->instance;
    const genrepi_gan_options *o = t->options;
    int32_t status = genrepi_optimizer_new(t->ctx, o->optimizer_d, &gan->optimizer_d);
    if (status != 0) return genrepi_fail_in(t->ctx, status, "optimizer_d");
    status = genrepi_optimizer_new(t->ctx, o->optimizer_g, &gan->optimizer_g);
    return status == 0 ? 0 : genrepi_fail_in(t->ctx, status, "optimizer_g");
}

static int32_t create(genrep_trainer *t) {
    genrepi_gan *gan = genrepi_alloc(t->ctx, 1, sizeof *gan);
    if (gan == NULL) return GENREP_E_NOMEM;
    const genrepi_gan_options *o = t->options;
    t->instance = gan;
    t->total = o->steps;
    gan->conditional = strcmp(t->kind->name, "cgan") == 0;
    int32_t status = find_fields(t);
    if (status == 0) status = make_network(t, GENREPI_GENERATOR, o->generator);
    if (status == 0) status = make_network(t, GENREPI_DISCRIMINATOR, o->discriminator);
    if (status == 0) status = make_optimizers(t);
    return status;
}

/* One network after the other on a batch of two zeros. */
static int32_t try_networks(genrep_trainer *t) {
    genrepi_gan *gan = t->instance;
    const genrepi_gan_options *o = t->options;
    genrep_tape *tape = NULL;
    genrep_tensor *in[2] = {NULL, NULL}, *fake = NULL, *logits = NULL;
    genrepi_shape z = {.rank = 2, .size = {2, o->latent}}, y = {.rank = 1, .size = {2}};
    int32_t n_in = gan->conditional ? 2 : 1;
    int32_t status = genrepi_tape_new(t->ctx, 0, &tape);
    if (status == 0) status = genrepi_tensor_new(t->ctx, GENREPI_REAL, &z, 1, &in[0]);
    if (status == 0) status = genrepi_tensor_new(t->ctx, GENREP_I32, &y, 1, &in[1]);
    if (status == 0) {
        status = genrepi_layer_apply(t->layers[GENREPI_GENERATOR], tape, in, n_in, &fake, 1);
        if (status != 0) status = genrepi_fail_in(t->ctx, status, "generator");
    }
    if (status == 0) {
        genrepi_shape made = fake->shape;
        int64_t wanted = genrepi_shape_count(&gan->sample);
        if (made.rank < 2 || made.size[0] != 2 || fake->count != 2 * wanted) {
            char is[GENREPI_SHAPE_BYTES], should[GENREPI_SHAPE_BYTES];
            status = genrepi_fail(t->ctx, GENREP_E_INVALID,
                                  "the generator makes %s from 2 samples, the data are 2 of %s",
                                  genrepi_shape_text(&made, is),
                                  genrepi_shape_text(&gan->sample, should));
        } else { /* from here on samples have the shape the generator gives them */
            gan->sample.rank = made.rank - 1;
            memcpy(gan->sample.size, made.size + 1, (size_t)gan->sample.rank * sizeof *made.size);
        }
    }
    genrepi_tensor_unref(in[0]);
    in[0] = NULL;
    if (status == 0) {
        in[0] = genrepi_tensor_ref(fake);
        status = genrepi_layer_apply(t->layers[GENREPI_DISCRIMINATOR], tape, in, n_in, &logits, 1);
        if (status != 0) status = genrepi_fail_in(t->ctx, status, "discriminator");
    }
    genrepi_tensor_unref(logits);
    genrepi_tensor_unref(fake);
    genrepi_tensor_unref(in[0]);
    genrepi_tensor_unref(in[1]);
    genrepi_tape_unref(tape);
    return status;
}

int32_t genrepi_gan_check(genrep_trainer *t) {
    const genrepi_gan_options *o = t->options;
    const genrep_layer *average = t->layers[GENREPI_AVERAGE];
    if (average != NULL && o->ema <= 0) {
        return genrepi_fail(t->ctx, GENREP_E_INVALID, "average: there is none with ema=0");
    }
    if (average != NULL && strcmp(average->spec, t->layers[GENREPI_GENERATOR]->spec) != 0) {
        return genrepi_fail(t->ctx, GENREP_E_INVALID,
                            "average: its spec must be the generator's, '%s'",
                            t->layers[GENREPI_GENERATOR]->spec);
    }
    return try_networks(t);
}

static int32_t make_loss(genrep_trainer *t, double target, genrep_layer **out) {
    genrepi_buffer spec = {.ctx = t->ctx};
    genrepi_buffer_text(&spec, "bce_logits target=");
    genrepi_buffer_real(&spec, target);
    int32_t status = genrepi_buffer_status(&spec);
    if (status == 0) status = genrepi_layer_new(t->ctx, spec.data, NULL, out);
    genrepi_buffer_free(&spec);
    return status;
}

static int32_t make_batch(genrep_trainer *t) {
    genrepi_gan *gan = t->instance;
    const genrepi_gan_options *o = t->options;
    genrepi_shape x = {.rank = gan->sample.rank + 1, .size = {o->batch}};
    memcpy(x.size + 1, gan->sample.size, (size_t)gan->sample.rank * sizeof *x.size);
    genrepi_shape z = {.rank = 2, .size = {o->batch, o->latent}};
    genrepi_shape y = {.rank = 1, .size = {o->batch}}, one = {.rank = 0};
    int32_t status = genrepi_tensor_new(t->ctx, GENREPI_REAL, &x, 0, &gan->real);
    if (status == 0) status = genrepi_tensor_new(t->ctx, GENREPI_REAL, &z, 0, &gan->latent);
    if (status == 0) status = genrepi_tensor_new(t->ctx, GENREP_I32, &y, 1, &gan->classes_of_batch);
    if (status == 0) status = genrepi_tensor_new(t->ctx, GENREPI_REAL, &one, 0, &gan->plus);
    if (status == 0) status = genrepi_tensor_new(t->ctx, GENREPI_REAL, &one, 0, &gan->minus);
    if (status != 0) return status;
    genrepi_real(gan->plus)[0] = 1;
    genrepi_real(gan->minus)[0] = -1;
    return 0;
}

/* Gives back what prepare() makes, so that it can be called again after it failed, maybe with other
 * networks. */
static void unprepare(genrep_trainer *t) {
    genrepi_gan *gan = t->instance;
    genrepi_optimizer_unref(gan->optimizer_d);
    genrepi_optimizer_unref(gan->optimizer_g);
    genrepi_layer_unref(gan->real_loss);
    genrepi_layer_unref(gan->fake_loss);
    genrepi_layer_unref(gan->trick_loss);
    genrepi_tape_unref(gan->tape_d);
    genrepi_tape_unref(gan->tape_g);
    genrepi_tensor_unref(gan->real);
    genrepi_tensor_unref(gan->latent);
    genrepi_tensor_unref(gan->classes_of_batch);
    genrepi_tensor_unref(gan->plus);
    genrepi_tensor_unref(gan->minus);
    gan->optimizer_d = gan->optimizer_g = NULL;
    gan->real_loss = gan->fake_loss = gan->trick_loss = NULL;
    gan->tape_d = gan->tape_g = NULL;
    gan->real = gan->latent = gan->classes_of_batch = gan->plus = gan->minus = NULL;
}

static int32_t prepare(genrep_trainer *t) {
    genrepi_gan *gan = t->instance;
    const genrepi_gan_options *o = t->options;
    unprepare(t);
    int32_t status = genrepi_gan_check(t);
    if (status == 0) status = make_optimizers(t);
    if (status == 0) status = make_loss(t, 1 - o->smoothing, &gan->real_loss);
    if (status == 0) status = make_loss(t, 0, &gan->fake_loss);
    if (status == 0) status = make_loss(t, 1, &gan->trick_loss);
    if (status == 0) status = make_batch(t);
    if (status == 0) status = genrepi_tape_new(t->ctx, 1, &gan->tape_d);
    if (status == 0) status = genrepi_tape_new(t->ctx, 1, &gan->tape_g);
    if (status == 0) {
        status = genrepi_optimizer_add(gan->optimizer_d, t->layers[GENREPI_DISCRIMINATOR]);
    }
    if (status == 0) {
        status = genrepi_optimizer_add(gan->optimizer_g, t->layers[GENREPI_GENERATOR]);
    }
    if (status == 0 && o->ema > 0 && t->layers[GENREPI_AVERAGE] == NULL) {
        status = genrepi_layer_copy(t->layers[GENREPI_GENERATOR], &t->layers[GENREPI_AVERAGE]);
    }
    return status;
}

static int32_t visit_optimizer(genrep_optimizer *optimizer, const char *name,
                               genrepi_state *state) {
    int32_t length = genrepi_state_enter(state, name);
    if (length < 0) return GENREP_E_INVALID;
    int32_t status = genrepi_optimizer_visit(optimizer, state);
    genrepi_state_leave(state, length);
    return status;
}

static int32_t visit(const genrep_trainer *t, genrepi_state *state) {
    genrepi_gan *gan = t->instance;
    int32_t status = state->integer(state, "updates", &gan->updates);
    if (status == 0) status = visit_optimizer(gan->optimizer_d, "optimizer_d", state);
    if (status == 0) status = visit_optimizer(gan->optimizer_g, "optimizer_g", state);
    return status;
}

static void free_gan(genrep_trainer *t) {
    genrepi_gan *gan = t->instance;
    if (gan == NULL) return;
    unprepare(t);
    genrepi_free(t->ctx, gan);
}

static const genrepi_trainer_ops gan_ops = {
    .metrics = {"loss_d", "loss_g", "d_real", "d_fake", "rate", "norm_d", "norm_g"},
    .parts = {"generator", "discriminator", "average"},
    .create = create,
    .prepare = prepare,
    .step = genrepi_gan_step,
    .visit = visit,
    .sample = genrepi_gan_sample,
    .free = free_gan};

#define OPTION(kind, ...) GENREPI_OPTION_##kind(genrepi_gan_options, __VA_ARGS__)
#define SHARED                                                                                     \
    OPTION(INT, batch, "128", 1, 65536, "samples in a batch"),                                     \
        OPTION(INT, steps, "0", 0, 1e15, "steps of the whole run; 0: no end"),                     \
        OPTION(INT, latent, "100", 1, 65536, "features of the noise z ~ N(0, 1)"),                 \
        OPTION(WORD, loss, "non_saturating", "non_saturating|minimax", "the generator's loss"),    \
        OPTION(INT, d_steps, "1", 1, 1000, "updates of the discriminator in a step"),              \
        OPTION(FLAG, fresh, "0", "1: a generated batch of its own for the generator's update"),    \
        OPTION(NUMBER, smoothing, "0", 0, 0.5, "real samples' target is 1 - smoothing"),           \
        OPTION(NUMBER, ema, "0", 0, 1, "decay of the generator's moving average; 0: none"),        \
        OPTION(STRING, generator, NULL, "its spec; takes the noise; default mlp_generator"),       \
        OPTION(STRING, discriminator, NULL, "its spec; gives logits; default mlp_discriminator"),  \
        OPTION(STRING, optimizer_g, "adam lr=2e-4 beta1=0.5",                                      \
               "spec of the generator's optimizer"),                                               \
        OPTION(STRING, optimizer_d, "adam lr=2e-4 beta1=0.5",                                      \
               "spec of the discriminator's optimizer")

static const genrepi_option gan_rows[] = {SHARED};
const genrepi_kind genrepi_kind_gan = {
    "trainer",
    "gan",
    "generative adversarial networks; parts generator, discriminator, average; metrics loss_d, "
    "loss_g, d_real, d_fake, rate, norm_d, norm_g",
    gan_rows,
    GENREPI_COUNT(gan_rows),
    0,
    0,
    sizeof(genrepi_gan_options),
    &gan_ops};

static const genrepi_option cgan_rows[] = {
    SHARED, OPTION(INT, classes, "0", 0, 1 << 20, "classes; 0: one more than the largest label"),
    OPTION(INT, embedding, "10", 1, 65536, "features of a class in the default networks")};
const genrepi_kind genrepi_kind_cgan = {
    "trainer",
    "cgan",
    "conditional gan: both networks take the class as a second input; parts and metrics as gan",
    cgan_rows,
    GENREPI_COUNT(cgan_rows),
    0,
    0,
    sizeof(genrepi_gan_options),
    &gan_ops};
