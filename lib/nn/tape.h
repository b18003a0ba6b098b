/* Tapes hold activations: reverse-mode differentiation over the layers that were applied.
 *
 * Memory: every tensor a tape makes comes from its pool of buffers by size class and goes back when
 * nobody holds it any more, so from the second step on a training step allocates nothing.  A
 * cotangent lives from its first use to the backward of the layer that made the value. */
#ifndef GENREPI_NN_TAPE_H
#define GENREPI_NN_TAPE_H

#include <nn/layer.h>

enum { GENREPI_MODE_TRAIN, GENREPI_MODE_EVAL };
typedef struct genrepi_tape_options {
    int32_t mode;
} genrepi_tape_options;
extern const genrepi_kind genrepi_kind_tape; /* options of genrep_tape_new() */

genrep_ctx *genrepi_tape_ctx(const genrep_tape *tape);
int32_t genrepi_tape_new(genrep_ctx *ctx, int32_t training, genrep_tape **out);
genrep_tape *genrepi_tape_ref(genrep_tape *tape);
void genrepi_tape_unref(genrep_tape *tape);
void genrepi_tape_reset(genrep_tape *tape, int64_t step);
int32_t genrepi_tape_watch(genrep_tape *tape, genrep_tensor *input);
int32_t genrepi_tape_freeze(genrep_tape *tape, const genrep_layer *layer);
/* The first layer that made something that is not finite of what was; NULL: none did. */
const genrep_layer *genrepi_tape_not_finite(const genrep_tape *tape);
/* loss: one number, d = 1; or any output with its cotangent, for tests of several outputs. */
int32_t genrepi_tape_backward(genrep_tape *tape, const genrep_tensor *loss);
int32_t genrepi_tape_backward_from(genrep_tape *tape, int32_t n, genrep_tensor *const *outputs,
                                   genrep_tensor *const *cotangents);
int32_t genrepi_tape_grad(genrep_tape *tape, const genrep_tensor *input, genrep_tensor **out);

/* For gradient penalties, before the recording goes back, which they leave as it is: an input is
 * watched, or an output of the recording; it counts as a constant, nothing flows further.
 * The gradient of the sum of an output's elements by an input, in a tensor of the tape's: */
int32_t genrepi_tape_input_gradient(genrep_tape *tape, const genrep_tensor *output,
                                    const genrep_tensor *input, genrep_tensor **out);
/* The derivative of an output along tangents of n inputs.  The tape keeps the tangents of all
 * values between, and those given, until _tangent_backward(). */
int32_t genrepi_tape_tangent(genrep_tape *tape, int32_t n, genrep_tensor *const *inputs,
                             genrep_tensor *const *tangents, const genrep_tensor *output,
                             genrep_tensor **out);
/* After _tangent(): adds the gradient of <q, output's tangent> + <d, output> to the parameters
 * (q NULL: ones; d NULL: zeros).  With x_gradients and t_gradients, both or none NULL: its
 * gradients by the inputs, and by their tangents. */
int32_t genrepi_tape_tangent_backward(genrep_tape *tape, const genrep_tensor *output,
                                      const genrep_tensor *q, const genrep_tensor *d, int32_t n,
                                      genrep_tensor *const *inputs, genrep_tensor **x_gradients,
                                      genrep_tensor **t_gradients);

/* How many outputs a layer has, a chain included. */
int32_t genrepi_layer_outputs(const genrep_layer *layer);

/* Applies a layer, leaf or composite, and records it.  outputs get new references. */
int32_t genrepi_layer_apply(const genrep_layer *layer, genrep_tape *tape, genrep_tensor *const *in,
                            int32_t n_in, genrep_tensor **out, int32_t n_out);

/* For composites: applies a leaf that is not a node of the network (the sum of a residual, the
 * joining of branches); ops without parameters or options. */
int32_t genrepi_tape_apply_ops(genrep_tape *tape, const genrep_layer *layer,
                               const genrepi_layer_ops *ops, genrep_tensor *const *in, int32_t n_in,
                               genrep_tensor **out);

/* A tensor from the tape's memory, not zeroed: an input of a batch, or (in forward) what backward
 * needs, kept in call->saved[slot] until the tape is reset. */
int32_t genrepi_tape_tensor(genrep_tape *tape, int32_t dtype, const genrepi_shape *shape,
                            genrep_tensor **out);
int32_t genrepi_call_save(genrepi_call *call, int32_t slot, int32_t dtype,
                          const genrepi_shape *shape);

#endif
