/* adversarial_d and adversarial_g: the losses of the two players of a GAN on the discriminator's
 * numbers, r of real and f of made samples, means over all of them (mathematics 2.10):
 *
 *   loss            L_D                                          L_G
 *   non_saturating  softplus(-r) + s r + softplus(f)             softplus(-f)
 *   minimax         the same                                     -softplus(f)
 *   lsgan           (r - 1 + s)^2 / 2 + f^2 / 2                  (f - 1)^2 / 2
 *   hinge           max(0, 1 - r) + max(0, 1 + f)                -f
 *   wgan            f - r                                        -f
 *   relativistic    softplus(mean f - r) + softplus(f - mean r)  L_D with r and f changed over
 *
 * s is `smoothing`, of the real samples' target only.  Goodfellow et al. 2014; Salimans et al. 2016
 * (smoothing); Mao et al. 2017; Lim and Ye 2017 (hinge); Arjovsky et al. 2017; Jolicoeur-Martineau
 * 2019 (relativistic average). */
#include <nn/adversarial.h>

typedef struct adversarial_options {
    int32_t loss;
    double smoothing;
} adversarial_options;

static double softplus(double x) {
    return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
}

static double sigmoid(double x) {
    return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
}

/* The term of one number x of a player, and its derivative.  `real_side`: x belongs to a real
 * sample.  `other`: the mean of the other side's numbers, for relativistic. */
static double term(const adversarial_options *o, int real_side, double x, double other,
                   double *derivative) {
    const double sign = real_side ? 1 : -1, target = 1 - o->smoothing;
    switch (o->loss) {
    case GENREPI_LSGAN:
        *derivative = real_side ? x - target : x;
        return *derivative * *derivative / 2;
    case GENREPI_HINGE:
        *derivative = sign * x < 1 ? -sign : 0;
        return sign * x < 1 ? 1 - sign * x : 0;
    case GENREPI_WGAN:
        *derivative = -sign;
        return -sign * x;
    default:
        x -= other; /* 0 but for relativistic */
        *derivative = -sign * sigmoid(-sign * x) + (real_side ? o->smoothing : 0);
        return softplus(-sign * x) + (real_side ? o->smoothing * x : 0);
    }
}

/* What the generator wants of a made sample's number. */
static double generator_term(const adversarial_options *o, double f, double *derivative) {
    switch (o->loss) {
    case GENREPI_MINIMAX:
        *derivative = -sigmoid(f);
        return -softplus(f);
    case GENREPI_LSGAN:
        *derivative = f - 1;
        return (f - 1) * (f - 1) / 2;
    case GENREPI_HINGE:
    case GENREPI_WGAN:
        *derivative = -1;
        return -f;
    default:
        *derivative = -sigmoid(-f);
        return softplus(-f);
    }
}

static double mean(const genrep_tensor *tensor) {
    const real *x = genrepi_real_read(tensor);
    double sum = 0;
    for (int64_t i = 0; i < tensor->count; i++) sum += (double)x[i];
    return sum / (double)tensor->count;
}

/* The mean of one side's terms; with `d` its gradient by that side's numbers, times scale, and
 * *along the sum of it, which is less the gradient by the other side's mean. */
static double side(const adversarial_options *o, int real_side, const genrep_tensor *tensor,
                   double other, double scale, genrep_tensor *d, double *along) {
    const real *x = genrepi_real_read(tensor);
    const double n = (double)tensor->count;
    double sum = 0, slopes = 0;
    for (int64_t i = 0; i < tensor->count; i++) {
        double derivative;
        sum += term(o, real_side, (double)x[i], other, &derivative);
        slopes += derivative;
        if (d != NULL) genrepi_real(d)[i] = (real)(scale * derivative / n);
    }
    if (along != NULL) *along = scale * slopes / n;
    return sum / n;
}

