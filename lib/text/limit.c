/* The filter "limit": the beginning of a text. */
#include <text/filter.h>

typedef struct limits {
    int64_t sentences, words;
} limits;

static const genrepi_option options[] = {
    GENREPI_OPTION_INT(limits, sentences, "0", 0, 1e15, "ends after so many lines; 0: no limit"),
    GENREPI_OPTION_INT(limits, words, "0", 0, 1e15, "ends after so many words; 0: no limit"),
};

static int32_t open_limit(genrep_dataset *filter, const void *given) {
    limits *own = filter->instance = genrepi_alloc(filter->ctx, 1, sizeof *own);
    if (own == NULL) return GENREP_E_NOMEM;
    *own = *(const limits *)given;
    return GENREP_OK;
}

static void free_limit(genrep_dataset *filter) {
    genrepi_free(filter->ctx, filter->instance);
}

static int32_t next(genrepi_filter_stream *stream, const char *word, size_t bytes) {
    const limits *own = stream->filter->instance;
    limits *seen = stream->state;
    if (genrepi_is_newline(word, bytes)) {
        genrepi_filter_newline(stream);
        stream->ended = ++seen->sentences == own->sentences;
    } else {
        genrepi_filter_word(stream, word, bytes);
        stream->ended = ++seen->words == own->words;
    }
    return GENREP_OK;
}

static const genrepi_filter_ops ops = {open_limit, free_limit, sizeof(limits), next};

const genrepi_kind genrepi_kind_limit = {
    .family = "filter",
    .name = "limit",
    .help = "the beginning of a text",
    .options = options,
    .n_options = GENREPI_COUNT(options),
    .options_size = sizeof(limits),
    .implementation = &ops,
};
