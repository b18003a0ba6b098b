/* Checkpoints: everything that training goes on from, in one .safetensors file.  A file is compared
 * with the trainer as a whole before anything is loaded. */
#include <config.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <train/state.h>
#include <train/trainer.h>

/* The networks: their specs, since other activations have the same parameters, and parameters. */
static int32_t visit_parts(const genrep_trainer *trainer, genrepi_state *state) {
    int32_t status = GENREP_OK;
    for (int32_t i = 0; i < GENREPI_MAX_PARTS && status == GENREP_OK; i++) {
        genrep_layer *layer = trainer->layers[i];
        if (layer == NULL) continue;
        int32_t length = genrepi_state_enter(state, trainer->ops->parts[i]);
        if (length < 0) return GENREP_E_INVALID;
        status = state->same(state, "spec", layer->spec);
        if (status == GENREP_OK) status = genrepi_layer_visit(layer, state);
        if (status == GENREP_OK) genrepi_state_leave(state, length);
    }
    return status;
}

int32_t genrepi_trainer_visit(const genrep_trainer *trainer, genrepi_state *state, int64_t *done,
                              double values[GENREPI_MAX_METRICS]) {
    int32_t status = visit_parts(trainer, state);
    if (status == GENREP_OK) status = state->integer(state, "done", done);
    if (status == GENREP_OK)
        status = state->bytes(state, "metrics", values, GENREP_F64, GENREPI_MAX_METRICS);
    if (status == GENREP_OK && trainer->ops->visit != NULL)
        status = trainer->ops->visit(trainer, state);
    return status;
}

/* What the data are, as far as the library can know: "60000 samples of images u8 28x28, labels u8".
 */
static int32_t describe_data(const genrep_dataset *dataset, genrepi_buffer *text) {
    if (dataset->n_fields == 0) genrepi_buffer_text(text, "text");
    for (int32_t i = 0; i < dataset->n_fields; i++) {
        const genrepi_field *field = &dataset->fields[i];
        char shape[GENREPI_SHAPE_BYTES];
        if (i == 0)
            genrepi_buffer_format(text, "%" PRId64 " samples of ", dataset->count);
        else
            genrepi_buffer_text(text, ", ");
        genrepi_buffer_format(text, "%s %s", field->name, genrepi_dtype_name(field->dtype));
        if (field->shape.rank > 0)
            genrepi_buffer_format(text, " %s", genrepi_shape_text(&field->shape, shape));
    }
    return genrepi_buffer_status(text);
}

static int32_t save_header(const genrep_trainer *trainer, genrepi_save *save) {
    genrepi_buffer data = {.ctx = trainer->ctx};
    char done[24], total[24], seed[24];
    snprintf(done, sizeof done, "%" PRId64, trainer->done);
    snprintf(total, sizeof total, "%" PRId64, trainer->total);
    snprintf(seed, sizeof seed, "%" PRIu64, trainer->ctx->seed);
    int32_t status = describe_data(trainer->dataset, &data);
    const char *const texts[][2] = {
        {"format", GENREPI_CHECKPOINT_FORMAT},
        {"library", GENREPI_VERSION},
        {"kind", trainer->kind->name},
        {"spec", trainer->spec},
        {"data", data.data},
        {"seed", seed},
        {"done", done},
        {"total", total},
    };
    for (int32_t i = 0; i < GENREPI_COUNT(texts) && status == GENREP_OK; i++)
        status = genrepi_save_text(save, texts[i][0], texts[i][1]);
    genrepi_buffer_free(&data);
    return status;
}

/* A trainer that has not begun has no moments yet, and saving must not change it: a second one over
 * the same networks is made ready instead. */
static int32_t checkpoint_unbegun(const genrep_trainer *trainer, const char *path) {
    genrep_trainer *twin;
    int32_t status = genrepi_trainer_new(trainer->ctx, trainer->spec, trainer->dataset, &twin);
    if (status != GENREP_OK) return status;
    for (int32_t i = 0; i < GENREPI_MAX_PARTS && status == GENREP_OK; i++)
        if (trainer->layers[i] != NULL)
            status = genrepi_trainer_set_layer(twin, trainer->ops->parts[i], trainer->layers[i]);
    if (status == GENREP_OK) status = genrepi_trainer_prepare(twin);
    if (status == GENREP_OK) status = genrepi_trainer_checkpoint(twin, path);
    genrepi_trainer_unref(twin);
    return status;
}

int32_t genrepi_trainer_checkpoint(const genrep_trainer *trainer, const char *path) {
    if (!trainer->prepared) return checkpoint_unbegun(trainer, path);
    genrepi_save save;
    genrepi_save_begin(trainer->ctx, &save);
    int64_t done = trainer->done;
    double values[GENREPI_MAX_METRICS];
    memcpy(values, trainer->values, sizeof values);
    int32_t status = save_header(trainer, &save);
    if (status == GENREP_OK) status = genrepi_trainer_visit(trainer, &save.state, &done, values);
    if (status == GENREP_OK) status = genrepi_save_write(&save, path);
    genrepi_save_end(&save);
    return status;
}

