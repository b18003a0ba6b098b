/* layer_norm (Ba, Kiros and Hinton 2016; mathematics 2.0): each row, the last `axes` axes together,
 * to mean 0 and variance 1, then y = gamma xhat + beta, both of the shape of a row.  With g = gamma
 * dy: dx = J g = (g - mean(g) - xhat mean(g xhat)) / s,   dgamma = sum dy xhat,   dbeta = sum dy.
 * Tangents: y' = gamma J x'; with Q = gamma q, c = mean(x' xhat), e = mean(Q xhat)
 *   q_in = J Q,   dgamma += sum q J x'
 *   d_in = J g - (c Q + e x' + xhat (mean(Q x') - mean(Q) mean(x') - 3 c e)
 *                 - c mean(Q) - e mean(x')) / s^2 */
#include <base/pool.h>
#include <nn/tangent.h>

typedef struct layer_norm_options {
    int64_t axes;
    double eps;
    int32_t affine;
} layer_norm_options;

static int32_t build(genrep_layer *layer, int32_t n_in, const genrepi_shape *in) {
    (void)n_in;
    const layer_norm_options *o = layer->options;
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
    const layer_norm_options *o = layer->options;
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

typedef struct layer_norm_state {
    int64_t cols;
    double eps;
    const real *x, *dy, *gamma, *beta;
    real *xhat, *y, *inverse; /* inverse: 1 / s of each row */
} layer_norm_state;

static void forward_rows(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const layer_norm_state *s = opaque;
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

static void backward_rows(const genrepi_kernels *k, const void *opaque, int64_t begin,
                          int64_t end) {
    const layer_norm_state *s = opaque;
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

static void gamma_rows(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end,
                       real *sums) {
    const layer_norm_state *s = opaque;
    int64_t at = begin * s->cols;
    k->mul_sum_rows(end - begin, s->cols, s->dy + at, s->xhat + at, sums);
}

static void beta_rows(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end,
                      real *sums) {
    const layer_norm_state *s = opaque;
    k->sum_rows(end - begin, s->cols, s->dy + begin * s->cols, sums);
}

static int64_t row_size(const genrepi_call *call) {
    const layer_norm_options *o = call->layer->options;
    const genrepi_shape *in = &call->in[0]->shape;
    return genrepi_axes_count(in, in->rank - (int32_t)o->axes, in->rank);
}

/* saved[0]: 1 / s of each row.  saved[1]: xhat, where it is not the output itself. */
static int32_t forward(genrepi_call *call) {
    const layer_norm_options *o = call->layer->options;
    const genrepi_parameter *p = call->layer->parameters;
    int64_t cols = row_size(call), rows = call->in[0]->count / cols;
    int32_t status = genrepi_call_save(call, 0, GENREPI_REAL, &(genrepi_shape){1, {rows}});
    if (status == 0 && o->affine && call->training) {
        status = genrepi_call_save(call, 1, GENREPI_REAL, &call->in[0]->shape);
    }
    if (status != 0) return status;
    layer_norm_state state = {.cols = cols,
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

/* What backward and tangents read: dy, or what stands in its place, and y are theirs to set. */
static layer_norm_state state_of(const genrepi_call *call) {
    const layer_norm_options *o = call->layer->options;
    genrep_tensor *xhat = o->affine ? call->saved[1] : call->out[0];
    return (layer_norm_state){
        .cols = row_size(call),
        .gamma = o->affine ? genrepi_real_read(call->layer->parameters[0].value) : NULL,
        .xhat = genrepi_real(xhat),
        .inverse = genrepi_real(call->saved[0])};
}

static int32_t backward(genrepi_call *call) {
    const layer_norm_options *o = call->layer->options;
    const genrepi_parameter *p = call->layer->parameters;
    int64_t cols = row_size(call), rows = call->in[0]->count / cols;
    layer_norm_state state = state_of(call);
    state.dy = genrepi_real_read(call->d_out[0]);
    if (call->d_in[0] != NULL) {
        state.y = genrepi_real(call->d_in[0]);
        genrepi_map_rows(call->ctx, rows, cols, backward_rows, &state);
    }
    if (!o->affine || call->frozen) return 0;
    int32_t status = genrepi_sum_rows(call->ctx, rows, cols, cols, gamma_rows, &state,
                                      genrepi_real(p[0].gradient));
    if (status != 0) return status;
    return genrepi_sum_rows(call->ctx, rows, cols, cols, beta_rows, &state,
                            genrepi_real(p[1].gradient));
}

/* y' = gamma J x', or J x' itself without gamma. */
static void tangent_rows(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    layer_norm_state s = *(const layer_norm_state *)opaque;
    const real *gamma = s.gamma;
    s.gamma = NULL;
    backward_rows(k, &s, begin, end);
    for (int64_t i = begin; i < end && gamma != NULL; i++) {
        k->mul(s.cols, gamma, s.y + i * s.cols, s.y + i * s.cols);
    }
}

static int32_t tangent(genrepi_call *call) {
    int64_t cols = row_size(call), rows = call->in[0]->count / cols;
    layer_norm_state state = state_of(call);
    state.dy = genrepi_real_read(call->t_in[0]);
    state.y = genrepi_real(call->t_out[0]);
    genrepi_map_rows(call->ctx, rows, cols, tangent_rows, &state);
    return 0;
}

typedef struct bend_state {
    layer_norm_state norm; /* y: d_in, to which is added; dy: q */
    const real *t;
    real *work; /* of a row, for each row */
} bend_state;

static void bend_rows(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const bend_state *b = opaque;
    const layer_norm_state *s = &b->norm;
    const int64_t n = s->cols;
    for (int64_t i = begin; i < end; i++) {
        const real *xhat = s->xhat + i * n, *q = s->dy + i * n, *t = b->t + i * n;
        real *to = s->y + i * n, *work = b->work + i * n;
        if (s->gamma != NULL) {
            k->mul(n, s->gamma, q, work);
            q = work;
        }
        const double share = 1 / (double)n, inverse = (double)s->inverse[i];
        const double factor = -inverse * inverse;
        const double t_mean = share * (double)k->sum(n, t), q_mean = share * (double)k->sum(n, q);
        const double c = share * (double)k->dot(n, t, xhat), e = share * (double)k->dot(n, q, xhat);
        const double along = share * (double)k->dot(n, q, t) - q_mean * t_mean - 3 * c * e;
        k->axpy(n, (real)(factor * c), q, to);
        k->axpy(n, (real)(factor * e), t, to);
        k->axpy(n, (real)(factor * along), xhat, to);
        k->scale_shift(n, 1, (real)(-factor * (c * q_mean + e * t_mean)), to, to);
    }
}

/* work: as large as the input. */
static int32_t bend(genrepi_call *call, real *work) {
    const layer_norm_options *o = call->layer->options;
    const real *t = genrepi_real_read(call->t_in[0]), *q = genrepi_real_read(call->q_out[0]);
    int64_t cols = row_size(call), rows = call->in[0]->count / cols;
    bend_state state = {state_of(call), t, work};
    if (o->affine && !call->frozen) { /* J x', and its products with q */
        layer_norm_state norm = state.norm;
        norm.gamma = NULL;
        norm.dy = t;
        norm.y = work;
        genrepi_map_rows(call->ctx, rows, cols, backward_rows, &norm);
        norm.dy = q;
        norm.xhat = work;
        int32_t status = genrepi_sum_rows(call->ctx, rows, cols, cols, gamma_rows, &norm,
                                          genrepi_real(call->layer->parameters[0].gradient));
        if (status != 0) return status;
    }
    if (call->d_in[0] == NULL) return 0;
    state.norm.dy = q;
    state.norm.y = genrepi_real(call->d_in[0]);
    genrepi_map_rows(call->ctx, rows, cols, bend_rows, &state);
    return 0;
}

static int32_t tangent_backward(genrepi_call *call) {
    int32_t status = genrepi_tangent_back_q(call);
    if (status == 0) status = genrepi_tangent_back_d_or_zeros(call);
    if (status != 0) return status;
    real *work = genrepi_scratch_get(call->ctx, (size_t)call->in[0]->count * sizeof(real));
    if (work == NULL) return GENREP_E_NOMEM;
    status = bend(call, work);
    genrepi_scratch_put(call->ctx, work);
    return status;
}

static const genrepi_option options[] = {
    GENREPI_OPTION_INT(layer_norm_options, axes, "1", 1, GENREP_MAX_RANK - 1,
                       "how many of the last axes make a row"),
    GENREPI_OPTION_NUMBER(layer_norm_options, eps, "1e-5", 1e-12, 1, "added to the variance"),
    GENREPI_OPTION_FLAG(layer_norm_options, affine, "1", "scale and shift each element, trained")};
static const genrepi_layer_ops ops = {.n_in = 1,
                                      .n_out = 1,
                                      .build = build,
                                      .shape = shape,
                                      .forward = forward,
                                      .backward = backward,
                                      .tangent = tangent,
                                      .tangent_backward = tangent_backward};
const genrepi_kind genrepi_kind_layer_norm = {"layer",
                                              "layer_norm",
                                              "each row (the last axes) to mean 0 and variance 1",
                                              options,
                                              GENREPI_COUNT(options),
                                              0,
                                              0,
                                              sizeof(layer_norm_options),
                                              &ops};
