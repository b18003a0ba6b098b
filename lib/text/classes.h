/* Classes of words: k-means on the sphere. */
#ifndef GENREPI_TEXT_CLASSES_H
#define GENREPI_TEXT_CLASSES_H

#include <base/spec.h>
#include <text/vectors.h>

enum { GENREPI_CLASSES_SPREAD, GENREPI_CLASSES_MODULO };
typedef struct genrepi_classes_options {
    int64_t classes, iterations;
    int32_t start; /* GENREPI_CLASSES_... */
} genrepi_classes_options;
extern const genrepi_kind genrepi_kind_vectors_classes;

/* classes: one number a word, 0 .. options->classes - 1; untouched on failure. */
int32_t genrepi_vectors_classes(const genrep_vectors *vectors,
                                const genrepi_classes_options *options, int32_t *classes);

#endif