static int same_value(const genrepi_option *option, const char *a, const char *b) {
    const void *x = a + option->offset, *y = b + option->offset;
    const char *text[2];
    switch (option->type) {
    case GENREPI_INT:
        return memcmp(x, y, sizeof(int64_t)) == 0;
    case GENREPI_NUMBER:
        return *(const double *)x == *(const double *)y;
    case GENREPI_STRING:
        memcpy(&text[0], x, sizeof text[0]);
        memcpy(&text[1], y, sizeof text[1]);
        if (text[0] == NULL || text[1] == NULL) return text[0] == text[1];
        return strcmp(text[0], text[1]) == 0;
    default:
        return memcmp(x, y, sizeof(int32_t)) == 0;
    }
}

/* Specs are the same if their options are, however they are written.  `steps` only says where a run
 * ends, so it may be moved. */
static int32_t check_spec(const genrep_trainer *trainer, const char *spec) {
    const genrepi_kind *kind;
    void *options;
    int32_t status = genrepi_spec_make(trainer->ctx, "trainer", spec, &kind, &options);
    if (status != GENREP_OK)
        return genrepi_fail_in(trainer->ctx, status, "the spec of the checkpoint, '%s'", spec);
    int same = kind == trainer->kind;
    for (int32_t i = 0; i < kind->n_options && same; i++)
        if (strcmp(kind->options[i].name, "steps") != 0)
            same = same_value(&kind->options[i], options, trainer->options);
    genrepi_options_free(trainer->ctx, kind, options);
    if (same) return GENREP_OK;
    return genrepi_fail(trainer->ctx, GENREP_E_INVALID,
                        "the checkpoint was made with '%s', this trainer is '%s'", spec,
                        trainer->spec);
}

static int32_t check_header(const genrep_trainer *trainer, const genrepi_safetensors *file) {
    genrep_ctx *ctx = trainer->ctx;
    const char *format = genrepi_safetensors_metadata(file, "format");
    const char *spec = genrepi_safetensors_metadata(file, "spec");
    const char *data = genrepi_safetensors_metadata(file, "data");
    const char *seed = genrepi_safetensors_metadata(file, "seed");
    if (format == NULL || strcmp(format, GENREPI_CHECKPOINT_FORMAT) != 0)
        return genrepi_fail(ctx, GENREP_E_FORMAT, "not a checkpoint that this version can read");
    if (spec == NULL || data == NULL || seed == NULL ||
        genrepi_safetensors_metadata(file, "crc32") == NULL)
        return genrepi_fail(ctx, GENREP_E_FORMAT, "the header of the checkpoint is not complete");
    int32_t status = check_spec(trainer, spec);
    if (status != GENREP_OK) return status;

    char own_seed[24];
    snprintf(own_seed, sizeof own_seed, "%" PRIu64, ctx->seed);
    if (strcmp(seed, own_seed) != 0)
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            "the checkpoint was made with seed=%s, this context has seed=%s", seed,
                            own_seed);
    genrepi_buffer own_data = {.ctx = ctx};
    status = describe_data(trainer->dataset, &own_data);
    if (status == GENREP_OK && strcmp(data, own_data.data) != 0)
        status = genrepi_fail(ctx, GENREP_E_INVALID,
                              "the checkpoint was made with %s, this trainer has %s", data,
                              own_data.data);
    genrepi_buffer_free(&own_data);
    return status;
}

/* The parts are looked at before the trainer is made ready, so that one whose networks do not fit
 * can still be given others. */
static int32_t check(genrep_trainer *trainer, const genrepi_safetensors *file) {
    int64_t done = 0;
    double values[GENREPI_MAX_METRICS];
    genrepi_load load;
    int32_t status = check_header(trainer, file);
    if (status != GENREP_OK) return status;
    genrepi_load_check(trainer->ctx, file, &load);
    status = visit_parts(trainer, &load.state);
    if (status == GENREP_OK) status = genrepi_trainer_prepare(trainer);
    if (status != GENREP_OK) return status;
    genrepi_load_check(trainer->ctx, file, &load);
    status = genrepi_trainer_visit(trainer, &load.state, &done, values);
    if (status == GENREP_OK) status = genrepi_load_complete(&load);
    return status;
}

int32_t genrepi_trainer_resume(genrep_trainer *trainer, const char *path) {
    genrepi_safetensors *file;
    int32_t status = genrepi_safetensors_open(trainer->ctx, path, &file);
    if (status != GENREP_OK) return status;
    status = check(trainer, file);
    if (status == GENREP_OK) {
        genrepi_load load;
        genrepi_guard_free(trainer);
        genrepi_load_load(trainer->ctx, file, &load);
        status = genrepi_trainer_visit(trainer, &load.state, &trainer->done, trainer->values);
    } else {
        genrepi_fail_in(trainer->ctx, status, "%s", path);
    }
    genrepi_safetensors_close(file);
    return status;
}
