/* See norm.h. */
#include <base/pool.h>
#include <nn/norm.h>

typedef struct norm_work {
    const genrepi_kernels *k;
    const genrepi_norm *norm;
    const real *x, *dy;
    real *y; /* or dx */
    const real *given_mean, *given_var;
    real *mean, *var;
    real *d_scale, *d_shift;
} norm_work;

int64_t genrepi_norm_sets(const genrepi_norm *norm) {
    return norm->groups == 0 ? norm->c.channels : norm->c.batch * norm->groups;
}

double genrepi_norm_count(const genrepi_norm *norm) {
    int64_t all = norm->groups == 0 ? norm->c.batch : norm->c.channels / norm->groups;
    return (double)all * (double)norm->c.inner;
}

genrepi_norm_set genrepi_norm_find(const genrepi_norm *norm, int64_t i) {
    const genrepi_channels c = norm->c;
    genrepi_norm_set set = {.piece_n = c.inner, .piece_runs = 1};
    if (norm->groups == 0) {
        set.at = i * c.inner;
        set.count = c.batch;
        set.step = set.piece_step = c.channels * c.inner;
        set.n = c.inner;
        set.scale = set.sum = i;
        set.pieces = norm->stride == 0 ? 1 : c.batch;
        if (norm->stride == 0) set.piece_runs = c.batch;
        set.scale_step = set.sum_step = norm->stride;
        return set;
    }
    int64_t sample = i / norm->groups, width = c.channels / norm->groups;
    int64_t first = i % norm->groups * width; /* channel */
    set.at = (sample * c.channels + first) * c.inner;
    set.count = 1;
    set.step = set.n = width * c.inner;
    set.pieces = width;
    set.piece_step = c.inner;
    set.scale = sample * norm->stride + first;
    set.sum = norm->stride == 0 ? sample * c.channels + first : set.scale;
    set.scale_step = set.sum_step = 1;
    return set;
}

void genrepi_norm_parallel(genrep_ctx *ctx, const genrepi_norm *norm,
                           void (*task)(void *argument, int64_t begin, int64_t end),
                           void *argument) {
    double n = genrepi_norm_count(norm);
    int64_t grain = n < 1 ? GENREPI_PIECE : n < GENREPI_PIECE ? (int64_t)(GENREPI_PIECE / n) : 1;
    genrepi_parallel_range(ctx, genrepi_norm_sets(norm), grain, task, argument);
}

static void parallel_sets(genrep_ctx *ctx, norm_work *work,
                          void (*task)(void *argument, int64_t begin, int64_t end)) {
    work->k = ctx->kernels;
    genrepi_norm_parallel(ctx, work->norm, task, work);
}

static void forward_sets(void *argument, int64_t begin, int64_t end) {
    const norm_work *w = argument;
    const genrepi_norm *norm = w->norm;
    const double n = genrepi_norm_count(norm);
    for (int64_t i = begin; i < end; i++) {
        const genrepi_norm_set s = genrepi_norm_find(norm, i);
        const real *x = w->x + s.at;
        real mean, var;
        if (w->given_mean != NULL) {
            mean = w->given_mean[i];
            var = w->given_var[i];
        } else {
            mean = (real)(w->k->sum_runs(s.count, s.step, s.n, x) / n);
            var = (real)(w->k->centred_squares_runs(s.count, s.step, s.n, mean, x) / n);
            w->mean[i] = mean;
            w->var[i] = var;
        }
        const real inverse = (real)(1 / sqrt((double)var + norm->eps));
        for (int64_t p = 0; p < s.pieces; p++) {
            const int64_t c = s.scale + p * s.scale_step;
            const real a =
                norm->scale != NULL ? inverse * (norm->offset + norm->scale[c]) : inverse;
            const real b = (norm->shift != NULL ? norm->shift[c] : 0) - mean * a;
            w->k->scale_shift_runs(s.piece_runs, s.piece_step, s.piece_n, a, b,
                                   x + p * s.piece_step, w->y + s.at + p * s.piece_step);
        }
    }
}

static double scale_of(const genrepi_norm *norm, int64_t c) {
    return norm->scale == NULL ? 1 : (double)norm->offset + (double)norm->scale[c];
}

/* With q = 1 / s: dx = q scale dy + b + d x, d = -q^2 mean(g xhat), b = -q mean(g) - d m. */
static void backward_sets(void *argument, int64_t begin, int64_t end) {
    const norm_work *w = argument;
    const genrepi_norm *norm = w->norm;
    const double n = genrepi_norm_count(norm);
    for (int64_t i = begin; i < end; i++) {
        const genrepi_norm_set s = genrepi_norm_find(norm, i);
        const real *x = w->x + s.at, *dy = w->dy + s.at, mean = w->mean[i];
        const double inverse = 1 / sqrt((double)w->var[i] + norm->eps);
        double g = 0, g_xhat = 0;
        for (int64_t p = 0; p < s.pieces; p++) {
            const int64_t at = p * s.piece_step, sum = s.sum + p * s.sum_step;
            double scale = scale_of(norm, s.scale + p * s.scale_step), sums[2];
            w->k->centred_dot_runs(s.piece_runs, s.piece_step, s.piece_n, mean, x + at, dy + at,
                                   sums);
            sums[1] *= inverse;
            if (w->d_shift != NULL) w->d_shift[sum] = (real)sums[0];
            if (w->d_scale != NULL) w->d_scale[sum] = (real)sums[1];
            g += scale * sums[0];
            g_xhat += scale * sums[1];
        }
        if (w->y == NULL) continue;
        const double d = -inverse * inverse * g_xhat / n;
        const double b = -inverse * g / n - d * (double)mean;
        for (int64_t p = 0; p < s.pieces; p++) {
            const int64_t at = p * s.piece_step;
            double scale = scale_of(norm, s.scale + p * s.scale_step);
            w->k->combine_runs(s.piece_runs, s.piece_step, s.piece_n, (real)(inverse * scale),
                               dy + at, (real)b, (real)d, x + at, w->y + s.at + at);
        }
    }
}

