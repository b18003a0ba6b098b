/* The networks of a style-based GAN (Karras et al. 2019, StyleGAN; mathematics 2.14), small and not
 * grown: style_mapping, style_synthesis, both with style_mix between them as style_generator, and
 * style_discriminator.  Images of 4 * 2^n pixels; layers at `size` pixels have `width` channels,
 * and twice as many at each halving up to `most`.
 *
 * Synthesis: a trained constant of 4 x 4; at each size twice (noise, leaky rectifier, AdaIN of that
 * layer's style), a convolution of 3 x 3 with bias between, and between sizes nearest doubling,
 * such a convolution and a blur (the paper adds the bias behind the blur; here the blur lessens it
 * at the border); at the end 1 x 1 to the image, without tanh.  form=modulated has the convolutions
 * of StyleGAN2 (Karras et al. 2020) instead of AdaIN.  Weights are equalised. */
#include <nn/layer.h>

typedef struct style_network_options {
    int64_t size, channels, width, most, latent, style, depth, classes, embedding;
    int32_t form;
    double mixing, truncation;
} style_network_options;

enum { FORM_ADAIN, FORM_MODULATED };
#define EQUALIZED "equalized=1 gain=1.4142135623730951"

static int32_t check_size(const genrep_layer *layer) {
    const style_network_options *o = layer->options;
    int64_t size = o->size;
    while (size > 4 && size % 2 == 0) size /= 2;
    if (size == 4) return 0;
    return genrepi_layer_fail(layer, GENREP_E_INVALID,
                              "size=%lld must be 4 doubled a few times: 8, 16, 32, 64, 128, ...",
                              (long long)o->size);
}

/* Channels of layers at `size` pixels. */
static long long channels_at(const style_network_options *o, int64_t size) {
    int64_t channels = o->width;
    for (; size < o->size && channels < o->most; size *= 2) channels *= 2;
    return (long long)(channels < o->most ? channels : o->most);
}

/* ---- mapping ------------------------------------------------------------------------------------
 */

static void write_mapping(const style_network_options *o, genrepi_buffer *spec) {
    long long in = (long long)o->latent;
    if (o->classes > 0) {
        genrepi_buffer_format(spec, "concat { } { embedding classes=%lld out=%lld }\n",
                              (long long)o->classes, (long long)o->embedding);
        in += (long long)o->embedding;
    }
    genrepi_buffer_text(spec, "pixel_norm\n");
    for (int64_t i = 0; i < o->depth; i++, in = (long long)o->style)
        genrepi_buffer_format(
            spec, "linear in=%lld out=%lld " EQUALIZED " lr_mul=0.01; leaky_relu slope=0.2\n", in,
            (long long)o->style);
}

static int32_t mapping_expand(const genrep_layer *layer, const genrepi_shape *in,
                              genrepi_buffer *spec) {
    (void)in;
    write_mapping(layer->options, spec);
    return 0;
}

/* ---- synthesis ----------------------------------------------------------------------------------
 */

static void write_style(const style_network_options *o, genrepi_buffer *spec, int64_t row,
                        long long channels) {
    if (o->form == FORM_ADAIN)
        genrepi_buffer_format(spec,
                              "noise features=%lld; leaky_relu slope=0.2; style %lld { adain "
                              "style=%lld features=%lld equalized=1 }\n",
                              channels, (long long)row, (long long)o->style, channels);
    else
        genrepi_buffer_format(spec, "noise features=%lld; leaky_relu slope=0.2\n", channels);
}

static void write_layer(const style_network_options *o, genrepi_buffer *spec, int64_t row,
                        long long in, long long out, int doubled) {
    if (doubled)
        genrepi_buffer_format(spec, "upsample factor=2%s; ",
                              o->form == FORM_ADAIN ? "" : " mode=bilinear");
    if (o->form == FORM_ADAIN)
        genrepi_buffer_format(spec, "conv2d in=%lld out=%lld kernel=3 pad=1 " EQUALIZED "; %s", in,
                              out, doubled ? "blur; " : "");
    else
        genrepi_buffer_format(spec,
                              "style %lld { modulated_conv2d in=%lld out=%lld kernel=3 pad=1 "
                              "style=%lld " EQUALIZED " }; ",
                              (long long)row, in, out, (long long)o->style);
    write_style(o, spec, row, out);
}

static int64_t layers_of(const style_network_options *o) {
    int64_t layers = 2;
    for (int64_t size = 4; size < o->size; size *= 2) layers += 2;
    return layers;
}

static void write_synthesis(const style_network_options *o, genrepi_buffer *spec) {
    long long channels = channels_at(o, 4);
    int64_t row = 0;
    genrepi_buffer_format(spec, "conditioned { constant shape='%lld 4 4'; ", channels);
    if (o->form == FORM_ADAIN)
        write_style(o, spec, row, channels);
    else
        write_layer(o, spec, row, channels, channels, 0);
    write_layer(o, spec, ++row, channels, channels, 0);
    for (int64_t size = 8; size <= o->size; size *= 2) {
        const long long before = channels;
        channels = channels_at(o, size);
        write_layer(o, spec, ++row, before, channels, 1);
        write_layer(o, spec, ++row, channels, channels, 0);
    }
    if (o->form == FORM_ADAIN)
        genrepi_buffer_format(spec, "conv2d in=%lld out=%lld kernel=1 equalized=1 }", channels,
                              (long long)o->channels);
    else
        genrepi_buffer_format(spec,
                              "style %lld { modulated_conv2d in=%lld out=%lld kernel=1 style=%lld "
                              "demodulate=0 equalized=1 } }",
                              (long long)row, channels, (long long)o->channels,
                              (long long)o->style);
}

