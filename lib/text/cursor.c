/* Going through sentences, and what a checkpoint says of it. */
#include <text/cursor.h>
#include <string.h>

int32_t genrepi_cursor_init(genrep_ctx *ctx, int64_t longest, genrepi_cursor *cursor) {
    *cursor = (genrepi_cursor){0};
    cursor->words = genrepi_alloc_raw(ctx, longest, sizeof *cursor->words);
    return cursor->words != NULL ? GENREP_OK : GENREP_E_NOMEM;
}

void genrepi_cursor_free(genrep_ctx *ctx, genrepi_cursor *cursor) {
    genrepi_free(ctx, cursor->words);
    *cursor = (genrepi_cursor){0};
}

int32_t genrepi_cursor_take(genrepi_cursor *cursor, genrepi_sentences *sentences) {
    const genrepi_place before = sentences->place;
    int32_t status = genrepi_sentences_next(sentences, &cursor->rng, &cursor->consumed);
    if (status != GENREP_OK) return status;
    cursor->before = before;
    cursor->n = sentences->n < 2 ? 0 : sentences->n;
    cursor->at = 0;
    memcpy(cursor->words, sentences->words, (size_t)cursor->n * sizeof *cursor->words);
    return GENREP_OK;
}

genrepi_mark genrepi_mark_set(const genrepi_sentences *sentences, const genrepi_cursor *cursor,
                              int64_t processed, double loss, int64_t terms) {
    genrepi_mark mark = {
        .place = sentences->place, .processed = processed, .terms = terms, .loss = loss};
    if (cursor != NULL && cursor->at < cursor->n) {
        mark.place = cursor->before;
        mark.centre = cursor->at;
        mark.processed -= cursor->consumed;
    }
    return mark;
}

int32_t genrepi_mark_same(const genrepi_mark *a, const genrepi_mark *b) {
    return memcmp(a, b, sizeof *a) == 0; /* 64-bit numbers, without padding */
}

int32_t genrepi_mark_visit(genrepi_mark *mark, genrepi_state *state) {
    const struct {
        const char *name;
        int64_t *value;
    } all[] = {
        {"processed", &mark->processed},
        {"epoch", &mark->place.epoch},
        {"sentence", &mark->place.sentence},
        {"words", &mark->place.words},
        {"offset", &mark->place.offset},
        {"centre", &mark->centre},
        {"terms", &mark->terms},
    };
    int32_t status = GENREP_OK;
    for (int32_t i = 0; i < GENREPI_COUNT(all) && status == GENREP_OK; i++)
        status = state->integer(state, all[i].name, all[i].value);
    return status == GENREP_OK ? state->number(state, "loss_sum", &mark->loss) : status;
}
