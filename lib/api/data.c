/* The exported functions of genrep/data.h: check, and call inward. */
#include <string.h>
#include <data/dataset.h>
#include <text/filter.h>

int32_t genrep_dataset_new(genrep_ctx *ctx, const char *spec, genrep_dataset **out) {
    if (ctx == NULL) return GENREP_E_INVALID;
    if (spec == NULL || out == NULL)
        return genrepi_fail(ctx, GENREP_E_INVALID, "genrep_dataset_new: %s is NULL",
                            spec == NULL ? "spec" : "out");
    return genrepi_dataset_new(ctx, spec, out);
}

int32_t genrep_dataset_from_tensors(genrep_ctx *ctx, int32_t n, const char *const *names,
                                    genrep_tensor *const *tensors, genrep_dataset **out) {
    static const char function[] = "genrep_dataset_from_tensors";
    if (ctx == NULL) return GENREP_E_INVALID;
    if (n < 1 || n > GENREPI_MAX_FIELDS)
        return genrepi_fail(ctx, GENREP_E_INVALID, "%s: a dataset has 1 to %d fields, not %d",
                            function, GENREPI_MAX_FIELDS, (int)n);
    if (names == NULL || tensors == NULL || out == NULL)
        return genrepi_fail(ctx, GENREP_E_INVALID, "%s: %s is NULL", function,
                            names == NULL     ? "names"
                            : tensors == NULL ? "tensors"
                                              : "out");
    for (int32_t i = 0; i < n; i++)
        if (names[i] == NULL || tensors[i] == NULL)
            return genrepi_fail(ctx, GENREP_E_INVALID, "%s: %s %d is NULL", function,
                                names[i] == NULL ? "name" : "tensor", (int)i);
    return genrepi_dataset_from_tensors(ctx, n, names, tensors, out);
}

/* What the struct points to; the fields themselves are checked where they are added. */
static int32_t check_source(genrep_ctx *ctx, const genrep_source *source) {
    static const char name[] = "genrep_source";
    int32_t status = genrepi_check_struct(ctx, source, sizeof *source, name);
    if (status != GENREP_OK) return status;
    if (source->reserved != 0)
        return genrepi_fail(ctx, GENREP_E_ABI, "%s: reserved is not 0", name);
    if (source->count < 0)
        return genrepi_fail(ctx, GENREP_E_INVALID, "%s: count=%lld is below 0", name,
                            (long long)source->count);
    if (source->n_fields < 1 || source->n_fields > GENREPI_MAX_FIELDS)
        return genrepi_fail(ctx, GENREP_E_INVALID, "%s: a dataset has 1 to %d fields, not %d", name,
                            GENREPI_MAX_FIELDS, (int)source->n_fields);
    const char *missing = source->names == NULL    ? "names"
                          : source->dtypes == NULL ? "dtypes"
                          : source->ranks == NULL  ? "ranks"
                          : source->read == NULL   ? "read"
                                                   : NULL;
    for (int32_t i = 0; i < source->n_fields && missing == NULL; i++) {
        if (source->names[i] == NULL) missing = "one of names";
        if (source->ranks[i] > 0 && (source->shapes == NULL || source->shapes[i] == NULL))
            missing = "one of shapes";
    }
    if (missing == NULL) return GENREP_OK;
    return genrepi_fail(ctx, GENREP_E_INVALID, "%s: %s is NULL", name, missing);
}

int32_t genrep_dataset_from_source(genrep_ctx *ctx, const genrep_source *source,
                                   genrep_dataset **out) {
    if (ctx == NULL) return GENREP_E_INVALID;
    if (source == NULL || out == NULL)
        return genrepi_fail(ctx, GENREP_E_INVALID, "genrep_dataset_from_source: %s is NULL",
                            source == NULL ? "source" : "out");
    int32_t status = check_source(ctx, source);
    return status != GENREP_OK ? status : genrepi_dataset_from_source(ctx, source, out);
}

