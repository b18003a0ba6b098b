/* Filters: text datasets that give another one's words changed, one after another (kinds of the
 * family "filter").  What they give has one blank between words and one newline for each of the
 * source's; memory does not grow with the text. */
#ifndef GENREPI_TEXT_FILTER_H
#define GENREPI_TEXT_FILTER_H

#include <base/buffer.h>
#include <text/tokens.h>

/* A word may become longer: NFKC makes 18 characters of one. */
#define GENREPI_FILTER_BYTES (18 * GENREPI_WORD_BYTES + 8)

typedef struct genrepi_filter_stream genrepi_filter_stream;

typedef struct genrepi_filter_ops {
    /* Sets filter->instance, which may stay NULL; filter->source is set.  On failure free is called
     * if instance was set. */
    int32_t (*open)(genrep_dataset *filter, const void *options);
    void (*free)(genrep_dataset *filter);
    size_t state_bytes; /* of stream->state, which starts as 0 */
    /* Appends what the source's next word becomes, by genrepi_filter_word() and _newline(); ends
     * the stream by stream->ended. */
    int32_t (*next)(genrepi_filter_stream *stream, const char *word, size_t bytes);
} genrepi_filter_ops;

struct genrepi_filter_stream {
    genrep_ctx *ctx;
    genrep_dataset *filter; /* a reference */
    const genrepi_filter_ops *ops;
    genrepi_tokens tokens;
    void *state;
    int32_t inside; /* a line has begun */
    int32_t begun;  /* the text has */
    int32_t ended;
    size_t at, used; /* not read yet: out[at..used) */
    char out[GENREPI_FILTER_BYTES];
};

void genrepi_filter_word(genrepi_filter_stream *stream, const char *word, size_t bytes);
void genrepi_filter_newline(genrepi_filter_stream *stream);
/* Joined to the word before by the byte. */
void genrepi_filter_join(genrepi_filter_stream *stream, char with, const char *word, size_t bytes);

static inline int32_t genrepi_is_newline(const char *word, size_t bytes) {
    return bytes == 4 && word[0] == '<' && word[1] == '/' && word[2] == 's' && word[3] == '>';
}

int32_t genrepi_filter_new(genrep_dataset *source, const char *spec, genrep_dataset **out);

extern const genrepi_kind genrepi_kind_limit, genrepi_kind_normalize, genrepi_kind_phrases;

#endif
