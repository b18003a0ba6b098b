/* Tangents of the normalisation core (see norm.h; mathematics 3.2).  With J g = (g - mean(g) -
 * xhat mean(g xhat)) / s of a set, x' the tangent of x, Q = scale q, c = mean(x' xhat), e =
 * mean(Q xhat):
 *   y' = scale J x',   q_in = J Q,   d scale += sum q J x'
 *   d_in = J (scale d) - (c Q + e x' + xhat (mean(Q x') - mean(Q) mean(x') - 3 c e)
 *                         - c mean(Q) - e mean(x')) / s^2
 * Channels that are columns are runs of single elements here, which is slow: whole batches should
 * not be normalised in a critic that is penalised. */
#include <nn/norm.h>
#include <nn/tangent.h>
#include <base/pool.h>

typedef struct tangent_work {
    const genrepi_kernels *k;
    const genrepi_norm *norm;
    const real *x, *t, *q, *mean, *var;
    real *to, *d_scale;
} tangent_work;

static tangent_work work_of(const genrepi_call *call, const genrepi_norm *norm) {
    const real *mean = genrepi_real_read(call->saved[0]);
    return (tangent_work){.k = call->ctx->kernels,
                          .norm = norm,
                          .x = genrepi_real_read(call->in[0]),
                          .t = genrepi_real_read(call->t_in[0]),
                          .mean = mean,
                          .var = mean + genrepi_norm_sets(norm)};
}

static double scale_of(const genrepi_norm *norm, int64_t c) {
    return norm->scale == NULL ? 1 : (double)norm->scale[c];
}

/* Of a set: mean(x'), and c. */
static void tangent_means(const tangent_work *w, const genrepi_norm_set *s, int64_t i,
                          double inverse, double *mean, double *c) {
    double sums[2];
    const double n = genrepi_norm_count(w->norm);
    w->k->centred_dot_runs(s->count, s->step, s->n, w->mean[i], w->x + s->at, w->t + s->at, sums);
    *mean = sums[0] / n;
    *c = inverse * sums[1] / n;
}

/* J x' = x' / s + b + d x. */
static void tangent_sets(void *argument, int64_t begin, int64_t end) {
    const tangent_work *w = argument;
    for (int64_t i = begin; i < end; i++) {
        const genrepi_norm_set s = genrepi_norm_find(w->norm, i);
        const double inverse = 1 / sqrt((double)w->var[i] + w->norm->eps);
        double mean, c;
        tangent_means(w, &s, i, inverse, &mean, &c);
        const double d = -inverse * inverse * c, b = -inverse * mean - d * (double)w->mean[i];
        for (int64_t p = 0; p < s.pieces; p++) {
            const int64_t at = s.at + p * s.piece_step;
            const double scale = scale_of(w->norm, s.scale + p * s.scale_step);
            w->k->combine_runs(s.piece_runs, s.piece_step, s.piece_n, (real)(scale * inverse),
                               w->t + at, (real)(scale * b), (real)(scale * d), w->x + at,
                               w->to + at);
        }
    }
}

int32_t genrepi_norm_tangent(genrepi_call *call, const genrepi_norm *norm) {
    tangent_work work = work_of(call, norm);
    work.to = genrepi_real(call->t_out[0]);
    genrepi_norm_parallel(call->ctx, norm, tangent_sets, &work);
    return 0;
}

/* Means over a set. */
typedef struct bend {
    double inverse, t, c, q, e, qt;
} bend;

/* Adds to d_in. */
static void bend_set(const tangent_work *w, const genrepi_norm_set *s, const bend *m, double mean) {
    const double factor = -m->inverse * m->inverse;
    const double x = factor * m->inverse * (m->qt - m->q * m->t - 3 * m->c * m->e);
    const double b = -factor * (m->c * m->q + m->e * m->t) - x * mean;
    for (int64_t p = 0; p < s->pieces; p++) {
        const int64_t at = s->at + p * s->piece_step;
        const double scale = scale_of(w->norm, s->scale + p * s->scale_step);
        real *to = w->to + at;
        w->k->combine_runs(s->piece_runs, s->piece_step, s->piece_n, (real)(factor * m->c * scale),
                           w->q + at, (real)b, 1, to, to);
        w->k->combine_runs(s->piece_runs, s->piece_step, s->piece_n, (real)(factor * m->e),
                           w->t + at, 0, 1, to, to);
        w->k->combine_runs(s->piece_runs, s->piece_step, s->piece_n, (real)x, w->x + at, 0, 1, to,
                           to);
    }
}

static void bend_sets(void *argument, int64_t begin, int64_t end) {
    const tangent_work *w = argument;
    const double n = genrepi_norm_count(w->norm);
    for (int64_t i = begin; i < end; i++) {
        const genrepi_norm_set s = genrepi_norm_find(w->norm, i);
        bend m = {.inverse = 1 / sqrt((double)w->var[i] + w->norm->eps)};
        tangent_means(w, &s, i, m.inverse, &m.t, &m.c);
        for (int64_t p = 0; p < s.pieces; p++) {
            const int64_t at = s.at + p * s.piece_step;
            const double scale = scale_of(w->norm, s.scale + p * s.scale_step) / n;
            double of_q[2], of_t[2];
            w->k->centred_dot_runs(s.piece_runs, s.piece_step, s.piece_n, w->mean[i], w->x + at,
                                   w->q + at, of_q);
            w->k->centred_dot_runs(s.piece_runs, s.piece_step, s.piece_n, 0, w->t + at, w->q + at,
                                   of_t);
            of_q[1] *= m.inverse;
            m.q += scale * of_q[0];
            m.e += scale * of_q[1];
            m.qt += scale * of_t[1];
            if (w->d_scale == NULL) continue;
            w->d_scale[s.sum + p * s.sum_step] =
                (real)(m.inverse * (of_t[1] - m.t * of_q[0] - m.c * of_q[1]));
        }
        if (w->to != NULL) bend_set(w, &s, &m, (double)w->mean[i]);
    }
}

int32_t genrepi_norm_tangent_backward(genrepi_call *call, const genrepi_norm *norm,
                                      const genrepi_parameter *p) {
    int32_t status = genrepi_tangent_back_q(call);
    if (status == 0) status = genrepi_tangent_back_d_or_zeros(call);
    if (status != 0) return status;
    tangent_work work = work_of(call, norm);
    work.q = genrepi_real_read(call->q_out[0]);
    work.to = call->d_in[0] != NULL ? genrepi_real(call->d_in[0]) : NULL;
    const int64_t channels = norm->c.channels, samples = norm->groups == 0 ? 1 : norm->c.batch;
    if (p != NULL && !call->frozen) {
        work.d_scale = genrepi_scratch_get(call->ctx, (size_t)(samples * channels) * sizeof(real));
        if (work.d_scale == NULL) return GENREP_E_NOMEM;
    }
    genrepi_norm_parallel(call->ctx, norm, bend_sets, &work);
    if (work.d_scale == NULL) return 0;
    genrepi_norm_add_samples(samples, channels, work.d_scale, genrepi_real(p[0].gradient));
    genrepi_scratch_put(call->ctx, work.d_scale);
    return 0;
}
