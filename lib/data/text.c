/* Text: a stream of UTF-8 from a file, read anew for each pass, or from the host's memory. */
#include <data/dataset.h>

typedef struct text_options {
    char *path;
} text_options;

static const genrepi_option options[] = {
    GENREPI_OPTION_STRING(text_options, path, NULL, "file of UTF-8 text; .gz too"),
};

static int32_t read_file(genrep_dataset *dataset, genrepi_reader **out) {
    return genrepi_reader_open(dataset->ctx, dataset->instance, out);
}

static int32_t open_path(genrep_dataset *dataset, const char *path) {
    dataset->instance = genrepi_strdup(dataset->ctx, path);
    if (dataset->instance == NULL) return GENREP_E_NOMEM;
    genrepi_reader *reader; /* a file that is not there is said now, not at the first step */
    int32_t status = read_file(dataset, &reader);
    if (status == GENREP_OK) genrepi_reader_close(reader);
    return status;
}

static int32_t open_text(genrep_dataset *dataset, const void *given) {
    const text_options *o = given;
    if (o->path == NULL)
        return genrepi_fail(dataset->ctx, GENREP_E_INVALID, "text: path= is missing");
    return open_path(dataset, o->path);
}

static void free_path(genrep_dataset *dataset) {
    genrepi_free(dataset->ctx, dataset->instance);
}

static const genrepi_dataset_ops file_ops = {
    .open = open_text, .text = read_file, .free = free_path};

int32_t genrepi_text_open(genrep_ctx *ctx, const char *path, genrep_dataset **out) {
    genrep_dataset *dataset;
    int32_t status = genrepi_dataset_blank(ctx, &file_ops, &dataset);
    if (status != GENREP_OK) return status;
    status = open_path(dataset, path);
    if (status == GENREP_OK)
        *out = dataset;
    else
        genrepi_dataset_unref(dataset);
    return status;
}

const genrepi_kind genrepi_kind_text = {
    "dataset", "text", "UTF-8 text from a file", options,  GENREPI_COUNT(options),
    0,         0,      sizeof(text_options),     &file_ops};

typedef struct memory_text {
    const char *text;
    size_t bytes;
    void (*release)(void *user);
    void *user;
} memory_text;

static int32_t read_memory(genrep_dataset *dataset, genrepi_reader **out) {
    const memory_text *own = dataset->instance;
    return genrepi_reader_memory(dataset->ctx, own->text, own->bytes, out);
}

static void free_memory(genrep_dataset *dataset) {
    memory_text *own = dataset->instance;
    if (own->release != NULL) own->release(own->user);
    genrepi_free(dataset->ctx, own);
}

static const genrepi_dataset_ops memory_ops = {.text = read_memory, .free = free_memory};

int32_t genrepi_dataset_from_text(genrep_ctx *ctx, const char *text, size_t bytes,
                                  void (*release)(void *user), void *user, genrep_dataset **out) {
    genrep_dataset *dataset;
    int32_t status = genrepi_dataset_blank(ctx, &memory_ops, &dataset);
    if (status != GENREP_OK) return status;
    memory_text *own = dataset->instance = genrepi_alloc(ctx, 1, sizeof *own);
    if (own == NULL) {
        genrepi_dataset_unref(dataset);
        return GENREP_E_NOMEM;
    }
    *own = (memory_text){text, bytes, release, user};
    *out = dataset;
    return GENREP_OK;
}
