/* augment: images changed at random, each in its own way, differentiably (Zhao et al. 2020,
 * "Differentiable augmentation for data-efficient GAN training"), for images of -1..1:
 *   colour  brightness x + b, saturation s x + (1 - s) (mean of the channels) and contrast
 *           k x + (1 - k) (mean of the image), b in -1/2..1/2, s in 0..2, k in 1/2..3/2
 *   shift   by up to that share of the height and width, zeros coming in
 *   cutout  a rectangle of that share of the height and width, at a random place, becomes zeros
 * Each of the three is done to a sample with probability p.  Together they are linear but for b:
 * a x + (the channels' mean) (k - k s) + (the image's mean) (1 - k), then moved and masked.
 *
 * Nothing is kept: what a sample gets is a function of the call's stream, and going back draws it
 * again.  At evaluation y = x. */
#include <base/pool.h>
#include <base/random.h>
#include <nn/augment.h>
#include <nn/images.h>
#include <nn/tangent.h>
#include <string.h>

typedef struct augment_options {
    double p, shift, cutout;
    int32_t colour;
} augment_options;

/* What a sample gets. */
typedef struct change {
    double brightness, own, channels, image; /* factors of x and of both means */
    int64_t down, right;                     /* the image goes there */
    int64_t top, left, bottom, end;          /* the rectangle, [top, bottom) x [left, end) */
} change;

typedef struct task {
    const genrepi_call *call;
    const real *from;
    real *to;
    int64_t channels, height, width;
    int32_t back; /* 1: the adjoint */
} task;

static change change_of(const task *t, int64_t sample) {
    const genrepi_call *call = t->call;
    const augment_options *o = call->layer->options;
    change c = {0, 1, 0, 0, 0, 0, 0, 0, 0, 0};
    /* Always as many numbers a sample, so that no option moves those of another. */
    genrepi_rng rng = genrepi_rng_at(call->ctx->seed, call->stream, 16 * (uint64_t)sample);
    double u[10];
    for (int32_t i = 0; i < 10; i++) u[i] = genrepi_rng_uniform(&rng);
    if (o->colour && u[0] < o->p) {
        const double s = 2 * u[2], k = u[3] + 0.5;
        c.brightness = call->linear ? 0 : u[1] - 0.5;
        c.own = k * s;
        c.channels = k - k * s;
        c.image = 1 - k;
    }
    if (u[4] < o->p) {
        const int64_t most_down = (int64_t)(o->shift * (double)t->height),
                      most_right = (int64_t)(o->shift * (double)t->width);
        c.down = (int64_t)(u[5] * (double)(2 * most_down + 1)) - most_down;
        c.right = (int64_t)(u[6] * (double)(2 * most_right + 1)) - most_right;
    }
    if (u[7] < o->p) { /* its centre is anywhere in the image, so that it may be cut off */
        const int64_t high = (int64_t)(o->cutout * (double)t->height),
                      wide = (int64_t)(o->cutout * (double)t->width);
        c.top = (int64_t)(u[8] * (double)t->height) - high / 2;
        c.left = (int64_t)(u[9] * (double)t->width) - wide / 2;
        c.bottom = c.top + high;
        c.end = c.left + wide;
    }
    return c;
}

/* Where the pixel (y, x) goes; -1: nowhere. */
static int64_t place(const task *t, const change *c, int64_t y, int64_t x) {
    y += c->down, x += c->right;
    if (y < 0 || y >= t->height || x < 0 || x >= t->width) return -1;
    if (y >= c->top && y < c->bottom && x >= c->left && x < c->end) return -1;
    return y * t->width + x;
}

/* The sum of all that the adjoint is given: what was cut or moved away does not arrive. */
static double arriving(const task *t, const change *c, const real *from) {
    const int64_t pixels = t->height * t->width;
    double sum = 0;
    for (int64_t y = 0; y < t->height; y++)
        for (int64_t x = 0; x < t->width; x++) {
            const int64_t at = place(t, c, y, x);
            for (int64_t k = 0; at >= 0 && k < t->channels; k++)
                sum += (double)from[k * pixels + at];
        }
    return sum;
}

