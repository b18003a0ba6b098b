/* global_pool: one number for each channel (axis 1) of each sample, over all axes that follow
 * (Lin, Chen and Yan 2014; projection discriminators sum): batch x channels.
 *   mean, sum   dx = dy / n, dx = dy
 *   max         dx of the first largest element is dy, of the others 0 */
#include <nn/channels.h>
#include <string.h>

enum { MEAN, MAX, SUM };

typedef struct global_pool_options {
    int32_t mode;
} global_pool_options;

static int32_t shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                     genrepi_shape *out) {
    (void)n_in;
    genrepi_shape same;
    int32_t status = genrepi_channels_shape(layer, 3, 0, in, &same);
    *out = (genrepi_shape){2, {-1, -1}};
    if (status != 0 || in->rank < 0) return status;
    if (genrepi_axes_count(in, 2, in->rank) == 0)
        return genrepi_fail_shape(layer, in, "images that are not empty");
    out->size[0] = in->size[0];
    out->size[1] = in->size[1];
    return 0;
}

typedef struct pool_state {
    int32_t mode;
    int64_t n; /* elements of a channel */
    const real *x, *dy;
    real *to;
} pool_state;

static int64_t largest(const real *x, int64_t n) {
    int64_t at = 0;
    for (int64_t i = 1; i < n && x[at] == x[at]; i++)
        if (!(x[i] <= x[at])) at = i;
    return at;
}

static void pool(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const pool_state *s = opaque;
    for (int64_t i = begin; i < end; i++) {
        const real *x = s->x + i * s->n;
        if (s->mode == MAX) {
            s->to[i] = x[largest(x, s->n)];
        } else {
            const double sum = k->sum_runs(1, 0, s->n, x);
            s->to[i] = (real)(s->mode == SUM ? sum : sum / (double)s->n);
        }
    }
}

static void go_back(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const pool_state *s = opaque;
    for (int64_t i = begin; i < end; i++) {
        real *dx = s->to + i * s->n;
        if (s->mode == MAX) {
            memset(dx, 0, (size_t)s->n * sizeof *dx);
            dx[largest(s->x + i * s->n, s->n)] = s->dy[i];
        } else {
            k->fill(s->n, s->mode == SUM ? s->dy[i] : s->dy[i] / (real)s->n, dx);
        }
    }
}

static pool_state state_of(const genrepi_call *call) {
    const global_pool_options *o = call->layer->options;
    return (pool_state){.mode = o->mode,
                        .n = genrepi_channels_of(&call->in[0]->shape).inner,
                        .x = genrepi_real_read(call->in[0])};
}

static int32_t forward(genrepi_call *call) {
    pool_state s = state_of(call);
    s.to = genrepi_real(call->out[0]);
    genrepi_map_rows(call->ctx, call->out[0]->count, s.n, pool, &s);
    return 0;
}

static int32_t backward(genrepi_call *call) {
    if (call->d_in[0] == NULL) return 0;
    pool_state s = state_of(call);
    s.dy = genrepi_real_read(call->d_out[0]);
    s.to = genrepi_real(call->d_in[0]);
    genrepi_map_rows(call->ctx, call->out[0]->count, s.n, go_back, &s);
    return 0;
}

static const genrepi_option options[] = {GENREPI_OPTION_WORD(
    global_pool_options, mode, "mean", "mean|max|sum", "what is made of a channel's elements")};
static const genrepi_layer_ops ops = {
    .n_in = 1, .n_out = 1, .shape = shape, .forward = forward, .backward = backward};
const genrepi_kind genrepi_kind_global_pool = {
    "layer",
    "global_pool",
    "one number for each channel (axis 1) of each sample: batch x channels",
    options,
    GENREPI_COUNT(options),
    0,
    0,
    sizeof(global_pool_options),
    &ops};
