/* Random numbers in bulk: element e is what base/random.h's words say, whatever the instruction
 * set, the split into calls and the first element; and they are distributed as they should be. */
#include "arrays.h"

#define N 300

static const uint64_t firsts[] = {
    0, 1, 2, 3, 4, 63, 64, 65, 1000003, UINT64_C(1) << 34, UINT64_MAX - 70};
static const uint64_t seed = 0x123456789abcdef0u, stream = 0xfedcba9876543210u;

/* The words of element e: its own, and those of its pair. */
static uint32_t word(uint64_t e) {
    uint32_t words[4];
    genrepi_philox(seed, stream, e / 4, words);
    return words[e % 4];
}

static double uniform_number(uint64_t e) {
    return (word(e) >> 8) / 16777216.0;
}

static double normal_number(uint64_t e) {
    const uint64_t pair = e & ~UINT64_C(1);
    const double u = (word(pair) + 0.5) / 4294967296.0, v = (word(pair + 1) >> 8) / 16777216.0;
    const double angle = 6.283185307179586 * v;
    return sqrt(-2 * log(u)) * (e % 2 == 0 ? cos(angle) : sin(angle));
}

static void elements_are_the_words_of_their_counters(void **state) {
    (void)state;
    const genrepi_kernels *k = reference();
    for (int f = 0; f < GENREPI_COUNT(firsts); f++) {
        real u[N], z[N], x[N], y[N];
        k->random_uniform(N, seed, stream, firsts[f], 0, 1, u);
        k->random_normal(N, seed, stream, firsts[f], 0, 1, z);
        k->fill(N, 3, x);
        k->dropout(N, seed, stream, firsts[f], (real)0.25, x, y);
        for (int i = 0; i < N; i++) {
            const uint64_t e = firsts[f] + (uint64_t)i; /* goes round at 2^64 */
            assert_true((double)u[i] == uniform_number(e));
            assert_true(fabs((double)z[i] - normal_number(e)) < 2e-6);
            if (uniform_number(e) < 0.25)
                assert_true(y[i] == 0);
            else
                assert_true(fabs((double)y[i] - 4) < 1e-6);
        }
    }
}

typedef void fill_function(const genrepi_kernels *k, int64_t n, uint64_t first, real *y);
static void uniforms(const genrepi_kernels *k, int64_t n, uint64_t first, real *y) {
    k->random_uniform(n, seed, stream, first, -2, (real)0.7, y);
}
static void normals(const genrepi_kernels *k, int64_t n, uint64_t first, real *y) {
    k->random_normal(n, seed, stream, first, (real)0.3, (real)1.7, y);
}
static void dropouts(const genrepi_kernels *k, int64_t n, uint64_t first, real *y) {
    for (int64_t i = 0; i < n; i++) y[i] = (real)(first + (uint64_t)i);
    k->dropout(n, seed, stream, first, (real)0.5, y, y);
}

static void splits_and_instruction_sets_do_not_show(void **state) {
    (void)state;
    fill_function *const fills[] = {uniforms, normals, dropouts};
    const genrepi_kernels *columns[3] = {reference()};
    const int n_columns = 1 + other_columns(columns + 1);
    genrepi_rng rng = genrepi_rng_at(21, 1, 0);
    for (int which = 0; which < GENREPI_COUNT(fills); which++)
        for (int f = 0; f < GENREPI_COUNT(firsts); f++) {
            real whole[N];
            fills[which](reference(), N, firsts[f], whole);
            for (int c = 0; c < n_columns; c++)
                for (int times = 0; times < 20; times++) {
                    real parts[N + 1];
                    parts[N] = 77;
                    for (int64_t at = 0; at < N;) {
                        int64_t n = genrepi_rng_below(&rng, times < 10 ? 6 : 100);
                        if (n > N - at) n = N - at;
                        fills[which](columns[c], n, firsts[f] + (uint64_t)at, parts + at);
                        at += n;
                    }
                    assert_memory_equal(parts, whole, sizeof whole);
                    assert_true(parts[N] == 77);
                }
        }
}

#define MANY 400000