/* One pixel: its channels at `in` (-1: zeros) come to `out` (-1: nowhere). */
static void one_pixel(const task *t, const change *c, double whole, const real *from, int64_t in,
                      real *to, int64_t out) {
    const int64_t pixels = t->height * t->width;
    double mean = 0;
    if (out < 0) return;
    for (int64_t k = 0; in >= 0 && k < t->channels; k++) mean += (double)from[k * pixels + in];
    const double rest = c->channels * mean / (double)t->channels + whole;
    for (int64_t k = 0; k < t->channels; k++)
        to[k * pixels + out] =
            (real)(rest + (in >= 0 ? c->own * (double)from[k * pixels + in] : 0));
}

static void one_sample(void *argument, int64_t sample) {
    const task *t = argument;
    const change c = change_of(t, sample);
    const int64_t all = t->channels * t->height * t->width;
    const real *from = t->from + sample * all;
    real *to = t->to + sample * all;
    double sum = 0;
    if (t->back) {
        sum = arriving(t, &c, from);
    } else {
        for (int64_t i = 0; i < all; i++) sum += (double)from[i];
        memset(to, 0, (size_t)all * sizeof *to);
    }
    const double whole = c.image * sum / (double)all + (t->back ? 0 : c.brightness);
    for (int64_t y = 0, i = 0; y < t->height; y++)
        for (int64_t x = 0; x < t->width; x++, i++) {
            const int64_t at = place(t, &c, y, x);
            one_pixel(t, &c, whole, from, t->back ? at : i, to, t->back ? i : at);
        }
}

static int32_t run(const genrepi_call *call, const genrep_tensor *from, genrep_tensor *to,
                   int32_t back) {
    if (!call->training) {
        genrepi_copy_real(call->ctx, to->count, genrepi_real_read(from), genrepi_real(to));
        return 0;
    }
    task t = {call,
              genrepi_real_read(from),
              genrepi_real(to),
              from->shape.size[1],
              from->shape.size[2],
              from->shape.size[3],
              back};
    genrepi_parallel(call->ctx, from->shape.size[0], one_sample, &t);
    return 0;
}

static int32_t forward(genrepi_call *call) {
    return run(call, call->in[0], call->out[0], 0);
}

static int32_t backward(genrepi_call *call) {
    return call->d_in[0] != NULL ? run(call, call->d_out[0], call->d_in[0], 1) : 0;
}

static int32_t shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                     genrepi_shape *out) {
    (void)n_in;
    return genrepi_images_shape(layer, in, out);
}

static const genrepi_option options[] = {
    GENREPI_OPTION_NUMBER(augment_options, p, "1", 0, 1, "probability of each change of a sample"),
    GENREPI_OPTION_FLAG(augment_options, colour, "1", "brightness, saturation and contrast"),
    GENREPI_OPTION_NUMBER(augment_options, shift, "0.125", 0, 1,
                          "greatest shift, as a share of height and width"),
    GENREPI_OPTION_NUMBER(augment_options, cutout, "0.5", 0, 1,
                          "what is cut out, as a share of height and width")};
static const genrepi_layer_ops ops = {.n_in = 1,
                                      .n_out = 1,
                                      .shape = shape,
                                      .forward = forward,
                                      .backward = backward,
                                      .straight = 1,
                                      .tangent = genrepi_tangent_linear,
                                      .tangent_backward = genrepi_tangent_linear_backward};
const genrepi_kind genrepi_kind_augment = {
    "layer",
    "augment",
    "images changed at random in training: colour, shift, cut-out; y = x at evaluation",
    options,
    GENREPI_COUNT(options),
    0,
    0,
    sizeof(augment_options),
    &ops};

int32_t genrepi_augment_set(genrep_layer *network, double probability) {
    int32_t n = 0;
    if (network->kind == &genrepi_kind_augment) {
        augment_options *o = network->options;
        o->p = probability;
        n = 1;
    }
    for (int32_t i = 0; i < network->n_children; i++)
        n += genrepi_augment_set(network->children[i], probability);
    return n;
}
