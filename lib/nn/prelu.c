/* prelu (He et al. 2015): x, or a x below zero; one slope a for all, or one a channel (axis 1),
 * trained from 0.25 on.  The gradient of a slope is the sum over x < 0 of x dy, and with tangents
 * also of x' q. */
#include <nn/channels.h>
#include <nn/tangent.h>

typedef struct prelu_options {
    int64_t features;
    char *init;
} prelu_options;

static int32_t build(genrep_layer *layer, int32_t n_in, const genrepi_shape *in) {
    (void)n_in;
    prelu_options *o = layer->options;
    int32_t status = genrepi_size_from_input(layer, "features", in, 1, &o->features);
    genrepi_shape size = {1, {o->features}};
    return status != 0 ? status : genrepi_layer_parameter(layer, "weight", &size, o->init, 1);
}

static int32_t shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                     genrepi_shape *out) {
    (void)n_in;
    const prelu_options *o = layer->options;
    if (o->features != 1) return genrepi_channels_shape(layer, 2, o->features, in, out);
    out[0] = in[0];
    return 0;
}

typedef struct prelu_state {
    int64_t cols;
    const real *slope, *x, *dy;
    real *y;
} prelu_state;

static void forward_run(const genrepi_kernels *k, const void *opaque, int64_t channel, int64_t at,
                        int64_t n) {
    const prelu_state *s = opaque;
    k->leaky_relu(n, s->slope[channel], s->x + at, s->y + at);
}

static void backward_run(const genrepi_kernels *k, const void *opaque, int64_t channel, int64_t at,
                         int64_t n) {
    const prelu_state *s = opaque;
    k->leaky_relu_backward(n, s->slope[channel], s->x + at, s->dy + at, s->y + at);
}

static double slope_run(const genrepi_kernels *k, const void *opaque, int64_t channel, int64_t at,
                        int64_t n) {
    const prelu_state *s = opaque;
    (void)channel;
    return (double)k->dot_negative(n, s->x + at, s->dy + at);
}

/* Slopes that change from column to column: plain loops, which the compiler vectorises. */
static void forward_rows(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const prelu_state *s = opaque;
    (void)k;
    for (int64_t i = begin; i < end; i++) {
        const real *x = s->x + i * s->cols;
        real *y = s->y + i * s->cols;
        for (int64_t j = 0; j < s->cols; j++) y[j] = x[j] > 0 ? x[j] : s->slope[j] * x[j];
    }
}

static void backward_rows(const genrepi_kernels *k, const void *opaque, int64_t begin,
                          int64_t end) {
    const prelu_state *s = opaque;
    (void)k;
    for (int64_t i = begin; i < end; i++) {
        const real *x = s->x + i * s->cols, *dy = s->dy + i * s->cols;
        real *dx = s->y + i * s->cols;
        for (int64_t j = 0; j < s->cols; j++) dx[j] = x[j] > 0 ? dy[j] : s->slope[j] * dy[j];
    }
}

static void slope_rows(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end,
                       real *sums) {
    const prelu_state *s = opaque;
    (void)k;
    for (int64_t i = begin; i < end; i++) {
        const real *x = s->x + i * s->cols, *dy = s->dy + i * s->cols;
        for (int64_t j = 0; j < s->cols; j++) sums[j] += x[j] < 0 ? x[j] * dy[j] : 0;
    }
}

static double slope_piece(const genrepi_kernels *k, const void *opaque, int64_t begin,
                          int64_t end) {
    return slope_run(k, opaque, 0, begin, end - begin);
}

static int32_t forward(genrepi_call *call) {
    const prelu_options *o = call->layer->options;
    const real *slope = genrepi_real_read(call->layer->parameters[0].value);
    if (o->features == 1) {
        genrepi_map_forward(call, genrepi_leaky_forward, slope[0]);
        return 0;
    }
    prelu_state state = {o->features, slope, genrepi_real_read(call->in[0]), NULL,
                         genrepi_real(call->out[0])};
    genrepi_map_channels(call->ctx, genrepi_channels_of(&call->in[0]->shape), forward_run,
                         forward_rows, &state);
    return 0;
}

