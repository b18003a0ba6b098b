/* The exported functions of genrep/nn.h: check, and call inward. */
#include <nn/custom.h>
#include <nn/gradcheck.h>
#include <nn/layer.h>
#include <nn/tape.h>
#include <nn/truncate.h>

GENREP_API int32_t genrep_layer_new(genrep_ctx *ctx, const char *spec, genrep_layer **out) {
    if (ctx == NULL) return GENREP_E_INVALID;
    if (spec == NULL || out == NULL) {
        return genrepi_fail(ctx, GENREP_E_INVALID, "genrep_layer_new: spec or out is NULL");
    }
    return genrepi_layer_new(ctx, spec, NULL, out);
}

GENREP_API genrep_layer *genrep_layer_ref(genrep_layer *layer) {
    return genrepi_layer_ref(layer);
}

GENREP_API void genrep_layer_unref(genrep_layer *layer) {
    genrepi_layer_unref(layer);
}

GENREP_API int32_t genrep_layer_copy(const genrep_layer *layer, genrep_layer **out) {
    if (layer == NULL) return GENREP_E_INVALID;
    if (out == NULL) {
        return genrepi_fail(layer->ctx, GENREP_E_INVALID, "genrep_layer_copy: out is NULL");
    }
    return genrepi_layer_copy(layer, out);
}

GENREP_API int32_t genrep_layer_truncate(const genrep_layer *layer, int64_t drop,
                                         genrep_layer **out) {
    if (layer == NULL) return GENREP_E_INVALID;
    if (out == NULL) {
        return genrepi_fail(layer->ctx, GENREP_E_INVALID, "genrep_layer_truncate: out is NULL");
    }
    return genrepi_layer_truncate(layer, drop, out);
}

GENREP_API const char *genrep_layer_spec(const genrep_layer *layer) {
    return layer == NULL ? NULL : layer->spec;
}

GENREP_API int64_t genrep_layer_parameters(const genrep_layer *layer) {
    return layer == NULL ? 0 : layer->list->n;
}

GENREP_API int32_t genrep_layer_parameter(genrep_layer *layer, int64_t index, const char **name,
                                          genrep_tensor **value, genrep_tensor **gradient) {
    if (layer == NULL) return GENREP_E_INVALID;
    if (index < 0 || index >= layer->list->n) {
        return genrepi_fail(layer->ctx, GENREP_E_RANGE, "parameter %lld is outside 0..%lld",
                            (long long)index, (long long)layer->list->n - 1);
    }
    const genrepi_parameter_entry *entry = &layer->list->entries[index];
    if (name != NULL) *name = entry->name;
    if (value != NULL) *value = entry->value;
    if (gradient != NULL) *gradient = entry->gradient;
    return 0;
}

GENREP_API int32_t genrep_layer_set(genrep_layer *layer, const char *name,
                                    const genrep_tensor *value) {
    if (layer == NULL) return GENREP_E_INVALID;
    if (name == NULL || value == NULL) {
        return genrepi_fail(layer->ctx, GENREP_E_INVALID,
                            "genrep_layer_set: name or value is NULL");
    }
    return genrepi_layer_set(layer, name, value);
}

GENREP_API int32_t genrep_layer_zero_grad(genrep_layer *layer) {
    if (layer == NULL) return GENREP_E_INVALID;
    genrepi_layer_zero_grad(layer);
    return 0;
}

GENREP_API int32_t genrep_layer_blend(genrep_layer *average, const genrep_layer *layer,
                                      double decay) {
    if (average == NULL || layer == NULL) {
        const genrep_layer *there = average == NULL ? layer : average;
        if (there == NULL) return GENREP_E_INVALID;
        return genrepi_fail(there->ctx, GENREP_E_INVALID, "genrep_layer_blend: %s is NULL",
                            average == NULL ? "average" : "layer");
    }
    if (!(decay >= 0 && decay <= 1)) {
        return genrepi_fail(average->ctx, GENREP_E_RANGE,
                            "genrep_layer_blend: decay is outside 0..1");
    }
    return genrepi_layer_blend(average, layer, decay);
}

GENREP_API int32_t genrep_layer_register(genrep_ctx *ctx, const genrep_custom_layer *kind) {
    if (ctx == NULL) return GENREP_E_INVALID;
    int32_t status = genrepi_check_struct(ctx, kind, sizeof *kind, "genrep_custom_layer");
    if (status != 0) return status;
    if (kind->name == NULL) {
        return genrepi_fail(ctx, GENREP_E_INVALID, "genrep_layer_register: name is NULL");
    }
    return genrepi_layer_register(ctx, kind);
}

