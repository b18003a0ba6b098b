/* Compares state with a file, then loads it. */
#include <stdio.h>
#include <string.h>
#include <train/state.h>

/* The state is the first thing in a genrepi_load. */
static genrepi_load *load_of(genrepi_state *state) {
    return (genrepi_load *)state;
}

const char *genrepi_state_name(const genrepi_state *state, const char *name,
                               char text[GENREPI_STATE_NAME_BYTES]) {
    int n = snprintf(text, GENREPI_STATE_NAME_BYTES, "%s%s", state->prefix, name);
    return n < GENREPI_STATE_NAME_BYTES ? text : NULL;
}

/* Finds an entry and compares type and shape. */
static int32_t check_entry(genrepi_state *state, const char *name, int32_t dtype,
                           const genrepi_shape *shape, int64_t *index) {
    genrepi_load *load = load_of(state);
    char full[GENREPI_STATE_NAME_BYTES];
    genrepi_state_name(state, name, full); /* one that is cut is not there either */
    *index = genrepi_safetensors_find(load->file, full);
    if (*index < 0)
        return genrepi_fail(state->ctx, GENREP_E_FORMAT, "'%s' is missing in the checkpoint", full);
    load->visited++;
    int32_t file_dtype;
    genrepi_shape file_shape;
    genrepi_safetensors_info(load->file, *index, &file_dtype, &file_shape);
    if (file_dtype == dtype && genrepi_shape_equal(&file_shape, shape)) return GENREP_OK;
    char there[GENREPI_SHAPE_BYTES], here[GENREPI_SHAPE_BYTES];
    return genrepi_fail(
        state->ctx, GENREP_E_INVALID, "'%s' is %s %s in the checkpoint, but %s %s in this trainer",
        full, genrepi_safetensors_type(load->file, *index), genrepi_shape_text(&file_shape, there),
        genrepi_dtype_name(dtype), genrepi_shape_text(shape, here));
}

static int32_t check_tensor(genrepi_state *state, const char *name, genrep_tensor *tensor) {
    int64_t index;
    return check_entry(state, name, tensor->dtype, &tensor->shape, &index);
}

static int32_t check_bytes(genrepi_state *state, const char *name, void *data, int32_t dtype,
                           int64_t n) {
    int64_t index;
    genrepi_shape shape = genrepi_shape_of(1, &n);
    (void)data;
    return check_entry(state, name, dtype, &shape, &index);
}

static int32_t check_fixed(genrepi_state *state, const char *name, const void *data, int32_t dtype,
                           int64_t n) {
    int64_t index, bytes;
    genrepi_shape shape = genrepi_shape_of(1, &n);
    int32_t status = check_entry(state, name, dtype, &shape, &index);
    if (status != GENREP_OK) return status;
    const void *there = genrepi_safetensors_data(load_of(state)->file, index, &bytes);
    if (memcmp(there, data, (size_t)bytes) == 0) return GENREP_OK;
    return genrepi_fail(state->ctx, GENREP_E_INVALID,
                        "'%s%s' in the checkpoint is not that of this trainer", state->prefix,
                        name);
}

static int64_t integer_at(const genrepi_safetensors *file, int64_t index) {
    int64_t bytes;
    const unsigned char *from = genrepi_safetensors_data(file, index, &bytes);
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) value |= (uint64_t)from[i] << 8 * i;
    return (int64_t)value;
}

/* All integers of a state are counts; a file must not make one overflow where it is multiplied. */
static int32_t check_integer(genrepi_state *state, const char *name, int64_t *value) {
    int64_t index;
    genrepi_shape shape = genrepi_shape_of(1, &(int64_t){8});
    (void)value;
    int32_t status = check_entry(state, name, GENREP_U8, &shape, &index);
    if (status != GENREP_OK) return status;
    int64_t there = integer_at(load_of(state)->file, index);
    if (there >= 0 && there <= GENREPI_MAX_COUNT) return GENREP_OK;
    return genrepi_fail(state->ctx, GENREP_E_FORMAT,
                        "'%s%s' is %lld in the checkpoint, which is no count", state->prefix, name,
                        (long long)there);
}

