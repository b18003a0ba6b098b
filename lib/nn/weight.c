/* See weight.h. */
#include <nn/spectral.h>
#include <nn/weight.h>
#include <base/number.h>
#include <base/pool.h>
#include <stdio.h>

int32_t genrepi_weight_build(genrep_layer *layer, const genrepi_weight_options *options,
                             const genrepi_shape *shape, int32_t axis, double fan_in,
                             const char *initialiser) {
    char normal[GENREPI_NUMBER_BYTES + 32], std[GENREPI_NUMBER_BYTES];
    layer->weight.factor = layer->weight.bias = 1;
    layer->weight.axis = axis;
    if (options != NULL && options->equalized) {
        if (layer->weight.spectral != NULL) {
            return genrepi_layer_fail(layer, GENREP_E_INVALID,
                                      "equalized=1 has no effect inside spectral_norm, which "
                                      "divides the scale out again: leave one of them");
        }
        layer->weight.factor = options->lr_mul * options->gain / sqrt(fan_in > 1 ? fan_in : 1);
        layer->weight.bias = options->lr_mul;
        genrepi_format_real(std, 1 / options->lr_mul, 0);
        snprintf(normal, sizeof normal, "normal std=%s", std);
        if (initialiser == NULL) initialiser = normal;
    }
    return genrepi_layer_parameter(layer, "weight", shape,
                                   initialiser != NULL ? initialiser : "fan", 1);
}

int32_t genrepi_weight_build_bias(genrep_layer *layer, const genrepi_weight_options *options,
                                  int64_t n, double fan_in, const char *initialiser) {
    char init[2 * GENREPI_NUMBER_BYTES + 32] = "zeros", bound[GENREPI_NUMBER_BYTES];
    if (initialiser == NULL && !options->equalized) {
        genrepi_format_real(bound, 1 / sqrt(fan_in), 0);
        snprintf(init, sizeof init, "uniform low=-%s high=%s", bound, bound);
    }
    return genrepi_layer_parameter(layer, "bias", &(genrepi_shape){1, {n}}, init, 1);
}

int32_t genrepi_weight_finish(genrep_layer *layer) {
    return layer->weight.spectral == NULL ? 0 : genrepi_spectral_build(layer);
}

int32_t genrepi_weight_factor(genrepi_call *call, real *factor) {
    real sigma = 1;
    if (call->linear) {
        *factor = genrepi_weight_factor_back(call);
        return 0;
    }
    if (call->layer->weight.spectral != NULL) {
        int32_t status = genrepi_spectral_forward(call, &sigma);
        if (status != 0) return status;
    }
    *factor = (real)call->layer->weight.factor / sigma;
    return 0;
}

real genrepi_weight_factor_back(const genrepi_call *call) {
    real factor = (real)call->layer->weight.factor;
    return call->layer->weight.spectral == NULL ? factor : factor / genrepi_spectral_sigma(call);
}

typedef struct correct_state {
    const real *y, *dy;
} correct_state;

static double dot_piece(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const correct_state *s = opaque;
    return (double)k->dot(end - begin, s->y + begin, s->dy + begin);
}

int32_t genrepi_weight_correct(genrepi_call *call, int64_t n, const real *y, const real *dy,
                               double bias) {
    if (call->layer->weight.spectral == NULL) return 0;
    correct_state state = {y, dy};
    double product = genrepi_sum_pieces(call->ctx, n, dot_piece, &state);
    return genrepi_spectral_correct(call, product - bias);
}

int32_t genrepi_weight_bias(const genrepi_call *call, int64_t n, const real **bias,
                            real **scratch) {
    const real factor = (real)call->layer->weight.bias;
    *bias = *scratch = NULL;
    if (call->linear) return 0;
    *bias = genrepi_real_read(call->layer->parameters[1].value);
    if (factor == 1) return 0;
    real *scaled = genrepi_scratch_get(call->ctx, (size_t)n * sizeof(real));
    if (scaled == NULL) return GENREP_E_NOMEM;
    call->ctx->kernels->scale(n, factor, *bias, scaled);
    *bias = *scratch = scaled;
    return 0;
}

double genrepi_weight_bias_back(const genrepi_call *call, int64_t n, real *sums) {
    const genrepi_parameter *p = &call->layer->parameters[1];
    real *gradient = genrepi_real(p->gradient);
    call->ctx->kernels->scale(n, (real)call->layer->weight.bias, sums, sums);
    call->ctx->kernels->add(n, sums, gradient, gradient);
    return (double)call->ctx->kernels->dot(n, sums, genrepi_real_read(p->value));
}

void genrepi_weight_update(genrepi_call *call) {
    if (call->layer->weight.spectral != NULL) genrepi_spectral_update(call);
}
