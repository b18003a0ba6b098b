/* noise (Karras et al. 2019, StyleGAN; mathematics 2.14): y = x + a_c n, n ~ N(0, 1) drawn for each
 * pixel of each sample and shared by its channels (axis 1), the strength a_c of each channel
 * trained from 0 on.  dx = dy, da_c = sum dy n.  n is a function of the call's stream, so that
 * every application and every step has its own. */
#include <base/pool.h>
#include <nn/channels.h>

typedef struct noise_options {
    int64_t features;
    int32_t always;
    char *init;
} noise_options;

static int32_t build(genrep_layer *layer, int32_t n_in, const genrepi_shape *in) {
    (void)n_in;
    noise_options *o = layer->options;
    int32_t status = genrepi_size_from_input(layer, "features", in, 1, &o->features);
    genrepi_shape size = {1, {o->features}};
    return status != 0 ? status : genrepi_layer_parameter(layer, "weight", &size, o->init, 1);
}

static int32_t shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                     genrepi_shape *out) {
    (void)n_in;
    const noise_options *o = layer->options;
    return genrepi_channels_shape(layer, 2, o->features, in, out);
}

typedef struct noise_state {
    uint64_t seed, stream;
    genrepi_channels c;
    const real *strength, *x, *dy;
    real *noise, *y;
} noise_state;

static void draw(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const noise_state *s = opaque;
    k->random_normal(end - begin, s->seed, s->stream, (uint64_t)begin, 0, 1, s->noise + begin);
}

/* Each row is a channel of a sample; of columns, a sample. */
static void add_runs(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const noise_state *s = opaque;
    const int64_t n = s->c.inner;
    for (int64_t i = begin; i < end; i++) {
        const real *noise = s->noise + i / s->c.channels * n;
        k->combine_runs(1, 0, n, 1, s->x + i * n, 0, s->strength[i % s->c.channels], noise,
                        s->y + i * n);
    }
}

static void add_columns(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const noise_state *s = opaque;
    const int64_t n = s->c.channels;
    for (int64_t i = begin; i < end; i++) {
        k->combine_runs(1, 0, n, 1, s->x + i * n, 0, s->noise[i], s->strength, s->y + i * n);
    }
}

static double strength_run(const genrepi_kernels *k, const void *opaque, int64_t channel,
                           int64_t at, int64_t n) {
    const noise_state *s = opaque;
    (void)channel;
    return n == 0 ? 0 : (double)k->dot(n, s->dy + at, s->noise + at / (s->c.channels * n) * n);
}

static void strength_rows(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end,
                          real *sums) {
    const noise_state *s = opaque;
    const int64_t n = s->c.channels;
    for (int64_t i = begin; i < end; i++) k->axpy(n, s->noise[i], s->dy + i * n, sums);
}

/* saved[0]: n, of batch x inner. */
static int32_t forward(genrepi_call *call) {
    const noise_options *o = call->layer->options;
    genrepi_channels c = genrepi_channels_of(&call->in[0]->shape);
    if (!call->training && !o->always) {
        genrepi_copy_real(call->ctx, call->in[0]->count, genrepi_real_read(call->in[0]),
                          genrepi_real(call->out[0]));
        return 0;
    }
    int32_t status =
        genrepi_call_save(call, 0, GENREPI_REAL, &(genrepi_shape){2, {c.batch, c.inner}});
    if (status != 0) return status;
    noise_state state = {.seed = call->ctx->seed,
                         .stream = call->stream,
                         .c = c,
                         .strength = genrepi_real_read(call->layer->parameters[0].value),
                         .x = genrepi_real_read(call->in[0]),
                         .noise = genrepi_real(call->saved[0]),
                         .y = genrepi_real(call->out[0])};
    genrepi_map_pieces(call->ctx, c.batch * c.inner, draw, &state);
    if (c.inner == 1) {
        genrepi_map_rows(call->ctx, c.batch, c.channels, add_columns, &state);
    } else {
        genrepi_map_rows(call->ctx, c.batch * c.channels, c.inner, add_runs, &state);
    }
    return 0;
}

static int32_t backward(genrepi_call *call) {
    noise_state state = {.c = genrepi_channels_of(&call->in[0]->shape),
                         .dy = genrepi_real_read(call->d_out[0]),
                         .noise = genrepi_real(call->saved[0])};
    if (call->d_in[0] != NULL) {
        genrepi_copy_real(call->ctx, call->d_in[0]->count, state.dy, genrepi_real(call->d_in[0]));
    }
    if (call->frozen) return 0;
    return genrepi_sum_channels(call->ctx, state.c, strength_run, strength_rows, &state,
                                genrepi_real(call->layer->parameters[0].gradient));
}

static const genrepi_option options[] = {
    GENREPI_OPTION_INT(noise_options, features, "0", 0, GENREPI_MAX_SIZE,
                       "number of channels (axis 1); 0: what comes before tells"),
    GENREPI_OPTION_FLAG(noise_options, always, "1", "at evaluation too; 0: there y = x"),
    GENREPI_OPTION_STRING(noise_options, init, "zeros", "initial strengths")};
static const genrepi_layer_ops ops = {.n_in = 1,
                                      .n_out = 1,
                                      .build = build,
                                      .shape = shape,
                                      .forward = forward,
                                      .backward = backward};
const genrepi_kind genrepi_kind_noise = {
    "layer",
    "noise",
    "y = x + a n: normal noise for each pixel, a trained strength a for each channel (axis 1)",
    options,
    GENREPI_COUNT(options),
    0,
    0,
    sizeof(noise_options),
    &ops};
