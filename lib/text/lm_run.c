/* From text to batches, and back to words. */
#include <text/lm_run.h>
#include <text/vectors.h>
#include <text/word2vec.h>

static int32_t is_single(const genrepi_lm_run *run) {
    return run->rule.model.combine == GENREPI_COMBINE_SINGLE;
}

int32_t genrepi_lm_run_init(genrep_dataset *dataset, genrep_vocab *vocab, int32_t counted,
                            const genrepi_lm_rule *rule, genrepi_lm_run *run) {
    genrep_ctx *ctx = vocab->ctx;
    *run = (genrepi_lm_run){.vocab = vocab, .rule = *rule};
    int32_t status = genrepi_sampler_init(vocab, rule->sample, 0, &run->sampler);
    if (status == GENREP_OK)
        status = genrepi_sentences_open(dataset, vocab, &run->sampler, counted ? vocab->total : -1,
                                        (int32_t)rule->max_sentence, &run->sentences);
    if (status == GENREP_OK)
        status = genrepi_epochs_check(ctx, rule->epochs, run->sentences.words_per_epoch);
    if (status == GENREP_OK) status = genrepi_cursor_init(ctx, rule->max_sentence, &run->cursor);
    if (status == GENREP_OK) status = genrepi_centre_init(ctx, &rule->context, &run->centre);
    if (status == GENREP_OK) {
        run->places = genrepi_alloc(ctx, 2 * rule->context.window, sizeof *run->places);
        if (run->places == NULL) status = GENREP_E_NOMEM;
    }
    if (status == GENREP_OK) status = genrepi_lm_init(vocab, &rule->model, &run->lm);
    run->words = rule->epochs * run->sentences.words_per_epoch;
    return status;
}

void genrepi_lm_run_free(genrepi_lm_run *run) {
    if (run->vocab == NULL) return;
    genrep_ctx *ctx = run->vocab->ctx;
    genrepi_lm_free(&run->lm);
    genrepi_free(ctx, run->places);
    genrepi_centre_free(ctx, &run->centre);
    genrepi_cursor_free(ctx, &run->cursor);
    genrepi_sentences_close(&run->sentences);
    genrepi_sampler_free(&run->sampler);
    genrepi_vocab_unref(run->vocab);
    *run = (genrepi_lm_run){0};
}

int64_t genrepi_lm_run_steps(const genrepi_lm_run *run) {
    return (run->words - 1) / run->rule.block + 1;
}

int64_t genrepi_lm_run_done(const genrepi_lm_run *run) {
    return run->processed - (run->cursor.at < run->cursor.n ? run->cursor.consumed : 0);
}

static double rate_now(const genrepi_lm_run *run) {
    const genrepi_lm_rule *r = &run->rule;
    if (r->slowdown > 0) return r->alpha / (1 + r->slowdown * (double)run->processed);
    return genrepi_word2vec_rate(r->alpha, run->processed, run->words);
}

static int32_t take(genrepi_lm_run *run) {
    const double rate = rate_now(run);
    int32_t status = genrepi_cursor_take(&run->cursor, &run->sentences);
    if (status != GENREP_OK) return status;
    run->rate = rate;
    run->processed += run->cursor.consumed;
    return GENREP_OK;
}

/* The window's words in order; those outside the sentence are the padding row, or, without one,
 * make the place no example. */
static void add_concatenated(genrepi_lm_run *run, genrepi_lm *lm, const genrepi_cursor *c) {
    const int64_t window = run->rule.context.window, at = c->at;
    const int64_t last = run->rule.context.context == GENREPI_CONTEXT_PREVIOUS ? -1 : window;
    int32_t n = 0;
    for (int64_t offset = -window; offset <= last; offset++) {
        const int64_t place = at + offset;
        if (offset == 0) continue;
        if (place >= 0 && place < c->n)
            run->places[n++] = c->words[place];
        else if (run->rule.model.padding)
            run->places[n++] = (int32_t)run->vocab->words.count;
        else
            return;
    }
    genrepi_lm_add(lm, run->places, n, c->words[at]);
}

