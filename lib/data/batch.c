/* Batches: which samples, and bringing them into a tensor. */
#include <string.h>
#include <base/pool.h>
#include <base/random.h>
#include <data/dataset.h>
#include <kernel/kernel.h>

int64_t genrepi_dataset_sample(const genrep_dataset *dataset, int32_t field, int64_t i) {
    const int64_t own = dataset->fields[field].count;
    const uint64_t n = (uint64_t)(own > 0 ? own : dataset->count), pass = (uint64_t)i / n;
    const uint64_t order = own > 0 ? 1 + (uint64_t)field : 0;
    return (int64_t)genrepi_permute(
        dataset->ctx->seed, genrepi_stream(GENREPI_FOR_SHUFFLE, pass, order), n, (uint64_t)i % n);
}

typedef struct batch {
    const genrep_dataset *dataset;
    const genrepi_field *info;
    genrep_tensor *to;
    char *read; /* the samples if they had to be read, else NULL: they lie in memory */
    int64_t first, elements;
    int32_t field;
    int scale;
} batch;

static void fill_samples(void *argument, int64_t begin, int64_t end) {
    const batch *b = argument;
    const genrepi_field *info = b->info;
    size_t bytes = genrepi_dtype_bytes(b->to->dtype) * (size_t)b->elements;
    for (int64_t i = begin; i < end; i++) {
        char *to = (char *)b->to->data + (size_t)i * bytes;
        const void *from =
            b->read != NULL
                ? b->read + (size_t)(i * b->elements) * genrepi_dtype_bytes(info->dtype)
                : b->dataset->ops->at(b->dataset,
                                      genrepi_dataset_sample(b->dataset, b->field, b->first + i),
                                      b->field);
        if (b->scale && info->dtype == GENREP_U8 && b->to->dtype == GENREPI_REAL)
            b->dataset->ctx->kernels->from_u8(b->elements, (real)(1 / 127.5), -1, from, (void *)to);
        else
            genrepi_convert(b->elements, info->dtype, from, b->to->dtype, to);
    }
}

static int32_t check(const genrep_dataset *dataset, const genrepi_field *info, int64_t step,
                     const genrep_tensor *to) {
    genrep_ctx *ctx = dataset->ctx;
    char text[GENREPI_SHAPE_BYTES], sample[GENREPI_SHAPE_BYTES];
    if (!to->writable)
        return genrepi_fail(ctx, GENREP_E_INVALID, "%s: the tensor is read-only", info->name);
    if (to->shape.rank == 0 || to->shape.size[0] == 0 ||
        to->count / to->shape.size[0] != genrepi_shape_count(&info->shape))
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            "%s: the tensor is %s; a batch is any number of samples of %s",
                            info->name, genrepi_shape_text(&to->shape, text),
                            genrepi_shape_text(&info->shape, sample));
    if (dataset->count == 0)
        return genrepi_fail(ctx, GENREP_E_INVALID, "the dataset has no samples");
    if (step < 0 || step > INT64_MAX / to->shape.size[0] - 1)
        return genrepi_fail(ctx, GENREP_E_INVALID, "there is no batch number %lld",
                            (long long)step);
    return GENREP_OK;
}

/* Checks, and reads what does not lie in memory; to is untouched. */
static int32_t begin(genrep_dataset *dataset, int64_t step, int32_t field, int scale,
                     genrep_tensor *to, batch *b) {
    const genrepi_field *info = &dataset->fields[field];
    int32_t status = check(dataset, info, step, to);
    if (status != GENREP_OK) return status;
    int64_t n = to->shape.size[0], elements = genrepi_shape_count(&info->shape);
    *b = (batch){dataset, info, to, NULL, step * n, elements, field, scale};
    if (dataset->ops->at != NULL) return GENREP_OK;

    size_t bytes = (size_t)elements * genrepi_dtype_bytes(info->dtype);
    b->read = genrepi_scratch_get(dataset->ctx, (size_t)n * bytes);
    if (b->read == NULL) return GENREP_E_NOMEM;
    for (int64_t i = 0; i < n && status == GENREP_OK; i++)
        status = dataset->ops->read(dataset, b->first + i,
                                    genrepi_dataset_sample(dataset, field, b->first + i), field,
                                    b->read + (size_t)i * bytes);
    return status;
}

static void fill(batch *b) {
    /* Some 16 thousand elements a task: less would be lost in handing tasks out. */
    int64_t grain = 1 + 16384 / (b->elements + 1);
    genrepi_parallel_range(b->dataset->ctx, b->to->shape.size[0], grain, fill_samples, b);
}

static void end(batch *b) {
    if (b->read != NULL) genrepi_scratch_put(b->dataset->ctx, b->read);
}

int32_t genrepi_dataset_batch(genrep_dataset *dataset, int64_t step, int32_t field, int scale,
                              genrep_tensor *to) {
    batch b = {.read = NULL};
    int32_t status = begin(dataset, step, field, scale, to, &b);
    if (status == GENREP_OK) fill(&b);
    end(&b);
    return status;
}

int32_t genrepi_dataset_batches(genrep_dataset *dataset, int64_t step,
                                genrep_tensor *const *tensors) {
    batch b[GENREPI_MAX_FIELDS] = {{.read = NULL}};
    const genrep_tensor *first = NULL;
    int32_t status = GENREP_OK;
    for (int32_t i = 0; i < dataset->n_fields && status == GENREP_OK; i++) {
        if (tensors[i] == NULL) continue;
        if (first == NULL) first = tensors[i];
        status = begin(dataset, step, i, 0, tensors[i], &b[i]);
        if (status == GENREP_OK && tensors[i]->shape.size[0] != first->shape.size[0])
            status = genrepi_fail(dataset->ctx, GENREP_E_INVALID,
                                  "%s: the batch is %lld samples, but %lld of the field before",
                                  dataset->fields[i].name, (long long)tensors[i]->shape.size[0],
                                  (long long)first->shape.size[0]);
    }
    for (int32_t i = 0; i < dataset->n_fields; i++) {
        if (status == GENREP_OK && tensors[i] != NULL) fill(&b[i]);
        end(&b[i]);
    }
    return status;
}