static int32_t check_number(genrepi_state *state, const char *name, double *value) {
    int64_t index;
    genrepi_shape shape = genrepi_shape_of(0, NULL);
    (void)value;
    return check_entry(state, name, GENREP_F64, &shape, &index);
}

static int32_t check_same(genrepi_state *state, const char *name, const char *text) {
    char full[GENREPI_STATE_NAME_BYTES];
    genrepi_state_name(state, name, full);
    const char *there = genrepi_safetensors_metadata(load_of(state)->file, full);
    if (there == NULL)
        return genrepi_fail(state->ctx, GENREP_E_FORMAT, "'%s' is missing in the checkpoint", full);
    if (strcmp(there, text) == 0) return GENREP_OK;
    return genrepi_fail(state->ctx, GENREP_E_INVALID,
                        "%s is '%s' in the checkpoint, but '%s' in this trainer", full, there,
                        text);
}

void genrepi_load_check(genrep_ctx *ctx, const genrepi_safetensors *file, genrepi_load *load) {
    *load = (genrepi_load){.state = {.ctx = ctx,
                                     .tensor = check_tensor,
                                     .bytes = check_bytes,
                                     .fixed = check_fixed,
                                     .integer = check_integer,
                                     .number = check_number,
                                     .same = check_same},
                           .file = file};
}

int32_t genrepi_load_complete(const genrepi_load *load) {
    int64_t there = genrepi_safetensors_count(load->file);
    if (there == load->visited) return GENREP_OK;
    return genrepi_fail(load->state.ctx, GENREP_E_FORMAT,
                        "the checkpoint holds %lld entries, this trainer has %lld",
                        (long long)there, (long long)load->visited);
}

static const void *entry_data(genrepi_state *state, const char *name, int64_t *bytes) {
    char full[GENREPI_STATE_NAME_BYTES];
    const genrepi_safetensors *file = load_of(state)->file;
    return genrepi_safetensors_data(
        file, genrepi_safetensors_find(file, genrepi_state_name(state, name, full)), bytes);
}

static int32_t load_bytes(genrepi_state *state, const char *name, void *data, int32_t dtype,
                          int64_t n) {
    int64_t bytes;
    (void)dtype;
    const void *from = entry_data(state, name, &bytes);
    if (n > 0) memcpy(data, from, (size_t)bytes);
    return GENREP_OK;
}

static int32_t load_fixed(genrepi_state *state, const char *name, const void *data, int32_t dtype,
                          int64_t n) {
    (void)state, (void)name, (void)data, (void)dtype, (void)n;
    return GENREP_OK;
}

static int32_t load_tensor(genrepi_state *state, const char *name, genrep_tensor *tensor) {
    return load_bytes(state, name, tensor->data, tensor->dtype, tensor->count);
}

static int32_t load_integer(genrepi_state *state, const char *name, int64_t *value) {
    char full[GENREPI_STATE_NAME_BYTES];
    const genrepi_safetensors *file = load_of(state)->file;
    *value =
        integer_at(file, genrepi_safetensors_find(file, genrepi_state_name(state, name, full)));
    return GENREP_OK;
}

static int32_t load_number(genrepi_state *state, const char *name, double *value) {
    return load_bytes(state, name, value, GENREP_F64, 1);
}

static int32_t load_same(genrepi_state *state, const char *name, const char *text) {
    (void)state, (void)name, (void)text;
    return GENREP_OK;
}

void genrepi_load_load(genrep_ctx *ctx, const genrepi_safetensors *file, genrepi_load *load) {
    *load = (genrepi_load){.state = {.ctx = ctx,
                                     .tensor = load_tensor,
                                     .bytes = load_bytes,
                                     .fixed = load_fixed,
                                     .integer = load_integer,
                                     .number = load_number,
                                     .same = load_same},
                           .file = file};
}
