/* What a checkpoint holds: each part visits its state, tensors and numbers, by name.  One visit
 * function serves saving, checking and loading, so the three cannot drift apart.  A file is checked
 * as a whole before anything is loaded. */
#ifndef GENREPI_TENSOR_STATE_H
#define GENREPI_TENSOR_STATE_H

#include <tensor/tensor.h>

typedef struct genrepi_state genrepi_state;
struct genrepi_state {
    genrep_ctx *ctx;
    char prefix[256]; /* put before every name: "generator/" */
    double rate; /* loading: the rates of optimizers become as much of what they were; 0: all */
    /* Each returns 0 or an error.  Saving reads what it is given; checking compares names, types
     * and shapes and changes nothing; loading writes it (and cannot fail any more). */
    int32_t (*tensor)(genrepi_state *state, const char *name, genrep_tensor *tensor);
    int32_t (*bytes)(genrepi_state *state, const char *name, void *data, int32_t dtype, int64_t n);
    int32_t (*integer)(genrepi_state *state, const char *name, int64_t *value);
    int32_t (*number)(genrepi_state *state, const char *name, double *value); /* exact, by bits */
    /* What a file must hold as it is here (a vocabulary): never loaded. */
    int32_t (*fixed)(genrepi_state *state, const char *name, const void *data, int32_t dtype,
                     int64_t n);
    /* Text that must be the same when loading (a spec, a vocabulary's hash). */
    int32_t (*same)(genrepi_state *state, const char *name, const char *text);
};

/* Appends "part/" to the prefix and gives its old length, for genrepi_state_leave(); -1 with the
 * error recorded if it gets too long. */
int32_t genrepi_state_enter(genrepi_state *state, const char *part);
void genrepi_state_leave(genrepi_state *state, int32_t old_length);

#endif
