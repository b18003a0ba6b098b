/* Helps to hold forward against a formula written out in the test. */
#ifndef FORWARD_H
#define FORWARD_H

#include "inputs.h"

#include <nn/tape.h>

/* A network with normal numbers for parameters (running variances 2, 3, ...), an input as in
 * cases.h, and what it makes of it. */
typedef struct forward_result {
    genrep_ctx *ctx;
    genrep_layer *layer;
    genrep_tensor *x, *z, *y; /* z: a second input, or NULL */
} forward_result;

forward_result forward_open(const char *spec, const char *input, int32_t training);
/* The same of two inputs. */
forward_result forward_open_two(const char *spec, const char *x, const char *z, int32_t training);
void forward_close(forward_result *f);

/* Parameter by path; the test fails if there is none. */
const real *forward_parameter(const forward_result *f, const char *name);

#endif
