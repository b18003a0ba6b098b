/* What all filters share: the stream of words, and making one. */
#include <text/filter.h>
#include <stdio.h>
#include <string.h>

static void append(genrepi_filter_stream *stream, const char *bytes, size_t n) {
    const size_t room = sizeof stream->out - stream->used;
    if (n > room) n = room;
    memcpy(stream->out + stream->used, bytes, n);
    stream->used += n;
}

void genrepi_filter_word(genrepi_filter_stream *stream, const char *word, size_t bytes) {
    if (stream->inside) append(stream, " ", 1);
    /* U+FEFF inside a text is part of its word: at the beginning it would be a byte order mark. */
    if (!stream->begun && bytes >= 3 && memcmp(word, "\xEF\xBB\xBF", 3) == 0)
        append(stream, " ", 1);
    append(stream, word, bytes);
    stream->inside = stream->begun = 1;
}

void genrepi_filter_newline(genrepi_filter_stream *stream) {
    append(stream, "\n", 1);
    stream->inside = 0;
    stream->begun = 1;
}

void genrepi_filter_join(genrepi_filter_stream *stream, char with, const char *word, size_t bytes) {
    append(stream, &with, 1);
    append(stream, word, bytes);
}

static int32_t fill(genrepi_filter_stream *stream) {
    stream->at = stream->used = 0;
    while (stream->used == 0 && !stream->ended) {
        const char *word;
        size_t bytes;
        int32_t status = genrepi_tokens_next(&stream->tokens, &word, &bytes);
        if (status != GENREP_OK) return status;
        if (word == NULL)
            stream->ended = 1;
        else
            status = stream->ops->next(stream, word, bytes);
        if (status != GENREP_OK) return status;
    }
    return GENREP_OK;
}

static int32_t read_filter(void *state, void *to, size_t size, size_t *got) {
    genrepi_filter_stream *stream = state;
    *got = 0;
    while (*got < size) {
        if (stream->at == stream->used) {
            int32_t status = fill(stream);
            if (status != GENREP_OK) return status;
            if (stream->used == 0) return GENREP_OK;
        }
        size_t n = stream->used - stream->at;
        if (n > size - *got) n = size - *got;
        memcpy((char *)to + *got, stream->out + stream->at, n);
        stream->at += n;
        *got += n;
    }
    return GENREP_OK;
}

static int32_t rewind_filter(void *state) {
    genrepi_filter_stream *stream = state;
    stream->at = stream->used = 0;
    stream->inside = stream->begun = stream->ended = 0;
    if (stream->state != NULL) memset(stream->state, 0, stream->ops->state_bytes);
    return genrepi_scan_seek(&stream->tokens.scan, 0);
}

static void close_filter(void *state) {
    genrepi_filter_stream *stream = state;
    genrepi_tokens_close(&stream->tokens);
    genrepi_free(stream->ctx, stream->state);
    genrepi_dataset_unref(stream->filter);
    genrepi_free(stream->ctx, stream);
}

static const genrepi_filter_ops *ops_of(const genrep_dataset *filter) {
    const genrepi_kind *kind = filter->filter;
    return kind->implementation;
}

static int32_t open_filter(genrep_dataset *filter, genrepi_reader **out) {
    static const genrepi_stream_ops ops = {read_filter, rewind_filter, close_filter};
    genrep_ctx *ctx = filter->ctx;
    genrepi_filter_stream *stream = genrepi_alloc(ctx, 1, sizeof *stream);
    if (stream == NULL) return GENREP_E_NOMEM;
    stream->ctx = ctx;
    stream->ops = ops_of(filter);
    int32_t status = GENREP_OK;
    if (stream->ops->state_bytes > 0) {
        stream->state = genrepi_alloc(ctx, 1, stream->ops->state_bytes);
        if (stream->state == NULL) status = GENREP_E_NOMEM;
    }
    if (status == GENREP_OK) status = genrepi_tokens_open(filter->source, &stream->tokens);
    if (status != GENREP_OK) {
        genrepi_free(ctx, stream->state);
        genrepi_free(ctx, stream);
        return status;
    }
    stream->filter = genrepi_dataset_ref(filter);
    char name[128]; /* errors name the file at the bottom */
    genrepi_reader *below = stream->tokens.scan.reader;
    snprintf(name, sizeof name, "%s", genrepi_reader_name(below));
    return genrepi_reader_stream(ctx, name, &ops, stream, out);
}

static void free_filter(genrep_dataset *filter) {
    ops_of(filter)->free(filter);
}

int32_t genrepi_filter_new(genrep_dataset *source, const char *spec, genrep_dataset **out) {
    static const genrepi_dataset_ops ops = {.text = open_filter, .free = free_filter};
    genrep_ctx *ctx = source->ctx;
    const genrepi_kind *kind;
    void *options;
    genrep_dataset *filter = NULL;
    if (source->ops->text == NULL)
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            "a filter is for text, which the dataset is not");
    int32_t status = genrepi_spec_make(ctx, "filter", spec, &kind, &options);
    if (status != GENREP_OK) return status;
    status = genrepi_dataset_blank(ctx, &ops, &filter);
    if (status == GENREP_OK) {
        const genrepi_filter_ops *made = kind->implementation;
        filter->filter = kind;
        filter->source = genrepi_dataset_ref(source);
        status = made->open(filter, options);
    }
    genrepi_options_free(ctx, kind, options);
    if (status == GENREP_OK)
        *out = filter;
    else
        genrepi_dataset_unref(filter);
    return status;
}
