/* Held-out text. */
#include <text/validation.h>

int32_t genrepi_validation_open(genrep_ctx *ctx, const char *path, int64_t patience,
                                genrepi_validation *validation) {
    *validation = (genrepi_validation){.patience = patience};
    if (path == NULL && patience > 0)
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            "patience=%lld needs validation='FILE', a text to measure",
                            (long long)patience);
    return path != NULL ? genrepi_text_open(ctx, path, &validation->dataset) : GENREP_OK;
}

void genrepi_validation_close(genrepi_validation *validation) {
    genrepi_dataset_unref(validation->dataset);
    *validation = (genrepi_validation){0};
}

static int32_t has_ended(const genrepi_validation *validation) {
    return validation->patience > 0 && validation->since >= validation->patience;
}

int32_t genrepi_validation_before(genrep_trainer *trainer, const genrepi_validation *validation) {
    if (!has_ended(validation)) return GENREP_OK;
    trainer->total = trainer->done;
    return GENREP_STOPPED;
}

int32_t genrepi_validation_after(genrep_trainer *trainer, genrepi_validation *validation,
                                 int64_t epochs, int32_t metric) {
    if (validation->dataset == NULL || epochs <= validation->epochs) return GENREP_OK;
    double loss;
    int32_t status = trainer->ops->evaluate(trainer, validation->dataset, &loss);
    if (status == GENREP_OK) status = genrepi_trainer_note(trainer, metric, loss);
    if (status != GENREP_OK) return genrepi_fail_in(trainer->ctx, status, "validation");
    if (validation->epochs == 0 || loss < validation->best) {
        validation->best = loss;
        validation->since = 0;
    } else {
        validation->since++;
    }
    validation->epochs = epochs;
    if (has_ended(validation)) trainer->total = trainer->done + 1;
    return GENREP_OK;
}

int32_t genrepi_validation_visit(genrepi_validation *validation, genrepi_state *state) {
    int32_t status = state->integer(state, "validation_epochs", &validation->epochs);
    if (status == GENREP_OK) status = state->integer(state, "validation_since", &validation->since);
    return status == GENREP_OK ? state->number(state, "validation_best", &validation->best)
                               : status;
}
