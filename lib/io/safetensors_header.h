/* What the files that read safetensors share. */
#ifndef GENREPI_IO_SAFETENSORS_HEADER_H
#define GENREPI_IO_SAFETENSORS_HEADER_H

#include <base/buffer.h>
#include <io/safetensors.h>

/* While the header is parsed, strings are offsets into one buffer that still moves. */
typedef union genrepi_header_text {
    size_t at;
    const char *is;
} genrepi_header_text;

typedef struct genrepi_header_entry {
    genrepi_header_text name, type;
    int32_t dtype;
    genrepi_shape shape;
    int64_t begin, end;
} genrepi_header_entry;

typedef struct genrepi_header_pair {
    genrepi_header_text key, value;
} genrepi_header_pair;

struct genrepi_safetensors {
    genrep_ctx *ctx;
    char *file; /* the file's name */
    char *owned;
    const uint8_t *data; /* behind the header */
    int64_t data_bytes;
    genrepi_header_entry *entries; /* in the order of their data */
    genrepi_header_entry **sorted; /* by name */
    int64_t n, capacity;
    genrepi_header_pair *pairs; /* the metadata, sorted by key */
    int64_t n_pairs, pair_capacity;
    genrepi_buffer strings;
};

/* Fills entries, pairs and strings from the JSON text; nothing is checked but its form. */
int32_t genrepi_safetensors_header(genrepi_safetensors *file, const char *text, size_t size);

#endif
