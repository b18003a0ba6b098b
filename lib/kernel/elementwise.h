/* Kernels over long arrays, on all threads: pieces of a fixed size, so that the bits do not depend
 * on the number of threads.  Sums of pieces are added in order, in double. */
#ifndef GENREPI_KERNEL_ELEMENTWISE_H
#define GENREPI_KERNEL_ELEMENTWISE_H

#include <base/ctx.h>
#include <base/real.h>
#include <kernel/kernel.h>

#define GENREPI_PIECE 16384 /* elements */

/* body is a function of (state, begin, end); for functions whose arguments do not fit a plain map.
 */
typedef double genrepi_piece_sum(const genrepi_kernels *k, const void *state, int64_t begin,
                                 int64_t end);
double genrepi_sum_pieces(genrep_ctx *ctx, int64_t n, genrepi_piece_sum *body, const void *state);

typedef void genrepi_piece(const genrepi_kernels *k, const void *state, int64_t begin, int64_t end);
void genrepi_map_pieces(genrep_ctx *ctx, int64_t n, genrepi_piece *body, const void *state);

#endif
