/* The trainers gan, cgan and stylegan: options, networks, state.  cgan gives the class to the
 * networks too; stylegan has networks and defaults of its own (Karras et al. 2019); everything else
 * is the same. */
#include <gan/average.h>
#include <gan/gan.h>
#include <gan/parts.h>
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

static int32_t create(genrep_trainer *t) {
    genrepi_gan *gan = genrepi_alloc(t->ctx, 1, sizeof *gan);
    if (gan == NULL) return GENREP_E_NOMEM;
    const genrepi_gan_options *o = t->options;
    t->instance = gan;
    t->total = o->steps;
    gan->conditional =
        t->kind == &genrepi_kind_cgan || (t->kind == &genrepi_kind_stylegan && o->classes > 0);
    int32_t status = find_fields(t);
    if (status == 0) status = genrepi_gan_network(t, GENREPI_GENERATOR, o->generator);
    if (status == 0)
        status = genrepi_gan_network(t, GENREPI_DISCRIMINATOR, o->adversary.discriminator);
    if (status == 0) status = genrepi_part_optimizer(t, "optimizer_d", o->adversary.optimizer_d);
    return status == 0 ? genrepi_part_optimizer(t, "optimizer_g", o->optimizer_g) : status;
}

static int32_t make_batch(genrep_trainer *t) {
    genrepi_gan *gan = t->instance;
    const genrepi_gan_options *o = t->options;
    genrepi_shape x = {.rank = gan->sample.rank + 1, .size = {o->batch}};
    memcpy(x.size + 1, gan->sample.size, (size_t)gan->sample.rank * sizeof *x.size);
    genrepi_shape z = {.rank = 2, .size = {o->batch, o->latent}};
    genrepi_shape y = {.rank = 1, .size = {o->batch}};
    int32_t status = genrepi_tensor_new(t->ctx, GENREPI_REAL, &x, 0, &gan->real);
    if (status == 0) status = genrepi_tensor_new(t->ctx, GENREPI_REAL, &z, 0, &gan->latent);
    if (status == 0) status = genrepi_tensor_new(t->ctx, GENREP_I32, &y, 1, &gan->classes_of_batch);
    return status;
}

/* Gives back what prepare() makes, so that it can be called again after it failed, maybe with other
 * networks. */
static void unprepare(genrep_trainer *t) {
    genrepi_gan *gan = t->instance;
    genrepi_adversary_free(&gan->adversary);
    genrepi_optimizer_unref(gan->optimizer_g);
    genrepi_tape_unref(gan->tape_g);
    genrepi_tensor_unref(gan->real);
    genrepi_tensor_unref(gan->latent);
    genrepi_tensor_unref(gan->classes_of_batch);
    gan->optimizer_g = NULL;
    gan->tape_g = NULL;
    gan->real = gan->latent = gan->classes_of_batch = NULL;
}

static genrepi_adversary adversary_of(genrep_trainer *t) {
    const genrepi_gan *gan = t->instance;
    const genrepi_gan_options *o = t->options;
    const int tells = gan->conditional && o->conditioning == GENREPI_AUXILIARY;
    return (genrepi_adversary){.trainer = t,
                               .options = &gan->game,
                               .part = GENREPI_DISCRIMINATOR,
                               .loss = GENREPI_LOSS_D,
                               .d_real = GENREPI_D_REAL,
                               .d_fake = GENREPI_D_FAKE,
                               .norm = GENREPI_NORM_D,
                               .penalty = GENREPI_PENALTY,
                               .class_loss = GENREPI_LOSS_CLASS,
                               .name = "optimizer_d",
                               .scale = 1,
                               .tells = tells,
                               .class_weight_d = o->class_d,
                               .class_weight_g = o->class_g};
}

static int32_t prepare(genrep_trainer *t) {
    genrepi_gan *gan = t->instance;
    const genrepi_gan_options *o = t->options;
    unprepare(t);
    int32_t status = genrepi_gan_check(t);
    gan->game = o->adversary;
    if (o->r1_auto && gan->game.r1 <= 0)
        gan->game.r1 = 0.0002 * (double)(gan->sample.size[1] * gan->sample.size[1]) /
                       (double)o->batch; /* Karras et al. 2020, ADA's `auto` */
    gan->adversary = adversary_of(t);
    if (status == 0) status = genrepi_adversary_prepare(&gan->adversary);
    if (status == 0) status = make_batch(t);
    if (status == 0) status = genrepi_tape_new(t->ctx, 1, &gan->tape_g);
    t->tapes[GENREPI_GENERATOR] = gan->tape_g;
    if (status == 0) status = genrepi_optimizer_new(t->ctx, o->optimizer_g, &gan->optimizer_g);
    if (status == 0) {
        status = genrepi_optimizer_add(gan->optimizer_g, t->layers[GENREPI_GENERATOR]);
    }
    return status == 0 ? genrepi_average_make(t, GENREPI_AVERAGE, GENREPI_GENERATOR, o->ema)
                       : status;
}

static int32_t visit(const genrep_trainer *t, genrepi_state *state) {
    genrepi_gan *gan = t->instance;
    int32_t status = state->integer(state, "updates", &gan->updates);
    if (status == 0) status = genrepi_adversary_visit(&gan->adversary, state);
    return status == 0 ? genrepi_optimizer_visit_as(gan->optimizer_g, "optimizer_g", state)
                       : status;
}

