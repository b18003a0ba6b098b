/* slice: features begin .. begin + count - 1 of axis 1, as those of one head of a network.  Linear;
 * the adjoint puts zeros for the others. */
#include <nn/tangent.h>
#include <string.h>

typedef struct slice_options {
    int64_t begin, count;
} slice_options;

static int64_t count_of(const slice_options *o, int64_t features) {
    return o->count > 0 ? o->count : features - o->begin;
}

static int32_t shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                     genrepi_shape *out) {
    (void)n_in;
    const slice_options *o = layer->options;
    out[0] = in[0];
    if (in[0].rank < 0) return 0;
    if (in[0].rank < 2) return genrepi_fail_shape(layer, in, "a batch and features");
    if (in[0].size[1] < 0) {
        out[0].size[1] = o->count > 0 ? o->count : -1;
        return 0;
    }
    const int64_t count = count_of(o, in[0].size[1]);
    if (count < 1 || o->begin > in[0].size[1] - count)
        return genrepi_fail_shape(layer, in, "at least %lld features",
                                  (long long)(o->begin + (o->count > 0 ? o->count : 1)));
    out[0].size[1] = count;
    return 0;
}

/* Copies runs between x, `step` elements a sample, and y, `width` a sample. */
typedef struct slice_run {
    int64_t samples, step, width, offset;
} slice_run;

static slice_run run_of(const genrepi_call *call) {
    const slice_options *o = call->layer->options;
    const genrepi_shape *x = &call->in[0]->shape;
    const int64_t inner = genrepi_axes_count(x, 2, x->rank);
    return (slice_run){x->size[0], x->size[1] * inner, call->out[0]->shape.size[1] * inner,
                       o->begin * inner};
}

static int32_t forward(genrepi_call *call) {
    const slice_run run = run_of(call);
    const real *x = genrepi_real_read(call->in[0]) + run.offset;
    real *y = genrepi_real(call->out[0]);
    for (int64_t i = 0; i < run.samples && run.width > 0; i++)
        memcpy(y + i * run.width, x + i * run.step, (size_t)run.width * sizeof(real));
    return 0;
}

static int32_t backward(genrepi_call *call) {
    const slice_run run = run_of(call);
    if (call->d_in[0] == NULL) return 0;
    const real *dy = genrepi_real_read(call->d_out[0]);
    real *dx = genrepi_real(call->d_in[0]);
    call->ctx->kernels->fill(call->d_in[0]->count, 0, dx);
    for (int64_t i = 0; i < run.samples && run.width > 0; i++)
        memcpy(dx + i * run.step + run.offset, dy + i * run.width,
               (size_t)run.width * sizeof(real));
    return 0;
}

static const genrepi_option options[] = {
    GENREPI_OPTION_INT(slice_options, begin, "0", 0, GENREPI_MAX_SIZE, "the first, from 0"),
    GENREPI_OPTION_INT(slice_options, count, "0", 0, GENREPI_MAX_SIZE,
                       "how many; 0: all from there on")};
static const genrepi_layer_ops ops = {.n_in = 1,
                                      .n_out = 1,
                                      .shape = shape,
                                      .forward = forward,
                                      .backward = backward,
                                      .tangent = genrepi_tangent_linear,
                                      .tangent_backward = genrepi_tangent_linear_backward,
                                      .straight = 1};
const genrepi_kind genrepi_kind_slice = {
    "layer", "slice", "some of the features (axis 1)", options, GENREPI_COUNT(options),
    0,       0,       sizeof(slice_options),           &ops};
