/* input: says what the input is while a network is made, so that sizes follow from it, and checks
 * the input when it is applied.  It hands the tensor itself on. */
#include <nn/leaf.h>

typedef struct input_options {
    char *shape;
    genrepi_shape is; /* its first size is the batch */
} input_options;

static int32_t build(genrep_layer *layer, int32_t n_in, const genrepi_shape *in) {
    (void)n_in, (void)in;
    input_options *o = layer->options;
    o->is.size[0] = -1;
    return genrepi_read_sizes(layer, o->shape, 1, &o->is);
}

static int32_t shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                     genrepi_shape *out) {
    (void)n_in;
    const input_options *o = layer->options;
    out[0] = o->is;
    if (in[0].rank < 0) return 0;
    int same = in[0].rank == o->is.rank;
    for (int32_t i = 0; same && i < in[0].rank; i++) {
        if (out[0].size[i] < 0) out[0].size[i] = in[0].size[i];
        same = in[0].size[i] < 0 || in[0].size[i] == out[0].size[i];
    }
    if (same) return 0;
    char text[GENREPI_SHAPE_BYTES];
    return genrepi_fail_shape(layer, in, "%s", genrepi_shape_text(&o->is, text));
}

static int32_t apply(const genrep_layer *layer, genrep_tape *tape, genrep_tensor *const *in,
                     int32_t n_in, genrep_tensor **out) {
    genrepi_shape given = in[0]->shape, made;
    int32_t status = shape(layer, n_in, &given, &made);
    (void)tape;
    if (status == 0) out[0] = genrepi_tensor_ref(in[0]);
    return status;
}

static const genrepi_option options[] = {
    GENREPI_OPTION_STRING(input_options, shape, NULL,
                          "sizes without the batch, as '1 28 28'; -1 for any, '' for one number a "
                          "sample")};
static const genrepi_layer_ops ops = {
    .n_in = 1, .n_out = 1, .build = build, .shape = shape, .apply = apply};
const genrepi_kind genrepi_kind_input = {"layer",
                                         "input",
                                         "says what the input's shape is, and checks it",
                                         options,
                                         GENREPI_COUNT(options),
                                         0,
                                         0,
                                         sizeof(input_options),
                                         &ops};
