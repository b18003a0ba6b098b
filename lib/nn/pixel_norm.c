/* pixel_norm (Karras et al. 2018, ProGAN; mathematics 2.0): each pixel's vector of channels (axis
 * 1) to mean square 1, without a mean or anything trained:
 *   y = x / r,   r = sqrt(mean over channels of x^2 + eps)
 *   dx = (dy - y mean over channels of dy y) / r
 * On batch x features it brings latent vectors to a sphere, as before StyleGAN's mapping. */
#include <base/pool.h>
#include <nn/channels.h>
#include <string.h>

#define PIXELS 1024 /* of a sample that one piece of work takes, with sums that stay in the cache  \
                     */

typedef struct pixel_norm_options {
    double eps;
} pixel_norm_options;

static int32_t shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                     genrepi_shape *out) {
    (void)n_in;
    out[0] = in[0];
    if (in[0].rank >= 0 && in[0].rank < 2) {
        return genrepi_fail_shape(layer, in, "at least two axes");
    }
    if (in[0].rank >= 2 && in[0].size[1] == 0) {
        return genrepi_fail_shape(layer, in, "at least one channel (axis 1)");
    }
    return 0;
}

typedef struct pixel_state {
    const genrepi_kernels *k;
    genrepi_channels c;
    int64_t pieces; /* of a sample */
    double eps;
    const real *x, *y, *dy;
    real *to, *inverse; /* inverse: 1 / r of each pixel */
} pixel_state;

/* Forward: 1 / r of each pixel, then y = x / r channel by channel. */
static void forward_piece(const pixel_state *s, int64_t at, real *inverse, int64_t n) {
    const real share = (real)(1 / (double)s->c.channels);
    memset(inverse, 0, (size_t)n * sizeof(real));
    for (int64_t c = 0; c < s->c.channels; c++) {
        const real *x = s->x + at + c * s->c.inner;
        s->k->mul_add(n, x, x, inverse);
    }
    for (int64_t i = 0; i < n; i++) {
        inverse[i] = (real)(1 / sqrt((double)(inverse[i] * share) + s->eps));
    }
    for (int64_t c = 0; c < s->c.channels; c++) {
        const int64_t e = at + c * s->c.inner;
        s->k->mul(n, s->x + e, inverse, s->to + e);
    }
}

/* Backward: m = -mean of dy y of each pixel, then dx = (dy + y m) / r. */
static void backward_piece(const pixel_state *s, int64_t at, const real *inverse, int64_t n) {
    real mean[PIXELS] = {0};
    for (int64_t c = 0; c < s->c.channels; c++) {
        const int64_t e = at + c * s->c.inner;
        s->k->mul_add(n, s->dy + e, s->y + e, mean);
    }
    s->k->scale(n, (real)(-1 / (double)s->c.channels), mean, mean);
    for (int64_t c = 0; c < s->c.channels; c++) {
        const int64_t e = at + c * s->c.inner;
        s->k->mul(n, s->y + e, mean, s->to + e);
        s->k->add(n, s->dy + e, s->to + e, s->to + e);
        s->k->mul(n, inverse, s->to + e, s->to + e);
    }
}

static void pieces_task(void *argument, int64_t begin, int64_t end) {
    const pixel_state *s = argument;
    for (int64_t i = begin; i < end; i++) {
        int64_t sample = i / s->pieces, first = i % s->pieces * PIXELS;
        int64_t n = s->c.inner - first < PIXELS ? s->c.inner - first : PIXELS;
        int64_t at = sample * s->c.channels * s->c.inner + first;
        real *inverse = s->inverse + sample * s->c.inner + first;
        if (s->dy == NULL) {
            forward_piece(s, at, inverse, n);
        } else {
            backward_piece(s, at, inverse, n);
        }
    }
}

/* Of vectors, inner 1, a sample is one row. */
static void rows_task(void *argument, int64_t begin, int64_t end) {
    const pixel_state *s = argument;
    const int64_t n = s->c.channels;
    for (int64_t i = begin; i < end; i++) {
        const int64_t at = i * n;
        if (s->dy == NULL) {
            double mean = (double)s->k->sum_squares(n, s->x + at) / (double)n;
            s->inverse[i] = (real)(1 / sqrt(mean + s->eps));
            s->k->scale(n, s->inverse[i], s->x + at, s->to + at);
        } else {
            double mean = (double)s->k->dot(n, s->dy + at, s->y + at) / (double)n;
            s->k->combine_runs(1, 0, n, s->inverse[i], s->dy + at, 0, (real)-mean * s->inverse[i],
                               s->y + at, s->to + at);
        }
    }
}

static void run(genrep_ctx *ctx, pixel_state *s) {
    int64_t work = s->c.channels * (s->c.inner < PIXELS ? s->c.inner : PIXELS);
    int64_t grain = work > 0 && work < GENREPI_PIECE ? GENREPI_PIECE / work : 1;
    s->k = ctx->kernels;
    s->pieces = (s->c.inner + PIXELS - 1) / PIXELS;
    genrepi_parallel_range(ctx, s->c.batch * s->pieces, grain,
                           s->c.inner == 1 ? rows_task : pieces_task, s);
}

static int32_t forward(genrepi_call *call) {
    const pixel_norm_options *o = call->layer->options;
    genrepi_channels c = genrepi_channels_of(&call->in[0]->shape);
    int32_t status =
        genrepi_call_save(call, 0, GENREPI_REAL, &(genrepi_shape){2, {c.batch, c.inner}});
    if (status != 0) return status;
    pixel_state state = {.c = c,
                         .eps = o->eps,
                         .x = genrepi_real_read(call->in[0]),
                         .to = genrepi_real(call->out[0]),
                         .inverse = genrepi_real(call->saved[0])};
    run(call->ctx, &state);
    return 0;
}

static int32_t backward(genrepi_call *call) {
    if (call->d_in[0] == NULL) return 0;
    pixel_state state = {.c = genrepi_channels_of(&call->in[0]->shape),
                         .y = genrepi_real_read(call->out[0]),
                         .dy = genrepi_real_read(call->d_out[0]),
                         .to = genrepi_real(call->d_in[0]),
                         .inverse = genrepi_real(call->saved[0])};
    run(call->ctx, &state);
    return 0;
}

static const genrepi_option options[] = {
    GENREPI_OPTION_NUMBER(pixel_norm_options, eps, "1e-8", 1e-12, 1, "added to the mean square")};
static const genrepi_layer_ops ops = {
    .n_in = 1, .n_out = 1, .shape = shape, .forward = forward, .backward = backward};
const genrepi_kind genrepi_kind_pixel_norm = {"layer",
                                              "pixel_norm",
                                              "x / sqrt(mean over channels (axis 1) of x^2 + eps)",
                                              options,
                                              GENREPI_COUNT(options),
                                              0,
                                              0,
                                              sizeof(pixel_norm_options),
                                              &ops};