static int are_columns(const genrepi_norm *norm) {
    return norm->groups == 0 && norm->stride == 0 && norm->c.inner == 1;
}

int32_t genrepi_norm_forward(genrepi_call *call, const genrepi_norm *norm) {
    int64_t sets = genrepi_norm_sets(norm);
    int32_t status = genrepi_call_save(call, 0, GENREPI_REAL, &(genrepi_shape){2, {2, sets}});
    if (status != 0) return status;
    if (are_columns(norm)) return genrepi_norm_columns(call, norm);
    norm_work work = {.norm = norm,
                      .x = genrepi_real_read(call->in[0]),
                      .y = genrepi_real(call->out[0]),
                      .mean = genrepi_real(call->saved[0])};
    work.var = work.mean + sets;
    parallel_sets(call->ctx, &work, forward_sets);
    return 0;
}

int32_t genrepi_norm_apply(genrepi_call *call, const genrepi_norm *norm, const real *mean,
                           const real *var) {
    if (are_columns(norm)) return genrepi_norm_columns_apply(call, norm, mean, var);
    norm_work work = {.norm = norm,
                      .x = genrepi_real_read(call->in[0]),
                      .y = genrepi_real(call->out[0]),
                      .given_mean = mean,
                      .given_var = var};
    parallel_sets(call->ctx, &work, forward_sets);
    return 0;
}

int32_t genrepi_norm_backward(genrepi_call *call, const genrepi_norm *norm, real *d_scale,
                              real *d_shift) {
    if (are_columns(norm)) return genrepi_norm_columns_backward(call, norm, d_scale, d_shift);
    norm_work work = {.norm = norm,
                      .x = genrepi_real_read(call->in[0]),
                      .dy = genrepi_real_read(call->d_out[0]),
                      .mean = genrepi_real(call->saved[0]),
                      .d_scale = d_scale,
                      .d_shift = d_shift};
    work.var = work.mean + genrepi_norm_sets(norm);
    if (call->d_in[0] != NULL) work.y = genrepi_real(call->d_in[0]);
    if (work.y == NULL && d_scale == NULL && d_shift == NULL) return 0;
    parallel_sets(call->ctx, &work, backward_sets);
    return 0;
}

void genrepi_norm_add_samples(int64_t samples, int64_t channels, const real *from, real *to) {
    for (int64_t i = 0; i < channels; i++) {
        double sum = 0;
        for (int64_t b = 0; b < samples; b++) sum += (double)from[b * channels + i];
        to[i] += (real)sum;
    }
}

int32_t genrepi_norm_backward_affine(genrepi_call *call, const genrepi_norm *norm,
                                     const genrepi_parameter *p) {
    if (p == NULL || call->frozen) return genrepi_norm_backward(call, norm, NULL, NULL);
    int64_t channels = norm->c.channels, samples = norm->groups == 0 ? 1 : norm->c.batch;
    real *sums = genrepi_scratch_get(call->ctx, (size_t)(2 * samples * channels) * sizeof(real));
    if (sums == NULL) return GENREP_E_NOMEM;
    int32_t status = genrepi_norm_backward(call, norm, sums, sums + samples * channels);
    if (status == 0) {
        genrepi_norm_add_samples(samples, channels, sums, genrepi_real(p[0].gradient));
        genrepi_norm_add_samples(samples, channels, sums + samples * channels,
                                 genrepi_real(p[1].gradient));
    }
    genrepi_scratch_put(call->ctx, sums);
    return status;
}

int32_t genrepi_norm_statistics(genrep_layer *layer, const genrepi_shape *size) {
    int32_t status = genrepi_layer_parameter(layer, "running_mean", size, "zeros", 0);
    return status != 0 ? status : genrepi_layer_parameter(layer, "running_var", size, "ones", 0);
}

void genrepi_norm_running(const genrepi_call *call, const genrepi_norm *norm, double momentum) {
    const int64_t channels = norm->c.channels, samples = genrepi_norm_sets(norm) / channels;
    const double n = genrepi_norm_count(norm), unbiased = n / (n - 1) / (double)samples;
    const real *mean = genrepi_real_read(call->saved[0]), *var = mean + samples * channels;
    real *running_mean = genrepi_real(call->layer->parameters[0].value);
    real *running_var = genrepi_real(call->layer->parameters[1].value);
    for (int64_t i = 0; i < channels && samples > 0; i++) {
        double m = 0, v = 0;
        for (int64_t b = 0; b < samples; b++) {
            m += (double)mean[b * channels + i];
            v += (double)var[b * channels + i];
        }
        running_mean[i] += (real)momentum * ((real)(m / (double)samples) - running_mean[i]);
        running_var[i] += (real)momentum * ((real)(v * unbiased) - running_var[i]);
    }
}
