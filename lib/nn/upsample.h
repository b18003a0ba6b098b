/* Bilinear enlarging of planes, and its adjoint: nn/upsample.c, nn/bilinear.c. */
#ifndef GENREPI_NN_UPSAMPLE_H
#define GENREPI_NN_UPSAMPLE_H

#include <nn/images.h>

typedef struct genrepi_upsample_options {
    int64_t factor;
    int32_t mode, align_corners;
} genrepi_upsample_options;

genrepi_image_map genrepi_bilinear, genrepi_bilinear_adjoint;

#endif
