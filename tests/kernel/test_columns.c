/* Every kernel of every instruction set gives the reference's bits, for every short length and
 * misalignment, for long arrays, special values and in place, and writes nothing else. */
#include "arrays.h"

#define GUARD 16
#define MOST (16384 + 5)
#define ROOM (MOST + 2 * GUARD + 16)

/* Arguments of all kernels.  Some take rows * cols: cols is n / rows. */
typedef struct arguments {
    int64_t n, rows, cols;
    real s[9];
    uint64_t seed, stream, first;
    int32_t flag;
    const real *x, *z, *t;
    const uint8_t *bytes;
    real *y, *u, *v, *w;
    real result;
} arguments;

typedef struct row {
    const char *name;
    void (*call)(const genrepi_kernels *k, arguments *a);
} row;

#define CALL(kernel, ...)                                                                          \
    static void call_##kernel(const genrepi_kernels *k, arguments *a) {                            \
        k->kernel(__VA_ARGS__);                                                                    \
    }
#define RESULT(kernel, ...)                                                                        \
    static void call_##kernel(const genrepi_kernels *k, arguments *a) {                            \
        a->result = (real)k->kernel(__VA_ARGS__);                                                  \
    }

CALL(fill, a->n, a->s[0], a->y)
CALL(axpy, a->n, a->s[0], a->x, a->y)
CALL(scale, a->n, a->s[0], a->x, a->y)
CALL(add, a->n, a->x, a->z, a->y)
CALL(mul, a->n, a->x, a->z, a->y)
CALL(mul_add, a->n, a->x, a->z, a->y)
CALL(scale_shift, a->n, a->s[0], a->s[1], a->x, a->y)
CALL(lerp, a->n, a->s[0], a->x, a->y)
RESULT(dot, a->n, a->x, a->z)
RESULT(sum, a->n, a->x)
RESULT(sum_squares, a->n, a->x)
static void call_max(const genrepi_kernels *k, arguments *a) {
    a->result = a->n == 0 ? 0 : k->max(a->n, a->x);
}
RESULT(finite, a->n, a->x)
CALL(add_row, a->rows, a->cols, a->z, a->y)
CALL(sum_rows, a->rows, a->cols, a->x, a->y)
CALL(mul_sum_rows, a->rows, a->cols, a->x, a->z, a->y)
CALL(centred_squares_rows, a->rows, a->cols, a->x, a->z, a->y)
CALL(scale_shift_rows, a->rows, a->cols, a->z, a->t, a->x, a->y)
RESULT(centred_squares, a->n, a->s[0], a->x)
/* Of rows with a gap between runs: of the arrays, whole rows are the steps. */
RESULT(sum_runs, a->rows, a->cols, a->cols - a->cols / 3, a->x)
RESULT(centred_squares_runs, a->rows, a->cols, a->cols - a->cols / 3, a->s[0], a->x)
static void call_centred_dot_runs(const genrepi_kernels *k, arguments *a) {
    double sums[2];
    k->centred_dot_runs(a->rows, a->cols, a->cols - a->cols / 3, a->s[0], a->x, a->z, sums);
    a->result = (real)(a->flag ? sums[0] : sums[1]);
}
CALL(scale_shift_runs, a->rows, a->cols, a->cols - a->cols / 3, a->s[0], a->s[1], a->x, a->y)
CALL(combine_runs, a->rows, a->cols, a->cols - a->cols / 3, a->s[0], a->x, a->s[1], a->s[2], a->z,
     a->y)
CALL(exp, a->n, a->x, a->y)
CALL(tanh, a->n, a->x, a->y)
CALL(tanh_backward, a->n, a->x, a->z, a->y)
CALL(sigmoid, a->n, a->x, a->y)
CALL(sigmoid_backward, a->n, a->x, a->z, a->y)
CALL(leaky_relu, a->n, a->s[0], a->x, a->y)
CALL(leaky_relu_backward, a->n, a->s[0], a->x, a->z, a->y)
RESULT(dot_negative, a->n, a->x, a->z)
RESULT(exp_sum, a->n, a->s[0], a->x, a->y)
RESULT(bce, a->n, a->x, a->flag ? a->t : NULL, a->s[0])
CALL(bce_backward, a->n, a->s[0], a->x, a->flag ? a->t : NULL, a->s[1], a->y)
RESULT(squared_difference, a->n, a->x, a->t)
RESULT(absolute_difference, a->n, a->x, a->t)
CALL(sign_difference, a->n, a->s[0], a->x, a->t, a->y)
RESULT(hinge, a->n, a->x, a->flag ? a->t : NULL, a->s[0])
CALL(hinge_backward, a->n, a->s[0], a->x, a->flag ? a->t : NULL, a->s[1], a->y)
CALL(sgd, a->n, a->s[0], a->s[1], a->s[2], a->u, a->y)
CALL(momentum, a->n, a->s[0], a->s[1], a->s[2], a->s[3], a->flag, a->u, a->v, a->y)
CALL(adagrad, a->n, a->s[0], a->s[1], a->s[2], a->s[3], a->u, a->v, a->y)
CALL(rmsprop, a->n, a->s[0], a->s[1], a->s[2], a->s[3], a->s[4], a->u, a->v, a->y)
CALL(adam, a->n, a->s[0], a->s[1], a->s[2], a->s[3], a->s[4], a->s[5], a->s[6], a->s[7], a->s[8],
     a->u, a->v, a->w, a->y)
