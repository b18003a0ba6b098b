/* relu: max(0, x).  leaky_relu (Maas et al. 2013): x, or slope x below zero. */
#include <nn/leaf.h>

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

typedef struct leaky_options {
    double slope;
} leaky_options;

static real slope(const genrepi_call *call) {
    const leaky_options *o = call->layer->options; /* relu has none */
    return o != NULL ? (real)o->slope : 0;
}

static int32_t forward(genrepi_call *call) {
    genrepi_map_forward(call, genrepi_leaky_forward, slope(call));
    return 0;
}

static int32_t backward(genrepi_call *call) {
    genrepi_map_backward(call, genrepi_leaky_backward, call->in[0], slope(call));
    return 0;
}

static const genrepi_layer_ops ops = {
    .n_in = 1, .n_out = 1, .shape = genrepi_same_shape, .forward = forward, .backward = backward};
const genrepi_kind genrepi_kind_relu = {"layer", "relu", "y = max(0, x)", NULL, 0, 0, 0, 0, &ops};

static const genrepi_option leaky_rows[] = {
    GENREPI_OPTION_NUMBER(leaky_options, slope, "0.2", 0, 1, "slope below zero")};
const genrepi_kind genrepi_kind_leaky_relu = {"layer",
                                              "leaky_relu",
                                              "y = x above zero, slope x below",
                                              leaky_rows,
                                              GENREPI_COUNT(leaky_rows),
                                              0,
                                              0,
                                              sizeof(leaky_options),
                                              &ops};
