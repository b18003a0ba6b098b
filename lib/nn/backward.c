/* Going back: cotangents from the outputs to the inputs, node by node in reverse order.  A node's
 * values and cotangents are given back to the tape's memory as soon as it is done, so that the
 * cotangents of earlier layers reuse the activations of later ones. */
#include <nn/recording.h>
#include <kernel/elementwise.h>
#include <base/pool.h>

typedef struct add_state {
    const real *from;
    real *to;
} add_state;

static void add_piece(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const add_state *s = opaque;
    k->add(end - begin, s->from + begin, s->to + begin, s->to + begin);
}

void genrepi_tape_flow(genrep_tape *tape, genrep_tensor **to, genrep_tensor *cotangent) {
    if (*to == NULL) {
        *to = cotangent;
        return;
    }
    add_state state = {genrepi_real_read(cotangent), genrepi_real(*to)};
    genrepi_map_pieces(tape->ctx, cotangent->count, add_piece, &state);
    genrepi_tensor_unref(cotangent);
}

static void flow(genrep_tape *tape, int64_t variable, genrep_tensor *cotangent) {
    genrepi_tape_flow(tape, &tape->variables[variable].cotangent, cotangent);
}

int32_t genrepi_node_backward(genrep_tape *tape, genrepi_node *node, int32_t sweep,
                              genrep_tensor **arrays) {
    genrepi_slot *slots = tape->slots + node->first_slot;
    genrep_tensor **in = arrays, **out = in + node->n_in;
    genrep_tensor **d_in = out + node->n_out, **d_out = d_in + node->n_in;
    int reached = 0;
    for (int32_t i = 0; i < node->n_out; i++) {
        reached |= tape->variables[slots[node->n_in + i].variable].cotangent != NULL;
    }
    if (!reached) return 0;
    int32_t status = 0;
    for (int32_t i = 0; i < node->n_in; i++) {
        in[i] = slots[i].value;
        d_in[i] = NULL;
    }
    for (int32_t i = 0; i < node->n_out && status == 0; i++) {
        genrepi_slot *slot = &slots[node->n_in + i];
        genrepi_variable *v = &tape->variables[slot->variable];
        out[i] = slot->value;
        if (v->cotangent == NULL) {
            status = genrepi_tape_tensor(tape, GENREPI_REAL, &slot->value->shape, &v->cotangent);
            if (status == 0) status = genrepi_tensor_fill(v->cotangent, 0);
        }
        d_out[i] = v->cotangent;
    }
    for (int32_t i = 0; i < node->n_in && status == 0; i++) {
        if (slots[i].variable < 0 || tape->variables[slots[i].variable].unwanted) continue;
        status = genrepi_tape_tensor(tape, GENREPI_REAL, &in[i]->shape, &d_in[i]);
    }
    if (status == 0) {
        genrepi_call call = genrepi_node_call(tape, node, in, out);
        call.d_in = d_in;
        call.d_out = d_out;
        if (sweep == GENREPI_SWEEP_INPUTS) call.frozen = 1;
        status = node->ops->backward(&call);
        if (status == 0 && node->ops->update != NULL && !node->frozen &&
            sweep == GENREPI_SWEEP_BACK) {
            node->ops->update(&call);
        }
    }
    for (int32_t i = 0; i < node->n_in; i++) {
        if (d_in[i] == NULL) continue;
        if (status == 0) {
            flow(tape, slots[i].variable, d_in[i]);
        } else {
            genrepi_tensor_unref(d_in[i]);
        }
    }
    return status;
}

static int is_watched(const genrep_tape *tape, int64_t variable) {
    for (int64_t i = 0; i < tape->n_watched; i++) {
        if (tape->watched[i].variable == variable) return 1;
    }
    return 0;
}

