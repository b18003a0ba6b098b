/* small_classifier: a convolutional classifier of about 100,000 parameters for images of some 28
 * pixels; the layer before the last gives features to compare sets of images in. */
#include <nn/layer.h>

typedef struct small_classifier_options {
    int64_t size, channels, width, classes;
} small_classifier_options;

static int32_t expand(const genrep_layer *layer, const genrepi_shape *in, genrepi_buffer *spec) {
    (void)in;
    const small_classifier_options *o = layer->options;
    if (o->size % 4 != 0)
        return genrepi_layer_fail(layer, GENREP_E_INVALID, "size=%lld must be a multiple of 4",
                                  (long long)o->size);
    genrepi_buffer_format(spec,
                          "input shape='%lld %lld %lld'\n"
                          "conv2d out=%lld kernel=3 pad=1 bias=0; batch_norm; relu\n"
                          "conv2d out=%lld kernel=4 stride=2 pad=1 bias=0; batch_norm; relu\n"
                          "conv2d out=%lld kernel=4 stride=2 pad=1 bias=0; batch_norm; relu\n"
                          "flatten; dropout p=0.3; linear out=%lld",
                          (long long)o->channels, (long long)o->size, (long long)o->size,
                          (long long)o->width, (long long)(2 * o->width), (long long)(4 * o->width),
                          (long long)o->classes);
    return 0;
}

static const genrepi_option options[] = {
    GENREPI_OPTION_INT(small_classifier_options, size, "28", 4, 1024,
                       "height and width of the images, a multiple of 4"),
    GENREPI_OPTION_INT(small_classifier_options, channels, "1", 1, 65536, "channels of the images"),
    GENREPI_OPTION_INT(small_classifier_options, width, "16", 1, 4096,
                       "channels of the first layer"),
    GENREPI_OPTION_INT(small_classifier_options, classes, "10", 2, 1 << 20, "classes")};
static const genrepi_layer_ops ops = {.n_in = 1, .n_out = 1, .expand = expand};
const genrepi_kind genrepi_kind_small_classifier = {
    "layer",
    "small_classifier",
    "an image to logits of classes, by three convolutions and a linear layer",
    options,
    GENREPI_COUNT(options),
    0,
    0,
    sizeof(small_classifier_options),
    &ops};
