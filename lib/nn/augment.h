/* What the adaptive augmentation of an adversary needs of the layer augment. */
#ifndef GENREPI_NN_AUGMENT_H
#define GENREPI_NN_AUGMENT_H

#include <nn/layer.h>

/* Sets the probability of every augment in a network; how many there are. */
int32_t genrepi_augment_set(genrep_layer *network, double probability);

#endif
