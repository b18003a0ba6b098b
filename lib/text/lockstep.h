/* Training by several threads that gives the same bits for any number of them.
 *
 * Centres are taken in batches, in the order of the text.  A batch has two phases.  First the
 * products of all its centres' rows, from the tables as the batch before left them; each product is
 * the sum of two, over the first and the second half of the columns.  Then all its steps in order,
 * where each thread has columns of its own: no number is written by two threads, no sum depends on
 * who adds, and a row's cache lines stay with the processor that works on them.  Meanwhile one of
 * them makes the next batch.  So the products of a batch do not see the steps of the same batch;
 * how long a batch may be follows from the vocabulary (genrepi_lockstep_centres()), not from the
 * threads. */
#ifndef GENREPI_TEXT_LOCKSTEP_H
#define GENREPI_TEXT_LOCKSTEP_H

#include <text/word2vec.h>

typedef struct genrepi_lockstep genrepi_lockstep;

/* Centres in a batch, at least 1: so few that the commonest word is seldom there more than a few
 * times, and that no batch takes long. */
int32_t genrepi_lockstep_centres(const genrep_trainer *trainer);

/* For the workers of a word2vec trainer.  *out is set also on failure, to be freed. */
int32_t genrepi_lockstep_new(genrep_trainer *trainer, genrepi_lockstep **out);
void genrepi_lockstep_free(genrep_ctx *ctx, genrepi_lockstep *lockstep); /* NULL is fine */

/* Trains until the step is over. */
void genrepi_lockstep_run(genrep_trainer *trainer, genrepi_lockstep *lockstep);

#endif
