/* Images from files: PNG (libpng), JPEG (libjpeg), PNM (P5, P6), told by their first bytes. */
#ifndef GENREPI_IO_IMAGE_H
#define GENREPI_IO_IMAGE_H

#include <base/ctx.h>
#include <tensor/tensor.h>

/* Rows from the top, pixels interleaved: grey, grey and alpha, RGB, RGB and alpha. */
typedef struct genrepi_image {
    int64_t width, height;
    int32_t channels; /* 1 to 4 */
    uint8_t *pixels;  /* genrepi_free() */
} genrepi_image;

#define GENREPI_IMAGE_SIDE 65535         /* greatest width and height */
#define GENREPI_IMAGE_PIXELS (1LL << 27) /* and number of pixels that are read */

/* `name` is for messages.  GENREP_E_FORMAT (damaged, none of these formats, too large),
 * GENREP_E_UNSUPPORTED (built without the format's library), GENREP_E_NOMEM. */
int32_t genrepi_image_parse(genrep_ctx *ctx, const char *name, const uint8_t *bytes, size_t size,
                            genrepi_image *out);
int32_t genrepi_image_read(genrep_ctx *ctx, const char *path, genrepi_image *out);
/* The same as a tensor of bytes, channels x height x width. */
int32_t genrepi_image_load(genrep_ctx *ctx, const char *path, genrep_tensor **out);
/* 1 if a name ends as one of the formats does: png, jpg, jpeg, pgm, ppm, pnm; any case. */
int genrepi_image_named(const char *name);

/* For the formats: checks the size and gets memory for the pixels. */
int32_t genrepi_image_new(genrep_ctx *ctx, const char *name, int64_t width, int64_t height,
                          int32_t channels, genrepi_image *out);
/* image_png.c, image_jpeg.c, image_pnm.c */
int32_t genrepi_png_parse(genrep_ctx *ctx, const char *name, const uint8_t *bytes, size_t size,
                          genrepi_image *out);
int32_t genrepi_jpeg_parse(genrep_ctx *ctx, const char *name, const uint8_t *bytes, size_t size,
                           genrepi_image *out);
int32_t genrepi_pnm_parse(genrep_ctx *ctx, const char *name, const uint8_t *bytes, size_t size,
                          genrepi_image *out);

#endif
