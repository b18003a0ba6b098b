/* Kinds as JSON, and specs checked without making anything. */
#include <api/context.h>
#include <api/kinds.h>

#include <string.h>

static void add_kinds(genrepi_buffer *json, const char *name) {
    if (name != NULL) {
        genrepi_kind_json(json, genrepi_kind_in(genrepi_kinds, NULL, name));
        return;
    }
    for (const genrepi_kind *const *kind = genrepi_kinds; *kind != NULL; kind++) {
        genrepi_buffer_text(json, kind == genrepi_kinds ? "[" : ",\n");
        genrepi_kind_json(json, *kind);
    }
    genrepi_buffer_text(json, "]");
}

int32_t genrep_describe(const char *kind, char *json, size_t capacity, size_t *needed) {
    genrep_ctx *ctx = NULL;
    if (json == NULL && capacity != 0) return GENREP_E_INVALID;
    if (kind != NULL && genrepi_kind_in(genrepi_kinds, NULL, kind) == NULL) return GENREP_E_INVALID;
    int32_t status = genrepi_ctx_new(NULL, genrepi_kinds, &ctx);
    if (status != 0) return status;
    genrepi_buffer buffer = {.ctx = ctx};
    add_kinds(&buffer, kind);
    status = genrepi_buffer_status(&buffer);
    if (status == 0) {
        size_t whole = buffer.size + 1;
        if (needed != NULL) *needed = whole;
        if (whole <= capacity)
            memcpy(json, buffer.data, whole);
        else {
            status = GENREP_E_RANGE;
            if (capacity != 0) json[0] = 0;
        }
    }
    genrepi_buffer_free(&buffer);
    genrepi_ctx_unref(ctx);
    return status;
}

/* A chain of nodes; what stands in the { } of any kind is layers. */
static int32_t check_chain(const genrepi_spec *spec, const genrepi_spec_node *node,
                           const char *family) {
    for (; node != NULL; node = node->next) {
        const genrepi_kind *kind = NULL;
        void *options = NULL;
        int32_t status = genrepi_spec_kind(spec, node, family, &kind);
        if (status == 0) status = genrepi_spec_bind(spec, node, kind, &options);
        if (status != 0) return status;
        genrepi_options_free(spec->ctx, kind, options);
        for (int32_t i = 0; i < node->n_blocks && status == 0; i++)
            status = check_chain(spec, node->blocks[i], "layer");
        if (status != 0) return status;
    }
    return GENREP_OK;
}

static int32_t check_family(genrep_ctx *ctx, const char *family) {
    genrepi_nearest nearest = {.word = family};
    for (const genrepi_kind *const *kind = genrepi_kinds; *kind != NULL; kind++) {
        const char *known =
            strcmp((*kind)->family, "options") == 0 ? (*kind)->name : (*kind)->family;
        if (strcmp(known, family) == 0) return GENREP_OK;
        genrepi_nearest_try(&nearest, known, strlen(known));
    }
    if (nearest.best == NULL)
        return genrepi_fail(ctx, GENREP_E_INVALID, "unknown family '%.60s'", family);
    return genrepi_fail(ctx, GENREP_E_INVALID, "unknown family '%.60s' (did you mean '%s'?)",
                        family, nearest.best);
}

static int32_t check(genrep_ctx *ctx, const char *family, const char *text) {
    if (family == NULL) return genrepi_fail(ctx, GENREP_E_INVALID, "the family is NULL");
    int32_t status = check_family(ctx, family);
    if (status != 0) return status;
    if (strcmp(family, "context") == 0) return genrepi_ctx_configure(ctx, text, 1);

    const genrepi_kind *kind = genrepi_kind_in(genrepi_kinds, "options", family);
    void *options = NULL;
    if (kind != NULL) {
        status = genrepi_options_parse(ctx, kind, text, &options);
        genrepi_options_free(ctx, kind, options);
        return status;
    }
    if (strcmp(family, "layer") != 0) { /* one node, with the message that says so */
        status = genrepi_spec_make(ctx, family, text, &kind, &options);
        if (status != 0) return status;
        genrepi_options_free(ctx, kind, options);
    }
    genrepi_spec *spec = NULL;
    status = genrepi_spec_parse(ctx, text, &spec);
    if (status != 0) return status;
    if (spec->first == NULL)
        status = genrepi_fail(ctx, GENREP_E_INVALID, "the spec of the %s is empty", family);
    else
        status = check_chain(spec, spec->first, family);
    genrepi_spec_free(spec);
    return status;
}

int32_t genrep_spec_check(const char *family, const char *spec, char *message, size_t capacity) {
    genrep_ctx *ctx = NULL;
    if (message == NULL && capacity != 0) return GENREP_E_INVALID;
    int32_t status = genrepi_ctx_new(NULL, genrepi_kinds, &ctx);
    if (status != 0) {
        genrepi_copy_text("out of memory", message, capacity);
        return status;
    }
    status = check(ctx, family, spec);
    genrepi_copy_text(status == 0 ? "" : ctx->error, message, capacity);
    genrepi_ctx_unref(ctx);
    return status;
}
