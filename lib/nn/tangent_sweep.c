/* Tangents through a recording, and back (see sweep.h). */
#include <nn/sweep.h>
#include <base/pool.h>
#include <string.h>

/* What the output does not depend on, a loss or another network, needs no tangents. */
static void find_leading(genrep_tape *tape, genrepi_variable *output) {
    output->role |= GENREPI_ROLE_LEADS;
    for (int64_t n = tape->n_nodes; n-- > 0;) {
        const genrepi_node *node = &tape->nodes[n];
        int leads = 0;
        for (int32_t i = 0; i < node->n_out; i++) {
            leads |= genrepi_node_output(tape, node, i)->role & GENREPI_ROLE_LEADS;
        }
        for (int32_t i = 0; i < node->n_in && leads; i++) {
            genrepi_variable *v = genrepi_node_variable(tape, node, i);
            if (v != NULL) v->role |= GENREPI_ROLE_LEADS;
        }
    }
}

/* The arrays of a call with tangents: of four. */
typedef struct tangent_call {
    genrepi_call call;
    int32_t moves; /* an input has a tangent */
} tangent_call;

static tangent_call prepare(genrep_tape *tape, genrepi_node *node, genrep_tensor **arrays) {
    const int32_t n = node->n_in + node->n_out;
    tangent_call t = {.call = genrepi_node_call(tape, node, arrays, arrays + node->n_in)};
    t.call.t_in = arrays + n;
    t.call.t_out = t.call.t_in + node->n_in;
    t.call.d_in = arrays + 2 * n;
    t.call.q_in = arrays + 3 * n;
    t.call.q_out = t.call.q_in + node->n_in;
    memset(arrays, 0, 4 * (size_t)n * sizeof(genrep_tensor *));
    for (int32_t i = 0; i < n; i++) {
        const genrepi_variable *v = genrepi_node_variable(tape, node, i);
        arrays[i] = tape->slots[node->first_slot + i].value;
        arrays[n + i] = v == NULL ? NULL : v->tangent;
        t.moves |= i < node->n_in && arrays[n + i] != NULL;
    }
    return t;
}

/* Tangents of inputs that do not move, for the time of the call. */
static int32_t still_inputs(genrep_tape *tape, const tangent_call *t) {
    int32_t status = 0;
    for (int32_t i = 0; i < t->call.n_in && status == 0; i++) {
        if (t->call.t_in[i] != NULL || t->call.in[i]->dtype != GENREPI_REAL) continue;
        status = genrepi_sweep_zeros(tape, &t->call.in[i]->shape, &t->call.t_in[i]);
    }
    return status;
}

static void drop_still_inputs(genrep_tape *tape, const genrepi_node *node, const tangent_call *t) {
    for (int32_t i = 0; i < node->n_in; i++) {
        const genrepi_variable *v = genrepi_node_variable(tape, node, i);
        if (v == NULL || v->tangent == NULL) genrepi_drop(&t->call.t_in[i]);
    }
}

static int32_t node_tangent(genrep_tape *tape, genrepi_node *node, genrep_tensor **arrays) {
    int leads = 0;
    for (int32_t i = 0; i < node->n_out; i++) {
        leads |= genrepi_node_output(tape, node, i)->role & GENREPI_ROLE_LEADS;
    }
    if (!leads || genrepi_sweep_stops(tape, node)) return 0;
    tangent_call t = prepare(tape, node, arrays);
    if (!t.moves) return 0;
    if (node->ops->tangent == NULL) {
        return genrepi_layer_fail(node->layer, GENREP_E_UNSUPPORTED,
                                  "has no tangent: gradient penalties cannot go through it");
    }
    int32_t status = still_inputs(tape, &t);
    for (int32_t i = 0; i < node->n_out && status == 0; i++) {
        genrepi_variable *v = genrepi_node_output(tape, node, i);
        status = genrepi_tape_tensor(tape, GENREPI_REAL, &t.call.out[i]->shape, &v->tangent);
        t.call.t_out[i] = v->tangent;
    }
    if (status == 0) status = node->ops->tangent(&t.call);
    drop_still_inputs(tape, node, &t);
    return status;
}

static int32_t tangent_sweep(genrep_tape *tape) {
    int32_t status = 0;
    genrep_tensor **arrays = genrepi_tape_arrays(tape, 4);
    if (arrays == NULL) return GENREP_E_NOMEM;
    for (int64_t n = 0; n < tape->n_nodes && status == 0; n++) {
        status = node_tangent(tape, &tape->nodes[n], arrays);
    }
    genrepi_scratch_put(tape->ctx, arrays);
    return status;
}

int32_t genrepi_tape_tangent(genrep_tape *tape, int32_t n, genrep_tensor *const *inputs,
                             genrep_tensor *const *tangents, const genrep_tensor *output,
                             genrep_tensor **out) {
    int32_t status = genrepi_tape_check(tape, output);
    if (status != 0) return status;
    genrepi_sweep_clear(tape);
    for (int32_t i = 0; i < n && status == 0; i++) {
        genrepi_variable *v = NULL;
        if (!genrepi_shape_equal(&inputs[i]->shape, &tangents[i]->shape)) {
            status = genrepi_fail(tape->ctx, GENREP_E_INVALID,
                                  "tangent %d has another shape than its input", (int)i);
        }
        if (status == 0) status = genrepi_sweep_input(tape, inputs[i], &v);
        if (status != 0) break;
        genrepi_drop(&v->tangent);
        v->tangent = genrepi_tensor_ref(tangents[i]);
        v->role = GENREPI_ROLE_INPUT;
    }
    genrepi_variable *to = &tape->variables[genrepi_tape_find(tape, output)];
    if (status == 0) {
        find_leading(tape, to);
        status = tangent_sweep(tape);
    }
    if (status == 0 && to->tangent == NULL) status = genrepi_sweep_independent(tape);
    if (status == 0) {
        *out = genrepi_tensor_ref(to->tangent);
    } else {
        genrepi_sweep_clear(tape);
    }
    return status;
}

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

static int32_t wanted_inputs(genrep_tape *tape, const genrepi_node *node, const tangent_call *t) {
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
    tangent_call t = prepare(tape, node, arrays);
    if (any_d) t.call.d_out = t.call.d_in + node->n_in;
    for (int32_t i = 0; i < node->n_out; i++) {
        const genrepi_variable *v = genrepi_node_output(tape, node, i);
        t.call.q_out[i] = v->tangent_cotangent;
        if (any_d) t.call.d_out[i] = v->cotangent;
    }
    status = still_inputs(tape, &t);
    if (status == 0) status = wanted_inputs(tape, node, &t);
    if (status == 0) status = node->ops->tangent_backward(&t.call);
    drop_still_inputs(tape, node, &t);
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
