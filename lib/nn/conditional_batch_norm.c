/* conditional_batch_norm (de Vries et al. 2017; Miyato and Koyama 2018): batch_norm whose scale and
 * shift are those of the sample's class, rows of two tables that begin as ones and zeros.  Inputs
 * are x and a class number for each sample.  The formulas are those of norm.h; going back, a
 * sample's d scale and d shift are added to the rows of its class, in the order of the batch. */
#include <nn/norm.h>
#include <base/pool.h>
#include <string.h>

typedef struct conditional_options {
    int64_t classes, features;
    double eps, momentum;
    int32_t track;
} conditional_options;

enum { RUNNING_MEAN, RUNNING_VAR }; /* with track */

/* The tables: weight, then bias, of classes x features. */
static const genrepi_parameter *tables(const genrep_layer *layer) {
    const conditional_options *o = layer->options;
    return layer->parameters + (o->track ? 2 : 0);
}

static int32_t build(genrep_layer *layer, int32_t n_in, const genrepi_shape *in) {
    (void)n_in;
    conditional_options *o = layer->options;
    int32_t status = genrepi_size_from_input(layer, "features", in, 1, &o->features);
    genrepi_shape size = {1, {o->features}}, table = {2, {o->classes, o->features}};
    if (status == 0 && o->track) status = genrepi_norm_statistics(layer, &size);
    if (status == 0) status = genrepi_layer_parameter(layer, "weight", &table, "ones", 1);
    return status != 0 ? status : genrepi_layer_parameter(layer, "bias", &table, "zeros", 1);
}

static int32_t shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                     genrepi_shape *out) {
    (void)n_in;
    const conditional_options *o = layer->options;
    int32_t status = genrepi_channels_shape(layer, 2, o->features, in, out);
    if (status != 0 || in[0].rank < 0 || in[1].rank < 0) return status;
    if (in[1].rank != 1 ||
        (in[0].size[0] >= 0 && in[1].size[0] >= 0 && in[0].size[0] != in[1].size[0])) {
        char text[GENREPI_SHAPE_BYTES];
        return genrepi_fail_shape(layer, &in[1], "one class number for each sample of %s",
                                  genrepi_shape_text(in, text));
    }
    return 0;
}

/* Scale and shift of each sample, of batch x channels, from the tables. */
static void gather(const genrepi_call *call, int64_t batch, real *scale, real *shift) {
    const conditional_options *o = call->layer->options;
    const genrepi_parameter *p = tables(call->layer);
    const int32_t *classes = call->saved[1]->data;
    for (int64_t b = 0; b < batch; b++) {
        size_t bytes = (size_t)o->features * sizeof(real);
        int64_t row = classes[b] * o->features;
        memcpy(scale + b * o->features, genrepi_real_read(p[0].value) + row, bytes);
        memcpy(shift + b * o->features, genrepi_real_read(p[1].value) + row, bytes);
    }
}

/* saved[1]: the classes. */
static int32_t forward(genrepi_call *call) {
    const conditional_options *o = call->layer->options;
    const genrepi_parameter *p = call->layer->parameters;
    genrepi_norm norm = {.c = genrepi_channels_of(&call->in[0]->shape), .eps = o->eps};
    int running = !call->training && o->track;
    norm.stride = norm.c.channels;
    if (!running && genrepi_norm_count(&norm) < 2) {
        return genrepi_fail_shape(call->layer, &call->in[0]->shape,
                                  "at least two values a channel%s",
                                  call->training ? " to train" : "");
    }
    int32_t status = genrepi_save_classes(call, 1, call->in[1], o->classes);
    if (status != 0) return status;
    int64_t n = norm.c.batch * norm.c.channels;
    real *scale = genrepi_scratch_get(call->ctx, (size_t)(2 * n) * sizeof(real));
    if (scale == NULL) return GENREP_E_NOMEM;
    gather(call, norm.c.batch, scale, scale + n);
    norm.scale = scale;
    norm.shift = scale + n;
    status = running ? genrepi_norm_apply(call, &norm, genrepi_real_read(p[RUNNING_MEAN].value),
                                          genrepi_real_read(p[RUNNING_VAR].value))
                     : genrepi_norm_forward(call, &norm);
    genrepi_scratch_put(call->ctx, scale);
    return status;
}

static int32_t backward(genrepi_call *call) {
    const conditional_options *o = call->layer->options;
    const genrepi_parameter *p = tables(call->layer);
    const int32_t *classes = call->saved[1]->data;
    genrepi_norm norm = {.c = genrepi_channels_of(&call->in[0]->shape), .eps = o->eps};
    norm.stride = norm.c.channels;
    if (call->d_in[1] != NULL) { /* classes held as real numbers */
        call->ctx->kernels->fill(call->d_in[1]->count, 0, genrepi_real(call->d_in[1]));
    }
    int64_t n = norm.c.batch * norm.c.channels;
    real *scale = genrepi_scratch_get(call->ctx, (size_t)(4 * n) * sizeof(real));
    if (scale == NULL) return GENREP_E_NOMEM;
    real *d_scale = scale + 2 * n, *d_shift = scale + 3 * n;
    gather(call, norm.c.batch, scale, scale + n);
    norm.scale = scale;
    int32_t status = genrepi_norm_backward(call, &norm, d_scale, d_shift);
    for (int64_t b = 0; b < norm.c.batch && status == 0 && !call->frozen; b++) {
        int64_t from = b * o->features, row = classes[b] * o->features;
        real *to_scale = genrepi_real(p[0].gradient) + row;
        real *to_shift = genrepi_real(p[1].gradient) + row;
        call->ctx->kernels->add(o->features, d_scale + from, to_scale, to_scale);
        call->ctx->kernels->add(o->features, d_shift + from, to_shift, to_shift);
    }
    genrepi_scratch_put(call->ctx, scale);
    return status;
}

static void update(genrepi_call *call) {
    const conditional_options *o = call->layer->options;
    genrepi_norm norm = {.c = genrepi_channels_of(&call->in[0]->shape), .eps = o->eps};
    if (o->track) genrepi_norm_running(call, &norm, o->momentum);
}

static const genrepi_option options[] = {
    GENREPI_OPTION_INT(conditional_options, classes, NULL, 1, GENREPI_MAX_SIZE,
                       "number of classes"),
    GENREPI_OPTION_INT(conditional_options, features, "0", 0, GENREPI_MAX_SIZE,
                       "number of channels (axis 1); 0: what comes before tells"),
    GENREPI_OPTION_NUMBER(conditional_options, eps, "1e-5", 1e-12, 1, "added to the variance"),
    GENREPI_OPTION_NUMBER(conditional_options, momentum, "0.1", 0, 1,
                          "share of a batch in the running statistics"),
    GENREPI_OPTION_FLAG(conditional_options, track, "1",
                        "keep running statistics and use them at evaluation; 0: those of the batch "
                        "are used there too")};
static const genrepi_layer_ops ops = {.n_in = 2,
                                      .n_out = 1,
                                      .build = build,
                                      .shape = shape,
                                      .forward = forward,
                                      .backward = backward,
                                      .update = update,
                                      .integer_inputs = 2};
const genrepi_kind genrepi_kind_conditional_batch_norm = {
    "layer",
    "conditional_batch_norm",
    "batch_norm with scale and shift of each sample's class (inputs: x, classes)",
    options,
    GENREPI_COUNT(options),
    0,
    0,
    sizeof(conditional_options),
    &ops};
