/* Losses: layers from a prediction (and a target of its shape) to one number, the mean over all
 * elements.  An element-wise loss is a sum over pieces and one derivative for each input. */
#ifndef GENREPI_NN_LOSS_H
#define GENREPI_NN_LOSS_H

#include <nn/leaf.h>

/* ops->shape: prediction and target of one shape; the second lets the target be left out (n_in 0).
 */
int32_t genrepi_loss_shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                           genrepi_shape *out);
int32_t genrepi_loss_shape_one_or_two(const genrep_layer *layer, int32_t n_in,
                                      const genrepi_shape *in, genrepi_shape *out);

typedef struct genrepi_loss {
    const real *x, *t; /* prediction; target, or NULL for the number `target` */
    real target;
    real scale; /* backward: the loss's cotangent / number of elements */
    real *d;    /* backward: what to write */
} genrepi_loss;

/* value gives the sum over a piece of genrepi_loss. */
int32_t genrepi_loss_forward(genrepi_call *call, genrepi_piece_sum *value, real target);
/* Writes d_in[input] by body, if it is wanted. */
void genrepi_loss_backward(genrepi_call *call, int32_t input, genrepi_piece *body, real target);

#endif
