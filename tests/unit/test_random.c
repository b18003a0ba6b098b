/* Counter-based random numbers. */
#include <support.h>
#include <base/random.h>

#include <stdlib.h>
#include <string.h>

/* Known answers published with Random123 (kat_vectors, philox4x32 with 10 rounds). */
static void philox_gives_the_published_answers(void **unused) {
    (void)unused;
    static const struct {
        uint32_t counter[4], key[2], out[4];
    } cases[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const uint32_t *c = cases[i].counter, *k = cases[i].key;
        uint32_t out[4];
        genrepi_philox((uint64_t)k[1] << 32 | k[0], (uint64_t)c[3] << 32 | c[2],
                       (uint64_t)c[1] << 32 | c[0], out);
        assert_memory_equal(out, cases[i].out, sizeof out);
    }
}

static void a_cursor_may_start_at_any_word(void **unused) {
    (void)unused;
    genrepi_rng from_0 = genrepi_rng_at(5, 7, 0);
    for (uint64_t word = 0; word < 40; word++) {
        uint32_t expected = genrepi_rng_u32(&from_0), words[4];
        genrepi_rng here = genrepi_rng_at(5, 7, word);
        assert_int_equal(genrepi_rng_u32(&here), expected);
        genrepi_philox(5, 7, word / 4, words);
        assert_int_equal(words[word % 4], expected);
    }
}

/* Never to change: checkpoints and published results depend on these. */
static void streams_and_hashes_stay_what_they_are(void **unused) {
    (void)unused;
    assert_true(genrepi_hash("", 0) == 0xcbf29ce484222325u); /* FNV-1a's published test vectors */
    assert_true(genrepi_hash("a", 1) == 0xaf63dc4c8601ec8cu);
    assert_true(genrepi_hash("foobar", 6) == 0x85944171f73967e8u);
    assert_true(genrepi_stream(GENREPI_FOR_INIT, 0, 0) == 0xb18a02f46d8d86c3u);
    assert_true(genrepi_stream(GENREPI_FOR_SHUFFLE, 3, 1) == 0x2d2b8e4d3254ec8cu);
}

static int by_value(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void streams_of_small_numbers_differ(void **unused) {
    (void)unused;
    enum { PURPOSES = 16, EACH = 64 };
    static uint64_t all[PURPOSES * EACH * EACH];
    size_t n = 0;
    for (uint64_t p = 0; p < PURPOSES; p++)
        for (uint64_t a = 0; a < EACH; a++)
            for (uint64_t b = 0; b < EACH; b++) all[n++] = genrepi_stream(p, a, b);
    qsort(all, n, sizeof all[0], by_value);
    for (size_t i = 1; i < n; i++) assert_true(all[i] != all[i - 1]);
}

/* chi-square of `cells` equally likely cells; its mean is cells - 1, its deviation sqrt(2
 * (cells-1)). */
static double chi_square(const int64_t *counts, int64_t cells, double expected) {
    double sum = 0;
    for (int64_t i = 0; i < cells; i++)
        sum += ((double)counts[i] - expected) * ((double)counts[i] - expected) / expected;
    return sum;
}

static void numbers_below_n_are_even(void **unused) {
    (void)unused;
    int64_t counts[1000] = {0};
    genrepi_rng rng = genrepi_rng_at(1, 2, 0);
    for (int i = 0; i < 1000000; i++) {
        uint32_t x = genrepi_rng_below(&rng, 1000);
        assert_true(x < 1000);
        counts[x]++;
    }
    double chi = chi_square(counts, 1000, 1000);
    assert_true(chi > 999 - 5 * 44.7 && chi < 999 + 5 * 44.7);
    assert_true(genrepi_rng_below(&rng, 1) == 0);
    for (int i = 0; i < 1000; i++) {
        double u = genrepi_rng_uniform(&rng);
        assert_true(u >= 0 && u < 1);
    }
}

static void permutations_hold_each_number_once(void **unused) {
    (void)unused;
    static unsigned char seen[100003];
    for (uint64_t n = 1; n <= 100003; n = n < 70 ? n + 1 : n * 3 + 1) {
        if (n > 30000) n = 100003;
        for (uint64_t stream = 0; stream < 3; stream++) {
            memset(seen, 0, n);
            for (uint64_t i = 0; i < n; i++) {
                uint64_t p = genrepi_permute(9, stream, n, i);
                assert_true(p < n);
                assert_false(seen[p]);
                seen[p] = 1;
            }
        }
    }
    for (uint64_t i = 0; i < 1000; i++) /* large ones: only the range can be seen */
        assert_true(genrepi_permute(9, 1, UINT64_C(1) << 63 | 12345, i << 40) <=
                    (UINT64_C(1) << 63 | 12345));
}

/* Of 5 numbers each of the 120 orders comes equally often. */
static void permutations_are_even(void **unused) {
    (void)unused;
    static int64_t counts[3125], orders[120];
    for (uint64_t stream = 0; stream < 60000; stream++) {
        uint64_t code = 0;
        for (uint64_t i = 0; i < 5; i++) code = code * 5 + genrepi_permute(1, stream, 5, i);
        counts[code]++;
    }
    int n = 0;
    for (int i = 0; i < 3125; i++)
        if (counts[i] != 0) {
            assert_true(n < 120);
            orders[n++] = counts[i];
        }
    assert_int_equal(n, 120);
    double chi = chi_square(orders, 120, 500);
    assert_true(chi > 119 - 5 * 15.4 && chi < 119 + 5 * 15.4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_the_published_answers),
        cmocka_unit_test(a_cursor_may_start_at_any_word),
        cmocka_unit_test(streams_and_hashes_stay_what_they_are),
        cmocka_unit_test(streams_of_small_numbers_differ),
        cmocka_unit_test(numbers_below_n_are_even),
        cmocka_unit_test(permutations_hold_each_number_once),
        cmocka_unit_test(permutations_are_even),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
