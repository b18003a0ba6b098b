/* The networks of a gan or cgan trainer: made for its data where no spec is given, and tried out
 * before the first step. */
#include <gan/gan.h>
#include <string.h>

/* Height of the square images of c channels that dcgan networks are for. */
static int32_t square_images(genrep_trainer *t, int64_t *channels, int64_t *size) {
    const genrepi_gan *gan = t->instance;
    const genrepi_shape *x = &gan->sample;
    if (x->rank == 3 && x->size[1] == x->size[2]) {
        *channels = x->size[0];
        *size = x->size[1];
        return 0;
    }
    char text[GENREPI_SHAPE_BYTES];
    return genrepi_fail(t->ctx, GENREP_E_INVALID,
                        "network=dcgan is for square images, these samples are %s",
                        genrepi_shape_text(x, text));
}

static int32_t write_shape(genrep_trainer *t, genrepi_buffer *spec, const char *name) {
    const genrepi_gan *gan = t->instance;
    const genrepi_gan_options *o = t->options;
    if (o->network == GENREPI_DCGAN) {
        int64_t channels = 0, size = 0;
        int32_t status = square_images(t, &channels, &size);
        genrepi_buffer_format(spec, "dcgan_%s size=%lld channels=%lld", name, (long long)size,
                              (long long)channels);
        return status;
    }
    genrepi_buffer_format(spec, "mlp_%s shape='", name);
    for (int32_t i = 0; i < gan->sample.rank; i++) {
        genrepi_buffer_format(spec, "%s%lld", i > 0 ? " " : "", (long long)gan->sample.size[i]);
    }
    genrepi_buffer_text(spec, "'");
    return 0;
}

/* How a network of the part knows of classes. */
static void write_classes(genrep_trainer *t, int32_t part, genrepi_buffer *spec) {
    const genrepi_gan *gan = t->instance;
    const genrepi_gan_options *o = t->options;
    const long long classes = (long long)gan->classes, embedding = (long long)o->embedding;
    if (part == GENREPI_DISCRIMINATOR && o->conditioning == GENREPI_AUXILIARY) {
        genrepi_buffer_format(spec, " heads=%lld", classes);
    } else if (part == GENREPI_DISCRIMINATOR && o->conditioning == GENREPI_PROJECTION) {
        genrepi_buffer_format(spec, " classes=%lld projection=1", classes);
    } else {
        genrepi_buffer_format(spec, " classes=%lld", classes);
        if (part == GENREPI_GENERATOR || o->network == GENREPI_MLP)
            genrepi_buffer_format(spec, " embedding=%lld", embedding);
    }
}

int32_t genrepi_gan_network(genrep_trainer *t, int32_t part, const char *given) {
    genrepi_gan *gan = t->instance;
    const genrepi_gan_options *o = t->options;
    const char *name = t->ops->parts[part];
    if (given != NULL) {
        int32_t status = genrepi_layer_new_as(t->ctx, name, given, NULL, &t->layers[part]);
        return status == 0 ? 0 : genrepi_fail_in(t->ctx, status, "%s", name);
    }
    genrepi_buffer spec = {.ctx = t->ctx};
    int32_t status = write_shape(t, &spec, name);
    if (part == GENREPI_GENERATOR) {
        genrepi_buffer_format(&spec, " latent=%lld", (long long)o->latent);
    }
    if (o->width > 0) genrepi_buffer_format(&spec, " width=%lld", (long long)o->width);
    if (gan->conditional) write_classes(t, part, &spec);
    if (status == 0) status = genrepi_buffer_status(&spec);
    if (status == 0) {
        status = genrepi_layer_new_as(t->ctx, name, spec.data, NULL, &t->layers[part]);
    }
    genrepi_buffer_free(&spec);
    return status;
}

