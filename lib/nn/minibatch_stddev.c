/* minibatch_stddev (Karras et al. 2018, ProGAN; mathematics 2.0): tells a discriminator how alike
 * the samples of a batch are.  The batch is cut into n groups of G samples; members of group j are
 * samples j, j + n, j + 2n, ..., as in StyleGAN.  With u_m the mean over the group at position m of
 * M positions (channels and pixels), s_m = sqrt(mean (x_im - u_m)^2 + eps):
 *   one map, filled with S = mean over m of s_m, is appended to the channels of each of its samples
 *   dx_im = dy_im + D (x_im - u_m) / (M G s_m),   D the sum of dy over the map of all its samples
 * With features = F the channels are cut into F equal parts, and each has a map of its own. */
#include <nn/minibatch_stddev.h>
#include <nn/tangent.h>
#include <base/pool.h>
#include <string.h>

/* A batch smaller than a group is one group; else it must be a multiple. */
static int64_t group_size(const genrepi_stddev_options *o, int64_t batch) {
    return batch < o->group ? batch : o->group;
}

static int32_t shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                     genrepi_shape *out) {
    (void)n_in;
    const genrepi_stddev_options *o = layer->options;
    out[0] = in[0];
    if (in[0].rank < 0) return 0;
    if (in[0].rank < 2) return genrepi_fail_shape(layer, in, "at least two axes");
    int64_t batch = in[0].size[0], channels = in[0].size[1];
    if (batch > 0 && batch % group_size(o, batch) != 0) {
        return genrepi_fail_shape(layer, in, "a batch smaller than group=%lld, or a multiple of it",
                                  (long long)o->group);
    }
    if (channels < 0) return 0;
    if (channels == 0 || channels % o->features != 0) {
        return genrepi_fail_shape(layer, in,
                                  "channels (axis 1) that can be cut into features=%lld parts",
                                  (long long)o->features);
    }
    out[0].size[1] = channels + o->features;
    return 0;
}

genrepi_stddev_part genrepi_stddev_find(const genrepi_stddev *s, int64_t i) {
    int64_t group = i / s->features, feature = i % s->features;
    int64_t sample = s->c.channels * s->c.inner, out = sample + s->features * s->c.inner;
    genrepi_stddev_part part = {.group = group,
                                .x = group * sample + feature * s->positions,
                                .x_step = s->groups * sample,
                                .y = group * out + feature * s->positions,
                                .y_step = s->groups * out,
                                .map = group * out + sample + feature * s->c.inner,
                                .saved = i * s->positions};
    return part;
}

static void forward_parts(void *argument, int64_t begin, int64_t end) {
    const genrepi_stddev *s = argument;
    const int64_t n = s->positions;
    const real share = (real)(1 / (double)s->size);
    for (int64_t i = begin; i < end; i++) {
        const genrepi_stddev_part p = genrepi_stddev_find(s, i);
        real *mean = s->mean + p.saved, *inverse = s->inverse + p.saved;
        double sum = 0;
        memset(mean, 0, (size_t)n * sizeof(real));
        memset(inverse, 0, (size_t)n * sizeof(real));
        for (int64_t j = 0; j < s->size; j++) {
            const real *x = s->x + p.x + j * p.x_step;
            s->k->add(n, x, mean, mean);
            memcpy(s->to + p.y + j * p.y_step, x, (size_t)n * sizeof(real));
        }
        s->k->scale(n, share, mean, mean);
        for (int64_t j = 0; j < s->size; j++) {
            const real *x = s->x + p.x + j * p.x_step;
            for (int64_t m = 0; m < n; m++) inverse[m] += (x[m] - mean[m]) * (x[m] - mean[m]);
        }
        for (int64_t m = 0; m < n; m++) {
            const double deviation = sqrt((double)(inverse[m] * share) + s->eps);
            sum += deviation;
            inverse[m] = (real)(1 / deviation);
        }
        for (int64_t j = 0; j < s->size; j++) {
            s->k->fill(s->c.inner, (real)(sum / (double)n), s->to + p.map + j * p.y_step);
        }
    }
}

