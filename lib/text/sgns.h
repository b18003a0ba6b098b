/* Skip-gram with negative sampling (Mikolov et al. 2013b; mathematics 2.2): the tables of a model
 * and one step of stochastic gradient descent.
 *
 * For a centre word t with window words c_1..c_m and noise words n_1..n_k, which all pairs of the
 * centre share: s_ij = w_j . e_{c_i} [+ b_j] for j in {t, n_1, .., n_k},
 *   L = sum_i [ softplus(-s_it) + sum_k softplus(s_in) ],   g_ij = sigmoid(s_ij) - [j = t],
 *   dL/dw_j = sum_i g_ij e_i,   dL/db_j = sum_i g_ij,   dL/de_i = sum_j g_ij w_j,
 * all taken before any of them is applied.  As in word2vec.c the window word is the input row and
 * the centre the output row: for a symmetric window the pairs are the same. */
#ifndef GENREPI_TEXT_SGNS_H
#define GENREPI_TEXT_SGNS_H

#include <kernel/kernel.h>
#include <tensor/tensor.h>
#include <text/centre.h>

typedef struct genrepi_sgns {
    genrep_ctx *ctx;
    int64_t words, size;
    int64_t stride;                       /* size rounded up to 16: a row's tail stays 0 */
    genrep_tensor *input, *output, *bias; /* words * stride; bias: words, NULL without */
    int32_t most_context, most_noise;
    real **inputs, **outputs; /* workspace: rows, and numbers for each pair of them */
    real *scores, *targets, *work;
    int32_t targets_columns; /* for how many columns targets is set */
} genrepi_sgns;

/* Input rows uniform in -1/2..1/2 over size, output rows and biases 0, as word2vec.c. */
int32_t genrepi_sgns_init(genrep_ctx *ctx, int64_t words, int64_t size, int32_t with_bias,
                          int32_t most_context, int32_t most_noise, genrepi_sgns *sgns);
void genrepi_sgns_free(genrepi_sgns *sgns); /* fine on {0} */

/* Gives the loss L of before, and takes a step of `rate` down its gradient. */
double genrepi_sgns_step(genrepi_sgns *sgns, const genrepi_centre *centre, real rate);

/* Fetches the rows of a centre that comes soon. */
void genrepi_sgns_prefetch(const genrepi_sgns *sgns, const genrepi_centre *centre);

#endif
