/* The trainer "nnlm". */
#ifndef GENREPI_TEXT_NNLM_H
#define GENREPI_TEXT_NNLM_H

#include <base/spec.h>

extern const genrepi_kind genrepi_kind_nnlm;

#endif
