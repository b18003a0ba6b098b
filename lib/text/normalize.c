/* The filter "normalize": Unicode normalization forms (Unicode Standard Annex 15) and case folding,
 * by utf8proc.  A word at a time is right: white space is never part of what composes or decomposes
 * with a neighbour, and no word begins with what would compose with a blank.  What joins or parts
 * the letters of Arabic script (U+200C, U+200D) is neither white space nor removed.  A word with
 * bytes that are not UTF-8 stays as it is. */
#include <config.h>
#include <string.h>
#include <text/filter.h>

#ifdef GENREPI_HAVE_UTF8PROC
#include <utf8proc.h>
#endif

enum { FORM_NONE, FORM_NFC, FORM_NFKC };

typedef struct forms {
    int32_t form, casefold;
} forms;

static const genrepi_option options[] = {
    GENREPI_OPTION_WORD(forms, form, "nfc", "none|nfc|nfkc",
                        "composed characters; nfkc also replaces compatibility characters, such as "
                        "ligatures and wide forms"),
    GENREPI_OPTION_FLAG(forms, casefold, "0", "folds case: upper and lower become the same"),
};

#ifdef GENREPI_HAVE_UTF8PROC

typedef struct work {
    utf8proc_int32_t characters[GENREPI_FILTER_BYTES];
} work;

static int32_t open_normalize(genrep_dataset *filter, const void *given) {
    filter->instance = genrepi_alloc(filter->ctx, 1, sizeof(forms));
    if (filter->instance == NULL) return GENREP_E_NOMEM;
    *(forms *)filter->instance = *(const forms *)given;
    return GENREP_OK;
}

static int32_t next(genrepi_filter_stream *stream, const char *word, size_t bytes) {
    const forms *own = stream->filter->instance;
    utf8proc_int32_t *characters = ((work *)stream->state)->characters;
    if (genrepi_is_newline(word, bytes)) {
        genrepi_filter_newline(stream);
        return GENREP_OK;
    }
    utf8proc_option_t how = UTF8PROC_STABLE;
    if (own->form != FORM_NONE) how |= UTF8PROC_COMPOSE;
    if (own->form == FORM_NFKC) how |= UTF8PROC_COMPAT;
    if (own->casefold) how |= UTF8PROC_CASEFOLD;
    utf8proc_ssize_t n = utf8proc_decompose((const utf8proc_uint8_t *)word, (utf8proc_ssize_t)bytes,
                                            characters, GENREPI_FILTER_BYTES - 1, how);
    if (n >= 0 && n < GENREPI_FILTER_BYTES) n = utf8proc_reencode(characters, n, how);
    if (n < 0 || n >= GENREPI_FILTER_BYTES) {
        genrepi_filter_word(stream, word, bytes);
        return GENREP_OK;
    }
    /* Some characters become several words (U+FDFA), or a blank and a mark (U+00B4). */
    const char *part = (const char *)characters, *end = part + n;
    while (part < end) {
        const char *blank = memchr(part, ' ', (size_t)(end - part));
        if (blank == NULL) blank = end;
        if (blank > part) genrepi_filter_word(stream, part, (size_t)(blank - part));
        part = blank + 1;
    }
    return GENREP_OK;
}

#define STATE_BYTES sizeof(work)

#else

static int32_t open_normalize(genrep_dataset *filter, const void *given) {
    (void)given;
    return genrepi_fail(filter->ctx, GENREP_E_UNSUPPORTED,
                        "normalize needs utf8proc, which this build does not have");
}

static int32_t next(genrepi_filter_stream *stream, const char *word, size_t bytes) {
    genrepi_filter_word(stream, word, bytes);
    return GENREP_OK;
}

#define STATE_BYTES 0

#endif

static void free_normalize(genrep_dataset *filter) {
    genrepi_free(filter->ctx, filter->instance);
}

static const genrepi_filter_ops ops = {open_normalize, free_normalize, STATE_BYTES, next};

const genrepi_kind genrepi_kind_normalize = {
    .family = "filter",
    .name = "normalize",
    .help = "Unicode normalization and case folding of a text",
    .options = options,
    .n_options = GENREPI_COUNT(options),
    .options_size = sizeof(forms),
    .implementation = &ops,
};
