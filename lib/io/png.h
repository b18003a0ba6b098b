/* What the files that write PNG share. */
#ifndef GENREPI_IO_PNG_H
#define GENREPI_IO_PNG_H

#include <io/crc32.h>
#include <io/formats.h>

#define GENREPI_PNG_BLOCK 65535 /* bytes in an IDAT chunk; as many as a stored block holds */

typedef struct genrepi_png {
    genrep_ctx *ctx;
    genrepi_writer writer;
    genrepi_crc32 crc;
    int64_t height, row_bytes;
    const uint8_t *pixels;
} genrepi_png;

void genrepi_png_chunk(genrepi_png *png, const char type[4], const void *data, uint32_t size);

/* The rows as one zlib stream in IDAT chunks: png_rows.c.  Each row begins with the number of its
 * filter, here always 0: none. */
int32_t genrepi_png_rows(genrepi_png *png);

#endif
