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

/* The sum of log(1 + exp(-|x|)) is the logarithm of a product of factors in 1..2, of which a float
 * holds 127: so one exponential serves loss and derivative, and logarithms are rare. */
static void tally_close(genrepi_bce_tally *tally) {
    real sum = genrepi_tree_sum(tally->sums);
    real logarithms[GENREPI_LANES];
    for (int l = 0; l < GENREPI_LANES; l++) logarithms[l] = genrepi_log(tally->products[l]);
    tally->total += (double)sum + (double)genrepi_tree_sum(logarithms);
    for (int l = 0; l < GENREPI_LANES; l++) tally->sums[l] = 0, tally->products[l] = 1;
    tally->blocks = 0;
}

static double k_bce_total(genrepi_bce_tally *tally) {
    tally_close(tally);
    const double total = tally->total;
    tally->total = 0;
    return total;
}

static void k_bce_steps(int64_t n, real scale, const real *x, const real *t, real *dx,
                        genrepi_bce_tally *tally) {
    enum { MOST_BLOCKS = 120 };
    for (int64_t block = 0; block < n; block += GENREPI_LANES) {
        if (tally->blocks == MOST_BLOCKS) tally_close(tally);
        real terms[GENREPI_LANES], factors[GENREPI_LANES];
        GENREPI_INDEPENDENT_LANES for (int l = 0; l < GENREPI_LANES; l++) {
            const real s = x[block + l], y = t[block + l];
            const real e = genrepi_exp(s < 0 ? s : -s), d = 1 / (1 + e);
            terms[l] = genrepi_positive(s) - y * s;
            factors[l] = 1 + e;
            dx[block + l] = scale * ((s < 0 ? e * d : d) - y);
        }
        const int here = n - block < GENREPI_LANES ? (int)(n - block) : GENREPI_LANES;
        for (int l = here; l < GENREPI_LANES; l++) terms[l] = 0, factors[l] = 1;
        GENREPI_INDEPENDENT_LANES for (int l = 0; l < GENREPI_LANES; l++) {
            tally->sums[l] += terms[l];
            tally->products[l] *= factors[l];
        }
        tally->blocks++;
    }
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
