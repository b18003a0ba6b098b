/* What all optimizers share: the layers and their parameters, cut into pieces of a fixed size once,
 * so that a step is one pass over a flat list and allocates nothing. */
#include <stdio.h>
#include <base/pool.h>
#include <kernel/elementwise.h>
#include <optim/optimizer.h>

int32_t genrepi_optimizer_new(genrep_ctx *ctx, const char *spec, genrep_optimizer **out) {
    const genrepi_kind *kind;
    void *options;
    int32_t status = genrepi_spec_make(ctx, "optimizer", spec, &kind, &options);
    if (status != GENREP_OK) return status;
    status = genrepi_schedule_check(ctx, kind->name, options);
    genrep_optimizer *optimizer = NULL;
    if (status == GENREP_OK) {
        optimizer = genrepi_alloc(ctx, 1, sizeof *optimizer);
        if (optimizer == NULL) status = GENREP_E_NOMEM;
    }
    if (status != GENREP_OK) {
        genrepi_options_free(ctx, kind, options);
        return status;
    }
    optimizer->ctx = genrepi_ctx_ref(ctx);
    atomic_init(&optimizer->refs, 1);
    optimizer->kind = kind;
    optimizer->ops = kind->implementation;
    optimizer->options = options;
    optimizer->best = HUGE_VAL;
    optimizer->scale = 1;
    if (optimizer->ops->needs_slots == NULL || optimizer->ops->needs_slots(options))
        while (optimizer->n_slots < GENREPI_MAX_SLOTS &&
               optimizer->ops->slots[optimizer->n_slots] != NULL)
            optimizer->n_slots++;
    *out = optimizer;
    return GENREP_OK;
}

genrep_optimizer *genrepi_optimizer_ref(genrep_optimizer *optimizer) {
    if (optimizer != NULL) genrepi_ref(&optimizer->refs);
    return optimizer;
}

static void free_slots(genrepi_optimizer_parameter *parameter) {
    for (int32_t s = 0; s < GENREPI_MAX_SLOTS; s++) genrepi_tensor_unref(parameter->slots[s]);
}

void genrepi_optimizer_unref(genrep_optimizer *optimizer) {
    if (optimizer == NULL || !genrepi_unref(&optimizer->refs)) return;
    genrep_ctx *ctx = optimizer->ctx;
    for (int64_t i = 0; i < optimizer->n_parameters; i++) free_slots(&optimizer->parameters[i]);
    for (int32_t i = 0; i < optimizer->n_layers; i++) genrepi_layer_unref(optimizer->layers[i]);
    genrepi_free(ctx, optimizer->pieces);
    genrepi_free(ctx, optimizer->parameters);
    genrepi_free(ctx, optimizer->layers);
    genrepi_options_free(ctx, optimizer->kind, optimizer->options);
    genrepi_free(ctx, optimizer);
    genrepi_ctx_unref(ctx);
}

static int64_t pieces_of(const genrepi_parameter_entry *entry) {
    return (entry->gradient->count + GENREPI_PIECE - 1) / GENREPI_PIECE;
}

/* Makes room for what a layer adds.  What is there stays, also on failure. */
static int32_t reserve(genrep_optimizer *optimizer, int64_t parameters, int64_t pieces) {
    genrep_ctx *ctx = optimizer->ctx;
    void *grown =
        genrepi_realloc(ctx, optimizer->layers, optimizer->n_layers + 1, sizeof *optimizer->layers);
    if (grown == NULL) return GENREP_E_NOMEM;
    optimizer->layers = grown;
    grown = genrepi_realloc(ctx, optimizer->parameters, optimizer->n_parameters + parameters,
                            sizeof *optimizer->parameters);
    if (grown == NULL) return GENREP_E_NOMEM;
    optimizer->parameters = grown;
    grown = genrepi_realloc(ctx, optimizer->pieces, optimizer->n_pieces + pieces,
                            sizeof *optimizer->pieces);
    if (grown == NULL) return GENREP_E_NOMEM;
    optimizer->pieces = grown;
    return GENREP_OK;
}