static void free_gan(genrep_trainer *t) {
    genrepi_gan *gan = t->instance;
    if (gan == NULL) return;
    unprepare(t);
    genrepi_free(t->ctx, gan);
}

#define METRICS                                                                                    \
    "loss_d", "loss_g", "d_real", "d_fake", "rate", "norm_d", "norm_g", "penalty", "rollbacks"
#define OPS(...)                                                                                   \
    {                                                                                              \
        .metrics = {__VA_ARGS__}, .parts = {"generator", "discriminator", "average"},              \
        .create = create, .prepare = prepare, .step = genrepi_gan_step, .visit = visit,            \
        .sample = genrepi_gan_sample, .guard = offsetof(genrepi_adversary_options, guard),         \
        .free = free_gan                                                                           \
    }
static const genrepi_trainer_ops gan_ops = OPS(METRICS);
static const genrepi_trainer_ops cgan_ops = OPS(METRICS, "loss_class");

#define OPTION(kind, ...) GENREPI_OPTION_##kind(genrepi_gan_options, __VA_ARGS__)
#define SHARED(samples, noise, decay, every, optimizer, networks)                                  \
    OPTION(INT, batch, samples, 1, 65536, "samples in a batch"),                                   \
        OPTION(INT, steps, "0", 0, 1e15, "steps of the whole run; 0: no end"),                     \
        OPTION(INT, latent, noise, 1, 65536, "features of the noise z ~ N(0, 1)"),                 \
        OPTION(INT, d_steps, "1", 1, 1000, "updates of the discriminator in a step"),              \
        OPTION(FLAG, fresh, "0", "1: a generated batch of its own for the generator's update"),    \
        OPTION(NUMBER, ema, decay, 0, 1, "decay of the generator's moving average; 0: none"),      \
        OPTION(STRING, generator, NULL, "its spec; takes the noise; default " networks),           \
        OPTION(STRING, optimizer_g, optimizer, "spec of the generator's optimizer"),               \
        GENREPI_ADVERSARY_OPTIONS("non_saturating", every, optimizer, networks)
#define PLAIN                                                                                      \
    SHARED("128", "100", "0", "1", "adam lr=2e-4 beta1=0.5", "of network="),                       \
        OPTION(WORD, network, "mlp", "mlp|dcgan", "what the default networks are"),                \
        OPTION(INT, width, "0", 0, 65536, "their width; 0: 256 for mlp, 64 for dcgan")

static const genrepi_option gan_rows[] = {PLAIN};
const genrepi_kind genrepi_kind_gan = {
    "trainer",
    "gan",
    "generative adversarial networks; parts generator, discriminator, average; metrics loss_d, "
    "loss_g, d_real, d_fake, rate, norm_d, norm_g, penalty, rollbacks",
    gan_rows,
    GENREPI_COUNT(gan_rows),
    0,
    0,
    sizeof(genrepi_gan_options),
    &gan_ops};

static const genrepi_option cgan_rows[] = {
    PLAIN,
    OPTION(INT, classes, "0", 0, 1 << 20, "classes; 0: one more than the largest label"),
    OPTION(INT, embedding, "10", 1, 65536, "features of a class in the default networks"),
    OPTION(WORD, conditioning, "concat", "concat|auxiliary|projection",
           "the discriminator takes the class beside its input (Mirza), has to tell it (AC-GAN), "
           "or projects on it"),
    OPTION(NUMBER, class_d, "1", 0, 1e6, "auxiliary: weight of the class in its loss"),
    OPTION(NUMBER, class_g, "1", 0, 1e6, "auxiliary: the same in the generator's")};
const genrepi_kind genrepi_kind_cgan = {
    "trainer",
    "cgan",
    "conditional gan: the generator takes the class as a second input, the discriminator too or "
    "tells it; parts as gan, metrics as gan and loss_class",
    cgan_rows,
    GENREPI_COUNT(cgan_rows),
    0,
    0,
    sizeof(genrepi_gan_options),
    &cgan_ops};

static const genrepi_option style_rows[] = {
    SHARED("32", "128", "0.998", "16", "adam lr=2e-3 beta1=0 beta2=0.99 eps=1e-8",
           "style_generator, style_discriminator"),
    OPTION(FLAG, r1_auto, "1", "1: where r1=0, R1 is 0.0002 size^2 / batch"),
    OPTION(INT, classes, "0", 0, 1 << 20, "classes that it is conditioned on; 0: none"),
    OPTION(INT, embedding, "128", 1, 65536, "features of a class"),
    OPTION(INT, width, "32", 0, 8192, "channels of the layers next to the image"),
    OPTION(INT, most, "128", 1, 8192, "they double at each halving up to this"),
    OPTION(INT, style, "128", 1, 65536, "size of a style"),
    OPTION(INT, depth, "4", 1, 64, "layers of the mapping"),
    OPTION(WORD, form, "adain", "adain|modulated", "StyleGAN or StyleGAN2"),
    OPTION(NUMBER, mixing, "0.9", 0, 1, "probability of two styles in one image"),
    OPTION(NUMBER, truncation, "1", 0, 1, "of samples: styles are drawn to their mean")};
const genrepi_kind genrepi_kind_stylegan = {
    "trainer",
    "stylegan",
    "style-based gan on square images of 4 2^n pixels; parts and metrics as gan",
    style_rows,
    GENREPI_COUNT(style_rows),
    0,
    0,
    sizeof(genrepi_gan_options),
    &gan_ops};
