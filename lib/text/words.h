/* Words and their numbers: text in one block, found through a hash table with open addressing. */
#ifndef GENREPI_TEXT_WORDS_H
#define GENREPI_TEXT_WORDS_H

#include <base/ctx.h>

typedef struct genrepi_words {
    genrep_ctx *ctx;
    char *text; /* all words, each ended by 0 */
    size_t used, room;
    size_t *starts; /* of word i; starts[count] is used */
    int64_t count, capacity;
    uint64_t *slots; /* upper half: hash; lower half: number + 1; 0: free */
    int64_t n_slots; /* a power of two, at least 2 count */
} genrepi_words;

/* Starts from {.ctx = ctx}; with ctx NULL everything is borrowed, and freeing does nothing. */
void genrepi_words_free(genrepi_words *words);

static inline const char *genrepi_words_get(const genrepi_words *words, int64_t i, size_t *bytes) {
    *bytes = words->starts[i + 1] - words->starts[i] - 1;
    return words->text + words->starts[i];
}
static inline const char *genrepi_words_text(const genrepi_words *words, int64_t i) {
    return words->text + words->starts[i];
}
int64_t genrepi_words_find(const genrepi_words *words, const char *word, size_t bytes); /* or -1 */

/* Finds a word or adds it; *index is words->count - 1 after adding.  The word may hold any byte. */
int32_t genrepi_words_add(genrepi_words *words, const char *word, size_t bytes, int64_t *index,
                          int32_t *added);

/* Leaves the words i with kept[i] != 0, in their order, with new numbers. */
void genrepi_words_keep(genrepi_words *words, const uint8_t *kept);

/* *copy gets memory of its own; it is {0} after a failure. */
int32_t genrepi_words_copy(genrep_ctx *ctx, const genrepi_words *words, genrepi_words *copy);

#endif
