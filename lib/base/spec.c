/* The parser of specs: text to a tree of nodes.  What the kinds and options mean is kind.c's and
 * options.c's matter. */
#include <base/spec.h>
#include <base/utf8.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAX_DEPTH 64
#define MAX_BYTES ((size_t)1 << 20)

/* ---- memory: blocks that are freed at once --------------------------------------------------- */

typedef struct block {
    struct block *next;
    size_t used, size; /* bytes of the data, which follows */
} block;

#define BLOCK_HEADER ((sizeof(block) + 15) / 16 * 16)

static void *take(genrepi_spec *spec, size_t bytes) {
    block *b = spec->blocks;
    bytes = (bytes + 15) / 16 * 16;
    if (b == NULL || b->size - b->used < bytes) {
        size_t size = b == NULL ? 1024 : b->size < ((size_t)1 << 20) ? 2 * b->size : b->size;
        if (size < bytes) size = bytes;
        b = genrepi_alloc(spec->ctx, (int64_t)(BLOCK_HEADER + size), 1);
        if (b == NULL) return NULL;
        b->next = spec->blocks;
        b->size = size;
        spec->blocks = b;
    }
    b->used += bytes;
    return (char *)b + BLOCK_HEADER + b->used - bytes;
}

/* Room for one more in an array of n: whenever n is a power of two, twice the room. */
static void *grow(genrepi_spec *spec, void *array, int32_t n, size_t bytes) {
    if (n != 0 && (n & (n - 1)) != 0) return array;
    void *larger = take(spec, (n == 0 ? 1 : 2 * (size_t)n) * bytes);
    if (larger != NULL && n > 0) memcpy(larger, array, (size_t)n * bytes);
    return larger;
}

/* ---- characters ------------------------------------------------------------------------------ */

typedef struct parser {
    genrepi_spec *spec;
    const char *text;
    char *words; /* a second copy, in which each word is ended by a 0 where it stands */
    size_t at;
    int depth;
    int options_only; /* newlines are blanks, and there is one node */
} parser;

#define FAIL(p, at, ...) genrepi_spec_fail((p)->spec, at, GENREP_E_INVALID, __VA_ARGS__)

static int is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

/* Bytes of a backslash that joins this line with the next; 0 if this is not one. */
static size_t line_join(const char *text) {
    if (text[0] != '\\') return 0;
    if (text[1] == '\n') return 2;
    return text[1] == '\r' && text[2] == '\n' ? 3 : 0;
}

static int ends_word(const char *text) {
    return *text == 0 || *text == '\n' || is_blank(*text) || strchr(";{}#", *text) != NULL ||
           line_join(text) != 0;
}

/* Blanks, joined lines and comments; with `lines`, newlines as well. */
static void skip_blanks(parser *p, int lines) {
    for (;;) {
        const char *c = p->text + p->at;
        if (is_blank(*c) || (lines && *c == '\n'))
            p->at++;
        else if (line_join(c) != 0)
            p->at += line_join(c);
        else if (*c == '#')
            p->at += strcspn(c, "\n");
        else
            return;
    }
}

/* ---- the grammar ----------------------------------------------------------------------------- */

/* A word of the text, ended by a 0 in the second copy; the text itself is still read after it. */
static const char *word(parser *p, size_t begin, size_t end) {
    p->words[end] = 0;
    return p->words + begin;
}

/* A value at p->at, quoted or bare, not empty unless quoted. */
static int32_t parse_value(parser *p, const char **value) {
    const char *c = p->text + p->at;
    if (*c == '\'' || *c == '"') {
        const char *end = strchr(c + 1, *c);
        if (end == NULL) return FAIL(p, p->at, "the quote %c that opens here is not closed", *c);
        if (!ends_word(end + 1))
            return FAIL(p, p->at + (size_t)(end + 1 - c), "a blank is missing after the quote %c",
                        *c);
        *value = word(p, p->at + 1, (size_t)(end - p->text));
        p->at = (size_t)(end + 1 - p->text);
        return 0;
    }
    size_t begin = p->at;
    while (!ends_word(p->text + p->at)) p->at++;
    *value = word(p, begin, p->at);
    return 0;
}

