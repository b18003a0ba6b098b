/* The networks of a gan or cgan trainer: made for its data where no spec is given, and tried out
 * before the first step. */
#include <gan/average.h>
#include <gan/gan.h>
#include <gan/parts.h>
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
                        "these networks are for square images, the samples are %s",
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

/* The networks of stylegan. */
static int32_t write_style(genrep_trainer *t, int32_t part, genrepi_buffer *spec) {
    const genrepi_gan *gan = t->instance;
    const genrepi_gan_options *o = t->options;
    int64_t channels = 0, size = 0;
    int32_t status = square_images(t, &channels, &size);
    genrepi_buffer_format(spec, "style_%s size=%lld channels=%lld width=%lld most=%lld",
                          t->ops->parts[part], (long long)size, (long long)channels,
                          (long long)o->width, (long long)o->most);
    if (gan->conditional) genrepi_buffer_format(spec, " classes=%lld", (long long)gan->classes);
    if (part != GENREPI_GENERATOR) return status;
    genrepi_buffer_format(spec, " latent=%lld style=%lld depth=%lld embedding=%lld form=%s mixing=",
                          (long long)o->latent, (long long)o->style, (long long)o->depth,
                          (long long)o->embedding, o->form == 0 ? "adain" : "modulated");
    genrepi_buffer_real(spec, o->mixing);
    genrepi_buffer_text(spec, " truncation=");
    genrepi_buffer_real(spec, o->truncation);
    return status;
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
    if (given != NULL) return genrepi_part_make(t, part, given);
    genrepi_buffer spec = {.ctx = t->ctx};
    int32_t status;
    if (t->kind == &genrepi_kind_stylegan) {
        status = write_style(t, part, &spec);
    } else {
        status = write_shape(t, &spec, t->ops->parts[part]);
        if (part == GENREPI_GENERATOR)
            genrepi_buffer_format(&spec, " latent=%lld", (long long)o->latent);
        if (o->width > 0) genrepi_buffer_format(&spec, " width=%lld", (long long)o->width);
        if (gan->conditional) write_classes(t, part, &spec);
    }
    if (status == 0) status = genrepi_buffer_status(&spec);
    if (status == 0) status = genrepi_part_make(t, part, spec.data);
    genrepi_buffer_free(&spec);
    return status;
}

/* An auxiliary classifier gives a logit and one for each class. */
static int32_t check_heads(genrep_trainer *t, const genrepi_shape *is) {
    const genrepi_gan *gan = t->instance;
    if (is->rank == 2 && is->size[1] == 1 + gan->classes) return 0;
    char text[GENREPI_SHAPE_BYTES];
    return genrepi_fail(t->ctx, GENREP_E_INVALID,
                        "the discriminator gives %s for 2 samples; conditioning=auxiliary needs "
                        "2x%lld: a logit, and one for each class (heads=%lld)",
                        genrepi_shape_text(is, text), (long long)(1 + gan->classes),
                        (long long)gan->classes);
}

/* One network after the other on a batch of two. */
static int32_t try_networks(genrep_trainer *t) {
    genrepi_gan *gan = t->instance;
    const genrepi_gan_options *o = t->options;
    const int32_t n_in = gan->conditional ? 2 : 1;
    const int tells = gan->conditional && o->conditioning == GENREPI_AUXILIARY;
    genrepi_shape in[2] = {{2, {2, o->latent}}, {1, {2}}}, made, logits;
    int32_t status = genrepi_part_try(t, GENREPI_GENERATOR, n_in, in, 2, &made);
    if (status != 0) return status;
    const int64_t wanted = genrepi_shape_count(&gan->sample);
    if (made.rank < 2 || made.size[0] != 2 || genrepi_shape_count(&made) != 2 * wanted) {
        char is[GENREPI_SHAPE_BYTES], should[GENREPI_SHAPE_BYTES];
        return genrepi_fail(
            t->ctx, GENREP_E_INVALID, "the generator makes %s from 2 samples, the data are 2 of %s",
            genrepi_shape_text(&made, is), genrepi_shape_text(&gan->sample, should));
    }
    /* from here on samples have the shape the generator gives them */
    gan->sample.rank = made.rank - 1;
    memcpy(gan->sample.size, made.size + 1, (size_t)gan->sample.rank * sizeof *made.size);
    in[0] = made;
    status = genrepi_part_try(t, GENREPI_DISCRIMINATOR, tells ? 1 : n_in, in, 2, &logits);
    return status == 0 && tells ? check_heads(t, &logits) : status;
}

int32_t genrepi_gan_check(genrep_trainer *t) {
    const genrepi_gan_options *o = t->options;
    int32_t status = genrepi_average_check(t, GENREPI_AVERAGE, GENREPI_GENERATOR, o->ema);
    return status == 0 ? try_networks(t) : status;
}
