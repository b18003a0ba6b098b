/* Adversarial training: what the kinds of trainers here are made of. */
#ifndef GENREPI_GAN_GAN_H
#define GENREPI_GAN_GAN_H

#include <gan/adversary.h>

enum { GENREPI_GENERATOR, GENREPI_DISCRIMINATOR, GENREPI_AVERAGE }; /* parts */
enum {
    GENREPI_LOSS_D,
    GENREPI_LOSS_G,
    GENREPI_D_REAL,
    GENREPI_D_FAKE,
    GENREPI_RATE,
    GENREPI_NORM_D,
    GENREPI_NORM_G,
    GENREPI_PENALTY,
    GENREPI_ROLLBACKS,                                          /* the frame's */
    GENREPI_LOSS_CLASS                                          /* cgan only */
};                                                              /* metrics */
enum { GENREPI_CONCAT, GENREPI_AUXILIARY, GENREPI_PROJECTION }; /* words of option conditioning */
enum { GENREPI_MLP, GENREPI_DCGAN };                            /* words of option network */

typedef struct genrepi_gan_options {
    genrepi_adversary_options adversary;
    int64_t batch, steps, latent, d_steps, classes, embedding, width;
    int64_t style, depth, most; /* stylegan */
    int32_t fresh, network, conditioning, form, r1_auto;
    double ema, class_d, class_g, mixing, truncation;
    char *generator; /* its spec; NULL: of option network */
    char *optimizer_g;
} genrepi_gan_options;

extern const genrepi_kind genrepi_kind_cgan, genrepi_kind_stylegan;

/* The instance of a gan, cgan or stylegan trainer. */
typedef struct genrepi_gan {
    int32_t conditional;
    int32_t images, labels; /* fields of the dataset */
    int64_t classes;
    int64_t updates; /* of the discriminator in the step under way: those of a step that failed */
    genrepi_shape sample;           /* one sample as the generator gives it */
    genrepi_adversary_options game; /* the trainer's, with what follows from the data */
    genrepi_adversary adversary;
    genrep_optimizer *optimizer_g;
    genrep_tape *tape_g;
    genrep_tensor *real, *latent, *classes_of_batch; /* inputs, one batch */
} genrepi_gan;

/* gan_networks.c: makes the network of a part by the user's spec, or by the options. */
int32_t genrepi_gan_network(genrep_trainer *trainer, int32_t part, const char *given);
/* Refuses networks that do not fit each other, the data or the options, before the first step. */
int32_t genrepi_gan_check(genrep_trainer *trainer);
int32_t genrepi_gan_step(genrep_trainer *trainer);
int32_t genrepi_gan_sample(genrep_trainer *trainer, int64_t count, const genrep_tensor *labels,
                           uint64_t stream, genrep_tensor **out);

#endif