/* The examples of the next centre. */
static void add_centre(genrepi_lm_run *run, genrepi_cursor *c) {
    genrepi_lm *lm = &run->lm;
    genrepi_centre *centre = &run->centre;
    if (run->rule.model.combine == GENREPI_LM_CONCAT &&
        run->rule.context.context != GENREPI_CONTEXT_NEARBY) {
        add_concatenated(run, lm, c);
        c->at++;
        return;
    }
    genrepi_centre_set(centre, &run->rule.context, &run->sampler, c->words, c->n, c->at++, &c->rng);
    if (is_single(run)) {
        for (int32_t i = 0; i < centre->n_context; i++)
            genrepi_lm_add(lm, centre->context + i, 1, centre->output[0]);
    } else if (centre->n_context > 0) {
        genrepi_lm_add(lm, centre->context, centre->n_context, centre->output[0]);
    }
}

/* Examples a centre may give. */
static int64_t most_examples(const genrepi_lm_run *run) {
    return is_single(run) ? 2 * run->rule.context.window : 1;
}

/* Batches do not depend on where steps end. */
static int32_t fill_batch(genrepi_lm_run *run) {
    while (genrepi_lm_room(&run->lm, most_examples(run))) {
        if (run->cursor.at < run->cursor.n) {
            add_centre(run, &run->cursor);
        } else {
            if (run->processed >= run->words) return GENREP_OK;
            int32_t status = take(run);
            if (status != GENREP_OK) return status;
        }
    }
    return GENREP_OK;
}

/* Goes to where a checkpoint says: in the midst of a sentence, by drawing what was drawn. */
static int32_t go_to_mark(genrepi_lm_run *run) {
    const genrepi_mark mark = run->mark;
    run->sentences.place = mark.place;
    run->processed = mark.processed;
    run->terms = mark.terms;
    run->loss = mark.loss;
    run->cursor.n = run->cursor.at = 0;
    if (mark.centre == 0) return GENREP_OK;
    int32_t status = take(run);
    if (status != GENREP_OK) return status;
    if (mark.centre > run->cursor.n)
        return genrepi_fail(run->vocab->ctx, GENREP_E_FORMAT,
                            "the checkpoint goes on at centre %lld of a sentence of %d",
                            (long long)mark.centre, (int)run->cursor.n);
    while (run->cursor.at < mark.centre) {
        run->lm.n = 0;
        add_centre(run, &run->cursor);
    }
    run->lm.n = 0;
    return GENREP_OK;
}

static int32_t train_until(genrep_trainer *trainer, genrepi_lm_run *run, int64_t until) {
    while (genrepi_lm_run_done(run) < until) {
        if (atomic_load_explicit(&trainer->cancelled, memory_order_relaxed)) return GENREP_STOPPED;
        run->begin =
            genrepi_mark_set(&run->sentences, &run->cursor, run->processed, run->loss, run->terms);
        int32_t status = fill_batch(run);
        const int64_t n = run->lm.n;
        double loss = 0;
        if (status == GENREP_OK) status = genrepi_lm_step(&run->lm, (real)run->rate, &loss);
        if (status == GENREP_OK && !isfinite(loss)) status = genrepi_trainer_note(trainer, 0, loss);
        if (status != GENREP_OK) {
            run->lm.n = 0;
            return status;
        }
        run->loss += loss;
        run->terms += n;
    }
    return GENREP_OK;
}

