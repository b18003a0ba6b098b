/* layer_norm (Ba, Kiros and Hinton 2016; mathematics 2.0): each row, the last `axes` axes together,
 * to mean 0 and variance 1, then y = gamma xhat + beta, both of the shape of a row.  With g = gamma
 * dy: dx = J g = (g - mean(g) - xhat mean(g xhat)) / s,   dgamma = sum dy xhat,   dbeta = sum dy.
 * Tangents are in layer_norm_tangent.c. */
#include <nn/layer_norm.h>

static int32_t build(genrep_layer *layer, int32_t n_in, const genrepi_shape *in) {
    (void)n_in;
    const genrepi_layer_norm_options *o = layer->options;
    if (!o->affine) return 0;
    genrepi_shape row = {(int32_t)o->axes, {0}};
    for (int32_t i = 0; i < row.rank; i++) {
        int32_t axis = in[0].rank - row.rank + i;
        if (in[0].rank < row.rank || in[0].size[axis] <= 0) {
            return genrepi_fail_shape(layer, in,
                                      "an input whose last %d sizes are known (see input), or "
                                      "affine=0",
                                      (int)row.rank);
        }
        row.size[i] = in[0].size[axis];
    }
    int32_t status = genrepi_layer_parameter(layer, "weight", &row, "ones", 1);
    return status != 0 ? status : genrepi_layer_parameter(layer, "bias", &row, "zeros", 1);
}

static int32_t shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                     genrepi_shape *out) {
    (void)n_in;
    const genrepi_layer_norm_options *o = layer->options;
    out[0] = in[0];
    if (in[0].rank < 0) return 0;
    int32_t first = in[0].rank - (int32_t)o->axes;
    if (first < 1) return genrepi_fail_shape(layer, in, "more than %d axes", (int)o->axes);
    for (int32_t i = 0; i < (int32_t)o->axes && o->affine; i++) {
        int64_t size = layer->parameters[0].value->shape.size[i];
        if (in[0].size[first + i] >= 0 && in[0].size[first + i] != size) {
            char row[GENREPI_SHAPE_BYTES];
            return genrepi_fail_shape(layer, in, "last axes of %s",
                                      genrepi_shape_text(&layer->parameters[0].value->shape, row));
        }
    }
    if (genrepi_axes_count(in, first, in[0].rank) == 0) {
        return genrepi_fail_shape(layer, in, "rows that are not empty");
    }
    return 0;
}

static void forward_rows(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const genrepi_layer_norm *s = opaque;
    int64_t n = s->cols;
    for (int64_t i = begin; i < end; i++) {
        const real *x = s->x + i * n;
        real *xhat = s->xhat + i * n, *y = s->y + i * n;
        real mean = k->sum(n, x) / (real)n;
        double variance = (double)k->centred_squares(n, mean, x) / (double)n;
        real inverse = (real)(1 / sqrt(variance + s->eps));
        s->inverse[i] = inverse;
        k->scale_shift(n, inverse, -mean * inverse, x, xhat);
        if (s->gamma == NULL) continue;
        k->mul(n, s->gamma, xhat, y);
        k->add(n, s->beta, y, y);
    }
}

void genrepi_layer_norm_back(const genrepi_kernels *k, const void *opaque, int64_t begin,
                             int64_t end) {
    const genrepi_layer_norm *s = opaque;
    int64_t n = s->cols;
    for (int64_t i = begin; i < end; i++) {
        const real *xhat = s->xhat + i * n, *g = s->dy + i * n;
        real *dx = s->y + i * n, inverse = s->inverse[i];
        if (s->gamma != NULL) {
            k->mul(n, s->gamma, g, dx);
            g = dx;
        }
        real g_mean = k->sum(n, g) / (real)n, g_xhat = k->dot(n, g, xhat) / (real)n;
        k->scale_shift(n, inverse, -inverse * g_mean, g, dx);
        k->axpy(n, -inverse * g_xhat, xhat, dx);
    }
}

void genrepi_layer_norm_gamma(const genrepi_kernels *k, const void *opaque, int64_t begin,
                              int64_t end, real *sums) {
    const genrepi_layer_norm *s = opaque;
    int64_t at = begin * s->cols;
    k->mul_sum_rows(end - begin, s->cols, s->dy + at, s->xhat + at, sums);
}