/* An auxiliary classifier gives a logit and one for each class. */
static int32_t check_heads(genrep_trainer *t, const genrep_tensor *logits) {
    const genrepi_gan *gan = t->instance;
    const genrepi_shape *is = &logits->shape;
    if (is->rank == 2 && is->size[1] == 1 + gan->classes) return 0;
    char text[GENREPI_SHAPE_BYTES];
    return genrepi_fail(t->ctx, GENREP_E_INVALID,
                        "the discriminator gives %s for 2 samples; conditioning=auxiliary needs "
                        "2x%lld: a logit, and one for each class (heads=%lld)",
                        genrepi_shape_text(is, text), (long long)(1 + gan->classes),
                        (long long)gan->classes);
}

/* One network after the other on a batch of two zeros. */
static int32_t try_networks(genrep_trainer *t) {
    genrepi_gan *gan = t->instance;
    const genrepi_gan_options *o = t->options;
    genrep_tape *tape = NULL;
    genrep_tensor *in[2] = {NULL, NULL}, *fake = NULL, *logits = NULL;
    genrepi_shape z = {.rank = 2, .size = {2, o->latent}}, y = {.rank = 1, .size = {2}};
    int32_t n_in = gan->conditional ? 2 : 1;
    int32_t status = genrepi_tape_new(t->ctx, 0, &tape);
    if (status == 0) status = genrepi_tensor_new(t->ctx, GENREPI_REAL, &z, 1, &in[0]);
    if (status == 0) status = genrepi_tensor_new(t->ctx, GENREP_I32, &y, 1, &in[1]);
    if (status == 0) {
        status = genrepi_layer_apply(t->layers[GENREPI_GENERATOR], tape, in, n_in, &fake, 1);
        if (status != 0) status = genrepi_fail_in(t->ctx, status, "generator");
    }
    if (status == 0) {
        genrepi_shape made = fake->shape;
        int64_t wanted = genrepi_shape_count(&gan->sample);
        if (made.rank < 2 || made.size[0] != 2 || fake->count != 2 * wanted) {
            char is[GENREPI_SHAPE_BYTES], should[GENREPI_SHAPE_BYTES];
            status = genrepi_fail(t->ctx, GENREP_E_INVALID,
                                  "the generator makes %s from 2 samples, the data are 2 of %s",
                                  genrepi_shape_text(&made, is),
                                  genrepi_shape_text(&gan->sample, should));
        } else { /* from here on samples have the shape the generator gives them */
            gan->sample.rank = made.rank - 1;
            memcpy(gan->sample.size, made.size + 1, (size_t)gan->sample.rank * sizeof *made.size);
        }
    }
    genrepi_tensor_unref(in[0]);
    in[0] = NULL;
    if (status == 0) {
        in[0] = genrepi_tensor_ref(fake);
        const int tells = gan->conditional && o->conditioning == GENREPI_AUXILIARY;
        status = genrepi_layer_apply(t->layers[GENREPI_DISCRIMINATOR], tape, in, tells ? 1 : n_in,
                                     &logits, 1);
        if (status != 0) status = genrepi_fail_in(t->ctx, status, "discriminator");
        if (status == 0 && tells) status = check_heads(t, logits);
    }
    genrepi_tensor_unref(logits);
    genrepi_tensor_unref(fake);
    genrepi_tensor_unref(in[0]);
    genrepi_tensor_unref(in[1]);
    genrepi_tape_unref(tape);
    return status;
}

int32_t genrepi_gan_check(genrep_trainer *t) {
    const genrepi_gan_options *o = t->options;
    const genrep_layer *average = t->layers[GENREPI_AVERAGE];
    if (average != NULL && o->ema <= 0) {
        return genrepi_fail(t->ctx, GENREP_E_INVALID, "average: there is none with ema=0");
    }
    if (average != NULL && strcmp(average->spec, t->layers[GENREPI_GENERATOR]->spec) != 0) {
        return genrepi_fail(t->ctx, GENREP_E_INVALID,
                            "average: its spec must be the generator's, '%s'",
                            t->layers[GENREPI_GENERATOR]->spec);
    }
    return try_networks(t);
}
