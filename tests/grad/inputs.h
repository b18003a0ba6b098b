/* Inputs of the rows of cases.h.  Their numbers are those of single precision in both builds, so
 * that float and double can be held against each other. */
#ifndef INPUTS_H
#define INPUTS_H

#include <support.h>

/* The tensor that a row's text says; another stream, other numbers. */
genrep_tensor *case_input(genrep_ctx *ctx, const char *text, uint64_t stream);

/* Fills a tensor of real numbers with normal ones. */
void case_normal(genrep_tensor *tensor, double std, uint64_t stream);

#endif
