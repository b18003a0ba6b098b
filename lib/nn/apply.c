/* Applying a layer: checks, shapes, memory for the outputs, forward, and a node on the tape if a
 * gradient may flow through it. */
#include <nn/composite.h>
#include <nn/recording.h>
#include <base/pool.h>
#include <base/random.h>
#include <string.h>

#define LOCAL_INPUTS 16

int32_t genrepi_layer_outputs(const genrep_layer *layer) {
    if (layer->ops == &genrepi_chain_ops && layer->n_children > 0) {
        return genrepi_layer_outputs(layer->children[layer->n_children - 1]);
    }
    return layer->ops->n_out;
}

genrepi_call genrepi_node_call(genrep_tape *tape, genrepi_node *node, genrep_tensor **in,
                               genrep_tensor **out) {
    genrepi_call call = {.ctx = tape->ctx, .layer = node->layer, .ops = node->ops, .tape = tape};
    call.n_in = node->n_in;
    call.n_out = node->n_out;
    call.training = tape->training;
    call.frozen = node->frozen;
    call.stream = node->stream;
    call.in = in;
    call.out = out;
    memcpy(call.saved, node->saved, sizeof call.saved);
    return call;
}

static int32_t check_inputs(const genrep_layer *layer, const genrepi_layer_ops *ops,
                            genrep_tensor *const *in, int32_t n_in) {
    if (n_in < 1 || (ops->n_in != 0 && n_in != ops->n_in)) {
        return genrepi_layer_fail(layer, GENREP_E_INVALID, "takes %d input%s, got %d",
                                  (int)ops->n_in, ops->n_in == 1 ? "" : "s", (int)n_in);
    }
    for (int32_t i = 0; i < n_in; i++) {
        int integers = i < 32 && ((ops->integer_inputs >> i) & 1u) != 0;
        if (in[i]->dtype == GENREPI_REAL || (integers && in[i]->dtype == GENREP_I32)) continue;
        return genrepi_layer_fail(layer, GENREP_E_INVALID, "input %d is of %s, not of %s", (int)i,
                                  genrepi_dtype_name(in[i]->dtype),
                                  genrepi_dtype_name(integers ? GENREP_I32 : GENREPI_REAL));
    }
    return 0;
}

/* Whether anything wants a gradient from this application. */
static int wanted(const genrep_tape *tape, const genrep_layer *layer, const genrepi_layer_ops *ops,
                  genrep_tensor *const *in, int32_t n_in) {
    if (!tape->training) return 0;
    if (tape->frozen_depth == 0) {
        if (ops->update != NULL) return 1; /* running statistics move after backward */
        for (int32_t i = 0; i < layer->n_parameters; i++) {
            if (layer->parameters[i].gradient != NULL) return 1;
        }
    }
    for (int32_t i = 0; i < n_in; i++) {
        if (genrepi_tape_find(tape, in[i]) >= 0) return 1;
    }
    return 0;
}

static int32_t record(genrep_tape *tape, const genrepi_node *node, genrep_tensor *const *in,
                      genrep_tensor *const *out) {
    int32_t n = node->n_in + node->n_out;
    int32_t status = genrepi_tape_grow(tape, (void **)&tape->nodes, &tape->node_room,
                                       tape->n_nodes + 1, sizeof *tape->nodes);
    if (status == 0) {
        status = genrepi_tape_grow(tape, (void **)&tape->slots, &tape->slot_room, tape->n_slots + n,
                                   sizeof *tape->slots);
    }
    if (status == 0) {
        status = genrepi_tape_grow(tape, (void **)&tape->variables, &tape->variable_room,
                                   tape->n_variables + node->n_out, sizeof *tape->variables);
    }
    if (status != 0) return status;
    genrepi_slot *slot = tape->slots + tape->n_slots;
    for (int32_t i = 0; i < node->n_in; i++) {
        *slot++ = (genrepi_slot){genrepi_tensor_ref(in[i]), genrepi_tape_find(tape, in[i])};
    }
    for (int32_t i = 0; i < node->n_out; i++) {
        int64_t variable = tape->n_variables++;
        tape->variables[variable] = (genrepi_variable){0};
        out[i]->tape = tape;
        out[i]->recording = tape->recording;
        out[i]->variable = variable;
        *slot++ = (genrepi_slot){genrepi_tensor_ref(out[i]), variable};
    }
    tape->nodes[tape->n_nodes] = *node;
    tape->nodes[tape->n_nodes].first_slot = tape->n_slots;
    tape->n_nodes++;
    tape->n_slots += n;
    return 0;
}

