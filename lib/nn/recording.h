/* What a tape consists of: for tape.c, apply.c, backward.c and the sweeps of sweep.h only. */
#ifndef GENREPI_NN_RECORDING_H
#define GENREPI_NN_RECORDING_H

#include <nn/memory.h>
#include <nn/tape.h>

/* A value that a gradient may flow to. */
typedef struct genrepi_variable {
    genrep_tensor *cotangent; /* NULL until something flows there */
    /* In a gradient penalty only: */
    genrep_tensor *tangent;           /* NULL: zero */
    genrep_tensor *tangent_cotangent; /* NULL until something flows there */
    int32_t unwanted;                 /* cotangents do not flow here in this sweep */
    int32_t role;                     /* GENREPI_ROLE_* of the sweep */
} genrepi_variable;
enum {
    GENREPI_ROLE_INPUT = 1, /* its tangent is given */
    GENREPI_ROLE_LEADS = 2, /* the output depends on it */
};

/* An input or output of a node: the tensor, and its variable (-1: a constant). */
typedef struct genrepi_slot {
    genrep_tensor *value;
    int64_t variable;
} genrepi_slot;

/* One application of a leaf: its inputs' slots, then its outputs'. */
typedef struct genrepi_node {
    const genrep_layer *layer;
    const genrepi_layer_ops *ops;
    int64_t first_slot;
    int32_t n_in, n_out, frozen;
    uint64_t stream;
    genrep_tensor *saved[4];
} genrepi_node;

typedef struct genrepi_watched {
    genrep_tensor *tensor;
    int64_t variable;
} genrepi_watched;

struct genrep_tape {
    genrep_ctx *ctx;
    atomic_int refs;
    int32_t training;
    int32_t gone_back;
    int32_t frozen_depth; /* above 0 while a frozen layer is applied */
    int64_t step, recording, applications;
    genrepi_memory *memory;
    genrepi_node *nodes;
    genrepi_slot *slots;
    genrepi_variable *variables;
    genrepi_watched *watched;
    const genrep_layer **frozen;
    int64_t n_nodes, n_slots, n_variables, n_watched, n_frozen;
    int64_t node_room, slot_room, variable_room, watched_room, frozen_room;
};

int32_t genrepi_tape_grow(genrep_tape *tape, void **array, int64_t *capacity, int64_t need,
                          size_t bytes);
int32_t genrepi_tape_variable(genrep_tape *tape, int64_t *out);
/* The variable of a tensor on this recording; -1 if it is a constant. */
int64_t genrepi_tape_find(const genrep_tape *tape, const genrep_tensor *tensor);
void genrepi_node_release(genrep_tape *tape, genrepi_node *node);

/* Scratch memory: `each` times as many tensors as the node with the most has; NULL: no memory. */
genrep_tensor **genrepi_tape_arrays(genrep_tape *tape, int32_t each);
/* Whether this recording can still go back from the output; fails with the reason. */
int32_t genrepi_tape_check(const genrep_tape *tape, const genrep_tensor *output);
/* A cotangent arrives: it is taken over, or added to what is there. */
void genrepi_tape_flow(genrep_tape *tape, genrep_tensor **to, genrep_tensor *cotangent);

/* Sweeps from the outputs to the inputs: the one that uses the recording up; and those of gradient
 * penalties, which change no statistics: for the inputs only, and with the parameters. */
enum { GENREPI_SWEEP_BACK, GENREPI_SWEEP_INPUTS, GENREPI_SWEEP_PENALTY };
/* Takes the cotangents of a node's outputs, if there are any, to its inputs.  `arrays`: of two. */
int32_t genrepi_node_backward(genrep_tape *tape, genrepi_node *node, int32_t sweep,
                              genrep_tensor **arrays);

/* The call that forward or backward of this node sees; `in` and `out` are arrays of the caller. */
genrepi_call genrepi_node_call(genrep_tape *tape, genrepi_node *node, genrep_tensor **in,
                               genrep_tensor **out);

#endif
