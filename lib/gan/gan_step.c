/* One step of adversarial training (Goodfellow et al. 2014, Algorithm 1): d_steps updates of the
 * discriminator on real and generated batches, then one of the generator.
 *
 *   L_D = mean softplus(-D(x)) + mean softplus(D(G(z)))
 *   L_G = mean softplus(-D(G(z)))    non-saturating, or
 *       = -mean softplus(D(G(z)))    minimax                          (mathematics 2.10)
 *
 * The generated batch of the last discriminator step serves the generator's step too, unless
 * fresh=1: one forward pass of the generator less, and the same expectation. */
#include <gan/gan.h>
#include <base/random.h>

/* Numbers the recordings of one step, so that dropout differs in each. */
#define PHASES 4

static void draw_latent(genrep_trainer *t, int64_t number, uint64_t draw) {
    genrepi_gan *gan = t->instance;
    t->ctx->kernels->random_normal(gan->latent->count, t->ctx->seed,
                                   genrepi_stream(GENREPI_FOR_LATENT, (uint64_t)number, draw), 0, 0,
                                   1, genrepi_real(gan->latent));
}

/* G(z) or G(z, y), recorded on tape_g if `record`. */
static int32_t generate(genrep_trainer *t, int64_t tape_step, int record, genrep_tensor **fake) {
    genrepi_gan *gan = t->instance;
    genrep_layer *generator = t->layers[GENREPI_GENERATOR];
    genrepi_tape_reset(gan->tape_g, tape_step);
    int32_t status = record ? 0 : genrepi_tape_freeze(gan->tape_g, generator);
    if (status != 0) return status;
    genrep_tensor *in[2] = {gan->latent, gan->classes_of_batch};
    return genrepi_layer_apply(generator, gan->tape_g, in, gan->conditional ? 2 : 1, fake, 1);
}

/* loss(D(x)) or loss(D(x, y)) on a tape, as a tensor and as a number, and the mean of sigmoid(D).
 */
static int32_t judge(genrep_trainer *t, genrep_tape *tape, genrep_tensor *x,
                     const genrep_layer *loss, double *probability, double *value,
                     genrep_tensor **out) {
    genrepi_gan *gan = t->instance;
    genrep_tensor *in[2] = {x, gan->classes_of_batch}, *logits = NULL;
    int32_t status = genrepi_layer_apply(t->layers[GENREPI_DISCRIMINATOR], tape, in,
                                         gan->conditional ? 2 : 1, &logits, 1);
    if (status != 0) return status;
    double sum = 0;
    const real *r = genrepi_real_read(logits);
    for (int64_t i = 0; i < logits->count; i++) sum += 1 / (1 + exp(-(double)r[i]));
    *probability = sum / (double)logits->count;
    status = genrepi_layer_apply(loss, tape, &logits, 1, out, 1);
    if (status == 0) *value = (double)genrepi_real(*out)[0];
    genrepi_tensor_unref(logits);
    return status;
}

static int32_t discriminator_step(genrep_trainer *t, genrep_tensor *fake, int64_t tape_step) {
    genrepi_gan *gan = t->instance;
    genrep_tensor *losses[2] = {NULL, NULL};
    genrep_tensor *ones[2] = {gan->plus, gan->plus};
    double d_real, d_fake, loss_real, loss_fake;
    genrepi_tape_reset(gan->tape_d, tape_step);
    int32_t status =
        judge(t, gan->tape_d, gan->real, gan->real_loss, &d_real, &loss_real, &losses[0]);
    if (status == 0) {
        status = judge(t, gan->tape_d, fake, gan->fake_loss, &d_fake, &loss_fake, &losses[1]);
    }
    if (status == 0) status = genrepi_trainer_note(t, GENREPI_D_REAL, d_real);
    if (status == 0) status = genrepi_trainer_note(t, GENREPI_D_FAKE, d_fake);
    if (status == 0) status = genrepi_trainer_note(t, GENREPI_LOSS_D, loss_real + loss_fake);
    if (status == 0) status = genrepi_tape_backward_from(gan->tape_d, 2, losses, ones);
    if (status == 0) status = genrepi_optimizer_step(gan->optimizer_d);
    if (status == 0) t->values[GENREPI_NORM_D] = gan->optimizer_d->norm;
    genrepi_tensor_unref(losses[0]);
    genrepi_tensor_unref(losses[1]);
    return status;
}

