/* Every kernel computes what kernel.h says: against the formula in double.  The reference column
 * only; test_columns.c holds the others to its bits. */
#include "arrays.h"

#define N 45
#define ROWS 9
#define COLS 5

typedef struct values {
    real x[N], z[N], t[N], y[N], u[N], v[N], w[N];
    real y0[N], u0[N], v0[N], w0[N];
} values;

static values fresh(void) {
    values a;
    genrepi_rng rng = genrepi_rng_at(11, 1, 0);
    for (int i = 0; i < N; i++) {
        a.x[i] = normal_value(&rng), a.z[i] = normal_value(&rng), a.t[i] = normal_value(&rng);
        a.y[i] = a.y0[i] = normal_value(&rng), a.u[i] = a.u0[i] = normal_value(&rng);
        a.v[i] = a.v0[i] = normal_value(&rng);
        a.w[i] = a.w0[i] = (real)fabs((double)normal_value(&rng));
    }
    return a;
}

static void near(const char *what, int i, double found, double want, double size) {
    if (!(fabs(found - want) <= 40 * GENREPI_REAL_EPSILON * (size + fabs(want))))
        fail_msg("%s: element %d is %.17g, not %.17g", what, i, found, want);
}

/* For each i: the array's element is the formula's value. */
#define EACH(array, formula)                                                                       \
    for (int i = 0; i < N; i++) near(#array " = " #formula, i, (double)(array)[i], (formula), 1)

/* result is the sum over i of the formula. */
#define SUM(result, formula)                                                                       \
    do {                                                                                           \
        double sum_ = 0, size_ = 0;                                                                \
        for (int i = 0; i < N; i++) sum_ += (formula), size_ += fabs((double)(formula));           \
        near(#result " = sum " #formula, -1, (double)(result), sum_, size_);                       \
    } while (0)

#define X ((double)a.x[i])
#define Z ((double)a.z[i])
#define T ((double)a.t[i])
#define Y ((double)a.y0[i])
#define U ((double)a.u0[i])
#define V ((double)a.v0[i])
#define W ((double)a.w0[i])

static void vectors_are_the_formulas(void **state) {
    (void)state;
    const genrepi_kernels *k = reference();
    values a = fresh();
    k->fill(N, (real)0.5, a.y);
    EACH(a.y, 0.5);
    a = fresh(), k->axpy(N, (real)0.5, a.x, a.y);
    EACH(a.y, Y + 0.5 * X);
    a = fresh(), k->scale(N, (real)0.5, a.x, a.y);
    EACH(a.y, 0.5 * X);
    a = fresh(), k->add(N, a.x, a.z, a.y);
    EACH(a.y, X + Z);
    a = fresh(), k->mul(N, a.x, a.z, a.y);
    EACH(a.y, X * Z);
    a = fresh(), k->mul_add(N, a.x, a.z, a.y);
    EACH(a.y, Y + X * Z);
    a = fresh(), k->scale_shift(N, (real)0.5, (real)0.25, a.x, a.y);
    EACH(a.y, 0.5 * X + 0.25);
    a = fresh(), k->lerp(N, (real)0.25, a.x, a.y);
    EACH(a.y, 0.75 * Y + 0.25 * X);
    SUM(k->dot(N, a.x, a.z), X * Z);
    SUM(k->sum(N, a.x), X);
    SUM(k->sum_squares(N, a.x), X * X);
    SUM(k->centred_squares(N, (real)0.25, a.x), (X - 0.25) * (X - 0.25));
    double max = (double)a.x[0];
    for (int i = 1; i < N; i++) max = X > max ? X : max;
    for (int at = 0; at < N; at++) {
        real x = a.x[at];
        a.x[at] = 7;
        assert_true(k->max(N, a.x) == 7);
        a.x[at] = x;
    }
    assert_true((double)k->max(N, a.x) == max);
    assert_true(k->max(1, a.x) == a.x[0]);
    const uint8_t bytes[3] = {0, 1, 255};
    k->from_u8(3, (real)(2 / 255.), -1, bytes, a.y);
    near("from_u8", 0, (double)a.y[0], -1, 1);
    near("from_u8", 1, (double)a.y[1], -1 + 2 / 255., 1);
    near("from_u8", 2, (double)a.y[2], 1, 1);
}

static void finite_finds_every_infinity_and_not_a_number(void **state) {
    (void)state;
    const genrepi_kernels *k = reference();
    const real bad[] = {INFINITY, -INFINITY, NAN, -(real)NAN};
    values a = fresh();
    assert_int_equal(k->finite(0, a.x), 1);
    assert_int_equal(k->finite(N, a.x), 1);
    for (int at = 0; at < N; at++)
        for (int b = 0; b < GENREPI_COUNT(bad); b++) {
            a = fresh();
            a.x[at] = bad[b];
            assert_int_equal(k->finite(N, a.x), 0);
            assert_int_equal(k->finite(at, a.x), 1);
        }
}

static void rows_are_the_formulas(void **state) {
    (void)state;
    const genrepi_kernels *k = reference();
    values a = fresh();
    k->add_row(ROWS, COLS, a.z, a.y);
    EACH(a.y, Y + (double)a.z[i % COLS]);
    a = fresh(), k->scale_shift_rows(ROWS, COLS, a.z, a.t, a.x, a.y);
    EACH(a.y, (double)a.z[i % COLS] * X + (double)a.t[i % COLS]);

    a = fresh(), k->sum_rows(ROWS, COLS, a.x, a.y);
    k->mul_sum_rows(ROWS, COLS, a.x, a.z, a.u);
    k->centred_squares_rows(ROWS, COLS, a.x, a.t, a.v);
    for (int j = 0; j < COLS; j++) {
        double sum = (double)a.y0[j], products = (double)a.u0[j], squares = (double)a.v0[j];
        for (int i = j; i < N; i += COLS) {
            const double centred = X - (double)a.t[j];
            sum += X, products += X * Z, squares += centred * centred;
        }
        near("sum_rows", j, (double)a.y[j], sum, 10);
        near("mul_sum_rows", j, (double)a.u[j], products, 10);
        near("centred_squares_rows", j, (double)a.v[j], squares, 10);
    }
    assert_true(a.y[COLS] == a.y0[COLS] && a.u[COLS] == a.u0[COLS] && a.v[COLS] == a.v0[COLS]);
}

/* ROWS runs of 3 elements, COLS apart: what lies between them is not touched. */
static void runs_are_the_formulas(void **state) {
    (void)state;
    enum { RUN = 3 };
    const genrepi_kernels *k = reference();
    values a = fresh();
    double sum = 0, squares = 0, z = 0, dot = 0, sums[2];
    for (int i = 0; i < N; i++) {
        if (i % COLS >= RUN) continue;
        sum += X, squares += (X - 0.25) * (X - 0.25), z += Z, dot += (X - 0.25) * Z;
    }
    near("sum_runs", 0, k->sum_runs(ROWS, COLS, RUN, a.x), sum, N);
    near("centred_squares_runs", 0, k->centred_squares_runs(ROWS, COLS, RUN, (real)0.25, a.x),
         squares, N);
    k->centred_dot_runs(ROWS, COLS, RUN, (real)0.25, a.x, a.z, sums);
    near("centred_dot_runs", 0, sums[0], z, N);
    near("centred_dot_runs", 1, sums[1], dot, N);
    k->scale_shift_runs(ROWS, COLS, RUN, (real)0.5, 2, a.x, a.y);
    EACH(a.y, i % COLS < RUN ? 0.5 * X + 2 : Y);
    a = fresh(), k->combine_runs(ROWS, COLS, RUN, (real)0.5, a.x, 2, (real)0.25, a.z, a.y);
    EACH(a.y, i % COLS < RUN ? 0.5 * X + 2 + 0.25 * Z : Y);
}

/* 300000 numbers near 1000: what one chain of single precision would lose. */
static void long_runs_lose_nothing(void **state) {
    (void)state;
    enum { RUNS = 100, LENGTH = 3000 };
    const genrepi_kernels *k = reference();
    real *x = malloc(RUNS * LENGTH * sizeof *x);
    assert_non_null(x);
    genrepi_rng rng = genrepi_rng_at(3, 1, 0);
    double sum = 0, squares = 0, sums[2];
    for (int i = 0; i < RUNS * LENGTH; i++) {
        x[i] = 1000 + normal_value(&rng);
        sum += (double)x[i], squares += ((double)x[i] - 1000) * ((double)x[i] - 1000);
    }
    const double allowed = fmax(4 * GENREPI_REAL_EPSILON, 1e-12); /* of the sums here */
    assert_true(fabs(k->sum_runs(RUNS, LENGTH, LENGTH, x) / sum - 1) < allowed);
    assert_true(fabs(k->centred_squares_runs(RUNS, LENGTH, LENGTH, 1000, x) / squares - 1) <
                allowed);
    k->centred_dot_runs(RUNS, LENGTH, LENGTH, 0, x, x, sums);
    assert_true(fabs(sums[0] / sum - 1) < allowed);
    free(x);
}

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

static void activations_are_the_formulas(void **state) {
    (void)state;
    const genrepi_kernels *k = reference();
    values a = fresh();
    k->exp(N, a.x, a.y);
    EACH(a.y, exp(X));
    k->tanh(N, a.x, a.y);
    EACH(a.y, tanh(X));
    k->sigmoid(N, a.x, a.y);
    EACH(a.y, sigmoid(X));
    k->tanh_backward(N, a.x, a.z, a.y);
    EACH(a.y, Z * (1 - X * X));
    k->sigmoid_backward(N, a.x, a.z, a.y);
    EACH(a.y, Z * X * (1 - X));
    k->leaky_relu(N, (real)0.25, a.x, a.y);
    EACH(a.y, X > 0 ? X : 0.25 * X);
    k->leaky_relu(N, 0, a.x, a.y);
    EACH(a.y, X > 0 ? X : 0);
    k->leaky_relu_backward(N, (real)0.25, a.x, a.z, a.y);
    EACH(a.y, X > 0 ? Z : 0.25 * Z);
    k->leaky_relu_backward(N, 0, a.x, a.z, a.y);
    EACH(a.y, X > 0 ? Z : 0);
    SUM(k->dot_negative(N, a.x, a.z), X < 0 ? X * Z : 0);
    SUM(k->exp_sum(N, (real)0.5, a.x, a.y), exp(X - 0.5));
    EACH(a.y, exp(X - 0.5));
}

static void rectifiers_keep_infinities_apart_from_zero(void **state) {
    (void)state;
    const genrepi_kernels *k = reference();
    const real x[4] = {-INFINITY, INFINITY, NAN, 0}, dy[4] = {INFINITY, 1, 1, 1};
    real y[4];
    k->leaky_relu(4, 0, x, y);
    assert_true(y[0] == 0 && y[1] == x[1] && isnan(y[2]) && y[3] == 0);
    k->leaky_relu_backward(4, 0, x, dy, y);
    assert_true(y[0] == 0 && y[1] == 1 && y[3] == 0);
    assert_true(k->dot_negative(1, x + 3, dy) == 0);
}

static void losses_are_the_formulas(void **state) {
    (void)state;
    const genrepi_kernels *k = reference();
    values a = fresh();
    SUM(k->bce(N, a.x, a.t, 9), log(1 + exp(X)) - T * X);
    SUM(k->bce(N, a.x, NULL, (real)0.75), log(1 + exp(X)) - 0.75 * X);
    k->bce_backward(N, (real)0.5, a.x, a.t, 9, a.y);
    EACH(a.y, 0.5 * (sigmoid(X) - T));
    k->bce_backward(N, (real)0.5, a.x, NULL, (real)0.75, a.y);
    EACH(a.y, 0.5 * (sigmoid(X) - 0.75));
    SUM(k->squared_difference(N, a.x, a.t), (X - T) * (X - T));
    SUM(k->absolute_difference(N, a.x, a.t), fabs(X - T));
    a.x[3] = a.t[3];
    k->sign_difference(N, (real)0.5, a.x, a.t, a.y);
    EACH(a.y, X > T ? 0.5 : X < T ? -0.5 : 0);
    SUM(k->hinge(N, a.x, a.t, 9), fmax(0, 1 - T * X));
    SUM(k->hinge(N, a.x, NULL, -1), fmax(0, 1 + X));
    k->hinge_backward(N, (real)0.5, a.x, a.t, 9, a.y);
    EACH(a.y, T * X < 1 ? -0.5 * T : 0);
    k->hinge_backward(N, (real)0.5, a.x, NULL, -1, a.y);
    EACH(a.y, -X < 1 ? 0.5 : 0);
}

/* lr 0.1, decay 0.2, clip 0.5: the gradient taken is 0.5 u + 0.2 y. */
#define G (0.5 * U + 0.2 * Y)

static void optimizers_are_the_formulas(void **state) {
    (void)state;
    const genrepi_kernels *k = reference();
    const real lr = (real)0.1, decay = (real)0.2, clip = (real)0.5, eps = (real)0.01;
    values a = fresh();
    k->sgd(N, lr, decay, clip, a.u, a.y);
    EACH(a.y, Y - 0.1 * G);
    EACH(a.u, 0);
    for (int32_t nesterov = 0; nesterov < 2; nesterov++) {
        a = fresh(), k->momentum(N, lr, decay, clip, (real)0.9, nesterov, a.u, a.v, a.y);
        EACH(a.v, 0.9 * V + G);
        EACH(a.y, Y - 0.1 * (nesterov ? G + 0.9 * (0.9 * V + G) : 0.9 * V + G));
        EACH(a.u, 0);
    }
    a = fresh(), k->adagrad(N, lr, decay, clip, eps, a.u, a.w, a.y);
    EACH(a.w, W + G * G);
    EACH(a.y, Y - 0.1 * G / (sqrt(W + G * G) + 0.01));
    EACH(a.u, 0);
    a = fresh(), k->rmsprop(N, lr, decay, clip, (real)0.9, eps, a.u, a.w, a.y);
    EACH(a.w, 0.9 * W + 0.1 * G * G);
    EACH(a.y, Y - 0.1 * G / (sqrt(0.9 * W + 0.1 * G * G) + 0.01));
    EACH(a.u, 0);
    /* l2 0.2, decay 0.3, correct1 2, correct2 4 */
    a = fresh();
    k->adam(N, lr, decay, (real)0.3, clip, (real)0.9, (real)0.75, eps, 2, 4, a.u, a.v, a.w, a.y);
    EACH(a.v, 0.9 * V + 0.1 * G);
    EACH(a.w, 0.75 * W + 0.25 * G * G);
    EACH(a.y,
         0.97 * Y - 0.1 * 2 * (0.9 * V + 0.1 * G) / (sqrt(4 * (0.75 * W + 0.25 * G * G)) + 0.01));
    EACH(a.u, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_are_the_formulas),
        cmocka_unit_test(finite_finds_every_infinity_and_not_a_number),
        cmocka_unit_test(rows_are_the_formulas),
        cmocka_unit_test(runs_are_the_formulas),
        cmocka_unit_test(long_runs_lose_nothing),
        cmocka_unit_test(activations_are_the_formulas),
        cmocka_unit_test(rectifiers_keep_infinities_apart_from_zero),
        cmocka_unit_test(losses_are_the_formulas),
        cmocka_unit_test(optimizers_are_the_formulas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