static int32_t parse_argument(parser *p, genrepi_spec_node *node) {
    genrepi_spec_argument argument = {NULL, NULL, p->at};
    const char *c = p->text + p->at;
    size_t name = 0;
    int32_t status;
    if (*c != '\'' && *c != '"')
        while (!ends_word(c + name) && c[name] != '=') name++;
    if (c[name] == '=') {
        if (name == 0) {
            size_t before = p->at;
            while (before > 0 && is_blank(p->text[before - 1])) before--;
            return FAIL(p, p->at,
                        before < p->at ? "write key=value without blanks around '='"
                                       : "'=' without a name before it");
        }
        p->at += name + 1;
        if (ends_word(p->text + p->at))
            return FAIL(p, argument.at,
                        "%s: '%.*s=' has no value; write key=value without blanks around '='",
                        node->kind, name > 60 ? 60 : (int)name, c);
        status = parse_value(p, &argument.value);
        argument.key = word(p, argument.at, argument.at + name);
    } else {
        if (node->n_blocks > 0) return FAIL(p, p->at, "expected ';' or a newline after '}'");
        if (c[0] == '\\' && name == 1)
            return FAIL(p, p->at, "a backslash joins two lines only as the last byte of its line");
        status = parse_value(p, &argument.value);
    }
    if (status != 0) return status;
    genrepi_spec_argument *arguments =
        grow(p->spec, node->arguments, node->n_arguments, sizeof argument);
    if (arguments == NULL) return GENREP_E_NOMEM;
    node->arguments = arguments;
    arguments[node->n_arguments++] = argument;
    return 0;
}

static int32_t parse_chain(parser *p, size_t opened, genrepi_spec_node **first);

static int32_t parse_block(parser *p, genrepi_spec_node *node) {
    size_t opened = p->at++;
    genrepi_spec_node *first = NULL;
    if (p->depth == MAX_DEPTH)
        return FAIL(p, opened, "more than %d '{' inside each other", MAX_DEPTH);
    p->depth++;
    int32_t status = parse_chain(p, opened, &first);
    p->depth--;
    if (status != 0) return status;
    genrepi_spec_node **blocks = grow(p->spec, node->blocks, node->n_blocks, sizeof first);
    if (blocks == NULL) return GENREP_E_NOMEM;
    node->blocks = blocks;
    blocks[node->n_blocks++] = first;
    return 0;
}

/* What follows the kind, up to the end of the node. */
static int32_t parse_rest(parser *p, genrepi_spec_node *node) {
    for (;;) {
        skip_blanks(p, p->options_only && p->depth == 0);
        char c = p->text[p->at];
        if (p->options_only && p->depth == 0 && c != 0 && strchr(";}", c) != NULL)
            return FAIL(p, p->at, "%s: '%c' does not belong among its options", node->kind, c);
        if (c == 0 || c == '\n' || c == ';' || c == '}') return 0;
        int32_t status = c == '{' ? parse_block(p, node) : parse_argument(p, node);
        if (status != 0) return status;
        node->end = p->at;
    }
}

static int32_t parse_node(parser *p, genrepi_spec_node *node) {
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
    const char *c = p->text + p->at;
    size_t name = strspn(c, letters);
    int shown = name > 60 ? 60 : (int)name;
    if (*c == '{') return FAIL(p, p->at, "expected a kind before '{', on the same line");
    if (c[name] == '=')
        return FAIL(
            p, p->at,
            "expected a kind, found '%.*s='; options go on the kind's line, or end the line "
            "before with a backslash",
            shown, c);
    if (name == 0 || !ends_word(c + name))
        return FAIL(p, p->at + name, "expected a kind (a name), found '%.*s'",
                    (int)genrepi_utf8_length(c + name, strlen(c + name)), c + name);
    node->at = p->at;
    p->at = node->end = p->at + name;
    node->kind = word(p, node->at, node->end);
    return parse_rest(p, node);
}

