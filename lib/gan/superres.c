/* The trainer superres: images made 2, 4 or 8 times as large, with attributes where the data have
 * them (mathematics 2.15).  x is y pooled by log2(scale) poolings of 2 x 2, which is one of scale x
 * scale; a are the attributes, 1, -1, or 0 where one is not known.
 *
 *   L_G = l2 mean (y - G(x, a))^2 + l1 mean |y - G(x, a)| + adversarial L(D(G(x, a), a))
 *         + consistency mean |pool(G(x, a)) - x|
 *   L_D = L(D(y, a), D(G(x, a), a))
 *
 * Without the game it is AACNN, with it AAGAN (Lee et al. 2018); without attributes plain
 * super-resolution and SRGAN (Ledig et al. 2017: adversarial=1e-3). */
#include <gan/adversary.h>
#include <gan/average.h>
#include <gan/parts.h>

enum { PART_GENERATOR, PART_DISCRIMINATOR, PART_AVERAGE };
enum {
    METRIC_LOSS_D,
    METRIC_LOSS_G,
    METRIC_PSNR,
    METRIC_L1,
    METRIC_CONSISTENCY,
    METRIC_D_REAL,
    METRIC_D_FAKE,
    METRIC_RATE,
    METRIC_NORM_D,
    METRIC_NORM_G,
    METRIC_PENALTY
};

typedef struct superres_options {
    genrepi_adversary_options adversary;
    int64_t batch, steps, scale, width, blocks;
    double weight, l1, l2, consistency, variation, ema;
    char *generator, *optimizer_g;
} superres_options;

typedef struct superres {
    int32_t images, attributes; /* fields of the dataset; attributes -1: there are none */
    genrepi_shape large, small, given;
    int64_t updated; /* 1: the discriminator's update of the step under way is done */
    genrepi_adversary adversary;
    genrep_layer *l1, *l2, *variation, *pool;
    genrep_optimizer *optimizer;
    genrep_tape *tape, *pooling;
    genrep_tensor *image_batch, *attribute_batch;
} superres;

static int64_t attributes_of(const superres *own) {
    return own->attributes >= 0 ? own->given.size[1] : 0;
}

static int32_t find_attributes(genrep_trainer *t) {
    const superres_options *o = t->options;
    superres *own = t->instance;
    own->attributes = genrepi_dataset_find(t->dataset, "attributes");
    if (own->attributes < 0) return 0;
    const genrepi_shape *one = &t->dataset->fields[own->attributes].shape;
    if (one->rank != 1)
        return genrepi_fail(t->ctx, GENREP_E_INVALID,
                            "superres: field 'attributes' must hold a vector for each image");
    own->given = (genrepi_shape){2, {o->batch, one->size[0]}};
    return 0;
}

static int32_t make_network(genrep_trainer *t, int32_t part, const char *given) {
    const superres_options *o = t->options;
    const superres *own = t->instance;
    if (given != NULL) return genrepi_part_make(t, part, given);
    genrepi_buffer spec = {.ctx = t->ctx};
    genrepi_buffer_format(&spec, "superres_%s channels=%lld width=%lld attributes=%lld ",
                          t->ops->parts[part], (long long)own->large.size[1], (long long)o->width,
                          (long long)attributes_of(own));
    if (part == PART_GENERATOR)
        genrepi_buffer_format(&spec, "scale=%lld blocks=%lld", (long long)o->scale,
                              (long long)o->blocks);
    else
        genrepi_buffer_format(&spec, "size=%lld", (long long)own->large.size[2]);
    int32_t status = genrepi_buffer_status(&spec);
    if (status == 0) status = genrepi_part_make(t, part, spec.data);
    genrepi_buffer_free(&spec);
    return status;
}

