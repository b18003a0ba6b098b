/* The arithmetic type.  The library is built with real = float; the same sources are built once
 * more with real = double (GENREPI_DOUBLE) into a library that only the gradient tests link. */
#ifndef GENREPI_BASE_REAL_H
#define GENREPI_BASE_REAL_H

#include <math.h>
#include <stdint.h>
#include <genrep/tensor.h>

#ifdef GENREPI_DOUBLE
typedef double real;
#define GENREPI_REAL GENREP_F64
#define GENREPI_REAL_EPSILON 2.2204460492503131e-16
#else
typedef float real;
#define GENREPI_REAL GENREP_F32
#define GENREPI_REAL_EPSILON 1.1920929e-7
#endif

#define GENREPI_COUNT(array) ((int32_t)(sizeof(array) / sizeof((array)[0])))

#endif
