/* The frame of every trainer: the step loop, cancelling, metrics, parts, checkpoint and resume.  A
 * kind of trainer (gan, word2vec, ...) is a genrepi_trainer_ops and a row in its own folder. */
#ifndef GENREPI_TRAIN_TRAINER_H
#define GENREPI_TRAIN_TRAINER_H

#include <data/dataset.h>
#include <nn/layer.h>
#include <nn/tape.h>
#include <optim/optimizer.h>
#include <genrep/train.h>

#define GENREPI_MAX_METRICS 16
#define GENREPI_MAX_PARTS 8

typedef struct genrepi_trainer_ops {
    const char *metrics[GENREPI_MAX_METRICS]; /* names, in the order of trainer->values */
    const char *parts[GENREPI_MAX_PARTS];     /* names, in the order of trainer->layers */
    /* Makes trainer->instance, and the default networks of the parts that are not set. */
    int32_t (*create)(genrep_trainer *trainer);
    /* Once before the first step or resume, when all parts are there: checks them, optimizers. */
    int32_t (*prepare)(genrep_trainer *trainer);
    int32_t (*step)(genrep_trainer *trainer); /* one step; trainer->done is its number, from 0 */
    int32_t (*visit)(genrep_trainer *trainer, genrepi_state *state); /* beside the layers */
    int32_t (*sample)(genrep_trainer *trainer, int64_t count, const genrep_tensor *labels,
                      uint64_t stream, genrep_tensor **out);
    int32_t (*vectors)(genrep_trainer *trainer, genrep_vectors **out);
    void (*free)(genrep_trainer *trainer);
} genrepi_trainer_ops;

struct genrep_trainer {
    genrep_ctx *ctx;
    atomic_int refs;
    const genrepi_kind *kind;
    const genrepi_trainer_ops *ops;
    void *options;
    char *spec;
    genrep_dataset *dataset;
    void *instance;
    genrep_layer *layers[GENREPI_MAX_PARTS];
    int32_t prepared;
    int64_t done, total; /* steps; total 0: no end (set by create) */
    double values[GENREPI_MAX_METRICS];
    atomic_int cancelled;
};

int32_t genrepi_trainer_new(genrep_ctx *ctx, const char *spec, genrep_dataset *dataset,
                            genrep_trainer **out);
genrep_trainer *genrepi_trainer_ref(genrep_trainer *trainer);
void genrepi_trainer_unref(genrep_trainer *trainer);
int32_t genrepi_trainer_prepare(genrep_trainer *trainer); /* does nothing the second time */
int32_t genrepi_trainer_step(genrep_trainer *trainer, int64_t n);
int32_t genrepi_trainer_checkpoint(genrep_trainer *trainer, const char *path);
int32_t genrepi_trainer_resume(genrep_trainer *trainer, const char *path);

#endif
