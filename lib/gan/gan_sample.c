/* Samples from a generator, in use: running statistics, no dropout, batch by batch. */
#include <gan/gan.h>
#include <base/random.h>
#include <string.h>

static int32_t check_labels(genrep_trainer *t, int64_t count, const genrep_tensor *labels) {
    const genrepi_gan *gan = t->instance;
    if (!gan->conditional) {
        if (labels == NULL) return 0;
        return genrepi_fail(t->ctx, GENREP_E_INVALID, "a '%s' trainer takes no labels",
                            t->kind->name);
    }
    if (labels == NULL || labels->dtype != GENREP_I32 || labels->count != count) {
        return genrepi_fail(t->ctx, GENREP_E_INVALID,
                            "a '%s' trainer takes %lld labels of i32, one a sample", t->kind->name,
                            (long long)count);
    }
    const int32_t *label = labels->data;
    for (int64_t i = 0; i < count; i++) {
        if (label[i] >= 0 && label[i] < gan->classes) continue;
        return genrepi_fail(t->ctx, GENREP_E_RANGE, "label %lld is %d, outside 0..%lld",
                            (long long)i, (int)label[i], (long long)gan->classes - 1);
    }
    return 0;
}

/* Samples begin .. begin + n go to `to`. */
static int32_t sample_batch(genrep_trainer *t, genrep_tape *tape, int64_t begin, int64_t n,
                            const genrep_tensor *labels, uint64_t stream, genrep_tensor *to) {
    genrepi_gan *gan = t->instance;
    const genrepi_gan_options *o = t->options;
    genrep_layer *generator = t->layers[GENREPI_AVERAGE] != NULL ? t->layers[GENREPI_AVERAGE]
                                                                 : t->layers[GENREPI_GENERATOR];
    genrep_tensor *in[2] = {NULL, NULL}, *made = NULL;
    genrepi_shape z = {.rank = 2, .size = {n, o->latent}}, y = {.rank = 1, .size = {n}};
    /* dropout always=1 makes noise in use too: another for each stream */
    genrepi_tape_reset(tape,
                       (int64_t)(genrepi_stream(GENREPI_FOR_SAMPLE, stream, (uint64_t)begin) >> 1));
    int32_t status = genrepi_tape_tensor(tape, GENREPI_REAL, &z, &in[0]);
    if (status == 0 && gan->conditional) status = genrepi_tape_tensor(tape, GENREP_I32, &y, &in[1]);
    if (status == 0) {
        t->ctx->kernels->random_normal(n * o->latent, t->ctx->seed,
                                       genrepi_stream(GENREPI_FOR_SAMPLE, stream, 0),
                                       (uint64_t)(begin * o->latent), 0, 1, genrepi_real(in[0]));
        if (gan->conditional) {
            memcpy(in[1]->data, (const int32_t *)labels->data + begin, (size_t)n * sizeof(int32_t));
        }
        status = genrepi_layer_apply(generator, tape, in, gan->conditional ? 2 : 1, &made, 1);
    }
    int64_t each = genrepi_shape_count(&gan->sample);
    if (status == 0 && made->count != n * each) {
        status =
            genrepi_fail(t->ctx, GENREP_E_INVALID,
                         "the generator makes %lld numbers from %lld samples, not %lld a sample",
                         (long long)made->count, (long long)n, (long long)each);
    }
    if (status == 0) {
        memcpy(genrepi_real(to) + begin * each, made->data, (size_t)made->count * sizeof(real));
    }
    genrepi_tensor_unref(made);
    genrepi_tensor_unref(in[0]);
    genrepi_tensor_unref(in[1]);
    return status;
}

int32_t genrepi_gan_sample(genrep_trainer *t, int64_t count, const genrep_tensor *labels,
                           uint64_t stream, genrep_tensor **out) {
    genrepi_gan *gan = t->instance;
    const genrepi_gan_options *o = t->options;
    int32_t status = check_labels(t, count, labels);
    if (status == 0 && !t->prepared) status = genrepi_gan_check(t); /* networks can still be set */
    if (status != 0) return status;
    genrepi_shape shape = gan->sample;
    memmove(shape.size + 1, shape.size, (size_t)shape.rank * sizeof *shape.size);
    shape.size[0] = count;
    shape.rank++;
    genrep_tensor *samples = NULL;
    genrep_tape *tape = NULL;
    status = genrepi_tensor_new(t->ctx, GENREPI_REAL, &shape, 0, &samples);
    if (status == 0) status = genrepi_tape_new(t->ctx, 0, &tape);
    for (int64_t begin = 0; begin < count && status == 0; begin += o->batch) {
        int64_t n = count - begin < o->batch ? count - begin : o->batch;
        status = sample_batch(t, tape, begin, n, labels, stream, samples);
    }
    genrepi_tape_unref(tape);
    if (status != 0) {
        genrepi_tensor_unref(samples);
        return status;
    }
    *out = samples;
    return 0;
}
