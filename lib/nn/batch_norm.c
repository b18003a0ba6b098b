/* batch_norm (Ioffe and Szegedy 2015; mathematics 2.0): per channel, which is axis 1, over
 * everything else.  With n values a channel, m their mean, v = mean (x - m)^2, s = sqrt(v + eps):
 *   xhat = (x - m) / s,   y = gamma xhat + beta
 *   dx = gamma (dy - mean(dy) - xhat mean(dy xhat)) / s
 *   dgamma = sum dy xhat,   dbeta = sum dy
 * At evaluation m and v are the running ones: r += momentum (batch - r), v there with n/(n-1), as
 * in PyTorch.  Both directions are one linear combination per channel. */
#include <base/pool.h>
#include <nn/channels.h>
#include <string.h>

typedef struct batch_norm_options {
    int64_t features;
    double eps, momentum;
    int32_t affine;
    char *init;
} batch_norm_options;

enum { RUNNING_MEAN, RUNNING_VAR, WEIGHT, BIAS };

static int32_t build(genrep_layer *layer, int32_t n_in, const genrepi_shape *in) {
    (void)n_in;
    batch_norm_options *o = layer->options;
    int32_t status = genrepi_size_from_input(layer, "features", in, 1, &o->features);
    genrepi_shape size = {1, {o->features}};
    if (status == 0) status = genrepi_layer_parameter(layer, "running_mean", &size, "zeros", 0);
    if (status == 0) status = genrepi_layer_parameter(layer, "running_var", &size, "ones", 0);
    if (status != 0 || !o->affine) return status;
    status = genrepi_layer_parameter(layer, "weight", &size, o->init, 1);
    return status != 0 ? status : genrepi_layer_parameter(layer, "bias", &size, "zeros", 1);
}

static int32_t shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                     genrepi_shape *out) {
    (void)n_in;
    const batch_norm_options *o = layer->options;
    out[0] = in[0];
    if (in[0].rank < 0) return 0;
    if (in[0].rank < 2 || (in[0].size[1] >= 0 && in[0].size[1] != o->features)) {
        return genrepi_fail_shape(layer, in, "at least two axes and %lld channels on axis 1",
                                  (long long)o->features);
    }
    out[0].size[1] = o->features;
    return 0;
}

/* Per channel: the factor a = gamma / s, and where it is asked for b = beta - m a. */
static void factors(const genrepi_call *call, const real *mean, const real *var, real *a, real *b) {
    const batch_norm_options *o = call->layer->options;
    const genrepi_parameter *p = call->layer->parameters;
    const real *gamma = o->affine ? genrepi_real_read(p[WEIGHT].value) : NULL;
    const real *beta = o->affine ? genrepi_real_read(p[BIAS].value) : NULL;
    for (int64_t c = 0; c < o->features; c++) {
        a[c] = (real)(1 / sqrt((double)var[c] + o->eps)) * (gamma != NULL ? gamma[c] : 1);
        if (b != NULL) b[c] = (beta != NULL ? beta[c] : 0) - mean[c] * a[c];
    }
}

/* Mean and variance of the batch, into saved[0]: features of each. */
static int32_t batch_statistics(genrepi_call *call, genrepi_channels c) {
    const batch_norm_options *o = call->layer->options;
    const genrepi_kernels *k = call->ctx->kernels;
    genrepi_shape two = {2, {2, o->features}};
    double n = (double)(c.batch * c.inner);
    if (n < 2) {
        return genrepi_fail_shape(call->layer, &call->in[0]->shape,
                                  "at least two values a channel to train");
    }
    int32_t status = genrepi_call_save(call, 0, GENREPI_REAL, &two);
    if (status != 0) return status;
    const real *x = genrepi_real_read(call->in[0]);
    real *mean = genrepi_real(call->saved[0]), *var = mean + o->features;
    memset(mean, 0, (size_t)(2 * o->features) * sizeof(real));
    status = genrepi_channel_sums(call->ctx, c, x, mean);
    if (status != 0) return status;
    k->scale(o->features, (real)(1 / n), mean, mean);
    status = genrepi_channel_squares(call->ctx, c, x, mean, var);
    k->scale(o->features, (real)(1 / n), var, var);
    return status;
}

static int32_t forward(genrepi_call *call) {
    const batch_norm_options *o = call->layer->options;
    const genrepi_parameter *p = call->layer->parameters;
    genrepi_channels c = genrepi_channels_of(&call->in[0]->shape);
    const real *mean = genrepi_real_read(p[RUNNING_MEAN].value);
    const real *var = genrepi_real_read(p[RUNNING_VAR].value);
    if (call->training) {
        int32_t status = batch_statistics(call, c);
        if (status != 0) return status;
        mean = genrepi_real_read(call->saved[0]);
        var = mean + o->features;
    }
    real *a = genrepi_scratch_get(call->ctx, (size_t)(2 * o->features) * sizeof(real));
    if (a == NULL) return GENREP_E_NOMEM;
    factors(call, mean, var, a, a + o->features);
    genrepi_channel_combine(call->ctx, c, a, genrepi_real_read(call->in[0]), a + o->features, NULL,
                            NULL, genrepi_real(call->out[0]));
    genrepi_scratch_put(call->ctx, a);
    return 0;
}