genrep_tensor **genrepi_tape_arrays(genrep_tape *tape, int32_t each) {
    int32_t most = 0;
    for (int64_t i = 0; i < tape->n_nodes; i++) {
        int32_t n = tape->nodes[i].n_in + tape->nodes[i].n_out;
        if (n > most) most = n;
    }
    return genrepi_scratch_get(tape->ctx,
                               (size_t)each * (size_t)(most + 1) * sizeof(genrep_tensor *));
}

static int32_t go_back(genrep_tape *tape) {
    int32_t status = 0;
    genrep_tensor **arrays = genrepi_tape_arrays(tape, 2);
    if (arrays == NULL) return GENREP_E_NOMEM;
    for (int64_t i = tape->n_nodes; i-- > 0 && status == 0;) {
        genrepi_node *node = &tape->nodes[i];
        status = genrepi_node_backward(tape, node, GENREPI_SWEEP_BACK, arrays);
        for (int32_t o = 0; o < node->n_out; o++) {
            int64_t variable = tape->slots[node->first_slot + node->n_in + o].variable;
            if (is_watched(tape, variable)) continue;
            genrepi_tensor_unref(tape->variables[variable].cotangent);
            tape->variables[variable].cotangent = NULL;
        }
        genrepi_node_release(tape, node);
    }
    genrepi_scratch_put(tape->ctx, arrays);
    return status;
}

int32_t genrepi_tape_check(const genrep_tape *tape, const genrep_tensor *output) {
    if (!tape->training) {
        return genrepi_fail(tape->ctx, GENREP_E_STATE, "a tape with mode=eval cannot go back");
    }
    if (tape->gone_back) {
        return genrepi_fail(tape->ctx, GENREP_E_STATE,
                            "this recording has gone back already: reset the tape first");
    }
    if (genrepi_tape_find(tape, output) < 0) {
        return genrepi_fail(tape->ctx, GENREP_E_INVALID,
                            "the loss does not come from this recording, or nothing it depends on "
                            "has a gradient");
    }
    return 0;
}

int32_t genrepi_tape_backward_from(genrep_tape *tape, int32_t n, genrep_tensor *const *outputs,
                                   genrep_tensor *const *cotangents) {
    int32_t status = 0;
    for (int32_t i = 0; i < n; i++) {
        status = genrepi_tape_check(tape, outputs[i]);
        if (status == 0 && !genrepi_shape_equal(&outputs[i]->shape, &cotangents[i]->shape)) {
            status = genrepi_fail(tape->ctx, GENREP_E_INVALID,
                                  "cotangent %d has another shape than its output", (int)i);
        }
        if (status != 0) return status;
    }
    for (int32_t i = 0; i < n; i++) {
        genrep_tensor *seed = NULL;
        status = genrepi_tape_tensor(tape, GENREPI_REAL, &outputs[i]->shape, &seed);
        if (status == 0) status = genrepi_tensor_copy(seed, cotangents[i]);
        if (status != 0) {
            genrepi_tensor_unref(seed);
            return status;
        }
        flow(tape, genrepi_tape_find(tape, outputs[i]), seed);
    }
    tape->gone_back = 1;
    return go_back(tape);
}

int32_t genrepi_tape_backward(genrep_tape *tape, const genrep_tensor *loss) {
    int32_t status = genrepi_tape_check(tape, loss);
    if (status != 0) return status;
    if (loss->count != 1) {
        char text[GENREPI_SHAPE_BYTES];
        return genrepi_fail(tape->ctx, GENREP_E_INVALID,
                            "the loss must be one number, this has the shape %s",
                            genrepi_shape_text(&loss->shape, text));
    }
    genrep_tensor *seed = NULL;
    status = genrepi_tape_tensor(tape, GENREPI_REAL, &loss->shape, &seed);
    if (status != 0) return status;
    genrepi_real(seed)[0] = 1;
    flow(tape, genrepi_tape_find(tape, loss), seed);
    tape->gone_back = 1;
    return go_back(tape);
}
