/* Specs: one way to make everything.
 *
 *   spec  := node { (";" | newline) node }
 *   node  := kind { key "=" value | word | "{" spec "}" }
 *   value := bare text up to a blank, ";", "{", "}" or "#" | '...' | "..."
 *
 * "#" starts a comment, a backslash before a newline joins the lines.  Each kind is one row: its
 * name and its options with type, default, bounds and a line of help.  From the rows come the
 * parser's errors, genrep_describe(), the reference pages, and the tests' list of what must be
 * tested. */
#ifndef GENREPI_BASE_SPEC_H
#define GENREPI_BASE_SPEC_H

#include <base/buffer.h>
#include <base/ctx.h>
#include <base/number.h>

enum {
    GENREPI_INT,    /* int64_t field */
    GENREPI_NUMBER, /* double field */
    GENREPI_FLAG,   /* int32_t field: 0 or 1 */
    GENREPI_WORD,   /* int32_t field: which of `words` ("one|two|three") */
    GENREPI_STRING  /* char * field, owned; NULL if not given */
};

typedef struct genrepi_option {
    const char *name;
    int32_t type;
    int32_t positional;    /* 1: may be given without its name ("repeat 9 { }") */
    const char *fallback;  /* the default, as text; NULL: must be given (a string: is NULL) */
    double low, high;      /* bounds, both included, finite */
    const char *words;
    const char *help;
    size_t offset;         /* of the field in the kind's options struct */
} genrepi_option;

#define GENREPI_OPTION_INT(type, field, fallback, low, high, help)                                 \
    {#field, GENREPI_INT, 0, fallback, low, high, NULL, help, offsetof(type, field)}
#define GENREPI_OPTION_NUMBER(type, field, fallback, low, high, help)                              \
    {#field, GENREPI_NUMBER, 0, fallback, low, high, NULL, help, offsetof(type, field)}
#define GENREPI_OPTION_FLAG(type, field, fallback, help)                                           \
    {#field, GENREPI_FLAG, 0, fallback, 0, 1, NULL, help, offsetof(type, field)}
#define GENREPI_OPTION_WORD(type, field, fallback, words, help)                                    \
    {#field, GENREPI_WORD, 0, fallback, 0, 0, words, help, offsetof(type, field)}
#define GENREPI_OPTION_STRING(type, field, fallback, help)                                         \
    {#field, GENREPI_STRING, 0, fallback, 0, 0, NULL, help, offsetof(type, field)}

typedef struct genrepi_kind {
    const char *family; /* "layer", "optimizer", "dataset", "trainer"; "options" for things that are
                         * always one kind and take options only: "context", "tape", "vocab" */
    const char *name;
    const char *help; /* one line: the formula or what it does */
    const genrepi_option *options;
    int32_t n_options;              /* -1: any options, not checked (the host's own kinds) */
    int32_t min_blocks, max_blocks; /* how many { } it takes */
    size_t options_size;            /* bytes of the options struct */
    const void *implementation;     /* what the family defines: genrepi_layer_ops, ... */
} genrepi_kind;

/* A parsed node.  `at` is the byte offset of a thing in the text, for messages. */
typedef struct genrepi_spec_argument {
    const char *key; /* NULL for a bare word */
    const char *value;
    size_t at;
} genrepi_spec_argument;

typedef struct genrepi_spec_node {
    const char *kind;
    size_t at, end; /* the node's text is text[at..end) */
    genrepi_spec_argument *arguments;
    struct genrepi_spec_node **blocks; /* first node of each { }; NULL entry for an empty one */
    int32_t n_arguments, n_blocks;
    struct genrepi_spec_node *next; /* in the chain */
} genrepi_spec_node;

typedef struct genrepi_spec {
    genrep_ctx *ctx;
    char *text;               /* a copy of the whole spec */
    genrepi_spec_node *first; /* NULL if the text is empty */
    void *blocks;             /* its memory */
} genrepi_spec;

int32_t genrepi_spec_parse(genrep_ctx *ctx, const char *text, genrepi_spec **out);
/* The text holds options only; they become one node of this kind. */
int32_t genrepi_spec_parse_options(genrep_ctx *ctx, const char *kind, const char *text,
                                   genrepi_spec **out);
void genrepi_spec_free(genrepi_spec *spec);

/* Fails with "line L, column C: " before the message. */
int32_t genrepi_spec_fail(const genrepi_spec *spec, size_t at, int32_t status, const char *format,
                          ...) __attribute__((format(printf, 4, 5)));

/* The row of a kind; NULL if there is none.  family NULL is any.  A name with a family,
 * "layer.linear", is found too. */
const genrepi_kind *genrepi_kind_find(genrep_ctx *ctx, const char *family, const char *name);
const genrepi_kind *genrepi_kind_in(const genrepi_kind *const *kinds, const char *family,
                                    const char *name); /* the same in a table; family may be NULL */

/* The same for a node, with the error that names the nearest kind. */
int32_t genrepi_spec_kind(const genrepi_spec *spec, const genrepi_spec_node *node,
                          const char *family, const genrepi_kind **out);

/* Fills an options struct of kind->options_size bytes from the defaults and the node's arguments,
 * checking names, types, bounds and number of blocks.  *options is allocated here and given back
 * with genrepi_options_free(), strings included. */
int32_t genrepi_spec_bind(const genrepi_spec *spec, const genrepi_spec_node *node,
                          const genrepi_kind *kind, void **options);
void genrepi_options_free(genrep_ctx *ctx, const genrepi_kind *kind, void *options);

/* For things that are always one kind ("context", "tape", "vocab"): the text holds options only,
 * as "threads=2 seed=1"; NULL is the defaults. */
int32_t genrepi_options_parse(genrep_ctx *ctx, const genrepi_kind *kind, const char *text,
                              void **options);

/* A bound of a number as people read it: whole numbers without an exponent. */
void genrepi_format_bound(char text[GENREPI_NUMBER_BYTES], const genrepi_option *option,
                          double bound);

/* For families of single nodes (optimizer, dataset, trainer): parses, finds, binds. */
int32_t genrepi_spec_make(genrep_ctx *ctx, const char *family, const char *text,
                          const genrepi_kind **kind, void **options);

/* One kind as a JSON object, and all of them as an array. */
void genrepi_kind_json(genrepi_buffer *json, const genrepi_kind *kind);

/* The nearest of n words to a mistyped one by edit distance; NULL if none is near. */
const char *genrepi_nearest_word(const char *word, const char *const *words, int32_t n);

/* The same one candidate at a time: start with {.word = word}, then read best (NULL if none). */
typedef struct genrepi_nearest {
    const char *word, *best;
    size_t best_bytes; /* of best, which need not be ended by a 0 */
    int32_t distance;
} genrepi_nearest;
void genrepi_nearest_try(genrepi_nearest *nearest, const char *candidate, size_t bytes);

#endif
