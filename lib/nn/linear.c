/* linear: y = x W^T + b over the last axis, W of out x in as in PyTorch.  Weights and biases begin
 * as U(+-1/sqrt(in)), what PyTorch does (its Kaiming-uniform with a = sqrt(5)); with init= the
 * weights begin so and the biases at zero, as in the codes of DCGAN and pix2pix. */
#include <base/number.h>
#include <kernel/gemm.h>
#include <nn/leaf.h>
#include <stdio.h>

typedef struct linear_options {
    int64_t in, out;
    int32_t bias;
    char *init;
} linear_options;

static int32_t build(genrep_layer *layer, int32_t n_in, const genrepi_shape *in) {
    (void)n_in;
    linear_options *o = layer->options;
    int32_t status = genrepi_size_from_input(layer, "in", in, -1, &o->in);
    if (status != 0) return status;
    genrepi_shape weight = {2, {o->out, o->in}}, bias = {1, {o->out}};
    status =
        genrepi_layer_parameter(layer, "weight", &weight, o->init != NULL ? o->init : "fan", 1);
    if (status != 0 || !o->bias) return status;
    char init[2 * GENREPI_NUMBER_BYTES + 32] = "zeros", bound[GENREPI_NUMBER_BYTES];
    if (o->init == NULL) {
        genrepi_format_real(bound, 1 / sqrt((double)o->in), 0);
        snprintf(init, sizeof init, "uniform low=-%s high=%s", bound, bound);
    }
    return genrepi_layer_parameter(layer, "bias", &bias, init, 1);
}

/* Of an input of unknown rank: one row a sample. */
static int32_t shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                     genrepi_shape *out) {
    (void)n_in;
    const linear_options *o = layer->options;
    out[0] = in[0].rank < 0 ? (genrepi_shape){2, {-1, -1}} : in[0];
    if (out[0].rank == 0) return genrepi_fail_shape(layer, in, "at least one axis");
    int64_t *last = &out[0].size[out[0].rank - 1];
    if (*last >= 0 && *last != o->in) {
        return genrepi_fail_shape(layer, in, "a last axis of %lld (in=)", (long long)o->in);
    }
    *last = o->out;
    return 0;
}

typedef struct bias_state {
    int64_t cols;
    const real *bias, *dy;
    real *y;
} bias_state;

static void add_bias(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const bias_state *s = opaque;
    k->add_row(end - begin, s->cols, s->bias, s->y + begin * s->cols);
}

static void sum_bias(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end,
                     real *sums) {
    const bias_state *s = opaque;
    k->sum_rows(end - begin, s->cols, s->dy + begin * s->cols, sums);
}

static int32_t forward(genrepi_call *call) {
    const linear_options *o = call->layer->options;
    const genrepi_parameter *p = call->layer->parameters;
    int64_t rows = call->out[0]->count / o->out;
    real *y = genrepi_real(call->out[0]);
    int32_t status =
        genrepi_gemm(call->ctx, 0, 1, rows, o->out, o->in, 1, genrepi_real_read(call->in[0]), o->in,
                     genrepi_real_read(p[0].value), o->in, 0, y, o->out);
    if (status == 0 && o->bias) {
        bias_state state = {o->out, genrepi_real_read(p[1].value), NULL, y};
        genrepi_map_rows(call->ctx, rows, o->out, add_bias, &state);
    }
    return status;
}

/* With d for the cotangent of y: that of x is d W; W += d^T x; b += the sum of the rows of d. */
static int32_t backward(genrepi_call *call) {
    const linear_options *o = call->layer->options;
    const genrepi_parameter *p = call->layer->parameters;
    int64_t rows = call->out[0]->count / o->out;
    const real *dy = genrepi_real_read(call->d_out[0]);
    int32_t status = 0;
    if (call->d_in[0] != NULL) {
        status = genrepi_gemm(call->ctx, 0, 0, rows, o->in, o->out, 1, dy, o->out,
                              genrepi_real_read(p[0].value), o->in, 0, genrepi_real(call->d_in[0]),
                              o->in);
    }
    if (status != 0 || call->frozen) return status;
    status =
        genrepi_gemm(call->ctx, 1, 0, o->out, o->in, rows, 1, dy, o->out,
                     genrepi_real_read(call->in[0]), o->in, 1, genrepi_real(p[0].gradient), o->in);
    if (status != 0 || !o->bias) return status;
    bias_state state = {o->out, NULL, dy, NULL};
    return genrepi_sum_rows(call->ctx, rows, o->out, o->out, sum_bias, &state,
                            genrepi_real(p[1].gradient));
}

static const genrepi_option options[] = {
    GENREPI_OPTION_INT(linear_options, in, "0", 0, GENREPI_MAX_SIZE,
                       "size of the input's last axis; 0: what comes before tells"),
    GENREPI_OPTION_INT(linear_options, out, NULL, 1, GENREPI_MAX_SIZE,
                       "size of the output's last axis"),
    GENREPI_OPTION_FLAG(linear_options, bias, "1", "add a bias"),
    GENREPI_OPTION_STRING(
        linear_options, init, NULL,
        "initial weights, as 'normal std=0.02'; biases are then 0; not given: both "
        "uniform within 1/sqrt(in)")};
static const genrepi_layer_ops ops = {.n_in = 1,
                                      .n_out = 1,
                                      .build = build,
                                      .shape = shape,
                                      .forward = forward,
                                      .backward = backward};
const genrepi_kind genrepi_kind_linear = {"layer",
                                          "linear",
                                          "y = x W^T + b over the last axis",
                                          options,
                                          GENREPI_COUNT(options),
                                          0,
                                          0,
                                          sizeof(linear_options),
                                          &ops};
