/* relu: max(0, x).  leaky_relu (Maas et al. 2013): x, or slope x below zero. */
#include <nn/tangent.h>

void genrepi_leaky_forward(const genrepi_kernels *k, const void *opaque, int64_t begin,
                           int64_t end) {
    const genrepi_pointwise *s = opaque;
    k->leaky_relu(end - begin, s->parameter, s->x + begin, s->y + begin);
}

void genrepi_leaky_backward(const genrepi_kernels *k, const void *opaque, int64_t begin,
                            int64_t end) {
    const genrepi_pointwise *s = opaque;
    k->leaky_relu_backward(end - begin, s->parameter, s->x + begin, s->dy + begin, s->y + begin);
}

static int32_t relu_forward(genrepi_call *call) {
    genrepi_map_forward(call, genrepi_leaky_forward, 0);
    return 0;
}

static int32_t relu_backward(genrepi_call *call) {
    genrepi_map_backward(call, genrepi_leaky_backward, call->in[0], 0);
    return 0;
}

static const genrepi_layer_ops relu_ops = {.n_in = 1,
                                           .n_out = 1,
                                           .shape = genrepi_same_shape,
                                           .forward = relu_forward,
                                           .backward = relu_backward,
                                           .tangent = genrepi_tangent_symmetric,
                                           .tangent_backward = genrepi_tangent_straight_backward,
                                           .straight = 1};
const genrepi_kind genrepi_kind_relu = {"layer", "relu", "y = max(0, x)", NULL, 0, 0,
                                        0,       0,      &relu_ops};

typedef struct leaky_options {
    double slope;
} leaky_options;

static int32_t leaky_forward(genrepi_call *call) {
    const leaky_options *o = call->layer->options;
    genrepi_map_forward(call, genrepi_leaky_forward, (real)o->slope);
    return 0;
}

static int32_t leaky_backward(genrepi_call *call) {
    const leaky_options *o = call->layer->options;
    genrepi_map_backward(call, genrepi_leaky_backward, call->in[0], (real)o->slope);
    return 0;
}

static const genrepi_option leaky_rows[] = {
    GENREPI_OPTION_NUMBER(leaky_options, slope, "0.2", 0, 1, "slope below zero")};
static const genrepi_layer_ops leaky_ops = {.n_in = 1,
                                            .n_out = 1,
                                            .shape = genrepi_same_shape,
                                            .forward = leaky_forward,
                                            .backward = leaky_backward,
                                            .tangent = genrepi_tangent_symmetric,
                                            .tangent_backward = genrepi_tangent_straight_backward,
                                            .straight = 1};
const genrepi_kind genrepi_kind_leaky_relu = {"layer",
                                              "leaky_relu",
                                              "y = x above zero, slope x below",
                                              leaky_rows,
                                              GENREPI_COUNT(leaky_rows),
                                              0,
                                              0,
                                              sizeof(leaky_options),
                                              &leaky_ops};
