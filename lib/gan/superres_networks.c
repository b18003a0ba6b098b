/* superres_generator and superres_discriminator: images made larger (Ledig et al. 2017, SRGAN),
 * with attributes of the face, or whatever it is, that is to come out (Lee et al. 2018, AACNN,
 * AAGAN; mathematics 2.15).
 *
 * The generator adds to the image, interpolated, what residual blocks at the small size and a
 * convolution with pixel_shuffle for each doubling (Shi et al. 2016) make of it, so it begins as
 * good as interpolation.  Attributes come in at every size, as AACNN's branch has them there:
 * through attribute_bias, which is what joining constant maps does.  The discriminator is a stack
 * of convolutions of stride 2 that sees the attributes in its first layer. */
#include <nn/layer.h>

typedef struct superres_options {
    int64_t scale, size, channels, width, blocks, attributes;
} superres_options;

static void write_attributes(const superres_options *o, genrepi_buffer *spec) {
    if (o->attributes > 0)
        genrepi_buffer_format(spec, "attribute_bias attributes=%lld; ", (long long)o->attributes);
}

static int32_t generator_expand(const genrep_layer *layer, const genrepi_shape *in,
                                genrepi_buffer *spec) {
    (void)in;
    const superres_options *o = layer->options;
    const long long width = (long long)o->width;
    if (o->scale != 2 && o->scale != 4 && o->scale != 8)
        return genrepi_layer_fail(layer, GENREP_E_INVALID, "scale=%lld must be 2, 4 or 8",
                                  (long long)o->scale);
    genrepi_buffer_format(spec, "%sadd { upsample factor=%lld mode=bilinear } {\n",
                          o->attributes > 0 ? "conditioned { " : "", (long long)o->scale);
    genrepi_buffer_format(spec, "conv2d in=%lld out=%lld kernel=3 pad=1; ", (long long)o->channels,
                          width);
    write_attributes(o, spec);
    genrepi_buffer_format(spec,
                          "leaky_relu slope=0.2\n"
                          "repeat %lld { residual { conv2d out=%lld kernel=3 pad=1; ",
                          (long long)o->blocks, width);
    write_attributes(o, spec);
    genrepi_buffer_format(spec, "leaky_relu slope=0.2; conv2d out=%lld kernel=3 pad=1 } }\n",
                          width);
    for (int64_t scale = o->scale; scale > 1; scale /= 2) {
        genrepi_buffer_format(spec, "conv2d out=%lld kernel=3 pad=1; pixel_shuffle factor=2; ",
                              4 * width);
        write_attributes(o, spec);
        genrepi_buffer_text(spec, "leaky_relu slope=0.2\n");
    }
    genrepi_buffer_format(spec, "conv2d out=%lld kernel=3 pad=1 init='normal std=0.002' }%s",
                          (long long)o->channels, o->attributes > 0 ? " }" : "");
    return 0;
}

enum { MOST_FACTOR = 8 };

static int32_t discriminator_expand(const genrep_layer *layer, const genrepi_shape *in,
                                    genrepi_buffer *spec) {
    (void)in;
    const superres_options *o = layer->options;
    int64_t size = o->size, factor = 1;
    if (o->attributes > 0) genrepi_buffer_text(spec, "conditioned {\n");
    genrepi_buffer_format(spec, "conv2d in=%lld out=%lld kernel=3 pad=1; ", (long long)o->channels,
                          (long long)o->width);
    write_attributes(o, spec);
    genrepi_buffer_text(spec, "leaky_relu slope=0.2\n");
    for (; size > 4 && size % 2 == 0; size /= 2) {
        factor = factor < MOST_FACTOR ? 2 * factor : factor;
        genrepi_buffer_format(spec,
                              "conv2d out=%lld kernel=4 stride=2 pad=1; leaky_relu slope=0.2\n",
                              (long long)(factor * o->width));
    }
    genrepi_buffer_format(spec, "flatten; linear in=%lld out=1%s",
                          (long long)(factor * o->width * size * size),
                          o->attributes > 0 ? " }" : "");
    return 0;
}

#define OPTION(...) GENREPI_OPTION_INT(superres_options, __VA_ARGS__)
#define SHARED                                                                                     \
    OPTION(channels, "3", 1, 65536, "channels of the images"),                                     \
        OPTION(width, "32", 1, 8192, "channels of the first layer"),                               \
        OPTION(attributes, "0", 0, 65536,                                                          \
               "numbers in the vector that is the second input; 0: there is none")
static const genrepi_option generator_rows[] = {
    SHARED, OPTION(scale, "4", 2, 8, "times that it makes an image larger: 2, 4 or 8"),
    OPTION(blocks, "4", 1, 1024, "residual blocks")};
static const genrepi_layer_ops generator_ops = {.n_in = 0, .n_out = 1, .expand = generator_expand};
const genrepi_kind genrepi_kind_superres_generator = {
    "layer",
    "superres_generator",
    "an image (and attributes) to one of 2, 4 or 8 times its size",
    generator_rows,
    GENREPI_COUNT(generator_rows),
    0,
    0,
    sizeof(superres_options),
    &generator_ops};

static const genrepi_option discriminator_rows[] = {
    SHARED, OPTION(size, "64", 2, 4096, "height and width of the images")};
static const genrepi_layer_ops discriminator_ops = {
    .n_in = 0, .n_out = 1, .expand = discriminator_expand};
const genrepi_kind genrepi_kind_superres_discriminator = {
    "layer",
    "superres_discriminator",
    "an image (and attributes) to one logit, by convolutions",
    discriminator_rows,
    GENREPI_COUNT(discriminator_rows),
    0,
    0,
    sizeof(superres_options),
    &discriminator_ops};
