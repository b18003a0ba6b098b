/* Comparisons of sets: against NumPy, against closed forms, and refusals. */
#include <support.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static support_memory memory;
static genrep_ctx *ctx;

static genrep_tensor *tensor(int32_t dtype, int32_t rank, const int64_t *shape) {
    genrep_tensor *t;
    assert_ok(ctx, genrep_tensor_new(ctx, dtype, rank, shape, &t));
    return t;
}

/* Numbers that NumPy makes too. */
static genrep_tensor *waves(int32_t dtype, int64_t n, int64_t d, double start, double scale,
                            double shift) {
    genrep_tensor *t = tensor(dtype, 2, (int64_t[]){n, d});
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < d; j++) {
            const double at =
                start + 0.7 * (double)i + 1.3 * (double)j + 0.11 * (double)(i * j * j);
            const double x = shift + scale * sin(at);
            if (dtype == GENREP_F64)
                ((double *)genrep_tensor_data(t))[i * d + j] = x;
            else
                ((float *)genrep_tensor_data(t))[i * d + j] = (float)x;
        }
    return t;
}

static genrep_tensor *normal(int64_t n, int64_t d, uint64_t stream) {
    genrep_tensor *t = tensor(GENREP_F32, 2, (int64_t[]){n, d});
    assert_ok(ctx, genrep_tensor_random(t, "normal", stream));
    return t;
}

static double of(genrep_tensor *a, genrep_tensor *b, const char *spec) {
    double value = -99;
    assert_ok(ctx, genrep_compare(a, b, spec, &value, NULL));
    return value;
}

static void frechet(void **state) {
    (void)state;
    static const struct {
        int64_t n, m, d;
        double expected;
    } cases[] = {{12, 9, 3, 0.595687068830939},
                 {4, 5, 6, 4.310246282000984},
                 {12, 5, 6, 2.9638866001816933}, /* factors of either kind */
                 {9, 9, 1, 0.20574036633448545}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        genrep_tensor *a = waves(GENREP_F64, cases[i].n, cases[i].d, 1, 1, 0);
        genrep_tensor *b = waves(GENREP_F64, cases[i].m, cases[i].d, 2, 1.5, 0.25);
        assert_close(of(a, b, "frechet"), cases[i].expected, 1e-12);
        assert_close(of(b, a, "frechet"), cases[i].expected, 1e-12);
        assert_true(of(a, a, "frechet") < 1e-13 && of(b, b, "frechet") < 1e-13);
        genrep_tensor_unref(b);
        genrep_tensor_unref(a);
    }
    /* Of numbers: (m_1 - m_2)^2 + (s_1 - s_2)^2. */
    genrep_tensor *a = tensor(GENREP_I32, 1, (int64_t[]){3}), *b = normal(3, 1, 1);
    memcpy(genrep_tensor_data(a), (int32_t[]){1, 2, 3}, 12);
    memcpy(genrep_tensor_data(b), (float[]){0, 4, 8}, 12);
    assert_close(of(a, b, "frechet"), 4 + 9, 1e-15);
    /* Scaled and moved, all dimensions alike: d (shift^2 + (scale - 1)^2 variance). */
    genrep_tensor *x = normal(700, 300, 1), *y = normal(700, 300, 1);
    double squares = 0, sums[300] = {0};
    float *from = genrep_tensor_data(x), *to = genrep_tensor_data(y);
    for (int i = 0; i < 700 * 300; i++) sums[i % 300] += (double)from[i] / 700;
    for (int i = 0; i < 700 * 300; i++) {
        squares += pow((double)from[i] - sums[i % 300], 2) / 699;
        to[i] = 2 * from[i];
    }
    double moved = 0;
    for (int j = 0; j < 300; j++) moved += sums[j] * sums[j];
    assert_close(of(x, y, "frechet"), moved + squares, 1e-12);
    genrep_tensor_unref(y);
    genrep_tensor_unref(x);
    genrep_tensor_unref(b);
    genrep_tensor_unref(a);
}

