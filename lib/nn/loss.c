/* What the element-wise losses share. */
#include <nn/loss.h>

int32_t genrepi_loss_shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                           genrepi_shape *out) {
    out[0].rank = 0;
    for (int32_t i = 0; i < n_in; i++) {
        if (in[i].rank >= 0 && genrepi_axes_count(&in[i], 0, in[i].rank) == 0) {
            return genrepi_fail_shape(layer, &in[i], "at least one element, since it is a mean");
        }
    }
    if (n_in < 2 || in[0].rank < 0 || in[1].rank < 0) return 0;
    int same = in[0].rank == in[1].rank;
    for (int32_t i = 0; same && i < in[0].rank; i++) {
        same = in[0].size[i] < 0 || in[1].size[i] < 0 || in[0].size[i] == in[1].size[i];
    }
    if (same) return 0;
    char text[GENREPI_SHAPE_BYTES];
    return genrepi_fail_shape(layer, &in[1], "a target of the prediction's shape %s",
                              genrepi_shape_text(&in[0], text));
}

int32_t genrepi_loss_shape_one_or_two(const genrep_layer *layer, int32_t n_in,
                                      const genrepi_shape *in, genrepi_shape *out) {
    if (n_in > 2) {
        return genrepi_layer_fail(layer, GENREP_E_INVALID,
                                  "takes a prediction and perhaps a target, got %d inputs",
                                  (int)n_in);
    }
    return genrepi_loss_shape(layer, n_in, in, out);
}

int32_t genrepi_loss_forward(genrepi_call *call, genrepi_piece_sum *value, real target) {
    genrepi_loss loss = {.x = genrepi_real_read(call->in[0]),
                         .t = call->n_in > 1 ? genrepi_real_read(call->in[1]) : NULL,
                         .target = target};
    int64_t n = call->in[0]->count;
    double sum = genrepi_sum_pieces(call->ctx, n, value, &loss);
    genrepi_real(call->out[0])[0] = (real)(sum / (double)n);
    return 0;
}

void genrepi_loss_backward(genrepi_call *call, int32_t input, genrepi_piece *body, real target) {
    if (input >= call->n_in || call->d_in[input] == NULL) return;
    int64_t n = call->in[0]->count;
    genrepi_loss loss = {.x = genrepi_real_read(call->in[0]),
                         .t = call->n_in > 1 ? genrepi_real_read(call->in[1]) : NULL,
                         .target = target,
                         .scale = genrepi_real_read(call->d_out[0])[0] / (real)n,
                         .d = genrepi_real(call->d_in[input])};
    genrepi_map_pieces(call->ctx, n, body, &loss);
}