static int32_t synthesis_expand(const genrep_layer *layer, const genrepi_shape *in,
                                genrepi_buffer *spec) {
    (void)in;
    int32_t status = check_size(layer);
    if (status == 0) write_synthesis(layer->options, spec);
    return status;
}

static int32_t generator_expand(const genrep_layer *layer, const genrepi_shape *in,
                                genrepi_buffer *spec) {
    (void)in;
    const style_network_options *o = layer->options;
    int32_t status = check_size(layer);
    if (status != 0) return status;
    if (o->classes > 0) genrepi_buffer_text(spec, "conditioned {\n"); /* style_mix takes them too */
    write_mapping(o, spec);
    genrepi_buffer_format(spec,
                          "style_mix layers=%lld style=%lld probability=", (long long)layers_of(o),
                          (long long)o->style);
    genrepi_buffer_real(spec, o->mixing);
    genrepi_buffer_text(spec, " truncation=");
    genrepi_buffer_real(spec, o->truncation);
    genrepi_buffer_text(spec, "\n");
    write_synthesis(o, spec);
    if (o->classes > 0) genrepi_buffer_text(spec, " }");
    return 0;
}

/* ---- discriminator ------------------------------------------------------------------------------
 */

static int32_t discriminator_expand(const genrep_layer *layer, const genrepi_shape *in,
                                    genrepi_buffer *spec) {
    (void)in;
    const style_network_options *o = layer->options;
    int32_t status = check_size(layer);
    if (status != 0) return status;
    const long long last = channels_at(o, 4);
    if (o->classes > 0) genrepi_buffer_text(spec, "conditioned {\n");
    genrepi_buffer_format(spec,
                          "conv2d in=%lld out=%lld kernel=1 " EQUALIZED "; leaky_relu slope=0.2\n",
                          (long long)o->channels, channels_at(o, o->size));
    for (int64_t size = o->size; size > 4; size /= 2)
        genrepi_buffer_format(
            spec,
            "conv2d in=%lld out=%lld kernel=3 pad=1 " EQUALIZED "; leaky_relu slope=0.2; blur\n"
            "conv2d out=%lld kernel=3 pad=1 " EQUALIZED "; avg_pool; leaky_relu slope=0.2\n",
            channels_at(o, size), channels_at(o, size), channels_at(o, size / 2));
    genrepi_buffer_format(spec,
                          "minibatch_stddev group=4\n"
                          "conv2d in=%lld out=%lld kernel=3 pad=1 " EQUALIZED
                          "; leaky_relu slope=0.2; flatten\n"
                          "linear in=%lld out=%lld " EQUALIZED "; leaky_relu slope=0.2\n",
                          last + 1, last, 16 * last, last);
    if (o->classes > 0)
        genrepi_buffer_format(spec, "class_projection in=%lld classes=%lld init='normal' }", last,
                              (long long)o->classes);
    else
        genrepi_buffer_format(spec, "linear in=%lld out=1 equalized=1", last);
    return 0;
}

/* ---- rows ---------------------------------------------------------------------------------------
 */

#define OPTION(kind, ...) GENREPI_OPTION_##kind(style_network_options, __VA_ARGS__)
#define CLASSES OPTION(INT, classes, "0", 0, 1 << 20, "classes that are the second input; 0: none")
#define IMAGES                                                                                     \
    OPTION(INT, size, "32", 4, 1024, "height and width of the images: 4 doubled a few times"),     \
        OPTION(INT, channels, "3", 1, 65536, "channels of the images"),                            \
        OPTION(INT, width, "32", 1, 8192, "channels of the layers next to the image"),             \
        OPTION(INT, most, "128", 1, 8192, "they double at each halving up to this")
#define STYLE OPTION(INT, style, "128", 1, 65536, "size of a style")
#define FORM                                                                                       \
    OPTION(WORD, form, "adain", "adain|modulated",                                                 \
           "AdaIN of StyleGAN, or modulated convolutions of StyleGAN2")
#define MAPPING                                                                                    \
    OPTION(INT, latent, "128", 1, 65536, "features of the noise"),                                 \
        OPTION(INT, depth, "4", 1, 64, "layers of the mapping; 8 in the paper"), CLASSES,          \
        OPTION(INT, embedding, "128", 1, 65536, "features of a class")

static const genrepi_option mapping_rows[] = {STYLE, MAPPING};
static const genrepi_option synthesis_rows[] = {STYLE, IMAGES, FORM};
static const genrepi_option generator_rows[] = {
    STYLE,
    MAPPING,
    IMAGES,
    FORM,
    OPTION(NUMBER, mixing, "0.9", 0, 1, "in training: probability of two styles in one image"),
    OPTION(NUMBER, truncation, "1", 0, 1, "in use: styles are drawn to their mean by this share")};
static const genrepi_option discriminator_rows[] = {IMAGES, CLASSES};

#define KIND(name, help)                                                                           \
    static const genrepi_layer_ops name##_ops = {.n_in = 0, .n_out = 1, .expand = name##_expand};  \
    const genrepi_kind genrepi_kind_style_##name = {"layer",                                       \
                                                    "style_" #name,                                \
                                                    help,                                          \
                                                    name##_rows,                                   \
                                                    GENREPI_COUNT(name##_rows),                    \
                                                    0,                                             \
                                                    0,                                             \
                                                    sizeof(style_network_options),                 \
                                                    &name##_ops};
KIND(mapping, "noise (and class) to a style, by linear layers")
KIND(synthesis, "a style, or one for each layer (batch x layers x style), to an image")
KIND(generator, "noise (and class) to an image: style_mapping, style_mix, style_synthesis")
KIND(discriminator, "an image (and class) to one logit, by convolutions that halve it")
