/* Vectors and rows of matrices (see kernel.h).  Included by kernel_template.h. */

static void k_fill(int64_t n, real a, real *y) {
    GENREPI_EACH(i, n) y[i] = a;
}

static void k_axpy(int64_t n, real a, const real *x, real *y) {
    GENREPI_EACH(i, n) y[i] += a * x[i];
}

static void k_scale(int64_t n, real a, const real *x, real *y) {
    GENREPI_EACH(i, n) y[i] = a * x[i];
}

static void k_add(int64_t n, const real *x, const real *z, real *y) {
    GENREPI_EACH(i, n) y[i] = x[i] + z[i];
}

static void k_mul(int64_t n, const real *x, const real *z, real *y) {
    GENREPI_EACH(i, n) y[i] = x[i] * z[i];
}

static void k_mul_add(int64_t n, const real *x, const real *z, real *y) {
    GENREPI_EACH(i, n) y[i] += x[i] * z[i];
}

static void k_scale_shift(int64_t n, real a, real b, const real *x, real *y) {
    GENREPI_EACH(i, n) y[i] = a * x[i] + b;
}

static void k_lerp(int64_t n, real t, const real *x, real *y) {
    GENREPI_EACH(i, n) y[i] += t * (x[i] - y[i]);
}

static real k_dot(int64_t n, const real *x, const real *y) {
    GENREPI_RETURN_SUM(n, x[i] * y[i]);
}

static real k_sum(int64_t n, const real *x) {
    GENREPI_RETURN_SUM(n, x[i]);
}

static real k_sum_squares(int64_t n, const real *x) {
    GENREPI_RETURN_SUM(n, x[i] * x[i]);
}

static real k_centred_squares(int64_t n, real mean, const real *x) {
    GENREPI_RETURN_SUM(n, (x[i] - mean) * (x[i] - mean));
}

static real k_max(int64_t n, const real *x) {
    real lanes[GENREPI_LANES];
    for (int l = 0; l < GENREPI_LANES; l++) lanes[l] = x[0];
    GENREPI_OVER_LANES(n, lanes, x[i] > lane ? x[i] : lane);
    return genrepi_tree_max(lanes);
}

/* Infinities and not-a-numbers have all exponent bits set. */
static int32_t k_finite(int64_t n, const real *x) {
#ifdef GENREPI_DOUBLE
    typedef uint64_t word;
    const word exponent = 0x7ff0000000000000u;
#else
    typedef uint32_t word;
    const word exponent = 0x7f800000u;
#endif
    word bad = 0;
    for (int64_t i = 0; i < n; i++) {
        word bits;
        memcpy(&bits, &x[i], sizeof bits);
        bad |= (bits & exponent) == exponent;
    }
    return bad == 0;
}

static void k_add_row(int64_t rows, int64_t cols, const real *b, real *x) {
    for (int64_t r = 0; r < rows; r++, x += cols) GENREPI_EACH(j, cols) x[j] += b[j];
}

/* Column sums: every s_j is one chain of additions in the order of the rows; four rows at a time
 * save loads and stores of s. */
#define GENREPI_SUM_ROWS(term)                                                                     \
    do {                                                                                           \
        int64_t r_ = 0;                                                                            \
        for (; r_ + 4 <= rows; r_ += 4) {                                                          \
            const int64_t e0 = r_ * cols, e1 = e0 + cols, e2 = e1 + cols, e3 = e2 + cols;          \
            GENREPI_EACH(j, cols)                                                                  \
            s[j] = (((s[j] + term(e0 + j, j)) + term(e1 + j, j)) + term(e2 + j, j)) +              \
                   term(e3 + j, j);                                                                \
        }                                                                                          \
        for (; r_ < rows; r_++) GENREPI_EACH(j, cols) s[j] += term(r_ * cols + j, j);              \
    } while (0)

static void k_sum_rows(int64_t rows, int64_t cols, const real *x, real *s) {
#define TERM(e, j) x[e]
    GENREPI_SUM_ROWS(TERM);
#undef TERM
}

static void k_mul_sum_rows(int64_t rows, int64_t cols, const real *x, const real *z, real *s) {
#define TERM(e, j) x[e] * z[e]
    GENREPI_SUM_ROWS(TERM);
#undef TERM
}

static void k_centred_squares_rows(int64_t rows, int64_t cols, const real *x, const real *mean,
                                   real *s) {
#define TERM(e, j) (x[e] - mean[j]) * (x[e] - mean[j])
    GENREPI_SUM_ROWS(TERM);
#undef TERM
}

static void k_scale_shift_rows(int64_t rows, int64_t cols, const real *a, const real *b,
                               const real *x, real *y) {
    for (int64_t r = 0; r < rows; r++, x += cols, y += cols)
        GENREPI_EACH(j, cols) y[j] = a[j] * x[j] + b[j];
}

static void k_from_u8(int64_t n, real a, real b, const uint8_t *x, real *y) {
    GENREPI_EACH(i, n) y[i] = a * (real)x[i] + b;
}