static int32_t fill_parameter(genrep_optimizer *optimizer, const genrepi_parameter_entry *entry,
                              genrepi_optimizer_parameter *parameter) {
    *parameter = (genrepi_optimizer_parameter){
        entry->value, entry->gradient, {NULL}, entry->name, optimizer->n_layers};
    for (int32_t s = 0; s < optimizer->n_slots; s++) {
        int32_t status = genrepi_tensor_new(optimizer->ctx, GENREPI_REAL, &entry->value->shape, 1,
                                            &parameter->slots[s]);
        if (status == GENREP_OK && optimizer->ops->initial != NULL)
            status = genrepi_tensor_fill(parameter->slots[s],
                                         optimizer->ops->initial(optimizer->options));
        if (status != GENREP_OK) {
            free_slots(parameter);
            return status;
        }
    }
    return GENREP_OK;
}

/* Writes to every page of a new gradient while one thread runs.  A page that is first read shares
 * the kernel's page of zeros, and the write that follows stops all threads of the process. */
static void touch(genrep_tensor *gradient) {
    volatile real *elements = genrepi_real(gradient);
    for (int64_t i = 0; i < gradient->count; i += 512) elements[i] = elements[i];
}

int32_t genrepi_optimizer_add(genrep_optimizer *optimizer, genrep_layer *layer) {
    if (optimizer->steps > 0)
        return genrepi_fail(optimizer->ctx, GENREP_E_STATE,
                            "%s: layers are added before the first step, not after %lld steps",
                            optimizer->kind->name, (long long)optimizer->steps);
    for (int32_t i = 0; i < optimizer->n_layers; i++)
        if (optimizer->layers[i] == layer)
            return genrepi_fail(optimizer->ctx, GENREP_E_INVALID,
                                "%s: this layer is there already; it would be updated twice a step",
                                optimizer->kind->name);

    int64_t parameters = 0, pieces = 0;
    for (int64_t i = 0; i < layer->list->n; i++)
        if (layer->list->entries[i].gradient != NULL) {
            parameters++;
            pieces += pieces_of(&layer->list->entries[i]);
        }
    int32_t status = reserve(optimizer, parameters, pieces);
    if (status != GENREP_OK) return status;

    int64_t p = optimizer->n_parameters, w = optimizer->n_pieces;
    for (int64_t i = 0; i < layer->list->n; i++) {
        const genrepi_parameter_entry *entry = &layer->list->entries[i];
        if (entry->gradient == NULL) continue;
        status = fill_parameter(optimizer, entry, &optimizer->parameters[p]);
        if (status != GENREP_OK) {
            while (p > optimizer->n_parameters) free_slots(&optimizer->parameters[--p]);
            return status;
        }
        touch(entry->gradient);
        for (int64_t begin = 0; begin < entry->gradient->count; begin += GENREPI_PIECE) {
            int64_t left = entry->gradient->count - begin;
            optimizer->pieces[w++] = (genrepi_optimizer_piece){
                p, begin, left < GENREPI_PIECE ? left : GENREPI_PIECE, 0, 1};
        }
        p++;
    }
    optimizer->layers[optimizer->n_layers++] = genrepi_layer_ref(layer);
    optimizer->n_parameters = p;
    optimizer->n_pieces = w;
    return GENREP_OK;
}

typedef struct update_task {
    genrep_optimizer *optimizer;
    double rate, clip;
} update_task;

static void update_piece(void *argument, int64_t i) {
    const update_task *task = argument;
    genrep_optimizer *optimizer = task->optimizer;
    const genrepi_optimizer_piece *piece = &optimizer->pieces[i];
    const genrepi_optimizer_parameter *parameter = &optimizer->parameters[piece->parameter];
    real *slots[GENREPI_MAX_SLOTS] = {NULL};
    for (int32_t s = 0; s < optimizer->n_slots; s++)
        slots[s] = genrepi_real(parameter->slots[s]) + piece->begin;
    optimizer->ops->update(optimizer->ctx->kernels, optimizer->options, optimizer->steps + 1,
                           task->rate, task->clip, piece->count,
                           genrepi_real(parameter->gradient) + piece->begin, slots,
                           genrepi_real(parameter->value) + piece->begin);
}

