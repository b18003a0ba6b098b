/* Tapes: recording (here), applying layers (apply.c) and going back (backward.c). */
#include <nn/recording.h>
#include <base/random.h>
#include <kernel/kernel.h>

static const genrepi_option tape_rows[] = {GENREPI_OPTION_WORD(
    genrepi_tape_options, mode, "train", "train|eval",
    "train records for going back; eval records nothing, layers behave as in use")};
const genrepi_kind genrepi_kind_tape = {
    "options", "tape", "what genrep_tape_new() takes", tape_rows, GENREPI_COUNT(tape_rows),
    0,         0,      sizeof(genrepi_tape_options),   NULL};

genrep_ctx *genrepi_tape_ctx(const genrep_tape *tape) {
    return tape->ctx;
}

int32_t genrepi_tape_new(genrep_ctx *ctx, int32_t training, genrep_tape **out) {
    genrep_tape *tape = genrepi_alloc(ctx, 1, sizeof *tape);
    if (tape == NULL) return GENREP_E_NOMEM;
    int32_t status = genrepi_memory_new(ctx, &tape->memory);
    if (status != 0) {
        genrepi_free(ctx, tape);
        return status;
    }
    tape->ctx = genrepi_ctx_ref(ctx);
    atomic_init(&tape->refs, 1);
    tape->training = training;
    *out = tape;
    return 0;
}

genrep_tape *genrepi_tape_ref(genrep_tape *tape) {
    if (tape != NULL) genrepi_ref(&tape->refs);
    return tape;
}

void genrepi_tape_unref(genrep_tape *tape) {
    if (tape == NULL || !genrepi_unref(&tape->refs)) return;
    genrep_ctx *ctx = tape->ctx;
    genrepi_tape_reset(tape, 0);
    genrepi_memory_release(tape->memory);
    genrepi_free(ctx, tape->nodes);
    genrepi_free(ctx, tape->slots);
    genrepi_free(ctx, tape->variables);
    genrepi_free(ctx, tape->watched);
    genrepi_free(ctx, tape->frozen);
    genrepi_free(ctx, tape);
    genrepi_ctx_unref(ctx);
}

void genrepi_node_release(genrep_tape *tape, genrepi_node *node) {
    for (int32_t i = 0; i < 4; i++) {
        genrepi_tensor_unref(node->saved[i]);
        node->saved[i] = NULL;
    }
    for (int32_t i = 0; i < node->n_in + node->n_out; i++) {
        genrepi_slot *slot = &tape->slots[node->first_slot + i];
        genrepi_tensor_unref(slot->value);
        slot->value = NULL;
    }
}

void genrepi_tape_reset(genrep_tape *tape, int64_t step) {
    for (int64_t i = 0; i < tape->n_nodes; i++) genrepi_node_release(tape, &tape->nodes[i]);
    for (int64_t i = 0; i < tape->n_variables; i++) {
        genrepi_tensor_unref(tape->variables[i].cotangent);
        genrepi_tensor_unref(tape->variables[i].tangent);
    }
    for (int64_t i = 0; i < tape->n_watched; i++) {
        genrepi_tensor_unref(tape->watched[i].tensor);
    }
    tape->n_nodes = tape->n_slots = tape->n_variables = tape->n_watched = tape->n_frozen = 0;
    tape->applications = 0;
    tape->gone_back = 0;
    tape->step = step;
    tape->recording++;
}

int32_t genrepi_tape_grow(genrep_tape *tape, void **array, int64_t *capacity, int64_t need,
                          size_t bytes) {
    if (need <= *capacity) return 0;
    int64_t room = *capacity < 16 ? 16 : *capacity;
    while (room < need) room *= 2;
    void *grown = genrepi_realloc(tape->ctx, *array, room, bytes);
    if (grown == NULL) return GENREP_E_NOMEM;
    *array = grown;
    *capacity = room;
    return 0;
}

int32_t genrepi_tape_variable(genrep_tape *tape, int64_t *out) {
    int32_t status = genrepi_tape_grow(tape, (void **)&tape->variables, &tape->variable_room,
                                       tape->n_variables + 1, sizeof *tape->variables);
    if (status != 0) return status;
    tape->variables[tape->n_variables] = (genrepi_variable){0};
    *out = tape->n_variables++;
    return 0;
}

