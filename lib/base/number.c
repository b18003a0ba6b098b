/* Decimal text to a double, exactly, and back.  Nothing here asks the host's locale. */
#include <base/number.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- decimal text ---------------------------------------------------------------------------- */

/* 767 digits decide the rounding of any double; of more it matters only whether one is not 0. */
#define DIGITS 800

typedef struct decimal { /* digits as a whole number, times 10^exponent */
    int negative, n, sticky;
    int64_t exponent;
    char digits[DIGITS]; /* values 0..9, the first not 0 */
} decimal;

static int is_digit(char c) {
    return c >= '0' && c <= '9';
}

static void add_digit(decimal *d, int digit) {
    if (d->n == DIGITS) {
        d->sticky |= digit != 0;
        d->exponent++;
    } else if (d->n > 0 || digit != 0) {
        d->digits[d->n++] = (char)digit;
    }
}

static int scan(const char *text, size_t bytes, decimal *d) {
    size_t i = 0, mantissa = 0;
    d->negative = d->n = d->sticky = 0;
    d->exponent = 0;
    if (i < bytes && (text[i] == '-' || text[i] == '+')) d->negative = text[i++] == '-';
    for (; i < bytes && is_digit(text[i]); i++, mantissa++) add_digit(d, text[i] - '0');
    if (i < bytes && text[i] == '.') {
        for (i++; i < bytes && is_digit(text[i]); i++, mantissa++) {
            d->exponent--;
            add_digit(d, text[i] - '0');
        }
    }
    if (mantissa == 0) return 0;
    if (i < bytes && (text[i] == 'e' || text[i] == 'E')) {
        int negative = 0;
        int64_t exponent = 0;
        i++;
        if (i < bytes && (text[i] == '-' || text[i] == '+')) negative = text[i++] == '-';
        if (i == bytes) return 0;
        for (; i < bytes && is_digit(text[i]); i++)
            if (exponent < INT64_MAX / 100) exponent = exponent * 10 + (text[i] - '0');
        d->exponent += negative ? -exponent : exponent;
    }
    for (; !d->sticky && d->n > 0 && d->digits[d->n - 1] == 0; d->n--) d->exponent++;
    return i == bytes;
}

/* ---- whole numbers of any size --------------------------------------------------------------- */

/* The largest here is 10^1131 with 64 bits below it. */
#define WORDS 128

typedef struct big {
    int n; /* words in use; the last is not 0 */
    uint32_t words[WORDS];
} big;

static void multiply_add(big *a, uint32_t factor, uint32_t carry) {
    uint64_t c = carry;
    for (int i = 0; i < a->n; i++) {
        c += (uint64_t)a->words[i] * factor;
        a->words[i] = (uint32_t)c;
        c >>= 32;
    }
    if (c != 0) a->words[a->n++] = (uint32_t)c;
}

static void multiply_by_power_of_ten(big *a, int64_t power) {
    for (; power >= 9; power -= 9) multiply_add(a, 1000000000, 0);
    for (; power > 0; power--) multiply_add(a, 10, 0);
}

static int bits_of(const big *a) {
    int bits = 32 * (a->n - 1);
    for (uint32_t top = a->words[a->n - 1]; top != 0; top >>= 1) bits++;
    return bits;
}

static void shift_left(big *a, int bits) {
    int words = bits / 32;
    memmove(a->words + words, a->words, (size_t)a->n * sizeof a->words[0]);
    memset(a->words, 0, (size_t)words * sizeof a->words[0]);
    a->n += words;
    multiply_add(a, UINT32_C(1) << bits % 32, 0);
}

static int compare(const big *a, const big *b) {
    if (a->n != b->n) return a->n < b->n ? -1 : 1;
    for (int i = a->n - 1; i >= 0; i--)
        if (a->words[i] != b->words[i]) return a->words[i] < b->words[i] ? -1 : 1;
    return 0;
}

