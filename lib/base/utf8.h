/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef GENREPI_BASE_UTF8_H
#define GENREPI_BASE_UTF8_H

#include <stddef.h>

/* Bytes of the character that text begins with, 1 to 4; 0 if it is not UTF-8 or bytes is 0. */
size_t genrepi_utf8_length(const char *text, size_t bytes);

#endif
