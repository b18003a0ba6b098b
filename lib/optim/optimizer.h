/* Optimizers: one kind a file, what they share (the list of parameters, schedule, clipping) here.
 * The options of every kind begin with the shared ones.  Formulas: docs/notes/optimizers.md. */
#ifndef GENREPI_OPTIM_OPTIMIZER_H
#define GENREPI_OPTIM_OPTIMIZER_H

#include <genrep/optim.h>
#include <kernel/kernel.h>
#include <nn/layer.h>

enum {
    GENREPI_SCHEDULE_CONSTANT,
    GENREPI_SCHEDULE_LINEAR,
    GENREPI_SCHEDULE_STEP,
    GENREPI_SCHEDULE_COSINE,
    GENREPI_SCHEDULE_PLATEAU
};

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

/* The rows of the shared options, with the kind's own defaults of lr and weight_decay. */
#define GENREPI_OPTIMIZER_OPTIONS(rate, decay)                                                     \
    GENREPI_OPTION_NUMBER(genrepi_optimizer_common, lr, rate, 0, 1e6, "learning rate"),            \
        GENREPI_OPTION_NUMBER(genrepi_optimizer_common, weight_decay, decay, 0, 1e3,               \
                              "pull of every parameter towards 0"),                                \
        GENREPI_OPTION_NUMBER(genrepi_optimizer_common, clip, "0", 0, 1e30,                        \
                              "greatest norm of all gradients together; 0: any"),                  \
        GENREPI_OPTION_FLAG(genrepi_optimizer_common, check, "1",                                  \
                            "refuse gradients that are not finite"),                               \
        GENREPI_OPTION_WORD(genrepi_optimizer_common, schedule, "constant",                        \
                            "constant|linear|step|cosine|plateau", "how the rate falls"),          \
        GENREPI_OPTION_INT(genrepi_optimizer_common, warmup, "0", 0, 1e15,                         \
                           "steps in which the rate rises from 0 to lr"),                          \
        GENREPI_OPTION_INT(genrepi_optimizer_common, total, "0", 0, 1e15,                          \
                           "linear, cosine: steps of the whole run, warm-up included"),            \
        GENREPI_OPTION_INT(genrepi_optimizer_common, hold, "0", 0, 1e15,                           \
                           "linear: steps before the fall begins"),                                \
        GENREPI_OPTION_INT(genrepi_optimizer_common, every, "0", 0, 1e15,                          \
                           "step: steps between falls; plateau: values without progress"),         \
        GENREPI_OPTION_NUMBER(genrepi_optimizer_common, gamma, "0.1", 0, 1,                        \
                              "step, plateau: factor of a fall"),                                  \
        GENREPI_OPTION_NUMBER(genrepi_optimizer_common, floor, "0", 0, 1,                          \
                              "lowest rate, as a share of lr")

#define GENREPI_MAX_SLOTS 2

typedef struct genrepi_optimizer_ops {
    const char *slots[GENREPI_MAX_SLOTS];        /* names of the arrays beside each parameter */
    int32_t (*needs_slots)(const void *options); /* NULL: always */
    double (*initial)(const void *options);      /* elements of the slots at first; NULL: 0 */
    /* Updates one piece of one parameter and sets its gradient to zero.  t: 1 in the first step. */
    void (*update)(const genrepi_kernels *k, const void *options, int64_t t, double rate,
                   double clip, int64_t n, real *gradient, real *const slots[GENREPI_MAX_SLOTS],
                   real *value);
} genrepi_optimizer_ops;

typedef struct genrepi_optimizer_parameter {
    genrep_tensor *value, *gradient; /* the layer's, as is the path */
    genrep_tensor *slots[GENREPI_MAX_SLOTS];
    const char *path;
    int32_t layer;
} genrepi_optimizer_parameter;

/* The unit of work of a step: at most GENREPI_PIECE elements of one parameter, so that neither sums
 * nor updates depend on the number of threads. */
typedef struct genrepi_optimizer_piece {
    int64_t parameter, begin, count;
    double squares; /* of this step's gradients */
    int32_t finite;
} genrepi_optimizer_piece;

struct genrep_optimizer {
    genrep_ctx *ctx;
    atomic_int refs;
    const genrepi_kind *kind;
    const genrepi_optimizer_ops *ops;
    void *options; /* begins with genrepi_optimizer_common */
    genrep_layer **layers;
    int32_t n_layers;
    int32_t n_slots;
    genrepi_optimizer_parameter *parameters; /* those that are trained */
    int64_t n_parameters;
    genrepi_optimizer_piece *pieces;
    int64_t n_pieces;
    int64_t steps;
    double best, scale; /* plateau: best value; of the rate: its falls so far, and the guard's */
    int64_t waited;     /* plateau: values since the best */
    double norm;        /* of the last step's gradients, before clipping; 0 with check=0 clip=0 */
};

extern const genrepi_kind genrepi_kind_sgd, genrepi_kind_adagrad, genrepi_kind_rmsprop,
    genrepi_kind_adam, genrepi_kind_adamw;

int32_t genrepi_optimizer_new(genrep_ctx *ctx, const char *spec, genrep_optimizer **out);
genrep_optimizer *genrepi_optimizer_ref(genrep_optimizer *optimizer);
void genrepi_optimizer_unref(genrep_optimizer *optimizer); /* NULL is fine */
int32_t genrepi_optimizer_add(genrep_optimizer *optimizer, genrep_layer *layer);
int32_t genrepi_optimizer_step(genrep_optimizer *optimizer);
/* The network whose gradient stopped the last step; NULL: none did. */
const genrep_layer *genrepi_optimizer_not_finite(const genrep_optimizer *optimizer);
double genrepi_optimizer_rate(const genrep_optimizer *optimizer); /* of the next step */
int32_t genrepi_optimizer_observe(genrep_optimizer *optimizer, double value);
/* Steps, moments, plateau; not the layers' parameters. */
int32_t genrepi_optimizer_visit(genrep_optimizer *optimizer, genrepi_state *state);
/* The same under a name. */
int32_t genrepi_optimizer_visit_as(genrep_optimizer *optimizer, const char *name,
                                   genrepi_state *state);

/* schedule.c: the rate of step t (from 0), `scale` times. */
int32_t genrepi_schedule_check(genrep_ctx *ctx, const char *kind,
                               const genrepi_optimizer_common *options);
double genrepi_schedule_rate(const genrepi_optimizer_common *options, int64_t t, double scale);

/* clip.c: looks at all gradients: whether they are finite, their norm, and the factor that brings
 * it down to `clip`. */
int32_t genrepi_optimizer_inspect(genrep_optimizer *optimizer, double *factor);

#endif
