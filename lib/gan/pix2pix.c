/* The trainer pix2pix (Isola et al. 2017; mathematics 2.12): images to images from pairs.
 *
 *   L_D = [L(D(x, y), D(x, G(x)))]/2
 *   L_G = adversarial L(D(x, G(x))) + l1 mean |y - G(x)| + l2 mean (y - G(x))^2
 *         + features sum over layers of mean |D_l(x, y) - D_l(x, G(x))|
 *         + perceptual sum over layers of mean (P_l(y) - P_l(G(x)))^2
 *
 * x the source, y the target, D the patches' discriminator, which sees x and y joined along the
 * channels, P a network of the user's, as a classifier (part `perception`).  Noise is the
 * generator's dropout.  A step updates D, then G, from one forward pass of G.  With adversarial=0
 * there is no game, and D is left alone: the plain regression to compare with. */
#include <gan/adversary.h>
#include <gan/average.h>
#include <gan/features.h>
#include <gan/parts.h>

enum { PART_GENERATOR, PART_DISCRIMINATOR, PART_AVERAGE, PART_PERCEPTION };
enum {
    METRIC_LOSS_D,
    METRIC_LOSS_G,
    METRIC_L1,
    METRIC_FEATURES,
    METRIC_D_REAL,
    METRIC_D_FAKE,
    METRIC_RATE,
    METRIC_NORM_D,
    METRIC_NORM_G,
    METRIC_PENALTY,
    METRIC_PERCEPTUAL
};

typedef struct pix2pix_options {
    genrepi_adversary_options adversary;
    int64_t batch, steps, width, field;
    double weight, l1, l2, features, perceptual, variation, ema;
    char *generator, *optimizer_g;
} pix2pix_options;

typedef struct pix2pix {
    int32_t source, target; /* fields of the dataset */
    genrepi_shape x, y;     /* of a batch */
    int64_t updated;        /* 1: the discriminator's update of the step under way is done */
    genrepi_adversary adversary;
    genrep_layer *l1, *l2, *variation;
    genrep_optimizer *optimizer;
    genrep_tape *tape;
    genrep_tensor *source_batch, *target_batch;
} pix2pix;

/* Of a 70 x 70 patch an image of 64 pixels has little more than one. */
static int64_t field_of(const genrep_trainer *t) {
    const pix2pix_options *o = t->options;
    const pix2pix *own = t->instance;
    if (o->field > 0) return o->field;
    return own->y.size[2] >= 128 ? 70 : own->y.size[2] >= 64 ? 34 : 16;
}

static int32_t make_networks(genrep_trainer *t) {
    const pix2pix_options *o = t->options;
    const pix2pix *own = t->instance;
    genrepi_buffer spec = {.ctx = t->ctx};
    if (o->generator != NULL) {
        genrepi_buffer_text(&spec, o->generator);
    } else {
        genrepi_buffer_format(&spec, "unet_generator size=%lld in=%lld out=%lld width=%lld",
                              (long long)own->y.size[2], (long long)own->x.size[1],
                              (long long)own->y.size[1], (long long)o->width);
    }
    int32_t status = genrepi_buffer_status(&spec);
    if (status == 0) status = genrepi_part_make(t, PART_GENERATOR, spec.data);
    genrepi_buffer_free(&spec);
    if (status != 0) return status;
    if (o->adversary.discriminator != NULL)
        return genrepi_part_make(t, PART_DISCRIMINATOR, o->adversary.discriminator);
    genrepi_buffer_format(&spec, "patch_discriminator field=%lld channels=%lld width=%lld",
                          (long long)field_of(t), (long long)(own->x.size[1] + own->y.size[1]),
                          (long long)o->width);
    status = genrepi_buffer_status(&spec);
    if (status == 0) status = genrepi_part_make(t, PART_DISCRIMINATOR, spec.data);
    genrepi_buffer_free(&spec);
    return status;
}

static int32_t create(genrep_trainer *t) {
    const pix2pix_options *o = t->options;
    pix2pix *own = t->instance = genrepi_alloc(t->ctx, 1, sizeof *own);
    if (own == NULL) return GENREP_E_NOMEM;
    t->total = o->steps;
    int32_t status = genrepi_part_images(t, "source", o->batch, &own->source, &own->x);
    if (status == 0) status = genrepi_part_images(t, "target", o->batch, &own->target, &own->y);
    if (status == 0) status = make_networks(t);
    if (status == 0) status = genrepi_part_optimizer(t, "optimizer_d", o->adversary.optimizer_d);
    return status == 0 ? genrepi_part_optimizer(t, "optimizer_g", o->optimizer_g) : status;
}

static void unprepare(genrep_trainer *t) {
    pix2pix *own = t->instance;
    genrepi_adversary_free(&own->adversary);
    genrepi_layer_unref(own->l1);
    genrepi_layer_unref(own->l2);
    genrepi_layer_unref(own->variation);
    genrepi_optimizer_unref(own->optimizer);
    genrepi_tape_unref(own->tape);
    genrepi_tensor_unref(own->source_batch);
    genrepi_tensor_unref(own->target_batch);
    own->l1 = own->l2 = own->variation = NULL;
    own->optimizer = NULL;
    own->tape = NULL;
    own->source_batch = own->target_batch = NULL;
}

