/* Distances between what a network's layers make of two batches: feature matching with a
 * discriminator, perceptual losses (Johnson et al. 2016) with any network. */
#ifndef GENREPI_GAN_FEATURES_H
#define GENREPI_GAN_FEATURES_H

#include <gan/terms.h>

/* Adds the distances, by the loss layer `distance`, after each rectifier of the network's chain;
 * *value is their sum.  The network is not changed; gradients flow into `made` alone where `wanted`
 * is a constant. */
int32_t genrepi_features_match(const genrep_layer *network, genrep_tape *tape, genrep_tensor *made,
                               genrep_tensor *wanted, const genrep_layer *distance, double weight,
                               genrepi_terms *terms, double *value);

#endif
