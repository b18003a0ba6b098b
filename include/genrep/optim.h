/** @file genrep/optim.h
 *  Optimizers: how parameters move along their gradients.
 */
#ifndef GENREP_OPTIM_H
#define GENREP_OPTIM_H

#include <genrep/nn.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct genrep_optimizer genrep_optimizer;

/** Makes an optimizer: "sgd lr=0.1 momentum=0.9", "adagrad", "rmsprop", "adam lr=2e-4 beta1=0.5",
 *  "adamw"; each takes a schedule, warm-up and clipping too: see genrep_describe("adam").
 *  @param[out] out the new reference.
 *  @return 0, GENREP_E_INVALID, GENREP_E_RANGE or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_optimizer_new(genrep_ctx *ctx, const char *spec, genrep_optimizer **out);

/** Adds a reference.  Thread-safe.  @return optimizer.  @since 0.1 */
GENREP_API genrep_optimizer *genrep_optimizer_ref(genrep_optimizer *optimizer);

/** Gives a reference back.  Thread-safe.  @since 0.1 */
GENREP_API void genrep_optimizer_unref(genrep_optimizer *optimizer);

/** Gives the optimizer a layer to update, beside those it has, before the first step; it holds a
 *  reference on the layer.
 *  @return 0, GENREP_E_INVALID, GENREP_E_STATE (after a step) or GENREP_E_NOMEM.  @since 0.1 */
GENREP_API int32_t genrep_optimizer_add(genrep_optimizer *optimizer, genrep_layer *layer);

/** One update of all its layers from their gradients, which it then sets to zero.
 *  @return 0, GENREP_E_INVALID, GENREP_E_STATE (no layer) or GENREP_E_DIVERGED (a gradient is not
 *          finite, with `check=1`; nothing is updated).  @since 0.1 */
GENREP_API int32_t genrep_optimizer_step(genrep_optimizer *optimizer);

/** The learning rate of the next step, after schedule and warm-up.
 *  @return 0 or GENREP_E_INVALID.  @since 0.1 */
GENREP_API int32_t genrep_optimizer_rate(const genrep_optimizer *optimizer, double *rate);

/** Tells the plateau schedule a value that should fall (a held-out loss).
 *  @return 0 or GENREP_E_INVALID (not finite).  @since 0.1 */
GENREP_API int32_t genrep_optimizer_observe(genrep_optimizer *optimizer, double value);

#ifdef __cplusplus
}
#endif

#endif
