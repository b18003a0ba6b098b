/* The full softmax with bias (Bengio et al. 2003; mathematics 2.1), for whole batches:
 * p(t | h) = exp(w_t . h + b_t) / sum_j exp(w_j . h + b_j),   L = -log p(t | h).
 * With d_j = p_j - [j = t]:  dL/dw_j = d_j h,  dL/db_j = d_j,  dL/dh = sum_j d_j w_j.
 *
 * A row of the table is w_j, b_j, zeros; a row of the batch is h, 1, zeros: so the bias is one
 * column more of the products, which are all there is to do but exponentials: scores, dL/dh, and
 * the step, which is taken by the product that makes the gradient. */
#ifndef GENREPI_TEXT_SOFTMAX_H
#define GENREPI_TEXT_SOFTMAX_H

#include <tensor/tensor.h>
#include <text/vocab.h>

typedef struct genrepi_softmax {
    genrep_ctx *ctx;
    int64_t words, inputs;
    int64_t stride;       /* inputs + 1, rounded up to 16 */
    int64_t most_rows;    /* of a batch */
    int64_t tile;         /* words whose scores are in memory at a time */
    genrep_tensor *table; /* words * stride */
    real *scores;         /* most_rows * tile */
    real *scaled;         /* most_rows * stride */
    real *tops, *sums;    /* of each row: the greatest score, and the sum of exp(score - top) */
    real *targets;        /* of each row: its target's score */
} genrepi_softmax;

/* Weights 0 and biases log P(word), so that the first loss is the entropy of single words; words
 * that were not seen count as half one.  Scores take at most `memory` bytes: with fewer than the
 * whole vocabulary needs, they are worked out twice. */
int32_t genrepi_softmax_init(const genrep_vocab *vocab, int64_t inputs, int64_t most_rows,
                             int64_t memory, genrepi_softmax *softmax);
void genrepi_softmax_free(genrepi_softmax *softmax); /* fine on {0} */

/* For n rows h (n * stride, column `inputs` is 1) with their targets: *loss is the sum of L.  dh
 * (n * stride; NULL: the loss is all that is asked for) becomes dL/dh, and a step of `rate` is
 * taken down the gradient of the sum and of decay / 2 times the squares of the weights, not biases.
 */
int32_t genrepi_softmax_step(genrepi_softmax *softmax, int64_t n, const real *h,
                             const int32_t *targets, real rate, real decay, real *dh, double *loss);

#endif
