/* Collects state and writes it as one .safetensors file. */
#include <string.h>
#include <train/state.h>

struct genrepi_save_entry {
    char *name;
    int32_t dtype;
    genrepi_shape shape;
    const void *data; /* NULL: the number below */
    unsigned char number[8];
};

struct genrepi_save_text {
    char *key, *value;
};

/* The state is the first thing in a genrepi_save. */
static genrepi_save *save_of(genrepi_state *state) {
    return (genrepi_save *)state;
}

static int32_t full_name(const genrepi_state *state, const char *name, char **out) {
    char text[GENREPI_STATE_NAME_BYTES];
    if (genrepi_state_name(state, name, text) == NULL)
        return genrepi_fail(state->ctx, GENREP_E_INVALID, "the name '%s...' is too long to store",
                            text);
    *out = genrepi_strdup(state->ctx, text);
    return *out == NULL ? GENREP_E_NOMEM : GENREP_OK;
}

static int32_t grow(genrep_ctx *ctx, void **array, int64_t n, int64_t *capacity, size_t bytes) {
    if (n < *capacity) return GENREP_OK;
    int64_t wanted = *capacity == 0 ? 32 : 2 * *capacity;
    void *grown = genrepi_realloc(ctx, *array, wanted, bytes);
    if (grown == NULL) return GENREP_E_NOMEM;
    *array = grown;
    *capacity = wanted;
    return GENREP_OK;
}

static int32_t add(genrepi_state *state, const char *name, int32_t dtype,
                   const genrepi_shape *shape, const void *data,
                   struct genrepi_save_entry **added) {
    genrepi_save *save = save_of(state);
    void *entries = save->entries;
    int32_t status = grow(state->ctx, &entries, save->n, &save->capacity, sizeof *save->entries);
    save->entries = entries;
    if (status != GENREP_OK) return status;
    struct genrepi_save_entry *entry = &save->entries[save->n];
    *entry = (struct genrepi_save_entry){NULL, dtype, *shape, data, {0}};
    status = full_name(state, name, &entry->name);
    if (status != GENREP_OK) return status;
    save->n++;
    if (added != NULL) *added = entry;
    return GENREP_OK;
}

static int32_t save_tensor(genrepi_state *state, const char *name, genrep_tensor *tensor) {
    return add(state, name, tensor->dtype, &tensor->shape, tensor->data, NULL);
}

static int32_t save_fixed(genrepi_state *state, const char *name, const void *data, int32_t dtype,
                          int64_t n) {
    genrepi_shape shape = genrepi_shape_of(1, &n);
    return add(state, name, dtype, &shape, data, NULL);
}

static int32_t save_bytes(genrepi_state *state, const char *name, void *data, int32_t dtype,
                          int64_t n) {
    return save_fixed(state, name, data, dtype, n);
}

static int32_t save_integer(genrepi_state *state, const char *name, int64_t *value) {
    genrepi_shape shape = genrepi_shape_of(1, &(int64_t){8});
    struct genrepi_save_entry *entry;
    int32_t status = add(state, name, GENREP_U8, &shape, NULL, &entry);
    for (int i = 0; i < 8 && status == GENREP_OK; i++)
        entry->number[i] = (unsigned char)((uint64_t)*value >> 8 * i);
    return status;
}

static int32_t save_number(genrepi_state *state, const char *name, double *value) {
    genrepi_shape shape = genrepi_shape_of(0, NULL);
    struct genrepi_save_entry *entry;
    int32_t status = add(state, name, GENREP_F64, &shape, NULL, &entry);
    if (status == GENREP_OK) memcpy(entry->number, value, sizeof *value);
    return status;
}

static int32_t save_same(genrepi_state *state, const char *name, const char *text) {
    genrepi_save *save = save_of(state);
    void *texts = save->texts;
    int32_t status =
        grow(state->ctx, &texts, save->n_texts, &save->capacity_texts, sizeof *save->texts);
    save->texts = texts;
    if (status != GENREP_OK) return status;
    struct genrepi_save_text *entry = &save->texts[save->n_texts];
    status = full_name(state, name, &entry->key);
    if (status != GENREP_OK) return status;
    entry->value = genrepi_strdup(state->ctx, text);
    if (entry->value == NULL) {
        genrepi_free(state->ctx, entry->key);
        return GENREP_E_NOMEM;
    }
    save->n_texts++;
    return GENREP_OK;
}

void genrepi_save_begin(genrep_ctx *ctx, genrepi_save *save) {
    *save = (genrepi_save){.state = {.ctx = ctx,
                                     .tensor = save_tensor,
                                     .bytes = save_bytes,
                                     .fixed = save_fixed,
                                     .integer = save_integer,
                                     .number = save_number,
                                     .same = save_same}};
}

int32_t genrepi_save_text(genrepi_save *save, const char *key, const char *value) {
    return save_same(&save->state, key, value);
}

int32_t genrepi_save_write(genrepi_save *save, const char *path) {
    genrep_ctx *ctx = save->state.ctx;
    int32_t status = GENREP_E_NOMEM;
    genrepi_safetensors_metadata_entry *texts = NULL;
    genrepi_safetensors_entry *entries = genrepi_alloc(ctx, save->n + 1, sizeof *entries);
    if (entries == NULL) goto end;
    texts = genrepi_alloc(ctx, save->n_texts + 1, sizeof *texts);
    if (texts == NULL) goto end;
    for (int64_t i = 0; i < save->n; i++) {
        const struct genrepi_save_entry *from = &save->entries[i];
        entries[i] = (genrepi_safetensors_entry){from->name, from->dtype, from->shape,
                                                 from->data != NULL ? from->data : from->number};
    }
    for (int64_t i = 0; i < save->n_texts; i++)
        texts[i] = (genrepi_safetensors_metadata_entry){save->texts[i].key, save->texts[i].value};
    status = genrepi_safetensors_write(ctx, path, entries, save->n, texts, save->n_texts);
end:
    genrepi_free(ctx, texts);
    genrepi_free(ctx, entries);
    return status;
}

void genrepi_save_end(genrepi_save *save) {
    genrep_ctx *ctx = save->state.ctx;
    for (int64_t i = 0; i < save->n; i++) genrepi_free(ctx, save->entries[i].name);
    for (int64_t i = 0; i < save->n_texts; i++) {
        genrepi_free(ctx, save->texts[i].key);
        genrepi_free(ctx, save->texts[i].value);
    }
    genrepi_free(ctx, save->entries);
    genrepi_free(ctx, save->texts);
}
