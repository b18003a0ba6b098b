/* The sliced Wasserstein distance of the patches of images, level by level of a Laplacian pyramid
 * (Burt and Adelson 1983), as Karras et al. (2018, ProGAN) measure: 7 x 7 patches, each channel of
 * a set of them brought to mean 0 and deviation 1; along random directions both sets are sorted,
 * and the mean difference of what stands at one place is taken.  A thousand times that. */
#include <metrics/pyramid.h>

#include <base/pool.h>
#include <kernel/gemm.h>

#include <math.h>
#include <string.h>

enum { DIRECTIONS = 16 /* at a time */ };

typedef struct swd_options {
    int64_t patches, repeats, directions;
} swd_options;

typedef struct sliced {
    genrepi_comparison *c;
    const swd_options *options;
    int64_t images, count, dim; /* count: patches of a set; dim: numbers of a patch */
    real *patches[2];           /* count * dim each */
    real *along[2];             /* DIRECTIONS * count: projections, each direction's sorted */
    uint32_t *keys[2];          /* the same twice over, to sort with */
    real *directions;           /* DIRECTIONS * dim */
    int64_t n;                  /* directions in use */
    double apart[DIRECTIONS];
} sliced;

/* ---- patches --------------------------------------------------------------------------------- */

/* Each channel of all patches to mean 0 and deviation 1. */
static void normalise(void *argument, int64_t task) {
    const sliced *s = argument;
    const int64_t area = GENREPI_PATCH * GENREPI_PATCH, channels = s->dim / area;
    real *set = s->patches[task / channels] + task % channels * area;
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < s->count; i++)
        for (int64_t j = 0; j < area; j++) sum += (double)set[i * s->dim + j];
    const double n = (double)(s->count * area), mean = sum / n;
    for (int64_t i = 0; i < s->count; i++)
        for (int64_t j = 0; j < area; j++) {
            const double d = (double)set[i * s->dim + j] - mean;
            squares += d * d;
        }
    const double scale = squares > 0 ? 1 / sqrt(squares / n) : 0;
    for (int64_t i = 0; i < s->count; i++)
        for (int64_t j = 0; j < area; j++)
            set[i * s->dim + j] = (real)(((double)set[i * s->dim + j] - mean) * scale);
}

/* ---- sorting --------------------------------------------------------------------------------- */

/* In this order numbers are as their bits are. */
static uint32_t key_of(real value) {
    const float x = (float)value;
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits ^ (bits >> 31 != 0 ? 0xffffffffu : 0x80000000u);
}

static real value_of(uint32_t key) {
    const uint32_t bits = key ^ (key >> 31 != 0 ? 0x80000000u : 0xffffffffu);
    float x;
    memcpy(&x, &bits, sizeof x);
    return (real)x;
}

/* By digits of 8 bits, lowest first. */
static void sort(int64_t n, real *x, uint32_t *keys, uint32_t *other) {
    for (int64_t i = 0; i < n; i++) keys[i] = key_of(x[i]);
    for (int shift = 0; shift < 32; shift += 8) {
        int64_t place[257] = {0};
        for (int64_t i = 0; i < n; i++) place[(keys[i] >> shift & 255) + 1]++;
        for (int d = 0; d < 256; d++) place[d + 1] += place[d];
        for (int64_t i = 0; i < n; i++) other[place[keys[i] >> shift & 255]++] = keys[i];
        uint32_t *swap = keys;
        keys = other, other = swap;
    }
    for (int64_t i = 0; i < n; i++) x[i] = value_of(keys[i]);
}

static void compare(void *argument, int64_t d) {
    sliced *s = argument;
    const real *x = s->along[0] + d * s->count, *y = s->along[1] + d * s->count;
    for (int set = 0; set < 2; set++)
        sort(s->count, s->along[set] + d * s->count, s->keys[0] + d * s->count,
             s->keys[1] + d * s->count);
    s->apart[d] = 0;
    for (int64_t i = 0; i < s->count; i++) s->apart[d] += fabs((double)x[i] - (double)y[i]);
}

/* ---- directions ------------------------------------------------------------------------------ */

static void draw_directions(sliced *s, uint64_t first) {
    const genrep_ctx *ctx = s->c->ctx;
    for (int64_t d = 0; d < s->n; d++) {
        real *w = s->directions + d * s->dim;
        const uint64_t stream = genrepi_stream(GENREPI_FOR_METRIC, first + (uint64_t)d, 2);
        ctx->kernels->random_normal(s->dim, ctx->seed, stream, 0, 0, 1, w);
        const double length = sqrt((double)ctx->kernels->sum_squares(s->dim, w));
        ctx->kernels->scale(s->dim, (real)(1 / length), w, w);
    }
}

