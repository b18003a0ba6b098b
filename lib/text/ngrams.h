/* Character n-grams of words, fastText's subwords (Bojanowski et al. 2017; mathematics 2.6): a word
 * is written "<word>", and its n-grams are all runs of `shortest` to `longest` characters of that
 * (UTF-8 code points), except single ones at an edge.  An n-gram stands in the bucket
 * FNV-1a32(n-gram) mod `buckets`, which other n-grams may share.  Only buckets that a word of the
 * vocabulary has get a row: the others would never be trained. */
#ifndef GENREPI_TEXT_NGRAMS_H
#define GENREPI_TEXT_NGRAMS_H

#include <stdatomic.h>
#include <text/words.h>

typedef struct genrepi_ngrams {
    genrep_ctx *ctx;
    atomic_int refs;
    int64_t shortest, longest, buckets;
    int64_t rows;    /* buckets that have one, in their order */
    uint64_t *used;  /* a bit for each bucket */
    int32_t *before; /* rows before each 64 buckets */
    int64_t *starts; /* of a word's rows in the list */
    int32_t *list;   /* a row is there as often as the word has n-grams in its bucket */
} genrepi_ngrams;

/* The n-grams of all words but number 0, "</s>", which has none. */
int32_t genrepi_ngrams_new(const genrepi_words *words, int64_t shortest, int64_t longest,
                           int64_t buckets, genrepi_ngrams **out);
genrepi_ngrams *genrepi_ngrams_ref(genrepi_ngrams *ngrams);
void genrepi_ngrams_unref(genrepi_ngrams *ngrams); /* NULL is fine */

/* The rows of a word of the vocabulary; gives their number. */
static inline int64_t genrepi_ngrams_of(const genrepi_ngrams *ngrams, int64_t word,
                                        const int32_t **rows) {
    *rows = ngrams->list + ngrams->starts[word];
    return ngrams->starts[word + 1] - ngrams->starts[word];
}

/* The row of a bucket, or -1. */
int32_t genrepi_ngrams_row(const genrepi_ngrams *ngrams, int64_t bucket);

/* The hashes of the n-grams of any word, in the order of fastText: by their first character, then
 * by length.  Gives their number; hashes may be NULL. */
int64_t genrepi_ngrams_hash(const char *word, size_t bytes, int64_t shortest, int64_t longest,
                            uint32_t *hashes);

/* fastText's FNV-1a of 32 bits: a byte of 0x80 or more counts as a negative number, whose upper 24
 * bits are ones.  Start from GENREPI_FNV32. */
#define GENREPI_FNV32 2166136261u
static inline uint32_t genrepi_fnv32(uint32_t hash, char byte) {
    const uint32_t low = (unsigned char)byte;
    return (hash ^ (low | (low >= 0x80 ? 0xFFFFFF00u : 0))) * 16777619u;
}

#endif