static int32_t check(genrep_trainer *t) {
    const pix2pix_options *o = t->options;
    const pix2pix *own = t->instance;
    genrepi_shape both = own->x, logits;
    both.size[1] += own->y.size[1];
    int32_t status = genrepi_average_check(t, PART_AVERAGE, PART_GENERATOR, o->ema);
    if (status == 0) status = genrepi_part_translates(t, PART_GENERATOR, 1, &own->x, &own->y);
    if (status == 0) status = genrepi_part_try(t, PART_DISCRIMINATOR, 1, &both, 0, &logits);
    if (status == 0 && (t->layers[PART_PERCEPTION] != NULL) != (o->perceptual > 0))
        return genrepi_fail(t->ctx, GENREP_E_INVALID,
                            "perceptual= and the network of part 'perception' come together");
    if (status == 0 && t->layers[PART_PERCEPTION] != NULL)
        status = genrepi_part_try(t, PART_PERCEPTION, 1, &own->y, 0, &logits);
    return status;
}

static int32_t prepare(genrep_trainer *t) {
    const pix2pix_options *o = t->options;
    pix2pix *own = t->instance;
    unprepare(t);
    own->adversary = (genrepi_adversary){.trainer = t,
                                         .options = &o->adversary,
                                         .part = PART_DISCRIMINATOR,
                                         .loss = METRIC_LOSS_D,
                                         .d_real = METRIC_D_REAL,
                                         .d_fake = METRIC_D_FAKE,
                                         .norm = METRIC_NORM_D,
                                         .penalty = METRIC_PENALTY,
                                         .name = "optimizer_d",
                                         .scale = 0.5,
                                         .joined = 1};
    int32_t status = check(t);
    if (status == 0) status = genrepi_adversary_prepare(&own->adversary);
    if (status == 0) status = genrepi_layer_new(t->ctx, "l1", NULL, &own->l1);
    if (status == 0) status = genrepi_layer_new(t->ctx, "mse", NULL, &own->l2);
    if (status == 0) status = genrepi_layer_new(t->ctx, "total_variation", NULL, &own->variation);
    if (status == 0) status = genrepi_tape_new(t->ctx, 1, &own->tape);
    t->tapes[PART_GENERATOR] = own->tape;
    if (status == 0)
        status = genrepi_tensor_new(t->ctx, GENREPI_REAL, &own->x, 0, &own->source_batch);
    if (status == 0)
        status = genrepi_tensor_new(t->ctx, GENREPI_REAL, &own->y, 0, &own->target_batch);
    if (status == 0) status = genrepi_optimizer_new(t->ctx, o->optimizer_g, &own->optimizer);
    if (status == 0) status = genrepi_optimizer_add(own->optimizer, t->layers[PART_GENERATOR]);
    return status == 0 ? genrepi_average_make(t, PART_AVERAGE, PART_GENERATOR, o->ema) : status;
}

static int32_t generator_terms(genrep_trainer *t, genrep_tensor *fake, genrepi_terms *terms) {
    const pix2pix_options *o = t->options;
    pix2pix *own = t->instance;
    const genrepi_view made = {fake, own->source_batch};
    const genrepi_view real_samples = {own->target_batch, own->source_batch};
    genrep_tensor *pair[2] = {fake, own->target_batch};
    double value = 0, l1 = 0;
    int32_t status = genrepi_terms_apply(terms, own->tape, own->l1, pair, 2, o->l1, &l1);
    if (status == 0) status = genrepi_trainer_note(t, METRIC_L1, l1);
    if (status == 0 && o->l2 > 0)
        status = genrepi_terms_apply(terms, own->tape, own->l2, pair, 2, o->l2, NULL);
    if (status == 0 && o->weight > 0) {
        status = genrepi_adversary_judge(&own->adversary, own->tape, &made, &real_samples, t->done,
                                         o->weight, terms, &value);
        if (status == 0) status = genrepi_trainer_note(t, METRIC_LOSS_G, value);
    }
    if (status == 0 && o->weight > 0 && o->features > 0) {
        status = genrepi_adversary_match(&own->adversary, own->tape, &made, &real_samples, own->l1,
                                         o->features, terms, &value);
        if (status == 0) status = genrepi_trainer_note(t, METRIC_FEATURES, value);
    }
    if (status == 0 && o->variation > 0)
        status =
            genrepi_terms_apply(terms, own->tape, own->variation, &fake, 1, o->variation, NULL);
    if (status == 0 && o->perceptual > 0) {
        status = genrepi_features_match(t->layers[PART_PERCEPTION], own->tape, fake,
                                        own->target_batch, own->l2, o->perceptual, terms, &value);
        if (status == 0) status = genrepi_trainer_note(t, METRIC_PERCEPTUAL, value);
    }
    return status;
}