int32_t genrepi_optimizer_step(genrep_optimizer *optimizer) {
    if (optimizer->n_layers == 0)
        return genrepi_fail(optimizer->ctx, GENREP_E_STATE, "%s: it was given no layer to update",
                            optimizer->kind->name);
    update_task task = {optimizer, genrepi_optimizer_rate(optimizer), 1};
    int32_t status = genrepi_optimizer_inspect(optimizer, &task.clip);
    if (status != GENREP_OK) return status;
    genrepi_parallel(optimizer->ctx, optimizer->n_pieces, update_piece, &task);
    optimizer->steps++;
    return GENREP_OK;
}

const genrep_layer *genrepi_optimizer_not_finite(const genrep_optimizer *optimizer) {
    for (int64_t i = 0; i < optimizer->n_pieces; i++) {
        const genrepi_optimizer_piece *piece = &optimizer->pieces[i];
        if (!piece->finite) return optimizer->layers[optimizer->parameters[piece->parameter].layer];
    }
    return NULL;
}

double genrepi_optimizer_rate(const genrep_optimizer *optimizer) {
    return genrepi_schedule_rate(optimizer->options, optimizer->steps, optimizer->scale);
}

/* After `every` values in a row that are not below the best so far, the rate falls by gamma. */
int32_t genrepi_optimizer_observe(genrep_optimizer *optimizer, double value) {
    const genrepi_optimizer_common *options = optimizer->options;
    if (!isfinite(value))
        return genrepi_fail(optimizer->ctx, GENREP_E_INVALID, "%s: the value is not finite",
                            optimizer->kind->name);
    if (options->schedule != GENREPI_SCHEDULE_PLATEAU) return GENREP_OK;
    if (value < optimizer->best) {
        optimizer->best = value;
        optimizer->waited = 0;
    } else if (++optimizer->waited >= options->every) {
        optimizer->scale *= options->gamma;
        optimizer->waited = 0;
    }
    return GENREP_OK;
}

/* The moments of one layer: "m/3.weight". */
static int32_t visit_slot(genrep_optimizer *optimizer, int32_t slot, int32_t layer,
                          genrepi_state *state) {
    for (int64_t i = 0; i < optimizer->n_parameters; i++) {
        genrepi_optimizer_parameter *parameter = &optimizer->parameters[i];
        if (parameter->layer != layer) continue;
        int32_t status = state->tensor(state, parameter->path, parameter->slots[slot]);
        if (status != GENREP_OK) return status;
    }
    return GENREP_OK;
}

/* With several layers their paths may be the same: "m/1/3.weight". */
static int32_t visit_layers(genrep_optimizer *optimizer, int32_t slot, genrepi_state *state) {
    if (optimizer->n_layers == 1) return visit_slot(optimizer, slot, 0, state);
    for (int32_t i = 0; i < optimizer->n_layers; i++) {
        char number[16];
        snprintf(number, sizeof number, "%d", (int)i);
        int32_t length = genrepi_state_enter(state, number);
        if (length < 0) return GENREP_E_INVALID;
        int32_t status = visit_slot(optimizer, slot, i, state);
        if (status != GENREP_OK) return status;
        genrepi_state_leave(state, length);
    }
    return GENREP_OK;
}

int32_t genrepi_optimizer_visit(genrep_optimizer *optimizer, genrepi_state *state) {
    int32_t status = state->integer(state, "steps", &optimizer->steps);
    if (status == GENREP_OK) status = state->number(state, "best", &optimizer->best);
    if (status == GENREP_OK) status = state->number(state, "scale", &optimizer->scale);
    if (state->rate > 0) optimizer->scale *= state->rate;
    if (status == GENREP_OK) status = state->integer(state, "waited", &optimizer->waited);
    for (int32_t s = 0; s < optimizer->n_slots && status == GENREP_OK; s++) {
        int32_t length = genrepi_state_enter(state, optimizer->ops->slots[s]);
        if (length < 0) return GENREP_E_INVALID;
        status = visit_layers(optimizer, s, state);
        if (status == GENREP_OK) genrepi_state_leave(state, length);
    }
    return status;
}

int32_t genrepi_optimizer_visit_as(genrep_optimizer *optimizer, const char *name,
                                   genrepi_state *state) {
    int32_t length = genrepi_state_enter(state, name);
    if (length < 0) return GENREP_E_INVALID;
    int32_t status = genrepi_optimizer_visit(optimizer, state);
    genrepi_state_leave(state, length);
    return status;
}