static int32_t backward(genrepi_call *call) {
    const prelu_options *o = call->layer->options;
    const genrepi_parameter *p = call->layer->parameters;
    prelu_state state = {o->features, genrepi_real_read(p[0].value), genrepi_real_read(call->in[0]),
                         genrepi_real_read(call->d_out[0]), NULL};
    if (o->features == 1) {
        genrepi_map_backward(call, genrepi_leaky_backward, call->in[0], state.slope[0]);
        if (call->frozen) return 0;
        double sum = genrepi_sum_pieces(call->ctx, call->in[0]->count, slope_piece, &state);
        genrepi_real(p[0].gradient)[0] += (real)sum;
        return 0;
    }
    genrepi_channels c = genrepi_channels_of(&call->in[0]->shape);
    if (call->d_in[0] != NULL) {
        state.y = genrepi_real(call->d_in[0]);
        genrepi_map_channels(call->ctx, c, backward_run, backward_rows, &state);
    }
    if (call->frozen) return 0;
    return genrepi_sum_channels(call->ctx, c, slope_run, slope_rows, &state,
                                genrepi_real(p[0].gradient));
}

#define PART 256

/* The sum of x' q where x is not above 0; x' is in y, q in dy. */
static double tangent_run(const genrepi_kernels *k, const void *opaque, int64_t channel, int64_t at,
                          int64_t n) {
    const prelu_state *s = opaque;
    (void)channel;
    double sum = 0;
    for (int64_t end = at + n; at < end; at += PART) {
        const int64_t m = end - at < PART ? end - at : PART;
        real below[PART];
        for (int64_t i = 0; i < m; i++) below[i] = s->x[at + i] > 0 ? 0 : s->dy[at + i];
        sum += (double)k->dot(m, s->y + at, below);
    }
    return sum;
}

static void tangent_rows(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end,
                         real *sums) {
    const prelu_state *s = opaque;
    (void)k;
    for (int64_t i = begin; i < end; i++) {
        const int64_t at = i * s->cols;
        const real *x = s->x + at, *q = s->dy + at, *t = s->y + at;
        for (int64_t j = 0; j < s->cols; j++) sums[j] += x[j] > 0 ? 0 : t[j] * q[j];
    }
}

static double tangent_piece(const genrepi_kernels *k, const void *opaque, int64_t begin,
                            int64_t end) {
    return tangent_run(k, opaque, 0, begin, end - begin);
}

static int32_t tangent_backward(genrepi_call *call) {
    const prelu_options *o = call->layer->options;
    int32_t status = genrepi_tangent_straight_backward(call);
    if (status != 0 || call->frozen) return status;
    prelu_state state = {.cols = o->features,
                         .x = genrepi_real_read(call->in[0]),
                         .dy = genrepi_real_read(call->q_out[0]),
                         .y = genrepi_real(call->t_in[0])};
    real *gradient = genrepi_real(call->layer->parameters[0].gradient);
    if (o->features == 1) {
        gradient[0] +=
            (real)genrepi_sum_pieces(call->ctx, call->in[0]->count, tangent_piece, &state);
        return 0;
    }
    return genrepi_sum_channels(call->ctx, genrepi_channels_of(&call->in[0]->shape), tangent_run,
                                tangent_rows, &state, gradient);
}

static const genrepi_option options[] = {
    GENREPI_OPTION_INT(
        prelu_options, features, "1", 0, GENREPI_MAX_SIZE,
        "1: one slope; the number of channels (axis 1): one each; 0: what comes before "
        "tells it"),
    GENREPI_OPTION_STRING(prelu_options, init, "constant value=0.25", "initial slopes")};
static const genrepi_layer_ops ops = {.n_in = 1,
                                      .n_out = 1,
                                      .build = build,
                                      .shape = shape,
                                      .forward = forward,
                                      .backward = backward,
                                      .tangent = genrepi_tangent_symmetric,
                                      .tangent_backward = tangent_backward,
                                      .straight = 1};
const genrepi_kind genrepi_kind_prelu = {"layer",
                                         "prelu",
                                         "y = x above zero, a x below, a trained",
                                         options,
                                         GENREPI_COUNT(options),
                                         0,
                                         0,
                                         sizeof(prelu_options),
                                         &ops};
