/** @file genrep/train.h
 *  One trainer, one set of verbs, whatever is trained.  The host owns the loop.
 */
#ifndef GENREP_TRAIN_H
#define GENREP_TRAIN_H

#include <genrep/data.h>
#include <genrep/nn.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct genrep_trainer genrep_trainer;
typedef struct genrep_vectors genrep_vectors;

/** Makes a trainer: "gan batch=128 steps=20000", "cgan classes=10", "classifier", "word2vec
 *  size=100"; see genrep_describe("cgan") for the options and the names of metrics and parts.
 *  @param dataset what it trains on; the trainer holds a reference.
 *  @param[out] out the new reference.
 *  @return 0, GENREP_E_INVALID (also data that do not fit the kind), GENREP_E_RANGE, or
 *          GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_trainer_new(genrep_ctx *ctx, const char *spec, genrep_dataset *dataset,
                                      genrep_trainer **out);

/** Adds a reference.  Thread-safe.  @return trainer.  @since 0.1 */
GENREP_API genrep_trainer *genrep_trainer_ref(genrep_trainer *trainer);

/** Gives a reference back.  Thread-safe.  @since 0.1 */
GENREP_API void genrep_trainer_unref(genrep_trainer *trainer);

/** Trains n steps.  A step is one update of every network; for word2vec, a block of words.
 *
 *  When a loss or a gradient is not finite, nothing is updated: the trainer goes back to a state
 *  that it kept, at half the rate, at most `rollbacks` times (an option of most kinds, and a
 *  metric); genrep_ctx_error() says why, and fewer steps are done than n.
 *  @return 0; GENREP_STOPPED if it was cancelled (the step under way is finished first) or has done
 *          the `steps` of its spec; GENREP_E_INVALID (n below 0), GENREP_E_DIVERGED (the text
 *          names what is not finite), GENREP_E_USER, GENREP_E_IO or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_trainer_step(genrep_trainer *trainer, int64_t n);

/** Asks genrep_trainer_step() to return after the step under way; the next call goes on.  From any
 *  thread, also from a signal handler.  @since 0.1 */
GENREP_API void genrep_trainer_cancel(genrep_trainer *trainer);

/** The steps done, and those of the whole run (0: no end).  Any output may be NULL.
 *  @return 0 or GENREP_E_INVALID.  @since 0.1 */
GENREP_API int32_t genrep_trainer_progress(const genrep_trainer *trainer, int64_t *done,
                                           int64_t *total);

/** A number about the last step, as "loss_d", "loss_g", "rate".
 *  @return 0 or GENREP_E_INVALID (no such metric).  @since 0.1 */
GENREP_API int32_t genrep_trainer_metric(const genrep_trainer *trainer, const char *name,
                                         double *value);

/** The name of metric number `index`, borrowed, static.
 *  @return NULL past the last and for NULL.  @since 0.1 */
GENREP_API const char *genrep_trainer_metric_name(const genrep_trainer *trainer, int32_t index);

/** A network of the trainer, as "generator", "discriminator", "average" (the moving average of the
 *  generator, with ema above 0).
 *  @param[out] out a new reference.
 *  @return 0 or GENREP_E_INVALID (no such part).  @since 0.1 */
GENREP_API int32_t genrep_trainer_layer(genrep_trainer *trainer, const char *name,
                                        genrep_layer **out);

/** Uses the host's own network for a part; before the first step.
 *  @return 0, GENREP_E_INVALID (no such part, sizes that do not fit), GENREP_E_STATE (after a step)
 *          or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_trainer_set_layer(genrep_trainer *trainer, const char *name,
                                            genrep_layer *layer);

/** Samples from the model being trained (from the moving average where there is one).
 *  @param count  how many.
 *  @param labels I32, `count` classes, for conditional models; NULL otherwise.
 *  @param stream decides the random numbers, with the context's seed.
 *  @param[out] out a new reference: count samples.
 *  @return 0, GENREP_E_INVALID, GENREP_E_UNSUPPORTED (the kind does not sample) or
 *          GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_trainer_sample(genrep_trainer *trainer, int64_t count,
                                         const genrep_tensor *labels, uint64_t stream,
                                         genrep_tensor **out);

/** The word vectors as they are now.
 *  @param[out] out a new reference on a copy.
 *  @return 0, GENREP_E_INVALID, GENREP_E_UNSUPPORTED (not a text model) or GENREP_E_NOMEM.
 *  @since 0.1 */
GENREP_API int32_t genrep_trainer_vectors(genrep_trainer *trainer, genrep_vectors **out);

/** Writes the word vectors as they are now.  Where rows are in one piece (word2vec deterministic=0
 *  without n-grams, nnlm) this is straight from the trainer's table, without a second copy of it.
 *  The file is the one that genrep_vectors_save() writes.
 *  @param spec NULL or options, as for genrep_vectors_save().
 *  @return 0, GENREP_E_INVALID, GENREP_E_UNSUPPORTED (not a text model), GENREP_E_IO or
 *          GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_trainer_save_vectors(genrep_trainer *trainer, const char *path,
                                               const char *spec);

/** The mean loss, in nats a prediction, of the model as it is on other data, without training:
 *  the same number every time.  For a language model its exponential is the perplexity; with
 *  negative sampling the noise has a stream of its own.
 *  @param dataset text, for the trainers over text; words outside the vocabulary do not exist.
 *  @return 0, GENREP_E_INVALID (also data without anything to predict), GENREP_E_UNSUPPORTED (not a
 *          text model), GENREP_E_IO or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_trainer_evaluate(genrep_trainer *trainer, genrep_dataset *dataset,
                                           double *loss);

/** Writes everything that training goes on from: spec, weights, optimizer moments, averages,
 *  random state and data cursor, as one .safetensors file with a checksum, replaced at once.
 *  @return 0, GENREP_E_INVALID, GENREP_E_IO or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_trainer_checkpoint(const genrep_trainer *trainer, const char *path);

/** Goes on from a checkpoint of a trainer of the same spec and data: N steps, checkpoint, resume, N
 *  steps give the bytes of 2N steps.  Whatever is wrong with the file, the trainer stays as it was.
 *  @return 0, GENREP_E_INVALID (another spec, other data), GENREP_E_IO, GENREP_E_FORMAT or
 *          GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_trainer_resume(genrep_trainer *trainer, const char *path);

#ifdef __cplusplus
}
#endif

#endif
