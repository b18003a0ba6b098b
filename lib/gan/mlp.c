/* The smallest networks of the zoo: a generator and a discriminator of fully connected layers, as
 * in Goodfellow et al. 2014, with the batch normalisation of Radford et al. 2016 in the generator.
 * With classes above 0 both take the class beside their input, embedded and concatenated (Mirza and
 * Osindero 2014); with projection=1 the discriminator projects on it (Miyato and Koyama 2018). */
#include <nn/layer.h>
#include <string.h>

typedef struct mlp_options {
    int64_t latent, classes, embedding, width, heads;
    int32_t projection;
    char *shape;
} mlp_options;

/* The number of elements of a shape written as text; 0 with the error recorded. */
static int64_t elements(const genrep_layer *layer, const char *text) {
    int64_t n = 1, size = 0;
    int digits = 0;
    for (const char *c = text;; c++) {
        if (*c >= '0' && *c <= '9') {
            size = size * 10 + (*c - '0');
            digits++;
        } else if (*c == ' ' || *c == '\0') {
            if (digits > 0) n = size > 0 && n <= ((int64_t)1 << 30) / size ? n * size : 0;
            size = digits = 0;
        } else {
            n = 0;
        }
        if (n == 0 || digits > 9) break;
        if (*c == '\0') return n;
    }
    genrepi_layer_fail(layer, GENREP_E_INVALID,
                       "shape='%s' must be sizes above 0, as in shape='1 28 28'", text);
    return 0;
}

static int32_t generator_expand(const genrep_layer *layer, const genrepi_shape *in,
                                genrepi_buffer *spec) {
    (void)in;
    const mlp_options *o = layer->options;
    int64_t out = elements(layer, o->shape), latent = o->latent;
    if (out == 0) return GENREP_E_INVALID;
    if (o->classes > 0) {
        genrepi_buffer_format(spec, "concat { } { embedding classes=%lld out=%lld }\n",
                              (long long)o->classes, (long long)o->embedding);
        latent += o->embedding;
    }
    genrepi_buffer_format(spec, "linear in=%lld out=%lld; leaky_relu slope=0.2\n",
                          (long long)latent, (long long)o->width);
    for (int64_t times = 2; times <= 4; times *= 2) {
        genrepi_buffer_format(spec, "linear out=%lld; batch_norm; leaky_relu slope=0.2\n",
                              (long long)(times * o->width));
    }
    genrepi_buffer_format(spec, "linear out=%lld; tanh; reshape shape='%s'", (long long)out,
                          o->shape);
    return 0;
}

static int32_t discriminator_expand(const genrep_layer *layer, const genrepi_shape *in,
                                    genrepi_buffer *spec) {
    (void)in;
    const mlp_options *o = layer->options;
    int64_t n = elements(layer, o->shape);
    if (n == 0) return GENREP_E_INVALID;
    const int projection = o->projection && o->classes > 0;
    if (projection) {
        genrepi_buffer_text(spec, "conditioned { flatten\n");
    } else if (o->classes > 0) {
        genrepi_buffer_format(spec, "concat { flatten } { embedding classes=%lld out=%lld }\n",
                              (long long)o->classes, (long long)o->embedding);
        n += o->embedding;
    } else {
        genrepi_buffer_text(spec, "flatten\n");
    }
    genrepi_buffer_format(spec,
                          "linear in=%lld out=%lld; leaky_relu slope=0.2\n"
                          "linear out=%lld; leaky_relu slope=0.2\n",
                          (long long)n, (long long)(2 * o->width), (long long)o->width);
    if (projection) {
        genrepi_buffer_format(spec, "class_projection classes=%lld }", (long long)o->classes);
    } else {
        genrepi_buffer_format(spec, "linear out=%lld", (long long)(1 + o->heads));
    }
    return 0;
}

#define SHARED                                                                                     \
    GENREPI_OPTION_STRING(mlp_options, shape, "1 28 28", "one sample, without the batch"),         \
        GENREPI_OPTION_INT(mlp_options, width, "256", 1, 65536,                                    \
                           "features of the narrowest layer"),                                     \
        GENREPI_OPTION_INT(mlp_options, classes, "0", 0, 1 << 20,                                  \
                           "classes it is conditioned on; 0: none"),                               \
        GENREPI_OPTION_INT(mlp_options, embedding, "10", 1, 65536, "features of a class")

static const genrepi_option generator_rows[] = {
    SHARED, GENREPI_OPTION_INT(mlp_options, latent, "100", 1, 65536, "features of the noise")};
static const genrepi_layer_ops generator_ops = {.n_in = 0, .n_out = 1, .expand = generator_expand};
const genrepi_kind genrepi_kind_mlp_generator = {
    "layer",
    "mlp_generator",
    "noise (and class) to a sample in -1..1, by linear layers",
    generator_rows,
    GENREPI_COUNT(generator_rows),
    0,
    0,
    sizeof(mlp_options),
    &generator_ops};

static const genrepi_option discriminator_rows[] = {
    SHARED,
    GENREPI_OPTION_INT(mlp_options, heads, "0", 0, 1 << 20,
                       "numbers it gives beside the logit, as logits of classes"),
    GENREPI_OPTION_FLAG(mlp_options, projection, "0",
                        "the class decides how the last features are weighted, instead of being "
                        "put beside the input")};
static const genrepi_layer_ops discriminator_ops = {
    .n_in = 0, .n_out = 1, .expand = discriminator_expand};
const genrepi_kind genrepi_kind_mlp_discriminator = {
    "layer",
    "mlp_discriminator",
    "a sample (and class) to one logit, by linear layers",
    discriminator_rows,
    GENREPI_COUNT(discriminator_rows),
    0,
    0,
    sizeof(mlp_options),
    &discriminator_ops};
