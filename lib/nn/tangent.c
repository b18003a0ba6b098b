/* See tangent.h. */
#include <nn/tangent.h>

int32_t genrepi_tangent_linear(genrepi_call *call) {
    genrepi_call of_tangents = *call;
    of_tangents.linear = 1;
    of_tangents.in = call->t_in;
    of_tangents.out = call->t_out;
    return call->ops->forward(&of_tangents);
}

int32_t genrepi_tangent_linear_backward(genrepi_call *call) {
    genrepi_call of_tangents = *call;
    of_tangents.linear = 1;
    of_tangents.in = call->t_in;
    of_tangents.out = call->t_out;
    of_tangents.d_in = call->q_in;
    of_tangents.d_out = call->q_out;
    int32_t status = call->ops->backward(&of_tangents);
    return status != 0 ? status : genrepi_tangent_back_d(call);
}

int32_t genrepi_tangent_symmetric(genrepi_call *call) {
    genrepi_call back = *call;
    back.frozen = 1;
    back.d_out = call->t_in;
    back.d_in = call->t_out;
    return call->ops->backward(&back);
}

int32_t genrepi_tangent_back_q(genrepi_call *call) {
    genrepi_call back = *call;
    back.frozen = 1;
    back.d_out = call->q_out;
    back.d_in = call->q_in;
    return call->ops->backward(&back);
}

int32_t genrepi_tangent_back_d(genrepi_call *call) {
    return call->d_out != NULL ? call->ops->backward(call) : 0;
}

int32_t genrepi_tangent_back_d_or_zeros(genrepi_call *call) {
    int32_t status = genrepi_tangent_back_d(call);
    for (int32_t i = 0; i < call->n_in && call->d_out == NULL && status == 0; i++) {
        if (call->d_in[i] != NULL) status = genrepi_tensor_fill(call->d_in[i], 0);
    }
    return status;
}

int32_t genrepi_tangent_straight_backward(genrepi_call *call) {
    int32_t status = genrepi_tangent_back_q(call);
    return status != 0 ? status : genrepi_tangent_back_d(call);
}

int32_t genrepi_tangent_pointwise_backward(genrepi_call *call, genrepi_piece *body,
                                           const genrep_tensor *kept) {
    int32_t status = genrepi_tangent_back_q(call);
    if (status != 0 || call->d_in[0] == NULL) return status;
    genrepi_bend state = {.kept = genrepi_real_read(kept),
                          .t = genrepi_real_read(call->t_in[0]),
                          .q = genrepi_real_read(call->q_out[0]),
                          .d = call->d_out != NULL ? genrepi_real_read(call->d_out[0]) : NULL,
                          .to = genrepi_real(call->d_in[0])};
    genrepi_map_pieces(call->ctx, call->d_in[0]->count, body, &state);
    return 0;
}

void genrepi_bend_add(const genrepi_kernels *k, const genrepi_bend *s, int64_t begin, int64_t end) {
    if (s->d != NULL) k->add(end - begin, s->d + begin, s->to + begin, s->to + begin);
}
