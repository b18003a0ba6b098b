/* Linear algebra in double precision: products against plain sums, factors and eigenvectors by what
 * defines them, edges of blocks, and equal bits for any number of threads. */
#include <support.h>

#include <base/random.h>
#include <kernel/matrix.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static genrep_ctx *ctx;

static double *zeros(int64_t count) {
    double *x = calloc((size_t)(count > 0 ? count : 1), sizeof *x);
    assert_non_null(x);
    return x;
}

static double *numbers(int64_t count, uint64_t stream) {
    double *x = zeros(count);
    genrepi_rng rng = genrepi_rng_at(7, stream, 0);
    for (int64_t i = 0; i < count; i++)
        x[i] = genrepi_rng_uniform(&rng) + genrepi_rng_uniform(&rng) - 1;
    return x;
}

static double *copy(const double *x, int64_t count) {
    return memcpy(zeros(count), x, (size_t)count * sizeof *x);
}

/* X'X of `rows` random rows: rank min(rows, n). */
static double *gram(int64_t n, int64_t rows, uint64_t stream) {
    double *x = numbers(rows * n, stream), *a = zeros(n * n);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++)
            for (int64_t r = 0; r < rows; r++) a[i * n + j] += x[r * n + i] * x[r * n + j];
    free(x);
    return a;
}

static double furthest(const double *a, const double *b, int64_t count) {
    double most = 0;
    for (int64_t i = 0; i < count; i++) most = fmax(most, fabs(a[i] - b[i]));
    return most;
}

static void products(void **state) {
    (void)state;
    static const int64_t sizes[][3] = {{1, 1, 1},     {6, 8, 3},    {7, 9, 5},    {96, 96, 256},
                                       {97, 95, 257}, {13, 201, 1}, {200, 3, 600}};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        const int64_t m = sizes[s][0], n = sizes[s][1], k = sizes[s][2];
        double *a = numbers(m * k, 1), *b = numbers(n * k, 2), *start = numbers(m * n, 3);
        for (int way = 0; way < 4; way++) {
            const genrepi_operand left =
                way & 1 ? (genrepi_operand){a, 1, m} : (genrepi_operand){a, k, 1};
            const genrepi_operand right =
                way & 2 ? (genrepi_operand){b, 1, n} : (genrepi_operand){b, k, 1};
            double *c = copy(start, m * n), *expected = copy(start, m * n);
            for (int64_t i = 0; i < m; i++)
                for (int64_t j = 0; j < n; j++)
                    for (int64_t p = 0; p < k; p++)
                        expected[i * n + j] -= 0.5 * a[i * left.row + p * left.depth] *
                                               b[j * right.row + p * right.depth];
            assert_ok(ctx, genrepi_multiply(ctx, m, n, k, -0.5, left, right, c, n, 0));
            assert_true(furthest(c, expected, m * n) < 1e-13 * sqrt((double)k) + 1e-15);
            free(expected);
            free(c);
        }
        free(start);
        free(b);
        free(a);
    }
}

static void the_lower_half_and_its_mirror(void **state) {
    (void)state;
    const int64_t n = 211, k = 40;
    double *x = numbers(n * k, 4), *whole = zeros(n * n), *half = zeros(n * n);
    const genrepi_operand rows = {x, k, 1};
    assert_ok(ctx, genrepi_multiply(ctx, n, n, k, 1, rows, rows, whole, n, 0));
    assert_ok(ctx, genrepi_multiply(ctx, n, n, k, 1, rows, rows, half, n, 1));
    assert_true(half[n - 1] == 0); /* the upper corner was not worked out */
    genrepi_mirror(n, half);
    assert_memory_equal(whole, half, (size_t)(n * n) * sizeof *half);
    free(half);
    free(whole);
    free(x);
}