static void subtract(big *a, const big *b) { /* a >= b */
    int64_t borrow = 0;
    for (int i = 0; i < a->n; i++) {
        borrow += (int64_t)a->words[i] - (i < b->n ? b->words[i] : 0);
        a->words[i] = (uint32_t)borrow;
        borrow >>= 32;
    }
    while (a->n > 0 && a->words[a->n - 1] == 0) a->n--;
}

/* ---- text to number -------------------------------------------------------------------------- */

static const double power_of_ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                      1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                      1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}; /* all exact */
#define EXACT_POWERS 22
#define EXACT_DIGITS 15

/* q * 2^exponent, q of 63 or 64 bits and a bit more if `more`, to the nearest double, ties to even.
 */
static double round_to_double(uint64_t q, int exponent, int more) {
    int bits = q >> 63 ? 64 : 63;
    int keep = bits + exponent + 1074; /* above 2^-1074, the smallest double */
    if (keep > 53) keep = 53;
    if (keep < 0) return 0;
    int drop = bits - keep;
    uint64_t half = UINT64_C(1) << (drop - 1);
    uint64_t kept = drop == 64 ? 0 : q >> drop, rest = drop == 64 ? q : q & (2 * half - 1);
    if (rest > half || (rest == half && (more || kept % 2 == 1))) kept++;
    return ldexp((double)kept, exponent + drop);
}

/* The quotient of two whole numbers to 64 bits by long division, which is exact but for the
 * remainder, and of that only whether it is 0 matters. */
static double divide(big *above, big *below) {
    int shift = bits_of(below) - 1 - bits_of(above); /* now the quotient is within 1/4..1 */
    if (shift > 0)
        shift_left(above, shift);
    else
        shift_left(below, -shift);
    uint64_t q = 0;
    for (int i = 0; i < 64; i++) {
        if (above->n > 0) shift_left(above, 1);
        q <<= 1;
        if (compare(above, below) >= 0) {
            subtract(above, below);
            q |= 1;
        }
    }
    return round_to_double(q, -64 - shift, above->n > 0);
}

static double magnitude(const decimal *d) {
    if (d->n == 0) return 0;
    if (d->n + d->exponent > 310) return HUGE_VAL;
    if (d->n + d->exponent < -330) return 0;
    if (FLT_EVAL_METHOD == 0 && d->n <= EXACT_DIGITS && d->exponent >= -EXACT_POWERS &&
        d->exponent <= EXACT_POWERS) { /* both sides exact: one rounding */
        uint64_t m = 0;
        for (int i = 0; i < d->n; i++) m = m * 10 + (uint64_t)d->digits[i];
        return d->exponent < 0 ? (double)m / power_of_ten[-d->exponent]
                               : (double)m * power_of_ten[d->exponent];
    }
    big above = {0}, below = {1, {1}};
    int64_t exponent = d->exponent;
    for (int i = 0; i < d->n; i++) multiply_add(&above, 10, (uint32_t)d->digits[i]);
    if (d->sticky) { /* any digit below will do */
        multiply_add(&above, 10, 1);
        exponent--;
    }
    multiply_by_power_of_ten(exponent < 0 ? &below : &above, exponent < 0 ? -exponent : exponent);
    return divide(&above, &below);
}

int genrepi_parse_real(const char *text, size_t bytes, double *out) {
    decimal d;
    if (!scan(text, bytes, &d)) return 0;
    double value = magnitude(&d);
    *out = d.negative ? -value : value;
    return 1;
}

int genrepi_parse_int(const char *text, size_t bytes, int64_t *out) {
    decimal d;
    if (!scan(text, bytes, &d)) return 0;
    uint64_t value = 0, limit = (uint64_t)INT64_MAX + (d.negative ? 1 : 0);
    if (d.n > 0 && (d.sticky || d.exponent < 0 || d.n + d.exponent > 19)) return 0;
    for (int i = 0; i < d.n + (d.n > 0 ? (int)d.exponent : 0); i++)
        value = value * 10 + (i < d.n ? (uint64_t)d.digits[i] : 0);
    if (value > limit) return 0;
    *out = d.negative ? (int64_t)(0 - value) : (int64_t)value;
    return 1;
}

