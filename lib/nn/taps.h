/* Separable filters of planes: weighted sums of a few rows, a piece of columns at a time, so that
 * what lies between the rows and the columns stays on the stack. */
#ifndef GENREPI_NN_TAPS_H
#define GENREPI_NN_TAPS_H

#include <nn/padding.h>

enum { GENREPI_TAPS = 3, GENREPI_TAPS_PIECE = 512 }; /* rows; columns */

typedef struct genrepi_taps {
    const genrepi_kernels *k;
    int64_t height, width; /* of the plane */
    int32_t mode;          /* GENREPI_PAD_...: what is outside, one row and column far */
    int32_t n;
    int64_t row[GENREPI_TAPS]; /* -1..height */
    real weight[GENREPI_TAPS];
} genrepi_taps;

/* t_j = sum over taps of weight times x at (row, first - 1 + j), j < n + 2, n + 2 being
 * GENREPI_TAPS_PIECE at most. */
void genrepi_taps_gather(const genrepi_taps *taps, const real *x, int64_t first, int64_t n,
                         real *t);
/* Its adjoint: adds to dx. */
void genrepi_taps_scatter(const genrepi_taps *taps, const real *t, int64_t first, int64_t n,
                          real *dx);

#endif
