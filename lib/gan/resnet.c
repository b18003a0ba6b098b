/* resnet_generator: image to image by residual blocks (Johnson, Alahi and Fei-Fei 2016, as in
 * CycleGAN, Zhu et al. 2017; mathematics 2.13): a 7 x 7 convolution, two of stride 2, `blocks`
 * blocks of two 3 x 3 convolutions, two transposed ones of stride 2, and a 7 x 7 one to tanh.
 * Padding mirrors the image but in the strided layers; weights begin as N(0, 0.02^2). */
#include <gan/zoo.h>

typedef struct resnet_options {
    int64_t in, out, width, blocks;
    int32_t norm;
} resnet_options;

static int32_t expand(const genrep_layer *layer, const genrepi_shape *in, genrepi_buffer *spec) {
    (void)in;
    const resnet_options *o = layer->options;
    const int32_t bias = o->norm != GENREPI_BATCH_NORM;
    static const char mirrored[] = "kernel=3 pad=1 pad_mode=reflect",
                      wide[] = "kernel=7 pad=3 pad_mode=reflect",
                      down[] = "kernel=3 stride=2 pad=1",
                      up[] = "kernel=3 stride=2 pad=1 output_pad=1";
    genrepi_zoo_convolution(spec, "conv2d", o->in, o->width, wide, bias);
    genrepi_zoo_norm(spec, o->norm);
    genrepi_buffer_text(spec, "relu\n");
    for (int64_t factor = 2; factor <= 4; factor *= 2) {
        genrepi_zoo_convolution(spec, "conv2d", 0, factor * o->width, down, bias);
        genrepi_zoo_norm(spec, o->norm);
        genrepi_buffer_text(spec, "relu\n");
    }
    genrepi_buffer_format(spec, "repeat %lld { residual { ", (long long)o->blocks);
    genrepi_zoo_convolution(spec, "conv2d", 0, 4 * o->width, mirrored, bias);
    genrepi_zoo_norm(spec, o->norm);
    genrepi_buffer_text(spec, "relu; ");
    genrepi_zoo_convolution(spec, "conv2d", 0, 4 * o->width, mirrored, bias);
    genrepi_zoo_norm(spec, o->norm);
    genrepi_buffer_text(spec, "} }\n");
    for (int64_t factor = 2; factor >= 1; factor /= 2) {
        genrepi_zoo_convolution(spec, "conv_transpose2d", 0, factor * o->width, up, bias);
        genrepi_zoo_norm(spec, o->norm);
        genrepi_buffer_text(spec, "relu\n");
    }
    genrepi_zoo_convolution(spec, "conv2d", 0, o->out, wide, 1);
    genrepi_buffer_text(spec, "tanh");
    return 0;
}

static const genrepi_option options[] = {
    GENREPI_OPTION_INT(resnet_options, in, "3", 1, 65536, "channels of the input"),
    GENREPI_OPTION_INT(resnet_options, out, "3", 1, 65536, "channels of the output"),
    GENREPI_OPTION_INT(resnet_options, width, "64", 1, 16384, "channels of the first layer"),
    GENREPI_OPTION_INT(resnet_options, blocks, "9", 1, 64,
                       "residual blocks: 9 for images of 256 pixels, 6 for 128 and less"),
    GENREPI_OPTION_WORD(resnet_options, norm, "instance_norm", GENREPI_NORM_WORDS,
                        "after the convolutions")};
static const genrepi_layer_ops ops = {.n_in = 1, .n_out = 1, .expand = expand};
const genrepi_kind genrepi_kind_resnet_generator = {
    "layer",
    "resnet_generator",
    "image to image in -1..1, by residual blocks; sizes are multiples of 4",
    options,
    GENREPI_COUNT(options),
    0,
    0,
    sizeof(resnet_options),
    &ops};
