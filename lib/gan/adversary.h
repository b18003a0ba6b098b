/* An adversary: a discriminator with its optimizer, loss, penalties and tricks, the part that all
 * adversarial trainers share.  A trainer calls _update with a real and a made batch, and _judge on
 * its generator's tape.  Losses: nn/adversarial.c; penalties: docs/notes/penalties.md. */
#ifndef GENREPI_GAN_ADVERSARY_H
#define GENREPI_GAN_ADVERSARY_H

#include <gan/terms.h>
#include <nn/adversarial.h>
#include <nn/penalty.h>
#include <train/trainer.h>

/* Options structs of adversarial trainers begin with this. */
typedef struct genrepi_adversary_options {
    int32_t loss, one_sided;
    int64_t penalty_every, noise_steps, ada_images;
    double ada, smoothing, r1, r2, gp, dragan, drift, clip_weights, instance_noise;
    genrepi_guard_options guard;
    char *discriminator, *optimizer_d, *augment;
} genrepi_adversary_options;

#define GENREPI_ADVERSARY_OPTION(kind, ...)                                                        \
    GENREPI_OPTION_##kind(genrepi_adversary_options, __VA_ARGS__)
/* The shared rows, with the trainer's own defaults of loss, penalty_every and optimizer, and its
 * words for the default discriminator. */
#define GENREPI_ADVERSARY_OPTIONS(game, every, optimizer, network)                                 \
    GENREPI_ADVERSARY_OPTION(WORD, loss, game, GENREPI_ADVERSARIAL_WORDS, "the game"),             \
        GENREPI_ADVERSARY_OPTION(NUMBER, smoothing, "0", 0, 0.5,                                   \
                                 "real samples' target is 1 - smoothing"),                         \
        GENREPI_ADVERSARY_OPTION(NUMBER, r1, "0", 0, 1e6,                                          \
                                 "R1: r1/2 mean |gradient at real samples|^2"),                    \
        GENREPI_ADVERSARY_OPTION(NUMBER, r2, "0", 0, 1e6, "R2: the same at made samples"),         \
        GENREPI_ADVERSARY_OPTION(NUMBER, gp, "0", 0, 1e6,                                          \
                                 "WGAN-GP: gp mean (|gradient| - 1)^2 between real and made"),     \
        GENREPI_ADVERSARY_OPTION(NUMBER, dragan, "0", 0, 1e6,                                      \
                                 "DRAGAN: the same around real samples"),                          \
        GENREPI_ADVERSARY_OPTION(FLAG, one_sided, "0",                                             \
                                 "gp and dragan: only where |gradient| > 1"),                      \
        GENREPI_ADVERSARY_OPTION(INT, penalty_every, every, 1, 1e6,                                \
                                 "penalties at every n-th update, n times as strong"),             \
        GENREPI_ADVERSARY_OPTION(NUMBER, drift, "0", 0, 1e6, "pull drift mean D(real)^2"),         \
        GENREPI_ADVERSARY_OPTION(NUMBER, clip_weights, "0", 0, 1e6,                                \
                                 "WGAN: bound of |weight| after an update; 0: none"),              \
        GENREPI_ADVERSARY_OPTION(NUMBER, instance_noise, "0", 0, 100,                              \
                                 "deviation of noise on all that the discriminator sees"),         \
        GENREPI_ADVERSARY_OPTION(INT, noise_steps, "0", 0, 1e15,                                   \
                                 "updates in which that noise falls to 0; 0: it stays"),           \
        GENREPI_ADVERSARY_OPTION(STRING, augment, NULL,                                            \
                                 "what all images pass on the way to it, as 'augment'"),           \
        GENREPI_ADVERSARY_OPTION(NUMBER, ada, "0", 0, 1,                                           \
                                 "mean sign of D(real) that p of augment adapts to; 0: it stays"), \
        GENREPI_ADVERSARY_OPTION(INT, ada_images, "500000", 1, 1e15,                               \
                                 "images in which p moves by 1"),                                  \
        GENREPI_GUARD_OPTIONS(genrepi_adversary_options),                                          \
        GENREPI_ADVERSARY_OPTION(STRING, discriminator, NULL, "its spec; default " network),       \
        GENREPI_ADVERSARY_OPTION(STRING, optimizer_d, optimizer,                                   \
                                 "spec of the discriminator's optimizer")

