/* Winograd convolutions: 3x3 with stride 1 and 4x4 with stride 2, with fewer multiplications than
 * the plain sums (formulas, sources and error: docs/notes/convolution.md). */
#ifndef GENREPI_KERNEL_WINOGRAD_H
#define GENREPI_KERNEL_WINOGRAD_H

#include <kernel/convolution.h>

/* Whether there is a form for this kernel and stride. */
int32_t genrepi_winograd_covers(const genrepi_convolution *c);

/* The size of tiles that is likely the fastest for a direction, from the shape alone: 2 or 4; 0:
 * plain sums, or they are asked for. */
enum { GENREPI_WINOGRAD_FORWARD, GENREPI_WINOGRAD_INPUT, GENREPI_WINOGRAD_TO_WEIGHT };
int32_t genrepi_winograd_choose(const genrepi_convolution *c, int32_t direction);

/* As the functions of convolution.h, with tiles of 2 or 4. */
int32_t genrepi_winograd_forward(genrep_ctx *ctx, const genrepi_convolution *c, int32_t tile,
                                 const real *x, const real *w, const real *bias, real *y);
int32_t genrepi_winograd_input(genrep_ctx *ctx, const genrepi_convolution *c, int32_t tile,
                               const real *dy, const real *w, const real *bias, real *dx);
int32_t genrepi_winograd_weight(genrep_ctx *ctx, const genrepi_convolution *c, int32_t tile,
                                const real *x, const real *dy, real *dw);

#endif
