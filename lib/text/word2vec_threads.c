/* How the threads of word2vec share the work: in lockstep (text/lockstep.h) with `deterministic`;
 * else each takes the next sentence as soon as it is done with one, and all write the same tables
 * without locks (Recht et al. 2011).  That two threads touch a row at once is rare and then costs
 * part of a step; it is why the bits differ from run to run.  One thread without locks goes centre
 * by centre and has the same bits every time. */
#include <base/pool.h>
#include <string.h>
#include <text/lockstep.h>

enum {
    MOST_WORKERS = 256,
    CENTRES_AT_ONCE = 16 /* between looks at whether it is cancelled */
};

/* Sentences that several threads have not finished stay with them; a checkpoint goes on behind
 * those.
 */
static genrepi_mark mark_now(const genrepi_word2vec *own) {
    const int32_t exact = own->n_workers == 1 || own->lockstep != NULL;
    return genrepi_mark_set(&own->sentences, exact ? &own->workers[0].cursor : NULL, own->processed,
                            own->loss, own->terms);
}

/* Goes to where a checkpoint says: in the midst of a sentence, by drawing what was drawn. */
static int32_t go_to_mark(genrep_trainer *trainer) {
    genrepi_word2vec *own = trainer->instance;
    const genrepi_mark mark = own->mark;
    own->sentences.place = mark.place;
    own->processed = mark.processed;
    own->terms = mark.terms;
    own->loss = mark.loss;
    for (int32_t i = 0; i < own->n_workers; i++)
        own->workers[i].cursor.n = own->workers[i].cursor.at = 0;
    genrepi_word2vec_worker *w = &own->workers[0];
    if (mark.centre == 0) return GENREP_OK;
    genrepi_word2vec_take(trainer, w, own->words);
    if (own->status == GENREP_OK && mark.centre > w->cursor.n)
        return genrepi_fail(trainer->ctx, GENREP_E_FORMAT,
                            "the checkpoint goes on at centre %lld of a sentence of %d",
                            (long long)mark.centre, (int)w->cursor.n);
    while (own->status == GENREP_OK && w->cursor.at < mark.centre)
        genrepi_word2vec_centre(own, w, &w->centres[0]);
    return own->status;
}

int64_t genrepi_word2vec_done(const genrepi_word2vec *own) {
    int64_t done = own->processed;
    for (int32_t i = 0; i < own->n_workers; i++)
        if (own->workers[i].cursor.at < own->workers[i].cursor.n)
            done -= own->workers[i].cursor.consumed;
    return done;
}

int32_t genrepi_word2vec_take(genrep_trainer *trainer, genrepi_word2vec_worker *w, int64_t limit) {
    const genrepi_word2vec_options *o = trainer->options;
    genrepi_word2vec *own = trainer->instance;
    int32_t taken = 0;
    pthread_mutex_lock(&own->turn);
    if (own->status == GENREP_OK && own->processed < limit) {
        own->status = genrepi_cursor_take(&w->cursor, &own->sentences);
        if (own->status == GENREP_OK) {
            own->rate = genrepi_word2vec_rate(o->alpha, own->processed, own->words);
            own->processed += w->cursor.consumed;
            w->rate = (real)own->rate;
            taken = 1;
        }
    }
    pthread_mutex_unlock(&own->turn);
    return taken;
}

void genrepi_word2vec_centre(const genrepi_word2vec *own, genrepi_word2vec_worker *w,
                             genrepi_centre *centre) {
    genrepi_cursor *c = &w->cursor;
    genrepi_centre_set(centre, &own->rule, &own->sampler, c->words, c->n, c->at++, &c->rng);
}

static void prefetch(const genrepi_word2vec *own, const genrepi_word2vec_worker *w, int32_t word) {
    if (w->slot_of == NULL)
        genrepi_sgns_prefetch_input(&own->sgns, word, 0);
    else if (w->slot_of[word] < 0)
        genrepi_composed_prefetch(&own->sgns, word, 0, own->sgns.stride);
}

/* The rows of the next centre are on their way while the present one is worked on.  Input rows come
 * into the window one after another, so only the foremost is fetched.  Words made of n-grams are
 * composed when a centre has them, and give back what they moved by when all n are done. */
static void train_centres(const genrepi_word2vec *own, genrepi_word2vec_worker *w, int32_t n) {
    const int32_t composed = w->slot_of != NULL;
    const genrepi_sgns *sgns = composed ? &w->composed.view : &own->sgns;
    const int64_t window = own->rule.window;
    for (int32_t i = 0; i <= n; i++) {
        if (i < n) {
            genrepi_centre *next = &w->centres[i % 2];
            const genrepi_cursor *c = &w->cursor;
            if (c->at + window < c->n) prefetch(own, w, c->words[c->at + window]);
            genrepi_word2vec_centre(own, w, next);
            if (composed) {
                const int32_t had = w->composed.n;
                genrepi_composed_add(&w->composed, w->slot_of, next);
                genrepi_composed_gather(&w->composed, had, 0, sgns->stride);
            }
            genrepi_sgns_prefetch_outputs(sgns, next, 0);
        }
        if (i > 0) genrepi_sgns_step(sgns, &w->work, &w->centres[(i - 1) % 2], w->rate);
    }
    if (!composed) return;
    genrepi_composed_scatter(&w->composed, 0, sgns->stride);
    genrepi_composed_forget(&w->composed, w->slot_of);
    w->composed.n = 0;
}

