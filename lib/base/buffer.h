/* Text and bytes that grow. */
#ifndef GENREPI_BASE_BUFFER_H
#define GENREPI_BASE_BUFFER_H

#include <base/ctx.h>

/* Start with {.ctx = ctx}.  After a failed append (out of memory) the buffer stays failed and
 * genrepi_buffer_status() says so, so that callers check once at the end.  data is NULL while
 * empty, else ended by a 0 that size does not count. */
typedef struct genrepi_buffer {
    genrep_ctx *ctx;
    char *data;
    size_t size, capacity;
    int32_t failed;
} genrepi_buffer;

void genrepi_buffer_add(genrepi_buffer *buffer, const void *bytes, size_t size);
void genrepi_buffer_text(genrepi_buffer *buffer, const char *text);
void genrepi_buffer_format(genrepi_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void genrepi_buffer_real(genrepi_buffer *buffer, double value);
void genrepi_buffer_json(genrepi_buffer *buffer, const char *text); /* quoted and escaped */
int32_t genrepi_buffer_status(const genrepi_buffer *buffer);
void genrepi_buffer_free(genrepi_buffer *buffer);

/* Copies a text into the caller's memory, cut to capacity between characters and ended by 0.
 * Returns the bytes that the whole needs, its 0 included. */
size_t genrepi_copy_text(const char *from, char *text, size_t capacity);

#endif
