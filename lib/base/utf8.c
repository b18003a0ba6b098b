/* The table of well-formed byte sequences (The Unicode Standard, table 3-7). */
#include <base/utf8.h>

static int within(unsigned char byte, unsigned low, unsigned high) {
    return byte >= low && byte <= high;
}

size_t genrepi_utf8_length(const char *text, size_t bytes) {
    const unsigned char *s = (const unsigned char *)text;
    if (bytes == 0) return 0;
    if (s[0] < 0x80) return 1;
    if (within(s[0], 0xC2, 0xDF)) return bytes >= 2 && within(s[1], 0x80, 0xBF) ? 2 : 0;
    if (within(s[0], 0xE0, 0xEF)) {
        unsigned low = s[0] == 0xE0 ? 0xA0 : 0x80, high = s[0] == 0xED ? 0x9F : 0xBF;
        return bytes >= 3 && within(s[1], low, high) && within(s[2], 0x80, 0xBF) ? 3 : 0;
    }
    if (within(s[0], 0xF0, 0xF4)) {
        unsigned low = s[0] == 0xF0 ? 0x90 : 0x80, high = s[0] == 0xF4 ? 0x8F : 0xBF;
        return bytes >= 4 && within(s[1], low, high) && within(s[2], 0x80, 0xBF) &&
                       within(s[3], 0x80, 0xBF)
                   ? 4
                   : 0;
    }
    return 0;
}
