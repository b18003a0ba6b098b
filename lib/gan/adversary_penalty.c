/* Penalties on the discriminator's gradient by its input (mathematics 2.10.1), at real samples
 * (R1), made ones (R2), between them (WGAN-GP) or around real ones (DRAGAN); every n-th update
 * only, and n times as strong then ("lazy", Karras et al. 2020). */
#include <base/random.h>
#include <gan/adversary.h>
#include <kernel/elementwise.h>

/* The sums that a penalty checks itself by may differ by so much of the larger, by rounding. */
#define CHECK_SHARE 0.02
#define CHECK_LEAST 1e-4

static int due(const genrepi_adversary *a, int64_t number) {
    return number % a->options->penalty_every == 0;
}

int32_t genrepi_adversary_watch(genrepi_adversary *a, const genrepi_view *real_samples,
                                const genrepi_view *fake, int64_t number) {
    const genrepi_adversary_options *o = a->options;
    int32_t status = 0;
    if (o->r1 > 0 && due(a, number)) status = genrepi_tape_watch(a->tape, real_samples->x);
    if (status == 0 && o->r2 > 0 && due(a, number)) status = genrepi_tape_watch(a->tape, fake->x);
    return status;
}

static int32_t add(genrepi_adversary *a, const genrep_tensor *logit, genrep_tensor *x,
                   genrepi_penalty_form *form, double weight, double *sum) {
    const double times = (double)a->options->penalty_every;
    genrep_ctx *ctx = a->trainer->ctx;
    genrepi_penalty penalty = {0, 0, 0};
    int32_t status = genrepi_penalty_add(a->tape, logit, x, form, weight * times, &penalty);
    if (status != 0) return status;
    *sum += penalty.value / times;
    const double wrong = fabs(penalty.along - penalty.expected);
    if (!(wrong > CHECK_SHARE * fmax(fabs(penalty.along), fabs(penalty.expected)) + CHECK_LEAST))
        return 0;
    char along[GENREPI_NUMBER_BYTES], expected[GENREPI_NUMBER_BYTES];
    genrepi_format_real(along, penalty.along, 1);
    genrepi_format_real(expected, penalty.expected, 1);
    return genrepi_fail(ctx, GENREP_E_DIVERGED,
                        "a gradient penalty's tangents sum up to %s and should to %s: a layer's "
                        "tangent is wrong, or numbers have grown too large",
                        along, expected);
}

/* x^ = a x + (1 - a) made, one a ~ U(0, 1) a sample. */
static void between(genrepi_adversary *a, const genrepi_view *real_samples,
                    const genrepi_view *fake, int64_t number, genrep_tensor *to) {
    const int64_t n = to->shape.size[0], each = to->count / n;
    const real *x = genrepi_real_read(real_samples->x), *made = genrepi_real_read(fake->x);
    real *y = genrepi_real(to);
    genrepi_rng rng =
        genrepi_rng_at(a->trainer->ctx->seed,
                       genrepi_stream(GENREPI_FOR_PENALTY, (uint64_t)number, (uint64_t)a->part), 0);
    for (int64_t i = 0; i < n; i++) {
        const real share = (real)genrepi_rng_uniform(&rng);
        for (int64_t j = i * each; j < (i + 1) * each; j++)
            y[j] = share * x[j] + (1 - share) * made[j];
    }
}

/* x^ = x + s u / 2, s the deviation of all numbers of the batch, u ~ U(0, 1) for each. */
static void around(genrepi_adversary *a, const genrepi_view *real_samples, int64_t number,
                   genrep_tensor *to) {
    const genrepi_kernels *k = a->trainer->ctx->kernels;
    const real *x = genrepi_real_read(real_samples->x);
    real *y = genrepi_real(to);
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < to->count; i++) sum += (double)x[i];
    sum /= (double)to->count;
    for (int64_t i = 0; i < to->count; i++) squares += ((double)x[i] - sum) * ((double)x[i] - sum);
    k->random_uniform(to->count, a->trainer->ctx->seed,
                      genrepi_stream(GENREPI_FOR_PENALTY, (uint64_t)number,
                                     (uint64_t)(GENREPI_MAX_PARTS + a->part)),
                      0, 0, (real)(sqrt(squares / (double)to->count) / 2), y);
    k->add(to->count, x, y, y);
}

/* A penalty at points of its own, which the discriminator sees for it alone. */
static int32_t at_points(genrepi_adversary *a, const genrepi_view *real_samples,
                         const genrepi_view *fake, int64_t number, int around_real, double weight,
                         double *sum) {
    genrepi_view point = {NULL, real_samples->given};
    genrep_tensor *logit = NULL;
    int32_t status = genrepi_tape_tensor(a->tape, GENREPI_REAL, &real_samples->x->shape, &point.x);
    if (status != 0) return status;
    if (around_real) {
        around(a, real_samples, number, point.x);
    } else {
        between(a, real_samples, fake, number, point.x);
    }
    status = genrepi_tape_watch(a->tape, point.x);
    if (status == 0) {
        status = genrepi_adversary_look(a, a->tape, &point, number, 2 + around_real, &logit, NULL);
    }
    if (status == 0) {
        status = add(a, logit, point.x,
                     a->options->one_sided ? genrepi_penalty_norm_one_side : genrepi_penalty_norm,
                     weight, sum);
    }
    genrepi_tensor_unref(logit);
    genrepi_tensor_unref(point.x);
    return status;
}

int32_t genrepi_adversary_penalties(genrepi_adversary *a, const genrepi_view *real_samples,
                                    const genrepi_view *fake, genrep_tensor *logit_real,
                                    genrep_tensor *logit_fake, int64_t number) {
    const genrepi_adversary_options *o = a->options;
    double sum = 0;
    int32_t status = 0;
    if (!due(a, number)) return 0; /* the metric stays that of the last time */
    if (o->r1 > 0) {
        status = add(a, logit_real, real_samples->x, genrepi_penalty_square, o->r1, &sum);
    }
    if (status == 0 && o->r2 > 0) {
        status = add(a, logit_fake, fake->x, genrepi_penalty_square, o->r2, &sum);
    }
    if (status == 0 && o->gp > 0) {
        status = at_points(a, real_samples, fake, number, 0, o->gp, &sum);
    }
    if (status == 0 && o->dragan > 0) {
        status = at_points(a, real_samples, fake, number, 1, o->dragan, &sum);
    }
    return status == 0 ? genrepi_trainer_note(a->trainer, a->penalty, sum) : status;
}
