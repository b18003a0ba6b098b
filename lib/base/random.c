/* Streams from purposes, names to numbers, and permutations without memory. */
#include <base/random.h>

/* The finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): a bijection of 64 bits. */
static uint64_t mix(uint64_t x) {
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

uint64_t genrepi_stream(uint64_t purpose, uint64_t a, uint64_t b) {
    return mix(mix(mix(purpose) + a) + b);
}

uint64_t genrepi_hash(const void *bytes, uint64_t size) {
    const unsigned char *p = bytes;
    uint64_t hash = 0xCBF29CE484222325u;
    for (uint64_t i = 0; i < size; i++) hash = (hash ^ p[i]) * 0x100000001B3u;
    return hash;
}

/* A Feistel network over the fewest bits that hold n - 1: each half in turn is changed by a
 * function of the other, so each round can be undone and the whole is a permutation of 0..2^bits-1.
 * What falls outside 0..n-1 goes through again (cycle walking; Black and Rogaway, CT-RSA 2002):
 * fewer than two passes on average. */
uint64_t genrepi_permute(uint64_t seed, uint64_t stream, uint64_t n, uint64_t i) {
    enum { ROUNDS = 8, LEAST_BITS = 8 };
    if (n <= 1) return 0;
    int bits = LEAST_BITS;
    while (bits < 64 && (n - 1) >> bits != 0) bits++;
    int low_bits = (bits + 1) / 2;
    uint64_t low_mask = (UINT64_C(1) << low_bits) - 1;
    uint64_t high_mask = (UINT64_C(1) << (bits - low_bits)) - 1;
    do {
        uint64_t low = i & low_mask, high = i >> low_bits;
        for (uint64_t round = 0; round < ROUNDS; round++) {
            uint32_t words[4];
            genrepi_philox(seed, stream, round << 32 | (round % 2 == 0 ? high : low), words);
            if (round % 2 == 0)
                low ^= words[0] & low_mask;
            else
                high ^= words[0] & high_mask;
        }
        i = high << low_bits | low;
    } while (i >= n);
    return i;
}
