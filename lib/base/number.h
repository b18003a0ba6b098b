/* Numbers as text, whatever the locale of the host. */
#ifndef GENREPI_BASE_NUMBER_H
#define GENREPI_BASE_NUMBER_H

#include <stddef.h>
#include <stdint.h>

/* Reads a decimal number, the whole of text[0..bytes).  1 if it is one, 0 if not.  Correctly
 * rounded (exact, as strtod in the C locale).  "1e-3", ".5", "-2" are numbers; "1,5", "0x10",
 * "inf", "nan" are not. */
int genrepi_parse_real(const char *text, size_t bytes, double *out);
int genrepi_parse_int(const char *text, size_t bytes, int64_t *out); /* also "1e6" */

/* The shortest text that reads back as the same double (as float if single is 1): "0.1", "1e-05",
 * "3", "nan", "inf", "-inf".  Returns its length. */
#define GENREPI_NUMBER_BYTES 32
size_t genrepi_format_real(char text[GENREPI_NUMBER_BYTES], double value, int single);

#endif
