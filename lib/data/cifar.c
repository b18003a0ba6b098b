/* CIFAR-10 and CIFAR-100 in their binary form (Krizhevsky 2009): records of one label, or of a
 * coarse and a fine one, and 3 x 32 x 32 bytes.  Which of both a file is follows from its size. */
#include <data/dataset.h>
#include <string.h>
#include <sys/stat.h>

enum { PART_TRAIN, PART_TEST };
enum { LABELS_FINE, LABELS_COARSE };
enum { PIXELS = 3 * 32 * 32, MOST_FILES = 5 };

typedef struct cifar_options {
    char *path;
    int32_t part, labels;
    int64_t limit;
} cifar_options;

static const genrepi_option options[] = {
    GENREPI_OPTION_STRING(cifar_options, path, NULL,
                          "the folder of data_batch_1.bin ... or train.bin, or one such file"),
    GENREPI_OPTION_WORD(cifar_options, part, "train", "train|test", "which files of the folder"),
    GENREPI_OPTION_WORD(cifar_options, labels, "fine", "fine|coarse", "which of CIFAR-100's two"),
    GENREPI_OPTION_INT(cifar_options, limit, "0", 0, 1e15, "the first so many samples; 0: all"),
};

typedef struct found {
    int32_t n;
    char *path[MOST_FILES];
    int64_t samples[MOST_FILES];
    int64_t before; /* bytes of labels before the pixels: 1 or 2 */
} found;

/* Adds the file if it is there. */
static int32_t add(genrep_ctx *ctx, const char *folder, const char *name, found *f) {
    struct stat is;
    genrepi_buffer path = {.ctx = ctx};
    genrepi_buffer_format(&path, "%s%s%s", folder, name[0] != '\0' ? "/" : "", name);
    int32_t status = genrepi_buffer_status(&path);
    if (status == 0 && stat(path.data, &is) == 0 && S_ISREG(is.st_mode)) {
        const int64_t size = (int64_t)is.st_size, ten = size % (1 + PIXELS) == 0,
                      hundred = size % (2 + PIXELS) == 0;
        const int64_t before = ten && f->before != 2 ? 1 : 2;
        if (size == 0 || (before == 1 ? !ten : !hundred) || (f->before != 0 && f->before != before))
            status =
                genrepi_fail(ctx, GENREP_E_FORMAT,
                             "'%s' has %lld bytes: CIFAR's files are records of 3073 (CIFAR-10) "
                             "or all of 3074 (CIFAR-100)",
                             path.data, (long long)size);
        f->before = before;
        f->samples[f->n] = size / (before + PIXELS);
        f->path[f->n] = status == 0 ? genrepi_strdup(ctx, path.data) : NULL;
        if (status == 0) status = f->path[f->n++] != NULL ? 0 : GENREP_E_NOMEM;
    }
    genrepi_buffer_free(&path);
    return status;
}

static int32_t find(genrep_ctx *ctx, const cifar_options *o, found *f) {
    static const char *const train[] = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                        "data_batch_4.bin", "data_batch_5.bin", NULL},
                             *const test[] = {"test_batch.bin", NULL}, *const itself[] = {"", NULL},
                             *const hundred_train[] = {"train.bin", NULL},
                             *const hundred_test[] = {"test.bin", NULL};
    const char *const *const where[] = {itself, o->part == PART_TRAIN ? train : test,
                                        o->part == PART_TRAIN ? hundred_train : hundred_test};
    int32_t status = 0;
    for (int32_t w = 0; w < GENREPI_COUNT(where) && f->n == 0; w++)
        for (int32_t i = 0; where[w][i] != NULL && status == 0; i++)
            status = add(ctx, o->path, where[w][i], f);
    if (status != 0 || f->n > 0) return status;
    return genrepi_fail(ctx, GENREP_E_IO,
                        "'%s' is no file, nor a folder with data_batch_1.bin and test_batch.bin "
                        "(CIFAR-10) or train.bin and test.bin (CIFAR-100)",
                        o->path);
}

/* Reads one file's records from sample `from` on. */
static int32_t read_file(genrep_ctx *ctx, const found *f, int32_t file, int64_t which, int64_t from,
                         genrep_tensor *const tensors[2]) {
    const int64_t record = f->before + PIXELS, size = f->samples[file] * record;
    uint8_t *images = tensors[0]->data;
    int32_t *labels = tensors[1]->data;
    char *bytes = NULL;
    int64_t there = 0;
    int32_t status = genrepi_file_read(ctx, f->path[file], size, &bytes, &there);
    if (status == 0 && there != size)
        status = genrepi_fail(ctx, GENREP_E_IO, "'%s' changed while it was read", f->path[file]);
    for (int64_t i = 0; i < f->samples[file] && status == 0; i++) {
        labels[from + i] = (unsigned char)bytes[i * record + which];
        memcpy(images + (from + i) * PIXELS, bytes + i * record + f->before, PIXELS);
    }
    genrepi_free(ctx, bytes);
    return status;
}

static int32_t load(genrep_dataset *dataset, const cifar_options *o, const found *f) {
    static const char *const names[] = {"images", "labels"};
    genrep_ctx *ctx = dataset->ctx;
    genrep_tensor *tensors[2] = {NULL, NULL};
    genrepi_shape x = {4, {0, 3, 32, 32}}, y = {1, {0}};
    for (int32_t i = 0; i < f->n; i++) x.size[0] += f->samples[i];
    y.size[0] = x.size[0];
    const int64_t which = f->before == 2 && o->labels == LABELS_FINE ? 1 : 0;
    int32_t status = genrepi_tensor_new(ctx, GENREP_U8, &x, 0, &tensors[0]);
    if (status == 0) status = genrepi_tensor_new(ctx, GENREP_I32, &y, 0, &tensors[1]);
    int64_t from = 0;
    for (int32_t i = 0; i < f->n && status == 0; from += f->samples[i++])
        status = read_file(ctx, f, i, which, from, tensors);
    if (status == 0) status = genrepi_tensors_set(dataset, 2, names, tensors);
    genrepi_tensor_unref(tensors[0]);
    genrepi_tensor_unref(tensors[1]);
    if (o->limit > 0 && o->limit < dataset->count) dataset->count = o->limit;
    return status;
}

static int32_t open_cifar(genrep_dataset *dataset, const void *given) {
    const cifar_options *o = given;
    found f = {.n = 0};
    if (o->path == NULL)
        return genrepi_fail(dataset->ctx, GENREP_E_INVALID, "cifar: path= is missing");
    int32_t status = find(dataset->ctx, o, &f);
    if (status == 0 && f.before == 1 && o->labels == LABELS_COARSE)
        status = genrepi_fail(dataset->ctx, GENREP_E_INVALID,
                              "labels=coarse: CIFAR-10 has one label a sample");
    if (status == 0) status = load(dataset, o, &f);
    for (int32_t i = 0; i < f.n; i++) genrepi_free(dataset->ctx, f.path[i]);
    return status;
}

static const genrepi_dataset_ops ops = {
    .open = open_cifar, .at = genrepi_tensors_at, .free = genrepi_tensors_free};
const genrepi_kind genrepi_kind_cifar = {"dataset",
                                         "cifar",
                                         "images and labels of CIFAR-10 and CIFAR-100, binary form",
                                         options,
                                         GENREPI_COUNT(options),
                                         0,
                                         0,
                                         sizeof(cifar_options),
                                         &ops};
