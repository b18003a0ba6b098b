/* Normalisation: sums and maps over `count` runs of n elements, `step` apart, which is how a
 * channel of a batch lies in memory (see kernel.h).  Element i of any run goes to lane i % 16;
 * lanes are emptied into a double when they hold enough, so that long sums lose nothing.  Included
 * by kernel_template.h. */

enum {
    NORM_PARTS = GENREPI_LANES / SIMD_LANES, /* vectors for the 16 lanes */
    NORM_HELD = 256 * GENREPI_LANES          /* elements the lanes take before they are emptied */
};

typedef struct norm_lanes {
    simd part[NORM_PARTS];
} norm_lanes;

static inline norm_lanes norm_zero(void) {
    norm_lanes lanes;
    ROWS_UNROLL for (int v = 0; v < NORM_PARTS; v++) lanes.part[v] = simd_zero();
    return lanes;
}

static inline double norm_total(norm_lanes lanes) {
    real all[GENREPI_LANES];
    ROWS_UNROLL for (int v = 0; v < NORM_PARTS; v++)
        simd_store(all + v * SIMD_LANES, lanes.part[v]);
    return (double)genrepi_tree_sum(all);
}

/* The terms that are summed: x, (x - mean)^2, and (x - mean) z; minus is -mean. */
typedef simd norm_term(simd x, simd z, simd minus);
static inline simd norm_first(simd x, simd z, simd minus) {
    (void)z, (void)minus;
    return x;
}
static inline simd norm_square(simd x, simd z, simd minus) {
    (void)z;
    const simd centred = simd_add(x, minus);
    return simd_mul(centred, centred);
}
static inline simd norm_product(simd x, simd z, simd minus) {
    return simd_mul(simd_add(x, minus), z);
}

/* Adds a piece of a run.  What is missing of the last 16 elements counts as mean, and 0 of z. */
static inline __attribute__((always_inline)) norm_lanes
norm_add(norm_lanes lanes, norm_term *term, int64_t n, real mean, const real *x, const real *z) {
    const simd minus = simd_set(-mean);
    int64_t at = 0;
    for (; at + GENREPI_LANES <= n; at += GENREPI_LANES) {
        ROWS_UNROLL for (int v = 0; v < NORM_PARTS; v++) {
            const int64_t e = at + v * SIMD_LANES;
            lanes.part[v] =
                simd_add(lanes.part[v], term(simd_load(x + e), simd_load(z + e), minus));
        }
    }
    if (at == n) return lanes;
    real x_end[GENREPI_LANES], z_end[GENREPI_LANES] = {0};
    for (int l = 0; l < GENREPI_LANES; l++) {
        x_end[l] = at + l < n ? x[at + l] : mean;
        if (at + l < n) z_end[l] = z[at + l];
    }
    ROWS_UNROLL for (int v = 0; v < NORM_PARTS; v++) {
        const int64_t e = v * SIMD_LANES;
        lanes.part[v] =
            simd_add(lanes.part[v], term(simd_load(x_end + e), simd_load(z_end + e), minus));
    }
    return lanes;
}

static inline __attribute__((always_inline)) double norm_sum(norm_term *term, int64_t count,
                                                             int64_t step, int64_t n, real mean,
                                                             const real *x, const real *z) {
    norm_lanes lanes = norm_zero();
    double sum = 0;
    int64_t held = 0;
    for (int64_t run = 0; run < count; run++, x += step, z += step) {
        for (int64_t at = 0, part; at < n; at += part) {
            part = n - at < NORM_HELD ? n - at : NORM_HELD;
            lanes = norm_add(lanes, term, part, mean, x + at, z + at);
            held += part;
            if (held < NORM_HELD) continue;
            sum += norm_total(lanes);
            lanes = norm_zero();
            held = 0;
        }
    }
    return sum + norm_total(lanes);
}

static double k_sum_runs(int64_t count, int64_t step, int64_t n, const real *x) {
    return norm_sum(norm_first, count, step, n, 0, x, x);
}

static double k_centred_squares_runs(int64_t count, int64_t step, int64_t n, real mean,
                                     const real *x) {
    return norm_sum(norm_square, count, step, n, mean, x, x);
}

/* Run by run, so that z comes from memory once. */
static void k_centred_dot_runs(int64_t count, int64_t step, int64_t n, real mean, const real *x,
                               const real *z, double *sums) {
    const int64_t runs = n < NORM_HELD ? NORM_HELD / (n > 0 ? n : 1) : 1;
    sums[0] = sums[1] = 0;
    for (int64_t run = 0; run < count; run += runs, x += runs * step, z += runs * step) {
        const int64_t some = count - run < runs ? count - run : runs;
        sums[0] += norm_sum(norm_first, some, step, n, 0, z, z);
        sums[1] += norm_sum(norm_product, some, step, n, mean, x, z);
    }
}

static void k_scale_shift_runs(int64_t count, int64_t step, int64_t n, real a, real b,
                               const real *x, real *y) {
    for (int64_t run = 0; run < count; run++, x += step, y += step)
        GENREPI_EACH(i, n) y[i] = a * x[i] + b;
}

static void k_combine_runs(int64_t count, int64_t step, int64_t n, real a, const real *x, real b,
                           real d, const real *z, real *y) {
    for (int64_t run = 0; run < count; run++, x += step, z += step, y += step)
        GENREPI_EACH(i, n) y[i] = a * x[i] + (d * z[i] + b);
}
