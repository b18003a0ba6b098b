/* What the leaf layers share: shapes, lists of sizes, class numbers, and work over rows and
 * elements on all threads.  Work is always cut by shape, so bits never depend on the number of
 * threads. */
#ifndef GENREPI_NN_LEAF_H
#define GENREPI_NN_LEAF_H

#include <kernel/elementwise.h>
#include <nn/tape.h>

#define GENREPI_MAX_SIZE 2147483647.0 /* upper bound of options that are sizes */

/* For ops->shape of what changes no shape: out = in. */
int32_t genrepi_same_shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                           genrepi_shape *out);

/* Fails with "wants `wanted`, got 2x3". */
int32_t genrepi_fail_shape(const genrep_layer *layer, const genrepi_shape *got, const char *wanted,
                           ...) __attribute__((format(printf, 3, 4)));

/* The product of the sizes of axes first..end-1; -1 if one of them is not known. */
int64_t genrepi_axes_count(const genrepi_shape *shape, int32_t first, int32_t end);

/* Completes an option that is the size of an axis of the input (0: take that of the input).  axis
 * -1 is the last one.  Fails if the input's is not known either, naming the option. */
int32_t genrepi_size_from_input(const genrep_layer *layer, const char *option,
                                const genrepi_shape *in, int32_t axis, int64_t *size);

/* Reads "1 28 28" (also with "x" or "," between) into sizes of axes `first` and up of the shape. */
int32_t genrepi_read_sizes(const genrep_layer *layer, const char *text, int32_t first,
                           genrepi_shape *shape);

/* Reads "3", or "3 5" for height and width (also with "x" or "," between). */
int32_t genrepi_read_pair(const genrep_layer *layer, const char *option, const char *text,
                          int64_t least, int64_t most, int64_t pair[2]);

/* Class numbers 0..classes-1 from any type into call->saved[slot] (GENREP_I32), checked. */
int32_t genrepi_save_classes(genrepi_call *call, int32_t slot, const genrep_tensor *from,
                             int64_t classes);

/* What a plain function of one element sees: x of forward, or what backward is made from, and dy.
 */
typedef struct genrepi_pointwise {
    const real *x, *dy;
    real *y;
    real parameter;
} genrepi_pointwise;

/* Forward (dy NULL) or backward of such a function by a body over genrepi_pointwise. */
void genrepi_map_forward(genrepi_call *call, genrepi_piece *body, real parameter);
void genrepi_map_backward(genrepi_call *call, genrepi_piece *body, const genrep_tensor *from,
                          real parameter);

/* Leaky rectifiers: parameter is the slope below zero (nn/relu.c). */
genrepi_piece genrepi_leaky_forward, genrepi_leaky_backward;

/* Copies elements, on all threads. */
void genrepi_copy_real(genrep_ctx *ctx, int64_t n, const real *from, real *to);

/* body(k, state, first row, end) over blocks of rows of about GENREPI_PIECE elements. */
void genrepi_map_rows(genrep_ctx *ctx, int64_t rows, int64_t cols, genrepi_piece *body,
                      const void *state);

/* Sums over rows: each block of rows sums `width` numbers into its own workspace, which begins as
 * zeros; then the blocks are added in order, in double, onto total. */
typedef void genrepi_rows_sum(const genrepi_kernels *k, const void *state, int64_t begin,
                              int64_t end, real *sums);
int32_t genrepi_sum_rows(genrep_ctx *ctx, int64_t rows, int64_t cols, int64_t width,
                         genrepi_rows_sum *body, const void *state, real *total);

#endif
