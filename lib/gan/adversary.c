/* See adversary.h.  Both updates of a step (mathematics 2.10):
 *
 *   L_D = scale L(D(x), D(made)) + class_weight_d (CE(x) + CE(made)) + drift mean D(x)^2
 *         + penalties
 *   L_G = L(D(made)) + class_weight_g CE(made)
 *
 * CE is the loss of the classes that the discriminator tells (AC-GAN, Odena et al. 2017). */
#include <base/random.h>
#include <gan/adversary.h>
#include <nn/augment.h>

/* Numbers the recordings of one step, so that dropout differs in each. */
#define PHASES 4

static int32_t make(genrepi_adversary *a, genrep_layer **out, const char *spec) {
    return genrepi_layer_new(a->trainer->ctx, spec, NULL, out);
}

static int32_t make_losses(genrepi_adversary *a) {
    static const char *const games[] = {"non_saturating", "minimax", "lsgan",
                                        "hinge",          "wgan",    "relativistic"};
    const genrepi_adversary_options *o = a->options;
    genrepi_buffer spec = {.ctx = a->trainer->ctx};
    genrepi_buffer_format(&spec, "adversarial_d loss=%s smoothing=", games[o->loss]);
    genrepi_buffer_real(&spec, o->smoothing);
    int32_t status = genrepi_buffer_status(&spec);
    if (status == 0) status = make(a, &a->loss_d, spec.data);
    genrepi_buffer_free(&spec);
    genrepi_buffer_format(&spec, "adversarial_g loss=%s", games[o->loss]);
    if (status == 0) status = genrepi_buffer_status(&spec);
    if (status == 0) status = make(a, &a->loss_g, spec.data);
    genrepi_buffer_free(&spec);
    return status;
}

static int32_t make_augment(genrepi_adversary *a) {
    const genrepi_adversary_options *o = a->options;
    genrep_ctx *ctx = a->trainer->ctx;
    int32_t status = 0;
    if (o->augment != NULL) {
        status = make(a, &a->augment, o->augment);
        if (status != 0) return genrepi_fail_in(ctx, status, "augment");
    }
    if (o->ada <= 0) return 0;
    if (a->augment == NULL || genrepi_augment_set(a->augment, a->probability) == 0)
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            "ada= adapts the p of a layer augment: give augment='augment'");
    if (o->loss == GENREPI_WGAN)
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            "ada= needs a game in which the sign of D(real) says something; with "
                            "loss=wgan it does not");
    return 0;
}

int32_t genrepi_adversary_prepare(genrepi_adversary *a) {
    const genrepi_adversary_options *o = a->options;
    genrep_ctx *ctx = a->trainer->ctx;
    genrepi_adversary_free(a);
    int32_t status = make_losses(a);
    if (status == 0) status = make_augment(a);
    if (status == 0 && a->joined) status = make(a, &a->concat, "concat");
    if (status == 0 && o->instance_noise > 0) status = make(a, &a->add, "add");
    if (status == 0 && o->drift > 0) status = make(a, &a->square, "mse");
    if (status == 0 && a->tells) status = make(a, &a->logit, "slice begin=0 count=1");
    if (status == 0 && a->tells) status = make(a, &a->classes, "slice begin=1");
    if (status == 0 && a->tells) status = make(a, &a->class_of, "cross_entropy");
    if (status == 0) status = genrepi_tape_new(ctx, 1, &a->tape);
    if (status == 0) {
        status = genrepi_optimizer_new(ctx, o->optimizer_d, &a->optimizer);
        if (status != 0) status = genrepi_fail_in(ctx, status, "optimizer_d");
    }
    a->trainer->tapes[a->part] = a->tape;
    return status == 0 ? genrepi_optimizer_add(a->optimizer, a->trainer->layers[a->part]) : status;
}

void genrepi_adversary_free(genrepi_adversary *a) {
    genrep_layer **const layers[] = {&a->augment, &a->loss_d,  &a->loss_g,   &a->concat, &a->add,
                                     &a->logit,   &a->classes, &a->class_of, &a->square};
    for (size_t i = 0; i < sizeof layers / sizeof layers[0]; i++) {
        genrepi_layer_unref(*layers[i]);
        *layers[i] = NULL;
    }
    genrepi_optimizer_unref(a->optimizer);
    genrepi_tape_unref(a->tape);
    a->optimizer = NULL;
    a->tape = NULL;
}

int32_t genrepi_adversary_visit(genrepi_adversary *a, genrepi_state *state) {
    int32_t status = genrepi_optimizer_visit_as(a->optimizer, a->name, state);
    if (status != 0 || a->options->ada <= 0) return status;
    const int32_t length = genrepi_state_enter(state, a->name);
    if (length < 0) return GENREP_E_INVALID;
    status = state->number(state, "augmentation", &a->probability);
    genrepi_state_leave(state, length);
    return status;
}

/* The mean of D: as a probability where it is a logit, else as it is. */
static double mean_of(const genrepi_adversary *a, const genrep_tensor *logit) {
    const int32_t game = a->options->loss;
    const int plain = game == GENREPI_LSGAN || game == GENREPI_HINGE || game == GENREPI_WGAN;
    const real *r = genrepi_real_read(logit);
    double sum = 0;
    for (int64_t i = 0; i < logit->count; i++)
        sum += plain ? (double)r[i] : 1 / (1 + exp(-(double)r[i]));
    return sum / (double)logit->count;
}

/* The share of samples taken for real, less that of the others (Karras et al. 2020, ADA: r_t). */
static double sign_of(const genrepi_adversary *a, const genrep_tensor *logit) {
    const double middle = a->options->loss == GENREPI_LSGAN ? 0.5 : 0;
    const real *r = genrepi_real_read(logit);
    double sum = 0;
    for (int64_t i = 0; i < logit->count; i++)
        sum += (double)r[i] > middle ? 1 : (double)r[i] < middle ? -1 : 0;
    return sum / (double)logit->count;
}

