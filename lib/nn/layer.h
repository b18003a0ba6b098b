/* Layers.  A kind of layer is one file with one genrepi_layer_ops and one genrepi_kind row; a
 * network is a tree of layers made from a spec.  Leaves compute (forward, backward); composites
 * (chain, residual, concat of branches, ...) apply their children, and leave no trace on the tape.
 *
 * Shapes are worked out twice by the same function: when the network is made, with what is known
 * then (-1 for the rest), to size the parameters; and when it is applied, with all sizes. */
#ifndef GENREPI_NN_LAYER_H
#define GENREPI_NN_LAYER_H

#include <genrep/nn.h>
#include <base/spec.h>
#include <tensor/tensor.h>
#include <tensor/state.h>

struct genrepi_builder; /* nn/build.c */
typedef struct genrepi_layer_ops genrepi_layer_ops;

/* A parameter of a leaf.  Trained ones have a gradient; running statistics have none. */
typedef struct genrepi_parameter {
    const char *name; /* "weight"; static, or owned by the layer's instance */
    genrep_tensor *value;
    genrep_tensor *gradient;
} genrepi_parameter;

/* How parameter 0 is used, by layers that are linear in it (nn/weight.h). */
typedef struct genrepi_weight {
    double factor, bias;                     /* it and the layer's bias are used times these */
    int32_t axis;                            /* that of the outputs */
    const struct genrepi_spectral *spectral; /* of the spectral_norm around the layer, or NULL */
} genrepi_weight;

#define GENREPI_MAX_PARAMETERS 8 /* of a leaf */
#define GENREPI_MAX_OUTPUTS 4

struct genrep_layer {
    genrep_ctx *ctx; /* a reference, held by the root only */
    atomic_int refs;
    const genrepi_kind *kind;
    const genrepi_layer_ops *ops;
    void *options;  /* the kind's options struct */
    void *instance; /* whatever the kind keeps (custom layers); freed by ops->free */
    char *path;     /* "3" or "2.0"; "" for the root */
    genrepi_parameter parameters[GENREPI_MAX_PARAMETERS];
    int32_t n_parameters;
    genrepi_weight weight;
    genrep_layer **children;
    int32_t n_children;
    uint64_t salt; /* of the initial numbers: from the network's name */
    /* Root only. */
    char *spec;
    struct genrepi_parameter_list *list; /* every parameter with its full path, in order */
};

/* One application of a leaf: what its functions see. */
typedef struct genrepi_call {
    genrep_ctx *ctx;
    const genrep_layer *layer;
    const genrepi_layer_ops *ops; /* the layer's, or of what a composite joins with */
    struct genrep_tape *tape;
    int32_t n_in, n_out;
    int32_t training;   /* mode=train */
    int32_t frozen;     /* no parameter gradients, no running statistics */
    uint64_t stream;    /* for random numbers: differs for every application and step */
    genrep_tensor **in; /* values */
    genrep_tensor **out;
    genrep_tensor *saved[4]; /* made by forward with genrepi_call_save(), read by backward */
    genrep_tensor **d_out;   /* backward: cotangents of the outputs */
    genrep_tensor **d_in;    /* backward: to be written; NULL entries are not wanted */
    /* The tangent pair. */
    genrep_tensor **t_in;  /* tangents of the inputs; NULL for those of integers */
    genrep_tensor **t_out; /* tangents of the outputs */
    genrep_tensor **q_out; /* cotangents of t_out */
    genrep_tensor **q_in;  /* cotangents of t_in: to be written; NULL entries are not wanted */
    /* 1: the kind stands for its linear part, in and out are tangents: see nn/tangent.h. */
    int32_t linear;
} genrepi_call;

struct genrepi_layer_ops {
    int32_t n_in, n_out; /* n_in 0: any number from 1 on */

    /* Makes parameters (genrepi_layer_parameter()) from the options and the shapes known when the
     * network is made; may complete the options from them.  NULL: nothing to do. */
    int32_t (*build)(genrep_layer *layer, int32_t n_in, const genrepi_shape *in);

    /* The outputs' shapes from the inputs' and checks; sizes may be -1 (then the check waits).
     * Errors through genrepi_layer_fail(). */
    int32_t (*shape)(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                     genrepi_shape *out);

    /* Leaves.  Outputs are allocated, with the shapes of `shape`; dtype of the outputs is real. */
    int32_t (*forward)(genrepi_call *call);
    /* Writes (does not add to) d_in where it is wanted; adds to the parameters' gradients unless
     * call->frozen.  May be called several times for one forward, and must then do the same: what
     * is saved stays as it is, but for what only update reads. */
    int32_t (*backward)(genrepi_call *call);
    /* Changes what is not trained (running statistics), after backward, unless frozen; or NULL.
     * Called at most once for each forward, and never in the sweeps of a gradient penalty. */
    void (*update)(genrepi_call *call);

