/* Finding words whatever their case.  As in word2vec.c's compute-accuracy, the letters A to Z are
 * folded and no others, and of words that become the same the first, most frequent one is meant. */
#include <text/lookup.h>
#include <string.h>
#include <text/tokens.h>

static void fold(const char *word, size_t bytes, char *to) {
    for (size_t i = 0; i < bytes; i++) {
        char c = word[i];
        to[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
}

int32_t genrepi_lookup_init(const genrep_vectors *vectors, int64_t restriction, int32_t keep,
                            genrepi_lookup *lookup) {
    genrep_ctx *ctx = vectors->ctx;
    int64_t n = vectors->words.count;
    if (restriction > 0 && restriction < n) n = restriction;
    *lookup =
        (genrepi_lookup){.vectors = vectors, .words = n, .keep = keep, .folded = {.ctx = ctx}};
    if (keep == GENREPI_CASE_KEEP) return GENREP_OK;
    lookup->rows = genrepi_alloc(ctx, n, sizeof *lookup->rows);
    char *copy = genrepi_alloc_raw(ctx, GENREPI_WORD_BYTES, 1);
    int32_t status = lookup->rows == NULL || copy == NULL ? GENREP_E_NOMEM : GENREP_OK;
    for (int64_t i = 0; i < n && status == GENREP_OK; i++) {
        size_t bytes;
        const char *word = genrepi_words_get(&vectors->words, i, &bytes);
        int64_t index;
        int32_t added;
        if (bytes > GENREPI_WORD_BYTES) continue; /* no question asks for it */
        fold(word, bytes, copy);
        status = genrepi_words_add(&lookup->folded, copy, bytes, &index, &added);
        if (status == GENREP_OK && added) lookup->rows[index] = (int32_t)i;
    }
    genrepi_free(ctx, copy);
    if (status != GENREP_OK) genrepi_lookup_free(lookup);
    return status;
}

void genrepi_lookup_free(genrepi_lookup *lookup) {
    if (lookup->vectors == NULL) return;
    genrepi_free(lookup->vectors->ctx, lookup->rows);
    genrepi_words_free(&lookup->folded);
    *lookup = (genrepi_lookup){0};
}

int64_t genrepi_lookup_find(const genrepi_lookup *lookup, const char *word, size_t bytes) {
    if (bytes > GENREPI_WORD_BYTES) return -1;
    if (lookup->keep == GENREPI_CASE_KEEP) {
        int64_t row = genrepi_words_find(&lookup->vectors->words, word, bytes);
        return row < lookup->words ? row : -1;
    }
    char copy[GENREPI_WORD_BYTES];
    fold(word, bytes, copy);
    int64_t index = genrepi_words_find(&lookup->folded, copy, bytes);
    return index < 0 ? -1 : lookup->rows[index];
}

int genrepi_lookup_same(const genrepi_lookup *lookup, int64_t a, int64_t b) {
    if (a == b || lookup->keep == GENREPI_CASE_KEEP) return a == b;
    size_t bytes;
    const char *word = genrepi_words_get(&lookup->vectors->words, a, &bytes);
    int64_t row = genrepi_lookup_find(lookup, word, bytes);
    word = genrepi_words_get(&lookup->vectors->words, b, &bytes);
    return row >= 0 && row == genrepi_lookup_find(lookup, word, bytes);
}
