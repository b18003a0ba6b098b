/* A vocabulary that grows with a new text. */
#include <text/vocab.h>

static int32_t add_all(const genrep_vocab *from, const genrep_vocab *known, int64_t min_count,
                       genrepi_tally *tally) {
    for (int64_t i = 0; i < from->words.count; i++) {
        size_t bytes;
        int32_t added;
        const char *word = genrepi_words_get(&from->words, i, &bytes);
        if (from->counts[i] < min_count && genrepi_words_find(&known->words, word, bytes) < 0)
            continue;
        int32_t status = genrepi_tally_add(tally, word, bytes, from->counts[i], &added);
        if (status != GENREP_OK) return status;
    }
    return GENREP_OK;
}

int32_t genrepi_vocab_grow(const genrep_vocab *old, genrep_dataset *dataset,
                           const genrepi_vocab_options *options, genrep_vocab **out) {
    const genrepi_vocab_options chosen = {.min_count = 1, .max_entries = options->max_entries};
    genrep_vocab *fresh;
    int32_t status = genrepi_vocab_build(dataset, &chosen, &fresh);
    if (status != GENREP_OK) return status;
    genrepi_tally tally;
    status = genrepi_tally_start(dataset->ctx, &tally);
    if (status == GENREP_OK) status = add_all(old, old, 0, &tally);
    if (status == GENREP_OK) status = add_all(fresh, old, options->min_count, &tally);
    if (status == GENREP_OK)
        status = genrepi_vocab_sort(&tally, &(genrepi_vocab_options){.max_size = options->max_size},
                                    out);
    genrepi_tally_free(&tally);
    genrepi_vocab_unref(fresh);
    return status;
}
