/* Networks without their end. */
#ifndef GENREPI_NN_TRUNCATE_H
#define GENREPI_NN_TRUNCATE_H

#include <nn/layer.h>

/* See genrep_layer_truncate(). */
int32_t genrepi_layer_truncate(const genrep_layer *layer, int64_t drop, genrep_layer **out);

#endif
