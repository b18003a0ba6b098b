/* Tangents of minibatch_stddev (mathematics 3.2); its own file has the names.  With d = x - u, and
 * q of a map summed over the map of all samples of its group:
 *   the map of y' is   sum over i, m of d_im x'_im / (M G s_m)
 *   d_in gains   q / (M G) ((x'_im - mean of x'_m) / s_m - d_im (mean of d_m x'_m) / s_m^3)
 * with means over the group at position m. */
#include <nn/minibatch_stddev.h>
#include <nn/tangent.h>
#include <base/pool.h>
#include <string.h>

typedef struct tangent_state {
    genrepi_stddev s; /* dy: q; to: y', or d_in to add to */
    const real *t;
    real *work; /* as mean and inverse together: mean of x', mean of d x' / s^2 */
} tangent_state;

static void tangent_parts(void *argument, int64_t begin, int64_t end) {
    const tangent_state *a = argument;
    const genrepi_stddev *s = &a->s;
    const int64_t n = s->positions;
    for (int64_t i = begin; i < end; i++) {
        const genrepi_stddev_part p = genrepi_stddev_find(s, i);
        const real *mean = s->mean + p.saved, *inverse = s->inverse + p.saved;
        real *work = a->work + p.saved;
        memset(work, 0, (size_t)n * sizeof(real));
        for (int64_t j = 0; j < s->size; j++) {
            const real *x = s->x + p.x + j * p.x_step, *t = a->t + p.x + j * p.x_step;
            memcpy(s->to + p.y + j * p.y_step, t, (size_t)n * sizeof(real));
            for (int64_t m = 0; m < n; m++) work[m] += (x[m] - mean[m]) * t[m];
        }
        double sum = 0;
        for (int64_t m = 0; m < n; m++) sum += (double)(work[m] * inverse[m]);
        const real value = (real)(sum / ((double)n * (double)s->size));
        for (int64_t j = 0; j < s->size; j++) {
            s->k->fill(s->c.inner, value, s->to + p.map + j * p.y_step);
        }
    }
}

static void bend_parts(void *argument, int64_t begin, int64_t end) {
    const tangent_state *a = argument;
    const genrepi_stddev *s = &a->s;
    const int64_t n = s->positions;
    const real share = (real)(1 / (double)s->size);
    for (int64_t i = begin; i < end; i++) {
        const genrepi_stddev_part p = genrepi_stddev_find(s, i);
        const real *mean = s->mean + p.saved, *inverse = s->inverse + p.saved;
        real *t_mean = a->work + p.saved, *along = t_mean + s->groups * s->features * n;
        const double sum = s->k->sum_runs(s->size, p.y_step, s->c.inner, s->dy + p.map);
        const real q = (real)(sum / ((double)n * (double)s->size));
        memset(t_mean, 0, (size_t)n * sizeof(real));
        memset(along, 0, (size_t)n * sizeof(real));
        for (int64_t j = 0; j < s->size; j++) {
            const real *x = s->x + p.x + j * p.x_step, *t = a->t + p.x + j * p.x_step;
            for (int64_t m = 0; m < n; m++) {
                t_mean[m] += share * t[m];
                along[m] += share * (x[m] - mean[m]) * t[m];
            }
        }
        for (int64_t m = 0; m < n; m++) along[m] *= inverse[m] * inverse[m];
        for (int64_t j = 0; j < s->size; j++) {
            const real *x = s->x + p.x + j * p.x_step, *t = a->t + p.x + j * p.x_step;
            real *to = s->to + p.x + j * p.x_step;
            for (int64_t m = 0; m < n; m++) {
                to[m] += q * inverse[m] * (t[m] - t_mean[m] - (x[m] - mean[m]) * along[m]);
            }
        }
    }
}

static int32_t run(genrepi_call *call, const genrep_tensor *q, genrep_tensor *to,
                   void (*parts)(void *argument, int64_t begin, int64_t end)) {
    tangent_state state = {genrepi_stddev_state(call), genrepi_real_read(call->t_in[0]), NULL};
    const int64_t saved = state.s.groups * state.s.features * state.s.positions;
    state.work = genrepi_scratch_get(call->ctx, (size_t)(2 * saved) * sizeof(real));
    if (state.work == NULL) return GENREP_E_NOMEM;
    state.s.dy = q != NULL ? genrepi_real_read(q) : NULL;
    state.s.to = genrepi_real(to);
    genrepi_parallel_range(call->ctx, state.s.groups * state.s.features, 1, parts, &state);
    genrepi_scratch_put(call->ctx, state.work);
    return 0;
}

int32_t genrepi_stddev_tangent(genrepi_call *call) {
    return run(call, NULL, call->t_out[0], tangent_parts);
}

int32_t genrepi_stddev_tangent_backward(genrepi_call *call) {
    int32_t status = genrepi_tangent_back_q(call);
    if (status == 0) status = genrepi_tangent_back_d_or_zeros(call);
    if (status != 0 || call->d_in[0] == NULL) return status;
    return run(call, call->q_out[0], call->d_in[0], bend_parts);
}