static int32_t create(genrep_trainer *t) {
    const superres_options *o = t->options;
    superres *own = t->instance = genrepi_alloc(t->ctx, 1, sizeof *own);
    if (own == NULL) return GENREP_E_NOMEM;
    t->total = o->steps;
    int32_t status = genrepi_part_images(t, "images", o->batch, &own->images, &own->large);
    if (status != 0) return status;
    own->small = own->large;
    for (int32_t i = 2; i < 4; i++) {
        if (own->large.size[i] % o->scale != 0)
            return genrepi_fail(t->ctx, GENREP_E_INVALID,
                                "superres: the images' size %lld is no multiple of scale=%lld",
                                (long long)own->large.size[i], (long long)o->scale);
        own->small.size[i] /= o->scale;
    }
    status = find_attributes(t);
    if (status == 0) status = make_network(t, PART_GENERATOR, o->generator);
    if (status == 0) status = make_network(t, PART_DISCRIMINATOR, o->adversary.discriminator);
    if (status == 0) status = genrepi_part_optimizer(t, "optimizer_d", o->adversary.optimizer_d);
    return status == 0 ? genrepi_part_optimizer(t, "optimizer_g", o->optimizer_g) : status;
}

static void unprepare(genrep_trainer *t) {
    superres *own = t->instance;
    genrepi_adversary_free(&own->adversary);
    genrepi_layer_unref(own->l1);
    genrepi_layer_unref(own->l2);
    genrepi_layer_unref(own->variation);
    genrepi_layer_unref(own->pool);
    genrepi_optimizer_unref(own->optimizer);
    genrepi_tape_unref(own->tape);
    genrepi_tape_unref(own->pooling);
    genrepi_tensor_unref(own->image_batch);
    genrepi_tensor_unref(own->attribute_batch);
    own->l1 = own->l2 = own->variation = own->pool = NULL;
    own->optimizer = NULL;
    own->tape = own->pooling = NULL;
    own->image_batch = own->attribute_batch = NULL;
}

static int32_t check(genrep_trainer *t) {
    const superres_options *o = t->options;
    const superres *own = t->instance;
    const int32_t n_in = own->attributes >= 0 ? 2 : 1;
    genrepi_shape in[2] = {own->small, own->given}, made;
    int32_t status = genrepi_average_check(t, PART_AVERAGE, PART_GENERATOR, o->ema);
    if (status == 0) status = genrepi_part_translates(t, PART_GENERATOR, n_in, in, &own->large);
    in[0] = own->large;
    return status == 0 ? genrepi_part_try(t, PART_DISCRIMINATOR, n_in, in, 0, &made) : status;
}

static int32_t make_parts(genrep_trainer *t) {
    const superres_options *o = t->options;
    superres *own = t->instance;
    genrepi_buffer pool = {.ctx = t->ctx};
    genrepi_buffer_format(&pool, "avg_pool kernel=%lld", (long long)o->scale);
    int32_t status = genrepi_buffer_status(&pool);
    if (status == 0) status = genrepi_layer_new(t->ctx, pool.data, NULL, &own->pool);
    genrepi_buffer_free(&pool);
    if (status == 0) status = genrepi_layer_new(t->ctx, "l1", NULL, &own->l1);
    if (status == 0) status = genrepi_layer_new(t->ctx, "mse", NULL, &own->l2);
    if (status == 0) status = genrepi_layer_new(t->ctx, "total_variation", NULL, &own->variation);
    if (status == 0) status = genrepi_tape_new(t->ctx, 1, &own->tape);
    t->tapes[PART_GENERATOR] = own->tape;
    if (status == 0) status = genrepi_tape_new(t->ctx, 0, &own->pooling);
    if (status == 0)
        status = genrepi_tensor_new(t->ctx, GENREPI_REAL, &own->large, 0, &own->image_batch);
    if (status == 0 && own->attributes >= 0)
        status = genrepi_tensor_new(t->ctx, GENREPI_REAL, &own->given, 0, &own->attribute_batch);
    return status;
}

