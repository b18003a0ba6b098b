/* See penalty.h.  The gradient of P by the parameters w is that of <v, g(w)> with v = dP/dg held,
 * and <v, g> is the derivative of the output's sum along v. */
#include <nn/penalty.h>
#include <base/pool.h>
#include <nn/leaf.h>

#define SMALLEST 1e-12 /* added to |g|^2 where its root is taken */

void genrepi_penalty_square(double square, double *p, double *factor) {
    *p = square / 2;
    *factor = 1;
}

void genrepi_penalty_norm(double square, double *p, double *factor) {
    double norm = sqrt(square + SMALLEST);
    *p = (norm - 1) * (norm - 1);
    *factor = 2 * (norm - 1) / norm;
}

void genrepi_penalty_norm_one_side(double square, double *p, double *factor) {
    genrepi_penalty_norm(square, p, factor);
    if (*factor < 0) *p = *factor = 0;
}

typedef struct rows_state {
    int64_t cols;
    real *g;
    double *rows; /* squares, then factors */
} rows_state;

static void square_rows(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const rows_state *s = opaque;
    for (int64_t i = begin; i < end; i++) {
        s->rows[i] = k->centred_squares_runs(1, 0, s->cols, 0, s->g + i * s->cols);
    }
}

static void scale_rows(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const rows_state *s = opaque;
    for (int64_t i = begin; i < end; i++) {
        k->scale(s->cols, (real)s->rows[i], s->g + i * s->cols, s->g + i * s->cols);
    }
}

/* g becomes v. */
static int32_t turn(genrep_ctx *ctx, genrep_tensor *g, genrepi_penalty_form *form, double weight,
                    genrepi_penalty *out) {
    const int64_t batch = g->shape.size[0];
    rows_state state = {.cols = g->count / batch, .g = genrepi_real(g)};
    state.rows = genrepi_scratch_get(ctx, (size_t)batch * sizeof(double));
    if (state.rows == NULL) return GENREP_E_NOMEM;
    genrepi_map_rows(ctx, batch, state.cols, square_rows, &state);
    for (int64_t i = 0; i < batch; i++) {
        double square = state.rows[i], p;
        form(square, &p, &state.rows[i]);
        state.rows[i] *= weight / (double)batch;
        out->value += p * weight / (double)batch;
        out->expected += state.rows[i] * square;
    }
    genrepi_map_rows(ctx, batch, state.cols, scale_rows, &state);
    genrepi_scratch_put(ctx, state.rows);
    return 0;
}

int32_t genrepi_penalty_add(genrep_tape *tape, const genrep_tensor *output, genrep_tensor *input,
                            genrepi_penalty_form *form, double weight, genrepi_penalty *out) {
    genrep_ctx *ctx = genrepi_tape_ctx(tape);
    genrep_tensor *g = NULL, *tangent = NULL;
    genrepi_penalty penalty = {0, 0, 0};
    if (input->shape.rank == 0 || input->count == 0) {
        char text[GENREPI_SHAPE_BYTES];
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            "a penalty's input must be a batch of samples, not of the shape %s",
                            genrepi_shape_text(&input->shape, text));
    }
    int32_t status = genrepi_tape_input_gradient(tape, output, input, &g);
    if (status == 0) status = turn(ctx, g, form, weight, &penalty);
    if (status == 0) status = genrepi_tape_tangent(tape, 1, &input, &g, output, &tangent);
    for (int64_t i = 0; status == 0 && i < tangent->count; i++) {
        penalty.along += (double)genrepi_real_read(tangent)[i];
    }
    if (status == 0) {
        status = genrepi_tape_tangent_backward(tape, output, NULL, NULL, 0, NULL, NULL, NULL);
    }
    genrepi_tensor_unref(tangent);
    genrepi_tensor_unref(g);
    if (status == 0) *out = penalty;
    return status;
}
