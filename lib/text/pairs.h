/* Pairs of word numbers and how often they were seen: a hash table with open addressing, which may
 * be bounded. */
#ifndef GENREPI_TEXT_PAIRS_H
#define GENREPI_TEXT_PAIRS_H

#include <base/ctx.h>

typedef struct genrepi_pair {
    uint64_t key; /* the first number in the upper half, the second in the lower; 0: free */
    uint32_t count, before; /* c and b of genrepi_tally_prune(); they stop at 2^32 - 1 */
} genrepi_pair;

typedef struct genrepi_pairs {
    genrep_ctx *ctx;
    genrepi_pair *slots;
    int64_t n_slots, count;
    int64_t most;   /* pairs at a time; 0: no bound */
    int64_t missed; /* a count is at most so much too low */
} genrepi_pairs;

/* Starts from {.ctx = ctx, .most = ...}. */
void genrepi_pairs_free(genrepi_pairs *pairs);
/* Adds to the count of (a, b), not both 0.  Where that would be more than `most` pairs, the rarer
 * half is forgotten first, as genrepi_tally_prune() does: missed <= 2 N / most. */
int32_t genrepi_pairs_add(genrepi_pairs *pairs, int64_t a, int64_t b, int64_t count);
int64_t genrepi_pairs_count(const genrepi_pairs *pairs, int64_t a, int64_t b);

/* The value that would stand at place k if the n values were sorted; leaves them in another order.
 */
int64_t genrepi_select(int64_t *values, int64_t n, int64_t k);

#endif
