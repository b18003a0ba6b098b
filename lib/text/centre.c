/* Windows. */
#include <text/centre.h>

int32_t genrepi_centre_init(genrep_ctx *ctx, const genrepi_centre_rule *rule,
                            genrepi_centre *centre) {
    *centre = (genrepi_centre){0};
    centre->context = genrepi_alloc(ctx, 2 * rule->window, sizeof *centre->context);
    if (centre->context == NULL) return GENREP_E_NOMEM;
    centre->noise = genrepi_alloc(ctx, rule->negative, sizeof *centre->noise);
    return centre->noise == NULL ? GENREP_E_NOMEM : GENREP_OK;
}

void genrepi_centre_free(genrep_ctx *ctx, genrepi_centre *centre) {
    genrepi_free(ctx, centre->context);
    genrepi_free(ctx, centre->noise);
    *centre = (genrepi_centre){0};
}

void genrepi_centre_set(genrepi_centre *centre, const genrepi_centre_rule *rule,
                        const genrepi_sampler *sampler, const int32_t *sentence, int32_t n,
                        int32_t at, genrepi_rng *rng) {
    int64_t radius = rule->window;
    if (rule->dynamic) radius -= genrepi_rng_below(rng, (uint64_t)rule->window);
    int64_t begin = at > radius ? at - radius : 0;
    int64_t end = at + radius < n ? at + radius + 1 : n;
    centre->target = sentence[at];
    centre->n_context = 0;
    for (int64_t i = begin; i < end; i++) {
        if (i != at) centre->context[centre->n_context++] = sentence[i];
    }
    centre->n_noise =
        genrepi_sampler_noise(sampler, centre->target, rule->negative, rng, centre->noise);
}
