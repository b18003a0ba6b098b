/* Adversarial training: what the kinds of trainers here are made of. */
#ifndef GENREPI_GAN_GAN_H
#define GENREPI_GAN_GAN_H

#include <train/trainer.h>

enum { GENREPI_GENERATOR, GENREPI_DISCRIMINATOR, GENREPI_AVERAGE }; /* parts */
enum {
    GENREPI_LOSS_D,
    GENREPI_LOSS_G,
    GENREPI_D_REAL,
    GENREPI_D_FAKE,
    GENREPI_RATE,
    GENREPI_NORM_D,
    GENREPI_NORM_G
};                                                /* metrics */
enum { GENREPI_NON_SATURATING, GENREPI_MINIMAX }; /* words of option loss */

typedef struct genrepi_gan_options {
    int64_t batch, steps, latent, d_steps, classes, embedding;
    int32_t loss, fresh;
    double smoothing, ema;
    char *generator, *discriminator; /* specs; NULL: the MLPs */
    char *optimizer_g, *optimizer_d;
} genrepi_gan_options;

/* The instance of a gan or cgan trainer. */
typedef struct genrepi_gan {
    int32_t conditional;
    int32_t images, labels; /* fields of the dataset */
    int64_t classes;
    int64_t updates; /* of the discriminator in the step under way: those of a step that failed */
    genrepi_shape sample;                /* one sample as the generator gives it */
    genrep_layer *real_loss, *fake_loss; /* bce_logits towards 1 (or 0.9) and 0 */
    genrep_layer *trick_loss;            /* bce_logits towards 1, for the generator */
    genrep_optimizer *optimizer_d, *optimizer_g;
    genrep_tape *tape_d, *tape_g;
    genrep_tensor *real, *latent, *classes_of_batch; /* inputs, one batch */
    genrep_tensor *plus, *minus;                     /* cotangents 1 and -1 */
} genrepi_gan;

/* Refuses networks that do not fit each other, the data or the options, before the first step. */
int32_t genrepi_gan_check(genrep_trainer *trainer);
int32_t genrepi_gan_step(genrep_trainer *trainer);
int32_t genrepi_gan_sample(genrep_trainer *trainer, int64_t count, const genrep_tensor *labels,
                           uint64_t stream, genrep_tensor **out);

#endif
