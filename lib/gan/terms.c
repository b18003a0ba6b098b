/* See terms.h. */
#include <gan/terms.h>
#include <nn/tape.h>

int32_t genrepi_terms_apply(genrepi_terms *terms, genrep_tape *tape, const genrep_layer *loss,
                            genrep_tensor *const *in, int32_t n_in, double weight, double *value) {
    genrep_tensor **term = &terms->term[terms->n];
    int32_t status = genrepi_layer_apply(loss, tape, in, n_in, term, 1);
    if (status != 0) return status;
    terms->weight[terms->n++] = weight;
    if (value != NULL) *value = (double)genrepi_real_read(*term)[0];
    return 0;
}

int32_t genrepi_terms_backward(const genrepi_terms *terms, genrep_tape *tape) {
    static const genrepi_shape one = {.rank = 0};
    genrep_tensor *cotangent[GENREPI_MAX_TERMS] = {NULL};
    int32_t made = 0, status = 0;
    for (; made < terms->n; made++) {
        status = genrepi_tape_tensor(tape, GENREPI_REAL, &one, &cotangent[made]);
        if (status != 0) break;
        genrepi_real(cotangent[made])[0] = (real)terms->weight[made];
    }
    if (status == 0) status = genrepi_tape_backward_from(tape, made, terms->term, cotangent);
    for (int32_t i = 0; i < made; i++) genrepi_tensor_unref(cotangent[i]);
    return status;
}

int32_t genrepi_terms_update(const genrepi_terms *terms, genrep_tape *tape,
                             genrep_optimizer *optimizer, genrep_trainer *trainer, int32_t norm) {
    int32_t status = genrepi_terms_backward(terms, tape);
    if (status == 0) status = genrepi_trainer_update(trainer, optimizer);
    if (status == 0) trainer->values[norm] = optimizer->norm;
    return status;
}

void genrepi_terms_free(genrepi_terms *terms) {
    for (int32_t i = 0; i < terms->n; i++) genrepi_tensor_unref(terms->term[i]);
    terms->n = 0;
}
