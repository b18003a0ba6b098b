/* The result of an evaluation, and the lines of the sets it comes from. */
#include <text/evaluation.h>
#include <string.h>

int32_t genrepi_evaluation_new(genrep_ctx *ctx, int64_t words, genrep_evaluation **out) {
    genrep_evaluation *evaluation = genrepi_alloc(ctx, 1, sizeof *evaluation);
    if (evaluation == NULL) return GENREP_E_NOMEM;
    evaluation->ctx = genrepi_ctx_ref(ctx);
    atomic_init(&evaluation->refs, 1);
    evaluation->words = words;
    *out = evaluation;
    return GENREP_OK;
}

int32_t genrepi_evaluation_add(genrep_evaluation *evaluation, const char *name, size_t bytes) {
    if (evaluation->n_rows == evaluation->capacity) {
        int64_t capacity = 2 * evaluation->capacity + 16;
        genrepi_evaluation_row *rows =
            genrepi_realloc(evaluation->ctx, evaluation->rows, capacity, sizeof *rows);
        if (rows == NULL) return GENREP_E_NOMEM;
        evaluation->rows = rows;
        evaluation->capacity = capacity;
    }
    char *copy = genrepi_strndup(evaluation->ctx, name, bytes);
    if (copy == NULL) return GENREP_E_NOMEM;
    evaluation->rows[evaluation->n_rows++] = (genrepi_evaluation_row){.name = copy};
    return GENREP_OK;
}

genrep_evaluation *genrepi_evaluation_ref(genrep_evaluation *evaluation) {
    if (evaluation != NULL) genrepi_ref(&evaluation->refs);
    return evaluation;
}

void genrepi_evaluation_unref(genrep_evaluation *evaluation) {
    if (evaluation == NULL || !genrepi_unref(&evaluation->refs)) return;
    genrep_ctx *ctx = evaluation->ctx;
    for (int64_t i = 0; i < evaluation->n_rows; i++) genrepi_free(ctx, evaluation->rows[i].name);
    genrepi_free(ctx, evaluation->rows);
    genrepi_free(ctx, evaluation);
    genrepi_ctx_unref(ctx);
}

int64_t genrepi_evaluation_find(const genrep_evaluation *evaluation, const char *name) {
    for (int64_t i = evaluation->n_rows - 1; i >= 0; i--) {
        if (strcmp(evaluation->rows[i].name, name) == 0) return i;
    }
    return -1;
}

int32_t genrepi_set_open(genrep_dataset *dataset, genrepi_scan *scan) {
    genrepi_reader *reader = NULL;
    int32_t status = genrepi_dataset_text(dataset, &reader);
    return status == GENREP_OK ? genrepi_scan_open(dataset->ctx, reader, scan) : status;
}

static int is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

int32_t genrepi_set_line(genrepi_scan *scan, int64_t *number, const char **line, size_t *bytes) {
    int32_t status = genrepi_scan_line(scan, GENREPI_SET_LINE_BYTES, line, bytes);
    if (status != GENREP_OK || *line == NULL) return status;
    if (++*number == 1 && *bytes >= 3 && memcmp(*line, "\xEF\xBB\xBF", 3) == 0) {
        *line += 3;
        *bytes -= 3;
    }
    if (memchr(*line, 0, *bytes) != NULL)
        return genrepi_fail(scan->ctx, GENREP_E_FORMAT, "%s, line %lld: holds a 0: it is not text",
                            genrepi_reader_name(scan->reader), (long long)*number);
    while (*bytes > 0 && is_blank((*line)[*bytes - 1])) (*bytes)--;
    while (*bytes > 0 && is_blank(**line)) {
        (*line)++;
        (*bytes)--;
    }
    return GENREP_OK;
}