static void kid(void **state) {
    (void)state;
    static const double expected[] = {-0.10995135152282742, -0.2554053111811996,
                                      -0.515309461198191};
    genrep_tensor *a = waves(GENREP_F64, 9, 4, 1, 1, 0), *b = waves(GENREP_F64, 9, 4, 2, 1.5, 0.25);
    for (int degree = 1; degree <= 3; degree++) {
        char spec[64];
        double value, error;
        snprintf(spec, sizeof spec, "kid subsets=4 degree=%d", degree);
        assert_ok(ctx, genrep_compare(a, b, spec, &value, &error));
        assert_close(value, expected[degree - 1], 1e-6);
        assert_true(error < 1e-6); /* each subset is all of it */
    }
    genrep_tensor_unref(b);
    genrep_tensor_unref(a);
    /* Without bias: of one distribution 0 on average, to the deviation of the mean. */
    genrep_tensor *x = normal(4000, 8, 1), *y = normal(4000, 8, 2), *z = normal(4000, 8, 3);
    float *data = genrep_tensor_data(z);
    for (int i = 0; i < 4000 * 8; i++) data[i] += 0.3f;
    double value, error, far;
    assert_ok(ctx, genrep_compare(x, y, "kid subsets=100 size=200", &value, &error));
    assert_true(error > 0.002 && error < 0.2);
    assert_true(fabs(value) < 3 * error / 10 + 0.01);
    assert_ok(ctx, genrep_compare(x, z, "kid subsets=100 size=200", &far, NULL));
    assert_true(far > 0.08);
    /* Where a subset of one set is all of it, those of the other still differ. */
    genrep_tensor *few = normal(50, 8, 4);
    assert_ok(ctx, genrep_compare(x, few, "kid subsets=5", &value, &error));
    assert_true(error > 1e-3);
    assert_ok(ctx, genrep_compare(few, x, "kid subsets=5", &value, &error));
    assert_true(error > 1e-3);
    genrep_tensor_unref(few);
    genrep_tensor_unref(z);
    genrep_tensor_unref(y);
    genrep_tensor_unref(x);
}

static void balls(void **state) {
    (void)state;
    genrep_tensor *a = waves(GENREP_F32, 40, 3, 1, 1, 0);
    genrep_tensor *b = waves(GENREP_F32, 30, 3, 2, 1.2, 0.1);
    assert_close(of(a, b, "precision k=1"), 0.7333333333333333, 1e-15);
    assert_close(of(a, b, "recall k=1"), 0.875, 1e-15);
    assert_close(of(a, b, "density k=1"), 1.0333333333333334, 1e-15);
    assert_close(of(a, b, "coverage k=1"), 0.525, 1e-15);
    assert_close(of(a, b, "density k=3"), 1.0333333333333334, 1e-15);
    assert_close(of(b, a, "precision k=1"), of(a, b, "recall k=1"), 1e-15);
    static const char *const kinds[] = {"precision", "recall", "coverage", "precision k=1"};
    for (int i = 0; i < 4; i++) assert_true(of(a, a, kinds[i]) == 1);
    genrep_tensor_unref(b);
    genrep_tensor_unref(a);
    /* Five of each are equal: a radius of 0 holds equal ones only. */
    genrep_tensor *x = tensor(GENREP_F32, 2, (int64_t[]){400, 2});
    genrep_tensor *y = tensor(GENREP_F32, 2, (int64_t[]){400, 2});
    float *real = genrep_tensor_data(x), *made = genrep_tensor_data(y);
    for (int i = 0; i < 800; i++) {
        real[i] = 5e4f + (float)(i / 2 / 5);
        made[i] = real[i] + (i >= 400 && i % 2 == 0 ? 0.25f : 0);
    }
    assert_close(of(x, y, "precision k=4"), 0.5, 1e-15);
    assert_close(of(x, y, "coverage k=4"), 0.5, 1e-15);
    assert_close(of(x, y, "density k=4"), 5.0 / 4 / 2, 1e-15);
    assert_close(of(x, y, "precision k=5"), 1, 1e-15);
    /* Two places so far apart that products do not tell what is near: real ones 3 apart on a line,
     * a made one 1 behind each: in two balls, but for the last. */
    for (int i = 0; i < 400; i++) {
        real[2 * i] = made[2 * i] = i < 200 ? -70013.3f : 69987.7f;
        real[2 * i + 1] = 3 * (float)(i % 200);
        made[2 * i + 1] = real[2 * i + 1] + 1;
    }
    assert_close(of(x, y, "density k=1"), 2.0 * 399 / 400, 1e-15);
    assert_close(of(x, y, "precision k=1"), 1, 1e-15);
    genrep_tensor_unref(y);
    genrep_tensor_unref(x);
}

static void classifier_scores(void **state) {
    (void)state;
    genrep_tensor *a = waves(GENREP_F64, 10, 4, 1, 3, 0);
    double value, error;
    assert_ok(ctx, genrep_compare(a, NULL, "classifier_score splits=3", &value, &error));
    assert_close(value, 1.4879364711017988, 1e-14);
    assert_close(error, 0.071946575667787, 1e-13);
    assert_close(of(a, NULL, "classifier_score splits=1"), 2.0916685933254526, 1e-14);
    /* Sure of each class in turn: as many as there are; never sure: 1. */
    genrep_tensor *sure = tensor(GENREP_F32, 2, (int64_t[]){12, 4});
    assert_close(of(sure, NULL, "classifier_score splits=4"), 1, 1e-15);
    for (int i = 0; i < 12; i++) ((float *)genrep_tensor_data(sure))[4 * i + i % 4] = 5000;
    assert_close(of(sure, NULL, "classifier_score splits=3"), 4, 1e-14);
    assert_close(of(sure, NULL, "classifier_score splits=12"), 1, 1e-14);
    genrep_tensor_unref(sure);
    genrep_tensor_unref(a);
}

