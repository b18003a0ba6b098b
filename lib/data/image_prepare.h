/* From a decoded image to one of a data set: without alpha, grey or RGB, of one size. */
#ifndef GENREPI_DATA_IMAGE_PREPARE_H
#define GENREPI_DATA_IMAGE_PREPARE_H

#include <io/image.h>

enum { GENREPI_FIT_CROP, GENREPI_FIT_STRETCH, GENREPI_FIT_PAD };
#define GENREPI_FIT_WORDS "crop|stretch|pad"

/* Writes channels (1 or 3) x size x size bytes.  Alpha is laid over the grey `background`; grey is
 * the luma of ITU-R BT.601.  What is not square is cut in its middle, stretched, or set into a
 * square of the background.  Sizes change by a bicubic filter (a = -1/2, Keys 1981) that is widened
 * by the factor it shrinks by, so that nothing finer than the new pixels is left (antialiasing), as
 * Pillow does. */
int32_t genrepi_image_prepare(genrep_ctx *ctx, const genrepi_image *image, int32_t fit,
                              int32_t background, int32_t channels, int64_t size, uint8_t *to);

/* Black edges on white: 255 less the length of the Sobel gradient of the luma, of which 255 is a
 * step from black to white. */
void genrepi_image_edges(const uint8_t *image, int32_t channels, int64_t size, uint8_t *to);
/* The luma of channels x size x size. */
void genrepi_image_grey(const uint8_t *image, int32_t channels, int64_t size, uint8_t *to);

#endif