/* dx = a dy + b + d x with a = gamma / s, d = -a dgamma / (n s), b = -a dbeta / n - d m. */
static int32_t backward(genrepi_call *call) {
    const batch_norm_options *o = call->layer->options;
    const genrepi_parameter *p = call->layer->parameters;
    genrepi_channels c = genrepi_channels_of(&call->in[0]->shape);
    int64_t f = o->features;
    const real *x = genrepi_real_read(call->in[0]), *dy = genrepi_real_read(call->d_out[0]);
    const real *mean = genrepi_real_read(call->saved[0]), *var = mean + f;
    real *work = genrepi_scratch_get(call->ctx, (size_t)(5 * f) * sizeof(real));
    if (work == NULL) return GENREP_E_NOMEM;
    real *dbeta = work, *dgamma = work + f, *a = work + 2 * f, *b = work + 3 * f, *d = work + 4 * f;
    memset(work, 0, (size_t)(2 * f) * sizeof(real));
    int32_t status = genrepi_channel_sums(call->ctx, c, dy, dbeta);
    if (status == 0) status = genrepi_channel_products(call->ctx, c, dy, x, dgamma);
    if (status == 0) {
        real n = (real)(c.batch * c.inner);
        factors(call, mean, var, a, NULL);
        for (int64_t i = 0; i < f; i++) {
            real inverse = (real)(1 / sqrt((double)var[i] + o->eps));
            dgamma[i] = (dgamma[i] - mean[i] * dbeta[i]) * inverse;
            d[i] = -a[i] * inverse * dgamma[i] / n;
            b[i] = -a[i] * dbeta[i] / n - d[i] * mean[i];
        }
        if (call->d_in[0] != NULL) {
            genrepi_channel_combine(call->ctx, c, a, dy, b, d, x, genrepi_real(call->d_in[0]));
        }
        if (o->affine && !call->frozen) {
            call->ctx->kernels->axpy(f, 1, dgamma, genrepi_real(p[WEIGHT].gradient));
            call->ctx->kernels->axpy(f, 1, dbeta, genrepi_real(p[BIAS].gradient));
        }
    }
    genrepi_scratch_put(call->ctx, work);
    return status;
}

static void update(genrepi_call *call) {
    const batch_norm_options *o = call->layer->options;
    const genrepi_parameter *p = call->layer->parameters;
    genrepi_channels c = genrepi_channels_of(&call->in[0]->shape);
    double n = (double)(c.batch * c.inner), unbiased = n / (n - 1);
    const real *mean = genrepi_real_read(call->saved[0]), *var = mean + o->features;
    real *running_mean = genrepi_real(p[RUNNING_MEAN].value);
    real *running_var = genrepi_real(p[RUNNING_VAR].value);
    real momentum = (real)o->momentum;
    for (int64_t i = 0; i < o->features; i++) {
        running_mean[i] += momentum * (mean[i] - running_mean[i]);
        running_var[i] += momentum * ((real)((double)var[i] * unbiased) - running_var[i]);
    }
}

static const genrepi_option options[] = {
    GENREPI_OPTION_INT(batch_norm_options, features, "0", 0, GENREPI_MAX_SIZE,
                       "number of channels (axis 1); 0: what comes before tells"),
    GENREPI_OPTION_NUMBER(batch_norm_options, eps, "1e-5", 1e-12, 1, "added to the variance"),
    GENREPI_OPTION_NUMBER(batch_norm_options, momentum, "0.1", 0, 1,
                          "share of a batch in the running statistics"),
    GENREPI_OPTION_FLAG(batch_norm_options, affine, "1", "scale and shift each channel, trained"),
    GENREPI_OPTION_STRING(batch_norm_options, init, "ones",
                          "initial scales, as 'normal mean=1 std=0.02'")};
static const genrepi_layer_ops ops = {.n_in = 1,
                                      .n_out = 1,
                                      .build = build,
                                      .shape = shape,
                                      .forward = forward,
                                      .backward = backward,
                                      .update = update};
const genrepi_kind genrepi_kind_batch_norm = {
    "layer",
    "batch_norm",
    "each channel (axis 1) of the batch to mean 0 and variance 1",
    options,
    GENREPI_COUNT(options),
    0,
    0,
    sizeof(batch_norm_options),
    &ops};
