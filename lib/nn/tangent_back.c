/* Back from an output and its tangent (see sweep.h). */
#include <nn/sweep.h>
#include <base/pool.h>

static genrep_tensor **cotangent_of(genrepi_variable *v, int tangents) {
    return tangents ? &v->tangent_cotangent : &v->cotangent;
}

/* Whether any cotangent of the outputs, or of their tangents, is there; then those that are missing
 * become zeros. */
static int32_t complete(genrep_tape *tape, const genrepi_node *node, int tangents, int *any) {
    int32_t status = 0;
    *any = 0;
    for (int32_t i = 0; i < node->n_out; i++) {
        *any |= *cotangent_of(genrepi_node_output(tape, node, i), tangents) != NULL;
    }
    for (int32_t i = 0; i < node->n_out && *any && status == 0; i++) {
        genrep_tensor **cotangent = cotangent_of(genrepi_node_output(tape, node, i), tangents);
        const genrep_tensor *value = tape->slots[node->first_slot + node->n_in + i].value;
        if (*cotangent == NULL) status = genrepi_sweep_zeros(tape, &value->shape, cotangent);
    }
    return status;
}

static int32_t wanted_inputs(genrep_tape *tape, const genrepi_node *node,
                             const genrepi_tangent_call *t) {
    const int bends = t->call.d_out != NULL || !node->ops->straight;
    int32_t status = 0;
    for (int32_t i = 0; i < node->n_in && status == 0; i++) {
        const genrepi_variable *v = genrepi_node_variable(tape, node, i);
        const genrepi_shape *shape = &t->call.in[i]->shape;
        if (v == NULL || v->unwanted) continue;
        if (bends) status = genrepi_tape_tensor(tape, GENREPI_REAL, shape, &t->call.d_in[i]);
        if (status != 0 || v->tangent == NULL) continue;
        status = genrepi_tape_tensor(tape, GENREPI_REAL, shape, &t->call.q_in[i]);
    }
    return status;
}

static int32_t node_tangent_backward(genrep_tape *tape, genrepi_node *node,
                                     genrep_tensor **arrays) {
    int any_d = 0, any_q = 0;
    int32_t status = complete(tape, node, 0, &any_d);
    if (status == 0) status = complete(tape, node, 1, &any_q);
    if (status != 0) return status;
    if (!any_q) return genrepi_node_backward(tape, node, GENREPI_SWEEP_PENALTY, arrays);
    genrepi_tangent_call t = genrepi_tangent_prepare(tape, node, arrays);
    if (any_d) t.call.d_out = t.call.d_in + node->n_in;
    for (int32_t i = 0; i < node->n_out; i++) {
        const genrepi_variable *v = genrepi_node_output(tape, node, i);
        t.call.q_out[i] = v->tangent_cotangent;
        if (any_d) t.call.d_out[i] = v->cotangent;
    }
    status = genrepi_tangent_still(tape, &t);
    if (status == 0) status = wanted_inputs(tape, node, &t);
    if (status == 0) status = node->ops->tangent_backward(&t.call);
    genrepi_tangent_drop_still(tape, node, &t);
    for (int32_t i = 0; i < node->n_in; i++) {
        genrepi_variable *v = genrepi_node_variable(tape, node, i);
        if (status != 0) {
            genrepi_drop(&t.call.d_in[i]);
            genrepi_drop(&t.call.q_in[i]);
            continue;
        }
        if (t.call.d_in[i] != NULL) genrepi_tape_flow(tape, &v->cotangent, t.call.d_in[i]);
        if (t.call.q_in[i] != NULL) genrepi_tape_flow(tape, &v->tangent_cotangent, t.call.q_in[i]);
    }
    return status;
}

static int32_t back_sweep(genrep_tape *tape) {
    int32_t status = 0;
    genrep_tensor **arrays = genrepi_tape_arrays(tape, 4);
    if (arrays == NULL) return GENREP_E_NOMEM;
    for (int64_t n = tape->n_nodes; n-- > 0 && status == 0;) {
        genrepi_node *node = &tape->nodes[n];
        if (genrepi_sweep_stops(tape, node)) continue;
        status = node_tangent_backward(tape, node, arrays);
        for (int32_t i = 0; i < node->n_out; i++) {
            genrepi_variable *v = genrepi_node_output(tape, node, i);
            genrepi_drop(&v->cotangent);
            genrepi_drop(&v->tangent_cotangent);
            genrepi_drop(&v->tangent);
        }
    }
    genrepi_scratch_put(tape->ctx, arrays);
    return status;
}

/* An input's gradient, or zeros where none came. */
static int32_t take(genrep_tape *tape, const genrep_tensor *input, genrep_tensor **from,
                    genrep_tensor **out) {
    if (*from == NULL) return genrepi_sweep_zeros(tape, &input->shape, out);
    *out = genrepi_tensor_ref(*from);
    return 0;
}

int32_t genrepi_tape_tangent_backward(genrep_tape *tape, const genrep_tensor *output,
                                      const genrep_tensor *q, const genrep_tensor *d, int32_t n,
                                      genrep_tensor *const *inputs, genrep_tensor **x_gradients,
                                      genrep_tensor **t_gradients) {
    int32_t status = genrepi_tape_check(tape, output);
    if (status != 0) return status;
    genrepi_variable *from = &tape->variables[genrepi_tape_find(tape, output)];
    if (from->tangent == NULL) {
        return genrepi_fail(tape->ctx, GENREP_E_STATE, "the output has no tangent yet");
    }
    for (int64_t i = 0; i < tape->n_variables && x_gradients == NULL; i++) {
        tape->variables[i].unwanted = tape->variables[i].role & GENREPI_ROLE_INPUT;
    }
    status = genrepi_sweep_seed(tape, output, q, 1, &from->tangent_cotangent);
    if (status == 0 && d != NULL) status = genrepi_sweep_seed(tape, output, d, 0, &from->cotangent);
    if (status == 0) status = back_sweep(tape);
    int32_t taken = 0;
    for (; taken < n && x_gradients != NULL && status == 0; taken++) {
        genrepi_variable *v = NULL;
        x_gradients[taken] = t_gradients[taken] = NULL;
        status = genrepi_sweep_input(tape, inputs[taken], &v);
        if (status == 0) status = take(tape, inputs[taken], &v->cotangent, &x_gradients[taken]);
        if (status == 0) {
            status = take(tape, inputs[taken], &v->tangent_cotangent, &t_gradients[taken]);
        }
    }
    for (int32_t i = 0; i < taken && status != 0; i++) {
        genrepi_drop(&x_gradients[i]);
        genrepi_drop(&t_gradients[i]);
    }
    genrepi_sweep_clear(tape);
    return status;
}
