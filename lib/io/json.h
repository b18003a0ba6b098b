/* A small reader of JSON (RFC 8259) from memory, for the headers of files: the caller pulls what it
 * expects, and everything else is an error that tells the byte. */
#ifndef GENREPI_IO_JSON_H
#define GENREPI_IO_JSON_H

#include <base/buffer.h>

#define GENREPI_JSON_DEPTH 32

typedef struct genrepi_json {
    genrep_ctx *ctx;
    const char *name; /* of the file, for messages */
    const char *text;
    size_t size, at;
    int32_t first; /* just behind a bracket: no comma yet */
} genrepi_json;

/* Steps into an object ('{') or an array ('['). */
int32_t genrepi_json_enter(genrepi_json *json, char bracket);
/* Goes to the next member or element; *more is 0 behind the closing bracket. */
int32_t genrepi_json_next(genrepi_json *json, char closing, int *more);
/* Strings are appended to `to`, decoded; a NUL inside is refused.  A key takes its ':' along. */
int32_t genrepi_json_string(genrepi_json *json, genrepi_buffer *to);
int32_t genrepi_json_key(genrepi_json *json, genrepi_buffer *to);
int32_t genrepi_json_integer(genrepi_json *json, int64_t *value); /* 0 .. 2^63-1 */
/* Any value, at most GENREPI_JSON_DEPTH brackets deep. */
int32_t genrepi_json_skip(genrepi_json *json, genrepi_buffer *scratch);
int32_t genrepi_json_end(genrepi_json *json); /* nothing but blanks may follow */
int32_t genrepi_json_fail(const genrepi_json *json, const char *what);

#endif
