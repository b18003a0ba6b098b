/* Text and bytes that grow by doubling. */
#include <base/buffer.h>
#include <base/number.h>
#include <base/utf8.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Room for `more` bytes and the final 0; 0 if there is none. */
static int reserve(genrepi_buffer *buffer, size_t more) {
    if (buffer->failed) return 0;
    if (more < buffer->capacity - buffer->size) return 1;
    size_t capacity = buffer->capacity < 64 ? 64 : buffer->capacity;
    while (capacity <= PTRDIFF_MAX && capacity - buffer->size <= more) capacity *= 2;
    char *data = genrepi_realloc(buffer->ctx, buffer->data,
                                 capacity <= PTRDIFF_MAX ? (int64_t)capacity : INT64_MAX, 1);
    if (data == NULL) {
        buffer->failed = 1;
        return 0;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return 1;
}

void genrepi_buffer_add(genrepi_buffer *buffer, const void *bytes, size_t size) {
    if (size == 0 || !reserve(buffer, size)) return;
    memcpy(buffer->data + buffer->size, bytes, size);
    buffer->size += size;
    buffer->data[buffer->size] = 0;
}

void genrepi_buffer_text(genrepi_buffer *buffer, const char *text) {
    genrepi_buffer_add(buffer, text, strlen(text));
}

void genrepi_buffer_format(genrepi_buffer *buffer, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (size <= 0 || !reserve(buffer, (size_t)size)) return;
    va_start(arguments, format);
    vsnprintf(buffer->data + buffer->size, (size_t)size + 1, format, arguments);
    va_end(arguments);
    buffer->size += (size_t)size;
}

void genrepi_buffer_real(genrepi_buffer *buffer, double value) {
    char text[GENREPI_NUMBER_BYTES];
    genrepi_buffer_add(buffer, text, genrepi_format_real(text, value, 0));
}

/* RFC 8259: quotes, backslashes and control characters are escaped; bytes that are not UTF-8 become
 * U+FFFD. */
void genrepi_buffer_json(genrepi_buffer *buffer, const char *text) {
    size_t bytes = strlen(text);
    genrepi_buffer_text(buffer, "\"");
    for (size_t i = 0; i < bytes;) {
        size_t length = genrepi_utf8_length(text + i, bytes - i);
        unsigned char c = (unsigned char)text[i];
        if (length == 0)
            genrepi_buffer_text(buffer, "\\ufffd");
        else if (c < ' ')
            genrepi_buffer_format(buffer, "\\u%04x", c);
        else {
            if (c == '"' || c == '\\') genrepi_buffer_text(buffer, "\\");
            genrepi_buffer_add(buffer, text + i, length);
        }
        i += length == 0 ? 1 : length;
    }
    genrepi_buffer_text(buffer, "\"");
}

int32_t genrepi_buffer_status(const genrepi_buffer *buffer) {
    return buffer->failed ? GENREP_E_NOMEM : GENREP_OK;
}

void genrepi_buffer_free(genrepi_buffer *buffer) {
    genrepi_free(buffer->ctx, buffer->data);
    *buffer = (genrepi_buffer){.ctx = buffer->ctx};
}

size_t genrepi_copy_text(const char *from, char *text, size_t capacity) {
    size_t whole = strlen(from) + 1, used = 0;
    if (text == NULL || capacity == 0) return whole;
    if (whole <= capacity) {
        used = whole - 1;
    } else { /* back to where a character begins */
        used = capacity - 1;
        while (used > 0 && ((unsigned char)from[used] & 0xC0) == 0x80) used--;
    }
    memcpy(text, from, used);
    text[used] = 0;
    return whole;
}