static int32_t prepare(genrep_trainer *t) {
    const superres_options *o = t->options;
    superres *own = t->instance;
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
                                         .scale = 1};
    int32_t status = check(t);
    if (status == 0) status = genrepi_adversary_prepare(&own->adversary);
    if (status == 0) status = make_parts(t);
    if (status == 0) status = genrepi_optimizer_new(t->ctx, o->optimizer_g, &own->optimizer);
    if (status == 0) status = genrepi_optimizer_add(own->optimizer, t->layers[PART_GENERATOR]);
    return status == 0 ? genrepi_average_make(t, PART_AVERAGE, PART_GENERATOR, o->ema) : status;
}

/* The terms about pixels, and the metrics of them. */
static int32_t pixel_terms(genrep_trainer *t, genrep_tensor *small, genrep_tensor *made,
                           genrepi_terms *terms) {
    const superres_options *o = t->options;
    superres *own = t->instance;
    genrep_tensor *pair[2] = {made, own->image_batch}, *back[2] = {NULL, small};
    double l1 = 0, l2 = 0, consistency = 0;
    int32_t status = genrepi_terms_apply(terms, own->tape, own->l2, pair, 2, o->l2, &l2);
    if (status == 0) status = genrepi_terms_apply(terms, own->tape, own->l1, pair, 2, o->l1, &l1);
    if (status == 0 && o->variation > 0)
        status =
            genrepi_terms_apply(terms, own->tape, own->variation, &made, 1, o->variation, NULL);
    if (status == 0) status = genrepi_layer_apply(own->pool, own->tape, &made, 1, &back[0], 1);
    if (status == 0)
        status =
            genrepi_terms_apply(terms, own->tape, own->l1, back, 2, o->consistency, &consistency);
    genrepi_tensor_unref(back[0]);
    if (status == 0) status = genrepi_trainer_note(t, METRIC_L1, l1);
    if (status == 0) /* images are in -1..1, so the peak is 2 */
        status = genrepi_trainer_note(t, METRIC_PSNR, 10 * log10(4 / fmax(l2, 1e-12)));
    return status == 0 ? genrepi_trainer_note(t, METRIC_CONSISTENCY, consistency) : status;
}

static int32_t generator_update(genrep_trainer *t, genrep_tensor *small, genrep_tensor *made) {
    const superres_options *o = t->options;
    superres *own = t->instance;
    const genrepi_view fake = {made, own->attribute_batch};
    const genrepi_view real_samples = {own->image_batch, own->attribute_batch};
    genrepi_terms terms = {.n = 0};
    double value = 0;
    int32_t status = pixel_terms(t, small, made, &terms);
    if (status == 0 && o->weight > 0) {
        status = genrepi_adversary_judge(&own->adversary, own->tape, &fake, &real_samples, t->done,
                                         o->weight, &terms, &value);
        if (status == 0) status = genrepi_trainer_note(t, METRIC_LOSS_G, value);
    }
    if (status == 0)
        status = genrepi_terms_update(&terms, own->tape, own->optimizer, t, METRIC_NORM_G);
    genrepi_terms_free(&terms);
    return status;
}

static int32_t discriminator_update(genrep_trainer *t, genrep_tensor *made) {
    superres *own = t->instance;
    const genrepi_view fake = {made, own->attribute_batch};
    const genrepi_view real_samples = {own->image_batch, own->attribute_batch};
    int32_t status = genrepi_adversary_update(&own->adversary, &real_samples, &fake, t->done);
    own->updated = status == 0;
    return status;
}

