/* Numbers as text: exact both ways, in any locale. */
#include <support.h>
#include <base/number.h>

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state = 88172645463325252u;

static uint64_t next(void) { /* xorshift64 (Marsaglia 2003) */
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state;
}

static double from_bits(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static double parsed(const char *text) {
    double value = -1;
    if (!genrepi_parse_real(text, strlen(text), &value)) {
        print_error("'%s' was not read as a number\n", text);
        fail();
    }
    return value;
}

static const char *formatted(double value, int single) {
    static char text[GENREPI_NUMBER_BYTES];
    size_t bytes = genrepi_format_real(text, value, single);
    assert_int_equal(bytes, strlen(text));
    return text;
}

static void numbers_are_read(void **unused) {
    (void)unused;
    assert_true(parsed("1e-3") == 0.001);
    assert_true(parsed(".5") == 0.5);
    assert_true(parsed("5.") == 5);
    assert_true(parsed("-2") == -2);
    assert_true(parsed("+2.50E+1") == 25);
    assert_true(parsed("0") == 0 && !signbit(parsed("0")));
    assert_true(parsed("-0.000e5") == 0 && signbit(parsed("-0.000e5")));
    assert_true(parsed("000000000000000000000000000001") == 1);
    assert_true(parsed("1e999") == HUGE_VAL && parsed("-1e999") == -HUGE_VAL);
    assert_true(parsed("1e-999999999999999999999") == 0);
    assert_true(parsed("0e999999999999999999999") == 0);
}

static void other_text_is_refused(void **unused) {
    (void)unused;
    static const char *const texts[] = {"",   " 1",    "1 ",  "1,5", "0x10", "inf",  "nan",
                                        "-",  ".",     "e5",  "1e",  "1e+",  "1.e",  "--1",
                                        "1-", "1.5.2", "1_0", "+",   "-.",   "1e5.", "\xD9\xA1"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        double value = 7;
        int64_t whole = 7;
        assert_false(genrepi_parse_real(texts[i], strlen(texts[i]), &value));
        assert_false(genrepi_parse_int(texts[i], strlen(texts[i]), &whole));
        assert_true(value == 7 && whole == 7);
    }
    double value;
    assert_true(genrepi_parse_real("12x", 2, &value)); /* the length counts, not the 0 */
    assert_true(value == 12);
}

/* Ties and neighbours of ties, the ends of the range, more digits than are kept. */
static void rounding_is_exact(void **unused) {
    (void)unused;
    assert_true(parsed("9007199254740993") == 9007199254740992.0); /* 2^53 + 1: tie to even */
    assert_true(parsed("9007199254740993.0000000000000000000000001") == 9007199254740994.0);
    assert_true(parsed("9007199254740995") == 9007199254740996.0);
    assert_true(parsed("4.9406564584124654e-324") == from_bits(1));
    assert_true(parsed("2.4703282292062327e-324") == 0);            /* just below half of it */
    assert_true(parsed("2.4703282292062328e-324") == from_bits(1)); /* just above */
    assert_true(parsed("2.2250738585072011e-308") == from_bits(0x000FFFFFFFFFFFFF));
    assert_true(parsed("2.2250738585072014e-308") == DBL_MIN);
    assert_true(parsed("1.7976931348623157e308") == DBL_MAX);
    assert_true(parsed("1.7976931348623158e308") == DBL_MAX);
    assert_true(parsed("1.797693134862315808e308") == HUGE_VAL); /* above the last tie */

    char text[1200]; /* 2^53 + 1 with 900 zeros after the point: a tie, and with a 1 after them none
                      */
    memset(text, '0', sizeof text);
    memcpy(text, "9007199254740993.", 17);
    double value;
    assert_true(genrepi_parse_real(text, 917, &value) && value == 9007199254740992.0);
    text[917] = '1';
    assert_true(genrepi_parse_real(text, 918, &value) && value == 9007199254740994.0);
}

static void reading_agrees_with_strtod(void **unused) {
    (void)unused;
    for (int i = 0; i < 200000; i++) {
        char text[64];
        double value = from_bits(next());
        if (!isfinite(value)) continue;
        if (i % 2 == 0) value = ldexp((double)(next() >> 11), (int)(next() % 80) - 90);
        snprintf(text, sizeof text, "%.*e", (int)(next() % 40), value);
        double expected = strtod(text, NULL), read = parsed(text);
        if (memcmp(&read, &expected, sizeof read) != 0) {
            print_error("%s is read as %a, not %a\n", text, read, expected);
            fail();
        }
    }
}

static int64_t whole(const char *text) {
    int64_t value = -99;
    if (!genrepi_parse_int(text, strlen(text), &value)) return -99;
    return value;
}

static void whole_numbers_are_read(void **unused) {
    (void)unused;
    assert_int_equal(whole("0"), 0);
    assert_int_equal(whole("-0"), 0);
    assert_int_equal(whole("1e6"), 1000000);
    assert_int_equal(whole("1.5e1"), 15);
    assert_int_equal(whole("12.000"), 12);
    assert_int_equal(whole("1200e-2"), 12);
    assert_true(whole("9223372036854775807") == INT64_MAX);
    assert_true(whole("-9223372036854775808") == INT64_MIN);
    assert_int_equal(whole("9223372036854775808"), -99);
    assert_int_equal(whole("-9223372036854775809"), -99);
    assert_int_equal(whole("18446744073709551617"), -99);
    assert_int_equal(whole("1e19"), -99);
    assert_int_equal(whole("1e400"), -99);
    assert_int_equal(whole("1.5"), -99);
    assert_int_equal(whole("1e-1"), -99);
}

static void texts_are_short(void **unused) {
    (void)unused;
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0.1, "0.1"},
                 {1e-5, "1e-05"},
                 {3, "3"},
                 {-2.5, "-2.5"},
                 {0, "0"},
                 {-0.0, "-0"},
                 {100000, "100000"},
                 {1e15, "1000000000000000"},
                 {1e16, "1e+16"},
                 {1e100, "1e+100"},
                 {0.0001, "0.0001"},
                 {0.00012, "0.00012"},
                 {5e-324, "5e-324"},
                 {DBL_MAX, "1.7976931348623157e+308"},
                 {1.0 / 3, "0.3333333333333333"},
                 {0.1 + 0.2, "0.30000000000000004"},
                 {123456.789, "123456.789"},
                 {9007199254740993.0, "9007199254740992"},
                 {HUGE_VAL, "inf"},
                 {-HUGE_VAL, "-inf"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(formatted(cases[i].value, 0), cases[i].text);
    assert_string_equal(formatted((double)NAN, 0), "nan");
    assert_string_equal(formatted((double)0.1f, 1), "0.1");
    assert_string_equal(formatted((double)0.1f, 0), "0.10000000149011612");
    assert_string_equal(formatted((double)FLT_MAX, 1), "3.4028235e+38");
    assert_string_equal(formatted((double)1.4e-45f, 1), "1e-45");
    assert_string_equal(formatted((double)16777216.0f, 1), "16777216");
}

/* What is written reads back, and one digit less would not. */
static void texts_read_back(void **unused) {
    (void)unused;
    for (int i = 0; i < 100000; i++) {
        double value = i % 2 == 0 ? from_bits(next()) : (double)(next() % 2000000) / 1000;
        if (!isfinite(value)) continue;
        const char *text = formatted(value, 0);
        assert_true(strtod(text, NULL) == value);
        int digits = 0, started = 0;
        for (const char *c = text; *c != 0 && *c != 'e'; c++) {
            started |= *c >= '1' && *c <= '9';
            digits += started && *c >= '0' && *c <= '9';
        }
        char shorter[64];
        snprintf(shorter, sizeof shorter, "%.*e", digits >= 2 ? digits - 2 : 0, value);
        if (digits >= 2 && text[strlen(text) - 1] != '0')
            assert_true(strtod(shorter, NULL) != value);

        float single = (float)value;
        if (isfinite(single)) assert_true(strtof(formatted((double)single, 1), NULL) == single);
    }
}

static void the_locale_changes_nothing(void **unused) {
    (void)unused;
    static const char *const names[] = {"", "fr_FR.UTF-8", "de_DE.UTF-8", "ps_AF.UTF-8"};
    int found = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (setlocale(LC_ALL, names[i]) == NULL) continue;
        if (strcmp(localeconv()->decimal_point, ".") == 0) continue;
        found = 1;
        assert_true(parsed("1.5") == 1.5);
        assert_string_equal(formatted(0.1 + 0.2, 0), "0.30000000000000004");
        assert_string_equal(formatted(1.5e-300, 0), "1.5e-300");
        assert_string_equal(formatted((double)1.5e-30f, 1), "1.5e-30");
        double value;
        assert_false(genrepi_parse_real("1,5", 3, &value));
    }
    setlocale(LC_ALL, "C");
    if (!found) skip();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read),       cmocka_unit_test(other_text_is_refused),
        cmocka_unit_test(rounding_is_exact),      cmocka_unit_test(reading_agrees_with_strtod),
        cmocka_unit_test(whole_numbers_are_read), cmocka_unit_test(texts_are_short),
        cmocka_unit_test(texts_read_back),        cmocka_unit_test(the_locale_changes_nothing),
    };
    setlocale(LC_ALL, "C"); /* what is compared with strtod() and printf() */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