/* Real samples that are known too well are augmented more often. */
static void adapt(genrepi_adversary *a, int64_t images) {
    const genrepi_adversary_options *o = a->options;
    if (o->ada <= 0) return;
    const double by = (double)images / (double)o->ada_images;
    const double p = a->probability + (a->sign > o->ada ? by : -by);
    a->probability = p < 0 ? 0 : p > 1 ? 1 : p;
}

static int32_t add_drift(genrepi_adversary *a, genrep_tensor *logit, genrepi_terms *terms) {
    genrep_tensor *in[2] = {logit, NULL};
    int32_t status = genrepi_tape_tensor(a->tape, GENREPI_REAL, &logit->shape, &in[1]);
    if (status != 0) return status;
    a->trainer->ctx->kernels->fill(in[1]->count, 0, genrepi_real(in[1]));
    status = genrepi_terms_apply(terms, a->tape, a->square, in, 2, a->options->drift, NULL);
    genrepi_tensor_unref(in[1]);
    return status;
}

/* What the discriminator says of both batches, and its loss. */
static int32_t record(genrepi_adversary *a, const genrepi_view *real_samples,
                      const genrepi_view *fake, int64_t number, genrepi_terms *terms) {
    const genrepi_view *const views[2] = {real_samples, fake};
    genrep_tensor *logit[2] = {NULL, NULL}, *classes[2] = {NULL, NULL};
    genrep_trainer *t = a->trainer;
    double value = 0;
    int32_t status = genrepi_adversary_watch(a, real_samples, fake, number);
    for (int32_t i = 0; i < 2 && status == 0; i++) {
        status = genrepi_adversary_look(a, a->tape, views[i], number, i, &logit[i], &classes[i]);
    }
    if (status == 0) status = genrepi_trainer_note(t, a->d_real, mean_of(a, logit[0]));
    if (status == 0) status = genrepi_trainer_note(t, a->d_fake, mean_of(a, logit[1]));
    if (status == 0 && a->options->ada > 0) a->sign = sign_of(a, logit[0]);
    if (status == 0) {
        status = genrepi_adversary_penalties(a, real_samples, fake, logit[0], logit[1], number);
    }
    if (status == 0) {
        status = genrepi_terms_apply(terms, a->tape, a->loss_d, logit, 2, a->scale, &value);
    }
    if (status == 0) status = genrepi_trainer_note(t, a->loss, value);
    for (int32_t i = 0; i < 2 && status == 0 && a->tells; i++) {
        genrep_tensor *in[2] = {classes[i], views[i]->given};
        status = genrepi_terms_apply(terms, a->tape, a->class_of, in, 2, a->class_weight_d, NULL);
    }
    if (status == 0 && a->square != NULL) status = add_drift(a, logit[0], terms);
    for (int32_t i = 0; i < 2; i++) {
        genrepi_tensor_unref(logit[i]);
        genrepi_tensor_unref(classes[i]);
    }
    return status;
}

static void clip_weights(const genrepi_adversary *a) {
    const real most = (real)a->options->clip_weights;
    if (most <= 0) return;
    const genrepi_optimizer_parameter *p = a->optimizer->parameters;
    for (int64_t i = 0; i < a->optimizer->n_parameters; i++) {
        real *w = genrepi_real(p[i].value);
        for (int64_t j = 0; j < p[i].value->count; j++)
            w[j] = w[j] > most ? most : w[j] < -most ? -most : w[j];
    }
}

int32_t genrepi_adversary_update(genrepi_adversary *a, const genrepi_view *real_samples,
                                 const genrepi_view *fake, int64_t number) {
    genrepi_terms terms = {.n = 0};
    genrepi_tape_reset(a->tape, number * PHASES + 1);
    int32_t status = record(a, real_samples, fake, number, &terms);
    if (status == 0)
        status = genrepi_terms_update(&terms, a->tape, a->optimizer, a->trainer, a->norm);
    if (status == 0) clip_weights(a);
    if (status == 0) adapt(a, real_samples->x->shape.size[0]);
    genrepi_terms_free(&terms);
    return status;
}

int32_t genrepi_adversary_judge(genrepi_adversary *a, genrep_tape *tape, const genrepi_view *fake,
                                const genrepi_view *real_samples, int64_t number, double weight,
                                genrepi_terms *terms, double *value) {
    genrep_tensor *logit[2] = {NULL, NULL}, *classes = NULL;
    const int32_t n = a->options->loss == GENREPI_RELATIVISTIC ? 2 : 1;
    double class_loss = 0;
    int32_t status = genrepi_tape_freeze(tape, a->trainer->layers[a->part]);
    if (status == 0) status = genrepi_adversary_look(a, tape, fake, number, 1, &logit[0], &classes);
    if (status == 0 && n == 2) {
        status = genrepi_adversary_look(a, tape, real_samples, number, 0, &logit[1], NULL);
    }
    if (status == 0) status = genrepi_terms_apply(terms, tape, a->loss_g, logit, n, weight, value);
    if (status == 0 && a->tells) {
        genrep_tensor *in[2] = {classes, fake->given};
        status =
            genrepi_terms_apply(terms, tape, a->class_of, in, 2, a->class_weight_g, &class_loss);
        if (status == 0) status = genrepi_trainer_note(a->trainer, a->class_loss, class_loss);
    }
    genrepi_tensor_unref(logit[0]);
    genrepi_tensor_unref(logit[1]);
    genrepi_tensor_unref(classes);
    return status;
}
