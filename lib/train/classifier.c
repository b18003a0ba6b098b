/* A classifier: any network from samples to one logit a class, trained by cross-entropy.  It is the
 * smallest trainer, and the model for others. */
#include <string.h>
#include <train/trainer.h>

typedef struct classifier_options {
    int64_t batch, classes, steps;
    genrepi_guard_options guard;
    char *network, *optimizer;
} classifier_options;

static const genrepi_option options[] = {
    GENREPI_OPTION_INT(classifier_options, batch, "128", 1, 1e6, "samples a step"),
    GENREPI_OPTION_INT(classifier_options, classes, "10", 2, 1e6, "labels are 0 .. classes - 1"),
    GENREPI_OPTION_INT(classifier_options, steps, "0", 0, 1e15, "steps of the run; 0: no end"),
    GENREPI_OPTION_STRING(classifier_options, network, NULL,
                          "its spec, from samples to logits; default: an MLP of 512 and 256 units"),
    GENREPI_OPTION_STRING(classifier_options, optimizer, "adam lr=1e-3", "spec of the optimizer"),
    GENREPI_GUARD_OPTIONS(classifier_options),
};

enum { PART_NETWORK };
enum { METRIC_LOSS, METRIC_ACCURACY, METRIC_RATE };

typedef struct classifier {
    int32_t images, labels; /* fields of the dataset */
    genrepi_shape input;    /* of a batch */
    genrep_layer *loss;
    genrep_optimizer *optimizer;
    genrep_tape *tape;
} classifier;

static int32_t create(genrep_trainer *trainer) {
    genrep_ctx *ctx = trainer->ctx;
    const classifier_options *o = trainer->options;
    classifier *own = trainer->instance = genrepi_alloc(ctx, 1, sizeof *own);
    if (own == NULL) return GENREP_E_NOMEM;
    trainer->total = o->steps;
    int32_t status = genrepi_trainer_field(trainer, "images", &own->images);
    if (status == GENREP_OK) status = genrepi_trainer_field(trainer, "labels", &own->labels);
    if (status != GENREP_OK) return status;
    status = genrepi_optimizer_new(ctx, o->optimizer, &own->optimizer);
    if (status != GENREP_OK) return genrepi_fail_in(ctx, status, "optimizer");
    const genrepi_shape *sample = &trainer->dataset->fields[own->images].shape;
    own->input = (genrepi_shape){sample->rank + 1, {o->batch}};
    memcpy(own->input.size + 1, sample->size, sizeof(int64_t) * (size_t)sample->rank);

    genrepi_shape known = own->input;
    known.size[0] = -1;
    if (o->network != NULL) {
        status = genrepi_layer_new(ctx, o->network, &known, &trainer->layers[PART_NETWORK]);
        return status == GENREP_OK ? status : genrepi_fail_in(ctx, status, "network");
    }
    genrepi_buffer spec = {.ctx = ctx};
    genrepi_buffer_format(&spec,
                          "flatten; linear out=512; batch_norm; relu; dropout p=0.2; "
                          "linear out=256; batch_norm; relu; dropout p=0.2; linear out=%lld",
                          (long long)o->classes);
    status = genrepi_buffer_status(&spec);
    if (status == GENREP_OK)
        status = genrepi_layer_new(ctx, spec.data, &known, &trainer->layers[PART_NETWORK]);
    genrepi_buffer_free(&spec);
    return status;
}

static int32_t prepare(genrep_trainer *trainer) {
    genrep_ctx *ctx = trainer->ctx;
    classifier *own = trainer->instance;
    int32_t status = GENREP_OK;
    if (own->loss == NULL) status = genrepi_layer_new(ctx, "cross_entropy", NULL, &own->loss);
    if (status == GENREP_OK && own->tape == NULL) status = genrepi_tape_new(ctx, 1, &own->tape);
    if (status != GENREP_OK) return status;
    trainer->tapes[PART_NETWORK] = own->tape;
    return own->optimizer->n_layers > 0
               ? GENREP_OK
               : genrepi_optimizer_add(own->optimizer, trainer->layers[PART_NETWORK]);
}

