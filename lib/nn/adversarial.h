/* The words of option loss of adversarial losses. */
#ifndef GENREPI_NN_ADVERSARIAL_H
#define GENREPI_NN_ADVERSARIAL_H

#include <nn/loss.h>

enum {
    GENREPI_NON_SATURATING,
    GENREPI_MINIMAX,
    GENREPI_LSGAN,
    GENREPI_HINGE,
    GENREPI_WGAN,
    GENREPI_RELATIVISTIC
};
#define GENREPI_ADVERSARIAL_WORDS "non_saturating|minimax|lsgan|hinge|wgan|relativistic"

#endif
