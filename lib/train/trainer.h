/* The frame of every trainer: the step loop, cancelling, metrics, parts, checkpoint and resume.  A
 * kind of trainer (gan, word2vec, ...) is a genrepi_trainer_ops and a row in its own folder. */
#ifndef GENREPI_TRAIN_TRAINER_H
#define GENREPI_TRAIN_TRAINER_H

#include <data/dataset.h>
#include <nn/layer.h>
#include <nn/tape.h>
#include <optim/optimizer.h>
#include <train/guard.h>
#include <genrep/train.h>

#define GENREPI_MAX_METRICS 20
#define GENREPI_MAX_PARTS 8

typedef struct genrepi_trainer_ops {
    const char *metrics[GENREPI_MAX_METRICS]; /* names, in the order of trainer->values */
    const char *parts[GENREPI_MAX_PARTS];     /* names, in the order of trainer->layers */
    /* Makes trainer->instance, and the default networks of the parts that are not set; sets total.
     * On failure free is called, if instance was set. */
    int32_t (*create)(genrep_trainer *trainer);
    /* Once before the first step or resume, when all parts are there: checks them, makes optimizers
     * and tapes.  May be called again after it failed. */
    int32_t (*prepare)(genrep_trainer *trainer);
    /* One step; trainer->done is its number, from 0.  Where it fails nothing is lost but the step:
     * the frame sets the gradients of the parts to zero.  A long step may look at
     * trainer->cancelled and return GENREP_STOPPED in its midst; the next call goes on with it. */
    int32_t (*step)(genrep_trainer *trainer);
    /* What there is beside the parts, done and the metrics: optimizers, cursors.  Const because
     * saving only reads; loading writes through instance.  Integers are counts: 0 to 10^15. */
    int32_t (*visit)(const genrep_trainer *trainer, genrepi_state *state);
    int32_t (*sample)(genrep_trainer *trainer, int64_t count, const genrep_tensor *labels,
                      uint64_t stream, genrep_tensor **out); /* NULL: it does not */
    /* NULL: it has none.  May be a view of the tables (genrepi_vectors_borrow()), which is copied
     * before the host gets it. */
    int32_t (*vectors)(genrep_trainer *trainer, genrep_vectors **out);
    /* The mean loss of a prediction on other data, without training; NULL: not to be had. */
    int32_t (*evaluate)(genrep_trainer *trainer, genrep_dataset *dataset, double *loss);
    size_t guard; /* where the options of its guard are in options; 0: it has none */
    void (*free)(genrep_trainer *trainer); /* gives instance back; the parts are the frame's */
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
    const genrep_tape
        *tapes[GENREPI_MAX_PARTS]; /* borrowed: what a part was recorded on, or NULL */
    int32_t prepared;
    int64_t done, total; /* steps; total 0: no end (set by create) */
    double values[GENREPI_MAX_METRICS];
    atomic_int cancelled;
    genrepi_guard *guard; /* NULL: nothing is kept */
};

extern const genrepi_kind genrepi_kind_classifier;

int32_t genrepi_trainer_new(genrep_ctx *ctx, const char *spec, genrep_dataset *dataset,
                            genrep_trainer **out);
genrep_trainer *genrepi_trainer_ref(genrep_trainer *trainer);
void genrepi_trainer_unref(genrep_trainer *trainer);      /* NULL is fine */
int32_t genrepi_trainer_prepare(genrep_trainer *trainer); /* does nothing the second time */
int32_t genrepi_trainer_step(genrep_trainer *trainer, int64_t n);
/* The index of a metric or part by name, with the error that names the nearest. */
int32_t genrepi_trainer_metric(const genrep_trainer *trainer, const char *name, int32_t *index);
int32_t genrepi_trainer_part(const genrep_trainer *trainer, const char *name, int32_t *index);
int32_t genrepi_trainer_set_layer(genrep_trainer *trainer, const char *name, genrep_layer *layer);

/* For kinds of trainers: fails with GENREP_E_DIVERGED, naming the metric and the layer that it
 * comes from, if the value is not finite; else notes it under the metric's index. */
int32_t genrepi_trainer_note(genrep_trainer *trainer, int32_t metric, double value);
/* Moves an optimizer's networks; an error about a gradient begins with the name of the part. */
int32_t genrepi_trainer_update(genrep_trainer *trainer, genrep_optimizer *optimizer);
/* The index of a field of the dataset, with an error that says what the kind needs. */
int32_t genrepi_trainer_field(const genrep_trainer *trainer, const char *name, int32_t *field);

/* checkpoint.c */
int32_t genrepi_trainer_visit(const genrep_trainer *trainer, genrepi_state *state, int64_t *done,
                              double values[GENREPI_MAX_METRICS]);
int32_t genrepi_trainer_checkpoint(const genrep_trainer *trainer, const char *path);
int32_t genrepi_trainer_resume(genrep_trainer *trainer, const char *path);

#endif
