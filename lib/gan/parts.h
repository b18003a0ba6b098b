/* Networks as parts of a trainer: made from specs, and tried out on zeros before the first step. */
#ifndef GENREPI_GAN_PARTS_H
#define GENREPI_GAN_PARTS_H

#include <train/trainer.h>

/* Makes the network of a part; errors begin with the part's name. */
int32_t genrepi_part_make(genrep_trainer *trainer, int32_t part, const char *spec);

/* Applies a part on an evaluation tape to zeros of these shapes (integers: bit i of `integers`);
 * the output's shape.  Errors begin with the part's name. */
int32_t genrepi_part_try(genrep_trainer *trainer, int32_t part, int32_t n_in,
                         const genrepi_shape *in, uint32_t integers, genrepi_shape *out);

/* The same of what makes an image from one and maybe something else: it must be `wanted`. */
int32_t genrepi_part_translates(genrep_trainer *trainer, int32_t part, int32_t n_in,
                                const genrepi_shape *in, const genrepi_shape *wanted);

/* A batch of a field of images C H W, as `batch` of them; an image H W becomes 1 H W. */
int32_t genrepi_part_images(genrep_trainer *trainer, const char *name, int64_t batch,
                            int32_t *field, genrepi_shape *shape);

/* Says early what is wrong with the spec of an optimizer, by the option's name. */
int32_t genrepi_part_optimizer(genrep_trainer *trainer, const char *name, const char *spec);

/* Fetches the batch of a step into the tensors of its fields (NULL: left out); bytes become real
 * numbers in -1..1. */
int32_t genrepi_part_batch(genrep_trainer *trainer, int64_t step, genrep_tensor *const *tensors);

#endif
