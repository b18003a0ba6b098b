/* Samples from the host's callback. */
#include <data/dataset.h>

static int32_t read_source(genrep_dataset *dataset, int64_t place, int64_t sample, int32_t field,
                           void *to) {
    (void)place;
    const genrep_source *source = dataset->instance;
    int32_t answer = source->read(source->user, sample, field, to);
    if (answer == 0) return GENREP_OK;
    return genrepi_fail(dataset->ctx, GENREP_E_USER,
                        "the host's dataset could not read '%s' of sample %lld: it returned %d",
                        dataset->fields[field].name, (long long)sample, (int)answer);
}

static void free_source(genrep_dataset *dataset) {
    genrepi_free(dataset->ctx, dataset->instance);
}

static const genrepi_dataset_ops ops = {.read = read_source, .free = free_source};

int32_t genrepi_dataset_from_source(genrep_ctx *ctx, const genrep_source *source,
                                    genrep_dataset **out) {
    genrep_dataset *dataset = NULL;
    int32_t status = genrepi_dataset_blank(ctx, &ops, &dataset);
    if (status != GENREP_OK) return status;
    genrep_source *own = dataset->instance = genrepi_alloc(ctx, 1, sizeof *own);
    if (own == NULL) status = GENREP_E_NOMEM;
    for (int32_t i = 0; i < source->n_fields && status == GENREP_OK; i++) {
        genrepi_shape shape = {source->ranks[i], {0}};
        for (int32_t axis = 0; axis < shape.rank && axis < GENREP_MAX_RANK; axis++)
            shape.size[axis] = source->shapes[i][axis];
        status = genrepi_dataset_field(dataset, source->names[i], source->dtypes[i], &shape);
    }
    if (status != GENREP_OK) {
        genrepi_dataset_unref(dataset);
        return status;
    }
    /* What the arrays say is in the fields now. */
    *own = (genrep_source){.size = sizeof *own, .user = source->user, .read = source->read};
    dataset->count = source->count;
    *out = dataset;
    return GENREP_OK;
}