GENREP_API int32_t genrep_tape_new(genrep_ctx *ctx, const char *spec, genrep_tape **out) {
    if (ctx == NULL) return GENREP_E_INVALID;
    if (out == NULL) return genrepi_fail(ctx, GENREP_E_INVALID, "genrep_tape_new: out is NULL");
    void *options = NULL;
    int32_t status = genrepi_options_parse(ctx, &genrepi_kind_tape, spec, &options);
    if (status != 0) return status;
    int32_t training = ((const genrepi_tape_options *)options)->mode == GENREPI_MODE_TRAIN;
    genrepi_options_free(ctx, &genrepi_kind_tape, options);
    return genrepi_tape_new(ctx, training, out);
}

GENREP_API genrep_tape *genrep_tape_ref(genrep_tape *tape) {
    return genrepi_tape_ref(tape);
}

GENREP_API void genrep_tape_unref(genrep_tape *tape) {
    genrepi_tape_unref(tape);
}

GENREP_API int32_t genrep_tape_reset(genrep_tape *tape, int64_t step) {
    if (tape == NULL) return GENREP_E_INVALID;
    if (step < 0) {
        return genrepi_fail(genrepi_tape_ctx(tape), GENREP_E_INVALID,
                            "genrep_tape_reset: step %lld is below 0", (long long)step);
    }
    genrepi_tape_reset(tape, step);
    return 0;
}

GENREP_API int32_t genrep_tape_watch(genrep_tape *tape, genrep_tensor *input) {
    if (tape == NULL) return GENREP_E_INVALID;
    if (input == NULL) {
        return genrepi_fail(genrepi_tape_ctx(tape), GENREP_E_INVALID,
                            "genrep_tape_watch: input is NULL");
    }
    return genrepi_tape_watch(tape, input);
}

GENREP_API int32_t genrep_tape_freeze(genrep_tape *tape, genrep_layer *layer) {
    if (tape == NULL) return GENREP_E_INVALID;
    if (layer == NULL) {
        return genrepi_fail(genrepi_tape_ctx(tape), GENREP_E_INVALID,
                            "genrep_tape_freeze: layer is NULL");
    }
    return genrepi_tape_freeze(tape, layer);
}

/* inputs is an array of n tensors, none NULL. */
static int32_t check_tensors(genrep_ctx *ctx, const char *function, genrep_tensor *const *inputs,
                             int32_t n) {
    if (inputs == NULL || n < 1) {
        return genrepi_fail(ctx, GENREP_E_INVALID, "%s: no inputs", function);
    }
    for (int32_t i = 0; i < n; i++) {
        if (inputs[i] == NULL) {
            return genrepi_fail(ctx, GENREP_E_INVALID, "%s: input %d is NULL", function, (int)i);
        }
    }
    return 0;
}

GENREP_API int32_t genrep_layer_apply(const genrep_layer *layer, genrep_tape *tape,
                                      genrep_tensor *const *inputs, int32_t n_inputs,
                                      genrep_tensor **outputs, int32_t n_outputs) {
    if (tape == NULL) {
        if (layer == NULL) return GENREP_E_INVALID;
        return genrepi_fail(layer->ctx, GENREP_E_INVALID, "genrep_layer_apply: tape is NULL");
    }
    genrep_ctx *ctx = genrepi_tape_ctx(tape);
    if (layer == NULL || outputs == NULL) {
        return genrepi_fail(ctx, GENREP_E_INVALID, "genrep_layer_apply: layer or outputs is NULL");
    }
    int32_t status = check_tensors(ctx, "genrep_layer_apply", inputs, n_inputs);
    return status != 0 ? status
                       : genrepi_layer_apply(layer, tape, inputs, n_inputs, outputs, n_outputs);
}

GENREP_API int32_t genrep_tape_backward(genrep_tape *tape, const genrep_tensor *loss) {
    if (tape == NULL) return GENREP_E_INVALID;
    if (loss == NULL) {
        return genrepi_fail(genrepi_tape_ctx(tape), GENREP_E_INVALID,
                            "genrep_tape_backward: loss is NULL");
    }
    return genrepi_tape_backward(tape, loss);
}

GENREP_API int32_t genrep_tape_grad(genrep_tape *tape, const genrep_tensor *input,
                                    genrep_tensor **out) {
    if (tape == NULL) return GENREP_E_INVALID;
    if (input == NULL || out == NULL) {
        return genrepi_fail(genrepi_tape_ctx(tape), GENREP_E_INVALID,
                            "genrep_tape_grad: input or out is NULL");
    }
    return genrepi_tape_grad(tape, input, out);
}

GENREP_API int32_t genrep_gradcheck(genrep_layer *layer, genrep_tensor *const *inputs,
                                    int32_t n_inputs, const char *spec, double *worst) {
    if (layer == NULL) return GENREP_E_INVALID;
    int32_t status = check_tensors(layer->ctx, "genrep_gradcheck", inputs, n_inputs);
    return status != 0 ? status : genrepi_gradcheck(layer, inputs, n_inputs, spec, worst);
}
