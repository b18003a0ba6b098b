/* A loss that is a weighted sum of terms on one tape. */
#ifndef GENREPI_GAN_TERMS_H
#define GENREPI_GAN_TERMS_H

#include <nn/tape.h>

#define GENREPI_MAX_TERMS 16

typedef struct genrepi_terms {
    int32_t n;
    genrep_tensor *term[GENREPI_MAX_TERMS]; /* one number each; references */
    double weight[GENREPI_MAX_TERMS];
} genrepi_terms;

/* Applies a loss layer to its inputs; its number becomes a term, and *value if that is not NULL. */
int32_t genrepi_terms_apply(genrepi_terms *terms, genrep_tape *tape, const genrep_layer *loss,
                            genrep_tensor *const *in, int32_t n_in, double weight, double *value);
/* Goes back from the weighted sum. */
int32_t genrepi_terms_backward(const genrepi_terms *terms, genrep_tape *tape);
double genrepi_terms_sum(const genrepi_terms *terms);
void genrepi_terms_free(genrepi_terms *terms); /* it is empty then */

#endif
