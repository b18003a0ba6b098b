/* style_mix: a style for each layer of a style-based generator, of the styles w of a batch (Karras
 * et al. 2019, StyleGAN; mathematics 2.14): rows 0 .. layers - 1 of each sample.
 *
 * In training, mixing: with probability p a crossover c, uniform in 1 .. layers - 1, is drawn for a
 * sample, and rows from c on are the style of the next sample of the batch: that is as independent
 * as a second one would be, and is there already.  With classes, a second input, it is the next
 * sample of the same class, the first coming after the last: the paper's second style is of the
 * same label.  A sample that is the only one of its class is not mixed.
 *
 * In use, truncation: rows 0 .. cutoff - 1 are m + psi (w - m), m the running mean of w:
 * m <- m + (1 - decay)(mean of the batch - m), after backward. */
#include <base/random.h>
#include <nn/leaf.h>
#include <string.h>

typedef struct style_mix_options {
    int64_t layers, style, cutoff;
    double probability, truncation, decay;
} style_mix_options;

static int32_t build(genrep_layer *layer, int32_t n_in, const genrepi_shape *in) {
    (void)n_in;
    style_mix_options *o = layer->options;
    int32_t status = genrepi_size_from_input(layer, "style", in, 1, &o->style);
    const genrepi_shape mean = {1, {o->style}};
    return status == 0 ? genrepi_layer_parameter(layer, "mean", &mean, "zeros", 0) : status;
}

static int32_t shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                     genrepi_shape *out) {
    const style_mix_options *o = layer->options;
    *out = (genrepi_shape){3, {-1, o->layers, o->style}};
    if (n_in > 2)
        return genrepi_layer_fail(layer, GENREP_E_INVALID,
                                  "takes styles, and maybe their classes, got %d inputs",
                                  (int)n_in);
    if (in[0].rank < 0) return 0;
    if (in[0].rank != 2 || (in[0].size[1] >= 0 && in[0].size[1] != o->style))
        return genrepi_fail_shape(layer, in, "a batch of styles of %lld", (long long)o->style);
    out->size[0] = in[0].size[0];
    if (n_in < 2 || in[1].rank < 0) return 0;
    const int64_t given = genrepi_axes_count(&in[1], 0, in[1].rank);
    if (given >= 0 && in[0].size[0] >= 0 && given != in[0].size[0])
        return genrepi_fail_shape(layer, in + 1, "%lld classes, one a sample",
                                  (long long)in[0].size[0]);
    return 0;
}

/* The sample whose style the last rows of sample n are. */
static int64_t partner(const genrepi_call *call, int64_t n) {
    const int64_t batch = call->in[0]->shape.size[0];
    const int32_t *class = call->saved[0] != NULL ? call->saved[0]->data : NULL;
    int64_t other = (n + 1) % batch;
    while (class != NULL && class[other] != class[n]) other = (other + 1) % batch;
    return other;
}

/* From which layer on sample n has its partner's style. */
static int64_t crossover(const genrepi_call *call, int64_t n) {
    const style_mix_options *o = call->layer->options;
    genrepi_rng rng = genrepi_rng_at(call->ctx->seed, call->stream, 2 * (uint64_t)n);
    if (o->layers < 2 || genrepi_rng_uniform(&rng) >= o->probability) return o->layers;
    return 1 + (int64_t)genrepi_rng_below(&rng, (uint64_t)(o->layers - 1));
}

static void mix(const genrepi_call *call) {
    const style_mix_options *o = call->layer->options;
    const int64_t batch = call->in[0]->shape.size[0], d = o->style;
    const real *w = genrepi_real_read(call->in[0]);
    real *y = genrepi_real(call->out[0]);
    for (int64_t n = 0; n < batch; n++) {
        const int64_t c = crossover(call, n), other = partner(call, n);
        for (int64_t i = 0; i < o->layers; i++, y += d)
            memcpy(y, w + (i < c ? n : other) * d, (size_t)d * sizeof *y);
    }
}

