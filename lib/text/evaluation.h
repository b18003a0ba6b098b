/* The evaluation of word vectors by sets of questions (mathematics 2.8): what comes out, and the
 * two kinds of sets. */
#ifndef GENREPI_TEXT_EVALUATION_H
#define GENREPI_TEXT_EVALUATION_H

#include <base/spec.h>
#include <data/dataset.h>
#include <genrep/evaluation.h>
#include <text/lookup.h>
#include <text/scan.h>

typedef struct genrepi_evaluation_row {
    char *name; /* owned */
    int64_t right, asked, seen;
    double score;
} genrepi_evaluation_row;

struct genrep_evaluation {
    genrep_ctx *ctx;
    atomic_int refs;
    genrepi_evaluation_row *rows;
    int64_t n_rows, capacity;
    int64_t words; /* that took part */
};

int32_t genrepi_evaluation_new(genrep_ctx *ctx, int64_t words, genrep_evaluation **out);
int32_t genrepi_evaluation_add(genrep_evaluation *evaluation, const char *name, size_t bytes);
genrep_evaluation *genrepi_evaluation_ref(genrep_evaluation *evaluation);
void genrepi_evaluation_unref(genrep_evaluation *evaluation);
int64_t genrepi_evaluation_find(const genrep_evaluation *evaluation, const char *name);

#define GENREPI_SET_LINE_BYTES 4096 /* the longest line of a set */

/* Takes the next line, without the blanks around it; a byte order mark before the first is dropped.
 * *line is NULL at the end. */
int32_t genrepi_set_line(genrepi_scan *scan, int64_t *number, const char **line, size_t *bytes);
int32_t genrepi_set_open(genrep_dataset *dataset, genrepi_scan *scan);

typedef struct genrepi_similarities_options {
    int64_t restriction; /* "restrict" */
    int32_t keep;        /* "case" */
} genrepi_similarities_options;
extern const genrepi_kind genrepi_kind_vectors_similarities;

int32_t genrepi_vectors_similarities(const genrep_vectors *vectors, genrep_dataset *pairs,
                                     const genrepi_similarities_options *options,
                                     genrep_evaluation **out);

typedef struct genrepi_questions_options {
    int64_t restriction; /* "restrict" */
    int32_t keep;        /* "case" */
    int32_t method;      /* GENREPI_ANALOGY_... */
} genrepi_questions_options;
extern const genrepi_kind genrepi_kind_vectors_analogies;

int32_t genrepi_vectors_analogies(const genrep_vectors *vectors, genrep_dataset *questions,
                                  const genrepi_questions_options *options,
                                  genrep_evaluation **out);

/* Pearson's correlation of the ranks of x and y, equal values having their average rank; not a
 * number where it is not defined.  0 or GENREP_E_NOMEM. */
int32_t genrepi_spearman(genrep_ctx *ctx, int64_t n, const double *x, const double *y,
                         double *correlation);

#endif
