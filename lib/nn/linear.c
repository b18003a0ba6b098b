/* linear: y = x W^T + b over the last axis, W of out x in as in PyTorch.  Weights and biases begin
 * as U(+-1/sqrt(in)), what PyTorch does (its Kaiming-uniform with a = sqrt(5)); with init= the
 * weights begin so and the biases at zero, as in the codes of DCGAN and pix2pix.  With equalized=1
 * (Karras et al. 2018, ProGAN) see weight.h. */
#include <nn/dense.h>
#include <nn/tangent.h>

typedef struct linear_options {
    int64_t in, out;
    int32_t bias;
    char *init;
    genrepi_weight_options weight;
} linear_options;

static genrepi_dense dense_of(const genrep_layer *layer) {
    const linear_options *o = layer->options;
    return (genrepi_dense){o->in, o->out, o->bias};
}

static int32_t build(genrep_layer *layer, int32_t n_in, const genrepi_shape *in) {
    (void)n_in;
    linear_options *o = layer->options;
    int32_t status = genrepi_size_from_input(layer, "in", in, -1, &o->in);
    if (status != 0) return status;
    genrepi_dense d = dense_of(layer);
    return genrepi_dense_build(layer, &d, &o->weight, o->init, NULL);
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

static int32_t forward(genrepi_call *call) {
    genrepi_dense d = dense_of(call->layer);
    return genrepi_dense_forward(call, &d, call->out[0]->count / d.out,
                                 genrepi_real_read(call->in[0]), genrepi_real(call->out[0]));
}

static int32_t backward(genrepi_call *call) {
    genrepi_dense d = dense_of(call->layer);
    return genrepi_dense_backward(call, &d, call->out[0]->count / d.out,
                                  genrepi_real_read(call->in[0]), genrepi_real_read(call->out[0]),
                                  genrepi_real_read(call->d_out[0]),
                                  call->d_in[0] != NULL ? genrepi_real(call->d_in[0]) : NULL);
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
        "uniform within 1/sqrt(in)"),
    GENREPI_WEIGHT_ROWS(linear_options, weight)};
static const genrepi_layer_ops ops = {.n_in = 1,
                                      .n_out = 1,
                                      .build = build,
                                      .shape = shape,
                                      .forward = forward,
                                      .backward = backward,
                                      .update = genrepi_weight_update,
                                      .tangent = genrepi_tangent_linear,
                                      .tangent_backward = genrepi_tangent_linear_backward,
                                      .straight = 1};
const genrepi_kind genrepi_kind_linear = {"layer",
                                          "linear",
                                          "y = x W^T + b over the last axis",
                                          options,
                                          GENREPI_COUNT(options),
                                          0,
                                          0,
                                          sizeof(linear_options),
                                          &ops};
