/* What the sweeps of gradient penalties share (sweep.h), and the first of them: the gradient by an
 * input. */
#include <nn/sweep.h>
#include <base/pool.h>

genrepi_variable *genrepi_node_variable(const genrep_tape *tape, const genrepi_node *node,
                                        int32_t i) {
    int64_t variable = tape->slots[node->first_slot + i].variable;
    return variable < 0 ? NULL : &tape->variables[variable];
}

genrepi_variable *genrepi_node_output(const genrep_tape *tape, const genrepi_node *node,
                                      int32_t i) {
    return genrepi_node_variable(tape, node, node->n_in + i);
}

void genrepi_drop(genrep_tensor **tensor) {
    genrepi_tensor_unref(*tensor);
    *tensor = NULL;
}

void genrepi_sweep_clear(genrep_tape *tape) {
    for (int64_t i = 0; i < tape->n_variables; i++) {
        genrepi_variable *v = &tape->variables[i];
        genrepi_drop(&v->cotangent);
        genrepi_drop(&v->tangent_cotangent);
        v->unwanted = 0;
        genrepi_drop(&v->tangent);
        v->role = 0;
    }
}

int32_t genrepi_sweep_zeros(genrep_tape *tape, const genrepi_shape *shape, genrep_tensor **out) {
    int32_t status = genrepi_tape_tensor(tape, GENREPI_REAL, shape, out);
    return status != 0 ? status : genrepi_tensor_fill(*out, 0);
}

int32_t genrepi_sweep_seed(genrep_tape *tape, const genrep_tensor *output,
                           const genrep_tensor *tensor, double number, genrep_tensor **out) {
    if (tensor != NULL && !genrepi_shape_equal(&tensor->shape, &output->shape)) {
        return genrepi_fail(tape->ctx, GENREP_E_INVALID,
                            "a cotangent has another shape than its output");
    }
    int32_t status = genrepi_tape_tensor(tape, GENREPI_REAL, &output->shape, out);
    if (status != 0) return status;
    return tensor != NULL ? genrepi_tensor_copy(*out, tensor) : genrepi_tensor_fill(*out, number);
}

int32_t genrepi_sweep_input(const genrep_tape *tape, const genrep_tensor *input,
                            genrepi_variable **out) {
    int64_t variable = genrepi_tape_find(tape, input);
    if (variable < 0) {
        return genrepi_fail(tape->ctx, GENREP_E_INVALID,
                            "a penalty's input is neither watched nor an output of this recording: "
                            "call genrep_tape_watch() before it is used");
    }
    *out = &tape->variables[variable];
    return 0;
}

int32_t genrepi_sweep_independent(const genrep_tape *tape) {
    return genrepi_fail(tape->ctx, GENREP_E_INVALID,
                        "the output of this recording does not depend on the penalty's input");
}

int genrepi_sweep_stops(const genrep_tape *tape, const genrepi_node *node) {
    int stops = 0;
    for (int32_t i = 0; i < node->n_out; i++) {
        stops |= genrepi_node_output(tape, node, i)->role & GENREPI_ROLE_INPUT;
    }
    return stops;
}

/* Cotangents are wanted where a value depends on the input. */
static void want_dependents(genrep_tape *tape, genrepi_variable *input) {
    for (int64_t i = 0; i < tape->n_variables; i++) tape->variables[i].unwanted = 1;
    input->unwanted = 0;
    input->role = GENREPI_ROLE_INPUT;
    for (int64_t n = 0; n < tape->n_nodes; n++) {
        const genrepi_node *node = &tape->nodes[n];
        int depends = 0;
        for (int32_t i = 0; i < node->n_in; i++) {
            const genrepi_variable *v = genrepi_node_variable(tape, node, i);
            depends |= v != NULL && !v->unwanted;
        }
        for (int32_t i = 0; i < node->n_out && depends; i++)
            genrepi_node_output(tape, node, i)->unwanted = 0;
    }
}

static int32_t gradient_sweep(genrep_tape *tape) {
    int32_t status = 0;
    genrep_tensor **arrays = genrepi_tape_arrays(tape, 2);
    if (arrays == NULL) return GENREP_E_NOMEM;
    for (int64_t n = tape->n_nodes; n-- > 0 && status == 0;) {
        genrepi_node *node = &tape->nodes[n];
        if (genrepi_sweep_stops(tape, node)) continue;
        status = genrepi_node_backward(tape, node, GENREPI_SWEEP_INPUTS, arrays);
        for (int32_t i = 0; i < node->n_out; i++)
            genrepi_drop(&genrepi_node_output(tape, node, i)->cotangent);
    }
    genrepi_scratch_put(tape->ctx, arrays);
    return status;
}

int32_t genrepi_tape_input_gradient(genrep_tape *tape, const genrep_tensor *output,
                                    const genrep_tensor *input, genrep_tensor **out) {
    genrepi_variable *from = NULL;
    int32_t status = genrepi_tape_check(tape, output);
    if (status == 0) status = genrepi_sweep_input(tape, input, &from);
    if (status != 0) return status;
    genrepi_variable *to = &tape->variables[genrepi_tape_find(tape, output)];
    genrepi_sweep_clear(tape);
    want_dependents(tape, from);
    if (to->unwanted) {
        status = genrepi_sweep_independent(tape);
    } else {
        status = genrepi_sweep_seed(tape, output, NULL, 1, &to->cotangent);
    }
    if (status == 0) status = gradient_sweep(tape);
    if (status == 0) {
        *out = from->cotangent;
        from->cotangent = NULL;
    }
    genrepi_sweep_clear(tape);
    return status;
}
