/* The other file formats, one a file: npy, IDX, PNG. */
#ifndef GENREPI_IO_FORMATS_H
#define GENREPI_IO_FORMATS_H

#include <io/file.h>
#include <tensor/tensor.h>

int32_t genrepi_npy_write(const genrep_tensor *tensor, const char *path);
/* What an .npy file begins with; a multiple of 64 bytes, which is returned. */
#define GENREPI_NPY_HEADER_BYTES 384
size_t genrepi_npy_header(char text[GENREPI_NPY_HEADER_BYTES], int32_t dtype,
                          const genrepi_shape *shape);
int32_t genrepi_npy_read(genrep_ctx *ctx, const char *path, genrep_tensor **out);
int32_t genrepi_npy_parse(genrep_ctx *ctx, genrepi_reader *reader, genrep_tensor **out);
int32_t genrepi_idx_read(genrep_ctx *ctx, const char *path, genrep_tensor **out);
int32_t genrepi_idx_parse(genrep_ctx *ctx, genrepi_reader *reader, genrep_tensor **out);
/* Writes 8-bit grey (channels 1) or RGB (3) as PNG, compressed if there is zlib. */
int32_t genrepi_png_write(genrep_ctx *ctx, const char *path, int64_t width, int64_t height,
                          int32_t channels, const uint8_t *pixels);
/* See genrep_image_grid(); options kind "image_grid". */
int32_t genrepi_image_grid(const genrep_tensor *images, const char *spec, const char *path);

/* By the path's ending: see genrep_tensor_save() and genrep_tensor_load(). */
int32_t genrepi_tensor_save(const genrep_tensor *tensor, const char *path, const char *name);
int32_t genrepi_tensor_load(genrep_ctx *ctx, const char *path, const char *name,
                            genrep_tensor **out);

#endif
