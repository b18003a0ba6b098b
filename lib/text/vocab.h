/* The vocabulary: words, most frequent first, with their counts. */
#ifndef GENREPI_TEXT_VOCAB_H
#define GENREPI_TEXT_VOCAB_H

#include <base/spec.h>
#include <data/dataset.h>
#include <genrep/text.h>
#include <tensor/state.h>
#include <text/words.h>

struct genrep_vocab {
    genrep_ctx *ctx;
    atomic_int refs;
    genrepi_words words; /* number 0 is "</s>"; the others by falling count, then by bytes */
    int64_t *counts;
    int64_t total;
    int64_t missed;  /* a count is at most so much too low */
    int64_t invalid; /* bytes of the text that are not UTF-8 */
};

typedef struct genrepi_vocab_options {
    int64_t min_count;
    int64_t max_size;    /* 0: no limit */
    int64_t max_entries; /* words in memory while counting; 0: all */
} genrepi_vocab_options;

extern const genrepi_kind genrepi_kind_vocab;

int32_t genrepi_vocab_build(genrep_dataset *dataset, const genrepi_vocab_options *options,
                            genrep_vocab **out);
int32_t genrepi_vocab_load(genrep_ctx *ctx, const char *path, const genrepi_vocab_options *options,
                           genrep_vocab **out);
int32_t genrepi_vocab_read(genrep_ctx *ctx, genrepi_reader *reader,
                           const genrepi_vocab_options *options, genrep_vocab **out);
/* An old vocabulary's words, and those of the text that occur min_count times in it; the counts of
 * both are added. */
int32_t genrepi_vocab_grow(const genrep_vocab *old, genrep_dataset *dataset,
                           const genrepi_vocab_options *options, genrep_vocab **out);
int32_t genrepi_vocab_save(const genrep_vocab *vocab, const char *path);
genrep_vocab *genrepi_vocab_ref(genrep_vocab *vocab);
void genrepi_vocab_unref(genrep_vocab *vocab);

/* A hash of all words and counts: what a checkpoint holds a trainer to. */
uint64_t genrepi_vocab_hash(const genrep_vocab *vocab);
/* That it is the same text: its words, their counts, and how many were found. */
int32_t genrepi_vocab_visit(const genrep_vocab *vocab, int64_t words, genrepi_state *state);

/* While one is made: words in any order with their counts ... */
typedef struct genrepi_tally {
    genrepi_words words;
    int64_t *counts;
    int64_t *before;  /* of each word: what of it may have been forgotten before it came */
    int64_t capacity; /* of counts, and of before, which is NULL until words are forgotten */
    int64_t missed;   /* a count is at most so much too low */
    int64_t invalid;  /* bytes that are not UTF-8 */
} genrepi_tally;
int32_t genrepi_tally_start(genrep_ctx *ctx, genrepi_tally *tally); /* with "</s>" */
/* Adds to a word's count; *index is its number. */
int32_t genrepi_tally_count(genrepi_tally *tally, const char *word, size_t bytes, int64_t count,
                            int64_t *index);
int32_t genrepi_tally_add(genrepi_tally *tally, const char *word, size_t bytes, int64_t count,
                          int32_t *added);
void genrepi_tally_free(genrepi_tally *tally);
/* Forgets the rarer half of the n words but "</s>"; numbers change.
 *
 * A word has c, counted since it came, and b, which may have been forgotten before: its true count
 * is in c .. c + b.  Those of c + b <= T go, T being the median, and then `missed` = T is the b of
 * all that come.  Bound (Misra and Gries 1982; Anderson et al. 2017; b is the offset of Manku and
 * Motwani 2002): let x = c + b - missed, which is 1 for a word that comes.  The x sum to at most
 * the N words counted; a prune that raises `missed` by D takes D from each of the n / 2 words or
 * more that have at least it.  So missed <= 2 N / n. */
int32_t genrepi_tally_prune(genrepi_tally *tally);
/* ... then chosen and sorted. */
int32_t genrepi_vocab_sort(const genrepi_tally *tally, const genrepi_vocab_options *options,
                           genrep_vocab **out);

#endif
