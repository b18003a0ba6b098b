/* Convolutions in fewer products (Winograd 1980; Lavin and Gray 2016): for tiles of m x m outputs
 * and kernels of r x r,
 *
 *   y = A' [ sum over channels (G w G') . (B' x B) ] A      (. element by element)
 *
 * takes (m + r - 1)^2 products a channel pair where plain sums take m^2 r^2.  It serves 3 x 3
 * kernels of stride 1, and 4 x 4 kernels of stride 2: over the four phases of x, its elements at
 * even and odd rows and columns, taken as channels, those are 2 x 2 kernels of stride 1, and so is
 * their transpose, which writes phases; 3 x 3 kernels of stride 2 are 4 x 4 ones with zeros.  The
 * weight gradient is G' [ sum over tiles (A dy A') . (B' x B) ] G.  docs/notes/convolution.md has
 * the matrices, sources and errors. */
#ifndef GENREPI_KERNEL_WINOGRAD_H
#define GENREPI_KERNEL_WINOGRAD_H

#include <kernel/convolution.h>

enum { GENREPI_TO_OUTPUT, GENREPI_TO_INPUT, GENREPI_TO_WEIGHT };

/* The form F(m, r) (enum genrepi_winograd_form, kernel.h) that is worth it, by an estimate from the
 * shape alone; -1: plain sums are faster, asked for, or the only way. */
int32_t genrepi_winograd_choose(const genrepi_convolution *c, int32_t direction);

/* As the functions of convolution.h, with a form of the kernel's r. */
int32_t genrepi_winograd_forward(genrep_ctx *ctx, const genrepi_convolution *c, int32_t form,
                                 const real *x, const real *w, const real *bias, real *y);
int32_t genrepi_winograd_input(genrep_ctx *ctx, const genrepi_convolution *c, int32_t form,
                               const real *dy, const real *w, const real *bias, real *dx);
int32_t genrepi_winograd_weight(genrep_ctx *ctx, const genrepi_convolution *c, int32_t form,
                                const real *x, const real *dy, real *dw);

#endif
