/* The networks of DCGAN (Radford, Metz and Chintala 2016): a generator of transposed convolutions
 * from noise to an image, and a discriminator of convolutions with stride 2 from an image to a
 * logit, with batch normalisation, weights that begin as N(0, 0.02^2) and no biases.  An image of
 * start * 2^n pixels, start 4 or 7, has n doublings; the widest layer has width * 2^(n-1) channels,
 * at most 16 width.  With classes above 0 both take the class too: the generator embedded and
 * beside the noise, the discriminator as one more channel that is trained for each class, or with
 * projection=1 as a weighting of its last features (Miyato and Koyama 2018). */
#include <gan/zoo.h>
#include <stdio.h>

typedef struct dcgan_options {
    int64_t size, channels, width, latent, classes, embedding, heads;
    int32_t norm, spectral, projection;
} dcgan_options;

enum { MOST_DOUBLINGS = 8, MOST_FACTOR = 16 };

static int32_t doublings(const genrep_layer *layer, int64_t *start, int32_t *n) {
    const dcgan_options *o = layer->options;
    for (*n = 1; *n <= MOST_DOUBLINGS; ++*n) {
        *start = o->size >> *n;
        if ((*start == 4 || *start == 7) && *start << *n == o->size) return 0;
    }
    return genrepi_layer_fail(
        layer, GENREP_E_INVALID,
        "size=%lld must be 4 or 7 doubled a few times: 8, 14, 16, 28, 32, 56, "
        "64, 112, 128, ...",
        (long long)o->size);
}

static long long channels_at(const dcgan_options *o, int32_t doubling) {
    const int64_t factor = (int64_t)1 << doubling;
    return (long long)(o->width * (factor < MOST_FACTOR ? factor : MOST_FACTOR));
}

static int32_t generator_expand(const genrep_layer *layer, const genrepi_shape *in,
                                genrepi_buffer *spec) {
    (void)in;
    const dcgan_options *o = layer->options;
    int64_t start, latent = o->latent;
    int32_t n;
    int32_t status = doublings(layer, &start, &n);
    if (status != 0) return status;
    if (o->classes > 0) {
        genrepi_buffer_format(spec, "concat { } { embedding classes=%lld out=%lld }\n",
                              (long long)o->classes, (long long)o->embedding);
        latent += o->embedding;
    }
    genrepi_buffer_format(
        spec,
        "reshape shape='%lld 1 1'\n"
        "conv_transpose2d in=%lld out=%lld kernel=%lld bias=0 init='normal std=0.02'; ",
        (long long)latent, (long long)latent, channels_at(o, n - 1), (long long)start);
    for (int32_t i = n - 2; i >= -1; i--) {
        genrepi_zoo_norm(spec, o->norm);
        genrepi_buffer_format(spec,
                              "relu\nconv_transpose2d out=%lld kernel=4 stride=2 pad=1 bias=0 "
                              "init='normal std=0.02'; ",
                              i >= 0 ? channels_at(o, i) : (long long)o->channels);
    }
    genrepi_buffer_text(spec, "tanh");
    return 0;
}

static void write_convolution(const dcgan_options *o, genrepi_buffer *spec, const char *options) {
    genrepi_buffer_format(spec, "%sconv2d %s bias=0 init='normal std=0.02'%s; ",
                          o->spectral ? "spectral_norm { " : "", options, o->spectral ? " }" : "");
}

static int32_t discriminator_expand(const genrep_layer *layer, const genrepi_shape *in,
                                    genrepi_buffer *spec) {
    (void)in;
    const dcgan_options *o = layer->options;
    char options[96];
    int64_t start;
    int32_t n;
    int32_t status = doublings(layer, &start, &n);
    if (status != 0) return status;
    const int projection = o->projection && o->classes > 0, beside = o->classes > 0 && !projection;
    if (projection) genrepi_buffer_text(spec, "conditioned {\n");
    if (beside)
        genrepi_buffer_format(spec,
                              "concat { } { embedding classes=%lld out=%lld; "
                              "reshape shape='1 %lld %lld' }\n",
                              (long long)o->classes, (long long)(o->size * o->size),
                              (long long)o->size, (long long)o->size);
    for (int32_t i = 0; i < n; i++) {
        snprintf(options, sizeof options, "in=%lld out=%lld kernel=4 stride=2 pad=1",
                 i > 0 ? channels_at(o, i - 1) : (long long)(o->channels + beside),
                 channels_at(o, i));
        write_convolution(o, spec, options);
        if (i > 0) genrepi_zoo_norm(spec, o->norm);
        genrepi_buffer_text(spec, "leaky_relu slope=0.2\n");
    }
    if (projection) {
        genrepi_buffer_format(
            spec, "avg_pool kernel=%lld; flatten; class_projection in=%lld classes=%lld }",
            (long long)start, channels_at(o, n - 1), (long long)o->classes);
        return 0;
    }
    snprintf(options, sizeof options, "in=%lld out=%lld kernel=%lld", channels_at(o, n - 1),
             (long long)(1 + o->heads), (long long)start);
    write_convolution(o, spec, options);
    genrepi_buffer_text(spec, "flatten");
    return 0;
}

#define SHARED                                                                                     \
    GENREPI_OPTION_INT(dcgan_options, size, "32", 8, 1024,                                         \
                       "height and width of the images: 4 or 7 doubled a few times"),              \
        GENREPI_OPTION_INT(dcgan_options, channels, "3", 1, 65536, "channels of the images"),      \
        GENREPI_OPTION_INT(dcgan_options, width, "64", 1, 65536,                                   \
                           "channels of the layer next to the image; they double from there"),     \
        GENREPI_OPTION_INT(dcgan_options, classes, "0", 0, 1 << 20,                                \
                           "classes it is conditioned on; 0: none"),                               \
        GENREPI_OPTION_WORD(dcgan_options, norm, "batch_norm", GENREPI_NORM_WORDS,                 \
                            "between the convolutions")

static const genrepi_option generator_rows[] = {
    SHARED, GENREPI_OPTION_INT(dcgan_options, latent, "100", 1, 65536, "features of the noise"),
    GENREPI_OPTION_INT(dcgan_options, embedding, "10", 1, 65536, "features of a class")};
static const genrepi_layer_ops generator_ops = {.n_in = 0, .n_out = 1, .expand = generator_expand};
const genrepi_kind genrepi_kind_dcgan_generator = {
    "layer",
    "dcgan_generator",
    "noise (and class) to an image in -1..1, by transposed convolutions",
    generator_rows,
    GENREPI_COUNT(generator_rows),
    0,
    0,
    sizeof(dcgan_options),
    &generator_ops};

static const genrepi_option discriminator_rows[] = {
    SHARED,
    GENREPI_OPTION_INT(dcgan_options, heads, "0", 0, 1 << 20,
                       "numbers it gives beside the logit, as logits of classes"),
    GENREPI_OPTION_FLAG(dcgan_options, projection, "0",
                        "the class decides how the last features are weighted, instead of being "
                        "one more channel"),
    GENREPI_OPTION_FLAG(dcgan_options, spectral, "0", "weights over their largest singular value")};
static const genrepi_layer_ops discriminator_ops = {
    .n_in = 0, .n_out = 1, .expand = discriminator_expand};
const genrepi_kind genrepi_kind_dcgan_discriminator = {
    "layer",
    "dcgan_discriminator",
    "an image (and class) to one logit, by convolutions",
    discriminator_rows,
    GENREPI_COUNT(discriminator_rows),
    0,
    0,
    sizeof(dcgan_options),
    &discriminator_ops};
