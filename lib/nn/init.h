/* Initial numbers of parameters: kinds of family "init". */
#ifndef GENREPI_NN_INIT_H
#define GENREPI_NN_INIT_H

#include <tensor/tensor.h>

/* Fills a parameter by a spec: "zeros", "ones", "constant value=0.25", "normal std=0.02",
 * "uniform low=-1 high=1", "fan", "xavier", "he slope=0.2", "orthogonal".  Weights are out x in x
 * (kernel); element i depends on the context's seed, stream and i only. */
int32_t genrepi_initialise(genrep_tensor *parameter, const char *spec, uint64_t stream);

#endif
