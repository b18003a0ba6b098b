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

/* From the host, on its own thread.  One reader at a time: each starts from the beginning. */
typedef struct host_text {
    genrep_ctx *ctx;
    genrep_text_source source;
    int32_t ended;
} host_text;

static int32_t host_failed(const host_text *own, const char *what, int32_t answer) {
    return genrepi_fail(own->ctx, GENREP_E_USER, "the host's text could not be %s: it returned %d",
                        what, (int)answer);
}

static int32_t read_host(void *state, void *to, size_t size, size_t *got) {
    host_text *own = state;
    *got = 0;
    while (*got < size && !own->ended) {
        size_t n = 0;
        int32_t answer = own->source.read(own->source.user, (char *)to + *got, size - *got, &n);
        if (answer != 0) return host_failed(own, "read", answer);
        if (n > size - *got)
            return genrepi_fail(own->ctx, GENREP_E_USER,
                                "the host's text says it read %zu bytes where %zu were asked for",
                                n, size - *got);
        own->ended = n == 0;
        *got += n;
    }
    return GENREP_OK;
}

static int32_t rewind_host(void *state) {
    host_text *own = state;
    int32_t answer = own->source.rewind(own->source.user);
    if (answer != 0) return host_failed(own, "begun anew", answer);
    own->ended = 0;
    return GENREP_OK;
}

static void close_host(void *state) {
    host_text *own = state;
    genrepi_free(own->ctx, own);
}

static int32_t open_host(genrep_dataset *dataset, genrepi_reader **out) {
    static const genrepi_stream_ops stream = {read_host, rewind_host, close_host};
    host_text *own = genrepi_alloc(dataset->ctx, 1, sizeof *own);
    if (own == NULL) return GENREP_E_NOMEM;
    *own = (host_text){.ctx = dataset->ctx, .source = *(genrep_text_source *)dataset->instance};
    int32_t status = rewind_host(own);
    if (status == GENREP_OK)
        return genrepi_reader_stream(dataset->ctx, "the host's text", &stream, own, out);
    close_host(own);
    return status;
}

static void free_host(genrep_dataset *dataset) {
    genrepi_free(dataset->ctx, dataset->instance);
}

static const genrepi_dataset_ops host_ops = {.text = open_host, .free = free_host, .on_caller = 1};

int32_t genrepi_dataset_from_text_source(genrep_ctx *ctx, const genrep_text_source *source,
                                         genrep_dataset **out) {
    genrep_dataset *dataset;
    int32_t status = genrepi_dataset_blank(ctx, &host_ops, &dataset);
    if (status != GENREP_OK) return status;
    genrep_text_source *own = dataset->instance = genrepi_alloc(ctx, 1, sizeof *own);
    if (own == NULL) {
        genrepi_dataset_unref(dataset);
        return GENREP_E_NOMEM;
    }
    *own = *source;
    *out = dataset;
    return GENREP_OK;
}

int32_t genrepi_dataset_on_caller(const genrep_dataset *dataset) {
    for (; dataset != NULL; dataset = dataset->source)
        if (dataset->ops->on_caller) return 1;
    return 0;
}

int32_t genrepi_dataset_save_text(genrep_dataset *dataset, const char *path) {
    enum { PIECE = 65536 };
    genrep_ctx *ctx = dataset->ctx;
    genrepi_reader *reader = NULL;
    genrepi_writer writer = {0};
    char *piece = NULL;
    size_t got = PIECE;
    int32_t status = genrepi_dataset_text(dataset, &reader);
    if (status == GENREP_OK) status = genrepi_writer_open(ctx, path, &writer);
    if (status == GENREP_OK) {
        piece = genrepi_alloc_raw(ctx, PIECE, 1);
        if (piece == NULL) status = GENREP_E_NOMEM;
    }
    while (status == GENREP_OK && got == PIECE) {
        status = genrepi_reader_read(reader, piece, PIECE, &got);
        if (status == GENREP_OK) genrepi_writer_add(&writer, piece, got);
    }
    if (status == GENREP_OK) status = genrepi_writer_commit(&writer);
    genrepi_writer_abandon(&writer);
    genrepi_free(ctx, piece);
    genrepi_reader_close(reader);
    return status;
}
