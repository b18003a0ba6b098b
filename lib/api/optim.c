/* The exported functions of genrep/optim.h: check, and call inward. */
#include <optim/optimizer.h>

int32_t genrep_optimizer_new(genrep_ctx *ctx, const char *spec, genrep_optimizer **out) {
    if (ctx == NULL) return GENREP_E_INVALID;
    if (spec == NULL || out == NULL)
        return genrepi_fail(ctx, GENREP_E_INVALID, "genrep_optimizer_new: %s is NULL",
                            spec == NULL ? "spec" : "out");
    return genrepi_optimizer_new(ctx, spec, out);
}

genrep_optimizer *genrep_optimizer_ref(genrep_optimizer *optimizer) {
    return genrepi_optimizer_ref(optimizer);
}

void genrep_optimizer_unref(genrep_optimizer *optimizer) {
    genrepi_optimizer_unref(optimizer);
}

int32_t genrep_optimizer_add(genrep_optimizer *optimizer, genrep_layer *layer) {
    if (optimizer == NULL) return GENREP_E_INVALID;
    if (layer == NULL)
        return genrepi_fail(optimizer->ctx, GENREP_E_INVALID,
                            "genrep_optimizer_add: layer is NULL");
    return genrepi_optimizer_add(optimizer, layer);
}

int32_t genrep_optimizer_step(genrep_optimizer *optimizer) {
    return optimizer == NULL ? GENREP_E_INVALID : genrepi_optimizer_step(optimizer);
}

int32_t genrep_optimizer_rate(const genrep_optimizer *optimizer, double *rate) {
    if (optimizer == NULL) return GENREP_E_INVALID;
    if (rate == NULL)
        return genrepi_fail(optimizer->ctx, GENREP_E_INVALID,
                            "genrep_optimizer_rate: rate is NULL");
    *rate = genrepi_optimizer_rate(optimizer);
    return GENREP_OK;
}

int32_t genrep_optimizer_observe(genrep_optimizer *optimizer, double value) {
    return optimizer == NULL ? GENREP_E_INVALID : genrepi_optimizer_observe(optimizer, value);
}
