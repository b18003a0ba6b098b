/* Laplacian pyramids (Burt and Adelson 1983) of images, and patches of their levels. */
#ifndef GENREPI_METRICS_PYRAMID_H
#define GENREPI_METRICS_PYRAMID_H

#include <base/random.h>
#include <kernel/kernel.h>
#include <metrics/metric.h>

enum { GENREPI_PATCH = 7, GENREPI_LEAST_LEVEL = 16 /* pixels of the smallest level */ };

typedef struct genrepi_pyramid {
    const genrepi_comparison *c;
    int64_t channels, height, width, levels;
    int64_t level; /* which is asked for */
} genrepi_pyramid;

/* Images of one size, or an error. */
int32_t genrepi_pyramid_of(const genrepi_comparison *c, genrepi_pyramid *out);

/* `patches` of each of the first `images`, at random places of the level: rows of channels * 7 * 7
 * numbers.  set: 0 or 1, which decides the places. */
int32_t genrepi_pyramid_patches(const genrepi_pyramid *pyramid, const genrepi_rows *rows,
                                int64_t images, int64_t patches, uint64_t set, real *to);

#endif