static int32_t generator_update(genrep_trainer *t, genrep_tensor *fake) {
    pix2pix *own = t->instance;
    genrepi_terms terms = {.n = 0};
    int32_t status = generator_terms(t, fake, &terms);
    if (status == 0)
        status = genrepi_terms_update(&terms, own->tape, own->optimizer, t, METRIC_NORM_G);
    genrepi_terms_free(&terms);
    return status;
}

static int32_t step(genrep_trainer *t) {
    const pix2pix_options *o = t->options;
    pix2pix *own = t->instance;
    genrep_tensor *batch[GENREPI_MAX_FIELDS] = {NULL}, *fake = NULL;
    batch[own->source] = own->source_batch;
    batch[own->target] = own->target_batch;
    t->values[METRIC_RATE] = genrepi_optimizer_rate(own->optimizer);
    int32_t status = genrepi_part_batch(t, t->done, batch);
    genrepi_tape_reset(own->tape, 2 * t->done);
    if (status == 0)
        status = genrepi_layer_apply(t->layers[PART_GENERATOR], own->tape, &own->source_batch, 1,
                                     &fake, 1);
    if (status == 0 && o->weight > 0 && !own->updated) {
        const genrepi_view made = {fake, own->source_batch};
        const genrepi_view real_samples = {own->target_batch, own->source_batch};
        status = genrepi_adversary_update(&own->adversary, &real_samples, &made, t->done);
        own->updated = status == 0;
    }
    if (status == 0) status = generator_update(t, fake);
    genrepi_tensor_unref(fake);
    if (status != 0) return status;
    own->updated = 0;
    return genrepi_average_move(t, PART_AVERAGE, PART_GENERATOR, o->ema);
}

static int32_t visit(const genrep_trainer *t, genrepi_state *state) {
    pix2pix *own = t->instance;
    int32_t status = state->integer(state, "updates", &own->updated);
    if (status == 0) status = genrepi_adversary_visit(&own->adversary, state);
    return status == 0 ? genrepi_optimizer_visit_as(own->optimizer, "optimizer_g", state) : status;
}

static void free_pix2pix(genrep_trainer *t) {
    unprepare(t);
    genrepi_free(t->ctx, t->instance);
}

static const genrepi_trainer_ops ops = {
    .metrics = {"loss_d", "loss_g", "l1", "features", "d_real", "d_fake", "rate", "norm_d",
                "norm_g", "penalty", "perceptual", "rollbacks"},
    .parts = {"generator", "discriminator", "average", "perception"},
    .create = create,
    .prepare = prepare,
    .step = step,
    .visit = visit,
    .guard = offsetof(genrepi_adversary_options, guard),
    .free = free_pix2pix};

#define OPTION(kind, ...) GENREPI_OPTION_##kind(pix2pix_options, __VA_ARGS__)
static const genrepi_option options[] = {
    OPTION(INT, batch, "1", 1, 65536, "pairs in a batch"),
    OPTION(INT, steps, "0", 0, 1e15, "steps of the whole run; 0: no end"),
    OPTION(INT, width, "64", 1, 8192, "channels of the first layers of the default networks"),
    OPTION(INT, field, "0", 0, 286,
           "pixels that a logit of the default discriminator sees; 0: 70, less below 128 pixels"),
    {"adversarial", GENREPI_NUMBER, 0, "1", 0, 1e6, NULL,
     "weight of the game; 0: none, the discriminator is left alone",
     offsetof(pix2pix_options, weight)},
    OPTION(NUMBER, l1, "100", 0, 1e6, "weight of mean |target - made|"),
    OPTION(NUMBER, l2, "0", 0, 1e6, "weight of mean (target - made)^2"),
    OPTION(NUMBER, variation, "0", 0, 1e6, "weight of the total variation of what is made"),
    OPTION(NUMBER, features, "0", 0, 1e6, "weight of feature matching; 10 in pix2pixHD"),
    OPTION(NUMBER, perceptual, "0", 0, 1e6,
           "weight of the distance in the features of the network set as part perception"),
    OPTION(NUMBER, ema, "0", 0, 1, "decay of the generator's moving average; 0: none"),
    OPTION(STRING, generator, NULL, "its spec; default a unet_generator for the images"),
    OPTION(STRING, optimizer_g, "adam lr=2e-4 beta1=0.5", "spec of the generator's optimizer"),
    GENREPI_ADVERSARY_OPTIONS("non_saturating", "1", "adam lr=2e-4 beta1=0.5",
                              "a patch_discriminator for source and target")};
const genrepi_kind genrepi_kind_pix2pix = {"trainer",
                                           "pix2pix",
                                           "images to images from pairs: fields source, target; "
                                           "parts generator, discriminator, average, perception; "
                                           "metrics loss_d, loss_g, l1, features, d_real, d_fake, "
                                           "rate, norm_d, norm_g, penalty, perceptual, rollbacks",
                                           options,
                                           GENREPI_COUNT(options),
                                           0,
                                           0,
                                           sizeof(pix2pix_options),
                                           &ops};
