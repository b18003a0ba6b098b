/* The exported functions of genrep/train.h: check, and call inward. */
#include <text/vectors.h>
#include <train/trainer.h>

/* Fails with "function: argument is NULL". */
static int32_t fail_null(genrep_ctx *ctx, const char *function, const char *argument) {
    return genrepi_fail(ctx, GENREP_E_INVALID, "%s: %s is NULL", function, argument);
}

int32_t genrep_trainer_new(genrep_ctx *ctx, const char *spec, genrep_dataset *dataset,
                           genrep_trainer **out) {
    static const char function[] = "genrep_trainer_new";
    if (ctx == NULL) return GENREP_E_INVALID;
    if (spec == NULL) return fail_null(ctx, function, "spec");
    if (dataset == NULL) return fail_null(ctx, function, "dataset");
    if (out == NULL) return fail_null(ctx, function, "out");
    if (dataset->ctx != ctx)
        return genrepi_fail(ctx, GENREP_E_INVALID, "%s: the dataset was made from another context",
                            function);
    return genrepi_trainer_new(ctx, spec, dataset, out);
}

genrep_trainer *genrep_trainer_ref(genrep_trainer *trainer) {
    return genrepi_trainer_ref(trainer);
}

void genrep_trainer_unref(genrep_trainer *trainer) {
    genrepi_trainer_unref(trainer);
}

int32_t genrep_trainer_step(genrep_trainer *trainer, int64_t n) {
    if (trainer == NULL) return GENREP_E_INVALID;
    if (n < 0)
        return genrepi_fail(trainer->ctx, GENREP_E_INVALID,
                            "genrep_trainer_step: n=%lld is below 0", (long long)n);
    return genrepi_trainer_step(trainer, n);
}

void genrep_trainer_cancel(genrep_trainer *trainer) {
    if (trainer != NULL) atomic_store(&trainer->cancelled, 1);
}

int32_t genrep_trainer_progress(const genrep_trainer *trainer, int64_t *done, int64_t *total) {
    if (trainer == NULL) return GENREP_E_INVALID;
    if (done != NULL) *done = trainer->done;
    if (total != NULL) *total = trainer->total;
    return GENREP_OK;
}

int32_t genrep_trainer_metric(const genrep_trainer *trainer, const char *name, double *value) {
    if (trainer == NULL) return GENREP_E_INVALID;
    if (name == NULL) return fail_null(trainer->ctx, "genrep_trainer_metric", "name");
    if (value == NULL) return fail_null(trainer->ctx, "genrep_trainer_metric", "value");
    int32_t index;
    int32_t status = genrepi_trainer_metric(trainer, name, &index);
    if (status == GENREP_OK) *value = trainer->values[index];
    return status;
}

const char *genrep_trainer_metric_name(const genrep_trainer *trainer, int32_t index) {
    if (trainer == NULL || index < 0 || index >= GENREPI_MAX_METRICS) return NULL;
    return trainer->ops->metrics[index];
}

int32_t genrep_trainer_layer(genrep_trainer *trainer, const char *name, genrep_layer **out) {
    if (trainer == NULL) return GENREP_E_INVALID;
    if (name == NULL) return fail_null(trainer->ctx, "genrep_trainer_layer", "name");
    if (out == NULL) return fail_null(trainer->ctx, "genrep_trainer_layer", "out");
    int32_t part;
    int32_t status = genrepi_trainer_part(trainer, name, &part);
    if (status != GENREP_OK) return status;
    if (trainer->layers[part] == NULL)
        return genrepi_fail(trainer->ctx, GENREP_E_INVALID,
                            "%s: there is no '%s' with these options, or not before the first step",
                            trainer->kind->name, name);
    *out = genrepi_layer_ref(trainer->layers[part]);
    return GENREP_OK;
}

int32_t genrep_trainer_set_layer(genrep_trainer *trainer, const char *name, genrep_layer *layer) {
    static const char function[] = "genrep_trainer_set_layer";
    if (trainer == NULL) return GENREP_E_INVALID;
    if (name == NULL) return fail_null(trainer->ctx, function, "name");
    if (layer == NULL) return fail_null(trainer->ctx, function, "layer");
    if (layer->ctx != trainer->ctx)
        return genrepi_fail(trainer->ctx, GENREP_E_INVALID,
                            "%s: the layer was made from another context", function);
    return genrepi_trainer_set_layer(trainer, name, layer);
}