int64_t genrepi_tape_find(const genrep_tape *tape, const genrep_tensor *tensor) {
    if (tensor->tape == tape && tensor->recording == tape->recording) return tensor->variable;
    for (int64_t i = 0; i < tape->n_watched; i++) {
        if (tape->watched[i].tensor == tensor) return tape->watched[i].variable;
    }
    return -1;
}

int32_t genrepi_tape_watch(genrep_tape *tape, genrep_tensor *input) {
    if (!tape->training) {
        return genrepi_fail(tape->ctx, GENREP_E_STATE,
                            "a tape with mode=eval records no gradients");
    }
    if (input->dtype != GENREPI_REAL) {
        return genrepi_fail(tape->ctx, GENREP_E_INVALID,
                            "a tensor of %s has no gradient: only %s has",
                            genrepi_dtype_name(input->dtype), genrepi_dtype_name(GENREPI_REAL));
    }
    for (int64_t i = 0; i < tape->n_watched; i++) {
        if (tape->watched[i].tensor == input) return 0;
    }
    int64_t variable = genrepi_tape_find(tape, input);
    int32_t status = genrepi_tape_grow(tape, (void **)&tape->watched, &tape->watched_room,
                                       tape->n_watched + 1, sizeof *tape->watched);
    if (status == 0 && variable < 0) status = genrepi_tape_variable(tape, &variable);
    if (status != 0) return status;
    tape->watched[tape->n_watched++] = (genrepi_watched){genrepi_tensor_ref(input), variable};
    return 0;
}

int32_t genrepi_tape_freeze(genrep_tape *tape, const genrep_layer *layer) {
    int32_t status = genrepi_tape_grow(tape, (void **)&tape->frozen, &tape->frozen_room,
                                       tape->n_frozen + 1, sizeof *tape->frozen);
    if (status == 0) tape->frozen[tape->n_frozen++] = layer;
    return status;
}

int32_t genrepi_tape_grad(genrep_tape *tape, const genrep_tensor *input, genrep_tensor **out) {
    int64_t variable = -1;
    for (int64_t i = 0; i < tape->n_watched; i++) {
        if (tape->watched[i].tensor == input) variable = tape->watched[i].variable;
    }
    if (variable < 0) {
        return genrepi_fail(
            tape->ctx, GENREP_E_INVALID,
            "this tensor is not watched: call genrep_tape_watch() before it is used");
    }
    if (!tape->gone_back) {
        return genrepi_fail(tape->ctx, GENREP_E_STATE,
                            "there are no gradients yet: call genrep_tape_backward() first");
    }
    genrepi_variable *v = &tape->variables[variable];
    if (v->cotangent == NULL) { /* the loss does not depend on it */
        int32_t status = genrepi_tape_tensor(tape, GENREPI_REAL, &input->shape, &v->cotangent);
        if (status != 0) return status;
        status = genrepi_tensor_fill(v->cotangent, 0);
        if (status != 0) return status;
    }
    *out = genrepi_tensor_ref(v->cotangent);
    return 0;
}

static int all_finite(const genrep_tape *tape, const genrepi_slot *slots, int32_t n) {
    for (int32_t i = 0; i < n; i++) {
        const genrep_tensor *value = slots[i].value;
        if (value == NULL || value->dtype != GENREPI_REAL) continue;
        if (!tape->ctx->kernels->finite(value->count, genrepi_real_read(value))) return 0;
    }
    return 1;
}

const genrep_layer *genrepi_tape_not_finite(const genrep_tape *tape) {
    for (int64_t i = 0; i < tape->n_nodes; i++) {
        const genrepi_node *node = &tape->nodes[i];
        const genrepi_slot *slots = &tape->slots[node->first_slot];
        if (!all_finite(tape, slots + node->n_in, node->n_out))
            return all_finite(tape, slots, node->n_in) ? node->layer : NULL;
    }
    return NULL;
}

int32_t genrepi_tape_tensor(genrep_tape *tape, int32_t dtype, const genrepi_shape *shape,
                            genrep_tensor **out) {
    return genrepi_memory_tensor(tape->memory, dtype, shape, out);
}

int32_t genrepi_call_save(genrepi_call *call, int32_t slot, int32_t dtype,
                          const genrepi_shape *shape) {
    return genrepi_memory_tensor(call->tape->memory, dtype, shape, &call->saved[slot]);
}
