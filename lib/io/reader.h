/* What the files that make up genrepi_reader share. */
#ifndef GENREPI_IO_READER_H
#define GENREPI_IO_READER_H

#include <io/file.h>

#define GENREPI_READER_BYTES 65536

/* What stands between the raw bytes and the caller. */
typedef struct genrepi_decoder {
    int32_t (*read)(genrepi_reader *reader, void *to, size_t size, size_t *got);
    int32_t (*reset)(genrepi_reader *reader);
    void (*close)(genrepi_reader *reader);
} genrepi_decoder;

struct genrepi_reader {
    genrep_ctx *ctx;
    char *name;
    int fd;                         /* -1: from memory */
    const uint8_t *memory;          /* all of it */
    size_t memory_bytes, memory_at; /* memory_at: what has been fetched */
    uint8_t *buffer;                /* of a file, GENREPI_READER_BYTES */
    const uint8_t *next;            /* raw bytes that were fetched and not used yet, */
    size_t ready;                   /* and how many there are */
    const genrepi_decoder *decoder; /* NULL: plain */
    void *decoder_state;
};

/* Fetches raw bytes once all that were ready are used; then ready is 0 at the end. */
int32_t genrepi_reader_fetch(genrepi_reader *reader);

/* gzip.c: the stream is decompressed from its first fetched byte on. */
int32_t genrepi_gzip_open(genrepi_reader *reader);

#endif
