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
#include <text/ngrams.h>

enum { GENREPI_COMBINE_SINGLE, GENREPI_COMBINE_MEAN, GENREPI_COMBINE_CLASSIC_MEAN };

#define GENREPI_MOST_PANELS 2

/* A table may lie in panels of columns, one behind the other, so that threads that have a panel
 * each never share a cache line, nor fetch each other's by reading ahead. */
typedef struct genrepi_sgns {
    genrep_ctx *ctx;
    int64_t words, size;
    int64_t stride;  /* size rounded up to 16, where a row's tail stays 0; or size, where that would
                      * cost much memory */
    int32_t combine; /* GENREPI_COMBINE_... */
    int32_t panels;
    int64_t panel[GENREPI_MOST_PANELS + 1]; /* columns panel[p] .. panel[p + 1]; whole blocks of 16,
                                             * but for the last */
    genrep_tensor *input[GENREPI_MOST_PANELS], *output[GENREPI_MOST_PANELS]; /* words * columns */
    genrep_tensor *bias;                                                     /* words, or NULL */
    /* Words made of n-grams (text/composed.h): */
    genrepi_ngrams *ngrams; /* NULL: words have one row */
    genrep_tensor *grams[GENREPI_MOST_PANELS];
    int32_t classic;
    const real *scale; /* of each input row, or NULL: e_i is scale_i times the row */
} genrepi_sgns;

/* Where a row is in its panel. */
static inline real *genrepi_sgns_row(const genrepi_sgns *sgns, genrep_tensor *const *table,
                                     int32_t panel, int64_t row) {
    return genrepi_real(table[panel]) + row * (sgns->panel[panel + 1] - sgns->panel[panel]);
}

/* L on its way to a sum: of how many rows that were told from outputs. */
typedef struct genrepi_sgns_loss {
    genrepi_bce_tally tally;
    int64_t terms;
} genrepi_sgns_loss;

/* What one thread needs for steps. */
typedef struct genrepi_sgns_work {
    genrep_ctx *ctx;
    real **inputs, **outputs;      /* rows */
    real *scores, *labels, *steps; /* of each pair of them */
    real *work, *mean, *row;       /* mean, row: a row */
    genrepi_sgns_loss loss;
} genrepi_sgns_work;

/* Input rows uniform in -1/2..1/2 over size, output rows and biases 0, as word2vec.c.  Fewer panels
 * if there are not as many blocks of 16 columns. */
int32_t genrepi_sgns_init(genrep_ctx *ctx, int64_t words, int64_t size, int32_t with_bias,
                          int32_t panels, genrepi_sgns *sgns);
void genrepi_sgns_free(genrepi_sgns *sgns); /* fine on {0} */

/* For centres of at most so many context words and output rows. */
int32_t genrepi_sgns_work_init(const genrepi_sgns *sgns, int64_t most_context, int64_t most_output,
                               genrepi_sgns_work *work);
void genrepi_sgns_work_free(genrepi_sgns_work *work); /* fine on {0} */

/* A row of a table, `size` numbers. */
void genrepi_sgns_copy_row(const genrepi_sgns *sgns, genrep_tensor *const *table, int64_t row,
                           float *to);

/* A word's input row, or what it is composed to; `size` numbers. */
void genrepi_sgns_vector(const genrepi_sgns *sgns, int64_t word, float *to);

/* Takes a step of `rate` down the gradient of L. */
void genrepi_sgns_step(const genrepi_sgns *sgns, genrepi_sgns_work *work,
                       const genrepi_centre *centre, real rate);

/* The sum of L, as it was before each step, over the steps since this was last asked for; *terms:
 * the rows that it is a sum over.  Asked for once before the first step too. */
double genrepi_sgns_take_loss(const genrepi_sgns *sgns, genrepi_sgns_loss *loss, int64_t *terms);

/* The step in three parts, so that several threads may share it: products by panel, whose sum over
 * the panels are the scores (the bias is with the first); what they move by, in work->steps; and
 * the rows' move, over columns begin..end of one panel, cut at whole blocks of 16.  mean: a row of
 * the centre's own, unless each context word is by itself. */
void genrepi_sgns_dots(const genrepi_sgns *sgns, genrepi_sgns_work *work,
                       const genrepi_centre *centre, int32_t panel, real *mean, real *scores);
void genrepi_sgns_slopes(const genrepi_sgns *sgns, genrepi_sgns_work *work,
                         const genrepi_centre *centre, real rate, const real *scores,
                         genrepi_sgns_loss *loss);
void genrepi_sgns_update(const genrepi_sgns *sgns, genrepi_sgns_work *work,
                         const genrepi_centre *centre, int64_t begin, int64_t end,
                         const real *mean);

/* The products of all panels, in work->scores. */
void genrepi_sgns_scores(const genrepi_sgns *sgns, genrepi_sgns_work *work,
                         const genrepi_centre *centre);

/* Fetches rows that are needed soon. */
void genrepi_sgns_prefetch_input(const genrepi_sgns *sgns, int32_t word, int32_t panel);
void genrepi_sgns_prefetch_outputs(const genrepi_sgns *sgns, const genrepi_centre *centre,
                                   int32_t panel);

#endif
