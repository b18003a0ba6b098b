/* Tangents through a recording, from the inputs to an output (see sweep.h). */
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

genrepi_tangent_call genrepi_tangent_prepare(genrep_tape *tape, genrepi_node *node,
                                             genrep_tensor **arrays) {
    const int32_t n = node->n_in + node->n_out;
    genrepi_tangent_call t = {.call = genrepi_node_call(tape, node, arrays, arrays + node->n_in)};
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

int32_t genrepi_tangent_still(genrep_tape *tape, const genrepi_tangent_call *t) {
    int32_t status = 0;
    for (int32_t i = 0; i < t->call.n_in && status == 0; i++) {
        if (t->call.t_in[i] != NULL || t->call.in[i]->dtype != GENREPI_REAL) continue;
        status = genrepi_sweep_zeros(tape, &t->call.in[i]->shape, &t->call.t_in[i]);
    }
    return status;
}

void genrepi_tangent_drop_still(genrep_tape *tape, const genrepi_node *node,
                                const genrepi_tangent_call *t) {
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
    genrepi_tangent_call t = genrepi_tangent_prepare(tape, node, arrays);
    if (!t.moves) return 0;
    if (node->ops->tangent == NULL) {
        return genrepi_layer_fail(node->layer, GENREP_E_UNSUPPORTED,
                                  "has no tangent: gradient penalties cannot go through it");
    }
    int32_t status = genrepi_tangent_still(tape, &t);
    for (int32_t i = 0; i < node->n_out && status == 0; i++) {
        genrepi_variable *v = genrepi_node_output(tape, node, i);
        status = genrepi_tape_tensor(tape, GENREPI_REAL, &t.call.out[i]->shape, &v->tangent);
        t.call.t_out[i] = v->tangent;
    }
    if (status == 0) status = node->ops->tangent(&t.call);
    genrepi_tangent_drop_still(tape, node, &t);
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
