/* The trainer "word2vec": options, kind, and what a run consists of. */
#ifndef GENREPI_TEXT_WORD2VEC_H
#define GENREPI_TEXT_WORD2VEC_H

#include <base/spec.h>
#include <text/composed.h>
#include <text/lm_run.h>
#include <train/trainer.h>

typedef struct genrepi_word2vec_options {
    int64_t size, window, negative, min_count, max_vocab, max_entries, epochs;
    double sample, alpha, noise_exponent;
    int64_t min_ngram, max_ngram, buckets;
    int32_t dynamic, bias, context, combine, compose, objective, deterministic;
    char *vocab, *grow, *validation;
    int64_t block, max_sentence, batch, patience;
} genrepi_word2vec_options;

extern const genrepi_kind genrepi_kind_word2vec;

/* alpha max(1e-4, 1 - processed / (words + 1)), words: of all epochs (word2vec.c; mathematics 2.3).
 */
double genrepi_word2vec_rate(double alpha, int64_t processed, int64_t words);

/* What a thread trains with. */
typedef struct genrepi_word2vec_worker {
    _Alignas(64) genrepi_sgns_work work;
    genrepi_centre centres[2]; /* the one at work and the one to come */
    /* Their words, if they are made of n-grams and there is no lockstep: */
    genrepi_composed composed;
    int32_t *slot_of;
    genrepi_cursor cursor;
    real rate;
    double loss; /* since the step began: a sum over `terms` */
    int64_t terms;
} genrepi_word2vec_worker;

typedef struct genrepi_word2vec {
    genrepi_lm_run lm; /* with the full softmax, which needs none of what follows */
    genrepi_validation validation;
    genrep_vocab *vocab;
    genrepi_huffman tree;
    genrepi_sampler sampler;
    genrepi_sentences sentences;
    struct genrepi_word2vec_old *old; /* what it grows from, while it is made */
    genrepi_ngrams *ngrams;           /* NULL: words have one row */
    genrepi_sgns sgns;
    genrepi_centre_rule rule;
    genrepi_word2vec_worker *workers;
    int32_t n_workers;
    struct genrepi_lockstep *lockstep; /* NULL: without locks */
    int64_t words;                     /* of all epochs */
    genrepi_mark mark;                 /* where it stands between steps; loading overwrites it */
    genrepi_mark live;                 /* the same, but for loading */
    genrepi_mark begin;                /* of the batch that is being made, in lockstep */
    double loss;                       /* of the step under way: a sum over `terms` */
    int64_t terms;
    int64_t until;                     /* words this step goes to */
    _Alignas(64) pthread_mutex_t turn; /* whose turn it is to read; all below, and sentences */
    int64_t processed;
    int32_t status;
    double rate; /* of the last sentence taken */
} genrepi_word2vec;

/* Takes the next sentence of the text; 0 where `limit` words are taken already, or it has failed.
 */
int32_t genrepi_word2vec_take(genrep_trainer *trainer, genrepi_word2vec_worker *worker,
                              int64_t limit);

/* Makes the next centre of a worker's sentence, which has one. */
void genrepi_word2vec_centre(const genrepi_word2vec *own, genrepi_word2vec_worker *worker,
                             genrepi_centre *centre);

/* Words of the sentences that are done. */
int64_t genrepi_word2vec_done(const genrepi_word2vec *own);

static inline int32_t genrepi_word2vec_cancelled(genrep_trainer *trainer) {
    return atomic_load_explicit(&trainer->cancelled, memory_order_relaxed);
}

/* word2vec_grow.c: visits the vocabulary; and goes on from the checkpoint that `grow` names: makes
 * its words and the new text's the vocabulary, then takes its rows over. */
int32_t genrepi_word2vec_visit_vocab(const genrep_vocab *vocab, genrepi_state *state);
int32_t genrepi_word2vec_grow_vocab(genrep_trainer *trainer, const genrepi_vocab_options *options,
                                    genrep_vocab **out);
int32_t genrepi_word2vec_grow_tables(genrep_trainer *trainer);
void genrepi_word2vec_grow_end(genrep_trainer *trainer); /* gives back what is still open */
/* Names of tables in a checkpoint, by panel. */
extern const char *const genrepi_word2vec_inputs[GENREPI_MOST_PANELS];
extern const char *const genrepi_word2vec_outputs[GENREPI_MOST_PANELS];
extern const char *const genrepi_word2vec_grams[GENREPI_MOST_PANELS];

/* word2vec_subwords.c: the n-grams of the vocabulary; and vectors that know them. */
int32_t genrepi_word2vec_ngrams(genrep_trainer *trainer);
int32_t genrepi_word2vec_add_subwords(const genrepi_word2vec *own, genrep_vectors *made);

/* word2vec_diverged.c: fails with GENREP_E_DIVERGED and names what is not finite. */
int32_t genrepi_word2vec_diverged(genrep_trainer *trainer);

/* word2vec_threads.c: makes and ends the workers; and trains until own->until words are done: then
 * *loss is the sum of L over *terms rows.  GENREP_STOPPED if it was cancelled before. */
int32_t genrepi_word2vec_start(genrep_trainer *trainer);
void genrepi_word2vec_end(genrep_trainer *trainer);
int32_t genrepi_word2vec_train(genrep_trainer *trainer, double *loss, int64_t *terms);

/* The loss of a text: of each prediction, without a step. */
int32_t genrepi_word2vec_evaluate(genrep_trainer *trainer, genrep_dataset *dataset, double *loss);

#endif
