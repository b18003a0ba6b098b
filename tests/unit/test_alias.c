/* Alias tables. */
#include <support.h>
#include <base/alias.h>

#include <math.h>
#include <stdlib.h>

/* The probability that a table gives each number, worked out from the table itself. */
static void probabilities(const genrepi_alias *alias, double *p) {
    for (int64_t i = 0; i < alias->n; i++) p[i] = 0;
    for (int64_t i = 0; i < alias->n; i++) {
        double keep = alias->cells[i].threshold / 4294967296.0;
        assert_true(alias->cells[i].other < alias->n);
        p[i] += keep / (double)alias->n;
        p[alias->cells[i].other] += (1 - keep) / (double)alias->n;
    }
}

static void check_table(genrep_ctx *ctx, int64_t n, const double *weights) {
    genrepi_alias alias;
    double *p = malloc((size_t)n * sizeof *p), total = 0;
    assert_ok(ctx, genrepi_alias_init(ctx, n, weights, &alias));
    for (int64_t i = 0; i < n; i++) total += weights[i];
    probabilities(&alias, p);
    for (int64_t i = 0; i < n; i++) {
        /* A cell's threshold has 32 bits; a number may be in every cell. */
        assert_true(fabs(p[i] - weights[i] / total) <= 3e-10);
        if (weights[i] == 0) assert_true(p[i] == 0);
    }
    genrepi_alias_free(ctx, &alias);
    free(p);
}

static void tables_hold_the_weights(void **unused) {
    (void)unused;
    genrep_ctx *ctx = support_ctx(NULL);
    static double weights[5000];
    check_table(ctx, 1, (const double[]){1e-300});
    check_table(ctx, 2, (const double[]){0, 3});
    check_table(ctx, 4, (const double[]){1, 1, 1, 1});
    check_table(ctx, 5, (const double[]){1e300, 0, 1e-300, 1e300, 5});
    for (int i = 0; i < 5000; i++) weights[i] = pow(1.0 / (i + 1), 0.75); /* words by Zipf's law */
    check_table(ctx, 5000, weights);
    for (int i = 0; i < 5000; i++) weights[i] = i % 7 == 0 ? 0 : 1.0 / 3;
    check_table(ctx, 5000, weights);
    genrep_ctx_unref(ctx);
}

static void draws_follow_the_weights(void **unused) {
    (void)unused;
    enum { N = 100, DRAWS = 1000000 };
    genrep_ctx *ctx = support_ctx(NULL);
    double weights[N], total = 0, chi = 0;
    int64_t counts[N] = {0};
    for (int i = 0; i < N; i++) total += weights[i] = i == 50 ? 0 : pow(i + 1.0, -0.75);
    genrepi_alias alias;
    assert_ok(ctx, genrepi_alias_init(ctx, N, weights, &alias));
    genrepi_rng rng = genrepi_rng_at(3, 1, 0);
    for (int i = 0; i < DRAWS; i++) counts[genrepi_alias_draw(&alias, &rng)]++;
    assert_int_equal(counts[50], 0);
    for (int i = 0; i < N; i++) {
        double expected = DRAWS * weights[i] / total;
        if (i != 50)
            chi += ((double)counts[i] - expected) * ((double)counts[i] - expected) / expected;
    }
    assert_true(chi > 98 - 5 * 14 && chi < 98 + 5 * 14);
    genrepi_alias_free(ctx, &alias);
    genrep_ctx_unref(ctx);
}

static void bad_weights_are_refused(void **unused) {
    (void)unused;
    genrep_ctx *ctx = support_ctx(NULL);
    genrepi_alias alias = {.n = 77};
    const double bad[] = {1, -1, (double)NAN, HUGE_VAL, 1e308, 1e308};
    assert_error(ctx, genrepi_alias_init(ctx, 0, bad, &alias), GENREP_E_INVALID, "0 weights");
    assert_error(ctx, genrepi_alias_init(ctx, INT64_C(1) << 32, bad, &alias), GENREP_E_INVALID,
                 "4294967296 weights");
    assert_error(ctx, genrepi_alias_init(ctx, 2, bad, &alias), GENREP_E_INVALID,
                 "weight 1 of a distribution is -1");
    assert_error(ctx, genrepi_alias_init(ctx, 1, bad + 2, &alias), GENREP_E_INVALID, "is nan");
    assert_error(ctx, genrepi_alias_init(ctx, 1, bad + 3, &alias), GENREP_E_INVALID, "is inf");
    assert_error(ctx, genrepi_alias_init(ctx, 2, bad + 4, &alias), GENREP_E_INVALID, "infinity");
    assert_error(ctx, genrepi_alias_init(ctx, 2, (const double[]){0, 0}, &alias), GENREP_E_INVALID,
                 "add up to 0");
    assert_int_equal(alias.n, 77);
    genrep_ctx_unref(ctx);
}

static void without_memory_nothing_leaks(void **unused) {
    (void)unused;
    support_memory memory = {0};
    genrep_allocator allocator = support_allocator(&memory);
    genrep_ctx *ctx = NULL;
    assert_int_equal(genrep_ctx_new(NULL, &allocator, &ctx), 0);
    int64_t blocks = memory.blocks;
    genrepi_alias alias = {.n = 77};
    for (int n = 1; n <= 3; n++) {
        memory.fail_at = memory.allocations + n;
        assert_error(ctx, genrepi_alias_init(ctx, 2, (const double[]){1, 2}, &alias),
                     GENREP_E_NOMEM, "out of memory");
        assert_int_equal(memory.blocks, blocks);
        assert_int_equal(alias.n, 77);
    }
    genrep_ctx_unref(ctx);
    assert_int_equal(memory.blocks, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_hold_the_weights),
        cmocka_unit_test(draws_follow_the_weights),
        cmocka_unit_test(bad_weights_are_refused),
        cmocka_unit_test(without_memory_nothing_leaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
