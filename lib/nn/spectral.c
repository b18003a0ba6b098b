/* See spectral.h. */
#include <nn/spectral.h>
#include <base/pool.h>
#include <kernel/gemm.h>
#include <string.h>

#define SMALLEST 1e-12 /* what is divided by at least */
#define START 15       /* iterations when the layer is made */

/* A weight as `blocks` matrices of rows x cols, which stand beside each other: one, or as many as
 * inputs where these come first (conv_transpose2d). */
typedef struct spectral_weight {
    int64_t blocks, rows, cols;
    real *w, *u; /* u: rows; v: blocks x cols */
} spectral_weight;

static spectral_weight weight_of(const genrep_layer *layer) {
    const genrepi_parameter *p = layer->parameters;
    const genrepi_shape *shape = &p[0].value->shape;
    int32_t axis = layer->weight.axis;
    return (spectral_weight){genrepi_axes_count(shape, 0, axis), shape->size[axis],
                             genrepi_axes_count(shape, axis + 1, shape->rank),
                             genrepi_real(p[0].value),
                             genrepi_real(p[layer->n_parameters - 1].value)};
}

/* x = x / |x|; gives |x|.  Of what is too small nothing is made. */
static double normalise(const genrep_ctx *ctx, int64_t n, real *x) {
    double length = sqrt((double)ctx->kernels->sum_squares(n, x));
    if (length < SMALLEST) length = SMALLEST;
    ctx->kernels->scale(n, (real)(1 / length), x, x);
    return length;
}

/* v = W^T u / |W^T u|, and the length. */
static int32_t find_v(genrep_ctx *ctx, const spectral_weight *s, const real *u, real *v,
                      double *length) {
    for (int64_t b = 0; b < s->blocks; b++) {
        int32_t status =
            genrepi_gemm(ctx, 0, 0, 1, s->cols, s->rows, 1, u, s->rows,
                         s->w + b * s->rows * s->cols, s->cols, 0, v + b * s->cols, s->cols);
        if (status != 0) return status;
    }
    *length = normalise(ctx, s->blocks * s->cols, v);
    return 0;
}

/* u = W v / |W v|, in `to`. */
static int32_t find_u(genrep_ctx *ctx, const spectral_weight *s, const real *v, real *to) {
    for (int64_t b = 0; b < s->blocks; b++) {
        int32_t status =
            genrepi_gemm(ctx, 0, 1, 1, s->rows, s->cols, 1, v + b * s->cols, s->cols,
                         s->w + b * s->rows * s->cols, s->cols, b == 0 ? 0 : 1, to, s->rows);
        if (status != 0) return status;
    }
    normalise(ctx, s->rows, to);
    return 0;
}

/* From v, `times` steps to u in `to`; *u stays what it was where the weight is 0. */
static int32_t iterate(genrep_ctx *ctx, const spectral_weight *s, const real *v, int64_t times,
                       real *to) {
    double length;
    real *next = NULL;
    if (times > 1) {
        next = genrepi_scratch_get(ctx, (size_t)(s->blocks * s->cols) * sizeof(real));
        if (next == NULL) return GENREP_E_NOMEM;
    }
    int32_t status = find_u(ctx, s, v, to);
    for (int64_t i = 1; i < times && status == 0; i++) {
        status = find_v(ctx, s, to, next, &length);
        if (status == 0) status = find_u(ctx, s, next, to);
    }
    genrepi_scratch_put(ctx, next);
    if (status == 0 && ctx->kernels->sum_squares(s->rows, to) < (real)0.5) {
        memcpy(to, s->u, (size_t)s->rows * sizeof(real));
    }
    return status;
}

int32_t genrepi_spectral_build(genrep_layer *layer) {
    const genrepi_parameter *weight = &layer->parameters[0];
    genrepi_shape size = {1, {weight->value->shape.size[layer->weight.axis]}};
    int32_t status = genrepi_layer_parameter(layer, "weight_u", &size, "normal", 0);
    if (status != 0) return status;
    spectral_weight s = weight_of(layer);
    double length = normalise(layer->ctx, s.rows, s.u);
    size_t bytes = (size_t)(s.rows + s.blocks * s.cols) * sizeof(real);
    real *u = genrepi_scratch_get(layer->ctx, bytes);
    if (u == NULL) return GENREP_E_NOMEM;
    status = find_v(layer->ctx, &s, s.u, u + s.rows, &length);
    if (status == 0) status = iterate(layer->ctx, &s, u + s.rows, START, u);
    if (status == 0) memcpy(s.u, u, (size_t)s.rows * sizeof(real));
    genrepi_scratch_put(layer->ctx, u);
    return status;
}

/* saved[3]: sigma, u, the next u (the same until backward finds it), v.  u is kept because another
 * application's update may come before this one's backward. */
int32_t genrepi_spectral_forward(genrepi_call *call, real *sigma) {
    spectral_weight s = weight_of(call->layer);
    genrepi_shape size = {1, {1 + 2 * s.rows + s.blocks * s.cols}};
    int32_t status = genrepi_call_save(call, 3, GENREPI_REAL, &size);
    if (status != 0) return status;
    real *saved = genrepi_real(call->saved[3]);
    double length = 0;
    memcpy(saved + 1, s.u, (size_t)s.rows * sizeof(real));
    memcpy(saved + 1 + s.rows, s.u, (size_t)s.rows * sizeof(real));
    status = find_v(call->ctx, &s, saved + 1, saved + 1 + 2 * s.rows, &length);
    *sigma = saved[0] = (real)length;
    return status;
}

real genrepi_spectral_sigma(const genrepi_call *call) {
    return genrepi_real_read(call->saved[3])[0];
}

typedef struct correct_state {
    spectral_weight s;
    const real *u, *v;
    real factor;
    real *gradient;
} correct_state;

static void correct_rows(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const correct_state *c = opaque;
    for (int64_t i = begin; i < end; i++) {
        int64_t block = i / c->s.rows, row = i % c->s.rows;
        k->axpy(c->s.cols, c->factor * c->u[row], c->v + block * c->s.cols,
                c->gradient + i * c->s.cols);
    }
}

/* The correction, and the next u from v: all applications of a step begin from the same one, so
 * that together they make one step of the iteration. */
int32_t genrepi_spectral_correct(genrepi_call *call, double product) {
    const genrepi_spectral *o = call->layer->weight.spectral;
    real *saved = genrepi_real(call->saved[3]);
    correct_state c = {.s = weight_of(call->layer),
                       .u = saved + 1,
                       .factor = (real)(-product / (double)saved[0]),
                       .gradient = genrepi_real(call->layer->parameters[0].gradient)};
    c.v = saved + 1 + 2 * c.s.rows;
    genrepi_map_rows(call->ctx, c.s.blocks * c.s.rows, c.s.cols, correct_rows, &c);
    if (call->linear) return 0;
    return iterate(call->ctx, &c.s, saved + 1 + 2 * c.s.rows, o->iterations, saved + 1 + c.s.rows);
}

void genrepi_spectral_update(genrepi_call *call) {
    spectral_weight s = weight_of(call->layer);
    memcpy(s.u, genrepi_real_read(call->saved[3]) + 1 + s.rows, (size_t)s.rows * sizeof(real));
}