/* Both sides, the first as the real one. */
static double both(const adversarial_options *o, genrep_tensor *const *in, double scale,
                   genrep_tensor *const *d) {
    const int relative = o->loss == GENREPI_RELATIVISTIC;
    double along[2], sum = 0;
    for (int i = 0; i < 2; i++) {
        sum += side(o, i == 0, in[i], relative ? mean(in[1 - i]) : 0, scale,
                    d != NULL ? d[i] : NULL, &along[i]);
    }
    for (int i = 0; i < 2 && d != NULL && relative; i++) {
        if (d[i] == NULL) continue;
        const real through_mean = (real)(along[1 - i] / (double)d[i]->count);
        for (int64_t j = 0; j < d[i]->count; j++) genrepi_real(d[i])[j] -= through_mean;
    }
    return sum;
}

static int32_t shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                     genrepi_shape *out) {
    for (int32_t i = 0; i < n_in; i++) {
        int32_t status = genrepi_loss_shape(layer, 1, in + i, out);
        if (status != 0) return status;
    }
    return 0;
}

static int32_t d_forward(genrepi_call *call) {
    genrepi_real(call->out[0])[0] = (real)both(call->layer->options, call->in, 0, NULL);
    return 0;
}

static int32_t d_backward(genrepi_call *call) {
    both(call->layer->options, call->in, (double)genrepi_real_read(call->d_out[0])[0], call->d_in);
    return 0;
}

static int32_t g_shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                       genrepi_shape *out) {
    const adversarial_options *o = layer->options;
    const int32_t wanted = o->loss == GENREPI_RELATIVISTIC ? 2 : 1;
    if (n_in == wanted || in[0].rank < 0) return shape(layer, n_in, in, out); /* or being made */
    return genrepi_layer_fail(layer, GENREP_E_INVALID,
                              wanted == 2 ? "loss=relativistic takes the numbers of made and of "
                                            "real samples, got %d input"
                                          : "takes the numbers of made samples only, got %d inputs",
                              (int)n_in);
}

static int32_t g_forward(genrepi_call *call) {
    const adversarial_options *o = call->layer->options;
    const real *f = genrepi_real_read(call->in[0]);
    double sum = 0, unused;
    if (o->loss == GENREPI_RELATIVISTIC) return d_forward(call);
    for (int64_t i = 0; i < call->in[0]->count; i++)
        sum += generator_term(o, (double)f[i], &unused);
    genrepi_real(call->out[0])[0] = (real)(sum / (double)call->in[0]->count);
    return 0;
}

static int32_t g_backward(genrepi_call *call) {
    const adversarial_options *o = call->layer->options;
    const real *f = genrepi_real_read(call->in[0]);
    if (o->loss == GENREPI_RELATIVISTIC) return d_backward(call);
    const double scale = (double)genrepi_real_read(call->d_out[0])[0] / (double)call->in[0]->count;
    for (int64_t i = 0; i < call->in[0]->count && call->d_in[0] != NULL; i++) {
        double derivative;
        generator_term(o, (double)f[i], &derivative);
        genrepi_real(call->d_in[0])[i] = (real)(scale * derivative);
    }
    return 0;
}

static const genrepi_option options[] = {
    GENREPI_OPTION_WORD(adversarial_options, loss, "non_saturating", GENREPI_ADVERSARIAL_WORDS,
                        "the game"),
    GENREPI_OPTION_NUMBER(adversarial_options, smoothing, "0", 0, 0.5,
                          "real samples' target is 1 - smoothing")};
static const genrepi_layer_ops d_ops = {
    .n_in = 2, .n_out = 1, .shape = shape, .forward = d_forward, .backward = d_backward};
const genrepi_kind genrepi_kind_adversarial_d = {
    "layer",
    "adversarial_d",
    "the discriminator's loss of its numbers for real and for made samples",
    options,
    GENREPI_COUNT(options),
    0,
    0,
    sizeof(adversarial_options),
    &d_ops};

static const genrepi_layer_ops g_ops = {
    .n_in = 0, .n_out = 1, .shape = g_shape, .forward = g_forward, .backward = g_backward};
const genrepi_kind genrepi_kind_adversarial_g = {
    "layer",
    "adversarial_g",
    "the generator's loss of the discriminator's numbers for made (and, relativistic, real) "
    "samples",
    options,
    1,
    0,
    0,
    sizeof(adversarial_options),
    &g_ops};
