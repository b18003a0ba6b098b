/* unet_generator: image to image by an encoder and a decoder with skip connections (Ronneberger,
 * Fischer and Brox 2015, as in pix2pix, Isola et al. 2017; mathematics 2.12).  `depth` convolutions
 * of stride 2 with leaky rectifiers, width, 2, 4, 8, 8, .. width channels, and as many transposed
 * ones with rectifiers; each decoder layer sees what its encoder layer saw beside what comes from
 * below.  As in the authors' PyTorch code what is handed over is behind the leaky rectifier, and
 * dropout is in the middle layers of the decoder, at evaluation too. */
#include <base/number.h>
#include <gan/zoo.h>

typedef struct unet_options {
    int64_t size, depth, in, out, width;
    double dropout;
    int32_t norm;
} unet_options;

enum { MOST_FACTOR = 8 };
static const char strided[] = "kernel=4 stride=2 pad=1";

static int64_t channels_at(const unet_options *o, int64_t level) {
    return o->width * (level < 3 ? (int64_t)1 << level : MOST_FACTOR);
}

/* From what encoder level `level` gives, to as many channels and those again. */
static void write_level(const unet_options *o, int64_t depth, int64_t level, genrepi_buffer *spec) {
    const int32_t bias = o->norm != GENREPI_BATCH_NORM, innermost = level == depth - 2;
    genrepi_buffer_text(spec, "leaky_relu slope=0.2; skip {\n");
    genrepi_zoo_convolution(spec, "conv2d", 0, channels_at(o, level + 1), strided, bias);
    if (!innermost) {
        genrepi_zoo_norm(spec, o->norm);
        write_level(o, depth, level + 1, spec);
    }
    genrepi_buffer_text(spec, "relu; ");
    genrepi_zoo_convolution(spec, "conv_transpose2d", 0, channels_at(o, level), strided, bias);
    genrepi_zoo_norm(spec, o->norm);
    if (o->dropout > 0 && level >= 3 && !innermost) {
        char p[GENREPI_NUMBER_BYTES];
        genrepi_format_real(p, o->dropout, 0);
        genrepi_buffer_format(spec, "dropout p=%s always=1; ", p);
    }
    genrepi_buffer_text(spec, "}\n");
}

static int32_t expand(const genrep_layer *layer, const genrepi_shape *in, genrepi_buffer *spec) {
    (void)in;
    const unet_options *o = layer->options;
    int64_t depth = 0;
    for (int64_t size = o->size; size > 1 && size % 2 == 0; size /= 2) depth++;
    if (o->depth > 0 && o->depth < depth) depth = o->depth;
    if (depth < 2 || o->depth > depth)
        return genrepi_layer_fail(layer, GENREP_E_INVALID,
                                  "size=%lld can be halved %lld times, and %lld are wanted: give a "
                                  "multiple of a larger power of two, or depth=",
                                  (long long)o->size, (long long)depth,
                                  (long long)(o->depth > 0 ? o->depth : 2));
    genrepi_zoo_convolution(spec, "conv2d", o->in, o->width, strided,
                            o->norm != GENREPI_BATCH_NORM);
    write_level(o, depth, 0, spec);
    genrepi_buffer_text(spec, "relu; ");
    genrepi_zoo_convolution(spec, "conv_transpose2d", 0, o->out, strided, 1);
    genrepi_buffer_text(spec, "tanh");
    return 0;
}

static const genrepi_option options[] = {
    GENREPI_OPTION_INT(unet_options, size, "256", 4, 65536, "height and width of the images"),
    GENREPI_OPTION_INT(unet_options, depth, "0", 0, 16,
                       "times that the image is halved; 0: down to an odd size, 1 if it is a power "
                       "of two"),
    GENREPI_OPTION_INT(unet_options, in, "3", 1, 65536, "channels of the input"),
    GENREPI_OPTION_INT(unet_options, out, "3", 1, 65536, "channels of the output"),
    GENREPI_OPTION_INT(unet_options, width, "64", 1, 8192, "channels of the first layer"),
    GENREPI_OPTION_NUMBER(unet_options, dropout, "0.5", 0, 0.99,
                          "share that is dropped in the middle of the decoder; 0: none"),
    GENREPI_OPTION_WORD(unet_options, norm, "batch_norm", GENREPI_NORM_WORDS,
                        "after the convolutions but the outermost and the innermost")};
static const genrepi_layer_ops ops = {.n_in = 1, .n_out = 1, .expand = expand};
const genrepi_kind genrepi_kind_unet_generator = {
    "layer",
    "unet_generator",
    "image to image in -1..1, by an encoder and a decoder with skip connections",
    options,
    GENREPI_COUNT(options),
    0,
    0,
    sizeof(unet_options),
    &ops};