static int32_t step(genrep_trainer *t) {
    const superres_options *o = t->options;
    superres *own = t->instance;
    genrep_tensor *batch[GENREPI_MAX_FIELDS] = {NULL}, *in[2] = {NULL, own->attribute_batch};
    genrep_tensor *made = NULL;
    batch[own->images] = own->image_batch;
    if (own->attributes >= 0) batch[own->attributes] = own->attribute_batch;
    t->values[METRIC_RATE] = genrepi_optimizer_rate(own->optimizer);
    int32_t status = genrepi_part_batch(t, t->done, batch);
    genrepi_tape_reset(own->pooling, t->done);
    genrepi_tape_reset(own->tape, 2 * t->done);
    if (status == 0)
        status = genrepi_layer_apply(own->pool, own->pooling, &own->image_batch, 1, &in[0], 1);
    if (status == 0)
        status = genrepi_layer_apply(t->layers[PART_GENERATOR], own->tape, in,
                                     own->attributes >= 0 ? 2 : 1, &made, 1);
    if (status == 0 && o->weight > 0 && !own->updated) status = discriminator_update(t, made);
    if (status == 0) status = generator_update(t, in[0], made);
    genrepi_tensor_unref(in[0]);
    genrepi_tensor_unref(made);
    if (status != 0) return status;
    own->updated = 0;
    return genrepi_average_move(t, PART_AVERAGE, PART_GENERATOR, o->ema);
}

static int32_t visit(const genrep_trainer *t, genrepi_state *state) {
    superres *own = t->instance;
    int32_t status = state->integer(state, "updates", &own->updated);
    if (status == 0) status = genrepi_adversary_visit(&own->adversary, state);
    return status == 0 ? genrepi_optimizer_visit_as(own->optimizer, "optimizer_g", state) : status;
}

static void free_superres(genrep_trainer *t) {
    unprepare(t);
    genrepi_free(t->ctx, t->instance);
}

static const genrepi_trainer_ops ops = {.metrics = {"loss_d", "loss_g", "psnr", "l1", "consistency",
                                                    "d_real", "d_fake", "rate", "norm_d", "norm_g",
                                                    "penalty", "rollbacks"},
                                        .parts = {"generator", "discriminator", "average"},
                                        .create = create,
                                        .prepare = prepare,
                                        .step = step,
                                        .visit = visit,
                                        .guard = offsetof(genrepi_adversary_options, guard),
                                        .free = free_superres};

#define OPTION(kind, ...) GENREPI_OPTION_##kind(superres_options, __VA_ARGS__)
static const genrepi_option options[] = {
    OPTION(INT, batch, "16", 1, 65536, "images in a batch"),
    OPTION(INT, steps, "0", 0, 1e15, "steps of the whole run; 0: no end"),
    OPTION(INT, scale, "4", 2, 8, "times that images are made larger: 2, 4 or 8"),
    OPTION(INT, width, "32", 1, 8192, "channels of the first layers of the default networks"),
    OPTION(INT, blocks, "4", 1, 1024, "residual blocks of the default generator"),
    {"adversarial", GENREPI_NUMBER, 0, "0", 0, 1e6, NULL,
     "weight of the game; 0: none, the discriminator is left alone; 1e-3 in SRGAN",
     offsetof(superres_options, weight)},
    OPTION(NUMBER, l2, "1", 0, 1e6, "weight of mean (image - made)^2"),
    OPTION(NUMBER, l1, "0", 0, 1e6, "weight of mean |image - made|"),
    OPTION(NUMBER, variation, "0", 0, 1e6, "weight of the total variation of what is made"),
    OPTION(NUMBER, consistency, "0", 0, 1e6, "weight of mean |small image - made, pooled|"),
    OPTION(NUMBER, ema, "0", 0, 1, "decay of the generator's moving average; 0: none"),
    OPTION(STRING, generator, NULL, "its spec; default a superres_generator for the images"),
    OPTION(STRING, optimizer_g, "adam lr=2e-4", "spec of the generator's optimizer"),
    GENREPI_ADVERSARY_OPTIONS("non_saturating", "1", "adam lr=2e-4 beta1=0.5",
                              "a superres_discriminator for the images")};
const genrepi_kind genrepi_kind_superres = {
    "trainer",
    "superres",
    "images made larger: fields images and, if there are any, attributes; parts generator, "
    "discriminator, average; metrics loss_d, loss_g, psnr, l1, consistency, d_real, d_fake, rate, "
    "norm_d, norm_g, penalty, rollbacks",
    options,
    GENREPI_COUNT(options),
    0,
    0,
    sizeof(superres_options),
    &ops};
