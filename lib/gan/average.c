/* See average.h. */
#include <gan/average.h>
#include <string.h>

int32_t genrepi_average_check(genrep_trainer *t, int32_t average, int32_t source, double decay) {
    const genrep_layer *layer = t->layers[average], *of = t->layers[source];
    const char *name = t->ops->parts[average];
    if (layer == NULL) return 0;
    if (decay <= 0) {
        return genrepi_fail(t->ctx, GENREP_E_INVALID, "%s: there is none with ema=0", name);
    }
    if (strcmp(layer->spec, of->spec) == 0) return 0;
    return genrepi_fail(t->ctx, GENREP_E_INVALID, "%s: its spec must be the %s's, '%s'", name,
                        t->ops->parts[source], of->spec);
}

int32_t genrepi_average_make(genrep_trainer *t, int32_t average, int32_t source, double decay) {
    if (decay <= 0 || t->layers[average] != NULL) return 0;
    return genrepi_layer_copy(t->layers[source], &t->layers[average]);
}

int32_t genrepi_average_move(genrep_trainer *t, int32_t average, int32_t source, double decay) {
    if (decay <= 0) return 0;
    const double early = (1 + (double)t->done) / (10 + (double)t->done);
    return genrepi_layer_blend(t->layers[average], t->layers[source],
                               early < decay ? early : decay);
}