static int ascending(const void *a, const void *b) {
    const real x = *(const real *)a, y = *(const real *)b;
    return (x > y) - (x < y);
}

/* Kolmogorov and Smirnov's largest distance from the distribution; above 1.95 / sqrt(n) once in a
 * thousand seeds.  Sorts y. */
static double distance(real *y, double (*distribution)(double)) {
    qsort(y, MANY, sizeof *y, ascending);
    double worst = 0;
    for (int i = 0; i < MANY; i++) {
        const double f = distribution((double)y[i]);
        worst = fmax(worst, fmax(fabs(f - (double)i / MANY), fabs(f - (i + 1.0) / MANY)));
    }
    return worst * sqrt(MANY);
}

static double uniform_distribution(double x) {
    return x;
}
static double normal_distribution(double x) {
    return erfc(-x / sqrt(2.0)) / 2;
}

static void uniform_numbers_are_uniform(void **state) {
    (void)state;
    real *y = malloc(MANY * sizeof *y);
    assert_non_null(y);
    const genrepi_kernels *k = genrepi_kernels_select(GENREPI_ISA_AUTO);
    k->random_uniform(MANY, 1, 2, 5, 0, 1, y);
    double sum = 0, products = 0;
    for (int i = 0; i < MANY; i++) {
        assert_true(y[i] >= 0 && y[i] < 1);
        sum += (double)y[i] - 0.5;
        if (i > 0) products += ((double)y[i] - 0.5) * ((double)y[i - 1] - 0.5);
    }
    assert_true(fabs(sum / MANY) < 4 * sqrt(1 / 12. / MANY));
    assert_true(fabs(products / MANY) < 4 / 12. / sqrt(MANY));
    assert_true(distance(y, uniform_distribution) < 1.95);
    free(y);
}

static void normal_numbers_are_normal(void **state) {
    (void)state;
    real *y = malloc(MANY * sizeof *y);
    assert_non_null(y);
    const genrepi_kernels *k = genrepi_kernels_select(GENREPI_ISA_AUTO);
    k->random_normal(MANY, 1, 3, 7, 0, 1, y);
    double moment[5] = {0}, pairs = 0;
    for (int i = 0; i < MANY; i++) {
        const double z = (double)y[i];
        for (int power = 1; power < 5; power++) moment[power] += pow(z, power) / MANY;
        if (i > 0) pairs += z * (double)y[i - 1] / MANY;
    }
    const double one = 4 / sqrt(MANY); /* four standard deviations; variances 1, 2, 15, 96 */
    assert_true(fabs(moment[1]) < one);
    assert_true(fabs(moment[2] - 1) < one * sqrt(2));
    assert_true(fabs(moment[3]) < one * sqrt(15));
    assert_true(fabs(moment[4] - 3) < one * sqrt(96));
    assert_true(fabs(pairs) < one);
    assert_true(distance(y, normal_distribution) < 1.95);
    assert_true((double)y[0] < -4 && (double)y[MANY - 1] > 4); /* the tails are there */
    free(y);
}

static void dropout_keeps_its_share_and_the_mean(void **state) {
    (void)state;
    real *y = malloc(MANY * sizeof *y);
    assert_non_null(y);
    const genrepi_kernels *k = genrepi_kernels_select(GENREPI_ISA_AUTO);
    k->fill(MANY, 1, y);
    k->dropout(MANY, 4, 5, 6, (real)0.3, y, y);
    int kept = 0;
    for (int i = 0; i < MANY; i++) kept += y[i] != 0;
    assert_true(fabs(kept - 0.7 * MANY) < 4 * sqrt(0.21 * MANY));
    k->fill(MANY, 1, y);
    k->dropout(MANY, 4, 5, 6, 0, y, y);
    for (int i = 0; i < MANY; i++) assert_true(y[i] == 1);
    free(y);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_are_the_words_of_their_counters),
        cmocka_unit_test(splits_and_instruction_sets_do_not_show),
        cmocka_unit_test(uniform_numbers_are_uniform),
        cmocka_unit_test(normal_numbers_are_normal),
        cmocka_unit_test(dropout_keeps_its_share_and_the_mean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
