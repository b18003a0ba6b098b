/* class_projection: the last layer of a projection discriminator (Miyato and Koyama 2018), of
 * features h and the class c of a sample:
 *
 *   y = <w, h> + b + <V[c], h>,    dh = dy (w + V[c]),  dw = sum dy h,  dV[c] += dy h,  db = sum dy
 *
 * Linear in h.  The rows of V begin as zeros: at first the class says nothing. */
#include <nn/tangent.h>

typedef struct class_projection_options {
    int64_t in, classes;
    char *init;
} class_projection_options;

static int32_t build(genrep_layer *layer, int32_t n_in, const genrepi_shape *in) {
    (void)n_in;
    class_projection_options *o = layer->options;
    int32_t status = genrepi_size_from_input(layer, "in", in, -1, &o->in);
    const genrepi_shape row = {2, {1, o->in}}, one = {1, {1}}, rows = {2, {o->classes, o->in}};
    if (status == 0) status = genrepi_layer_parameter(layer, "weight", &row, o->init, 1);
    if (status == 0) status = genrepi_layer_parameter(layer, "bias", &one, "zeros", 1);
    return status == 0 ? genrepi_layer_parameter(layer, "classes", &rows, "zeros", 1) : status;
}

static int32_t shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                     genrepi_shape *out) {
    (void)n_in;
    const class_projection_options *o = layer->options;
    out[0] = (genrepi_shape){2, {-1, 1}};
    if (in[0].rank < 0) return 0;
    if (in[0].rank != 2 || (in[0].size[1] >= 0 && in[0].size[1] != o->in))
        return genrepi_fail_shape(layer, in, "a batch of %lld features", (long long)o->in);
    out[0].size[0] = in[0].size[0];
    if (in[1].rank < 0) return 0;
    const int64_t given = genrepi_axes_count(&in[1], 0, in[1].rank);
    if (given >= 0 && in[0].size[0] >= 0 && given != in[0].size[0])
        return genrepi_fail_shape(layer, in + 1, "%lld classes, one a sample",
                                  (long long)in[0].size[0]);
    return 0;
}

static int32_t forward(genrepi_call *call) {
    const class_projection_options *o = call->layer->options;
    const genrepi_parameter *p = call->layer->parameters;
    if (!call->linear) {
        int32_t status = genrepi_save_classes(call, 0, call->in[1], o->classes);
        if (status != 0) return status;
    }
    const int32_t *class = call->saved[0]->data;
    const real *w = genrepi_real_read(p[0].value), *h = genrepi_real_read(call->in[0]);
    const double bias = call->linear ? 0 : (double)genrepi_real_read(p[1].value)[0];
    for (int64_t i = 0; i < call->in[0]->shape.size[0]; i++, h += o->in) {
        const real *v = genrepi_real_read(p[2].value) + class[i] * o->in;
        double sum = bias;
        for (int64_t j = 0; j < o->in; j++) sum += ((double)w[j] + (double)v[j]) * (double)h[j];
        genrepi_real(call->out[0])[i] = (real)sum;
    }
    return 0;
}

static int32_t backward(genrepi_call *call) {
    const class_projection_options *o = call->layer->options;
    const genrepi_kernels *k = call->ctx->kernels;
    const genrepi_parameter *p = call->layer->parameters;
    const int32_t *class = call->saved[0]->data;
    const real *dy = genrepi_real_read(call->d_out[0]), *h = genrepi_real_read(call->in[0]);
    if (call->n_in > 1 && call->d_in[1] != NULL) { /* classes held as real numbers */
        k->fill(call->d_in[1]->count, 0, genrepi_real(call->d_in[1]));
    }
    for (int64_t i = 0; i < call->in[0]->shape.size[0]; i++) {
        const int64_t row = class[i] * o->in;
        if (call->d_in[0] != NULL) {
            real *dh = genrepi_real(call->d_in[0]) + i * o->in;
            k->scale(o->in, dy[i], genrepi_real_read(p[0].value), dh);
            k->axpy(o->in, dy[i], genrepi_real_read(p[2].value) + row, dh);
        }
        if (call->frozen) continue;
        k->axpy(o->in, dy[i], h + i * o->in, genrepi_real(p[0].gradient));
        k->axpy(o->in, dy[i], h + i * o->in, genrepi_real(p[2].gradient) + row);
        if (!call->linear) genrepi_real(p[1].gradient)[0] += dy[i];
    }
    return 0;
}

static const genrepi_option options[] = {
    GENREPI_OPTION_INT(class_projection_options, in, "0", 0, GENREPI_MAX_SIZE,
                       "number of features; 0: what comes before tells"),
    GENREPI_OPTION_INT(class_projection_options, classes, NULL, 1, GENREPI_MAX_SIZE,
                       "number of classes"),
    GENREPI_OPTION_STRING(class_projection_options, init, "normal std=0.02",
                          "initial weight, without the classes'")};
static const genrepi_layer_ops ops = {.n_in = 2,
                                      .n_out = 1,
                                      .build = build,
                                      .shape = shape,
                                      .forward = forward,
                                      .backward = backward,
                                      .tangent = genrepi_tangent_linear,
                                      .tangent_backward = genrepi_tangent_linear_backward,
                                      .straight = 1,
                                      .integer_inputs = 2};
const genrepi_kind genrepi_kind_class_projection = {
    "layer",
    "class_projection",
    "a logit <w + V[c], h> + b of features h and class c (inputs: h, c)",
    options,
    GENREPI_COUNT(options),
    0,
    0,
    sizeof(class_projection_options),
    &ops};
