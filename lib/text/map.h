/* Maps: points of many dimensions in the plane, by principal components or by t-SNE.  Numbers are
 * doubles in both builds; work is split by its shape. */
#ifndef GENREPI_TEXT_MAP_H
#define GENREPI_TEXT_MAP_H

#include <base/spec.h>
#include <text/vectors.h>

/* A kind of family "map": x is n * dim, its own to change; y is n * 2.  Options structs begin with
 * genrepi_map_options. */
typedef struct genrepi_map_options {
    int32_t unit; /* rows are brought to length 1 first */
} genrepi_map_options;
typedef struct genrepi_map_ops {
    int32_t (*run)(genrep_ctx *ctx, const void *options, int64_t n, int64_t dim, double *x,
                   double *y, double *score);
} genrepi_map_ops;
extern const genrepi_kind genrepi_kind_pca, genrepi_kind_tsne;

int32_t genrepi_words_map(const genrep_vectors *vectors, const char *spec, const int64_t *indices,
                          int64_t n, float *points, double *score);

/* The coordinates of n rows along the `axes` directions of greatest variance, greatest first; of
 * each direction the greatest number is positive.  Centres x.  *kept: their share of the variance,
 * not a number if there is none. */
int32_t genrepi_pca(genrep_ctx *ctx, int64_t n, int64_t dim, double *x, int32_t axes, double *y,
                    double *kept);

#endif
