/* Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as
 * 1, 2, 3", SC 2011).  A number is a pure function of (seed, stream, index), so threads, batches
 * and resuming never change it.  A stream is made from what it is for:
 * genrepi_stream(PURPOSE, a, b). */
#ifndef GENREPI_BASE_RANDOM_H
#define GENREPI_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* What a stream is for; never renumbered, since checkpoints and results depend on them. */
enum {
    GENREPI_FOR_INIT = 1,      /* parameters: hash of the path */
    GENREPI_FOR_USER = 2,      /* genrep_tensor_random(): the caller's stream */
    GENREPI_FOR_SHUFFLE = 3,   /* datasets: epoch */
    GENREPI_FOR_DROPOUT = 4,   /* tape step, position on the tape */
    GENREPI_FOR_LATENT = 5,    /* GAN noise: step, which draw */
    GENREPI_FOR_LABEL = 6,     /* GAN classes: step, which draw */
    GENREPI_FOR_TEXT = 7,      /* word2vec: epoch, block */
    GENREPI_FOR_SAMPLE = 8,    /* genrep_trainer_sample(): the caller's stream */
    GENREPI_FOR_CHECK = 9,     /* gradcheck */
    GENREPI_FOR_INSTANCE = 10, /* GAN instance noise: update, discriminator and batch */
    GENREPI_FOR_PENALTY = 11,  /* GAN penalties' points: update, discriminator */
    GENREPI_FOR_POOL = 12,     /* pools of made images: update, pool */
    GENREPI_FOR_IMAGES = 13,   /* images cut and mirrored: place, set */

    GENREPI_FOR_CLASSES = 20, /* k-means of words: the start */
    GENREPI_FOR_MAP = 21,     /* maps of points: the start */

    GENREPI_FOR_DENSITY = 30, /* genrep_density_sample(): the caller's stream */
    GENREPI_FOR_METRIC = 31   /* which subset, which set; directions */
};

uint64_t genrepi_stream(uint64_t purpose, uint64_t a, uint64_t b);
uint64_t genrepi_hash(const void *bytes, uint64_t size); /* FNV-1a, 64 bits, for names */

/* The four 32-bit words of one counter value. */
static inline void genrepi_philox(uint64_t seed, uint64_t stream, uint64_t index, uint32_t out[4]) {
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    uint32_t c0 = (uint32_t)index, c1 = (uint32_t)(index >> 32);
    uint32_t c2 = (uint32_t)stream, c3 = (uint32_t)(stream >> 32);
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;
        uint32_t n0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0, n2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1, c3 = (uint32_t)p0, c0 = n0, c2 = n2;
        k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
    }
    out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

/* Writes the words of GENREPI_RNG_COUNTERS counters from `index` on, as a kernel does. */
#define GENREPI_RNG_COUNTERS 16
typedef void (*genrepi_rng_fill)(uint64_t seed, uint64_t stream, uint64_t index, uint32_t *words);

/* A cursor over one stream, for serial use. */
typedef struct genrepi_rng {
    uint64_t seed, stream, next; /* next: index of the next word, counted in 32-bit words */
    uint64_t mask;               /* words made at once, less 1 */
    genrepi_rng_fill fill;       /* NULL: one counter at a time */
    uint32_t words[4 * GENREPI_RNG_COUNTERS];
} genrepi_rng;

static inline void genrepi_rng_refill(genrepi_rng *rng) {
    const uint64_t index = (rng->next & ~rng->mask) / 4;
    if (rng->fill != NULL)
        rng->fill(rng->seed, rng->stream, index, rng->words);
    else
        genrepi_philox(rng->seed, rng->stream, index, rng->words);
}
/* Sets a cursor on a word of a stream; `fill`, which may be NULL, only makes it faster. */
static inline void genrepi_rng_set(genrepi_rng *rng, genrepi_rng_fill fill, uint64_t seed,
                                   uint64_t stream, uint64_t word) {
    rng->seed = seed, rng->stream = stream, rng->next = word, rng->fill = fill;
    rng->mask = fill != NULL ? 4 * GENREPI_RNG_COUNTERS - 1 : 3;
    if ((word & rng->mask) != 0) genrepi_rng_refill(rng);
}
static inline genrepi_rng genrepi_rng_at(uint64_t seed, uint64_t stream, uint64_t word) {
    genrepi_rng rng;
    genrepi_rng_set(&rng, NULL, seed, stream, word);
    return rng;
}
static inline uint32_t genrepi_rng_u32(genrepi_rng *rng) {
    const uint64_t at = rng->next & rng->mask;
    if (at == 0) genrepi_rng_refill(rng);
    rng->next++;
    return rng->words[at];
}
static inline double genrepi_rng_uniform(genrepi_rng *rng) { /* [0, 1), 32 bits */
    return genrepi_rng_u32(rng) * (1.0 / 4294967296.0);
}
/* Uniform in 0..n-1, n in 1..2^32, without bias worth the name (n / 2^32). */
static inline uint32_t genrepi_rng_below(genrepi_rng *rng, uint64_t n) {
    return (uint32_t)((genrepi_rng_u32(rng) * n) >> 32);
}

/* Where element i goes in a random permutation of 0..n-1 (a Feistel network with cycle walking):
 * no memory, any element at once. */
uint64_t genrepi_permute(uint64_t seed, uint64_t stream, uint64_t n, uint64_t i);

#endif
