/* See average.h. */
#include <gan/average.h>

int32_t genrepi_average_move(genrep_trainer *t, int32_t average, int32_t source, double decay) {
    if (decay <= 0) return 0;
    const double early = (1 + (double)t->done) / (10 + (double)t->done);
    return genrepi_layer_blend(t->layers[average], t->layers[source],
                               early < decay ? early : decay);
}
