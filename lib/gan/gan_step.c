/* One step of adversarial training (Goodfellow et al. 2014, Algorithm 1): d_steps updates of the
 * discriminator on real and generated batches, then one of the generator; the losses are the
 * adversary's.
 *
 * The generated batch of the last discriminator step serves the generator's step too, unless
 * fresh=1: one forward pass of the generator less, and the same expectation. */
#include <gan/gan.h>
#include <base/random.h>
#include <gan/average.h>

/* Numbers the recordings of one step, so that dropout differs in each; adversary.c has one. */
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

static genrepi_view view_of(const genrepi_gan *gan, genrep_tensor *x) {
    return (genrepi_view){x, gan->conditional ? gan->classes_of_batch : NULL};
}

static int32_t generator_step(genrep_trainer *t, genrep_tensor *fake, int64_t number) {
    genrepi_gan *gan = t->instance;
    const genrepi_view made = view_of(gan, fake), real_samples = view_of(gan, gan->real);
    genrepi_terms terms = {.n = 0};
    double value = 0;
    int32_t status = genrepi_adversary_judge(&gan->adversary, gan->tape_g, &made, &real_samples,
                                             number, 1, &terms, &value);
    if (status == 0) status = genrepi_trainer_note(t, GENREPI_LOSS_G, value);
    if (status == 0)
        status = genrepi_terms_update(&terms, gan->tape_g, gan->optimizer_g, t, GENREPI_NORM_G);
    genrepi_terms_free(&terms);
    return status;
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
        const genrepi_view made = view_of(gan, *fake), real_samples = view_of(gan, gan->real);
        status = genrepi_adversary_update(&gan->adversary, &real_samples, &made, number);
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
    if (status == 0) status = generator_step(t, fake, (t->done + 1) * o->d_steps - 1);
    genrepi_tensor_unref(fake);
    if (status != 0) return status;
    gan->updates = 0;
    return genrepi_average_move(t, GENREPI_AVERAGE, GENREPI_GENERATOR, o->ema);
}
