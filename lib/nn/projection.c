/* See projection.h. */
#include <nn/projection.h>
#include <base/random.h>
#include <kernel/kernel.h>

static void unref_all(const genrepi_projection *p, genrep_tensor **out) {
    for (int32_t i = 0; i < p->n_out; i++) genrepi_tensor_unref(out[i]);
}

static int32_t apply(genrepi_projection *p, int watch, genrep_tensor **out) {
    genrepi_tape_reset(p->tape, 0);
    for (int32_t i = 0; i < p->n_in && watch; i++) {
        if (p->in[i]->dtype != GENREPI_REAL) continue;
        int32_t status = genrepi_tape_watch(p->tape, p->in[i]);
        if (status != 0) return status;
    }
    return genrepi_layer_apply(p->layer, p->tape, p->in, p->n_in, out, p->n_out);
}

static double project(const genrepi_projection *p, genrep_tensor *const *out, double *squares) {
    double sum = 0;
    *squares = 0;
    for (int32_t i = 0; i < p->n_out; i++) {
        const real *r = genrepi_real_read(p->weight[i]), *y = genrepi_real_read(out[i]);
        for (int64_t j = 0; j < out[i]->count; j++) {
            double term = (double)r[j] * (double)y[j];
            sum += term;
            *squares += term * term;
        }
    }
    return sum;
}

int32_t genrepi_projection_value(genrepi_projection *p, double *value) {
    genrep_tensor *out[GENREPI_MAX_OUTPUTS];
    double squares;
    int32_t status = apply(p, 0, out);
    if (status != 0) return status;
    *value = project(p, out, &squares);
    unref_all(p, out);
    return 0;
}

/* r, of the outputs' shapes; the same for every context. */
static int32_t make_weights(genrepi_projection *p, genrep_tensor *const *out) {
    genrep_ctx *ctx = p->layer->ctx;
    for (int32_t i = 0; i < p->n_out; i++) {
        if (p->weight[i] != NULL) continue;
        int32_t status = genrepi_tensor_new(ctx, GENREPI_REAL, &out[i]->shape, 0, &p->weight[i]);
        if (status != 0) return status;
        ctx->kernels->random_normal(out[i]->count, 0, genrepi_stream(GENREPI_FOR_CHECK, 0, i), 0, 0,
                                    1, genrepi_real(p->weight[i]));
    }
    return 0;
}

int32_t genrepi_projection_backward(genrepi_projection *p) {
    genrep_tensor *out[GENREPI_MAX_OUTPUTS];
    int32_t status = apply(p, 1, out);
    if (status != 0) return status;
    status = make_weights(p, out);
    if (status == 0) {
        double squares;
        project(p, out, &squares);
        p->size = sqrt(squares);
        status = genrepi_tape_backward_from(p->tape, p->n_out, out, p->weight);
    }
    unref_all(p, out);
    return status;
}

int32_t genrepi_projection_difference(genrepi_projection *p, real *x, double step, double *slope,
                                      double *rounding) {
    real was = *x, above = (real)((double)was + step), below = (real)((double)was - step);
    double high = 0, low = 0, width = (double)above - (double)below;
    *x = above;
    int32_t status = genrepi_projection_value(p, &high);
    *x = below;
    if (status == 0) status = genrepi_projection_value(p, &low);
    *x = was;
    *slope = (high - low) / width;
    *rounding = 16 * GENREPI_REAL_EPSILON * p->size / width;
    return status;
}

void genrepi_projection_free(genrepi_projection *p) {
    for (int32_t i = 0; i < GENREPI_MAX_OUTPUTS; i++) genrepi_tensor_unref(p->weight[i]);
    genrepi_tape_unref(p->tape);
}
