/* How an adversary sees samples: with noise on them (Soenderby et al. 2017), beside what they were
 * made from, and its numbers taken apart where it tells classes too. */
#include <base/random.h>
#include <gan/adversary.h>
#include <gan/features.h>
#include <nn/augment.h>

/* Deviation of the noise at an update. */
static double noise_at(const genrepi_adversary *a, int64_t number) {
    const genrepi_adversary_options *o = a->options;
    if (o->noise_steps <= 0) return o->instance_noise;
    if (number >= o->noise_steps) return 0;
    return o->instance_noise * (1 - (double)number / (double)o->noise_steps);
}

/* *x, a reference, becomes x + noise. */
static int32_t add_noise(genrepi_adversary *a, genrep_tape *tape, int64_t number, int32_t which,
                         genrep_tensor **x) {
    genrep_ctx *ctx = a->trainer->ctx;
    const double deviation = noise_at(a, number);
    if (deviation <= 0) return 0;
    genrep_tensor *in[2] = {*x, NULL}, *noisy = NULL;
    int32_t status = genrepi_tape_tensor(tape, GENREPI_REAL, &(*x)->shape, &in[1]);
    if (status != 0) return status;
    const uint64_t stream =
        genrepi_stream(GENREPI_FOR_INSTANCE, (uint64_t)number, (uint64_t)(4 * a->part + which));
    ctx->kernels->random_normal(in[1]->count, ctx->seed, stream, 0, 0, (real)deviation,
                                genrepi_real(in[1]));
    status = genrepi_layer_apply(a->add, tape, in, 2, &noisy, 1);
    genrepi_tensor_unref(in[1]);
    if (status != 0) return status;
    genrepi_tensor_unref(*x);
    *x = noisy;
    return 0;
}

static int32_t split(genrepi_adversary *a, genrep_tape *tape, genrep_tensor *numbers,
                     genrep_tensor **logit, genrep_tensor **classes) {
    if (!a->tells) {
        *logit = genrepi_tensor_ref(numbers);
        return 0;
    }
    int32_t status = genrepi_layer_apply(a->logit, tape, &numbers, 1, logit, 1);
    if (status == 0 && classes != NULL)
        status = genrepi_layer_apply(a->classes, tape, &numbers, 1, classes, 1);
    return status;
}

/* x as the discriminator gets it. */
static int32_t join(genrepi_adversary *a, genrep_tape *tape, genrep_tensor *given, genrep_tensor *x,
                    genrep_tensor **out) {
    genrep_tensor *in[2] = {given, x};
    if (a->joined) return genrepi_layer_apply(a->concat, tape, in, 2, out, 1);
    *out = genrepi_tensor_ref(x);
    return 0;
}

/* *x, a reference, becomes what augment= makes of it: of pairs both images in the same way. */
static int32_t augment(genrepi_adversary *a, genrep_tape *tape, genrep_tensor **x) {
    genrep_tensor *changed = NULL;
    if (a->augment == NULL) return 0;
    if (a->options->ada > 0) genrepi_augment_set(a->augment, a->probability);
    int32_t status = genrepi_layer_apply(a->augment, tape, x, 1, &changed, 1);
    if (status != 0) return genrepi_fail_in(a->trainer->ctx, status, "augment");
    genrepi_tensor_unref(*x);
    *x = changed;
    return 0;
}

int32_t genrepi_adversary_look(genrepi_adversary *a, genrep_tape *tape, const genrepi_view *view,
                               int64_t number, int32_t which, genrep_tensor **logit,
                               genrep_tensor **classes) {
    genrep_tensor *x = genrepi_tensor_ref(view->x), *seen = NULL, *numbers = NULL;
    int32_t status = add_noise(a, tape, number, which, &x);
    if (status == 0) status = join(a, tape, view->given, x, &seen);
    if (status == 0) status = augment(a, tape, &seen);
    if (status == 0) {
        genrep_tensor *in[2] = {seen, view->given};
        const int given = view->given != NULL && !a->joined && !a->tells;
        status =
            genrepi_layer_apply(a->trainer->layers[a->part], tape, in, given ? 2 : 1, &numbers, 1);
    }
    if (status == 0) status = split(a, tape, numbers, logit, classes);
    genrepi_tensor_unref(numbers);
    genrepi_tensor_unref(seen);
    genrepi_tensor_unref(x);
    return status;
}

int32_t genrepi_adversary_match(genrepi_adversary *a, genrep_tape *tape, const genrepi_view *fake,
                                const genrepi_view *real_samples, const genrep_layer *distance,
                                double weight, genrepi_terms *terms, double *value) {
    genrep_tensor *made = NULL, *wanted = NULL;
    int32_t status = join(a, tape, fake->given, fake->x, &made);
    if (status == 0) status = join(a, tape, real_samples->given, real_samples->x, &wanted);
    if (status == 0)
        status = genrepi_features_match(a->trainer->layers[a->part], tape, made, wanted, distance,
                                        weight, terms, value);
    genrepi_tensor_unref(made);
    genrepi_tensor_unref(wanted);
    return status;
}