/* The mean difference of the patches of one level, over all directions. */
static int32_t measure(sliced *s, int64_t level, double *distance) {
    genrep_ctx *ctx = s->c->ctx;
    const int64_t all = s->options->repeats * s->options->directions;
    double sum = 0;
    for (int64_t first = 0; first < all; first += DIRECTIONS) {
        s->n = all - first < DIRECTIONS ? all - first : DIRECTIONS;
        draw_directions(s, (uint64_t)(level * all + first));
        for (int set = 0; set < 2; set++) {
            int32_t status =
                genrepi_gemm(ctx, 0, 1, s->n, s->count, s->dim, 1, s->directions, s->dim,
                             s->patches[set], s->dim, 0, s->along[set], s->count);
            if (status != GENREP_OK) return status;
        }
        genrepi_parallel(ctx, s->n, compare, s);
        for (int64_t d = 0; d < s->n; d++) sum += s->apart[d];
    }
    *distance = 1000 * sum / ((double)all * (double)s->count);
    return GENREP_OK;
}

static int32_t allocate(sliced *s) {
    genrep_ctx *ctx = s->c->ctx;
    for (int i = 0; i < 2; i++) {
        s->patches[i] = genrepi_alloc_raw(ctx, s->count, (size_t)s->dim * sizeof(real));
        s->along[i] = genrepi_alloc_raw(ctx, s->count, DIRECTIONS * sizeof(real));
        s->keys[i] = genrepi_alloc_raw(ctx, s->count, DIRECTIONS * sizeof(uint32_t));
        if (s->patches[i] == NULL || s->along[i] == NULL || s->keys[i] == NULL)
            return GENREP_E_NOMEM;
    }
    s->directions = genrepi_alloc_raw(ctx, DIRECTIONS, (size_t)s->dim * sizeof(real));
    return s->directions == NULL ? GENREP_E_NOMEM : GENREP_OK;
}

static int32_t run(genrepi_comparison *c, const void *given) {
    const swd_options *options = given;
    genrepi_pyramid pyramid;
    sliced s = {.c = c, .options = options};
    s.images = c->rows_a.n < c->rows_b.n ? c->rows_a.n : c->rows_b.n;
    s.count = s.images * options->patches;
    int32_t status = genrepi_pyramid_of(c, &pyramid);
    if (status != GENREP_OK) return status;
    s.dim = pyramid.channels * GENREPI_PATCH * GENREPI_PATCH;
    const int64_t levels = pyramid.levels;
    double *distances = genrepi_alloc(c->ctx, levels, sizeof *distances);
    status = distances == NULL ? GENREP_E_NOMEM : allocate(&s);
    for (int64_t level = 0; level < levels && status == GENREP_OK; level++) {
        pyramid.level = level;
        status = genrepi_pyramid_patches(&pyramid, &c->rows_a, s.images, options->patches, 0,
                                         s.patches[0]);
        if (status == GENREP_OK)
            status = genrepi_pyramid_patches(&pyramid, &c->rows_b, s.images, options->patches, 1,
                                             s.patches[1]);
        if (status == GENREP_OK) {
            genrepi_parallel(c->ctx, 2 * pyramid.channels, normalise, &s);
            status = measure(&s, level, &distances[level]);
        }
    }
    if (status == GENREP_OK) genrepi_comparison_average(c, levels, distances);
    c->error = 0;
    for (int i = 0; i < 2; i++) {
        genrepi_free(c->ctx, s.patches[i]);
        genrepi_free(c->ctx, s.along[i]);
        genrepi_free(c->ctx, s.keys[i]);
    }
    genrepi_free(c->ctx, s.directions);
    genrepi_free(c->ctx, distances);
    return status;
}

static const genrepi_option options[] = {
    GENREPI_OPTION_INT(swd_options, patches, "128", 1, 65536, "patches of 7 x 7 an image"),
    GENREPI_OPTION_INT(swd_options, repeats, "4", 1, 1024, "times that many directions"),
    GENREPI_OPTION_INT(swd_options, directions, "128", 1, 65536, "random directions a time"),
};
static const genrepi_metric_ops ops = {GENREPI_COMPARES_SETS, run};
GENREPI_METRIC(sliced_wasserstein, "sliced_wasserstein",
               "1000 times the distance of patches along random directions, averaged over scales",
               options, swd_options, ops);