int32_t genrepi_lm_run_step(genrep_trainer *trainer, genrepi_lm_run *run, double *loss,
                            int64_t *terms) {
    const int64_t until = trainer->done + 1 < genrepi_lm_run_steps(run)
                              ? (trainer->done + 1) * run->rule.block
                              : run->words;
    int32_t status = GENREP_OK;
    if (!genrepi_mark_same(&run->mark, &run->live)) status = go_to_mark(run);
    if (status != GENREP_OK) return status;
    status = train_until(trainer, run, until);
    if (status == GENREP_OK) {
        *terms = run->terms;
        *loss = run->terms > 0 ? run->loss / (double)run->terms : 0;
        run->terms = 0;
        run->loss = 0;
    }
    run->mark = run->live =
        genrepi_mark_set(&run->sentences, &run->cursor, run->processed, run->loss, run->terms);
    if (status < 0) { /* the batch that failed is begun anew */
        run->mark = run->begin;
        run->live.processed = -1;
    }
    return status;
}

/* Sums the losses of a text, batch by batch, without a step. */
static int32_t evaluate_all(genrepi_lm_run *run, genrepi_sentences *sentences,
                            genrepi_cursor *cursor, double *sum, int64_t *terms) {
    int32_t status = GENREP_OK;
    *sum = 0;
    *terms = 0;
    while (status == GENREP_OK && (cursor->at < cursor->n || sentences->place.epoch == 0)) {
        while (status == GENREP_OK && genrepi_lm_room(&run->lm, most_examples(run))) {
            if (cursor->at < cursor->n)
                add_centre(run, cursor);
            else if (sentences->place.epoch == 0)
                status = genrepi_cursor_take(cursor, sentences);
            else
                break;
        }
        double loss = 0;
        *terms += run->lm.n;
        if (status == GENREP_OK) status = genrepi_lm_step(&run->lm, 0, &loss);
        *sum += loss;
    }
    run->lm.n = 0;
    return status;
}

int32_t genrepi_lm_run_evaluate(genrepi_lm_run *run, genrep_dataset *dataset, double *loss) {
    genrep_ctx *ctx = run->vocab->ctx;
    genrepi_sampler all;
    genrepi_sentences sentences = {0};
    genrepi_cursor cursor = {0};
    double sum = 0;
    int64_t terms = 0;
    int32_t status = genrepi_sampler_init(run->vocab, 0, 0, &all);
    if (status != GENREP_OK) return status;
    status = genrepi_sentences_open(dataset, run->vocab, &all, -1, (int32_t)run->rule.max_sentence,
                                    &sentences);
    if (status == GENREP_OK) status = genrepi_cursor_init(ctx, run->rule.max_sentence, &cursor);
    if (status == GENREP_OK) status = evaluate_all(run, &sentences, &cursor, &sum, &terms);
    if (status == GENREP_OK && terms == 0)
        status = genrepi_fail(ctx, GENREP_E_INVALID,
                              "the text has no word with a context to predict it from");
    if (status == GENREP_OK) *loss = sum / (double)terms;
    genrepi_cursor_free(ctx, &cursor);
    genrepi_sentences_close(&sentences);
    genrepi_sampler_free(&all);
    return status;
}

int32_t genrepi_lm_run_visit(genrepi_lm_run *run, genrepi_state *state) {
    int32_t status = genrepi_vocab_visit(run->vocab, run->sentences.words_per_epoch, state);
    if (status == GENREP_OK) status = genrepi_lm_visit(&run->lm, state);
    return status == GENREP_OK ? genrepi_mark_visit(&run->mark, state) : status;
}

static void get_row(const void *from, int64_t word, float *to) {
    const genrepi_lm *lm = from;
    genrepi_convert(lm->options.size, GENREPI_REAL,
                    genrepi_real_read(lm->embedding) + word * lm->options.size, GENREP_F32, to);
}

int32_t genrepi_lm_run_vectors(const genrepi_lm_run *run, genrep_vectors **out) {
    const int64_t size = run->rule.model.size;
    if (GENREPI_REAL == GENREP_F32)
        return genrepi_vectors_borrow(
            run->vocab->ctx, &run->vocab->words, size, size,
            (const float *)(const void *)genrepi_real_read(run->lm.embedding), out);
    return genrepi_vectors_make(run->vocab, size, get_row, &run->lm, out);
}
