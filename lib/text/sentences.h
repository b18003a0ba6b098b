/* A text as sentences of word numbers, over and over for as many epochs as are asked for.  A
 * sentence ends at "</s>" or after `longest` words; words outside the vocabulary do not exist;
 * frequent ones are left out by chance before windows are formed, so that windows become wider
 * (mathematics 2.3).
 *
 * Its place is four numbers, always between sentences, and the random numbers of a sentence are a
 * stream of their own: whoever sets the place goes on from there with the same bits. */
#ifndef GENREPI_TEXT_SENTENCES_H
#define GENREPI_TEXT_SENTENCES_H

#include <text/sampler.h>
#include <text/tokens.h>

typedef struct genrepi_place {
    int64_t epoch, sentence; /* its number in the epoch */
    int64_t words;           /* of the vocabulary, read in this epoch */
    int64_t offset;          /* bytes of the text read in this epoch */
} genrepi_place;

/* Most words of a text are short and have been met just now: those are found by their bytes. */
#define GENREPI_RECENT 4096
typedef struct genrepi_recent_word {
    uint64_t bytes; /* 1 to 8 of them, none 0 */
    int64_t index;  /* -1: not in the vocabulary */
} genrepi_recent_word;

typedef struct genrepi_sentences {
    genrepi_tokens tokens;
    const genrep_vocab *vocab;      /* borrowed */
    const genrepi_sampler *sampler; /* borrowed */
    int64_t words_per_epoch;
    genrepi_place place;
    int32_t *words; /* the sentence */
    int32_t n, longest;
    genrepi_recent_word *recent; /* GENREPI_RECENT of them */
} genrepi_sentences;

/* Counts the words of the vocabulary in the text if `words_per_epoch` is -1. */
int32_t genrepi_sentences_open(genrep_dataset *dataset, const genrep_vocab *vocab,
                               const genrepi_sampler *sampler, int64_t words_per_epoch,
                               int32_t longest, genrepi_sentences *sentences);
/* Whether so many passes over so many words can be counted. */
int32_t genrepi_epochs_check(genrep_ctx *ctx, int64_t epochs, int64_t words);
void genrepi_sentences_close(genrepi_sentences *sentences); /* fine on {0} */

/* Reads the next sentence into words[0..n), n 0 or more; *consumed: words of the vocabulary it took
 * from the text.  *rng has served the leaving out and goes on to serve the sentence.  Fails with
 * GENREP_E_IO if the text is no longer what was counted. */
int32_t genrepi_sentences_next(genrepi_sentences *sentences, genrepi_rng *rng, int64_t *consumed);

#endif
