/* A place in the midst of a text: a sentence, and how far it is. */
#ifndef GENREPI_TEXT_CURSOR_H
#define GENREPI_TEXT_CURSOR_H

#include <tensor/state.h>
#include <text/sentences.h>

typedef struct genrepi_cursor {
    int32_t *words;       /* the sentence */
    int32_t n, at;        /* its words; the next centre */
    genrepi_rng rng;      /* as the next centre needs it */
    genrepi_place before; /* the place of the sentence */
    int64_t consumed;     /* words of the text that it took */
} genrepi_cursor;

int32_t genrepi_cursor_init(genrep_ctx *ctx, int64_t longest, genrepi_cursor *cursor);
void genrepi_cursor_free(genrep_ctx *ctx, genrepi_cursor *cursor); /* fine on {0} */

/* Takes the next sentence.  One of a single word is taken as none: it has no context. */
int32_t genrepi_cursor_take(genrepi_cursor *cursor, genrepi_sentences *sentences);

/* Where a run stands between steps: a sentence's place, the centres of it that are done, and the
 * loss of the step under way, if it was cancelled. */
typedef struct genrepi_mark {
    genrepi_place place;
    int64_t centre, processed;
    int64_t terms;
    double loss; /* a sum over `terms` */
} genrepi_mark;

/* processed: words of the text that were taken; terms: what the loss is a sum over.  cursor: NULL
 * to stand behind the sentences that were taken. */
genrepi_mark genrepi_mark_set(const genrepi_sentences *sentences, const genrepi_cursor *cursor,
                              int64_t processed, double loss, int64_t terms);
int32_t genrepi_mark_same(const genrepi_mark *a, const genrepi_mark *b);
int32_t genrepi_mark_visit(genrepi_mark *mark, genrepi_state *state);

#endif
