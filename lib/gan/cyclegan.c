/* The trainer cyclegan (Zhu et al. 2017): images of two kinds made into each other without pairs.
 * Options, networks, state; the step is in cyclegan_step.c. */
#include <gan/cyclegan.h>
#include <gan/parts.h>

static int32_t make_network(genrep_trainer *t, int32_t part, const char *given,
                            const genrepi_buffer *made) {
    if (given != NULL) return genrepi_part_make(t, part, given);
    int32_t status = genrepi_buffer_status(made);
    return status == 0 ? genrepi_part_make(t, part, made->data) : status;
}

/* The networks of one side: the generator from it, and its discriminator. */
static int32_t make_side(genrep_trainer *t, int32_t side) {
    const genrepi_cycle_options *o = t->options;
    const genrepi_cycle *own = t->instance;
    const int64_t size = own->shape[side].size[2];
    const int64_t blocks = o->blocks > 0 ? o->blocks : size > 128 ? 9 : 6;
    const int64_t field = o->field > 0 ? o->field : size >= 128 ? 70 : size >= 64 ? 34 : 16;
    const long long channels = (long long)own->shape[side].size[1];
    const long long other = (long long)own->shape[1 - side].size[1];
    genrepi_buffer spec = {.ctx = t->ctx};
    genrepi_buffer_format(&spec, "resnet_generator in=%lld out=%lld width=%lld blocks=%lld",
                          channels, other, (long long)o->width, (long long)blocks);
    int32_t status = make_network(t, GENREPI_CYCLE_GENERATORS + side, o->generator, &spec);
    genrepi_buffer_free(&spec);
    if (status != 0) return status;
    genrepi_buffer_format(
        &spec, "patch_discriminator field=%lld channels=%lld width=%lld norm=instance_norm",
        (long long)field, channels, (long long)o->width);
    status =
        make_network(t, GENREPI_CYCLE_DISCRIMINATORS + side, o->adversary.discriminator, &spec);
    genrepi_buffer_free(&spec);
    return status;
}

static int32_t create(genrep_trainer *t) {
    static const char *const fields[] = {"a", "b"};
    const genrepi_cycle_options *o = t->options;
    genrepi_cycle *own = t->instance = genrepi_alloc(t->ctx, 1, sizeof *own);
    if (own == NULL) return GENREP_E_NOMEM;
    t->total = o->steps;
    int32_t status = 0;
    for (int32_t i = 0; i < 2 && status == 0; i++)
        status = genrepi_part_images(t, fields[i], o->batch, &own->field[i], &own->shape[i]);
    for (int32_t i = 0; i < 2 && status == 0; i++) status = make_side(t, i);
    if (status == 0) status = genrepi_part_optimizer(t, "optimizer_d", o->adversary.optimizer_d);
    return status == 0 ? genrepi_part_optimizer(t, "optimizer_g", o->optimizer_g) : status;
}

static void unprepare(genrep_trainer *t) {
    genrepi_cycle *own = t->instance;
    for (int32_t i = 0; i < 2; i++) {
        genrepi_adversary_free(&own->adversary[i]);
        genrepi_image_pool_free(&own->pool[i]);
        genrepi_tensor_unref(own->batch[i]);
        own->batch[i] = NULL;
    }
    genrepi_layer_unref(own->l1);
    genrepi_optimizer_unref(own->optimizer);
    genrepi_tape_unref(own->tape);
    own->l1 = NULL;
    own->optimizer = NULL;
    own->tape = NULL;
}

static int32_t prepare_side(genrep_trainer *t, int32_t side) {
    static const char *const names[] = {"optimizer_da", "optimizer_db"};
    const genrepi_cycle_options *o = t->options;
    genrepi_cycle *own = t->instance;
    genrepi_shape logits;
    own->adversary[side] =
        (genrepi_adversary){.trainer = t,
                            .options = &o->adversary,
                            .part = GENREPI_CYCLE_DISCRIMINATORS + side,
                            .loss = GENREPI_CYCLE_LOSS_D + side,
                            .d_real = GENREPI_CYCLE_D_REAL + side,
                            .d_fake = GENREPI_CYCLE_D_FAKE + side,
                            .norm = GENREPI_CYCLE_NORM_D + side,
                            .penalty = GENREPI_CYCLE_PENALTY,
                            .name = names[side],
                            .scale = o->adversary.loss == GENREPI_LSGAN ? 1 : 0.5};
    int32_t status = genrepi_part_translates(t, GENREPI_CYCLE_GENERATORS + side, 1,
                                             &own->shape[side], &own->shape[1 - side]);
    if (status == 0)
        status = genrepi_part_try(t, GENREPI_CYCLE_DISCRIMINATORS + side, 1, &own->shape[side], 0,
                                  &logits);
    if (status == 0) status = genrepi_adversary_prepare(&own->adversary[side]);
    if (status == 0)
        status = genrepi_image_pool_new(t->ctx, o->pool, (uint64_t)side, &own->shape[side],
                                        &own->pool[side]);
    if (status == 0)
        status = genrepi_tensor_new(t->ctx, GENREPI_REAL, &own->shape[side], 0, &own->batch[side]);
    return status;
}

