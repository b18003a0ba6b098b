/* Batches, phases, and who does what. */
#include <text/lockstep.h>
#include <base/pool.h>
#include <math.h>
#include <sched.h>
#include <text/composed.h>

enum {
    MOST_CENTRES = 64,
    MOST_PAIRS = 65536,          /* in a batch */
    PARTS = GENREPI_MOST_PANELS, /* that a product is the sum of */
    LANES = 16,
    LINE = 64, /* bytes that processors hand to each other */
    MOST_TASKS = 2 * 256 + 1,
    SPINS = 4096
};

typedef struct batch {
    int32_t n;
    genrepi_centre *centres;     /* their words and labels are in the arrays below, packed: */
    int32_t *contexts, *outputs; /* other processors than the one that made them read them */
    real *labels, *rates;
    int64_t *pairs;            /* of the centres before: where a centre's products are */
    real *means;               /* a row each, where contexts are averaged */
    genrepi_composed composed; /* context words, if they are made of n-grams */
    real *products[PARTS];
} batch;

struct genrepi_lockstep {
    int32_t centres;
    int32_t chunks; /* of a batch, for products */
    int32_t slices; /* of the columns, for steps */
    int64_t *slice_end;
    batch batches[2];
    int32_t on_caller; /* batches are made by the thread that trains: they come from the host */
    pthread_t caller;
    int32_t *slot_of; /* of each word in the batch that is being made, -1 between batches */
    int32_t current;  /* the batch that is trained; the other one is being made */
    _Alignas(LINE) genrepi_sgns_loss loss;
    /* A phase is a number that grows (phase_of() says what is done).  A task is claimed by writing
     * the phase's number.  What threads wait for is in lines of its own. */
    _Alignas(LINE) _Atomic uint64_t phase; /* OVER is set at the end of a step */
    _Alignas(LINE) atomic_int finished;
    _Atomic uint64_t claims[MOST_TASKS];
};

#define OVER (UINT64_C(1) << 63)

enum { STEPS, PRODUCTS, ROWS };

/* Products and steps in turn; where context words are made of n-grams, their rows before that. */
static int32_t phase_of(const genrepi_lockstep *l, uint64_t phase) {
    if (l->slot_of == NULL) return phase % 2 == 1 ? PRODUCTS : STEPS;
    return phase % 3 == 1 ? ROWS : phase % 3 == 2 ? PRODUCTS : STEPS;
}

/* The tables that a batch's contexts are rows of. */
static const genrepi_sgns *tables_of(const genrepi_word2vec *own, const batch *b) {
    return own->sgns.ngrams != NULL ? &b->composed.view : &own->sgns;
}

/* How many pairs of a centre meet one row, at most, on average: what a batch's length is to be
 * small against. */
static double most_hits(const genrepi_word2vec *own, const genrepi_word2vec_options *o) {
    const genrep_vocab *vocab = own->vocab;
    const double width = o->context == GENREPI_CONTEXT_NEARBY
                             ? 1
                             : (o->dynamic ? ((double)o->window + 1) / 2 : (double)o->window) *
                                   (o->context == GENREPI_CONTEXT_AROUND ? 2 : 1);
    const int32_t single = o->combine == GENREPI_COMBINE_SINGLE;
    const double rows = single ? width : 1;
    if (own->rule.tree != NULL) return rows; /* its root */
    double kept = 0, noise = 0, top_kept = 0, top_noise = 0;
    for (int64_t i = 1; i < vocab->words.count; i++) {
        const double count = (double)vocab->counts[i];
        const double stays =
            count * genrepi_keep_probability(count / (double)vocab->total, o->sample);
        const double drawn = count > 0 ? pow(count, o->noise_exponent) : 0;
        kept += stays;
        noise += drawn;
        if (stays > top_kept) top_kept = stays;
        if (drawn > top_noise) top_noise = drawn;
    }
    if (!(kept > 0) || !(noise > 0)) return rows;
    const double share = top_kept / kept, negative = (double)o->negative;
    const double as_output = rows * (share + negative * top_noise / noise);
    const double as_input =
        share * (1 + negative) * (o->combine == GENREPI_COMBINE_MEAN ? 1 : width);
    return as_input > as_output ? as_input : as_output;
}

/* The rate times the pairs of a row stays below 1: steps of the logistic loss from stale products
 * do not overshoot then. */
int32_t genrepi_lockstep_centres(const genrep_trainer *trainer) {
    const genrepi_word2vec_options *o = trainer->options;
    const genrepi_word2vec *own = trainer->instance;
    const double by_rate = 1 / (o->alpha * most_hits(own, o));
    const int64_t pairs = 2 * o->window * genrepi_centre_outputs(&own->rule);
    int64_t centres = MOST_PAIRS / pairs < MOST_CENTRES ? MOST_PAIRS / pairs : MOST_CENTRES;
    if (by_rate < (double)centres) centres = (int64_t)by_rate;
    return centres < 1 ? 1 : (int32_t)centres;
}

