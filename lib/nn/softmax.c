/* softmax over the last axis: y_j = exp(x_j - m) / sum_i exp(x_i - m), m = max x.  Going back:
 * dx = J dy, J v = y (v - <v, y>) of each row.  Of tangents, which J takes along as it is
 * symmetric, d_in = J (d + q x' - <x', y> q - <q, y> x'). */
#include <nn/tangent.h>

static int32_t shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                     genrepi_shape *out) {
    (void)n_in;
    out[0] = in[0];
    if (in[0].rank < 0) return 0;
    if (in[0].rank == 0 || in[0].size[in[0].rank - 1] == 0) {
        return genrepi_fail_shape(layer, in, "a last axis that is not empty");
    }
    return 0;
}

typedef struct softmax_state {
    int64_t cols;
    const real *x, *dy;
    real *y;
} softmax_state;

static void forward_rows(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const softmax_state *s = opaque;
    for (int64_t i = begin; i < end; i++) {
        const real *x = s->x + i * s->cols;
        real *y = s->y + i * s->cols;
        real sum = k->exp_sum(s->cols, k->max(s->cols, x), x, y);
        k->scale(s->cols, 1 / sum, y, y);
    }
}

static void backward_rows(const genrepi_kernels *k, const void *opaque, int64_t begin,
                          int64_t end) {
    const softmax_state *s = opaque; /* x is the output of forward here */
    for (int64_t i = begin; i < end; i++) {
        const real *p = s->x + i * s->cols, *dy = s->dy + i * s->cols;
        real *dx = s->y + i * s->cols;
        k->scale_shift(s->cols, 1, -k->dot(s->cols, dy, p), dy, dx);
        k->mul(s->cols, p, dx, dx);
    }
}

static int32_t forward(genrepi_call *call) {
    const genrepi_shape *in = &call->in[0]->shape;
    softmax_state state = {in->size[in->rank - 1], genrepi_real_read(call->in[0]), NULL,
                           genrepi_real(call->out[0])};
    genrepi_map_rows(call->ctx, call->in[0]->count / state.cols, state.cols, forward_rows, &state);
    return 0;
}

static int32_t backward(genrepi_call *call) {
    const genrepi_shape *in = &call->in[0]->shape;
    if (call->d_in[0] == NULL) return 0;
    softmax_state state = {in->size[in->rank - 1], genrepi_real_read(call->out[0]),
                           genrepi_real_read(call->d_out[0]), genrepi_real(call->d_in[0])};
    genrepi_map_rows(call->ctx, call->in[0]->count / state.cols, state.cols, backward_rows, &state);
    return 0;
}

typedef struct bend_state {
    int64_t cols;
    const real *y, *t, *q, *d;
    real *to;
} bend_state;

static void bend_rows(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const bend_state *s = opaque;
    for (int64_t i = begin; i < end; i++) {
        const int64_t n = s->cols, at = i * n;
        const real *y = s->y + at, *t = s->t + at, *q = s->q + at;
        real *to = s->to + at;
        k->mul(n, q, t, to);
        k->axpy(n, -k->dot(n, t, y), q, to);
        k->axpy(n, -k->dot(n, q, y), t, to);
        if (s->d != NULL) k->add(n, s->d + at, to, to);
        k->scale_shift(n, 1, -k->dot(n, to, y), to, to);
        k->mul(n, y, to, to);
    }
}

static int32_t tangent_backward(genrepi_call *call) {
    int32_t status = genrepi_tangent_back_q(call);
    if (status != 0 || call->d_in[0] == NULL) return status;
    const genrepi_shape *in = &call->in[0]->shape;
    bend_state state = {.cols = in->size[in->rank - 1],
                        .y = genrepi_real_read(call->out[0]),
                        .t = genrepi_real_read(call->t_in[0]),
                        .q = genrepi_real_read(call->q_out[0]),
                        .d = call->d_out != NULL ? genrepi_real_read(call->d_out[0]) : NULL,
                        .to = genrepi_real(call->d_in[0])};
    genrepi_map_rows(call->ctx, call->in[0]->count / state.cols, state.cols, bend_rows, &state);
    return 0;
}

static const genrepi_layer_ops ops = {.n_in = 1,
                                      .n_out = 1,
                                      .shape = shape,
                                      .forward = forward,
                                      .backward = backward,
                                      .tangent = genrepi_tangent_symmetric,
                                      .tangent_backward = tangent_backward};
const genrepi_kind genrepi_kind_softmax = {
    "layer", "softmax", "y = exp(x) / sum exp(x) over the last axis", NULL, 0, 0, 0, 0, &ops};
