/* patch_discriminator: an image to a map of logits, one for each patch of `field` x `field` pixels
 * (Isola et al. 2017; mathematics 2.12): n convolutions 4 x 4 of stride 2, two of stride 1, with
 * width, 2, 4, 8, 8, .. width channels; a field of 16, 34, 70, 142 or 286 for n = 1 to 5.  A field
 * of 1 has 1 x 1 convolutions.  The first layer has no normalisation. */
#include <gan/zoo.h>

typedef struct patch_options {
    int64_t field, channels, width;
    int32_t norm;
} patch_options;

enum { MOST_FACTOR = 8 };

static void write_pixel(const patch_options *o, genrepi_buffer *spec) {
    const int32_t bias = o->norm != GENREPI_BATCH_NORM;
    genrepi_zoo_convolution(spec, "conv2d", o->channels, o->width, "kernel=1", 1);
    genrepi_buffer_text(spec, "leaky_relu slope=0.2\n");
    genrepi_zoo_convolution(spec, "conv2d", 0, 2 * o->width, "kernel=1", bias);
    genrepi_zoo_norm(spec, o->norm);
    genrepi_buffer_text(spec, "leaky_relu slope=0.2\n");
    genrepi_zoo_convolution(spec, "conv2d", 0, 1, "kernel=1", bias);
}

static int32_t expand(const genrep_layer *layer, const genrepi_shape *in, genrepi_buffer *spec) {
    (void)in;
    const patch_options *o = layer->options;
    static const int64_t fields[] = {1, 16, 34, 70, 142, 286};
    const int32_t bias = o->norm != GENREPI_BATCH_NORM;
    int32_t n = 0;
    while (n < GENREPI_COUNT(fields) && fields[n] != o->field) n++;
    if (n == GENREPI_COUNT(fields))
        return genrepi_layer_fail(layer, GENREP_E_INVALID,
                                  "field=%lld must be one of 1, 16, 34, 70, 142, 286",
                                  (long long)o->field);
    if (n == 0) {
        write_pixel(o, spec);
        return 0;
    }
    genrepi_zoo_convolution(spec, "conv2d", o->channels, o->width, "kernel=4 stride=2 pad=1", 1);
    genrepi_buffer_text(spec, "leaky_relu slope=0.2\n");
    for (int32_t i = 1; i <= n; i++) {
        const int64_t factor = i < 3 ? (int64_t)1 << i : MOST_FACTOR;
        genrepi_zoo_convolution(spec, "conv2d", 0, factor * o->width,
                                i < n ? "kernel=4 stride=2 pad=1" : "kernel=4 pad=1", bias);
        genrepi_zoo_norm(spec, o->norm);
        genrepi_buffer_text(spec, "leaky_relu slope=0.2\n");
    }
    genrepi_zoo_convolution(spec, "conv2d", 0, 1, "kernel=4 pad=1", 1);
    return 0;
}

static const genrepi_option options[] = {
    GENREPI_OPTION_INT(patch_options, field, "70", 1, 286,
                       "pixels that a logit sees: 1, 16, 34, 70, 142 or 286"),
    GENREPI_OPTION_INT(patch_options, channels, "3", 1, 65536,
                       "channels of the images, of both together where they are pairs"),
    GENREPI_OPTION_INT(patch_options, width, "64", 1, 8192, "channels of the first layer"),
    GENREPI_OPTION_WORD(patch_options, norm, "batch_norm", GENREPI_NORM_WORDS,
                        "after the convolutions but the first and the last")};
static const genrepi_layer_ops ops = {.n_in = 1, .n_out = 1, .expand = expand};
const genrepi_kind genrepi_kind_patch_discriminator = {
    "layer", "patch_discriminator",  "an image to logits of its patches, by convolutions",
    options, GENREPI_COUNT(options), 0,
    0,       sizeof(patch_options),  &ops};
