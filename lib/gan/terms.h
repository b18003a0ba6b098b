/* A loss that is a weighted sum of terms on one tape. */
#ifndef GENREPI_GAN_TERMS_H
#define GENREPI_GAN_TERMS_H

#include <train/trainer.h>

#define GENREPI_MOST_FEATURES 8 /* layers of a network that features are compared after */
/* Features of two networks, and what else a trainer adds. */
#define GENREPI_MAX_TERMS (2 * GENREPI_MOST_FEATURES + 8)

typedef struct genrepi_terms {
    int32_t n;
    genrep_tensor *term[GENREPI_MAX_TERMS]; /* one number each; references */
    double weight[GENREPI_MAX_TERMS];
} genrepi_terms;

/* Applies a loss layer to its inputs; its number becomes a term, and *value if that is not NULL. */
int32_t genrepi_terms_apply(genrepi_terms *terms, genrep_tape *tape, const genrep_layer *loss,
                            genrep_tensor *const *in, int32_t n_in, double weight, double *value);
/* Goes back from the weighted sum. */
int32_t genrepi_terms_backward(const genrepi_terms *terms, genrep_tape *tape);
/* The end of an update: goes back, moves the optimizer's networks, and notes the norm of
 * their gradients under a metric's index. */
int32_t genrepi_terms_update(const genrepi_terms *terms, genrep_tape *tape,
                             genrep_optimizer *optimizer, genrep_trainer *trainer, int32_t norm);
void genrepi_terms_free(genrepi_terms *terms); /* it is empty then */

#endif
