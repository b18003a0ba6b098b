/* Every number that goes through a network: outputs, tangents, gradients of all.  Compiled
 * in both precisions and run on many contexts, to hold them against each other. */
#ifndef LAYER_VALUES_H
#define LAYER_VALUES_H

#include <cases.h>
#include <support.h>

/* Rows as in cases.h, large enough for several pieces, blocks and threads. */
extern const gradient_case large_cases[];
extern const int32_t large_cases_count;

/* Row i of both tables together; NULL after the last. */
const gradient_case *layer_case(int32_t i);

/* Forward and back through a row's network, whose parameters and inputs do not depend on the
 * precision; visit gets each tensor that comes out, by name. */
typedef void layer_visit(void *user, const char *name, const genrep_tensor *tensor);
void layer_values(genrep_ctx *ctx, const gradient_case *row, layer_visit *visit, void *user);

#endif
