/* Options and parameters of convolutions. */
#include <base/pool.h>
#include <nn/channels.h>
#include <nn/convolve.h>
#include <string.h>

enum { MOST_KERNEL = 1024, MOST_STEP = 1 << 20 };

static int32_t read_options(const genrep_layer *layer, genrepi_convolve_options *o) {
    int32_t status = genrepi_read_pair(layer, "kernel", o->kernel, 1, MOST_KERNEL, o->kernel_size);
    if (status == 0)
        status = genrepi_read_pair(layer, "stride", o->stride, 1, MOST_STEP, o->stride_size);
    if (status == 0) status = genrepi_read_pair(layer, "pad", o->pad, 0, MOST_STEP, o->pad_size);
    if (status == 0 && o->output_pad != NULL)
        status =
            genrepi_read_pair(layer, "output_pad", o->output_pad, 0, MOST_STEP, o->output_pad_size);
    for (int i = 0; i < 2 && status == 0; i++)
        if (o->output_pad_size[i] >= o->stride_size[i] && o->output_pad_size[i] > 0)
            return genrepi_layer_fail(layer, GENREP_E_INVALID,
                                      "output_pad=%s must be below stride=%s", o->output_pad,
                                      o->stride);
    return status;
}

int32_t genrepi_convolve_build(genrep_layer *layer, const genrepi_shape *in, int transposed) {
    genrepi_convolve_options *o = layer->options;
    int32_t status = read_options(layer, o);
    if (status == 0) status = genrepi_size_from_input(layer, "in", in, 1, &o->in);
    if (status != 0) return status;
    if (o->in % o->groups != 0 || o->out % o->groups != 0)
        return genrepi_layer_fail(layer, GENREP_E_INVALID,
                                  "in=%lld and out=%lld must both be multiples of groups=%lld",
                                  (long long)o->in, (long long)o->out, (long long)o->groups);
    const genrepi_shape weight = {4,
                                  {transposed ? o->in : o->out,
                                   (transposed ? o->out : o->in) / o->groups, o->kernel_size[0],
                                   o->kernel_size[1]}};
    /* What one output sums over; PyTorch takes the other axis for the bounds of transposed ones. */
    const double field = (double)weight.size[2] * (double)weight.size[3];
    const double fan_in = (double)(o->in / o->groups) * field;
    status = genrepi_weight_build(layer, &o->weight, &weight, transposed ? 1 : 0, fan_in, o->init);
    if (status == 0 && o->bias)
        status = genrepi_weight_build_bias(layer, &o->weight, o->out,
                                           (double)weight.size[1] * field, o->init);
    return status != 0 ? status : genrepi_weight_finish(layer);
}

int32_t genrepi_convolve_shape(const genrep_layer *layer, const genrepi_shape *in,
                               genrepi_shape *out) {
    const genrepi_convolve_options *o = layer->options;
    *out = (genrepi_shape){4, {-1, o->out, -1, -1}};
    if (in->rank < 0) return 0;
    if (in->rank != 4 || (in->size[1] >= 0 && in->size[1] != o->in))
        return genrepi_fail_shape(layer, in, "batch x %lld channels (in=) x height x width",
                                  (long long)o->in);
    out->size[0] = in->size[0];
    return 0;
}

int32_t genrepi_convolve_check(const genrep_layer *layer, const genrepi_shape *in,
                               const genrepi_shape *out) {
    const genrepi_convolve_options *o = layer->options;
    for (int i = 2; i < 4; i++) {
        if (in->rank < 0 || in->size[i] < 0) continue;
        if (out->size[i] >= 1 && (double)out->size[i] <= GENREPI_MAX_SIZE) continue;
        return genrepi_fail_shape(layer, in,
                                  out->size[i] < 1 ? "images that are not smaller than kernel=%s"
                                                   : "smaller images for kernel=%s",
                                  o->kernel);
    }
    return 0;
}

typedef struct bias_state {
    const real *dy;
    int64_t channels;
} bias_state;

static double sum_run(const genrepi_kernels *k, const void *opaque, int64_t channel, int64_t at,
                      int64_t n) {
    const bias_state *s = opaque;
    (void)channel;
    return (double)k->sum(n, s->dy + at);
}

static void sum_rows(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end,
                     real *sums) {
    const bias_state *s = opaque;
    k->sum_rows(end - begin, s->channels, s->dy + begin * s->channels, sums);
}

int32_t genrepi_convolve_bias(const genrepi_call *call, const real **bias, real **scratch) {
    const genrepi_convolve_options *o = call->layer->options;
    *bias = *scratch = NULL;
    return o->bias ? genrepi_weight_bias(call, o->out, bias, scratch) : 0;
}

void genrepi_convolve_end(const genrepi_call *call, real *scratch) {
    if (scratch != NULL) genrepi_scratch_put(call->ctx, scratch);
}

/* *product = <dy, b>, the bias as it is used. */
static int32_t bias_gradient(genrepi_call *call, double *product) {
    const genrepi_convolve_options *o = call->layer->options;
    const bias_state state = {genrepi_real_read(call->d_out[0]), o->out};
    if (!o->bias || call->linear) return 0;
    real *sums = genrepi_scratch_get(call->ctx, (size_t)o->out * sizeof(real));
    if (sums == NULL) return GENREP_E_NOMEM;
    memset(sums, 0, (size_t)o->out * sizeof(real));
    int32_t status = genrepi_sum_channels(call->ctx, genrepi_channels_of(&call->d_out[0]->shape),
                                          sum_run, sum_rows, &state, sums);
    if (status == 0) *product = genrepi_weight_bias_back(call, o->out, sums);
    genrepi_scratch_put(call->ctx, sums);
    return status;
}

int32_t genrepi_convolve_finish_gradients(genrepi_call *call) {
    double product = 0;
    int32_t status = bias_gradient(call, &product);
    if (status != 0) return status;
    return genrepi_weight_correct(call, call->out[0]->count, genrepi_real_read(call->out[0]),
                                  genrepi_real_read(call->d_out[0]), product);
}
