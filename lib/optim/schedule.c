/* How the learning rate goes over the steps: a pure function of the options and the step, apart
 * from the plateau's factor, which the optimizer keeps (mathematics 2.0.2). */
#include <optim/optimizer.h>

int32_t genrepi_schedule_check(genrep_ctx *ctx, const char *kind,
                               const genrepi_optimizer_common *o) {
    if (o->total == 0 && o->schedule == GENREPI_SCHEDULE_LINEAR)
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            "%s: schedule=linear needs total=, the steps of the whole run", kind);
    if (o->total == 0 && o->schedule == GENREPI_SCHEDULE_COSINE)
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            "%s: schedule=cosine needs total=, the steps of the whole run", kind);
    if (o->every == 0 && o->schedule == GENREPI_SCHEDULE_STEP)
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            "%s: schedule=step needs every=, the steps between two falls", kind);
    if (o->every == 0 && o->schedule == GENREPI_SCHEDULE_PLATEAU)
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            "%s: schedule=plateau needs every=, the values without progress "
                            "before a fall",
                            kind);
    if (o->hold > o->total && o->schedule == GENREPI_SCHEDULE_LINEAR)
        return genrepi_fail(ctx, GENREP_E_INVALID, "%s: hold=%lld is more than total=%lld", kind,
                            (long long)o->hold, (long long)o->total);
    return GENREP_OK;
}

/* Falls by equal steps after `hold`, and would be 0 one step after the run: pix2pix and CycleGAN,
 * lr (1 - max(0, t + 1 - hold) / (total - hold + 1)). */
static double linear(const genrepi_optimizer_common *o, int64_t t) {
    int64_t hold = o->hold > o->warmup ? o->hold : o->warmup;
    if (t >= o->total) return 0;
    return t < hold ? 1 : 1 - (double)(t + 1 - hold) / (double)(o->total - hold + 1);
}

/* floor + (1 - floor) (1 + cos(pi u / U)) / 2 over the steps after the warm-up. */
static double cosine(const genrepi_optimizer_common *o, int64_t t) {
    const double pi = 3.14159265358979323846;
    if (t >= o->total) return o->floor;
    double share = (double)(t - o->warmup) / (double)(o->total - o->warmup);
    return o->floor + (1 - o->floor) * 0.5 * (1 + cos(pi * share));
}

double genrepi_schedule_rate(const genrepi_optimizer_common *o, int64_t t, double scale) {
    if (t < o->warmup) return scale * o->lr * (double)(t + 1) / (double)o->warmup;
    double factor = 1;
    switch (o->schedule) {
    case GENREPI_SCHEDULE_LINEAR:
        factor = linear(o, t);
        break;
    case GENREPI_SCHEDULE_STEP:
        factor = pow(o->gamma, (double)(t / o->every));
        break;
    case GENREPI_SCHEDULE_COSINE:
        factor = cosine(o, t);
        break;
    case GENREPI_SCHEDULE_PLATEAU:
        factor = scale;
        scale = 1;
        break;
    default:
        break;
    }
    return scale * o->lr * (factor > o->floor ? factor : o->floor);
}
