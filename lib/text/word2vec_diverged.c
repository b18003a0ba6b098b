/* What is said when word2vec diverges: which row is not finite first. */
#include <text/word2vec.h>

/* The first row of a table that is not finite, or -1. */
static int64_t find(const genrepi_sgns *sgns, genrep_tensor *const *table) {
    int64_t first = -1;
    for (int32_t p = 0; p < sgns->panels && table[p] != NULL; p++) {
        const int64_t columns = sgns->panel[p + 1] - sgns->panel[p],
                      rows = table[p]->count / columns;
        for (int64_t i = 0; i < rows && (first < 0 || i < first); i++)
            if (!sgns->ctx->kernels->finite(columns, genrepi_sgns_row(sgns, table, p, i)))
                first = i;
    }
    return first;
}

int32_t genrepi_word2vec_diverged(genrep_trainer *trainer) {
    const genrepi_word2vec *own = trainer->instance;
    const genrepi_sgns *sgns = &own->sgns;
    const int64_t input = find(sgns, sgns->input), output = find(sgns, sgns->output),
                  gram = find(sgns, sgns->grams);
    static const char advice[] = "a lower alpha= may help";
    size_t bytes;
    if (input >= 0)
        return genrepi_fail(trainer->ctx, GENREP_E_DIVERGED,
                            "loss is not finite, nor is the vector of '%.100s'; %s",
                            genrepi_words_get(&own->vocab->words, input, &bytes), advice);
    if (output >= 0 && own->rule.tree == NULL)
        return genrepi_fail(trainer->ctx, GENREP_E_DIVERGED,
                            "loss is not finite, nor is the output vector of '%.100s'; %s",
                            genrepi_words_get(&own->vocab->words, output, &bytes), advice);
    return genrepi_fail(trainer->ctx, GENREP_E_DIVERGED, "loss is not finite%s; %s",
                        output >= 0 ? ", nor is a node of the tree"
                        : gram >= 0 ? ", nor is the vector of an n-gram"
                                    : "",
                        advice);
}
