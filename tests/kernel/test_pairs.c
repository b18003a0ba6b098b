/* What word2vec asks of the kernels beside products of rows: losses with their steps, and random
 * words in bulk. */
#include "arrays.h"

enum { MOST = 3000, ROOM = MOST + 32 };

typedef struct pairs {
    real x[ROOM], t[ROOM], dx[ROOM], first[ROOM];
} pairs;

/* Against libm, and the same bits in every column; what is behind the n numbers does not count. */
static void losses_and_steps_are_those_of_the_formula(void **state) {
    (void)state;
    static const int64_t sizes[] = {0, 1, 15, 16, 17, 36, 112, 1919, 1920, 1921, MOST};
    static pairs p;
    genrepi_rng rng = genrepi_rng_at(1, 5, 0);
    const genrepi_kernels *columns[3] = {reference()};
    const int n_columns = 1 + other_columns(columns + 1);
    for (int s = 0; s < GENREPI_COUNT(sizes); s++) {
        const int64_t n = sizes[s];
        double expected = 0, totals[3];
        for (int64_t i = 0; i < ROOM; i++) {
            p.x[i] = i < n ? 8 * normal_value(&rng) : (real)NAN;
            p.t[i] = (real)(genrepi_rng_below(&rng, 2));
            const double x = (double)p.x[i];
            if (i < n) expected += fmax(x, 0) - (double)p.t[i] * x + log1p(exp(-fabs(x)));
        }
        for (int c = 0; c < n_columns; c++) {
            genrepi_bce_tally tally = {0};
            columns[c]->bce_total(&tally);
            columns[c]->bce_steps(n, (real)-0.25, p.x, p.t, p.dx, &tally);
            columns[c]->bce_steps(n, (real)-0.25, p.x, p.t, p.dx, &tally);
            totals[c] = columns[c]->bce_total(&tally);
            assert_true(fabs(totals[c] - 2 * expected) <=
                        (1 + 2 * expected) * 20 * (double)GENREPI_REAL_EPSILON);
            assert_true(columns[c]->bce_total(&tally) == 0);
            for (int64_t i = 0; i < n; i++) {
                const double sigmoid = 1 / (1 + exp(-(double)p.x[i]));
                assert_true(fabs((double)p.dx[i] + 0.25 * (sigmoid - (double)p.t[i])) <
                            4 * (double)GENREPI_REAL_EPSILON);
                if (c == 0) p.first[i] = p.dx[i];
                assert_true(same(p.dx[i], p.first[i]));
            }
            assert_true(totals[c] == totals[0]);
        }
    }
}

/* A score that is not a number is seen in the sum. */
static void what_is_not_finite_shows(void **state) {
    (void)state;
    static const real bad[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < GENREPI_COUNT(bad); i++) {
        real x[16] = {0}, t[16] = {0}, dx[16];
        genrepi_bce_tally tally = {0};
        reference()->bce_total(&tally);
        x[3] = bad[i];
        t[3] = i == 2; /* an endless loss, or none */
        reference()->bce_steps(16, 1, x, t, dx, &tally);
        assert_false(isfinite(reference()->bce_total(&tally)));
    }
}

static void words_in_bulk_are_those_of_the_counters(void **state) {
    (void)state;
    static const uint64_t starts[] = {0, 1, 3, 4, 63, 64, 65, UINT64_C(0xFFFFFFFF0)};
    const genrepi_kernels *columns[3] = {reference()};
    const int n_columns = 1 + other_columns(columns + 1);
    for (int c = 0; c < n_columns; c++) {
        uint32_t words[4 * GENREPI_RNG_COUNTERS], one[4];
        columns[c]->random_words(7, UINT64_C(0x123456789ABCDEF), 1000, words);
        for (uint64_t i = 0; i < GENREPI_RNG_COUNTERS; i++) {
            genrepi_philox(7, UINT64_C(0x123456789ABCDEF), 1000 + i, one);
            assert_memory_equal(one, words + 4 * i, sizeof one);
        }
        for (int s = 0; s < GENREPI_COUNT(starts); s++) {
            genrepi_rng plain = genrepi_rng_at(3, 9, starts[s]), bulk;
            genrepi_rng_set(&bulk, columns[c]->random_words, 3, 9, starts[s]);
            for (int i = 0; i < 200; i++)
                assert_int_equal(genrepi_rng_u32(&bulk), genrepi_rng_u32(&plain));
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_and_steps_are_those_of_the_formula),
        cmocka_unit_test(what_is_not_finite_shows),
        cmocka_unit_test(words_in_bulk_are_those_of_the_counters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
