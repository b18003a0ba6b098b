/* What the networks for images share: the words of option norm, and how specs are written. */
#ifndef GENREPI_GAN_ZOO_H
#define GENREPI_GAN_ZOO_H

#include <nn/layer.h>

enum { GENREPI_BATCH_NORM, GENREPI_NO_NORM, GENREPI_INSTANCE_NORM };
#define GENREPI_NORM_WORDS "batch_norm|none|instance_norm"

/* Writes "batch_norm ...; " or what the option says; nothing for none. */
void genrepi_zoo_norm(genrepi_buffer *spec, int32_t norm);

/* Writes "KIND in=IN out=OUT OPTIONS bias=B init='normal std=0.02'; "; in 0: what comes before
 * tells. */
void genrepi_zoo_convolution(genrepi_buffer *spec, const char *kind, int64_t in, int64_t out,
                             const char *options, int32_t bias);

#endif