static void cholesky_factors(void **state) {
    (void)state;
    static const int64_t sizes[] = {1, 2, 63, 64, 65, 130};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        const int64_t n = sizes[s];
        int32_t definite = 7;
        double *a = gram(n, n + 20, 5), *l = copy(a, n * n), worst = 0;
        assert_ok(ctx, genrepi_cholesky(ctx, n, l, &definite));
        assert_int_equal(definite, 1);
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j <= i; j++) {
                double sum = 0;
                for (int64_t p = 0; p <= j; p++) sum += l[i * n + p] * l[j * n + p];
                worst = fmax(worst, fabs(sum - a[i * n + j]));
            }
        assert_true(worst < 1e-13 * (double)n);
        free(l);
        free(a);
    }
    double *singular = gram(70, 69, 6), *negative = gram(3, 9, 6);
    int32_t definite = 7;
    assert_ok(ctx, genrepi_cholesky(ctx, 70, singular, &definite));
    assert_int_equal(definite, 0);
    negative[8] = -1;
    assert_ok(ctx, genrepi_cholesky(ctx, 3, negative, &definite));
    assert_int_equal(definite, 0);
    free(negative);
    free(singular);
}

static void cholesky_of_a_semidefinite_matrix_has_its_rank(void **state) {
    (void)state;
    static const int64_t ranks[] = {0, 1, 17, 150};
    const int64_t n = 150;
    for (size_t s = 0; s < sizeof ranks / sizeof *ranks; s++) {
        double *a = gram(n, s == 3 ? 300 : ranks[s], 8), *f = zeros(n * n), *back = zeros(n * n);
        int64_t rank = -1;
        assert_ok(ctx, genrepi_cholesky_rows(ctx, n, a, f, &rank));
        assert_int_equal(rank, ranks[s]);
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j < n; j++)
                for (int64_t r = 0; r < rank; r++) back[i * n + j] += f[r * n + i] * f[r * n + j];
        assert_true(furthest(a, back, n * n) < 1e-11);
        free(back);
        free(f);
        free(a);
    }
}

/* v_k' v_l = [k = l], a v_k = l_k v_k, l_1 >= l_2 >= ... */
static void check_eigen(int64_t n, const double *a, double tolerance) {
    double *v = copy(a, n * n), *values = zeros(n), worst = 0;
    assert_ok(ctx, genrepi_eigen(ctx, n, v, values));
    for (int64_t k = 0; k < n; k++) {
        assert_true(k == 0 || values[k] <= values[k - 1]);
        for (int64_t l = 0; l <= k; l++) {
            double dot = 0;
            for (int64_t i = 0; i < n; i++) dot += v[k * n + i] * v[l * n + i];
            worst = fmax(worst, fabs(dot - (k == l)));
        }
        for (int64_t i = 0; i < n; i++) {
            double sum = 0;
            for (int64_t j = 0; j < n; j++) sum += a[i * n + j] * v[k * n + j];
            worst = fmax(worst, fabs(sum - values[k] * v[k * n + i]));
        }
    }
    assert_true(worst < tolerance);
    free(values);
    free(v);
}

static void eigenvectors(void **state) {
    (void)state;
    static const int64_t sizes[] = {1, 2, 3, 8, 33, 120};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        const int64_t n = sizes[s];
        double *a = gram(n, n, 9), *zero = zeros(n * n), *flat = zeros(n * n);
        check_eigen(n, a, 1e-12 * (double)n);
        a[0] -= 30; /* indefinite */
        check_eigen(n, a, 1e-12 * (double)n);
        check_eigen(n, zero, 1e-300);
        for (int64_t i = 0; i < n; i++) flat[i * n + i] = 5;
        check_eigen(n, flat, 1e-13);
        for (int64_t i = 0; i < n * n; i++) flat[i] = 1; /* rank 1 */
        check_eigen(n, flat, 1e-12);
        free(flat);
        free(zero);
        free(a);
    }
    const double known[] = {2, -1, 0, -1, 2, -1, 0, -1, 2}; /* 2 - 2 cos(k pi / 4) */
    double v[9], values[3];
    memcpy(v, known, sizeof v);
    assert_ok(ctx, genrepi_eigen(ctx, 3, v, values));
    assert_close(values[0], 2 + sqrt(2), 1e-15);
    assert_close(values[1], 2, 1e-15);
    assert_close(values[2], 2 - sqrt(2), 1e-15);
    memcpy(v, known, sizeof v);
    v[4] = (double)NAN;
    assert_error(ctx, genrepi_eigen(ctx, 3, v, values), GENREP_E_RANGE, "finite");
}

