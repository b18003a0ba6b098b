/* The guard against divergence: a good state is kept in memory, and a run goes back to it, at half
 * the rate, when a loss or a gradient is not finite.  For kinds whose options hold a
 * genrepi_guard_options, at ops->guard, and that have a metric "rollbacks". */
#ifndef GENREPI_TRAIN_GUARD_H
#define GENREPI_TRAIN_GUARD_H

#include <base/spec.h>
#include <genrep/train.h>

typedef struct genrepi_guard_options {
    int64_t rollbacks, snapshot_every;
} genrepi_guard_options;

/* The rows of a kind whose options struct has the member `guard`. */
#define GENREPI_GUARD_OPTIONS(type)                                                                \
    {"rollbacks",                                                                                  \
     GENREPI_INT,                                                                                  \
     0,                                                                                            \
     "3",                                                                                          \
     0,                                                                                            \
     1000,                                                                                         \
     NULL,                                                                                         \
     "times to go back to a good state, at half the rate, when a value is not finite",             \
     offsetof(type, guard.rollbacks)},                                                             \
    {                                                                                              \
        "snapshot_every", GENREPI_INT, 0, "1000", 1, 1e15, NULL,                                   \
            "steps between the states that are kept for that",                                     \
            offsetof(type, guard.snapshot_every)                                                   \
    }

typedef struct genrepi_guard genrepi_guard;

/* Before a step: keeps the state, if it is time to. */
int32_t genrepi_guard_keep(genrep_trainer *trainer);
/* After a step that diverged, its error recorded: 0 if the trainer is at the state that was kept,
 * GENREP_E_DIVERGED if it has gone back as often as it may, or was there already. */
int32_t genrepi_guard_go_back(genrep_trainer *trainer);
/* What is kept is not of this run any more (it was resumed, or ends). */
void genrepi_guard_free(genrep_trainer *trainer);

#endif
