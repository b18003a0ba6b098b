/* attribute_bias: adds what a vector a of each sample (its attributes, a style) says to every place
 * of its channels:
 *
 *   y[n,c,...] = x[n,c,...] + sum over k of W[c,k] a[n,k],   a^ = W^T s,  W^ += s a^T,
 *
 * s[n,c] the sum of d over the places.  Before an activation this is what joining a as constant
 * maps and convolving them does, borders aside.  Linear in x and in a. */
#include <base/pool.h>
#include <nn/channels.h>
#include <nn/tangent.h>

typedef struct attribute_bias_options {
    int64_t attributes, features;
    char *init;
} attribute_bias_options;

static int32_t build(genrep_layer *layer, int32_t n_in, const genrepi_shape *in) {
    (void)n_in;
    attribute_bias_options *o = layer->options;
    int32_t status = genrepi_size_from_input(layer, "features", in, 1, &o->features);
    const genrepi_shape weight = {2, {o->features, o->attributes}};
    return status == 0 ? genrepi_layer_parameter(layer, "weight", &weight, o->init, 1) : status;
}

static int32_t shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                     genrepi_shape *out) {
    (void)n_in;
    const attribute_bias_options *o = layer->options;
    const genrepi_shape *a = &in[1];
    out[0] = in[0];
    if (in[0].rank >= 0 && (in[0].rank < 2 || (in[0].size[1] >= 0 && in[0].size[1] != o->features)))
        return genrepi_fail_shape(layer, in, "a batch and %lld channels on axis 1",
                                  (long long)o->features);
    if (a->rank < 0) return 0;
    if (a->rank != 2 || (a->size[1] >= 0 && a->size[1] != o->attributes) ||
        (in[0].rank > 0 && in[0].size[0] >= 0 && a->size[0] >= 0 && a->size[0] != in[0].size[0]))
        return genrepi_fail_shape(layer, a, "%lld attributes for each sample",
                                  (long long)o->attributes);
    return 0;
}

/* Planes are numbered n * channels + c. */
typedef struct bias_state {
    int64_t channels, inner, attributes;
    const real *x, *a, *w;
    real *y;
} bias_state;

static void add_planes(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const bias_state *s = opaque;
    (void)k;
    for (int64_t p = begin; p < end; p++) {
        const real *a = s->a + p / s->channels * s->attributes;
        const real *w = s->w + p % s->channels * s->attributes;
        double sum = 0;
        for (int64_t i = 0; i < s->attributes; i++) sum += (double)w[i] * (double)a[i];
        const real *x = s->x + p * s->inner;
        real *y = s->y + p * s->inner;
        for (int64_t i = 0; i < s->inner; i++) y[i] = x[i] + (real)sum;
    }
}

static int32_t forward(genrepi_call *call) {
    const attribute_bias_options *o = call->layer->options;
    const genrepi_shape *x = &call->in[0]->shape;
    bias_state s = {.channels = o->features,
                    .inner = genrepi_axes_count(x, 2, x->rank),
                    .attributes = o->attributes,
                    .x = genrepi_real_read(call->in[0]),
                    .a = genrepi_real_read(call->in[1]),
                    .w = genrepi_real_read(call->layer->parameters[0].value),
                    .y = genrepi_real(call->out[0])};
    genrepi_map_rows(call->ctx, x->size[0] * o->features, s.inner, add_planes, &s);
    return 0;
}

static void sum_planes(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const bias_state *s = opaque;
    for (int64_t p = begin; p < end; p++) s->y[p] = (real)k->sum(s->inner, s->x + p * s->inner);
}

/* In the tangent pair in[1] are the tangents of a, which W's gradient is made from. */
static int32_t backward(genrepi_call *call) {
    const attribute_bias_options *o = call->layer->options;
    const genrepi_kernels *k = call->ctx->kernels;
    const genrepi_shape *x = &call->in[0]->shape;
    const int64_t batch = x->size[0];
    if (call->d_in[0] != NULL)
        genrepi_copy_real(call->ctx, call->d_out[0]->count, genrepi_real_read(call->d_out[0]),
                          genrepi_real(call->d_in[0]));
    real *sums = genrepi_scratch_get(call->ctx, (size_t)(batch * o->features) * sizeof *sums);
    if (sums == NULL) return GENREP_E_NOMEM;
    bias_state s = {.inner = genrepi_axes_count(x, 2, x->rank),
                    .x = genrepi_real_read(call->d_out[0]),
                    .y = sums};
    genrepi_map_rows(call->ctx, batch * o->features, s.inner, sum_planes, &s);
    const real *a = genrepi_real_read(call->in[1]);
    const genrepi_parameter *w = &call->layer->parameters[0];
    if (call->d_in[1] != NULL) k->fill(call->d_in[1]->count, 0, genrepi_real(call->d_in[1]));
    for (int64_t n = 0; n < batch; n++)
        for (int64_t c = 0; c < o->features; c++) {
            const real sum = sums[n * o->features + c];
            const int64_t row = c * o->attributes, sample = n * o->attributes;
            if (!call->frozen)
                k->axpy(o->attributes, sum, a + sample, genrepi_real(w->gradient) + row);
            if (call->d_in[1] != NULL)
                k->axpy(o->attributes, sum, genrepi_real_read(w->value) + row,
                        genrepi_real(call->d_in[1]) + sample);
        }
    genrepi_scratch_put(call->ctx, sums);
    return 0;
}

static const genrepi_option options[] = {
    GENREPI_OPTION_INT(attribute_bias_options, attributes, NULL, 1, GENREPI_MAX_SIZE,
                       "numbers in the vector"),
    GENREPI_OPTION_INT(attribute_bias_options, features, "0", 0, GENREPI_MAX_SIZE,
                       "number of channels (axis 1); 0: what comes before tells"),
    GENREPI_OPTION_STRING(attribute_bias_options, init, "normal std=0.02", "initial weight")};
static const genrepi_layer_ops ops = {.n_in = 2,
                                      .n_out = 1,
                                      .build = build,
                                      .shape = shape,
                                      .forward = forward,
                                      .backward = backward,
                                      .tangent = genrepi_tangent_linear,
                                      .tangent_backward = genrepi_tangent_linear_backward,
                                      .straight = 1};
const genrepi_kind genrepi_kind_attribute_bias = {
    "layer",
    "attribute_bias",
    "x + W a for a vector a of each sample (inputs: x, a)",
    options,
    GENREPI_COUNT(options),
    0,
    0,
    sizeof(attribute_bias_options),
    &ops};
