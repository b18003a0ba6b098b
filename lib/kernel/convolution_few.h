/* Convolutions of so few positions that reading the weights is all that counts. */
#ifndef GENREPI_KERNEL_CONVOLUTION_FEW_H
#define GENREPI_KERNEL_CONVOLUTION_FEW_H

#include <kernel/convolution.h>

/* Whether it has few positions, one group, and weights that are worth it. */
int32_t genrepi_few_suits(const genrepi_convolution *c);

/* As those of kernel/convolution.h. */
int32_t genrepi_few_forward(genrep_ctx *ctx, const genrepi_convolution *c, const real *x,
                            const real *w, const real *bias, real *y);
int32_t genrepi_few_input(genrep_ctx *ctx, const genrepi_convolution *c, const real *dy,
                          const real *w, const real *bias, real *dx);
int32_t genrepi_few_weight(genrep_ctx *ctx, const genrepi_convolution *c, const real *x,
                           const real *dy, real *dw);

#endif
