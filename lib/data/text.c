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

/* From the host, on its own thread.  The host has one place in its text; each reader has its own,
 * and brings the host there before it reads where another one, or a failure, was in between. */
typedef struct host {
    genrep_text_source source;
    const void *reader; /* whose place the host is at; NULL: nobody's */
} host;

typedef struct host_reader {
    genrep_dataset *dataset; /* a reference */
    int64_t at;
    int32_t ended;
} host_reader;

static int32_t host_failed(const host_reader *own, const char *what, int32_t answer) {
    return genrepi_fail(own->dataset->ctx, GENREP_E_USER,
                        "the host's text could not be %s: it returned %d", what, (int)answer);
}

static int32_t ask_host(const host_reader *own, void *to, size_t size, size_t *got) {
    const host *shared = own->dataset->instance;
    *got = 0;
    int32_t answer = shared->source.read(shared->source.user, to, size, got);
    if (answer != 0) return host_failed(own, "read", answer);
    if (*got <= size) return GENREP_OK;
    return genrepi_fail(own->dataset->ctx, GENREP_E_USER,
                        "the host's text says it read %zu bytes where %zu were asked for", *got,
                        size);
}

static int32_t take_turn(host_reader *own, void *to, size_t size) {
    host *shared = own->dataset->instance;
    if (shared->reader == own) return GENREP_OK;
    shared->reader = NULL;
    int32_t answer = shared->source.rewind(shared->source.user);
    if (answer != 0) return host_failed(own, "begun anew", answer);
    for (int64_t missing = own->at; missing > 0;) {
        size_t n;
        int32_t status = ask_host(own, to, missing < (int64_t)size ? (size_t)missing : size, &n);
        if (status != GENREP_OK) return status;
        if (n == 0)
            return genrepi_fail(own->dataset->ctx, GENREP_E_USER,
                                "the host's text is shorter than it was: it ends %lld bytes early",
                                (long long)missing);
        missing -= (int64_t)n;
    }
    shared->reader = own;
    return GENREP_OK;
}

static int32_t read_host(void *state, void *to, size_t size, size_t *got) {
    host_reader *own = state;
    *got = 0;
    if (size == 0 || own->ended) return GENREP_OK;
    int32_t status = take_turn(own, to, size);
    while (status == GENREP_OK && *got < size && !own->ended) {
        size_t n;
        status = ask_host(own, (char *)to + *got, size - *got, &n);
        if (status != GENREP_OK) break;
        own->ended = n == 0;
        *got += n;
    }
    if (status == GENREP_OK)
        own->at += (int64_t)*got;
    else /* who knows where it stands; what came before the failure comes again */
        ((host *)own->dataset->instance)->reader = NULL;
    return status;
}

static int32_t rewind_host(void *state) {
    host_reader *own = state;
    host *shared = own->dataset->instance;
    if (shared->reader == own) shared->reader = NULL;
    own->at = 0;
    own->ended = 0;
    return GENREP_OK;
}

static void close_host(void *state) {
    host_reader *own = state;
    genrep_dataset *dataset = own->dataset;
    rewind_host(own);
    genrepi_free(dataset->ctx, own);
    genrepi_dataset_unref(dataset);
}

static int32_t open_host(genrep_dataset *dataset, genrepi_reader **out) {
    static const genrepi_stream_ops stream = {read_host, rewind_host, close_host};
    host_reader *own = genrepi_alloc(dataset->ctx, 1, sizeof *own);
    if (own == NULL) return GENREP_E_NOMEM;
    own->dataset = genrepi_dataset_ref(dataset);
    return genrepi_reader_stream(dataset->ctx, "the host's text", &stream, own, out);
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
    host *own = dataset->instance = genrepi_alloc(ctx, 1, sizeof *own);
    if (own == NULL) {
        genrepi_dataset_unref(dataset);
        return GENREP_E_NOMEM;
    }
    own->source = *source;
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