/* The discriminator passes the gradient on but is not changed: it is frozen on this tape. */
static int32_t generator_step(genrep_trainer *t, genrep_tensor *fake) {
    genrepi_gan *gan = t->instance;
    const genrepi_gan_options *o = t->options;
    int minimax = o->loss == GENREPI_MINIMAX;
    genrep_tensor *loss = NULL;
    double probability, value;
    int32_t status = genrepi_tape_freeze(gan->tape_g, t->layers[GENREPI_DISCRIMINATOR]);
    if (status == 0) {
        status = judge(t, gan->tape_g, fake, minimax ? gan->fake_loss : gan->trick_loss,
                       &probability, &value, &loss);
    }
    if (status == 0) status = genrepi_trainer_note(t, GENREPI_LOSS_G, minimax ? -value : value);
    genrep_tensor *cotangent = minimax ? gan->minus : gan->plus;
    if (status == 0) status = genrepi_tape_backward_from(gan->tape_g, 1, &loss, &cotangent);
    if (status == 0) status = genrepi_optimizer_step(gan->optimizer_g);
    if (status == 0) t->values[GENREPI_NORM_G] = gan->optimizer_g->norm;
    genrepi_tensor_unref(loss);
    return status;
}

/* The average begins to remember slowly, so that the first weights do not stay in it for long. */
static int32_t move_average(genrep_trainer *t) {
    const genrepi_gan_options *o = t->options;
    if (o->ema <= 0) return 0;
    double early = (1 + (double)t->done) / (10 + (double)t->done);
    return genrepi_layer_blend(t->layers[GENREPI_AVERAGE], t->layers[GENREPI_GENERATOR],
                               early < o->ema ? early : o->ema);
}

static int32_t fetch_batch(genrep_trainer *t, int64_t number) {
    genrepi_gan *gan = t->instance;
    int32_t status = genrepi_dataset_batch(t->dataset, number, gan->images, 1, gan->real);
    if (status != 0 || !gan->conditional) return status;
    return genrepi_dataset_batch(t->dataset, number, gan->labels, 0, gan->classes_of_batch);
}

/* The discriminator's updates; *fake is the last generated batch, recorded if the generator's
 * update goes back through it.  Updates that a step did before it failed are not done again, so
 * that the step can be repeated; what they left for the generator's is. */
static int32_t discriminator_steps(genrep_trainer *t, genrep_tensor **fake) {
    genrepi_gan *gan = t->instance;
    const genrepi_gan_options *o = t->options;
    int32_t status = 0;
    for (int64_t k = 0; k < o->d_steps && status == 0; k++) {
        int64_t number = t->done * o->d_steps + k;
        int last = k == o->d_steps - 1;
        if (k < gan->updates && !last) continue;
        genrepi_tensor_unref(*fake);
        *fake = NULL;
        status = fetch_batch(t, number);
        if (status == 0) draw_latent(t, number, 0);
        if (status == 0) status = generate(t, number * PHASES, last && !o->fresh, fake);
        if (status != 0 || k < gan->updates) continue;
        status = discriminator_step(t, *fake, number * PHASES + 1);
        if (status == 0) gan->updates = k + 1;
    }
    return status;
}

int32_t genrepi_gan_step(genrep_trainer *t) {
    genrepi_gan *gan = t->instance;
    const genrepi_gan_options *o = t->options;
    genrep_tensor *fake = NULL;
    t->values[GENREPI_RATE] = genrepi_optimizer_rate(gan->optimizer_g);
    int32_t status = discriminator_steps(t, &fake);
    if (status == 0 && o->fresh) {
        int64_t number = t->done * o->d_steps;
        genrepi_tensor_unref(fake);
        fake = NULL;
        draw_latent(t, number, 1);
        status = generate(t, number * PHASES + 2, 1, &fake);
    }
    if (status == 0) status = generator_step(t, fake);
    genrepi_tensor_unref(fake);
    if (status != 0) return status;
    gan->updates = 0;
    return move_average(t);
}