int32_t genrep_trainer_sample(genrep_trainer *trainer, int64_t count, const genrep_tensor *labels,
                              uint64_t stream, genrep_tensor **out) {
    static const char function[] = "genrep_trainer_sample";
    if (trainer == NULL) return GENREP_E_INVALID;
    if (out == NULL) return fail_null(trainer->ctx, function, "out");
    if (trainer->ops->sample == NULL)
        return genrepi_fail(trainer->ctx, GENREP_E_UNSUPPORTED, "%s: this trainer does not sample",
                            trainer->kind->name);
    if (count < 1)
        return genrepi_fail(trainer->ctx, GENREP_E_INVALID, "%s: count=%lld is below 1", function,
                            (long long)count);
    if (labels != NULL && (labels->dtype != GENREP_I32 || labels->count != count))
        return genrepi_fail(trainer->ctx, GENREP_E_INVALID,
                            "%s: labels are %lld numbers of type i32, one a sample", function,
                            (long long)count);
    return trainer->ops->sample(trainer, count, labels, stream, out);
}

/* What the trainer has, or a view of it that lasts until the next step. */
static int32_t view_vectors(genrep_trainer *trainer, genrep_vectors **out) {
    if (trainer->ops->vectors == NULL)
        return genrepi_fail(trainer->ctx, GENREP_E_UNSUPPORTED, "%s: it trains no word vectors",
                            trainer->kind->name);
    return trainer->ops->vectors(trainer, out);
}

int32_t genrep_trainer_vectors(genrep_trainer *trainer, genrep_vectors **out) {
    if (trainer == NULL) return GENREP_E_INVALID;
    if (out == NULL) return fail_null(trainer->ctx, "genrep_trainer_vectors", "out");
    genrep_vectors *view, *copy;
    int32_t status = view_vectors(trainer, &view);
    if (status != GENREP_OK) return status;
    if (!genrepi_vectors_is_view(view)) {
        *out = view;
        return GENREP_OK;
    }
    status = genrepi_vectors_copy(view, &copy);
    genrepi_vectors_unref(view);
    if (status == GENREP_OK) *out = copy;
    return status;
}

int32_t genrep_trainer_save_vectors(genrep_trainer *trainer, const char *path, const char *spec) {
    if (trainer == NULL) return GENREP_E_INVALID;
    if (path == NULL) return fail_null(trainer->ctx, "genrep_trainer_save_vectors", "path");
    genrepi_vectors_options options;
    genrep_vectors *view;
    int32_t status = genrepi_vectors_parse_options(trainer->ctx, spec, &options);
    if (status == GENREP_OK) status = view_vectors(trainer, &view);
    if (status != GENREP_OK) return status;
    status = genrepi_vectors_save(view, path, &options);
    genrepi_vectors_unref(view);
    return status;
}

int32_t genrep_trainer_evaluate(genrep_trainer *trainer, genrep_dataset *dataset, double *loss) {
    static const char function[] = "genrep_trainer_evaluate";
    if (trainer == NULL) return GENREP_E_INVALID;
    if (dataset == NULL) return fail_null(trainer->ctx, function, "dataset");
    if (loss == NULL) return fail_null(trainer->ctx, function, "loss");
    if (trainer->ops->evaluate == NULL)
        return genrepi_fail(trainer->ctx, GENREP_E_UNSUPPORTED,
                            "%s: this trainer has no loss on other data", trainer->kind->name);
    if (dataset->ctx != trainer->ctx)
        return genrepi_fail(trainer->ctx, GENREP_E_INVALID,
                            "%s: the dataset was made from another context", function);
    return trainer->ops->evaluate(trainer, dataset, loss);
}

int32_t genrep_trainer_checkpoint(const genrep_trainer *trainer, const char *path) {
    if (trainer == NULL) return GENREP_E_INVALID;
    if (path == NULL) return fail_null(trainer->ctx, "genrep_trainer_checkpoint", "path");
    return genrepi_trainer_checkpoint(trainer, path);
}

int32_t genrep_trainer_resume(genrep_trainer *trainer, const char *path) {
    if (trainer == NULL) return GENREP_E_INVALID;
    if (path == NULL) return fail_null(trainer->ctx, "genrep_trainer_resume", "path");
    return genrepi_trainer_resume(trainer, path);
}
