/* See features.h.  Feature matching (Salimans et al. 2016; layer by layer: Wang et al. 2018,
 * pix2pixHD; mathematics 2.12): the mean distance between what the discriminator's layers make of a
 * made and of a real sample, after each rectifier.  It compares contents instead of pixels. */
#include <gan/features.h>
#include <nn/composite.h>
#include <string.h>

typedef struct features {
    genrep_tensor *of[GENREPI_MOST_FEATURES];
    int32_t n;
} features;

static int is_rectifier(const genrep_layer *layer) {
    const char *name = layer->kind->name;
    return strcmp(name, "leaky_relu") == 0 || strcmp(name, "relu") == 0 ||
           strcmp(name, "prelu") == 0;
}

/* Applies a chain layer by layer; *x, a reference, goes along. */
static int32_t follow(const genrep_layer *layer, genrep_tape *tape, genrep_tensor **x,
                      features *found) {
    int32_t status = 0;
    if (layer->ops == &genrepi_chain_ops) {
        for (int32_t i = 0; i < layer->n_children && status == 0; i++)
            status = follow(layer->children[i], tape, x, found);
        return status;
    }
    genrep_tensor *y = NULL;
    status = genrepi_tape_freeze(tape, layer); /* what is applied is what must be frozen */
    if (status == 0) status = genrepi_layer_apply(layer, tape, x, 1, &y, 1);
    if (status != 0) return status;
    genrepi_tensor_unref(*x);
    *x = y;
    if (is_rectifier(layer) && found->n < GENREPI_MOST_FEATURES)
        found->of[found->n++] = genrepi_tensor_ref(y);
    return 0;
}

static int32_t features_of(const genrep_layer *network, genrep_tape *tape, genrep_tensor *x,
                           features *found) {
    genrep_tensor *along = genrepi_tensor_ref(x);
    int32_t status = follow(network, tape, &along, found);
    genrepi_tensor_unref(along);
    return status;
}

int32_t genrepi_features_match(const genrep_layer *network, genrep_tape *tape, genrep_tensor *made,
                               genrep_tensor *wanted, const genrep_layer *distance, double weight,
                               genrepi_terms *terms, double *value) {
    features of_made = {.n = 0}, of_wanted = {.n = 0};
    int32_t status = features_of(network, tape, made, &of_made);
    if (status == 0) status = features_of(network, tape, wanted, &of_wanted);
    *value = 0;
    for (int32_t i = 0; i < of_made.n && status == 0; i++) {
        genrep_tensor *in[2] = {of_made.of[i], of_wanted.of[i]};
        double one = 0;
        status = genrepi_terms_apply(terms, tape, distance, in, 2, weight, &one);
        *value += one;
    }
    for (int32_t i = 0; i < of_made.n; i++) genrepi_tensor_unref(of_made.of[i]);
    for (int32_t i = 0; i < of_wanted.n; i++) genrepi_tensor_unref(of_wanted.of[i]);
    return status;
}
