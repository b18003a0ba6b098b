/* The frame of every trainer: making one, its parts and metrics, and the loop over the steps. */
#include <string.h>
#include <train/trainer.h>

int32_t genrepi_trainer_new(genrep_ctx *ctx, const char *spec, genrep_dataset *dataset,
                            genrep_trainer **out) {
    const genrepi_kind *kind;
    void *options;
    int32_t status = genrepi_spec_make(ctx, "trainer", spec, &kind, &options);
    if (status != GENREP_OK) return status;
    genrep_trainer *trainer = genrepi_alloc(ctx, 1, sizeof *trainer);
    if (trainer == NULL) {
        genrepi_options_free(ctx, kind, options);
        return GENREP_E_NOMEM;
    }
    trainer->ctx = genrepi_ctx_ref(ctx);
    atomic_init(&trainer->refs, 1);
    atomic_init(&trainer->cancelled, 0);
    trainer->kind = kind;
    trainer->ops = kind->implementation;
    trainer->options = options;
    trainer->dataset = genrepi_dataset_ref(dataset);
    trainer->spec = genrepi_strdup(ctx, spec);
    status = trainer->spec == NULL ? GENREP_E_NOMEM : trainer->ops->create(trainer);
    if (status != GENREP_OK) {
        genrepi_trainer_unref(trainer);
        return status;
    }
    *out = trainer;
    return GENREP_OK;
}

genrep_trainer *genrepi_trainer_ref(genrep_trainer *trainer) {
    if (trainer != NULL) genrepi_ref(&trainer->refs);
    return trainer;
}

void genrepi_trainer_unref(genrep_trainer *trainer) {
    if (trainer == NULL || !genrepi_unref(&trainer->refs)) return;
    genrep_ctx *ctx = trainer->ctx;
    genrepi_guard_free(trainer);
    if (trainer->instance != NULL) trainer->ops->free(trainer);
    for (int32_t i = 0; i < GENREPI_MAX_PARTS; i++) genrepi_layer_unref(trainer->layers[i]);
    genrepi_dataset_unref(trainer->dataset);
    genrepi_free(ctx, trainer->spec);
    genrepi_options_free(ctx, trainer->kind, trainer->options);
    genrepi_free(ctx, trainer);
    genrepi_ctx_unref(ctx);
}

static int32_t find(const genrep_trainer *trainer, const char *what, const char *const *names,
                    int32_t capacity, const char *name, int32_t *index) {
    int32_t n = 0;
    while (n < capacity && names[n] != NULL) n++;
    for (int32_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0) {
            *index = i;
            return GENREP_OK;
        }
    const char *near = genrepi_nearest_word(name, names, n);
    return genrepi_fail(trainer->ctx, GENREP_E_INVALID, "%s: there is no %s '%s'%s%s%s",
                        trainer->kind->name, what, name, near ? " (did you mean '" : "",
                        near ? near : "", near ? "'?)" : "");
}

int32_t genrepi_trainer_metric(const genrep_trainer *trainer, const char *name, int32_t *index) {
    return find(trainer, "metric", trainer->ops->metrics, GENREPI_MAX_METRICS, name, index);
}

int32_t genrepi_trainer_part(const genrep_trainer *trainer, const char *name, int32_t *index) {
    return find(trainer, "part", trainer->ops->parts, GENREPI_MAX_PARTS, name, index);
}

int32_t genrepi_trainer_set_layer(genrep_trainer *trainer, const char *name, genrep_layer *layer) {
    int32_t part;
    int32_t status = genrepi_trainer_part(trainer, name, &part);
    if (status != GENREP_OK) return status;
    if (trainer->prepared)
        return genrepi_fail(trainer->ctx, GENREP_E_STATE,
                            "%s: '%s' is set before the first step and before resuming",
                            trainer->kind->name, name);
    genrepi_layer_ref(layer);
    genrepi_layer_unref(trainer->layers[part]);
    trainer->layers[part] = layer;
    return GENREP_OK;
}