static int32_t prepare(genrep_trainer *t) {
    const genrepi_cycle_options *o = t->options;
    genrepi_cycle *own = t->instance;
    unprepare(t);
    int32_t status = prepare_side(t, 0);
    if (status == 0) status = prepare_side(t, 1);
    if (status == 0) status = genrepi_layer_new(t->ctx, "l1", NULL, &own->l1);
    if (status == 0) status = genrepi_tape_new(t->ctx, 1, &own->tape);
    t->tapes[GENREPI_CYCLE_GENERATORS] = own->tape;
    if (status == 0) status = genrepi_optimizer_new(t->ctx, o->optimizer_g, &own->optimizer);
    for (int32_t i = 0; i < 2 && status == 0; i++)
        status = genrepi_optimizer_add(own->optimizer, t->layers[GENREPI_CYCLE_GENERATORS + i]);
    return status;
}

static int32_t visit(const genrep_trainer *t, genrepi_state *state) {
    static const char *const pools[] = {"pool_a", "pool_b"};
    genrepi_cycle *own = t->instance;
    int32_t status = state->integer(state, "updates", &own->updated);
    for (int32_t i = 0; i < 2 && status == 0; i++) {
        status = genrepi_adversary_visit(&own->adversary[i], state);
        if (status == 0) status = genrepi_image_pool_visit(&own->pool[i], pools[i], state);
    }
    return status == 0 ? genrepi_optimizer_visit_as(own->optimizer, "optimizer_g", state) : status;
}

static void free_cycle(genrep_trainer *t) {
    unprepare(t);
    genrepi_free(t->ctx, t->instance);
}

static const genrepi_trainer_ops ops = {
    .metrics = {"loss_da", "loss_db", "loss_ga", "loss_gb", "cycle_a", "cycle_b", "identity",
                "da_real", "db_real", "da_fake", "db_fake", "rate", "norm_da", "norm_db", "norm_g",
                "penalty", "rollbacks"},
    .parts = {"generator_ab", "generator_ba", "discriminator_a", "discriminator_b"},
    .create = create,
    .prepare = prepare,
    .step = genrepi_cycle_step,
    .visit = visit,
    .guard = offsetof(genrepi_adversary_options, guard),
    .free = free_cycle};

#define OPTION(kind, ...) GENREPI_OPTION_##kind(genrepi_cycle_options, __VA_ARGS__)
static const genrepi_option options[] = {
    OPTION(INT, batch, "1", 1, 65536, "images of each kind in a batch"),
    OPTION(INT, steps, "0", 0, 1e15, "steps of the whole run; 0: no end"),
    OPTION(INT, width, "64", 1, 8192, "channels of the first layers of the default networks"),
    OPTION(INT, blocks, "0", 0, 1024,
           "residual blocks of the default generators; 0: 9, up to 128 pixels 6"),
    OPTION(INT, field, "0", 0, 286,
           "pixels that a logit of the default discriminators sees; 0: 70, less below 128 pixels"),
    OPTION(NUMBER, lambda, "10", 0, 1e6, "weight of the way there and back"),
    OPTION(NUMBER, identity, "0.5", 0, 1e6,
           "weight, times lambda, of what is of that kind already staying the same"),
    OPTION(INT, pool, "50", 0, 100000,
           "made images kept to be shown to the discriminators later; 0: none"),
    OPTION(STRING, generator, NULL, "spec of both generators; default resnet_generator"),
    OPTION(STRING, optimizer_g, "adam lr=2e-4 beta1=0.5", "spec of the generators' optimizer"),
    GENREPI_ADVERSARY_OPTIONS("lsgan", "1", "adam lr=2e-4 beta1=0.5",
                              "patch_discriminator with instance_norm, for both")};
const genrepi_kind genrepi_kind_cyclegan = {
    "trainer",
    "cyclegan",
    "images of two kinds made into each other without pairs: fields a, b; parts generator_ab, "
    "generator_ba, discriminator_a, discriminator_b; metrics loss_da, loss_db, loss_ga, loss_gb, "
    "cycle_a, cycle_b, identity, da_real, db_real, da_fake, db_fake, rate, norm_da, norm_db, "
    "norm_g, penalty, rollbacks",
    options,
    GENREPI_COUNT(options),
    0,
    0,
    sizeof(genrepi_cycle_options),
    &ops};
