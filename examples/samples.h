/* What examples that look at whole sets of samples share: reading them, and making them. */
#ifndef EXAMPLES_SAMPLES_H
#define EXAMPLES_SAMPLES_H

#include <genrep.h>

/* `count` samples of a dataset, shuffled by the context's seed, none twice; 0, or more than there
 * are: all.  The first field that is not "labels"; bytes become -1..1.  Ends the program on
 * failure, naming `option`. */
genrep_tensor *samples_load(genrep_ctx *ctx, const char *option, const char *spec, int64_t count);

/* How many there are, and how many numbers one has. */
int64_t samples_count(const genrep_tensor *samples);
int64_t samples_numbers(const genrep_tensor *samples);

/* The part of them from `begin` on. */
genrep_tensor *samples_part(genrep_tensor *samples, int64_t begin, int64_t count);

/* What a network makes of them, `count` samples in batches, in evaluation mode; n_inputs of one
 * first size each. */
genrep_tensor *samples_apply(genrep_ctx *ctx, const genrep_layer *network,
                             genrep_tensor *const *inputs, int32_t n_inputs);

#endif