static int32_t new_batch(const genrep_trainer *trainer, const genrepi_lockstep *l, batch *b) {
    genrep_ctx *ctx = trainer->ctx;
    const genrepi_word2vec *own = trainer->instance;
    const int64_t n = l->centres, contexts = 2 * own->rule.window,
                  outputs = genrepi_centre_outputs(&own->rule);
    b->centres = genrepi_alloc(ctx, n, sizeof *b->centres);
    b->contexts = genrepi_alloc(ctx, n * contexts, sizeof *b->contexts);
    b->outputs = genrepi_alloc(ctx, n * outputs, sizeof *b->outputs);
    b->labels = genrepi_alloc(ctx, n * outputs, sizeof *b->labels);
    b->rates = genrepi_alloc(ctx, n, sizeof *b->rates);
    b->pairs = genrepi_alloc(ctx, n, sizeof *b->pairs);
    if (own->sgns.combine != GENREPI_COMBINE_SINGLE) {
        b->means = genrepi_alloc(ctx, n * own->sgns.stride, sizeof *b->means);
        if (b->means == NULL) return GENREP_E_NOMEM;
    }
    for (int32_t p = 0; p < own->sgns.panels; p++) {
        b->products[p] = genrepi_alloc(ctx, n * contexts * outputs + LANES, sizeof *b->products[p]);
        if (b->products[p] == NULL) return GENREP_E_NOMEM;
    }
    if (b->centres == NULL || b->contexts == NULL || b->outputs == NULL || b->labels == NULL ||
        b->rates == NULL || b->pairs == NULL)
        return GENREP_E_NOMEM;
    if (own->sgns.ngrams != NULL)
        return genrepi_composed_init(&own->sgns, genrepi_composed_capacity(&own->sgns, n, contexts),
                                     &b->composed);
    return GENREP_OK;
}

static void free_batch(genrep_ctx *ctx, batch *b) {
    void *all[] = {b->centres, b->contexts, b->outputs,     b->labels,     b->rates,
                   b->pairs,   b->means,    b->products[0], b->products[1]};
    for (int32_t i = 0; i < GENREPI_COUNT(all); i++) genrepi_free(ctx, all[i]);
    genrepi_composed_free(&b->composed);
}

int32_t genrepi_lockstep_new(genrep_trainer *trainer, genrepi_lockstep **out) {
    genrep_ctx *ctx = trainer->ctx;
    const genrepi_word2vec *own = trainer->instance;
    const int64_t blocks = (own->sgns.stride + LANES - 1) / LANES;
    genrepi_lockstep *l = *out = genrepi_alloc(ctx, 1, sizeof *l);
    if (l == NULL) return GENREP_E_NOMEM;
    l->centres = genrepi_lockstep_centres(trainer);
    l->chunks = (own->n_workers + own->sgns.panels - 1) / own->sgns.panels;
    l->slices = own->n_workers < blocks ? own->n_workers : (int32_t)blocks;
    l->slice_end = genrepi_alloc(ctx, l->slices, sizeof *l->slice_end);
    if (l->slice_end == NULL) return GENREP_E_NOMEM;
    for (int32_t s = 1; s < l->slices; s++) l->slice_end[s - 1] = s * blocks / l->slices * LANES;
    l->slice_end[l->slices - 1] = own->sgns.stride;
    genrepi_sgns_take_loss(&own->sgns, &l->loss, &(int64_t){0});
    if (own->sgns.ngrams != NULL) {
        l->slot_of = genrepi_composed_slots(&own->sgns);
        if (l->slot_of == NULL) return GENREP_E_NOMEM;
    }
    int32_t status = new_batch(trainer, l, &l->batches[0]);
    return status == GENREP_OK ? new_batch(trainer, l, &l->batches[1]) : status;
}

void genrepi_lockstep_free(genrep_ctx *ctx, genrepi_lockstep *l) {
    if (l == NULL) return;
    for (int i = 0; i < 2; i++) free_batch(ctx, &l->batches[i]);
    genrepi_free(ctx, l->slice_end);
    genrepi_free(ctx, l->slot_of);
    genrepi_free(ctx, l);
}

/* Centres without context are left out.  Whether a step is over is asked between batches only, so
 * that the batches are the same wherever steps end. */
