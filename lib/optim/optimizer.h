/* Optimizers: one kind a file, what they share (schedule, clipping, the list of parameters) here.
 * Every optimizer row begins with the shared options. */
#ifndef GENREPI_OPTIM_OPTIMIZER_H
#define GENREPI_OPTIM_OPTIMIZER_H

#include <genrep/optim.h>
#include <kernel/kernel.h>
#include <nn/layer.h>

typedef struct genrepi_optimizer_common {
    double lr;
    double weight_decay;
    double clip;      /* of the norm over all parameters; 0: none */
    int32_t check;    /* refuse gradients that are not finite */
    int32_t schedule; /* constant|linear|step|cosine|plateau */
    int64_t warmup;   /* steps from 0 to lr */
    int64_t total;    /* linear, cosine: steps of the whole run */
    int64_t hold;     /* linear: steps before the fall begins */
    int64_t every;    /* step: steps between falls; plateau: values without progress before one */
    double gamma;     /* step, plateau: factor of a fall */
    double floor;     /* lowest rate, as a share of lr */
} genrepi_optimizer_common;

#define GENREPI_MAX_SLOTS 2

typedef struct genrepi_optimizer_ops {
    int32_t n_slots; /* moment arrays beside each parameter */
    const char *slot_names[GENREPI_MAX_SLOTS];
    /* Updates one piece of one parameter and sets its gradient to zero.  t: 1 in the first step. */
    void (*update)(const genrepi_kernels *k, const void *options, int64_t t, double rate, double clip,
                   int64_t n, real *gradient, real *const slots[GENREPI_MAX_SLOTS], real *value);
} genrepi_optimizer_ops;

struct genrep_optimizer {
    genrep_ctx *ctx;
    atomic_int refs;
    const genrepi_kind *kind;
    const genrepi_optimizer_ops *ops;
    void *options; /* begins with genrepi_optimizer_common */
    genrep_layer **layers;
    int32_t n_layers;
    genrep_tensor *(*slots)[GENREPI_MAX_SLOTS]; /* one row a trained parameter */
    int64_t n_parameters;
    int64_t steps;
    double best, scale; /* plateau: best value, factor so far */
    int64_t waited;
    double norm; /* of the last step's gradients */
};

int32_t genrepi_optimizer_new(genrep_ctx *ctx, const char *spec, genrep_optimizer **out);
genrep_optimizer *genrepi_optimizer_ref(genrep_optimizer *optimizer);
void genrepi_optimizer_unref(genrep_optimizer *optimizer);
int32_t genrepi_optimizer_add(genrep_optimizer *optimizer, genrep_layer *layer);
int32_t genrepi_optimizer_step(genrep_optimizer *optimizer);
double genrepi_optimizer_rate(const genrep_optimizer *optimizer);
int32_t genrepi_optimizer_observe(genrep_optimizer *optimizer, double value);
/* Steps, moments, plateau; not the layers' parameters. */
int32_t genrepi_optimizer_visit(genrep_optimizer *optimizer, genrepi_state *state);

#endif