/* The part that a layer belongs to; NULL: none. */
static const char *part_of(const genrep_trainer *trainer, const genrep_layer *layer) {
    for (int32_t i = 0; i < GENREPI_MAX_PARTS; i++)
        if (genrepi_layer_within(trainer->layers[i], layer)) return trainer->ops->parts[i];
    return NULL;
}

int32_t genrepi_trainer_note(genrep_trainer *trainer, int32_t metric, double value) {
    if (isfinite(value)) {
        trainer->values[metric] = value;
        return GENREP_OK;
    }
    const genrep_layer *layer = NULL;
    for (int32_t i = 0; i < GENREPI_MAX_PARTS && layer == NULL; i++)
        if (trainer->tapes[i] != NULL) layer = genrepi_tape_not_finite(trainer->tapes[i]);
    const char *part = layer != NULL ? part_of(trainer, layer) : NULL;
    if (part == NULL)
        return genrepi_fail(trainer->ctx, GENREP_E_DIVERGED,
                            "%s is not finite; a lower lr= may help",
                            trainer->ops->metrics[metric]);
    return genrepi_fail(trainer->ctx, GENREP_E_DIVERGED,
                        "%s is not finite, nor is what comes out of %s, layer %s (%s); a lower lr= "
                        "may help",
                        trainer->ops->metrics[metric], part, layer->path, layer->kind->name);
}

int32_t genrepi_trainer_update(genrep_trainer *trainer, genrep_optimizer *optimizer) {
    int32_t status = genrepi_optimizer_step(optimizer);
    if (status != GENREP_E_DIVERGED) return status;
    const genrep_layer *layer = genrepi_optimizer_not_finite(optimizer);
    const char *part = layer != NULL ? part_of(trainer, layer) : NULL;
    return part != NULL ? genrepi_fail_in(trainer->ctx, status, "%s", part) : status;
}

int32_t genrepi_trainer_field(const genrep_trainer *trainer, const char *name, int32_t *field) {
    *field = genrepi_dataset_find(trainer->dataset, name);
    if (*field >= 0) return GENREP_OK;
    return genrepi_fail(trainer->ctx, GENREP_E_INVALID,
                        "%s: the dataset has no field '%s', which this trainer needs",
                        trainer->kind->name, name);
}

int32_t genrepi_trainer_prepare(genrep_trainer *trainer) {
    if (trainer->prepared) return GENREP_OK;
    int32_t status = trainer->ops->prepare(trainer);
    if (status == GENREP_OK) trainer->prepared = 1;
    return status;
}

static int32_t one_step(genrep_trainer *trainer) {
    int32_t status = genrepi_guard_keep(trainer);
    if (status == GENREP_OK) status = trainer->ops->step(trainer);
    if (status == GENREP_OK) {
        trainer->done++;
        return GENREP_OK;
    }
    if (status == GENREP_STOPPED) {
        atomic_store(&trainer->cancelled, 0);
        return status;
    }
    for (int32_t i = 0; i < GENREPI_MAX_PARTS; i++)
        if (trainer->layers[i] != NULL) genrepi_layer_zero_grad(trainer->layers[i]);
    genrepi_fail_in(trainer->ctx, status, "%s, step %lld", trainer->kind->name,
                    (long long)trainer->done);
    return status == GENREP_E_DIVERGED ? genrepi_guard_go_back(trainer) : status;
}

/* A wish to stop is not lost if it comes between two calls: it is asked for before each step as
 * well as after the last. */
int32_t genrepi_trainer_step(genrep_trainer *trainer, int64_t n) {
    int32_t status = genrepi_trainer_prepare(trainer);
    for (int64_t i = 0; status == GENREP_OK; i++) {
        if (atomic_exchange(&trainer->cancelled, 0)) return GENREP_STOPPED;
        if (trainer->total > 0 && trainer->done >= trainer->total) return GENREP_STOPPED;
        if (i == n) return GENREP_OK;
        status = one_step(trainer);
    }
    return status;
}
