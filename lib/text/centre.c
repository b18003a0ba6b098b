/* Windows, noise and paths. */
#include <text/centre.h>
#include <string.h>

int32_t genrepi_centre_outputs(const genrepi_centre_rule *rule) {
    return rule->tree != NULL ? rule->tree->longest : 1 + rule->negative;
}

int32_t genrepi_centre_init(genrep_ctx *ctx, const genrepi_centre_rule *rule,
                            genrepi_centre *centre) {
    const int64_t outputs = genrepi_centre_outputs(rule);
    *centre = (genrepi_centre){0};
    centre->context = genrepi_alloc(ctx, 2 * rule->window, sizeof *centre->context);
    centre->output = genrepi_alloc(ctx, outputs, sizeof *centre->output);
    centre->label = genrepi_alloc(ctx, outputs, sizeof *centre->label);
    if (centre->context != NULL && centre->output != NULL && centre->label != NULL)
        return GENREP_OK;
    genrepi_centre_free(ctx, centre);
    return GENREP_E_NOMEM;
}

void genrepi_centre_free(genrep_ctx *ctx, genrepi_centre *centre) {
    genrepi_free(ctx, centre->context);
    genrepi_free(ctx, centre->output);
    genrepi_free(ctx, centre->label);
    *centre = (genrepi_centre){0};
}

static void set_context(genrepi_centre *centre, const genrepi_centre_rule *rule,
                        const int32_t *sentence, int32_t n, int32_t at, genrepi_rng *rng) {
    int64_t radius = rule->window;
    if (rule->dynamic) radius -= genrepi_rng_below(rng, (uint64_t)rule->window);
    const int64_t begin = at > radius ? at - radius : 0;
    int64_t end = at + radius < n ? at + radius + 1 : n;
    if (rule->context == GENREPI_CONTEXT_PREVIOUS) end = at;
    centre->n_context = 0;
    for (int64_t i = begin; i < end; i++) {
        if (i != at) centre->context[centre->n_context++] = sentence[i];
    }
    if (rule->context == GENREPI_CONTEXT_NEARBY && centre->n_context > 1) {
        centre->context[0] = centre->context[genrepi_rng_below(rng, (uint64_t)centre->n_context)];
        centre->n_context = 1;
    }
}

/* Down the tree the likelier side has bit 1; p(w) is the product of sigmoid(s) over nodes of bit 0
 * and sigmoid(-s) over those of bit 1 (mathematics 2.5), so a label is 1 - bit. */
static void set_path(genrepi_centre *centre, const genrepi_huffman *tree, int32_t word) {
    const int64_t begin = tree->begin[word];
    centre->n_output = (int32_t)(tree->begin[word + 1] - begin);
    for (int32_t j = 0; j < centre->n_output; j++) {
        centre->output[j] = tree->nodes[begin + j];
        centre->label[j] = (real)(1 - tree->bits[begin + j]);
    }
}

void genrepi_centre_set(genrepi_centre *centre, const genrepi_centre_rule *rule,
                        const genrepi_sampler *sampler, const int32_t *sentence, int32_t n,
                        int32_t at, genrepi_rng *rng) {
    set_context(centre, rule, sentence, n, at, rng);
    if (rule->tree != NULL) {
        set_path(centre, rule->tree, sentence[at]);
        return;
    }
    centre->output[0] = sentence[at];
    centre->n_output =
        1 + genrepi_sampler_noise(sampler, sentence[at], rule->negative, rng, centre->output + 1);
    centre->label[0] = 1;
    for (int32_t j = 1; j < centre->n_output; j++) centre->label[j] = 0;
}
