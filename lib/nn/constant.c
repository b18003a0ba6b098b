/* constant: the same trained array for each sample, whatever the input is: what a style-based
 * generator begins with (Karras et al. 2019).  c- += sum over the batch of d; nothing flows back.
 */
#include <nn/leaf.h>
#include <string.h>

typedef struct constant_options {
    char *shape, *init;
} constant_options;

static int32_t sizes(const genrep_layer *layer, genrepi_shape *shape) {
    const constant_options *o = layer->options;
    *shape = (genrepi_shape){0, {0}};
    if (o->shape == NULL)
        return genrepi_layer_fail(layer, GENREP_E_INVALID, "shape= is missing: as shape='64 4 4'");
    return genrepi_read_sizes(layer, o->shape, 0, shape);
}

static int32_t build(genrep_layer *layer, int32_t n_in, const genrepi_shape *in) {
    (void)n_in, (void)in;
    const constant_options *o = layer->options;
    genrepi_shape shape;
    int32_t status = sizes(layer, &shape);
    return status == 0 ? genrepi_layer_parameter(layer, "weight", &shape, o->init, 1) : status;
}

static int32_t shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                     genrepi_shape *out) {
    (void)n_in;
    if (in[0].rank == 0) return genrepi_fail_shape(layer, in, "a batch");
    int32_t status = sizes(layer, out);
    if (status != 0) return status;
    if (out->rank == GENREP_MAX_RANK)
        return genrepi_layer_fail(layer, GENREP_E_INVALID, "shape= has more than %d sizes",
                                  GENREP_MAX_RANK - 1);
    memmove(out->size + 1, out->size, (size_t)out->rank * sizeof *out->size);
    out->size[0] = in[0].rank < 0 ? -1 : in[0].size[0];
    out->rank++;
    return 0;
}

static int32_t forward(genrepi_call *call) {
    const genrep_tensor *weight = call->layer->parameters[0].value;
    for (int64_t n = 0; n < call->out[0]->shape.size[0]; n++)
        memcpy(genrepi_real(call->out[0]) + n * weight->count, weight->data,
               (size_t)weight->count * sizeof(real));
    return 0;
}

static int32_t backward(genrepi_call *call) {
    const genrepi_kernels *k = call->ctx->kernels;
    genrep_tensor *gradient = call->layer->parameters[0].gradient;
    const real *d = genrepi_real_read(call->d_out[0]);
    if (call->d_in[0] != NULL) k->fill(call->d_in[0]->count, 0, genrepi_real(call->d_in[0]));
    for (int64_t n = 0; n < call->out[0]->shape.size[0] && !call->frozen; n++)
        k->axpy(gradient->count, 1, d + n * gradient->count, genrepi_real(gradient));
    return 0;
}

static const genrepi_option options[] = {
    GENREPI_OPTION_STRING(constant_options, shape, NULL, "its sizes, without the batch"),
    GENREPI_OPTION_STRING(constant_options, init, "ones", "what it begins as")};
static const genrepi_layer_ops ops = {.n_in = 1,
                                      .n_out = 1,
                                      .build = build,
                                      .shape = shape,
                                      .forward = forward,
                                      .backward = backward,
                                      .integer_inputs = 1};
const genrepi_kind genrepi_kind_constant = {"layer",
                                            "constant",
                                            "one trained array for every sample",
                                            options,
                                            GENREPI_COUNT(options),
                                            0,
                                            0,
                                            sizeof(constant_options),
                                            &ops};
