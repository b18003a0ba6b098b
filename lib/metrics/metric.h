/* Comparisons of two sets, or of pairs: one kind a file or a few that share their work.  Sums are
 * in double precision and in one order, whatever the number of threads.  Sources:
 * docs/notes/metrics.md.
 */
#ifndef GENREPI_METRICS_METRIC_H
#define GENREPI_METRICS_METRIC_H

#include <base/spec.h>
#include <genrep/metrics.h>
#include <tensor/moments.h>

/* What a kind compares: checked, and the same tensors as rows. */
typedef struct genrepi_comparison {
    genrep_ctx *ctx;
    const char *name;           /* of the kind */
    const genrep_tensor *a, *b; /* b is NULL for kinds of one */
    genrepi_rows rows_a, rows_b;
    double value, error;
} genrepi_comparison;

/* What the two tensors must have in common. */
enum {
    GENREPI_COMPARES_SETS,   /* the size of a sample */
    GENREPI_COMPARES_PAIRS,  /* the whole shape */
    GENREPI_COMPARES_LABELS, /* the whole shape, of whole numbers */
    GENREPI_COMPARES_ONE     /* there is one only */
};

typedef struct genrepi_metric_ops {
    int32_t compares;
    int32_t (*run)(genrepi_comparison *c, const void *options);
} genrepi_metric_ops;

int32_t genrepi_compare(const genrep_tensor *a, const genrep_tensor *b, const char *spec,
                        double *value, double *error);

/* Sets value to the mean of n numbers and error to their standard deviation (1/n). */
void genrepi_comparison_average(genrepi_comparison *c, int64_t n, const double *values);

/* At least `least` samples in both sets, or an error that says why. */
int32_t genrepi_comparison_needs(const genrepi_comparison *c, int64_t least);

/* Pairs: `measure` gives each pair's number, on any thread, with `scratch` doubles to work in (b's
 * sample follows a's in `x`); value and error are their average and deviation. */
typedef double genrepi_measure(const genrepi_comparison *c, const void *options, double *x,
                               double *scratch);
int32_t genrepi_comparison_pairs(genrepi_comparison *c, const void *options, int64_t scratch,
                                 genrepi_measure *measure);

#define GENREPI_METRIC(symbol, text, describes, rows, type, ops)                                   \
    const genrepi_kind genrepi_kind_metric_##symbol = {.family = "metric",                         \
                                                       .name = text,                               \
                                                       .help = describes,                          \
                                                       .options = rows,                            \
                                                       .n_options = GENREPI_COUNT(rows),           \
                                                       .options_size = sizeof(type),               \
                                                       .implementation = &(ops)}

#endif
