/** @file genrep/io.h
 *  Files.  Everything written replaces the old file at once (temporary file, fsync, rename), so a
 *  crash leaves the old one or the new one.  Everything read is checked: a damaged or hostile file
 *  is refused with GENREP_E_FORMAT.
 */
#ifndef GENREP_IO_H
#define GENREP_IO_H

#include <genrep/nn.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Writes a tensor as .npy (name is NULL) or as one entry of a new .safetensors file.
 *  @param path ends in ".npy" or ".safetensors".
 *  @param name the entry's name in a .safetensors file.
 *  @return 0, GENREP_E_INVALID (path or name), GENREP_E_IO or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_tensor_save(const genrep_tensor *tensor, const char *path,
                                      const char *name);

/** Reads a tensor from .npy (little-endian, C order), .safetensors (by name), an image (.png, .jpg,
 *  .jpeg, .pgm, .ppm, .pnm: U8, channels x height x width with 1 to 4 channels, grey, grey and
 *  alpha, RGB, RGB and alpha; genrep_has("libpng") and genrep_has("jpeg") tell what it was built
 *  with) or an IDX file (any other ending; with .gz if built with zlib).
 *  @param name the entry's name in a .safetensors file, NULL otherwise or if it has just one.
 *  @param[out] out the new reference.
 *  @return 0, GENREP_E_INVALID, GENREP_E_IO, GENREP_E_FORMAT, GENREP_E_UNSUPPORTED (an element type
 *          that the library does not have; gzip without zlib) or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_tensor_load(genrep_ctx *ctx, const char *path, const char *name,
                                      genrep_tensor **out);

/** Writes images as one PNG: a grid, row by row.
 *  @param images N C H W with C = 1 (grey) or 3 (RGB), N H W, or N pixels with side=; any type.
 *  @param spec   NULL or options: "columns=10 pad=2 low=-1 high=1"; see
 *                genrep_describe("image_grid").  Values from low to high become 0 to 255;
 *                GENREP_U8 is written as it is.
 *  @return 0, GENREP_E_INVALID, GENREP_E_RANGE, GENREP_E_IO or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_image_grid(const genrep_tensor *images, const char *spec,
                                     const char *path);

/** Writes a layer as .safetensors: its spec in the metadata, its parameters by path.
 *  @return 0, GENREP_E_INVALID, GENREP_E_IO or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_layer_save(const genrep_layer *layer, const char *path);

/** Reads a layer that genrep_layer_save() wrote; or, with a spec, one whose file holds parameters
 *  of the same paths and shapes only.
 *  @param spec NULL to take the file's.
 *  @param[out] out the new reference.
 *  @return 0, GENREP_E_INVALID, GENREP_E_IO, GENREP_E_FORMAT or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_layer_load(genrep_ctx *ctx, const char *path, const char *spec,
                                     genrep_layer **out);

#ifdef __cplusplus
}
#endif

#endif
