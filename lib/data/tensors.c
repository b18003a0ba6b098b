/* Samples in memory: entry i along the first axis of each tensor. */
#include <data/dataset.h>

typedef struct tensors {
    genrep_tensor *of[GENREPI_MAX_FIELDS];
} tensors;

int32_t genrepi_tensors_set(genrep_dataset *dataset, int32_t n, const char *const *names,
                            genrep_tensor *const *given) {
    genrep_ctx *ctx = dataset->ctx;
    tensors *own = dataset->instance = genrepi_alloc(ctx, 1, sizeof *own);
    if (own == NULL) return GENREP_E_NOMEM;
    for (int32_t i = 0; i < n; i++) {
        const genrepi_shape *shape = &given[i]->shape;
        const char *name = names[i] == NULL ? "" : names[i];
        if (shape->rank == 0)
            return genrepi_fail(ctx, GENREP_E_INVALID,
                                "'%s' has no axes; its first axis counts the samples", name);
        if (i > 0 && shape->size[0] != dataset->count)
            return genrepi_fail(ctx, GENREP_E_INVALID, "there are %lld %s, but %lld %s",
                                (long long)dataset->count, names[0], (long long)shape->size[0],
                                name);
        genrepi_shape sample = genrepi_shape_of(shape->rank - 1, shape->size + 1);
        int32_t status = genrepi_dataset_field(dataset, name, given[i]->dtype, &sample);
        if (status != GENREP_OK) return status;
        dataset->count = shape->size[0];
        own->of[i] = genrepi_tensor_ref(given[i]);
    }
    return GENREP_OK;
}

const void *genrepi_tensors_at(const genrep_dataset *dataset, int64_t sample, int32_t field) {
    const tensors *own = dataset->instance;
    const genrepi_field *f = &dataset->fields[field];
    size_t bytes = (size_t)genrepi_shape_count(&f->shape) * genrepi_dtype_bytes(f->dtype);
    return (const char *)own->of[field]->data + (size_t)sample * bytes;
}

void genrepi_tensors_free(genrep_dataset *dataset) {
    tensors *own = dataset->instance;
    for (int32_t i = 0; i < GENREPI_MAX_FIELDS; i++) genrepi_tensor_unref(own->of[i]);
    genrepi_free(dataset->ctx, own);
}

static const genrepi_dataset_ops ops = {.at = genrepi_tensors_at, .free = genrepi_tensors_free};

int32_t genrepi_dataset_from_tensors(genrep_ctx *ctx, int32_t n, const char *const *names,
                                     genrep_tensor *const *given, genrep_dataset **out) {
    genrep_dataset *dataset = NULL;
    int32_t status = genrepi_dataset_blank(ctx, &ops, &dataset);
    if (status == GENREP_OK) status = genrepi_tensors_set(dataset, n, names, given);
    if (status != GENREP_OK) {
        genrepi_dataset_unref(dataset);
        return status;
    }
    *out = dataset;
    return GENREP_OK;
}