static void fill_batch(genrep_trainer *trainer, genrepi_lockstep *l, batch *b) {
    genrepi_word2vec *own = trainer->instance;
    genrepi_word2vec_worker *w = &own->workers[0];
    int32_t *context = b->contexts, *output = b->outputs;
    real *label = b->labels;
    int64_t pairs = 0;
    b->n = b->composed.n = 0;
    if (genrepi_word2vec_cancelled(trainer) || genrepi_word2vec_done(own) >= own->until) return;
    while (b->n < l->centres &&
           (l->slot_of == NULL || genrepi_composed_has_room(&b->composed, 2 * own->rule.window))) {
        if (w->cursor.at == w->cursor.n) {
            if (!genrepi_word2vec_take(trainer, w, own->words)) return;
            continue;
        }
        genrepi_centre *centre = &b->centres[b->n];
        *centre = (genrepi_centre){.context = context, .output = output, .label = label};
        genrepi_word2vec_centre(own, w, centre);
        if (centre->n_context == 0 || centre->n_output == 0) continue;
        context += centre->n_context;
        output += centre->n_output;
        label += centre->n_output;
        b->rates[b->n] = w->rate;
        b->pairs[b->n++] = pairs;
        pairs += (int64_t)centre->n_context * centre->n_output;
        if (l->slot_of != NULL) genrepi_composed_add(&b->composed, l->slot_of, centre);
    }
}

static void make_batch(genrep_trainer *trainer, genrepi_lockstep *l, batch *b) {
    genrepi_word2vec *own = trainer->instance;
    own->begin = genrepi_mark_set(&own->sentences, &own->workers[0].cursor, own->processed, 0, 0);
    fill_batch(trainer, l, b);
    if (own->status != GENREP_OK) b->n = 0; /* it is begun anew */
    if (l->slot_of != NULL) genrepi_composed_forget(&b->composed, l->slot_of);
}

static real *mean_of(const genrepi_word2vec *own, const batch *b, int32_t c) {
    return b->means != NULL ? b->means + c * own->sgns.stride : NULL;
}

static void fetch(const genrepi_sgns *sgns, const batch *b, int32_t c, int32_t panel) {
    const genrepi_centre *centre = &b->centres[c];
    genrepi_sgns_prefetch_input(sgns, centre->context[centre->n_context - 1], panel);
    genrepi_sgns_prefetch_outputs(sgns, centre, panel);
}

/* What another processor wrote is fetched all at once, not line after line as it is come to. */
static void fetch_lines(const void *from, int64_t n, size_t bytes) {
    const char *at = from, *end = at + (size_t)n * bytes;
    for (; at < end; at += LINE) __builtin_prefetch(at);
}

static void fetch_batch(const batch *b) {
    if (b->n == 0) return;
    fetch_lines(b->centres, b->n, sizeof *b->centres);
    fetch_lines(b->contexts, b->centres[b->n - 1].context - b->contexts, sizeof *b->contexts);
    fetch_lines(b->outputs, b->centres[b->n - 1].output - b->outputs, sizeof *b->outputs);
    fetch_lines(b->labels, b->centres[b->n - 1].label - b->labels, sizeof *b->labels);
    fetch_lines(b->pairs, b->n, sizeof *b->pairs);
    fetch_lines(b->rates, b->n, sizeof *b->rates);
}

static void multiply(const genrepi_word2vec *own, genrepi_sgns_work *work, const batch *b,
                     const genrepi_lockstep *l, int32_t panel, int32_t chunk) {
    const genrepi_sgns *sgns = tables_of(own, b);
    const int32_t from = (int32_t)((int64_t)b->n * chunk / l->chunks),
                  to = (int32_t)((int64_t)b->n * (chunk + 1) / l->chunks);
    fetch_batch(b);
    if (from < to) fetch(sgns, b, from, panel);
    for (int32_t c = from; c < to; c++) {
        if (c + 1 < to) fetch(sgns, b, c + 1, panel);
        genrepi_sgns_dots(sgns, work, &b->centres[c], panel, mean_of(own, b, c),
                          b->products[panel] + b->pairs[c]);
    }
}

static int64_t slice_begin(const genrepi_lockstep *l, int32_t slice) {
    return slice > 0 ? l->slice_end[slice - 1] : 0;
}

/* The losses are counted with the first slice. */
static void update(const genrepi_word2vec *own, genrepi_sgns_work *work, batch *b,
                   genrepi_lockstep *l, int32_t slice) {
    const genrepi_sgns *sgns = tables_of(own, b);
    const int64_t begin = slice_begin(l, slice), end = l->slice_end[slice];
    for (int32_t p = 0; p < sgns->panels; p++)
        fetch_lines(b->products[p], b->pairs[b->n - 1], sizeof *b->products[p]);
    for (int32_t c = 0; c < b->n; c++) {
        const genrepi_centre *centre = &b->centres[c];
        const int64_t at = b->pairs[c];
        const real *scores = b->products[0] + at;
        if (sgns->panels > 1) {
            sgns->ctx->kernels->add((int64_t)centre->n_context * centre->n_output, scores,
                                    b->products[1] + at, work->scores);
            scores = work->scores;
        }
        genrepi_sgns_slopes(sgns, work, centre, b->rates[c], scores,
                            slice == 0 ? &l->loss : &work->loss);
        for (int32_t p = 0; p < sgns->panels; p++) {
            const int64_t from = begin > sgns->panel[p] ? begin : sgns->panel[p];
            const int64_t to = end < sgns->panel[p + 1] ? end : sgns->panel[p + 1];
            if (from < to) genrepi_sgns_update(sgns, work, centre, from, to, mean_of(own, b, c));
        }
    }
    if (l->slot_of != NULL) genrepi_composed_scatter(&b->composed, begin, end);
}