static int32_t check_logits(const genrep_trainer *trainer, const genrep_tensor *logits) {
    const classifier_options *o = trainer->options;
    char text[GENREPI_SHAPE_BYTES];
    if (logits->shape.rank == 2 && logits->shape.size[0] == o->batch &&
        logits->shape.size[1] == o->classes)
        return GENREP_OK;
    return genrepi_fail(trainer->ctx, GENREP_E_INVALID,
                        "the network gives %s; %lldx%lld is needed: a number for each class",
                        genrepi_shape_text(&logits->shape, text), (long long)o->batch,
                        (long long)o->classes);
}

/* The share of samples whose greatest logit (the first of equal ones) is that of their class. */
static double accuracy(const genrep_tensor *logits, const genrep_tensor *labels) {
    int64_t n = logits->shape.size[0], classes = logits->shape.size[1], right = 0;
    const real *row = genrepi_real_read(logits);
    const int32_t *label = labels->data;
    for (int64_t i = 0; i < n; i++, row += classes) {
        int64_t best = 0;
        for (int64_t c = 1; c < classes; c++)
            if (row[c] > row[best]) best = c;
        right += best == label[i];
    }
    return (double)right / (double)n;
}

static int32_t batch_step(genrep_trainer *trainer, genrep_tensor *images, genrep_tensor *labels) {
    classifier *own = trainer->instance;
    genrep_tensor *logits = NULL, *loss = NULL;
    int32_t status = genrepi_dataset_batch(trainer->dataset, trainer->done, own->images, 1, images);
    if (status == GENREP_OK)
        status = genrepi_dataset_batch(trainer->dataset, trainer->done, own->labels, 0, labels);
    if (status == GENREP_OK)
        status =
            genrepi_layer_apply(trainer->layers[PART_NETWORK], own->tape, &images, 1, &logits, 1);
    if (status == GENREP_OK) status = check_logits(trainer, logits);
    if (status == GENREP_OK)
        status = genrepi_layer_apply(own->loss, own->tape, (genrep_tensor *[]){logits, labels}, 2,
                                     &loss, 1);
    if (status == GENREP_OK)
        status = genrepi_trainer_note(trainer, METRIC_LOSS, (double)*genrepi_real_read(loss));
    if (status == GENREP_OK) {
        trainer->values[METRIC_ACCURACY] = accuracy(logits, labels);
        trainer->values[METRIC_RATE] = genrepi_optimizer_rate(own->optimizer);
        status = genrepi_tape_backward(own->tape, loss);
    }
    if (status == GENREP_OK) status = genrepi_trainer_update(trainer, own->optimizer);
    genrepi_tensor_unref(loss);
    genrepi_tensor_unref(logits);
    return status;
}

static int32_t step(genrep_trainer *trainer) {
    classifier *own = trainer->instance;
    genrep_tensor *images = NULL, *labels = NULL;
    genrepi_shape column = genrepi_shape_of(1, own->input.size);
    genrepi_tape_reset(own->tape, trainer->done);
    int32_t status = genrepi_tape_tensor(own->tape, GENREPI_REAL, &own->input, &images);
    if (status == GENREP_OK) status = genrepi_tape_tensor(own->tape, GENREP_I32, &column, &labels);
    if (status == GENREP_OK) status = batch_step(trainer, images, labels);
    genrepi_tensor_unref(labels);
    genrepi_tensor_unref(images);
    return status;
}

static int32_t visit(const genrep_trainer *trainer, genrepi_state *state) {
    const classifier *own = trainer->instance;
    return genrepi_optimizer_visit_as(own->optimizer, "optimizer", state);
}

static void free_classifier(genrep_trainer *trainer) {
    classifier *own = trainer->instance;
    genrepi_tape_unref(own->tape);
    genrepi_optimizer_unref(own->optimizer);
    genrepi_layer_unref(own->loss);
    genrepi_free(trainer->ctx, own);
}

static const genrepi_trainer_ops ops = {
    .metrics = {"loss", "accuracy", "rate", "rollbacks"},
    .parts = {"network"},
    .create = create,
    .prepare = prepare,
    .step = step,
    .visit = visit,
    .guard = offsetof(classifier_options, guard),
    .free = free_classifier,
};

const genrepi_kind genrepi_kind_classifier = {
    "trainer",
    "classifier",
    "classes from samples; metrics loss, accuracy (of the batch), rate, rollbacks; part network",
    options,
    GENREPI_COUNT(options),
    0,
    0,
    sizeof(classifier_options),
    &ops};
