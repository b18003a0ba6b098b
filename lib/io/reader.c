/* Reading a stream of bytes from a file or from memory, through gzip where the bytes say so. */
#include <io/reader.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads up to size bytes from a file; less only at its end. */
static int32_t read_file(genrepi_reader *reader, void *to, size_t size, size_t *got) {
    *got = 0;
    while (*got < size) {
        ssize_t n = read(reader->fd, (char *)to + *got, size - *got);
        if (n == 0) break;
        if (n > 0)
            *got += (size_t)n;
        else if (errno != EINTR)
            return genrepi_io_fail(reader->ctx, "read", reader->name, errno);
    }
    return 0;
}

int32_t genrepi_reader_fetch(genrepi_reader *reader) {
    if (reader->fd < 0) {
        reader->next = reader->memory + reader->memory_at;
        reader->ready = reader->memory_bytes - reader->memory_at;
        reader->memory_at = reader->memory_bytes;
        return 0;
    }
    reader->next = reader->buffer;
    return read_file(reader, reader->buffer, GENREPI_READER_BYTES, &reader->ready);
}

static int32_t read_plain(genrepi_reader *reader, void *to, size_t size, size_t *got) {
    *got = 0;
    while (*got < size) {
        char *rest = (char *)to + *got;
        size_t n = size - *got;
        int32_t status;
        if (reader->ready == 0 && reader->fd >= 0 && n >= GENREPI_READER_BYTES) {
            status = read_file(reader, rest, n, &n); /* without the buffer */
            *got += n;
            return status;
        }
        if (reader->ready == 0) {
            status = genrepi_reader_fetch(reader);
            if (status || reader->ready == 0) return status;
        }
        if (n > reader->ready) n = reader->ready;
        memcpy(rest, reader->next, n);
        reader->next += n;
        reader->ready -= n;
        *got += n;
    }
    return 0;
}

int32_t genrepi_reader_read(genrepi_reader *reader, void *to, size_t size, size_t *got) {
    return reader->decoder ? reader->decoder->read(reader, to, size, got)
                           : read_plain(reader, to, size, got);
}

int32_t genrepi_reader_need(genrepi_reader *reader, void *to, size_t size) {
    size_t got;
    int32_t status = genrepi_reader_read(reader, to, size, &got);
    if (status || got == size) return status;
    return genrepi_fail(reader->ctx, GENREP_E_FORMAT, "'%s' ends too early: it is cut off",
                        reader->name);
}

int32_t genrepi_reader_end(genrepi_reader *reader) {
    char byte;
    size_t got;
    int32_t status = genrepi_reader_read(reader, &byte, 1, &got);
    if (status || got == 0) return status;
    return genrepi_fail(reader->ctx, GENREP_E_FORMAT, "'%s' goes on behind its last element",
                        reader->name);
}

int64_t genrepi_reader_left(const genrepi_reader *reader) {
    if (reader->decoder) return -1;
    if (reader->fd < 0)
        return (int64_t)(reader->ready + (reader->memory_bytes - reader->memory_at));
    struct stat info;
    off_t at = lseek(reader->fd, 0, SEEK_CUR);
    if (at < 0 || fstat(reader->fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size < at)
        return -1;
    return (int64_t)(info.st_size - at) + (int64_t)reader->ready;
}

int32_t genrepi_reader_rewind(genrepi_reader *reader) {
    if (reader->fd >= 0 && lseek(reader->fd, 0, SEEK_SET) < 0)
        return genrepi_io_fail(reader->ctx, "read again", reader->name, errno);
    reader->memory_at = 0;
    reader->ready = 0;
    return reader->decoder ? reader->decoder->reset(reader) : 0;
}

const char *genrepi_reader_name(const genrepi_reader *reader) {
    return reader->name;
}

void genrepi_reader_close(genrepi_reader *reader) {
    if (!reader) return;
    if (reader->decoder) reader->decoder->close(reader);
    if (reader->fd >= 0) close(reader->fd);
    genrepi_free(reader->ctx, reader->buffer);
    genrepi_free(reader->ctx, reader->name);
    genrepi_free(reader->ctx, reader);
}

/* Looks at the first bytes. */
static int32_t start(genrepi_reader *reader, genrepi_reader **out) {
    int32_t status = genrepi_reader_fetch(reader);
    if (!status && reader->ready >= 2 && reader->next[0] == 0x1F && reader->next[1] == 0x8B)
        status = genrepi_gzip_open(reader);
    if (status)
        genrepi_reader_close(reader);
    else
        *out = reader;
    return status;
}

static genrepi_reader *make(genrep_ctx *ctx, const char *name) {
    genrepi_reader *reader = genrepi_alloc(ctx, 1, sizeof *reader);
    if (!reader) return NULL;
    reader->ctx = ctx;
    reader->fd = -1;
    reader->name = genrepi_strdup(ctx, name);
    if (reader->name) return reader;
    genrepi_free(ctx, reader);
    return NULL;
}

int32_t genrepi_reader_open(genrep_ctx *ctx, const char *path, genrepi_reader **out) {
    genrepi_reader *reader = make(ctx, path);
    if (!reader) return GENREP_E_NOMEM;
    reader->buffer = genrepi_alloc_raw(ctx, GENREPI_READER_BYTES, 1);
    if (!reader->buffer) {
        genrepi_reader_close(reader);
        return GENREP_E_NOMEM;
    }
    reader->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (reader->fd < 0) {
        int code = errno;
        genrepi_reader_close(reader);
        return genrepi_io_fail(ctx, "open", path, code);
    }
    return start(reader, out);
}

int32_t genrepi_reader_memory(genrep_ctx *ctx, const void *bytes, size_t size,
                              genrepi_reader **out) {
    genrepi_reader *reader = make(ctx, "memory");
    if (!reader) return GENREP_E_NOMEM;
    reader->memory = size > 0 ? bytes : (const void *)""; /* nothing may be added to NULL */
    reader->memory_bytes = size;
    return start(reader, out);
}

/* A stream is a decoder of nothing. */
typedef struct stream {
    const genrepi_stream_ops *ops;
    void *state;
} stream;

static int32_t read_stream(genrepi_reader *reader, void *to, size_t size, size_t *got) {
    const stream *s = reader->decoder_state;
    return s->ops->read(s->state, to, size, got);
}

static int32_t reset_stream(genrepi_reader *reader) {
    const stream *s = reader->decoder_state;
    return s->ops->rewind(s->state);
}

static void close_stream(genrepi_reader *reader) {
    stream *s = reader->decoder_state;
    s->ops->close(s->state);
    genrepi_free(reader->ctx, s);
}

int32_t genrepi_reader_stream(genrep_ctx *ctx, const char *name, const genrepi_stream_ops *ops,
                              void *state, genrepi_reader **out) {
    static const genrepi_decoder decoder = {read_stream, reset_stream, close_stream};
    genrepi_reader *reader = make(ctx, name);
    stream *s = reader ? genrepi_alloc(ctx, 1, sizeof *s) : NULL;
    if (!s) {
        ops->close(state);
        genrepi_reader_close(reader);
        return GENREP_E_NOMEM;
    }
    *s = (stream){ops, state};
    reader->decoder = &decoder;
    reader->decoder_state = s;
    *out = reader;
    return 0;
}
