/* dropout (Srivastava et al. 2014), inverted: y = x m / (1 - p), m = 1 with probability 1 - p, so
 * that nothing changes at evaluation.  The mask is not kept: it is a function of the call's stream,
 * and going back draws it again. */
#include <nn/tangent.h>

typedef struct dropout_options {
    double p;
    int32_t always;
} dropout_options;

typedef struct dropout_state {
    uint64_t seed, stream;
    real p;
    const real *x;
    real *y;
} dropout_state;

static void drop(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const dropout_state *s = opaque;
    k->dropout(end - begin, s->seed, s->stream, (uint64_t)begin, s->p, s->x + begin, s->y + begin);
}

static void apply(const genrepi_call *call, const genrep_tensor *from, genrep_tensor *to) {
    const dropout_options *o = call->layer->options;
    if (o->p >= 1 && (call->training || o->always)) {
        call->ctx->kernels->fill(to->count, 0, genrepi_real(to));
    } else if (o->p <= 0 || (!call->training && !o->always)) {
        genrepi_copy_real(call->ctx, to->count, genrepi_real_read(from), genrepi_real(to));
    } else {
        dropout_state state = {call->ctx->seed, call->stream, (real)o->p, genrepi_real_read(from),
                               genrepi_real(to)};
        genrepi_map_pieces(call->ctx, to->count, drop, &state);
    }
}

static int32_t forward(genrepi_call *call) {
    apply(call, call->in[0], call->out[0]);
    return 0;
}

static int32_t backward(genrepi_call *call) {
    if (call->d_in[0] != NULL) apply(call, call->d_out[0], call->d_in[0]);
    return 0;
}

static const genrepi_option options[] = {
    GENREPI_OPTION_NUMBER(dropout_options, p, "0.5", 0, 1, "probability that an element becomes 0"),
    GENREPI_OPTION_FLAG(dropout_options, always, "0",
                        "drop at evaluation too (the noise of pix2pix)")};
static const genrepi_layer_ops ops = {.n_in = 1,
                                      .n_out = 1,
                                      .shape = genrepi_same_shape,
                                      .forward = forward,
                                      .backward = backward,
                                      .tangent = genrepi_tangent_symmetric,
                                      .tangent_backward = genrepi_tangent_straight_backward,
                                      .straight = 1};
const genrepi_kind genrepi_kind_dropout = {
    "layer",
    "dropout",
    "y = x m / (1 - p), m = 0 with probability p; y = x at evaluation",
    options,
    GENREPI_COUNT(options),
    0,
    0,
    sizeof(dropout_options),
    &ops};
