/* The parts of t-SNE, for its tests: affinities, cost, gradient. */
#ifndef GENREPI_TEXT_TSNE_H
#define GENREPI_TEXT_TSNE_H

#include <base/ctx.h>

/* p: n * n, p_ij of x (n * dim), for a perplexity below n - 1.  sum p = 1, p_ii = 0. */
void genrepi_tsne_affinities(genrep_ctx *ctx, int64_t n, int64_t dim, const double *x,
                             double perplexity, double *p);

/* For y: n * 2.
 *   C = sum p_ij log p_ij + a sum p_ij log(1 + |y_i - y_j|^2) + log Z,
 *   Z = sum_{i != j} 1 / (1 + |y_i - y_j|^2):
 * with a = 1 the Kullback-Leibler divergence of q from p, with a > 1 exaggerated.  work: 5 n. */
double genrepi_tsne_cost(genrep_ctx *ctx, int64_t n, const double *p, double a, const double *y,
                         double *work);
/* gradient: n * 2, dC/dy. */
void genrepi_tsne_gradient(genrep_ctx *ctx, int64_t n, const double *p, double a, const double *y,
                           double *work, double *gradient);

#endif
