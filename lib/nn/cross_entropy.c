/* cross_entropy: of logits z (the last axis is the classes) and class numbers, the mean over rows
 * of L = lse(z) - sum_j q_j z_j,   lse(z) = m + log sum_j exp(z_j - m), m = max z with q = 1 for
 * the class, or (1 - smoothing) for it and smoothing/classes for all (Szegedy et al. 2016).  d/dz =
 * (softmax(z) - q) / rows. */
#include <nn/loss.h>

typedef struct cross_entropy_options {
    double smoothing;
} cross_entropy_options;

static int32_t shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                     genrepi_shape *out) {
    (void)n_in;
    out[0].rank = 0;
    if (in[0].rank < 0) return 0;
    if (in[0].rank < 2 || genrepi_axes_count(in, 0, in[0].rank) == 0) {
        return genrepi_fail_shape(layer, in, "logits of batch x classes, at least one row");
    }
    if (in[1].rank < 0) return 0;
    int same = in[1].rank == in[0].rank - 1;
    for (int32_t i = 0; same && i < in[1].rank; i++) {
        same = in[0].size[i] < 0 || in[1].size[i] < 0 || in[0].size[i] == in[1].size[i];
    }
    if (same) return 0;
    char text[GENREPI_SHAPE_BYTES];
    return genrepi_fail_shape(layer, &in[1], "one class number for each row of the logits %s",
                              genrepi_shape_text(&in[0], text));
}

typedef struct cross_entropy_state {
    int64_t cols;
    const real *logits;
    const int32_t *label;
    real *softmax, *value; /* of each row */
    real smoothing, scale;
    real *d;
} cross_entropy_state;

static void forward_rows(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const cross_entropy_state *s = opaque;
    int64_t n = s->cols;
    for (int64_t i = begin; i < end; i++) {
        const real *z = s->logits + i * n;
        real *p = s->softmax + i * n, max = k->max(n, z);
        real sum = k->exp_sum(n, max, z, p), smoothing = s->smoothing;
        real below = max - z[s->label[i]]; /* the larger numbers meet here, not their logarithms */
        if (smoothing > 0) below += smoothing * (z[s->label[i]] - k->sum(n, z) / (real)n);
        s->value[i] = below + (real)log(sum);
        k->scale(n, 1 / sum, p, p);
    }
}

static void backward_rows(const genrepi_kernels *k, const void *opaque, int64_t begin,
                          int64_t end) {
    const cross_entropy_state *s = opaque;
    int64_t n = s->cols;
    real everywhere = s->smoothing / (real)n;
    for (int64_t i = begin; i < end; i++) {
        real *d = s->d + i * n;
        k->scale_shift(n, s->scale, -s->scale * everywhere, s->softmax + i * n, d);
        d[s->label[i]] -= s->scale * (1 - s->smoothing);
    }
}

/* saved: the classes, softmax(z), the loss of each row. */
static int32_t forward(genrepi_call *call) {
    const cross_entropy_options *o = call->layer->options;
    const genrepi_shape *in = &call->in[0]->shape;
    int64_t cols = in->size[in->rank - 1], rows = call->in[0]->count / cols;
    int32_t status = genrepi_save_classes(call, 0, call->in[1], cols);
    if (status == 0) status = genrepi_call_save(call, 1, GENREPI_REAL, in);
    if (status == 0) {
        status = genrepi_call_save(call, 2, GENREPI_REAL, &(genrepi_shape){1, {rows}});
    }
    if (status != 0) return status;
    cross_entropy_state state = {.cols = cols,
                                 .logits = genrepi_real_read(call->in[0]),
                                 .label = call->saved[0]->data,
                                 .softmax = genrepi_real(call->saved[1]),
                                 .value = genrepi_real(call->saved[2]),
                                 .smoothing = (real)o->smoothing};
    genrepi_map_rows(call->ctx, rows, cols, forward_rows, &state);
    double sum = 0;
    for (int64_t i = 0; i < rows; i++) sum += (double)state.value[i];
    genrepi_real(call->out[0])[0] = (real)(sum / (double)rows);
    return 0;
}

static int32_t backward(genrepi_call *call) {
    const cross_entropy_options *o = call->layer->options;
    const genrepi_shape *in = &call->in[0]->shape;
    int64_t cols = in->size[in->rank - 1], rows = call->in[0]->count / cols;
    if (call->d_in[1] != NULL) { /* classes held as real numbers */
        call->ctx->kernels->fill(call->d_in[1]->count, 0, genrepi_real(call->d_in[1]));
    }
    if (call->d_in[0] == NULL) return 0;
    cross_entropy_state state = {.cols = cols,
                                 .label = call->saved[0]->data,
                                 .softmax = genrepi_real(call->saved[1]),
                                 .smoothing = (real)o->smoothing,
                                 .scale = genrepi_real_read(call->d_out[0])[0] / (real)rows,
                                 .d = genrepi_real(call->d_in[0])};
    genrepi_map_rows(call->ctx, rows, cols, backward_rows, &state);
    return 0;
}

static const genrepi_option options[] = {
    GENREPI_OPTION_NUMBER(cross_entropy_options, smoothing, "0", 0, 1,
                          "share of the target that is spread over all classes")};
static const genrepi_layer_ops ops = {.n_in = 2,
                                      .n_out = 1,
                                      .shape = shape,
                                      .forward = forward,
                                      .backward = backward,
                                      .integer_inputs = 2};
const genrepi_kind genrepi_kind_cross_entropy = {
    "layer",
    "cross_entropy",
    "mean log sum exp(z) - z_t of logits z and class numbers t",
    options,
    GENREPI_COUNT(options),
    0,
    0,
    sizeof(cross_entropy_options),
    &ops};
