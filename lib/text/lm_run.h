/* A run of a language model with a full softmax over a text: what the trainers "nnlm" and
 * "word2vec" (objective=softmax) have in common. */
#ifndef GENREPI_TEXT_LM_RUN_H
#define GENREPI_TEXT_LM_RUN_H

#include <text/cursor.h>
#include <text/lm.h>
#include <text/validation.h>

typedef struct genrepi_lm_rule {
    genrepi_centre_rule context; /* without noise */
    genrepi_lm_options model;
    double sample, alpha, slowdown; /* slowdown 0: the rate falls in a line, as word2vec's */
    int64_t epochs, block, max_sentence;
} genrepi_lm_rule;

typedef struct genrepi_lm_run {
    genrep_vocab *vocab; /* a reference */
    genrepi_lm_rule rule;
    genrepi_sampler sampler;
    genrepi_sentences sentences;
    genrepi_cursor cursor;
    genrepi_centre centre;
    int32_t *places; /* the words at the places of a window, where they are concatenated */
    genrepi_lm lm;
    int64_t words; /* of all epochs */
    int64_t processed;
    genrepi_mark mark, live; /* where it stands between steps; loading overwrites the first */
    genrepi_mark begin;      /* of the batch at work */
    double loss, rate;       /* loss: of the step under way, a sum over `terms` */
    int64_t terms;
} genrepi_lm_run;

/* Takes the reference on the vocabulary over, also on failure.  counted: the vocabulary's counts
 * are those of the dataset. */
int32_t genrepi_lm_run_init(genrep_dataset *dataset, genrep_vocab *vocab, int32_t counted,
                            const genrepi_lm_rule *rule, genrepi_lm_run *run);
void genrepi_lm_run_free(genrepi_lm_run *run); /* fine on {0} */

/* Steps that the run has. */
int64_t genrepi_lm_run_steps(const genrepi_lm_run *run);

/* Step number trainer->done: then *loss is the mean of a prediction, *terms their number.
 * GENREP_STOPPED if it was cancelled in its midst. */
int32_t genrepi_lm_run_step(genrep_trainer *trainer, genrepi_lm_run *run, double *loss,
                            int64_t *terms);

/* Words of the batches that are done. */
int64_t genrepi_lm_run_done(const genrepi_lm_run *run);

int32_t genrepi_lm_run_evaluate(genrepi_lm_run *run, genrep_dataset *dataset, double *loss);
int32_t genrepi_lm_run_visit(genrepi_lm_run *run, genrepi_state *state);
int32_t genrepi_lm_run_vectors(const genrepi_lm_run *run, genrep_vectors **out);

#endif
