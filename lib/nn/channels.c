/* Work per channel, in both layouts. */
#include <base/pool.h>
#include <nn/channels.h>

genrepi_channels genrepi_channels_of(const genrepi_shape *shape) {
    genrepi_channels c = {shape->size[0], shape->size[1],
                          genrepi_axes_count(shape, 2, shape->rank)};
    return c;
}

int32_t genrepi_channels_shape(const genrep_layer *layer, int32_t rank, int64_t features,
                               const genrepi_shape *in, genrepi_shape *out) {
    *out = *in;
    if (in->rank < 0) return 0;
    if (in->rank < rank || (features > 0 && in->size[1] >= 0 && in->size[1] != features)) {
        const char *axes = rank == 2 ? "two" : "three";
        if (features == 0) return genrepi_fail_shape(layer, in, "at least %s axes", axes);
        return genrepi_fail_shape(layer, in, "at least %s axes and %lld channels on axis 1", axes,
                                  (long long)features);
    }
    if (features > 0) out->size[1] = features;
    return 0;
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
