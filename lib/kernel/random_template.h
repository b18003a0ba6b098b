/* Random numbers in bulk (see kernel.h and base/random.h).  Element e of a stream is made from word
 * e % 4 of Philox counter e / 4, whatever call asks for it; a normal number uses both words of its
 * pair e & ~1.  The double build draws the same numbers.  Included by kernel_template.h. */

#define COUNTERS GENREPI_RNG_COUNTERS
#define BLOCK (4 * COUNTERS)

/* The words of 16 counters: words[w][c].  The same rounds as genrepi_philox(), a lane a counter:
 * each word in the low half of a 64-bit lane, because processors multiply 32 by 32 bits there. What
 * is left in the high halves is never looked at. */
static inline void philox_block(uint64_t seed, uint64_t stream, uint64_t counter,
                                uint32_t words[4][COUNTERS]) {
    for (int at = 0; at < COUNTERS; at += WIDE_LANES) {
        uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
        wide w0, w1, w2 = (wide){0} + (uint32_t)stream, w3 = (wide){0} + (stream >> 32);
        for (int c = 0; c < WIDE_LANES; c++) {
            uint64_t index = (counter + (uint64_t)(at + c)) & (UINT64_MAX >> 2);
            w0[c] = index, w1[c] = index >> 32;
        }
        for (int round = 0; round < 10; round++) {
            wide p0 = wide_product(w0, (wide){0} + 0xD2511F53u);
            wide p1 = wide_product(w2, (wide){0} + 0xCD9E8D57u);
            w0 = (p1 >> 32) ^ w1 ^ k0, w2 = (p0 >> 32) ^ w3 ^ k1;
            w1 = p1, w3 = p0;
            k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
        }
        for (int c = 0; c < WIDE_LANES; c++) {
            words[0][at + c] = (uint32_t)w0[c], words[1][at + c] = (uint32_t)w1[c];
            words[2][at + c] = (uint32_t)w2[c], words[3][at + c] = (uint32_t)w3[c];
        }
    }
}

/* The upper 24 bits of a word in [0, 1): exact in float. */
static inline real unit(uint32_t word) {
    return (real)(int32_t)(word >> 8) * (real)(1.0 / 16777216.0);
}

/* (word + 1/2) / 2^32 in (0, 1], rounded once. */
static inline real unit_open(uint32_t word) {
    real high = (real)(int32_t)(word >> 16), low = (real)(int32_t)(word & 0xffffu);
    return (high * 65536 + (low + (real)0.5)) * (real)(1.0 / 4294967296.0);
}

static void uniform_block(uint64_t seed, uint64_t stream, uint64_t counter, real *y) {
    uint32_t words[4][COUNTERS];
    philox_block(seed, stream, counter, words);
    for (int c = 0; c < COUNTERS; c++) {
        y[4 * c + 0] = unit(words[0][c]), y[4 * c + 1] = unit(words[1][c]);
        y[4 * c + 2] = unit(words[2][c]), y[4 * c + 3] = unit(words[3][c]);
    }
}

/* Box and Muller (1958): from each pair of words u, v the two elements of the pair are
 * sqrt(-2 log u) cos(2 pi v) and sqrt(-2 log u) sin(2 pi v). */
static void normal_block(uint64_t seed, uint64_t stream, uint64_t counter, real *y) {
    uint32_t words[4][COUNTERS];
    philox_block(seed, stream, counter, words);
    for (int pair = 0; pair < 4; pair += 2) {
        for (int c = 0; c < COUNTERS; c++) {
            real radius = genrepi_sqrt(-2 * genrepi_log(unit_open(words[pair][c])));
            real cosine, sine;
            genrepi_turn(unit(words[pair + 1][c]), &cosine, &sine);
            y[4 * c + pair] = radius * cosine, y[4 * c + pair + 1] = radius * sine;
        }
    }
}

/* Calls take(block + offset, at, count) for the blocks that hold elements first .. first + n - 1.
 */
#define OVER_BLOCKS(make, take)                                                                    \
    do {                                                                                           \
        uint64_t counter_ = first / 4;                                                             \
        int64_t offset_ = (int64_t)(first % 4);                                                    \
        for (int64_t at = 0; at < n; counter_ += COUNTERS, offset_ = 0) {                          \
            real block_[BLOCK];                                                                    \
            make(seed, stream, counter_, block_);                                                  \
            const int64_t count = n - at < BLOCK - offset_ ? n - at : BLOCK - offset_;             \
            const real *block = block_ + offset_;                                                  \
            GENREPI_EACH(i, count) take;                                                           \
            at += count;                                                                           \
        }                                                                                          \
    } while (0)

static void k_random_uniform(int64_t n, uint64_t seed, uint64_t stream, uint64_t first, real low,
                             real high, real *y) {
    const real width = high - low;
    OVER_BLOCKS(uniform_block, y[at + i] = low + width * block[i]);
}

static void k_random_normal(int64_t n, uint64_t seed, uint64_t stream, uint64_t first, real mean,
                            real std, real *y) {
    OVER_BLOCKS(normal_block, y[at + i] = mean + std * block[i]);
}

static void k_dropout(int64_t n, uint64_t seed, uint64_t stream, uint64_t first, real p,
                      const real *x, real *y) {
    const real scale = 1 / (1 - p);
    OVER_BLOCKS(uniform_block, y[at + i] = genrepi_choose(block[i] >= p, scale * x[at + i], 0));
}

static void k_random_words(uint64_t seed, uint64_t stream, uint64_t index, uint32_t *to) {
    uint32_t words[4][COUNTERS];
    philox_block(seed, stream, index, words);
    for (int c = 0; c < COUNTERS; c++)
        for (int w = 0; w < 4; w++) to[4 * c + w] = words[w][c];
}

#undef COUNTERS
#undef BLOCK
#undef OVER_BLOCKS