/* Losses are summed up at the same centres, wherever a run was cancelled. */
static void train_worker(void *argument, int64_t i) {
    genrep_trainer *trainer = argument;
    const genrepi_word2vec *own = trainer->instance;
    genrepi_word2vec_worker *w = &own->workers[i];
    do {
        while (w->cursor.at < w->cursor.n) {
            if (genrepi_word2vec_cancelled(trainer)) return;
            const int32_t left = w->cursor.n - w->cursor.at;
            train_centres(own, w, left < CENTRES_AT_ONCE ? left : CENTRES_AT_ONCE);
            int64_t terms;
            w->loss += genrepi_sgns_take_loss(&own->sgns, &w->work.loss, &terms);
            w->terms += terms;
        }
    } while (!genrepi_word2vec_cancelled(trainer) && genrepi_word2vec_take(trainer, w, own->until));
}

static void train_without_locks(genrep_trainer *trainer) {
    genrepi_word2vec *own = trainer->instance;
    for (int32_t i = 0; i < own->n_workers; i++) {
        own->workers[i].loss = i == 0 ? own->loss : 0;
        own->workers[i].terms = i == 0 ? own->terms : 0;
    }
    genrepi_parallel(trainer->ctx, own->n_workers, train_worker, trainer);
    own->loss = 0;
    own->terms = 0;
    for (int32_t i = 0; i < own->n_workers; i++) {
        own->loss += own->workers[i].loss;
        own->terms += own->workers[i].terms;
    }
}

int32_t genrepi_word2vec_train(genrep_trainer *trainer, double *loss, int64_t *terms) {
    genrepi_word2vec *own = trainer->instance;
    own->status = GENREP_OK;
    if (!genrepi_mark_same(&own->mark, &own->live)) own->status = go_to_mark(trainer);
    if (own->status != GENREP_OK) return own->status;
    if (own->lockstep != NULL)
        genrepi_lockstep_run(trainer, own->lockstep);
    else
        train_without_locks(trainer);
    if (own->status == GENREP_OK && genrepi_word2vec_done(own) < own->until)
        own->status = GENREP_STOPPED;
    if (own->status == GENREP_OK) {
        *loss = own->loss;
        *terms = own->terms;
        own->loss = 0;
        own->terms = 0;
    }
    own->mark = own->live = mark_now(own);
    if (own->lockstep != NULL && own->status < 0) { /* the batch that failed is begun anew */
        own->mark = own->begin;
        own->mark.loss = own->loss;
        own->mark.terms = own->terms;
        own->live.processed = -1;
    }
    return own->status;
}

static int32_t start_worker(const genrep_trainer *trainer, genrepi_word2vec_worker *w) {
    genrep_ctx *ctx = trainer->ctx;
    const genrepi_word2vec_options *o = trainer->options;
    genrepi_word2vec *own = trainer->instance;
    int32_t status = genrepi_cursor_init(ctx, o->max_sentence, &w->cursor);
    for (int32_t c = 0; c < 2 && status == GENREP_OK; c++)
        status = genrepi_centre_init(ctx, &own->rule, &w->centres[c]);
    if (status == GENREP_OK)
        status = genrepi_sgns_work_init(&own->sgns, 2 * o->window,
                                        genrepi_centre_outputs(&own->rule), &w->work);
    if (status != GENREP_OK || own->ngrams == NULL || o->deterministic) return status;
    const int64_t most = CENTRES_AT_ONCE + 2 * o->window, words = own->sgns.words;
    w->slot_of = genrepi_composed_slots(&own->sgns);
    if (w->slot_of == NULL) return GENREP_E_NOMEM;
    return genrepi_composed_init(&own->sgns, most < words ? most : words, &w->composed);
}

int32_t genrepi_word2vec_start(genrep_trainer *trainer) {
    genrepi_word2vec *own = trainer->instance;
    const genrepi_word2vec_options *o = trainer->options;
    const int32_t most = genrepi_workers(trainer->ctx);
    int32_t n = most < MOST_WORKERS ? most : MOST_WORKERS;
    const int32_t on_caller = genrepi_dataset_on_caller(trainer->dataset);
    if (on_caller && trainer->ctx->runner.parallel_for != NULL) n = 1; /* on whose threads? */
    own->workers = genrepi_alloc(trainer->ctx, n, sizeof *own->workers);
    if (own->workers == NULL) return GENREP_E_NOMEM;
    own->n_workers = n;
    int32_t status = GENREP_OK;
    for (int32_t i = 0; i < n && status == GENREP_OK; i++)
        status = start_worker(trainer, &own->workers[i]);
    if (status == GENREP_OK && (o->deterministic || (on_caller && n > 1)))
        status = genrepi_lockstep_new(trainer, &own->lockstep);
    return status;
}

void genrepi_word2vec_end(genrep_trainer *trainer) {
    genrepi_word2vec *own = trainer->instance;
    genrepi_lockstep_free(trainer->ctx, own->lockstep);
    for (int32_t i = 0; i < own->n_workers; i++) {
        genrepi_word2vec_worker *w = &own->workers[i];
        for (int32_t c = 0; c < 2; c++) genrepi_centre_free(trainer->ctx, &w->centres[c]);
        genrepi_sgns_work_free(&w->work);
        genrepi_composed_free(&w->composed);
        genrepi_free(trainer->ctx, w->slot_of);
        genrepi_cursor_free(trainer->ctx, &w->cursor);
    }
    genrepi_free(trainer->ctx, own->workers);
}
