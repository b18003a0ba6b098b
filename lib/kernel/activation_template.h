/* Activations (see kernel.h).  Included by kernel_template.h. */

static void k_exp(int64_t n, const real *x, real *y) {
    GENREPI_EACH(i, n) y[i] = genrepi_exp(x[i]);
}

static void k_tanh(int64_t n, const real *x, real *y) {
    GENREPI_EACH(i, n) y[i] = genrepi_tanh(x[i]);
}

static void k_tanh_backward(int64_t n, const real *y, const real *dy, real *dx) {
    GENREPI_EACH(i, n) dx[i] = dy[i] * (1 - y[i] * y[i]);
}

static void k_sigmoid(int64_t n, const real *x, real *y) {
    GENREPI_EACH(i, n) y[i] = genrepi_sigmoid(x[i]);
}

static void k_sigmoid_backward(int64_t n, const real *y, const real *dy, real *dx) {
    GENREPI_EACH(i, n) dx[i] = dy[i] * (y[i] * (1 - y[i]));
}

/* Slope 0 is taken apart: 0 times infinity would be not-a-number. */
static void k_leaky_relu(int64_t n, real slope, const real *x, real *y) {
    if (slope == 0)
        GENREPI_EACH(i, n) y[i] = genrepi_positive(x[i]);
    else
        GENREPI_EACH(i, n) y[i] = x[i] > 0 ? x[i] : slope * x[i];
}

static void k_leaky_relu_backward(int64_t n, real slope, const real *x, const real *dy, real *dx) {
    if (slope == 0)
        GENREPI_EACH(i, n) dx[i] = genrepi_choose(x[i] > 0, dy[i], 0);
    else
        GENREPI_EACH(i, n) dx[i] = genrepi_choose(x[i] > 0, dy[i], slope * dy[i]);
}

static real k_dot_negative(int64_t n, const real *x, const real *dy) {
    GENREPI_RETURN_SUM(n, genrepi_choose(x[i] < 0, x[i] * dy[i], 0));
}

static real k_exp_sum(int64_t n, real shift, const real *x, real *y) {
    GENREPI_RETURN_SUM(n, (y[i] = genrepi_exp(x[i] - shift)));
}