/* ---- number to text -------------------------------------------------------------------------- */

static int same(double read, double value, int single) {
    return single ? (float)read == (float)value : read == value;
}

/* The shortest digits by trying each length.  Returns how many; *exponent is that of the first. */
static int shortest_exact(double value, int single, char digits[20], int *exponent) {
    for (int length = 1;; length++) {
        char text[64];
        int n = 0, e = 0;
        int size = snprintf(text, sizeof text, "%.*e", length - 1, value);
        /* Between the first digit and the next stands whatever the locale calls a decimal point. */
        const char *mark = strchr(text, 'e');
        for (const char *c = text; c < mark; c++)
            if (is_digit(*c)) digits[n++] = *c;
        for (const char *c = mark + 2; c < text + size; c++) e = e * 10 + (*c - '0');
        *exponent = mark[1] == '-' ? -e : e;
        decimal d = {.n = n, .exponent = *exponent - (n - 1)};
        for (int i = 0; i < n; i++) d.digits[i] = (char)(digits[i] - '0');
        if (length == 17 || same(magnitude(&d), value, single)) return n;
    }
}

/* The same for common numbers without printing: m = value * 10^k rounded, where m / 10^k reads back
 * as value (m and 10^k are exact, so the quotient is what a reader gets).  0 where that does not
 * help. */
static int shortest_quick(double value, int single, char digits[20], int *exponent) {
    int e = (int)floor(log10(value));
    for (int length = 1; length <= (single ? 9 : EXACT_DIGITS); length++) {
        int k = length - 1 - e;
        if (FLT_EVAL_METHOD != 0 || k < -EXACT_POWERS || k > EXACT_POWERS) return 0;
        double scaled = k < 0 ? value / power_of_ten[-k] : value * power_of_ten[k];
        uint64_t m = (uint64_t)(scaled + 0.5);
        double read = k < 0 ? (double)m * power_of_ten[-k] : (double)m / power_of_ten[k];
        if (m == 0 || !same(read, value, single)) continue;
        int n = 0;
        char reversed[20];
        for (; m % 10 == 0; m /= 10) k--;
        for (; m != 0; m /= 10) reversed[n++] = (char)('0' + m % 10);
        for (int i = 0; i < n; i++) digits[i] = reversed[n - 1 - i];
        *exponent = n - 1 - k;
        return n;
    }
    return 0;
}

static size_t put(char *text, const char *what) {
    size_t bytes = strlen(what);
    memcpy(text, what, bytes + 1);
    return bytes;
}

size_t genrepi_format_real(char text[GENREPI_NUMBER_BYTES], double value, int single) {
    char digits[20];
    int exponent = 0;
    size_t size = 0;
    if (isnan(value)) return put(text, "nan");
    if (signbit(value)) text[size++] = '-';
    value = fabs(value);
    if (isinf(value) || (single && value > (double)FLT_MAX)) return size + put(text + size, "inf");
    if (value == 0) return size + put(text + size, "0");
    int n = shortest_quick(value, single, digits, &exponent);
    if (n == 0) n = shortest_exact(value, single, digits, &exponent);

    int fixed = exponent >= -4 && exponent < 16;
    int point = fixed ? exponent + 1 : 1; /* digits before it */
    if (point <= 0) {
        size += put(text + size, "0.");
        for (int i = point; i < 0; i++) text[size++] = '0';
    }
    for (int i = 0; i < n || i < point; i++) {
        if (i == point && point > 0) text[size++] = '.';
        text[size++] = i < n ? digits[i] : '0';
    }
    text[size] = 0;
    if (!fixed)
        size += (size_t)snprintf(text + size, GENREPI_NUMBER_BYTES - size, "e%c%02d",
                                 exponent < 0 ? '-' : '+', exponent < 0 ? -exponent : exponent);
    return size;
}