int32_t genrep_dataset_from_text(genrep_ctx *ctx, const char *text, size_t bytes,
                                 void (*release)(void *user), void *user, genrep_dataset **out) {
    if (ctx == NULL) return GENREP_E_INVALID;
    if ((text == NULL && bytes > 0) || out == NULL)
        return genrepi_fail(ctx, GENREP_E_INVALID, "genrep_dataset_from_text: %s is NULL",
                            out == NULL ? "out" : "text");
    return genrepi_dataset_from_text(ctx, text, bytes, release, user, out);
}

int32_t genrep_dataset_from_text_source(genrep_ctx *ctx, const genrep_text_source *source,
                                        genrep_dataset **out) {
    static const char name[] = "genrep_text_source";
    if (ctx == NULL) return GENREP_E_INVALID;
    if (source == NULL || out == NULL)
        return genrepi_fail(ctx, GENREP_E_INVALID, "genrep_dataset_from_text_source: %s is NULL",
                            source == NULL ? "source" : "out");
    int32_t status = genrepi_check_struct(ctx, source, sizeof *source, name);
    if (status != GENREP_OK) return status;
    if (source->read == NULL || source->rewind == NULL)
        return genrepi_fail(ctx, GENREP_E_INVALID, "%s: %s is NULL", name,
                            source->read == NULL ? "read" : "rewind");
    return genrepi_dataset_from_text_source(ctx, source, out);
}

int32_t genrep_dataset_filter(genrep_dataset *source, const char *spec, genrep_dataset **out) {
    if (source == NULL) return GENREP_E_INVALID;
    if (spec == NULL || out == NULL)
        return genrepi_fail(source->ctx, GENREP_E_INVALID, "genrep_dataset_filter: %s is NULL",
                            spec == NULL ? "spec" : "out");
    return genrepi_filter_new(source, spec, out);
}

int32_t genrep_dataset_save_text(genrep_dataset *dataset, const char *path) {
    if (dataset == NULL) return GENREP_E_INVALID;
    if (path == NULL)
        return genrepi_fail(dataset->ctx, GENREP_E_INVALID,
                            "genrep_dataset_save_text: path is NULL");
    return genrepi_dataset_save_text(dataset, path);
}

genrep_dataset *genrep_dataset_ref(genrep_dataset *dataset) {
    return genrepi_dataset_ref(dataset);
}

void genrep_dataset_unref(genrep_dataset *dataset) {
    genrepi_dataset_unref(dataset);
}

int64_t genrep_dataset_count(const genrep_dataset *dataset) {
    return dataset == NULL ? 0 : dataset->count;
}

int32_t genrep_dataset_fields(const genrep_dataset *dataset) {
    return dataset == NULL ? 0 : dataset->n_fields;
}

int32_t genrep_dataset_field(const genrep_dataset *dataset, int32_t field, const char **name,
                             int32_t *dtype, int32_t *rank, int64_t *shape) {
    if (dataset == NULL) return GENREP_E_INVALID;
    if (field < 0 || field >= dataset->n_fields)
        return genrepi_fail(dataset->ctx, GENREP_E_RANGE,
                            "genrep_dataset_field: there is no field %d, the dataset has %d",
                            (int)field, (int)dataset->n_fields);
    const genrepi_field *info = &dataset->fields[field];
    if (name != NULL) *name = info->name;
    if (dtype != NULL) *dtype = info->dtype;
    if (rank != NULL) *rank = info->shape.rank;
    if (shape != NULL) memcpy(shape, info->shape.size, sizeof *shape * (size_t)info->shape.rank);
    return GENREP_OK;
}

int32_t genrep_dataset_batch(genrep_dataset *dataset, int64_t step, genrep_tensor *const *tensors,
                             int32_t n) {
    static const char function[] = "genrep_dataset_batch";
    if (dataset == NULL) return GENREP_E_INVALID;
    if (tensors == NULL)
        return genrepi_fail(dataset->ctx, GENREP_E_INVALID, "%s: tensors is NULL", function);
    if (n != dataset->n_fields)
        return genrepi_fail(dataset->ctx, GENREP_E_INVALID,
                            "%s: %d tensors for the %d fields of the dataset", function, (int)n,
                            (int)dataset->n_fields);
    return genrepi_dataset_batches(dataset, step, tensors);
}