static void threads_do_not_count(void **state) {
    (void)state;
    static const char *const specs[] = {
        "frechet", "kid subsets=5 size=100",      "precision", "recall", "density", "coverage",
        "l1",      "sliced_wasserstein patches=3"};
    double values[2][8][2];
    for (int t = 0; t < 2; t++) {
        genrep_ctx *other = support_ctx(t == 0 ? "threads=1 seed=4" : "threads=3 seed=4");
        genrep_tensor *x[2];
        for (int i = 0; i < 2; i++) {
            assert_ok(other,
                      genrep_tensor_new(other, GENREP_F32, 3, (int64_t[]){400, 10, 13}, &x[i]));
            assert_ok(other, genrep_tensor_random(x[i], "normal", (uint64_t)i));
        }
        for (int s = 0; s < 8; s++)
            assert_ok(other,
                      genrep_compare(x[0], x[1], specs[s], &values[t][s][0], &values[t][s][1]));
        genrep_tensor_unref(x[1]);
        genrep_tensor_unref(x[0]);
        genrep_ctx_unref(other);
    }
    assert_memory_equal(values[0], values[1], sizeof values[0]);
}

static void refusals(void **state) {
    (void)state;
    genrep_tensor *a = normal(6, 3, 1), *b = normal(6, 4, 1), *one = normal(1, 3, 1);
    genrep_tensor *odd = normal(6, 3, 2), *empty = normal(0, 3, 2);
    double value = 99, error = 99;
    static const char *const sets[] = {"frechet",    "kid",         "precision k=1",
                                       "recall k=1", "density k=1", "coverage k=1"};
#define REFUSED(x, y, spec, code, text)                                                            \
    assert_error(ctx, genrep_compare(x, y, spec, &value, &error), code, text)
    ((float *)genrep_tensor_data(odd))[7] = (float)NAN;
    for (int i = 0; i < 6; i++) {
        REFUSED(a, NULL, sets[i], GENREP_E_INVALID, "b is NULL: it compares two tensors");
        REFUSED(a, b, sets[i], GENREP_E_INVALID, "a is 6x3 and b is 6x4");
        REFUSED(a, one, sets[i], GENREP_E_INVALID, "at least 2 samples in each set, got 6 and 1");
        REFUSED(a, odd, sets[i], GENREP_E_INVALID, "finite");
        REFUSED(odd, a, sets[i], GENREP_E_INVALID, "finite");
        REFUSED(empty, a, sets[i], GENREP_E_INVALID, "0x3 holds no numbers");
        REFUSED(a, empty, sets[i], GENREP_E_INVALID, "b holds no numbers");
    }
    REFUSED(a, a, "precision k=6", GENREP_E_INVALID, "at least 7 samples");
    REFUSED(a, a, "precision k=0", GENREP_E_RANGE, "k=0");
    REFUSED(a, a, "kid degree=0", GENREP_E_RANGE, "degree=0");
    REFUSED(a, a, "fretchet", GENREP_E_INVALID, "did you mean 'frechet'?");
    REFUSED(a, a, "frechet k=3", GENREP_E_INVALID, "it has none");
    REFUSED(a, a, "", GENREP_E_INVALID, "empty");
    REFUSED(a, a, "classifier_score", GENREP_E_INVALID, "b must be NULL");
    REFUSED(a, NULL, "classifier_score", GENREP_E_INVALID, "splits=10 needs as many samples");
    REFUSED(odd, NULL, "classifier_score splits=1", GENREP_E_INVALID, "finite");
    assert_true(value == 99 && error == 99);
    genrep_tensor_unref(empty);
    genrep_tensor_unref(odd);
    genrep_tensor_unref(one);
    genrep_tensor_unref(b);
    genrep_tensor_unref(a);
}

static int setup(void **state) {
    (void)state;
    memory = (support_memory){0};
    genrep_allocator allocator = support_allocator(&memory);
    return genrep_ctx_new("threads=2 seed=3", &allocator, &ctx);
}

static int teardown(void **state) {
    (void)state;
    genrep_ctx_unref(ctx);
    assert_int_equal(memory.blocks, 0);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(frechet, setup, teardown),
        cmocka_unit_test_setup_teardown(kid, setup, teardown),
        cmocka_unit_test_setup_teardown(balls, setup, teardown),
        cmocka_unit_test_setup_teardown(classifier_scores, setup, teardown),
        cmocka_unit_test_setup_teardown(threads_do_not_count, setup, teardown),
        cmocka_unit_test_setup_teardown(refusals, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
