/* See inputs.h. */
#include "inputs.h"

#include <base/random.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <tensor/tensor.h>

#define SEED 7

/* Box and Muller 1958, with nothing of the library but its counter. */
static real normal(genrepi_rng *rng) {
    double radius = sqrt(-2 * log(1 - genrepi_rng_uniform(rng)));
    return (real)(float)(radius * cos(6.283185307179586 * genrepi_rng_uniform(rng)));
}

void case_normal(genrep_tensor *tensor, double std, uint64_t stream) {
    genrepi_rng rng = genrepi_rng_at(SEED, stream, 0);
    real *to = genrepi_real(tensor);
    for (int64_t i = 0; i < tensor->count; i++) to[i] = (real)(float)(std * (double)normal(&rng));
}

genrep_tensor *case_input(genrep_ctx *ctx, const char *text, uint64_t stream) {
    genrepi_shape shape = {0, {0}};
    const char *at = text;
    while (*at >= '0' && *at <= '9') {
        char *end;
        shape.size[shape.rank++] = strtoll(at, &end, 10);
        at = *end == 'x' ? end + 1 : end;
    }
    while (*at == ' ') at++;
    int classes = strncmp(at, "below ", 6) == 0;
    genrep_tensor *t = NULL;
    assert_ok(ctx, genrepi_tensor_new(ctx, classes ? GENREP_I32 : GENREPI_REAL, &shape, 1, &t));
    genrepi_rng rng = genrepi_rng_at(SEED, stream, 0);
    if (classes) {
        int32_t *to = t->data, n = atoi(at + 6);
        for (int64_t i = 0; i < t->count; i++)
            to[i] = (int32_t)genrepi_rng_below(&rng, (uint64_t)n);
    } else if (strcmp(at, "signs") == 0) {
        real *to = genrepi_real(t);
        for (int64_t i = 0; i < t->count; i++) to[i] = genrepi_rng_below(&rng, 2) == 0 ? -1 : 1;
    } else if (strcmp(at, "unit") == 0) {
        real *to = genrepi_real(t);
        for (int64_t i = 0; i < t->count; i++) to[i] = (real)(float)genrepi_rng_uniform(&rng);
    } else {
        assert_string_equal(at, "");
        case_normal(t, 1, stream);
    }
    return t;
}
