/* Images, and labels if there are any, from IDX files (MNIST's format), read whole. */
#include <data/dataset.h>
#include <io/formats.h>

typedef struct idx_options {
    char *images, *labels;
    int64_t limit;
} idx_options;

static const genrepi_option options[] = {
    GENREPI_OPTION_STRING(idx_options, images, NULL, "file of the images; .gz too"),
    GENREPI_OPTION_STRING(idx_options, labels, NULL, "file of the labels; .gz too"),
    GENREPI_OPTION_INT(idx_options, limit, "0", 0, 1e15, "the first so many samples; 0: all"),
};

static int32_t open_idx(genrep_dataset *dataset, const void *given) {
    const idx_options *o = given;
    static const char *const names[] = {"images", "labels"};
    if (o->images == NULL)
        return genrepi_fail(dataset->ctx, GENREP_E_INVALID, "idx: images= is missing");
    genrep_tensor *tensors[2] = {NULL, NULL};
    int32_t status = genrepi_idx_read(dataset->ctx, o->images, &tensors[0]);
    if (status == GENREP_OK && o->labels != NULL)
        status = genrepi_idx_read(dataset->ctx, o->labels, &tensors[1]);
    if (status == GENREP_OK) {
        status = genrepi_tensors_set(dataset, o->labels == NULL ? 1 : 2, names, tensors);
        if (status == GENREP_E_INVALID) genrepi_fail_in(dataset->ctx, status, "%s", o->images);
    }
    genrepi_tensor_unref(tensors[0]);
    genrepi_tensor_unref(tensors[1]);
    if (o->limit > 0 && o->limit < dataset->count) dataset->count = o->limit;
    return status;
}

static const genrepi_dataset_ops ops = {
    .open = open_idx, .at = genrepi_tensors_at, .free = genrepi_tensors_free};

const genrepi_kind genrepi_kind_idx = {"dataset",
                                       "idx",
                                       "images and labels from IDX files (MNIST)",
                                       options,
                                       GENREPI_COUNT(options),
                                       0,
                                       0,
                                       sizeof(idx_options),
                                       &ops};
