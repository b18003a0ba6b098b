/* Contexts, and what is asked of the library without one. */
#include "oom.h"
#include <string.h>

static int32_t questions(genrep_ctx *ctx) {
    char text[64];
    size_t needed = 0;
    (void)ctx;
    if (!genrep_version() || !*genrep_build_info() || !genrep_has("layer.linear")) {
        return GENREP_E_INVALID;
    }
    if (strcmp(genrep_status_name(GENREP_OK), "GENREP_OK") != 0) return GENREP_E_INVALID;
    if (genrep_describe("linear", NULL, 0, &needed) != GENREP_E_RANGE || needed < 2) {
        return GENREP_E_INVALID;
    }
    return genrep_spec_check("layer", "linear in=1 out=1", text, sizeof text);
}

static void write_nothing(void *user, int32_t level, const char *utf8) {
    (void)user;
    (void)level;
    (void)utf8;
}

static void in_order(void *user, int64_t n, void (*task)(void *argument, int64_t i),
                     void *argument) {
    (void)user;
    for (int64_t i = 0; i < n; i++) task(argument, i);
}

static int32_t services(genrep_ctx *ctx) {
    const genrep_logger logger = {sizeof logger, NULL, GENREP_LOG_DEBUG, 0, write_nothing};
    const genrep_runner runner = {sizeof runner, NULL, in_order};
    char text[16];
    int64_t now = 0, peak = 0;
    int32_t status = 0;
    genrep_ctx *again = genrep_ctx_ref(ctx);
    OOM_TRY(genrep_ctx_set_logger(ctx, &logger));
    OOM_TRY(genrep_ctx_set_runner(ctx, &runner));
    OOM_TRY(genrep_ctx_set_runner(ctx, NULL));
    OOM_TRY(genrep_ctx_set_logger(ctx, NULL));
    OOM_TRY(genrep_ctx_memory(ctx, &now, &peak));
    if (now > peak || !genrep_ctx_error(ctx) || !genrep_ctx_error_copy(ctx, text, sizeof text)) {
        status = GENREP_E_INVALID;
    }
done:
    genrep_ctx_unref(again);
    return status;
}

const oom_scenario oom_base[] = {
    {"questions", questions}, {"host services", services}, {NULL, NULL}};
