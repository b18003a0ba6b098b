/* Tangents of layer_norm (mathematics 3.2); its own file has the names and J.  With Q = gamma q,
 * c = mean(x' xhat), e = mean(Q xhat) of a row:
 *   y' = gamma J x',   q_in = J Q,   dgamma += sum q J x'
 *   d_in = J (gamma d) - (c Q + e x' + xhat (mean(Q x') - mean(Q) mean(x') - 3 c e)
 *                         - c mean(Q) - e mean(x')) / s^2 */
#include <nn/layer_norm.h>
#include <nn/tangent.h>
#include <base/pool.h>

/* y' = gamma J x', or J x' itself without gamma. */
static void tangent_rows(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    genrepi_layer_norm s = *(const genrepi_layer_norm *)opaque;
    const real *gamma = s.gamma;
    s.gamma = NULL;
    genrepi_layer_norm_back(k, &s, begin, end);
    for (int64_t i = begin; i < end && gamma != NULL; i++) {
        k->mul(s.cols, gamma, s.y + i * s.cols, s.y + i * s.cols);
    }
}

int32_t genrepi_layer_norm_tangent(genrepi_call *call) {
    genrepi_layer_norm state = genrepi_layer_norm_of(call);
    state.dy = genrepi_real_read(call->t_in[0]);
    state.y = genrepi_real(call->t_out[0]);
    genrepi_map_rows(call->ctx, state.rows, state.cols, tangent_rows, &state);
    return 0;
}

typedef struct bend_state {
    genrepi_layer_norm norm; /* y: d_in, to which is added; dy: q */
    const real *t;
    real *work; /* of a row, for each row */
} bend_state;

static void bend_rows(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const bend_state *b = opaque;
    const genrepi_layer_norm *s = &b->norm;
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
    const genrepi_layer_norm_options *o = call->layer->options;
    const real *t = genrepi_real_read(call->t_in[0]), *q = genrepi_real_read(call->q_out[0]);
    bend_state state = {genrepi_layer_norm_of(call), t, work};
    const int64_t rows = state.norm.rows, cols = state.norm.cols;
    if (o->affine && !call->frozen) { /* J x', and its products with q */
        genrepi_layer_norm norm = state.norm;
        norm.gamma = NULL;
        norm.dy = t;
        norm.y = work;
        genrepi_map_rows(call->ctx, rows, cols, genrepi_layer_norm_back, &norm);
        norm.dy = q;
        norm.xhat = work;
        int32_t status = genrepi_sum_rows(call->ctx, rows, cols, cols, genrepi_layer_norm_gamma,
                                          &norm, genrepi_real(call->layer->parameters[0].gradient));
        if (status != 0) return status;
    }
    if (call->d_in[0] == NULL) return 0;
    state.norm.dy = q;
    state.norm.y = genrepi_real(call->d_in[0]);
    genrepi_map_rows(call->ctx, rows, cols, bend_rows, &state);
    return 0;
}

int32_t genrepi_layer_norm_tangent_backward(genrepi_call *call) {
    int32_t status = genrepi_tangent_back_q(call);
    if (status == 0) status = genrepi_tangent_back_d_or_zeros(call);
    if (status != 0) return status;
    real *work = genrepi_scratch_get(call->ctx, (size_t)call->in[0]->count * sizeof(real));
    if (work == NULL) return GENREP_E_NOMEM;
    status = bend(call, work);
    genrepi_scratch_put(call->ctx, work);
    return status;
}
