/* Numbers as bytes in files.  Elements of tensors are copied as they lie in memory, so the machine
 * must be little-endian, as the formats written here are. */
#ifndef GENREPI_IO_BYTES_H
#define GENREPI_IO_BYTES_H

#include <stdint.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "files are read and written on little-endian machines only"
#endif

static inline uint64_t genrepi_get_little(const uint8_t *from, int bytes) {
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++) value |= (uint64_t)from[i] << 8 * i;
    return value;
}
static inline void genrepi_put_little(uint8_t *to, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++) to[i] = (uint8_t)(value >> 8 * i);
}
static inline uint32_t genrepi_get_big32(const uint8_t *from) {
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}
static inline void genrepi_put_big32(uint8_t *to, uint32_t value) {
    for (int i = 0; i < 4; i++) to[i] = (uint8_t)(value >> (24 - 8 * i));
}

#endif