/* What it looks at: samples, and what they belong to, which the discriminator is given too; or,
 * if it `tells`, has to tell. */
typedef struct genrepi_view {
    genrep_tensor *x;
    genrep_tensor *given; /* classes, attributes, or the image that x is made from; NULL: nothing */
} genrepi_view;

typedef struct genrepi_adversary {
    /* Set by the trainer before _prepare(). */
    genrep_trainer *trainer;
    const genrepi_adversary_options *options;
    int32_t part;                                /* the discriminator in trainer->layers */
    int32_t loss, d_real, d_fake, norm, penalty; /* indices of metrics */
    const char *name;                            /* in checkpoints */
    double scale;   /* of the adversarial loss of an update: 1, or 1/2 to slow it down */
    int32_t joined; /* given is an image, joined with x along the channels, before it */
    int32_t tells;  /* 1: auxiliary, the discriminator gives a logit, and those of classes */
    double class_weight_d, class_weight_g; /* of their loss in either update */
    int32_t class_loss;                    /* index of a metric: of made samples */

    double probability; /* ada: of augmentation */
    double sign;        /* ada: mean sign of the last D(real) */

    genrep_layer *augment, *loss_d, *loss_g, *concat, *add, *logit, *classes, *class_of, *square;
    genrep_optimizer *optimizer;
    genrep_tape *tape;
} genrepi_adversary;

/* Makes what an update needs; again after it failed, or after _free(). */
int32_t genrepi_adversary_prepare(genrepi_adversary *adversary);
void genrepi_adversary_free(genrepi_adversary *adversary);
int32_t genrepi_adversary_visit(genrepi_adversary *adversary, genrepi_state *state);

/* One update of the discriminator; `number` counts them, and decides its random numbers. */
int32_t genrepi_adversary_update(genrepi_adversary *adversary, const genrepi_view *real_samples,
                                 const genrepi_view *fake, int64_t number);

/* Adds the generator's loss of samples made on `tape` to terms, `weight` times; the discriminator
 * passes the gradient on but is not changed.  real_samples is needed for relativistic only.  *value
 * is the loss. */
int32_t genrepi_adversary_judge(genrepi_adversary *adversary, genrep_tape *tape,
                                const genrepi_view *fake, const genrepi_view *real_samples,
                                int64_t number, double weight, genrepi_terms *terms, double *value);

/* Adds the distance between the discriminator's features of made and of real samples, layer by
 * layer, by the loss layer `distance`; *value is their sum. */
int32_t genrepi_adversary_match(genrepi_adversary *adversary, genrep_tape *tape,
                                const genrepi_view *fake, const genrepi_view *real_samples,
                                const genrep_layer *distance, double weight, genrepi_terms *terms,
                                double *value);

/* adversary_look.c: D(x) on a tape, the logit and (if it tells, else NULL) those of the classes. */
int32_t genrepi_adversary_look(genrepi_adversary *adversary, genrep_tape *tape,
                               const genrepi_view *view, int64_t number, int32_t which,
                               genrep_tensor **logit, genrep_tensor **classes);
/* adversary_penalty.c: before look: watches what penalties are about; after it: adds them. */
int32_t genrepi_adversary_watch(genrepi_adversary *adversary, const genrepi_view *real_samples,
                                const genrepi_view *fake, int64_t number);
int32_t genrepi_adversary_penalties(genrepi_adversary *adversary, const genrepi_view *real_samples,
                                    const genrepi_view *fake, genrep_tensor *logit_real,
                                    genrep_tensor *logit_fake, int64_t number);

#endif