/* Up to the end of the text, or to the '}' of the '{' at `opened`. */
static int32_t parse_chain(parser *p, size_t opened, genrepi_spec_node **first) {
    genrepi_spec_node **last = first;
    for (;;) {
        skip_blanks(p, 1);
        char c = p->text[p->at];
        if (c == ';') {
            p->at++;
        } else if (c == 0) {
            return p->depth == 0 ? 0
                                 : FAIL(p, opened, "the '{' that opens here is not closed by '}'");
        } else if (c == '}') {
            if (p->depth == 0) return FAIL(p, p->at, "'}' without a '{' before it");
            p->at++;
            return 0;
        } else {
            genrepi_spec_node *node = take(p->spec, sizeof *node);
            if (node == NULL) return GENREP_E_NOMEM;
            int32_t status = parse_node(p, node);
            if (status != 0) return status;
            *last = node;
            last = &node->next;
        }
    }
}

/* ---- entry ----------------------------------------------------------------------------------- */

static int32_t parse(genrep_ctx *ctx, const char *kind, const char *text, genrepi_spec **out) {
    if (text == NULL) return genrepi_fail(ctx, GENREP_E_INVALID, "the spec is NULL");
    size_t bytes = strlen(text);
    if (bytes > MAX_BYTES)
        return genrepi_fail(ctx, GENREP_E_INVALID, "a spec of %zu bytes: at most %zu are possible",
                            bytes, MAX_BYTES);
    genrepi_spec *spec = genrepi_alloc(ctx, 1, sizeof *spec);
    if (spec == NULL) return GENREP_E_NOMEM;
    int32_t status = GENREP_E_NOMEM;
    spec->ctx = ctx;
    spec->text = genrepi_strndup(ctx, text, bytes);
    parser p = {.spec = spec, .text = spec->text, .options_only = kind != NULL};
    if (spec->text != NULL) p.words = take(spec, bytes + 1);
    if (p.words != NULL) {
        memcpy(p.words, text, bytes + 1);
        if (kind == NULL) {
            status = parse_chain(&p, 0, &spec->first);
        } else if ((spec->first = take(spec, sizeof *spec->first)) != NULL) {
            spec->first->kind = kind;
            spec->first->end = bytes;
            status = parse_rest(&p, spec->first);
        }
    }
    if (status == 0)
        *out = spec;
    else
        genrepi_spec_free(spec);
    return status;
}

int32_t genrepi_spec_parse(genrep_ctx *ctx, const char *text, genrepi_spec **out) {
    return parse(ctx, NULL, text, out);
}

int32_t genrepi_spec_parse_options(genrep_ctx *ctx, const char *kind, const char *text,
                                   genrepi_spec **out) {
    return parse(ctx, kind, text == NULL ? "" : text, out);
}

void genrepi_spec_free(genrepi_spec *spec) {
    if (spec == NULL) return;
    for (block *b = spec->blocks, *next; b != NULL; b = next) {
        next = b->next;
        genrepi_free(spec->ctx, b);
    }
    genrepi_free(spec->ctx, spec->text);
    genrepi_free(spec->ctx, spec);
}

int32_t genrepi_spec_fail(const genrepi_spec *spec, size_t at, int32_t status, const char *format,
                          ...) {
    char message[GENREPI_ERROR_BYTES];
    size_t line = 1, column = 1;
    for (size_t i = 0; i < at && spec->text[i] != 0; i++) {
        if (spec->text[i] == '\n')
            line++, column = 1;
        else if (((unsigned char)spec->text[i] & 0xC0) != 0x80)
            column++; /* characters, not bytes */
    }
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return genrepi_fail(spec->ctx, status, "line %zu, column %zu: %s", line, column, message);
}