static int32_t tasks_of(const genrepi_word2vec *own, const genrepi_lockstep *l, uint64_t phase) {
    const int32_t what = phase_of(l, phase);
    return what == PRODUCTS ? own->sgns.panels * l->chunks : l->slices + (what == STEPS);
}

/* The last task of the steps makes the next batch. */
static void do_task(genrep_trainer *trainer, genrepi_lockstep *l, genrepi_sgns_work *work,
                    uint64_t phase, int32_t task) {
    const genrepi_word2vec *own = trainer->instance;
    batch *b = &l->batches[l->current];
    const int32_t what = phase_of(l, phase);
    if (what == PRODUCTS)
        multiply(own, work, b, l, task / l->chunks, task % l->chunks);
    else if (what == ROWS)
        genrepi_composed_gather(&b->composed, 0, slice_begin(l, task), l->slice_end[task]);
    else if (task < l->slices)
        update(own, work, b, l, task);
    else
        make_batch(trainer, l, &l->batches[1 - l->current]);
}

/* Whoever finishes the last task of a phase. */
static void next_phase(genrep_trainer *trainer, genrepi_lockstep *l, uint64_t phase) {
    genrepi_word2vec *own = trainer->instance;
    uint64_t over = 0;
    if (phase_of(l, phase) == STEPS) {
        int64_t terms;
        own->loss += genrepi_sgns_take_loss(&own->sgns, &l->loss, &terms);
        own->terms += terms;
        l->current = 1 - l->current;
        if (l->batches[l->current].n == 0) over = OVER;
    }
    atomic_store_explicit(&l->finished, 0, memory_order_relaxed);
    atomic_store_explicit(&l->phase, (phase + 1) | over, memory_order_release);
}

static int32_t claim(genrepi_lockstep *l, uint64_t phase, int32_t task) {
    uint64_t last = atomic_load_explicit(&l->claims[task], memory_order_relaxed);
    return last < phase && atomic_compare_exchange_strong(&l->claims[task], &last, phase);
}

typedef struct run {
    genrep_trainer *trainer;
    genrepi_lockstep *lockstep;
} run;

/* First its own task, so that columns stay where they are; then the batch to come; then what
 * others have not begun. */
static void do_phase(genrep_trainer *trainer, genrepi_lockstep *l, uint64_t phase, int32_t self) {
    const genrepi_word2vec *own = trainer->instance;
    const int32_t n = tasks_of(own, l, phase), last = phase_of(l, phase) == STEPS ? n - 1 : -1;
    for (int32_t k = -1; k <= n; k++) {
        const int32_t task = k == 0 ? last : (self + (k < 0 ? 0 : k)) % n;
        if (task < 0 || (task == last && l->on_caller && !pthread_equal(pthread_self(), l->caller)))
            continue;
        if (!claim(l, phase, task)) continue;
        do_task(trainer, l, &own->workers[self].work, phase, task);
        if (atomic_fetch_add_explicit(&l->finished, 1, memory_order_acq_rel) == n - 1)
            next_phase(trainer, l, phase);
    }
}

static void work(void *argument, int64_t self) {
    const run *r = argument;
    genrepi_lockstep *l = r->lockstep;
    uint64_t phase = atomic_load_explicit(&l->phase, memory_order_acquire);
    while ((phase & OVER) == 0) {
        do_phase(r->trainer, l, phase, (int32_t)self);
        uint64_t now;
        for (int32_t spins = 0;
             (now = atomic_load_explicit(&l->phase, memory_order_acquire)) == phase; spins++) {
            if (spins < SPINS)
                genrepi_pause();
            else
                sched_yield();
        }
        phase = now;
    }
}

void genrepi_lockstep_run(genrep_trainer *trainer, genrepi_lockstep *l) {
    const genrepi_word2vec *own = trainer->instance;
    make_batch(trainer, l, &l->batches[l->current]);
    if (l->batches[l->current].n == 0) return;
    l->on_caller = genrepi_dataset_on_caller(trainer->dataset);
    l->caller = pthread_self();
    uint64_t phase = atomic_load(&l->phase) & ~OVER;
    if (phase == 0) phase = 1;
    atomic_store(&l->phase, phase);
    genrepi_parallel(trainer->ctx, own->n_workers, work, &(run){trainer, l});
}
