/* The sweeps of gradient penalties over a recording, which stays what it is: the gradient by an
 * input (sweep.c), tangents from the inputs to an output, and back (tangent_sweep.c).  The
 * mathematics is in docs/notes/penalties.md, what a layer does in each of them in layer.h. */
#ifndef GENREPI_NN_SWEEP_H
#define GENREPI_NN_SWEEP_H

#include <nn/recording.h>

/* The variable of a node's input (NULL: a constant) or output. */
genrepi_variable *genrepi_node_variable(const genrep_tape *tape, const genrepi_node *node,
                                        int32_t i);
genrepi_variable *genrepi_node_output(const genrep_tape *tape, const genrepi_node *node, int32_t i);

void genrepi_drop(genrep_tensor **tensor);
int32_t genrepi_sweep_zeros(genrep_tape *tape, const genrepi_shape *shape, genrep_tensor **out);
/* A copy of the tensor, or if that is NULL, `number` everywhere, of the output's shape. */
int32_t genrepi_sweep_seed(genrep_tape *tape, const genrep_tensor *output,
                           const genrep_tensor *tensor, double number, genrep_tensor **out);

/* Removes all that sweeps leave in the variables. */
void genrepi_sweep_clear(genrep_tape *tape);
int32_t genrepi_sweep_input(const genrep_tape *tape, const genrep_tensor *input,
                            genrepi_variable **out);
int32_t genrepi_sweep_independent(const genrep_tape *tape); /* fails */
/* Nothing flows past an input. */
int genrepi_sweep_stops(const genrep_tape *tape, const genrepi_node *node);

#endif