/* Of F the sum of the roots of F F' eigenvalues; of small ones exact where squares are not. */
static void nuclear_norms(void **state) {
    (void)state;
    static const int64_t sizes[][2] = {{1, 1}, {5, 5}, {9, 4}, {4, 9}, {130, 90}, {1, 70}, {2, 1}};
    double norm;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        const int64_t m = sizes[s][0], n = sizes[s][1];
        double *a = numbers(m * n, 10), *g = zeros(n * n), *values = zeros(n), sum = 0;
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j < n; j++)
                for (int64_t r = 0; r < m; r++) g[i * n + j] += a[r * n + i] * a[r * n + j];
        assert_ok(ctx, genrepi_eigen(ctx, n, g, values));
        for (int64_t i = 0; i < n; i++) sum += sqrt(fmax(values[i], 0));
        assert_ok(ctx, genrepi_nuclear_norm(ctx, m, n, a, &norm));
        assert_close(norm, sum, n > m ? 1e-6 : 1e-12);
        free(values);
        free(g);
        free(a);
    }
    double known[] = {3, 0, 4, 5}; /* singular values 3 sqrt 5, sqrt 5 */
    assert_ok(ctx, genrepi_nuclear_norm(ctx, 2, 2, known, &norm));
    assert_close(norm, 4 * sqrt(5), 1e-15);
    double nothing[12] = {0};
    assert_ok(ctx, genrepi_nuclear_norm(ctx, 3, 4, nothing, &norm));
    assert_true(norm == 0);
    assert_ok(ctx, genrepi_nuclear_norm(ctx, 0, 4, nothing, &norm));
    assert_true(norm == 0);
    /* A column and its double: the second singular value is 0 but for rounding, not its root. */
    double *twice = zeros(100), *column = numbers(50, 11), squares = 0;
    for (int64_t i = 0; i < 50; i++) {
        twice[2 * i] = column[i], twice[2 * i + 1] = 2 * column[i];
        squares += 5 * column[i] * column[i];
    }
    assert_ok(ctx, genrepi_nuclear_norm(ctx, 50, 2, twice, &norm));
    assert_close(norm, sqrt(squares), 1e-14);
    free(column);
    free(twice);
}

static void bits_do_not_depend_on_threads(void **state) {
    (void)state;
    enum { N = 150 };
    double *made[2][4], values[2][N], norm[2];
    for (int t = 0; t < 2; t++) {
        genrep_ctx *other = support_ctx(t == 0 ? "threads=1" : "threads=3");
        int32_t definite;
        int64_t rank;
        double *a = gram(N, 200, 12), **m = made[t];
        for (int i = 0; i < 4; i++) m[i] = copy(a, N * N);
        const genrepi_operand rows = {a, N, 1};
        assert_ok(other, genrepi_multiply(other, N, N, N, 1, rows, rows, m[0], N, 0));
        assert_ok(other, genrepi_cholesky(other, N, m[1], &definite));
        assert_ok(other, genrepi_cholesky_rows(other, N, a, m[2], &rank));
        assert_ok(other, genrepi_eigen(other, N, m[3], values[t]));
        assert_ok(other, genrepi_nuclear_norm(other, N, N, a, &norm[t]));
        free(a);
        genrep_ctx_unref(other);
    }
    for (int i = 0; i < 4; i++) {
        assert_memory_equal(made[0][i], made[1][i], N * N * sizeof(double));
        free(made[0][i]);
        free(made[1][i]);
    }
    assert_memory_equal(values[0], values[1], sizeof values[0]);
    assert_true(norm[0] == norm[1]);
}

static int setup(void **state) {
    (void)state;
    ctx = support_ctx("threads=2");
    return 0;
}

static int teardown(void **state) {
    (void)state;
    genrep_ctx_unref(ctx);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products),
        cmocka_unit_test(the_lower_half_and_its_mirror),
        cmocka_unit_test(cholesky_factors),
        cmocka_unit_test(cholesky_of_a_semidefinite_matrix_has_its_rank),
        cmocka_unit_test(eigenvectors),
        cmocka_unit_test(nuclear_norms),
        cmocka_unit_test(bits_do_not_depend_on_threads),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