static void backward_parts(void *argument, int64_t begin, int64_t end) {
    const genrepi_stddev *s = argument;
    const int64_t n = s->positions;
    for (int64_t i = begin; i < end; i++) {
        const genrepi_stddev_part p = genrepi_stddev_find(s, i);
        const real *mean = s->mean + p.saved, *inverse = s->inverse + p.saved;
        double sum = s->k->sum_runs(s->size, p.y_step, s->c.inner, s->dy + p.map);
        const real share = (real)(sum / ((double)n * (double)s->size));
        for (int64_t j = 0; j < s->size; j++) {
            const real *x = s->x + p.x + j * p.x_step, *dy = s->dy + p.y + j * p.y_step;
            real *dx = s->to + p.x + j * p.x_step;
            for (int64_t m = 0; m < n; m++) {
                dx[m] = dy[m] + share * (x[m] - mean[m]) * inverse[m];
            }
        }
    }
}

genrepi_stddev genrepi_stddev_state(const genrepi_call *call) {
    const genrepi_stddev_options *o = call->layer->options;
    genrepi_channels c = genrepi_channels_of(&call->in[0]->shape);
    genrepi_stddev s = {.k = call->ctx->kernels, .c = c, .features = o->features, .eps = o->eps};
    s.size = group_size(o, c.batch);
    s.groups = c.batch > 0 ? c.batch / s.size : 0;
    s.positions = c.channels / o->features * c.inner;
    s.x = genrepi_real_read(call->in[0]);
    if (call->saved[0] != NULL) {
        s.mean = genrepi_real(call->saved[0]);
        s.inverse = s.mean + s.groups * s.features * s.positions;
    }
    return s;
}

/* saved[0]: all means, then all 1 / s. */
static int32_t forward(genrepi_call *call) {
    genrepi_stddev s = genrepi_stddev_state(call);
    int64_t saved = s.groups * s.features * s.positions;
    int32_t status = genrepi_call_save(call, 0, GENREPI_REAL, &(genrepi_shape){2, {2, saved}});
    if (status != 0) return status;
    s.to = genrepi_real(call->out[0]);
    s.mean = genrepi_real(call->saved[0]);
    s.inverse = s.mean + saved;
    genrepi_parallel_range(call->ctx, s.groups * s.features, 1, forward_parts, &s);
    return 0;
}

static int32_t backward(genrepi_call *call) {
    if (call->d_in[0] == NULL) return 0;
    genrepi_stddev s = genrepi_stddev_state(call);
    s.dy = genrepi_real_read(call->d_out[0]);
    s.to = genrepi_real(call->d_in[0]);
    genrepi_parallel_range(call->ctx, s.groups * s.features, 1, backward_parts, &s);
    return 0;
}

static const genrepi_option options[] = {
    GENREPI_OPTION_INT(genrepi_stddev_options, group, "4", 1, GENREPI_MAX_SIZE,
                       "samples in a group; a smaller batch is one group"),
    GENREPI_OPTION_INT(genrepi_stddev_options, features, "1", 1, GENREPI_MAX_SIZE,
                       "how many maps are appended, each of an equal part of the channels"),
    GENREPI_OPTION_NUMBER(genrepi_stddev_options, eps, "1e-8", 1e-12, 1, "added to the variance")};
static const genrepi_layer_ops ops = {.n_in = 1,
                                      .n_out = 1,
                                      .shape = shape,
                                      .forward = forward,
                                      .backward = backward,
                                      .tangent = genrepi_stddev_tangent,
                                      .tangent_backward = genrepi_stddev_tangent_backward};
const genrepi_kind genrepi_kind_minibatch_stddev = {
    "layer",
    "minibatch_stddev",
    "appends a channel (axis 1) with the mean standard deviation over groups of the batch",
    options,
    GENREPI_COUNT(options),
    0,
    0,
    sizeof(genrepi_stddev_options),
    &ops};
