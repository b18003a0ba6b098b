/* Networks as safetensors files: parameters by path, the spec in the metadata "genrep.spec". */
#ifndef GENREPI_IO_LAYER_FILE_H
#define GENREPI_IO_LAYER_FILE_H

#include <nn/layer.h>

int32_t genrepi_layer_save(const genrep_layer *layer, const char *path);
/* spec NULL: the file's. */
int32_t genrepi_layer_load(genrep_ctx *ctx, const char *path, const char *spec, genrep_layer **out);

#endif
