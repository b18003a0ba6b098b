/* How exact exp, tanh, sigmoid and the losses are, against libm in long double, over all arguments
 * (every 1000th float, or as many doubles), with the bounds that kernel.h and the note promise. */
#include "arrays.h"

typedef void kernel_map(int64_t n, const real *x, real *y);

/* The distance in units in the last place of the right value; denormal results count in the
 * smallest denormal. */
static double ulps(real found, long double want) {
#ifdef GENREPI_DOUBLE
    const int digits = 53, lowest = -1074;
#else
    const int digits = 24, lowest = -149;
#endif
    int exponent = 0;
    frexpl(want, &exponent);
    const int unit = exponent - digits > lowest ? exponent - digits : lowest;
    return (double)(fabsl((long double)found - want) / ldexpl(1, unit));
}

/* Calls the kernel on arguments spread over all bit patterns from 0 to +-high. */
static double worst_ulps(kernel_map *kernel, long double (*right)(long double), real high,
                         long double largest) {
    double worst = 0;
    enum { MOST = 4096 };
    real x[MOST], y[MOST];
    int n = 0;
#ifdef GENREPI_DOUBLE
    uint64_t bits = 0, step = 0x0000a3b7c1d5e9f1u, last;
#else
    uint32_t bits = 0, step = 997, last;
#endif
    memcpy(&last, &high, sizeof last);
    for (int sign = 0; sign < 2; sign++)
        for (bits = 0; bits <= last; bits += step) {
            memcpy(&x[n], &bits, sizeof bits);
            if (sign) x[n] = -x[n];
            if (++n < MOST && bits + step <= last) continue;
            kernel(n, x, y);
            for (int i = 0; i < n; i++) {
                const long double want = right((long double)x[i]);
                if (want > largest) {
                    assert_true(isinf(y[i]));
                    continue;
                }
                const double error = ulps(y[i], want);
                if (!(error <= worst)) worst = error;
            }
            n = 0;
        }
    return worst;
}

static long double sigmoid(long double x) {
    return 1 / (1 + expl(-x));
}

#ifdef GENREPI_DOUBLE
static const long double largest = 1.7976931348623157e308L;
static const real range = 800;
#else
static const long double largest = 3.40282347e38L;
static const real range = 120;
#endif

static void exp_is_within_its_bound(void **state) {
    (void)state;
    const double worst = worst_ulps(reference()->exp, expl, range, largest);
    print_message("exp: %.3f units in the last place\n", worst);
    assert_true(worst <= 1.5);
}

static void tanh_is_within_its_bound(void **state) {
    (void)state;
    const double worst = worst_ulps(reference()->tanh, tanhl, range, largest);
    print_message("tanh: %.3f units in the last place\n", worst);
    assert_true(worst <= 2);
}

static void sigmoid_is_within_its_bound(void **state) {
    (void)state;
    const double worst = worst_ulps(reference()->sigmoid, sigmoid, range, largest);
    print_message("sigmoid: %.3f units in the last place\n", worst);
    assert_true(worst <= 3);
}

static void bce_map(int64_t n, const real *x, real *y) {
    for (int64_t i = 0; i < n; i++) y[i] = reference()->bce(1, &x[i], NULL, 0);
}
static long double softplus(long double x) {
    return (x > 0 ? x : 0) + log1pl(expl(-fabsl(x)));
}

static void softplus_is_within_its_bound(void **state) {
    (void)state;
    const double worst = worst_ulps(bce_map, softplus, range, largest);
    print_message("softplus: %.3f units in the last place\n", worst);
    assert_true(worst <= 3);
}

static void bce_one_map(int64_t n, const real *x, real *y) {
    for (int64_t i = 0; i < n; i++) y[i] = reference()->bce(1, &x[i], NULL, 1);
}
static long double softplus_minus(long double x) {
    return softplus(-x);
}

static void bce_does_not_cancel_at_target_one(void **state) {
    (void)state;
    const double worst = worst_ulps(bce_one_map, softplus_minus, range, largest);
    print_message("bce, target 1: %.3f units in the last place\n", worst);
    assert_true(worst <= 3);
}

static void special_arguments_have_their_values(void **state) {
    (void)state;
    const real x[] = {INFINITY, -INFINITY, NAN, 0, -(real)0., 1000, -1000};
    const int n = GENREPI_COUNT(x);
    const genrepi_kernels *columns[3] = {reference()};
    const int n_columns = 1 + other_columns(columns + 1);
    for (int c = 0; c < n_columns; c++) {
        real y[GENREPI_COUNT(x)];
        columns[c]->exp(n, x, y);
        assert_true(isinf(y[0]) && y[0] > 0 && y[1] == 0 && isnan(y[2]) && y[3] == 1 && y[4] == 1);
        assert_true(isinf(y[5]) && y[6] == 0);
        columns[c]->tanh(n, x, y);
        assert_true(y[0] == 1 && y[1] == -1 && isnan(y[2]) && y[3] == 0 && y[4] == 0);
        assert_true(signbit(y[4]) && !signbit(y[3]) && y[5] == 1 && y[6] == -1);
        columns[c]->sigmoid(n, x, y);
        assert_true(y[0] == 1 && y[1] == 0 && isnan(y[2]) && y[3] == (real)0.5 && y[5] == 1);
        assert_true(y[6] == 0);
        assert_true(columns[c]->bce(1, &x[5], NULL, 0) == 1000);
        assert_true(columns[c]->bce(1, &x[6], NULL, 0) == 0);
        assert_true(columns[c]->bce(1, &x[5], NULL, 1) == 0);
        assert_true(columns[c]->bce(1, &x[6], NULL, 1) == 1000);
        assert_true(isnan(columns[c]->bce(1, &x[2], NULL, 1)));
        assert_true(isnan(columns[c]->hinge(1, &x[2], NULL, 1)));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_is_within_its_bound),
        cmocka_unit_test(tanh_is_within_its_bound),
        cmocka_unit_test(sigmoid_is_within_its_bound),
        cmocka_unit_test(softplus_is_within_its_bound),
        cmocka_unit_test(bce_does_not_cancel_at_target_one),
        cmocka_unit_test(special_arguments_have_their_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