CALL(random_uniform, a->n, a->seed, a->stream, a->first, a->s[0], a->s[1], a->y)
CALL(random_normal, a->n, a->seed, a->stream, a->first, a->s[0], a->s[1], a->y)
CALL(dropout, a->n, a->seed, a->stream, a->first, (real)0.4, a->x, a->y)
CALL(from_u8, a->n, a->s[0], a->s[1], a->bytes, a->y)

#define ROW(kernel)                                                                                \
    { #kernel, call_##kernel }
static const row table[] = {
    ROW(fill),
    ROW(axpy),
    ROW(scale),
    ROW(add),
    ROW(mul),
    ROW(mul_add),
    ROW(scale_shift),
    ROW(lerp),
    ROW(dot),
    ROW(sum),
    ROW(sum_squares),
    ROW(max),
    ROW(finite),
    ROW(add_row),
    ROW(sum_rows),
    ROW(mul_sum_rows),
    ROW(centred_squares_rows),
    ROW(scale_shift_rows),
    ROW(centred_squares),
    ROW(sum_runs),
    ROW(centred_squares_runs),
    ROW(centred_dot_runs),
    ROW(scale_shift_runs),
    ROW(combine_runs),
    ROW(exp),
    ROW(tanh),
    ROW(tanh_backward),
    ROW(sigmoid),
    ROW(sigmoid_backward),
    ROW(leaky_relu),
    ROW(leaky_relu_backward),
    ROW(dot_negative),
    ROW(exp_sum),
    ROW(bce),
    ROW(bce_backward),
    ROW(squared_difference),
    ROW(absolute_difference),
    ROW(sign_difference),
    ROW(hinge),
    ROW(hinge_backward),
    ROW(sgd),
    ROW(momentum),
    ROW(adagrad),
    ROW(rmsprop),
    ROW(adam),
    ROW(random_uniform),
    ROW(random_normal),
    ROW(dropout),
    ROW(from_u8),
};

/* The memory of one run: inputs x z t, outputs y u v w, in this order. */
enum { X, Z, T, Y, U, V, W, ARRAYS };
typedef struct memory {
    real arrays[ARRAYS][ROOM];
    uint8_t bytes[ROOM];
} memory;

enum { APART, IN_PLACE_X, IN_PLACE_Z, PLACES };

static void run_one(const row *r, const genrepi_kernels *k, memory *m, arguments *a, int64_t shift,
                    int place) {
    real *at[ARRAYS];
    for (int i = 0; i < ARRAYS; i++) at[i] = m->arrays[i] + GUARD + (shift + 3 * i) % 16;
    a->x = at[place == IN_PLACE_X ? Y : X], a->z = at[place == IN_PLACE_Z ? Y : Z], a->t = at[T];
    a->y = at[Y], a->u = at[U], a->v = at[V], a->w = at[W];
    a->bytes = m->bytes + GUARD + shift;
    a->result = 0;
    r->call(k, a);
}

typedef struct buffers {
    memory initial, expected, found;
} buffers;

static void compare(const row *r, const genrepi_kernels *k, buffers *b, arguments a, int64_t shift,
                    int place) {
    const size_t touched = (size_t)a.n + 2 * GUARD + 16;
    arguments want = a, got = a;
    for (int i = 0; i < ARRAYS; i++) {
        memcpy(b->expected.arrays[i], b->initial.arrays[i], touched * sizeof(real));
        memcpy(b->found.arrays[i], b->initial.arrays[i], touched * sizeof(real));
    }
    memcpy(b->expected.bytes, b->initial.bytes, touched);
    memcpy(b->found.bytes, b->initial.bytes, touched);
    run_one(r, reference(), &b->expected, &want, shift, place);
    run_one(r, k, &b->found, &got, shift, place);
    if (!same(want.result, got.result))
        fail_msg("%s %s: n=%lld shift=%lld place=%d: %.9g is not %.9g", k->name, r->name,
                 (long long)a.n, (long long)shift, place, (double)got.result, (double)want.result);
    for (int i = 0; i < ARRAYS; i++) {
        const int64_t start = GUARD + (shift + 3 * i) % 16;
        for (int64_t e = 0; e < (int64_t)touched; e++) {
            const real x = b->found.arrays[i][e], y = b->expected.arrays[i][e];
            if (!same(x, y))
                fail_msg("%s %s: n=%lld shift=%lld place=%d: array %d element %lld: %.9g is not "
                         "%.9g",
                         k->name, r->name, (long long)a.n, (long long)shift, place, i,
                         (long long)(e - start), (double)x, (double)y);
            const int outside = i < Y || e < start || e >= start + a.n;
            if (outside && memcmp(&y, &b->initial.arrays[i][e], sizeof y) != 0)
                fail_msg("%s: n=%lld writes array %d element %lld", r->name, (long long)a.n, i,
                         (long long)(e - start));
        }
    }
}

static void set_values(buffers *b, genrepi_rng *rng, real (*value)(genrepi_rng *rng)) {
    for (int i = 0; i < ARRAYS; i++)
        for (int64_t e = 0; e < ROOM; e++) b->initial.arrays[i][e] = value(rng);
    for (int64_t e = 0; e < ROOM; e++) b->initial.bytes[e] = (uint8_t)genrepi_rng_u32(rng);
}

static void set_arguments(arguments *a, int64_t n, genrepi_rng *rng) {
    static const int64_t heights[] = {1, 2, 3, 4, 5, 7, 8};
    a->n = n;
    a->rows = heights[genrepi_rng_below(rng, GENREPI_COUNT(heights))];
    a->cols = n / a->rows;
    for (int i = 0; i < GENREPI_COUNT(a->s); i++)
        a->s[i] = genrepi_rng_below(rng, 8) == 0 ? 0 : (real)genrepi_rng_uniform(rng);
    a->seed = genrepi_rng_u32(rng) * 0x100000001u, a->stream = genrepi_rng_u32(rng) * 0x10001u;
    a->first = genrepi_rng_u32(rng);
    a->flag = (int32_t)genrepi_rng_below(rng, 2);
}

static void check_all(int64_t from, int64_t to, int64_t shifts, real (*value)(genrepi_rng *rng)) {
    const genrepi_kernels *columns[2];
    const int n_columns = other_columns(columns);
    buffers *b = calloc(1, sizeof *b);
    assert_non_null(b);
    genrepi_rng rng = genrepi_rng_at(7, 1, 0);
    set_values(b, &rng, value);
    for (int64_t n = from; n <= to; n++)
        for (int64_t shift = 0; shift < shifts; shift++) {
            arguments a = {0};
            set_arguments(&a, n, &rng);
            for (int r = 0; r < GENREPI_COUNT(table); r++)
                for (int c = 0; c < n_columns; c++)
                    for (int place = 0; place < PLACES; place++)
                        compare(&table[r], columns[c], b, a, shift, place);
        }
    free(b);
}

static void short_arrays_have_the_references_bits(void **state) {
    (void)state;
    check_all(0, 48, 16, normal_value);
}

static void special_values_have_the_references_bits(void **state) {
    (void)state;
    check_all(0, 48, 16, special_value);
}

static void long_arrays_have_the_references_bits(void **state) {
    (void)state;
    static const int64_t sizes[] = {64, 127, 255, 256, 1000, 4099, 16384, MOST};
    for (int i = 0; i < GENREPI_COUNT(sizes); i++) {
        check_all(sizes[i], sizes[i], 3, normal_value);
        check_all(sizes[i], sizes[i], 1, special_value);
    }
}

/* A kernel added to the table must be added here: the table has no holes, and as many functions as
 * there are rows above, with the two of test_rows.c, whose products are fused where they can be,
 * and the three of test_pairs.c. */
static void every_kernel_is_compared(void **state) {
    (void)state;
    const genrepi_kernels *k = reference();
    assert_non_null(k);
    const size_t functions = offsetof(genrepi_kernels, gemm_rows) - offsetof(genrepi_kernels, fill);
    assert_int_equal(functions / sizeof(void (*)(void)), GENREPI_COUNT(table) + 5);
    const genrepi_kernels *columns[3] = {k};
    const int n = 1 + other_columns(columns + 1);
    for (int c = 0; c < n; c++)
        for (size_t at = offsetof(genrepi_kernels, fill); at < offsetof(genrepi_kernels, gemm_rows);
             at += sizeof(void (*)(void))) {
            void (*function)(void);
            memcpy(&function, (const char *)columns[c] + at, sizeof function);
            assert_true(function != NULL);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kernel_is_compared),
        cmocka_unit_test(short_arrays_have_the_references_bits),
        cmocka_unit_test(special_values_have_the_references_bits),
        cmocka_unit_test(long_arrays_have_the_references_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
