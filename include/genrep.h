/** @file genrep.h
 *  libgenrep: learned representations and generative models on a CPU, from plain C.
 *
 *  This is the only header a program includes.  The parts, in the order a reader meets them:
 *  base (status, context, specs), tensor, nn (layers and tapes), optim, io, data, train, text,
 *  evaluation, density, metrics.
 *
 *  Three rules hold for every function:
 *  - A function that can fail returns an int32_t status: 0 is good, negative is an error whose text
 *    is in the context (genrep_ctx_error()), and the outputs are untouched.
 *  - `_new`, `_open`, `_load` and every "new reference" output give a reference that the caller
 *    gives back with the type's `_unref`; `_unref(NULL)` is allowed.  Any order of release is
 * legal.
 *  - const is the thread-safety contract: calls whose handles are all const may run at the same
 *    time; a call that takes a non-const handle needs that handle, and what it is made of, alone.
 */
#ifndef GENREP_H
#define GENREP_H

#include <genrep/base.h>
#include <genrep/tensor.h>
#include <genrep/nn.h>
#include <genrep/optim.h>
#include <genrep/io.h>
#include <genrep/data.h>
#include <genrep/train.h>
#include <genrep/text.h>
#include <genrep/evaluation.h>
#include <genrep/density.h>
#include <genrep/metrics.h>

#endif
