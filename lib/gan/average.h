/* Moving averages of the weights of a part: what samples are made with. */
#ifndef GENREPI_GAN_AVERAGE_H
#define GENREPI_GAN_AVERAGE_H

#include <train/trainer.h>

/* Before the first step: refuses a host's network that is not of the source's spec, or not asked
 * for; and makes the average where there is none. */
int32_t genrepi_average_check(genrep_trainer *trainer, int32_t average, int32_t source,
                              double decay);
int32_t genrepi_average_make(genrep_trainer *trainer, int32_t average, int32_t source,
                             double decay);

/* average <- d average + (1 - d) source with d = min(decay, (1 + t)/(10 + t)): it begins to
 * remember slowly, so that the first weights do not stay in it for long.  decay 0: there is none.
 */
int32_t genrepi_average_move(genrep_trainer *trainer, int32_t average, int32_t source,
                             double decay);

#endif
