/* The loss of word2vec's sampled objectives on other text. */
#include <text/word2vec.h>

typedef struct evaluation {
    const genrepi_word2vec *own;
    genrepi_sampler sampler; /* all words stay; the noise of training */
    genrepi_sentences sentences;
    genrepi_cursor cursor;
    genrepi_centre centre;
    genrepi_sgns_work work;
    genrepi_composed composed; /* context words, if they are made of n-grams */
    int32_t *slot_of;
} evaluation;

/* Words stay composed until there is no room for more. */
static void compose(evaluation *e) {
    genrepi_composed *set = &e->composed;
    if (!genrepi_composed_has_room(set, e->centre.n_context)) {
        genrepi_composed_forget(set, e->slot_of);
        set->n = 0;
    }
    const int32_t had = set->n;
    genrepi_composed_add(set, e->slot_of, &e->centre);
    genrepi_composed_gather(set, had, 0, e->own->sgns.stride);
}

static void measure(evaluation *e) {
    const genrepi_sgns *sgns = e->slot_of != NULL ? &e->composed.view : &e->own->sgns;
    genrepi_cursor *c = &e->cursor;
    genrepi_centre *centre = &e->centre;
    genrepi_centre_set(centre, &e->own->rule, &e->sampler, c->words, c->n, c->at++, &c->rng);
    if (centre->n_context == 0 || centre->n_output == 0) return;
    if (e->slot_of != NULL) compose(e);
    genrepi_sgns_scores(sgns, &e->work, centre);
    genrepi_sgns_slopes(sgns, &e->work, centre, 0, e->work.scores, &e->work.loss);
}

static int32_t open_composed(evaluation *e) {
    const genrepi_sgns *sgns = &e->own->sgns;
    e->slot_of = genrepi_composed_slots(sgns);
    if (e->slot_of == NULL) return GENREP_E_NOMEM;
    const int64_t capacity = genrepi_composed_capacity(sgns, 64, 2 * e->own->rule.window);
    return genrepi_composed_init(sgns, capacity, &e->composed);
}

static int32_t measure_all(evaluation *e, double *loss) {
    while (e->sentences.place.epoch == 0) {
        int32_t status = genrepi_cursor_take(&e->cursor, &e->sentences);
        if (status != GENREP_OK) return status;
        while (e->cursor.at < e->cursor.n) measure(e);
    }
    int64_t terms;
    const double sum = genrepi_sgns_take_loss(&e->own->sgns, &e->work.loss, &terms);
    if (terms == 0)
        return genrepi_fail(e->own->vocab->ctx, GENREP_E_INVALID,
                            "the text has no word with a context to predict it from");
    *loss = sum / (double)terms;
    return GENREP_OK;
}

int32_t genrepi_word2vec_evaluate(genrep_trainer *trainer, genrep_dataset *dataset, double *loss) {
    genrep_ctx *ctx = trainer->ctx;
    const genrepi_word2vec_options *o = trainer->options;
    const genrepi_word2vec *own = trainer->instance;
    evaluation e = {.own = own};
    int32_t status = genrepi_sampler_init(own->vocab, 0, o->noise_exponent, &e.sampler);
    if (status == GENREP_OK)
        status = genrepi_sentences_open(dataset, own->vocab, &e.sampler, -1,
                                        (int32_t)o->max_sentence, &e.sentences);
    if (status == GENREP_OK) status = genrepi_cursor_init(ctx, o->max_sentence, &e.cursor);
    if (status == GENREP_OK) status = genrepi_centre_init(ctx, &own->rule, &e.centre);
    if (status == GENREP_OK)
        status = genrepi_sgns_work_init(&own->sgns, 2 * o->window,
                                        genrepi_centre_outputs(&own->rule), &e.work);
    if (status == GENREP_OK && own->ngrams != NULL) status = open_composed(&e);
    if (status == GENREP_OK) status = measure_all(&e, loss);
    genrepi_composed_free(&e.composed);
    genrepi_free(ctx, e.slot_of);
    genrepi_sgns_work_free(&e.work);
    genrepi_centre_free(ctx, &e.centre);
    genrepi_cursor_free(ctx, &e.cursor);
    genrepi_sentences_close(&e.sentences);
    genrepi_sampler_free(&e.sampler);
    return status;
}
