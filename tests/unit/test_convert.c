/* Element types convert by one rule in all pairs: round to nearest, ties to even, clamp towards
 * integers, and not-a-number becomes 0 there. */
#include <support.h>

#include <math.h>
#include <string.h>
#include <tensor/tensor.h>

#define MOST 16

typedef union elements {
    float f32[MOST];
    double f64[MOST];
    int32_t i32[MOST];
    uint8_t u8[MOST];
} elements;

static const int32_t types[] = {GENREP_F32, GENREP_F64, GENREP_I32, GENREP_U8};

static double get(const elements *e, int32_t type, int i) {
    return type == GENREP_F32   ? (double)e->f32[i]
           : type == GENREP_F64 ? e->f64[i]
           : type == GENREP_I32 ? e->i32[i]
                                : e->u8[i];
}

/* Values that all types hold go through all pairs unchanged. */
static void test_small_whole_numbers_survive_every_pair(void **state) {
    (void)state;
    static const uint8_t values[] = {0, 1, 2, 127, 128, 254, 255};
    for (int a = 0; a < 4; a++)
        for (int b = 0; b < 4; b++) {
            elements from, to, back;
            uint8_t last[7];
            genrepi_convert(7, GENREP_U8, values, types[a], &from);
            genrepi_convert(7, types[a], &from, types[b], &to);
            genrepi_convert(7, types[b], &to, types[a], &back);
            genrepi_convert(7, types[a], &back, GENREP_U8, last);
            for (int i = 0; i < 7; i++) assert_true(get(&to, types[b], i) == values[i]);
            assert_memory_equal(last, values, 7);
        }
}

static void check_towards(int32_t type, int n, const double *in, const double *expected) {
    for (int a = 0; a < 2; a++) {
        elements from, to;
        if (types[a] == GENREP_F32 && type == GENREP_I32) n = n < 8 ? n : 8; /* exact in float */
        genrepi_convert(n, GENREP_F64, in, types[a], &from);
        genrepi_convert(n, types[a], &from, type, &to);
        for (int i = 0; i < n; i++) assert_true(get(&to, type, i) == expected[i]);
    }
}

static void test_towards_bytes(void **state) {
    (void)state;
    static const double in[] = {-0.5, 0.5, 1.5,      2.5,       254.5, 255.4, 300,
                                -7,   NAN, INFINITY, -INFINITY, 1e30,  0.49};
    static const double expected[] = {0, 0, 2, 2, 254, 255, 255, 0, 0, 255, 0, 255, 0};
    check_towards(GENREP_U8, 13, in, expected);
}

static void test_towards_integers(void **state) {
    (void)state;
    static const double in[] = {-1.5, -0.5, 3.5, NAN, INFINITY, -INFINITY, 1e30, -3e9};
    static const double expected[] = {-2, 0, 4, 0, INT32_MAX, INT32_MIN, INT32_MAX, INT32_MIN};
    check_towards(GENREP_I32, 8, in, expected);
    static const double wide[] = {2147483646.5, 2147483647.5, -2147483648.5, 2147483645.5};
    elements to;
    genrepi_convert(4, GENREP_F64, wide, GENREP_I32, &to);
    assert_int_equal(to.i32[0], 2147483646);
    assert_int_equal(to.i32[1], INT32_MAX);
    assert_int_equal(to.i32[2], INT32_MIN);
    assert_int_equal(to.i32[3], 2147483646);
}

static void test_integers_clamp_towards_bytes(void **state) {
    (void)state;
    static const int32_t in[] = {INT32_MIN, -1, 0, 255, 256, INT32_MAX};
    static const uint8_t expected[] = {0, 0, 0, 255, 255, 255};
    uint8_t to[6];
    genrepi_convert(6, GENREP_I32, in, GENREP_U8, to);
    assert_memory_equal(to, expected, 6);
}

static void test_towards_float_rounds_once(void **state) {
    (void)state;
    static const double in[] = {1 + 0x1p-24, 1 + 0x3p-24, 1e300, -1e300, 0x1p-150, 0x1.8p-149};
    static const float expected[] = {1, 1 + 0x1p-22f, INFINITY, -INFINITY, 0, 0x1p-148f};
    float to[6];
    genrepi_convert(6, GENREP_F64, in, GENREP_F32, to);
    assert_memory_equal(to, expected, sizeof to);
    static const int32_t whole[] = {16777217, 16777219, -16777217, INT32_MAX};
    static const float near[] = {16777216, 16777220, -16777216, 2147483648.0f};
    genrepi_convert(4, GENREP_I32, whole, GENREP_F32, to);
    assert_memory_equal(to, near, sizeof near);
}

static void test_nan_stays_in_floating_point(void **state) {
    (void)state;
    double d = NAN;
    float f;
    genrepi_convert(1, GENREP_F64, &d, GENREP_F32, &f);
    assert_true(isnan(f));
    genrepi_convert(1, GENREP_F32, &f, GENREP_F64, &d);
    assert_true(isnan(d));
}

static void test_same_type_may_overlap(void **state) {
    (void)state;
    float x[6] = {1, 2, 3, 4, 5, 6};
    genrepi_convert(5, GENREP_F32, x, GENREP_F32, x + 1);
    static const float expected[] = {1, 1, 2, 3, 4, 5};
    assert_memory_equal(x, expected, sizeof x);
    genrepi_convert(0, GENREP_F32, NULL, GENREP_U8, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_whole_numbers_survive_every_pair),
        cmocka_unit_test(test_towards_bytes),
        cmocka_unit_test(test_towards_integers),
        cmocka_unit_test(test_integers_clamp_towards_bytes),
        cmocka_unit_test(test_towards_float_rounds_once),
        cmocka_unit_test(test_nan_stays_in_floating_point),
        cmocka_unit_test(test_same_type_may_overlap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
