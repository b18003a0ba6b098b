/* Language models with a full softmax (Bengio et al. 2003; mathematics 2.1): the words of a context
 * are combined into x, and the target is told from
 *   h = x, or, with a hidden layer, h = [a, x] (direct connections) or h = a, a = tanh(H x + d):
 * p(t | h) as in text/softmax.h.  With u = dL/dh, q = u_a (1 - a^2):
 *   dL/dH = q x', dL/dd = q, dL/dx = H' q + u_x,
 * and the part of dL/dx that is a context word's is added to its row, as often as it is there. */
#ifndef GENREPI_TEXT_LM_H
#define GENREPI_TEXT_LM_H

#include <tensor/state.h>
#include <text/sgns.h>
#include <text/softmax.h>

enum { GENREPI_LM_CONCAT = GENREPI_COMBINE_CLASSIC_MEAN + 1 }; /* beside GENREPI_COMBINE_... */

typedef struct genrepi_lm_options {
    int64_t size, slots; /* slots: words of a context; with GENREPI_LM_CONCAT just so many */
    int64_t hidden, batch, memory;
    int32_t combine, direct, padding; /* padding: a row more, for places outside the sentence */
    double decay;
} genrepi_lm_options;

typedef struct genrepi_lm {
    genrep_ctx *ctx;
    genrepi_lm_options options;
    int64_t x_size, x_stride; /* x, 1, zeros */
    genrep_tensor *embedding; /* words (+ 1) * size */
    genrep_tensor *hidden;    /* hidden * x_stride: H, d, zeros; NULL without */
    genrepi_softmax softmax;
    /* The batch: examples are added until it is full. */
    int64_t n;
    int32_t *contexts, *counts, *targets; /* slots an example; how many are there; its target */
    real *x, *h, *dh, *dx, *q;
} genrepi_lm;

int32_t genrepi_lm_init(const genrep_vocab *vocab, const genrepi_lm_options *options,
                        genrepi_lm *lm);
void genrepi_lm_free(genrepi_lm *lm); /* fine on {0} */

/* Whether there is room for so many examples more. */
static inline int32_t genrepi_lm_room(const genrepi_lm *lm, int64_t examples) {
    return lm->n + examples <= lm->options.batch;
}

/* An example of 1 .. slots words. */
void genrepi_lm_add(genrepi_lm *lm, const int32_t *context, int32_t n, int32_t target);

/* Gives the sum of the losses of the batch and empties it; with a rate above 0 a step is taken down
 * the gradient of that sum, all from the values before.  Weights decay, biases do not; of the
 * embedding, the rows of the batch do. */
int32_t genrepi_lm_step(genrepi_lm *lm, real rate, double *loss);

int32_t genrepi_lm_visit(const genrepi_lm *lm, genrepi_state *state);

#endif
