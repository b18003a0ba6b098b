/* What all datasets share: making one, references, fields. */
#include <string.h>
#include <data/dataset.h>

int32_t genrepi_dataset_blank(genrep_ctx *ctx, const genrepi_dataset_ops *ops,
                              genrep_dataset **out) {
    genrep_dataset *dataset = genrepi_alloc(ctx, 1, sizeof *dataset);
    if (dataset == NULL) return GENREP_E_NOMEM;
    dataset->ctx = genrepi_ctx_ref(ctx);
    atomic_init(&dataset->refs, 1);
    dataset->ops = ops;
    *out = dataset;
    return GENREP_OK;
}

int32_t genrepi_dataset_new(genrep_ctx *ctx, const char *spec, genrep_dataset **out) {
    const genrepi_kind *kind;
    void *options;
    int32_t status = genrepi_spec_make(ctx, "dataset", spec, &kind, &options);
    if (status != GENREP_OK) return status;
    const genrepi_dataset_ops *ops = kind->implementation;
    genrep_dataset *dataset = NULL;
    status = genrepi_dataset_blank(ctx, ops, &dataset);
    if (status == GENREP_OK) status = ops->open(dataset, options);
    genrepi_options_free(ctx, kind, options);
    if (status != GENREP_OK) {
        genrepi_dataset_unref(dataset);
        return status;
    }
    *out = dataset;
    return GENREP_OK;
}

int32_t genrepi_dataset_field(genrep_dataset *dataset, const char *name, int32_t dtype,
                              const genrepi_shape *shape) {
    genrep_ctx *ctx = dataset->ctx;
    if (name == NULL || *name == 0)
        return genrepi_fail(ctx, GENREP_E_INVALID, "field %d of the dataset has no name",
                            (int)dataset->n_fields);
    if (dataset->n_fields == GENREPI_MAX_FIELDS)
        return genrepi_fail(ctx, GENREP_E_INVALID, "a dataset has at most %d fields",
                            GENREPI_MAX_FIELDS);
    if (genrepi_dataset_find(dataset, name) >= 0)
        return genrepi_fail(ctx, GENREP_E_INVALID, "two fields of the dataset are called '%s'",
                            name);
    if (genrepi_dtype_bytes(dtype) == 0)
        return genrepi_fail(ctx, GENREP_E_INVALID, "field '%s': %d is not an element type", name,
                            (int)dtype);
    if (shape->rank < 0 || shape->rank >= GENREP_MAX_RANK)
        return genrepi_fail(ctx, GENREP_E_INVALID, "field '%s': samples have 0 to %d axes, not %d",
                            name, GENREP_MAX_RANK - 1, (int)shape->rank);
    if (genrepi_shape_count(shape) <= 0) {
        char text[GENREPI_SHAPE_BYTES];
        return genrepi_fail(ctx, GENREP_E_INVALID, "field '%s': a sample cannot be %s", name,
                            genrepi_shape_text(shape, text));
    }
    char *copy = genrepi_strdup(ctx, name);
    if (copy == NULL) return GENREP_E_NOMEM;
    dataset->fields[dataset->n_fields++] = (genrepi_field){copy, dtype, *shape, 0};
    return GENREP_OK;
}

genrep_dataset *genrepi_dataset_ref(genrep_dataset *dataset) {
    if (dataset != NULL) genrepi_ref(&dataset->refs);
    return dataset;
}

void genrepi_dataset_unref(genrep_dataset *dataset) {
    if (dataset == NULL || !genrepi_unref(&dataset->refs)) return;
    genrep_ctx *ctx = dataset->ctx;
    if (dataset->instance != NULL) dataset->ops->free(dataset);
    for (int32_t i = 0; i < dataset->n_fields; i++) genrepi_free(ctx, dataset->fields[i].name);
    genrepi_dataset_unref(dataset->source);
    genrepi_free(ctx, dataset);
    genrepi_ctx_unref(ctx);
}

int32_t genrepi_dataset_find(const genrep_dataset *dataset, const char *name) {
    for (int32_t i = 0; i < dataset->n_fields; i++)
        if (strcmp(dataset->fields[i].name, name) == 0) return i;
    return -1;
}

int32_t genrepi_dataset_text(genrep_dataset *dataset, genrepi_reader **out) {
    if (dataset->ops->text == NULL)
        return genrepi_fail(dataset->ctx, GENREP_E_INVALID,
                            "the dataset is not text; \"text path='corpus.txt'\" opens one");
    return dataset->ops->text(dataset, out);
}
