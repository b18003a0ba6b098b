/* Explicit densities, all of them normal: N(m, F'F + diag(s^2)).  A kind says how it is fitted and
 * how squared distances are measured; sampling, entropy and divergence follow from m, F and s.
 * Everything is in double precision in both builds.  Formulas: docs/notes/density.md. */
#ifndef GENREPI_DENSITY_DENSITY_H
#define GENREPI_DENSITY_DENSITY_H

#include <base/spec.h>
#include <genrep/density.h>
#include <tensor/moments.h>

typedef struct genrepi_density_ops genrepi_density_ops;

struct genrep_density {
    genrep_ctx *ctx; /* a reference */
    atomic_int refs;
    const genrepi_density_ops *ops;
    char *spec;          /* all options written out */
    genrepi_shape shape; /* of a sample */
    int64_t dim;
    double *mean;   /* dim */
    int64_t rank;   /* rows of F */
    double *factor; /* F, rank * dim; NULL if there is none */
    double *std;    /* s, dim; NULL if there is none */
    double log_determinant;
};

struct genrepi_density_ops {
    /* Allocates and fills factor and std; the mean is there.  Writes the spec. */
    int32_t (*fit)(genrep_density *density, const void *options, const genrepi_rows *rows,
                   genrepi_buffer *spec);
    /* 1 if rank, factor and std, which are there or not and whose numbers are finite, can be this
     * kind's: what squares() and log_determinant() rely on. */
    int32_t (*valid)(const genrep_density *density);
    double (*log_determinant)(const genrep_density *density);
    /* x' inverse(covariance) x of one centred row, which is destroyed. */
    double (*square)(const genrep_density *density, double *x);
};

extern const genrepi_kind genrepi_kind_gaussian, genrepi_kind_ppca;

int32_t genrepi_density_fit(const genrep_tensor *samples, const char *spec, genrep_density **out);
int32_t genrepi_density_load(genrep_ctx *ctx, const char *path, genrep_density **out);
int32_t genrepi_density_save(const genrep_density *density, const char *path);
void genrepi_density_unref(genrep_density *density); /* NULL is fine */
int32_t genrepi_density_log_density(const genrep_density *density, const genrep_tensor *points,
                                    genrep_tensor **out);
int32_t genrepi_density_sample(const genrep_density *density, int64_t count, uint64_t stream,
                               genrep_tensor **out);
double genrepi_density_entropy(const genrep_density *density);
int32_t genrepi_density_divergence(const genrep_density *p, const genrep_density *q,
                                   double *divergence);
int32_t genrepi_density_mean(const genrep_density *density, genrep_tensor **out);
int32_t genrepi_density_covariance(const genrep_density *density, genrep_tensor **out);

/* For fitting and loading: an object without numbers, and the numbers for one. */
int32_t genrepi_density_new(genrep_ctx *ctx, const genrepi_kind *kind, const genrepi_shape *shape,
                            genrep_density **out);
double *genrepi_density_numbers(const genrep_density *density, int64_t rows); /* NULL: NOMEM */

#endif
