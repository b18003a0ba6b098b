/* Words whose input row is made of several rows: their own and those of their n-grams
 * (text/ngrams.h).  With G the rows of word w, as often as they are there, z_g their numbers:
 *   e_w = (1 / |G|) sum_g z_g,   dL/dz_g = (dL/de_w) / |G|.
 * fastText leaves out the second 1 / |G| (`classic`): a step of the rate times |G|.
 *
 * The words of some centres that come one after another are composed once, trained as one row each,
 * and what the row has moved by goes to its parts at the end.  A row x_w is kept with a number a_w
 * such that steps of x_w, as those of any input row, are the right ones:
 *   e_w = a_w x_w,   dL/dx_w = a_w dL/de_w,   and z_g moves by a_w times what x_w has moved by.
 * To be the same as moving the z_g at once, x_w has to be (1 / (a_w |G|)) sum_g z_g and a_w
 * 1 / sqrt(|G|), or 1 for `classic`. */
#ifndef GENREPI_TEXT_COMPOSED_H
#define GENREPI_TEXT_COMPOSED_H

#include <text/sgns.h>

/* Rows for the n-grams of a model, uniform in -1/2..1/2 over size by their bucket, so that which
 * other buckets are there does not matter.  The model takes over its own reference. */
int32_t genrepi_sgns_add_ngrams(genrepi_sgns *sgns, genrepi_ngrams *ngrams, int32_t classic);

/* Composed words: slot s holds word words[s]. */
typedef struct genrepi_composed {
    genrep_ctx *ctx;
    const genrepi_sgns *tables;
    genrepi_sgns view; /* the tables, with slots in place of words for inputs */
    genrep_tensor *start[GENREPI_MOST_PANELS]; /* what the rows were before they were trained */
    int32_t capacity, n;
    int32_t *words;
    real *scale; /* a of each slot */
} genrepi_composed;

/* How many slots `centres` centres of at most so many context words may fill, or fewer, so that the
 * rows stay in the cache: before each centre is added it is asked whether there is room. */
int64_t genrepi_composed_capacity(const genrepi_sgns *sgns, int64_t centres, int64_t contexts);
static inline int32_t genrepi_composed_has_room(const genrepi_composed *set, int64_t contexts) {
    return set->n + contexts <= set->capacity || set->capacity == set->tables->words;
}

int32_t genrepi_composed_init(const genrepi_sgns *sgns, int64_t capacity, genrepi_composed *set);
void genrepi_composed_free(genrepi_composed *set); /* fine on {0} */

/* Of each word of the vocabulary: that it has no slot (-1).  NULL if there is no memory. */
int32_t *genrepi_composed_slots(const genrepi_sgns *sgns);

/* Puts slots in place of the centre's context words, new ones for words that have none yet: there
 * must be room for them. */
void genrepi_composed_add(genrepi_composed *set, int32_t *slot_of, genrepi_centre *centre);
/* Forgets the slots again; the set still knows its words. */
void genrepi_composed_forget(const genrepi_composed *set, int32_t *slot_of);

/* Composes slots first..n-1, columns begin..end of all panels' columns, whole blocks of 16. */
void genrepi_composed_gather(genrepi_composed *set, int32_t first, int64_t begin, int64_t end);
/* Gives what all slots have moved by to their parts, in those columns. */
void genrepi_composed_scatter(genrepi_composed *set, int64_t begin, int64_t end);

/* Fetches the rows of a word that is composed soon. */
void genrepi_composed_prefetch(const genrepi_sgns *sgns, int32_t word, int64_t begin, int64_t end);

/* e_w, `size` numbers. */
void genrepi_composed_vector(const genrepi_sgns *sgns, int64_t word, float *to);

#endif
