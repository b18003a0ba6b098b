/* Losses (see kernel.h): sums over elements, and their derivatives times `scale`.
 * Included by kernel_template.h. */

/* softplus(x) - t x as (max(x, 0) - t x) + log(1 + exp(-|x|)): nothing cancels where t is 0 or 1.
 */
static real k_bce(int64_t n, const real *x, const real *t, real target) {
    if (t != NULL)
        GENREPI_RETURN_SUM(n, (genrepi_positive(x[i]) - t[i] * x[i]) + genrepi_softplus_rest(x[i]));
    GENREPI_RETURN_SUM(n, (genrepi_positive(x[i]) - target * x[i]) + genrepi_softplus_rest(x[i]));
}

static void k_bce_backward(int64_t n, real scale, const real *x, const real *t, real target,
                           real *dx) {
    if (t != NULL)
        GENREPI_EACH(i, n) dx[i] = scale * (genrepi_sigmoid(x[i]) - t[i]);
    else
        GENREPI_EACH(i, n) dx[i] = scale * (genrepi_sigmoid(x[i]) - target);
}

static real k_squared_difference(int64_t n, const real *x, const real *t) {
    GENREPI_RETURN_SUM(n, (x[i] - t[i]) * (x[i] - t[i]));
}

static real k_absolute_difference(int64_t n, const real *x, const real *t) {
    GENREPI_RETURN_SUM(n, genrepi_abs(x[i] - t[i]));
}

static void k_sign_difference(int64_t n, real scale, const real *x, const real *t, real *dx) {
    GENREPI_EACH(i, n) dx[i] = x[i] > t[i] ? scale : x[i] < t[i] ? -scale : 0;
}

static real k_hinge(int64_t n, const real *x, const real *t, real target) {
    if (t != NULL) GENREPI_RETURN_SUM(n, genrepi_positive(1 - t[i] * x[i]));
    GENREPI_RETURN_SUM(n, genrepi_positive(1 - target * x[i]));
}

static void k_hinge_backward(int64_t n, real scale, const real *x, const real *t, real target,
                             real *dx) {
    if (t != NULL)
        GENREPI_EACH(i, n) dx[i] = genrepi_choose(t[i] * x[i] < 1, -scale * t[i], 0);
    else
        GENREPI_EACH(i, n) dx[i] = genrepi_choose(target * x[i] < 1, -scale * target, 0);
}
