/* attribute_loss: the binary cross-entropy of logits x and attributes a, 1 where a sample has one,
 * -1 where not, 0 where it is not known, over those that are known (as in Perarnau et al. 2016):
 *
 *   mean over a_i /= 0 of softplus(-a_i x_i),    d/dx_i = -a_i s(-a_i x_i) / known
 *
 * Attributes between are known for sure too: only their sign counts. */
#include <nn/loss.h>

static double known(const genrep_tensor *attributes) {
    const real *a = genrepi_real_read(attributes);
    int64_t n = 0;
    for (int64_t i = 0; i < attributes->count; i++) n += a[i] != 0;
    return n > 0 ? (double)n : 1;
}

static int32_t forward(genrepi_call *call) {
    const real *x = genrepi_real_read(call->in[0]), *a = genrepi_real_read(call->in[1]);
    double sum = 0;
    for (int64_t i = 0; i < call->in[0]->count; i++) {
        if (a[i] == 0) continue;
        const double z = a[i] > 0 ? (double)x[i] : -(double)x[i];
        sum += (z < 0 ? -z : 0) + log1p(exp(-fabs(z)));
    }
    genrepi_real(call->out[0])[0] = (real)(sum / known(call->in[1]));
    return 0;
}

static int32_t backward(genrepi_call *call) {
    const real *x = genrepi_real_read(call->in[0]), *a = genrepi_real_read(call->in[1]);
    const double scale = (double)genrepi_real_read(call->d_out[0])[0] / known(call->in[1]);
    if (call->d_in[1] != NULL) { /* signs do not move */
        call->ctx->kernels->fill(call->d_in[1]->count, 0, genrepi_real(call->d_in[1]));
    }
    for (int64_t i = 0; i < call->in[0]->count && call->d_in[0] != NULL; i++) {
        const double sign = a[i] > 0 ? 1 : -1, z = sign * (double)x[i];
        genrepi_real(call->d_in[0])[i] = a[i] == 0 ? 0 : (real)(-sign * scale / (1 + exp(z)));
    }
    return 0;
}

static const genrepi_layer_ops ops = {
    .n_in = 2, .n_out = 1, .shape = genrepi_loss_shape, .forward = forward, .backward = backward};
const genrepi_kind genrepi_kind_attribute_loss = {
    "layer",
    "attribute_loss",
    "mean softplus(-a x) of logits x over known attributes a: 1, -1, or 0 where not known",
    NULL,
    0,
    0,
    0,
    0,
    &ops};