static void beta_rows(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end,
                      real *sums) {
    const genrepi_layer_norm *s = opaque;
    k->sum_rows(end - begin, s->cols, s->dy + begin * s->cols, sums);
}

static int64_t row_size(const genrepi_call *call) {
    const genrepi_layer_norm_options *o = call->layer->options;
    const genrepi_shape *in = &call->in[0]->shape;
    return genrepi_axes_count(in, in->rank - (int32_t)o->axes, in->rank);
}

/* saved[0]: 1 / s of each row.  saved[1]: xhat, where it is not the output itself. */
static int32_t forward(genrepi_call *call) {
    const genrepi_layer_norm_options *o = call->layer->options;
    const genrepi_parameter *p = call->layer->parameters;
    int64_t cols = row_size(call), rows = call->in[0]->count / cols;
    int32_t status = genrepi_call_save(call, 0, GENREPI_REAL, &(genrepi_shape){1, {rows}});
    if (status == 0 && o->affine && call->training) {
        status = genrepi_call_save(call, 1, GENREPI_REAL, &call->in[0]->shape);
    }
    if (status != 0) return status;
    genrepi_layer_norm state = {.cols = cols,
                                .eps = o->eps,
                                .x = genrepi_real_read(call->in[0]),
                                .y = genrepi_real(call->out[0]),
                                .inverse = genrepi_real(call->saved[0])};
    state.xhat = call->saved[1] != NULL ? genrepi_real(call->saved[1]) : state.y;
    if (o->affine) {
        state.gamma = genrepi_real_read(p[0].value);
        state.beta = genrepi_real_read(p[1].value);
    }
    genrepi_map_rows(call->ctx, rows, cols, forward_rows, &state);
    return 0;
}

genrepi_layer_norm genrepi_layer_norm_of(const genrepi_call *call) {
    const genrepi_layer_norm_options *o = call->layer->options;
    genrep_tensor *xhat = o->affine ? call->saved[1] : call->out[0];
    const int64_t cols = row_size(call);
    return (genrepi_layer_norm){
        .rows = call->in[0]->count / cols,
        .cols = cols,
        .gamma = o->affine ? genrepi_real_read(call->layer->parameters[0].value) : NULL,
        .xhat = genrepi_real(xhat),
        .inverse = genrepi_real(call->saved[0])};
}

static int32_t backward(genrepi_call *call) {
    const genrepi_layer_norm_options *o = call->layer->options;
    const genrepi_parameter *p = call->layer->parameters;
    int64_t cols = row_size(call), rows = call->in[0]->count / cols;
    genrepi_layer_norm state = genrepi_layer_norm_of(call);
    state.dy = genrepi_real_read(call->d_out[0]);
    if (call->d_in[0] != NULL) {
        state.y = genrepi_real(call->d_in[0]);
        genrepi_map_rows(call->ctx, rows, cols, genrepi_layer_norm_back, &state);
    }
    if (!o->affine || call->frozen) return 0;
    int32_t status = genrepi_sum_rows(call->ctx, rows, cols, cols, genrepi_layer_norm_gamma, &state,
                                      genrepi_real(p[0].gradient));
    if (status != 0) return status;
    return genrepi_sum_rows(call->ctx, rows, cols, cols, beta_rows, &state,
                            genrepi_real(p[1].gradient));
}

static const genrepi_option options[] = {
    GENREPI_OPTION_INT(genrepi_layer_norm_options, axes, "1", 1, GENREP_MAX_RANK - 1,
                       "how many of the last axes make a row"),
    GENREPI_OPTION_NUMBER(genrepi_layer_norm_options, eps, "1e-5", 1e-12, 1,
                          "added to the variance"),
    GENREPI_OPTION_FLAG(genrepi_layer_norm_options, affine, "1",
                        "scale and shift each element, trained")};
static const genrepi_layer_ops ops = {.n_in = 1,
                                      .n_out = 1,
                                      .build = build,
                                      .shape = shape,
                                      .forward = forward,
                                      .backward = backward,
                                      .tangent = genrepi_layer_norm_tangent,
                                      .tangent_backward = genrepi_layer_norm_tangent_backward};
const genrepi_kind genrepi_kind_layer_norm = {"layer",
                                              "layer_norm",
                                              "each row (the last axes) to mean 0 and variance 1",
                                              options,
                                              GENREPI_COUNT(options),
                                              0,
                                              0,
                                              sizeof(genrepi_layer_norm_options),
                                              &ops};
