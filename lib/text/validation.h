/* Held-out text: its loss after each epoch, and stopping when it falls no more (`validation` and
 * `patience` of the trainers over text). */
#ifndef GENREPI_TEXT_VALIDATION_H
#define GENREPI_TEXT_VALIDATION_H

#include <train/trainer.h>

typedef struct genrepi_validation {
    genrep_dataset *dataset; /* NULL: there is none */
    int64_t patience;        /* epochs; 0: it only measures */
    int64_t epochs, since;   /* measured so far; since the best one */
    double best;
} genrepi_validation;

int32_t genrepi_validation_open(genrep_ctx *ctx, const char *path, int64_t patience,
                                genrepi_validation *validation);
void genrepi_validation_close(genrepi_validation *validation); /* fine on {0} */

/* At the end of a step: where `epochs` have been done that were not measured, measures the loss,
 * notes it as the metric, and ends the run if it has not fallen for `patience` epochs. */
int32_t genrepi_validation_after(genrep_trainer *trainer, genrepi_validation *validation,
                                 int64_t epochs, int32_t metric);

/* Before a step: GENREP_STOPPED, and an end set to the run, where it has not fallen long enough. */
int32_t genrepi_validation_before(genrep_trainer *trainer, const genrepi_validation *validation);

int32_t genrepi_validation_visit(genrepi_validation *validation, genrepi_state *state);

#endif