static void truncate_styles(const genrepi_call *call) {
    const style_mix_options *o = call->layer->options;
    const int64_t batch = call->in[0]->shape.size[0], d = o->style;
    const int64_t cutoff = o->cutoff > 0 ? o->cutoff : o->layers;
    const real *w = genrepi_real_read(call->in[0]), psi = (real)o->truncation;
    const real *mean = genrepi_real_read(call->layer->parameters[0].value);
    real *y = genrepi_real(call->out[0]);
    for (int64_t n = 0; n < batch; n++, w += d)
        for (int64_t i = 0; i < o->layers; i++, y += d)
            for (int64_t j = 0; j < d; j++)
                y[j] = i < cutoff ? mean[j] + psi * (w[j] - mean[j]) : w[j];
}

static int32_t forward(genrepi_call *call) {
    int32_t status = 0;
    if (call->training && call->n_in == 2)
        status = genrepi_save_classes(call, 0, call->in[1], INT32_MAX);
    if (status != 0) return status;
    if (call->training)
        mix(call);
    else
        truncate_styles(call);
    return 0;
}

static int32_t backward(genrepi_call *call) {
    const style_mix_options *o = call->layer->options;
    const genrepi_kernels *k = call->ctx->kernels;
    const int64_t batch = call->in[0]->shape.size[0], d = o->style;
    const real *dy = genrepi_real_read(call->d_out[0]);
    if (call->n_in > 1 && call->d_in[1] != NULL) /* classes held as real numbers */
        k->fill(call->d_in[1]->count, 0, genrepi_real(call->d_in[1]));
    if (call->d_in[0] == NULL) return 0;
    real *dw = genrepi_real(call->d_in[0]);
    k->fill(call->d_in[0]->count, 0, dw);
    for (int64_t n = 0; n < batch; n++) {
        const int64_t c = crossover(call, n), other = partner(call, n);
        for (int64_t i = 0; i < o->layers; i++, dy += d)
            k->axpy(d, 1, dy, dw + (i < c ? n : other) * d);
    }
    return 0;
}

static void update(genrepi_call *call) {
    const style_mix_options *o = call->layer->options;
    const int64_t batch = call->in[0]->shape.size[0];
    const real *w = genrepi_real_read(call->in[0]);
    real *mean = genrepi_real(call->layer->parameters[0].value);
    for (int64_t j = 0; j < o->style && batch > 0; j++) {
        double sum = 0;
        for (int64_t n = 0; n < batch; n++) sum += (double)w[n * o->style + j];
        mean[j] += (real)((1 - o->decay) * (sum / (double)batch - (double)mean[j]));
    }
}

static const genrepi_option options[] = {
    GENREPI_OPTION_INT(style_mix_options, layers, NULL, 1, 1024, "styles for each sample"),
    GENREPI_OPTION_INT(style_mix_options, style, "0", 0, GENREPI_MAX_SIZE,
                       "size of a style; 0: what comes before tells"),
    GENREPI_OPTION_NUMBER(style_mix_options, probability, "0.9", 0, 1,
                          "in training: of two styles in one sample"),
    GENREPI_OPTION_NUMBER(style_mix_options, truncation, "1", 0, 1,
                          "in use: distance from the mean style, as a share; 1: none is lost"),
    GENREPI_OPTION_INT(style_mix_options, cutoff, "0", 0, 1024,
                       "the first layers, which that is for; 0: all"),
    GENREPI_OPTION_NUMBER(style_mix_options, decay, "0.995", 0, 1, "of the running mean style")};
static const genrepi_layer_ops ops = {.n_in = 0,
                                      .n_out = 1,
                                      .build = build,
                                      .shape = shape,
                                      .forward = forward,
                                      .backward = backward,
                                      .update = update,
                                      .integer_inputs = 2};
const genrepi_kind genrepi_kind_style_mix = {
    "layer",
    "style_mix",
    "a style for each layer: mixed from two in training, drawn towards the mean in use",
    options,
    GENREPI_COUNT(options),
    0,
    0,
    sizeof(style_mix_options),
    &ops};
