/* The kinds of family "random", for the table of kinds. */
#ifndef GENREPI_TENSOR_RANDOM_H
#define GENREPI_TENSOR_RANDOM_H

#include <base/spec.h>
#include <tensor/tensor.h>

extern const genrepi_kind genrepi_random_normal;
extern const genrepi_kind genrepi_random_uniform;
extern const genrepi_kind genrepi_random_integer;

#endif
