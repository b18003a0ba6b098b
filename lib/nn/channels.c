/* Work per channel, in both layouts. */
#include <base/pool.h>
#include <nn/channels.h>

genrepi_channels genrepi_channels_of(const genrepi_shape *shape) {
    genrepi_channels c = {shape->size[0], shape->size[1],
                          genrepi_axes_count(shape, 2, shape->rank)};
    return c;
}

typedef struct channel_state {
    const genrepi_kernels *k;
    genrepi_channels c;
    genrepi_run_map *map;
    genrepi_run_sum *sum;
    const void *state;
    real *total;
} channel_state;

static void channels_task(void *argument, int64_t begin, int64_t end) {
    const channel_state *s = argument;
    for (int64_t channel = begin; channel < end; channel++) {
        double sum = 0;
        for (int64_t i = 0; i < s->c.batch; i++) {
            int64_t at = (i * s->c.channels + channel) * s->c.inner;
            if (s->map != NULL) {
                s->map(s->k, s->state, channel, at, s->c.inner);
            } else {
                sum += s->sum(s->k, s->state, channel, at, s->c.inner);
            }
        }
        if (s->map == NULL) s->total[channel] += (real)sum;
    }
}

static void channels_parallel(genrep_ctx *ctx, channel_state *s) {
    int64_t elements = s->c.batch * s->c.inner;
    int64_t grain = elements >= GENREPI_PIECE || elements == 0 ? 1 : GENREPI_PIECE / elements;
    s->k = ctx->kernels;
    genrepi_parallel_range(ctx, s->c.channels, grain, channels_task, s);
}

void genrepi_map_channels(genrep_ctx *ctx, genrepi_channels c, genrepi_run_map *run,
                          genrepi_piece *rows, const void *state) {
    if (c.inner == 1) {
        genrepi_map_rows(ctx, c.batch, c.channels, rows, state);
        return;
    }
    channel_state s = {.c = c, .map = run, .state = state};
    channels_parallel(ctx, &s);
}

int32_t genrepi_sum_channels(genrep_ctx *ctx, genrepi_channels c, genrepi_run_sum *run,
                             genrepi_rows_sum *rows, const void *state, real *total) {
    if (c.inner == 1) {
        return genrepi_sum_rows(ctx, c.batch, c.channels, c.channels, rows, state, total);
    }
    channel_state s = {.c = c, .sum = run, .state = state, .total = total};
    channels_parallel(ctx, &s);
    return 0;
}

typedef struct norm_state {
    int64_t cols;
    const real *a, *b, *d, *x, *z;
    real *y;
} norm_state;

static double sum_run(const genrepi_kernels *k, const void *opaque, int64_t channel, int64_t at,
                      int64_t n) {
    const norm_state *s = opaque;
    (void)channel;
    return (double)k->sum(n, s->x + at);
}

static void sum_columns(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end,
                        real *sums) {
    const norm_state *s = opaque;
    k->sum_rows(end - begin, s->cols, s->x + begin * s->cols, sums);
}

int32_t genrepi_channel_sums(genrep_ctx *ctx, genrepi_channels c, const real *x, real *total) {
    norm_state state = {.cols = c.channels, .x = x};
    return genrepi_sum_channels(ctx, c, sum_run, sum_columns, &state, total);
}

static double squares_run(const genrepi_kernels *k, const void *opaque, int64_t channel, int64_t at,
                          int64_t n) {
    const norm_state *s = opaque;
    return (double)k->centred_squares(n, s->a[channel], s->x + at);
}

static void squares_columns(const genrepi_kernels *k, const void *opaque, int64_t begin,
                            int64_t end, real *sums) {
    const norm_state *s = opaque;
    k->centred_squares_rows(end - begin, s->cols, s->x + begin * s->cols, s->a, sums);
}

int32_t genrepi_channel_squares(genrep_ctx *ctx, genrepi_channels c, const real *x,
                                const real *mean, real *total) {
    norm_state state = {.cols = c.channels, .x = x, .a = mean};
    return genrepi_sum_channels(ctx, c, squares_run, squares_columns, &state, total);
}

static double products_run(const genrepi_kernels *k, const void *opaque, int64_t channel,
                           int64_t at, int64_t n) {
    const norm_state *s = opaque;
    (void)channel;
    return (double)k->dot(n, s->x + at, s->z + at);
}

static void products_columns(const genrepi_kernels *k, const void *opaque, int64_t begin,
                             int64_t end, real *sums) {
    const norm_state *s = opaque;
    k->mul_sum_rows(end - begin, s->cols, s->x + begin * s->cols, s->z + begin * s->cols, sums);
}

int32_t genrepi_channel_products(genrep_ctx *ctx, genrepi_channels c, const real *x, const real *z,
                                 real *total) {
    norm_state state = {.cols = c.channels, .x = x, .z = z};
    return genrepi_sum_channels(ctx, c, products_run, products_columns, &state, total);
}

static void combine_run(const genrepi_kernels *k, const void *opaque, int64_t channel, int64_t at,
                        int64_t n) {
    const norm_state *s = opaque;
    k->scale_shift(n, s->a[channel], s->b[channel], s->x + at, s->y + at);
    if (s->z != NULL) k->axpy(n, s->d[channel], s->z + at, s->y + at);
}

static void combine_rows(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const norm_state *s = opaque;
    int64_t at = begin * s->cols;
    k->scale_shift_rows(end - begin, s->cols, s->a, s->b, s->x + at, s->y + at);
    for (int64_t i = begin; i < end && s->z != NULL; i++, at += s->cols) {
        k->mul_add(s->cols, s->d, s->z + at, s->y + at);
    }
}

void genrepi_channel_combine(genrep_ctx *ctx, genrepi_channels c, const real *a, const real *x,
                             const real *b, const real *d, const real *z, real *y) {
    norm_state state = {.cols = c.channels, .a = a, .b = b, .d = d, .x = x, .z = z, .y = y};
    genrepi_map_channels(ctx, c, combine_run, combine_rows, &state);
}
