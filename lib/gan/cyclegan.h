/* The trainer cyclegan: what its files share. */
#ifndef GENREPI_GAN_CYCLEGAN_H
#define GENREPI_GAN_CYCLEGAN_H

#include <gan/adversary.h>
#include <gan/image_pool.h>

/* Side 0 is a, side 1 is b.  Generator i makes images of the other side from those of side i;
 * discriminator i judges images of side i. */
enum { GENREPI_CYCLE_GENERATORS, GENREPI_CYCLE_DISCRIMINATORS = 2 }; /* parts, two of each */
enum {
    GENREPI_CYCLE_LOSS_D,     /* of each side */
    GENREPI_CYCLE_LOSS_G = 2, /* of the generator that makes that side */
    GENREPI_CYCLE_ERROR = 4,  /* mean |there and back - image| */
    GENREPI_CYCLE_IDENTITY = 6,
    GENREPI_CYCLE_D_REAL = 7,
    GENREPI_CYCLE_D_FAKE = 9,
    GENREPI_CYCLE_RATE = 11,
    GENREPI_CYCLE_NORM_D = 12,
    GENREPI_CYCLE_NORM_G = 14,
    GENREPI_CYCLE_PENALTY = 15
}; /* metrics */

typedef struct genrepi_cycle_options {
    genrepi_adversary_options adversary;
    int64_t batch, steps, width, blocks, pool, field;
    double lambda, identity;
    char *generator, *optimizer_g;
} genrepi_cycle_options;

typedef struct genrepi_cycle {
    int32_t field[2];       /* of the dataset */
    genrepi_shape shape[2]; /* of a batch */
    int64_t updated;        /* how many discriminators of the step under way are done */
    genrepi_adversary adversary[2];
    genrepi_image_pool pool[2];
    genrep_layer *l1;
    genrep_optimizer *optimizer;
    genrep_tape *tape;
    genrep_tensor *batch[2];
} genrepi_cycle;

int32_t genrepi_cycle_step(genrep_trainer *trainer);

#endif