int32_t genrepi_tape_apply_ops(genrep_tape *tape, const genrep_layer *layer,
                               const genrepi_layer_ops *ops, genrep_tensor *const *in, int32_t n_in,
                               genrep_tensor **out) {
    int32_t status = check_inputs(layer, ops, in, n_in);
    if (status != 0) return status;
    genrepi_shape local[LOCAL_INPUTS] = {{0}}, *shapes = local;
    genrepi_shape out_shapes[GENREPI_MAX_OUTPUTS];
    if (n_in > LOCAL_INPUTS) {
        shapes = genrepi_scratch_get(tape->ctx, (size_t)n_in * sizeof *shapes);
        if (shapes == NULL) return GENREP_E_NOMEM;
    }
    for (int32_t i = 0; i < n_in; i++) shapes[i] = in[i]->shape;
    status = ops->shape(layer, n_in, shapes, out_shapes);
    if (shapes != local) genrepi_scratch_put(tape->ctx, shapes);
    if (status != 0) return status;

    genrepi_node node = {.layer = layer, .ops = ops, .n_in = n_in, .n_out = ops->n_out};
    node.frozen = tape->frozen_depth > 0;
    node.stream =
        genrepi_stream(GENREPI_FOR_DROPOUT, (uint64_t)tape->step, (uint64_t)tape->applications);
    genrep_tensor *made[GENREPI_MAX_OUTPUTS] = {NULL};
    for (int32_t i = 0; i < ops->n_out && status == 0; i++) {
        status = genrepi_tape_tensor(tape, GENREPI_REAL, &out_shapes[i], &made[i]);
    }
    if (status == 0) {
        genrepi_call call = genrepi_node_call(tape, &node, (genrep_tensor **)(uintptr_t)in, made);
        status = ops->forward(&call);
        memcpy(node.saved, call.saved, sizeof node.saved);
    }
    int recorded = 0;
    if (status == 0 && wanted(tape, layer, ops, in, n_in)) {
        status = record(tape, &node, in, made);
        recorded = status == 0;
    }
    if (!recorded) {
        for (int32_t i = 0; i < 4; i++) genrepi_tensor_unref(node.saved[i]);
    }
    if (status != 0) {
        for (int32_t i = 0; i < ops->n_out; i++) genrepi_tensor_unref(made[i]);
        return status;
    }
    tape->applications++;
    for (int32_t i = 0; i < ops->n_out; i++) out[i] = made[i];
    return 0;
}

int32_t genrepi_layer_apply(const genrep_layer *layer, genrep_tape *tape, genrep_tensor *const *in,
                            int32_t n_in, genrep_tensor **out, int32_t n_out) {
    if (tape->gone_back) {
        return genrepi_fail(tape->ctx, GENREP_E_STATE,
                            "this recording has gone back already: reset the tape first");
    }
    if (n_out != genrepi_layer_outputs(layer)) {
        return genrepi_layer_fail(layer, GENREP_E_INVALID, "has %d output, asked for %d",
                                  (int)genrepi_layer_outputs(layer), (int)n_out);
    }
    int frozen = 0;
    for (int64_t i = 0; i < tape->n_frozen && !frozen; i++) frozen = tape->frozen[i] == layer;
    tape->frozen_depth += frozen;
    int32_t status = layer->ops->apply != NULL
                         ? layer->ops->apply(layer, tape, in, n_in, out)
                         : genrepi_tape_apply_ops(tape, layer, layer->ops, in, n_in, out);
    tape->frozen_depth -= frozen;
    return status;
}
