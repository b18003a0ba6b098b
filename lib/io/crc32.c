/* CRC-32, eight bytes at a time ("slicing-by-8": Kounavis and Berry, "A systematic approach to
 * building high performance software-based CRC generators", 2005). */
#include <io/crc32.h>

#include <io/bytes.h>
#include <inttypes.h>
#include <stdio.h>

/* table[k][b]: the byte b followed by k zero bytes, divided by the polynomial. */
void genrepi_crc32_init(genrepi_crc32 *crc) {
    for (uint32_t b = 0; b < 256; b++) {
        uint32_t rest = b;
        for (int bit = 0; bit < 8; bit++) rest = rest >> 1 ^ (rest & 1 ? 0xEDB88320u : 0);
        crc->table[0][b] = rest;
    }
    for (int k = 1; k < 8; k++)
        for (int b = 0; b < 256; b++) {
            uint32_t before = crc->table[k - 1][b];
            crc->table[k][b] = before >> 8 ^ crc->table[0][before & 255];
        }
}

uint32_t genrepi_crc32_add(const genrepi_crc32 *crc, uint32_t before, const void *bytes,
                           size_t size) {
    const uint32_t(*t)[256] = crc->table;
    const uint8_t *p = bytes;
    uint32_t c = ~before;
    for (; size >= 8; size -= 8, p += 8) {
        uint32_t low = c ^ (uint32_t)genrepi_get_little(p, 4);
        uint32_t high = (uint32_t)genrepi_get_little(p + 4, 4);
        c = t[7][low & 255] ^ t[6][low >> 8 & 255] ^ t[5][low >> 16 & 255] ^ t[4][low >> 24] ^
            t[3][high & 255] ^ t[2][high >> 8 & 255] ^ t[1][high >> 16 & 255] ^ t[0][high >> 24];
    }
    for (; size > 0; size--, p++) c = c >> 8 ^ t[0][(c ^ *p) & 255];
    return ~c;
}

void genrepi_crc32_text(uint32_t crc, char text[GENREPI_CRC32_BYTES]) {
    snprintf(text, GENREPI_CRC32_BYTES, "%08" PRIx32, crc);
}
