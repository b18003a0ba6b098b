/* CRC-32 as in gzip and PNG: polynomial 0x04C11DB7, reflected, inverted at both ends. */
#ifndef GENREPI_IO_CRC32_H
#define GENREPI_IO_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Eight bytes at a time need eight tables; made where they are used, in microseconds. */
typedef struct genrepi_crc32 {
    uint32_t table[8][256];
} genrepi_crc32;

void genrepi_crc32_init(genrepi_crc32 *crc);
/* The checksum of what `before` is the checksum of (0: nothing), with these bytes behind it. */
uint32_t genrepi_crc32_add(const genrepi_crc32 *crc, uint32_t before, const void *bytes,
                           size_t size);

/* Eight lower-case hexadecimal digits. */
#define GENREPI_CRC32_BYTES 9
void genrepi_crc32_text(uint32_t crc, char text[GENREPI_CRC32_BYTES]);

#endif
