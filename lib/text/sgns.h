/* Models with an input and an output table (Mikolov et al. 2013a, 2013b; mathematics 2.2, 2.4,
 * 2.5): the tables, and one step of stochastic gradient descent.
 *
 * A centre has context words c_1..c_m and output rows o_1..o_n with labels y_j of 0 or 1: with
 * negative sampling the centre word (1) and noise words (0), with hierarchical softmax the inner
 * nodes on the centre word's path.  Skip-gram pairs each context word with all output rows:
 * s_ij = w_j . e_{c_i} [+ b_j],
 *   L = sum_ij softplus(s_ij) - y_j s_ij,   g_ij = sigmoid(s_ij) - y_j,
 *   dL/dw_j = sum_i g_ij e_i,   dL/db_j = sum_i g_ij,   dL/de_i = sum_j g_ij w_j,
 * all taken before any of them is applied.  CBOW has one row h = mean_i e_i in place of the e_i,
 * and dL/de_i = (dL/dh) / m; word2vec.c leaves out the 1 / m (`classic`).
 * As in word2vec.c the window word is the input row and the centre the output row: for a symmetric
 * window the pairs are the same. */
#ifndef GENREPI_TEXT_SGNS_H
#define GENREPI_TEXT_SGNS_H

#include <kernel/kernel.h>
#include <tensor/tensor.h>
#include <text/centre.h>

enum { GENREPI_COMBINE_SINGLE, GENREPI_COMBINE_MEAN, GENREPI_COMBINE_CLASSIC_MEAN };

typedef struct genrepi_sgns {
    genrep_ctx *ctx;
    int64_t words, size;
    int64_t stride;                       /* size rounded up to 16: a row's tail stays 0 */
    int32_t combine;                      /* GENREPI_COMBINE_... */
    genrep_tensor *input, *output, *bias; /* words * stride; bias: words, NULL without */
} genrepi_sgns;

/* What one thread needs for steps. */
typedef struct genrepi_sgns_work {
    genrep_ctx *ctx;
    real **inputs, **outputs; /* rows */
    real *scores, *labels;    /* of each pair of them */
    real *work, *mean, *step; /* mean, step: a row */
    genrepi_bce_tally tally;
} genrepi_sgns_work;

/* Input rows uniform in -1/2..1/2 over size, output rows and biases 0, as word2vec.c. */
int32_t genrepi_sgns_init(genrep_ctx *ctx, int64_t words, int64_t size, int32_t with_bias,
                          genrepi_sgns *sgns);
void genrepi_sgns_free(genrepi_sgns *sgns); /* fine on {0} */

/* For centres of at most so many context words and output rows. */
int32_t genrepi_sgns_work_init(const genrepi_sgns *sgns, int64_t most_context, int64_t most_output,
                               genrepi_sgns_work *work);
void genrepi_sgns_work_free(genrepi_sgns_work *work); /* fine on {0} */

/* Takes a step of `rate` down the gradient of L.  *terms grows by the number of the rows that were
 * told from outputs: what L is a sum over. */
void genrepi_sgns_step(const genrepi_sgns *sgns, genrepi_sgns_work *work,
                       const genrepi_centre *centre, real rate, int64_t *terms);

/* The sum of L, as it was before each step, over the steps since this was last asked for. */
double genrepi_sgns_loss(const genrepi_sgns *sgns, genrepi_sgns_work *work);

/* Fetches the rows of a centre that comes soon. */
void genrepi_sgns_prefetch(const genrepi_sgns *sgns, const genrepi_centre *centre);

#endif