    /* The tangent pair, for gradient penalties (mathematics 3; docs/notes/penalties.md): both or
     * none.  With y = f(x, w), J the derivative of f by x, w the parameters:
     *   tangent           y' = J x'
     *   tangent_backward  the gradient of L = <q, J x'> + <d, y> by x', x and w
     * Both read in, out and saved as forward left them, and write nothing there: masks, chosen
     * maxima, statistics of the batch and random numbers (from call->stream) are those of forward,
     * what was constant for backward is constant.
     *
     * tangent reads t_in and writes t_out, all of them; w does not change along x'.
     *
     * tangent_backward reads t_in, t_out as tangent left it, q_out and d_out, which is NULL if all
     * d are zero.  It writes (does not add to) q_in, J^T q, and d_in, J^T d + the derivative of
     * <q, J x'> by x, where they are wanted (q_in is not where the tangent is zero, d_in may be);
     * adds to the parameters' gradients unless frozen. */
    int32_t (*tangent)(genrepi_call *call);
    int32_t (*tangent_backward)(genrepi_call *call);
    /* 1: J does not depend on x (a kink aside), so that without d there is no d_in: it is not
     * asked for then, and whole sweeps are saved. */
    int32_t straight;

    /* Composites: apply the children instead of forward.  outputs get new references. */
    int32_t (*apply)(const genrep_layer *layer, struct genrep_tape *tape, genrep_tensor *const *in,
                     int32_t n_in, genrep_tensor **out);

    /* Composites: makes the children from the node's { } blocks with genrepi_build_block(); *shape
     * goes from what is known of the input to the output. */
    int32_t (*compose)(struct genrepi_builder *builder, genrep_layer *layer,
                       const genrepi_spec_node *node, genrepi_shape *shape);
    /* Kinds with options of their own reading (the host's): fills options or instance from the node
     * instead of genrepi_spec_bind(). */
    int32_t (*read)(genrep_layer *layer, const genrepi_spec *spec, const genrepi_spec_node *node);
    /* Kinds that are names for longer specs (the zoo of networks): writes the spec of a chain. */
    int32_t (*expand)(const genrep_layer *layer, const genrepi_shape *in, genrepi_buffer *spec);

    void (*free)(genrep_layer *layer);
    /* 1 for an input (of real or of integer type) that takes integers, as the classes of an
     * embedding: bit i for input i.  Others must be real. */
    uint32_t integer_inputs;
};

/* Makes a network: always a chain, so that paths begin with the position in the spec.  `input` is
 * what is known of its input, the batch included as -1 (NULL: nothing): it is written before the
 * spec as an `input` layer, so that the network stays described by its spec alone. */
int32_t genrepi_layer_new(genrep_ctx *ctx, const char *spec, const genrepi_shape *input,
                          genrep_layer **out);
/* The same with a name ("generator") that the initial numbers depend on too, so that two networks
 * of one spec in one trainer begin differently. */
int32_t genrepi_layer_new_as(genrep_ctx *ctx, const char *name, const char *spec,
                             const genrepi_shape *input, genrep_layer **out);
int32_t genrepi_layer_copy(const genrep_layer *layer, genrep_layer **out);
genrep_layer *genrepi_layer_ref(genrep_layer *layer);
void genrepi_layer_unref(genrep_layer *layer);
/* 1 if it is the network or in it (NULL: in nothing). */
int genrepi_layer_within(const genrep_layer *network, const genrep_layer *layer);

/* For builders of composites (nn/build.c): makes the chain of a { } block as a child of `parent`
 * with path element `index`; *shape goes from its input to its output. */
int32_t genrepi_build_block(struct genrepi_builder *builder, genrep_layer *parent,
                            const genrepi_spec_node *first, int32_t index, genrepi_shape *shape);

/* Makes a parameter of a leaf while it is built, initialised by `initialiser`, a spec of family
 * "init" ("normal std=0.02", "zeros", "xavier", "he slope=0.2"; fan_in and fan_out from the shape:
 * out x in x ...), or trained 0 for statistics.  Streams depend on seed and path. */
int32_t genrepi_layer_parameter(genrep_layer *layer, const char *name, const genrepi_shape *shape,
                                const char *initialiser, int trained);

/* "3 (linear): " and the message. */
int32_t genrepi_layer_fail(const genrep_layer *layer, int32_t status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Parameters of the whole tree, in a fixed order, by path. */
typedef struct genrepi_parameter_entry {
    char *name;
    genrep_tensor *value, *gradient; /* gradient NULL: not trained */
} genrepi_parameter_entry;
typedef struct genrepi_parameter_list {
    int64_t n;
    genrepi_parameter_entry *entries;
} genrepi_parameter_list;

int32_t genrepi_layer_set(genrep_layer *layer, const char *name, const genrep_tensor *value);
void genrepi_layer_zero_grad(genrep_layer *layer);
int32_t genrepi_layer_blend(genrep_layer *average, const genrep_layer *layer, double decay);
int32_t genrepi_layer_visit(genrep_layer *layer, genrepi_state *state); /* all parameters */

#endif
