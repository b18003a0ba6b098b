/* The trainer "word2vec": skip-gram and CBOW, with negative sampling or hierarchical softmax, over
 * a text (docs/notes/word2vec.md).  A step is about `block` words of the text: whole sentences,
 * until the words of all steps so far are done, or until it is cancelled: then the next one does
 * more.
 *
 * Without `deterministic` every thread of the context takes the next sentence as soon as it is done
 * with one, and all write the same tables without locks (Recht et al. 2011).  That two threads
 * touch a row at once is rare and then costs part of a step; it is why the bits differ from run to
 * run. */
#include <text/word2vec.h>
#include <base/pool.h>
#include <stdio.h>
#include <string.h>
#include <text/sentences.h>
#include <text/sgns.h>
#include <text/vectors.h>
#include <train/trainer.h>

#define O genrepi_word2vec_options
static const genrepi_option options[] = {
    GENREPI_OPTION_INT(O, size, "100", 1, 65536, "numbers a vector has"),
    GENREPI_OPTION_INT(O, window, "5", 1, 1000, "words on each side that are predicted from"),
    GENREPI_OPTION_WORD(
        O, context, "around", "around|previous|nearby",
        "words before and behind, words before only, or one word drawn from around"),
    GENREPI_OPTION_WORD(O, combine, "single", "single|mean|classic_mean",
                        "each context word by itself (skip-gram), their mean (CBOW), or the mean "
                        "with word2vec.c's gradient, which is not divided by their number"),
    GENREPI_OPTION_WORD(O, objective, "negative", "negative|hierarchical",
                        "negative sampling or hierarchical softmax"),
    GENREPI_OPTION_INT(O, negative, "5", 1, 1000, "noise words for each centre word"),
    GENREPI_OPTION_NUMBER(O, sample, "1e-3", 0, 1,
                          "threshold of subsampling: words of a greater share are left out more "
                          "often; 0: none is"),
    GENREPI_OPTION_INT(O, min_count, "5", 1, 1e15, "leaves out words that occur less often"),
    GENREPI_OPTION_INT(O, epochs, "5", 1, 1e6, "passes over the text"),
    GENREPI_OPTION_NUMBER(O, alpha, "0.025", 1e-12, 100,
                          "learning rate at the start; it falls in a line to 1e-4 of it"),
    GENREPI_OPTION_NUMBER(O, noise_exponent, "0.75", -1, 1, "noise words come as count^exponent"),
    GENREPI_OPTION_FLAG(O, dynamic, "1", "draws each window's width from 1..window"),
    GENREPI_OPTION_FLAG(O, bias, "0", "output words have a bias"),
    GENREPI_OPTION_STRING(O, vocab, NULL, "file of a vocabulary to use; default: the text's words"),
    GENREPI_OPTION_FLAG(O, deterministic, "1",
                        "1: the same bits for any number of threads (it trains on one); 0: all "
                        "threads at once, without locks"),
    GENREPI_OPTION_INT(O, block, "40000", 1, 1e12, "words a step"),
    GENREPI_OPTION_INT(O, max_sentence, "1000", 2, 1e6, "longer lines are cut"),
};
#undef O

enum { METRIC_LOSS, METRIC_RATE, METRIC_WORDS, METRIC_EPOCH, METRIC_VOCABULARY };

enum { OBJECTIVE_NEGATIVE, OBJECTIVE_HIERARCHICAL, MOST_WORKERS = 256 };

/* What a thread trains with. */
typedef struct worker {
    genrepi_sgns_work work;
    genrepi_centre centres[2]; /* the one at work and the one to come */
    int32_t *words;            /* a sentence */
    double loss;
    int64_t terms;
} worker;

typedef struct word2vec {
    genrep_vocab *vocab;
    genrepi_huffman tree;
    genrepi_sampler sampler;
    genrepi_sentences sentences;
    genrepi_sgns sgns;
    genrepi_centre_rule rule;
    worker *workers;
    int32_t n_workers;
    int64_t words; /* of all epochs */
    int64_t processed;
    pthread_mutex_t turn; /* whose turn it is to read; all below and sentences, processed */
    int64_t until;        /* words this step goes to */
    int32_t status;
} word2vec;

double genrepi_word2vec_rate(double alpha, int64_t processed, int64_t words) {
    double left = 1 - (double)processed / ((double)words + 1);
    return alpha * (left > 1e-4 ? left : 1e-4);
}

static int32_t make_vocab(genrep_trainer *trainer, genrep_vocab **out) {
    const genrepi_word2vec_options *o = trainer->options;
    genrepi_vocab_options chosen = {.min_count = o->min_count};
    if (o->vocab != NULL) return genrepi_vocab_load(trainer->ctx, o->vocab, &chosen, out);
    return genrepi_vocab_build(trainer->dataset, &chosen, out);
}

static int32_t make_workers(const genrep_trainer *trainer, word2vec *own) {
    genrep_ctx *ctx = trainer->ctx;
    const genrepi_word2vec_options *o = trainer->options;
    int32_t n = o->deterministic ? 1 : genrepi_workers(ctx);
    if (n > MOST_WORKERS) n = MOST_WORKERS;
    own->workers = genrepi_alloc(ctx, n, sizeof *own->workers);
    if (own->workers == NULL) return GENREP_E_NOMEM;
    own->n_workers = n;
    int32_t status = GENREP_OK;
    for (int32_t i = 0; i < n && status == GENREP_OK; i++) {
        worker *w = &own->workers[i];
        w->words = genrepi_alloc_raw(ctx, o->max_sentence, sizeof *w->words);
        if (w->words == NULL) status = GENREP_E_NOMEM;
        for (int32_t c = 0; c < 2 && status == GENREP_OK; c++)
            status = genrepi_centre_init(ctx, &own->rule, &w->centres[c]);
        if (status == GENREP_OK)
            status = genrepi_sgns_work_init(&own->sgns, 2 * o->window,
                                            genrepi_centre_outputs(&own->rule), &w->work);
    }
    return status;
}

static int32_t create(genrep_trainer *trainer) {
    genrep_ctx *ctx = trainer->ctx;
    const genrepi_word2vec_options *o = trainer->options;
    word2vec *own = trainer->instance = genrepi_alloc(ctx, 1, sizeof *own);
    if (own == NULL) return GENREP_E_NOMEM;
    pthread_mutex_init(&own->turn, NULL);
    if (o->bias && o->objective == OBJECTIVE_HIERARCHICAL)
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            "bias=1 is for objective=negative; the nodes of objective=hierarchical "
                            "have none");
    int32_t status = make_vocab(trainer, &own->vocab);
    if (status == GENREP_OK)
        status = genrepi_sampler_init(own->vocab, o->sample, o->noise_exponent, &own->sampler);
    if (status == GENREP_OK)
        status = genrepi_sentences_open(trainer->dataset, own->vocab, &own->sampler,
                                        o->vocab != NULL ? -1 : own->vocab->total,
                                        (int32_t)o->max_sentence, &own->sentences);
    if (status == GENREP_OK && o->objective == OBJECTIVE_HIERARCHICAL)
        status = genrepi_huffman_init(own->vocab, &own->tree);
    own->rule = (genrepi_centre_rule){
        .window = o->window,
        .dynamic = o->dynamic,
        .negative = (int32_t)o->negative,
        .context = o->context,
        .tree = o->objective == OBJECTIVE_HIERARCHICAL ? &own->tree : NULL,
    };
    if (status == GENREP_OK)
        status = genrepi_sgns_init(ctx, own->vocab->words.count, o->size, o->bias, &own->sgns);
    own->sgns.combine = o->combine;
    if (status == GENREP_OK) status = make_workers(trainer, own);
    if (status != GENREP_OK) return status;
    if (own->sentences.words_per_epoch > INT64_MAX / 2 / o->epochs)
        return genrepi_fail(ctx, GENREP_E_RANGE, "epochs=%lld of this text are too many",
                            (long long)o->epochs);
    own->words = o->epochs * own->sentences.words_per_epoch;
    trainer->values[METRIC_VOCABULARY] = (double)own->vocab->words.count;
    trainer->total = (own->words - 1) / o->block + 1;
    return GENREP_OK;
}

static int32_t prepare(genrep_trainer *trainer) {
    (void)trainer; /* there are no parts that the host may set */
    return GENREP_OK;
}

static void free_word2vec(genrep_trainer *trainer) {
    word2vec *own = trainer->instance;
    for (int32_t i = 0; i < own->n_workers; i++) {
        worker *w = &own->workers[i];
        for (int32_t c = 0; c < 2; c++) genrepi_centre_free(trainer->ctx, &w->centres[c]);
        genrepi_sgns_work_free(&w->work);
        genrepi_free(trainer->ctx, w->words);
    }
    genrepi_free(trainer->ctx, own->workers);
    genrepi_sgns_free(&own->sgns);
    genrepi_huffman_free(&own->tree);
    genrepi_sentences_close(&own->sentences);
    genrepi_sampler_free(&own->sampler);
    genrepi_vocab_unref(own->vocab);
    pthread_mutex_destroy(&own->turn);
    genrepi_free(trainer->ctx, own);
}

/* The rows of the next centre are on their way while the present one is worked on. */
static void train_sentence(const word2vec *own, worker *w, int32_t n, genrepi_rng *rng, real rate) {
    if (n < 2) return;
    for (int32_t at = 0; at <= n; at++) {
        if (at < n) {
            genrepi_centre_set(&w->centres[at % 2], &own->rule, &own->sampler, w->words, n, at,
                               rng);
            genrepi_sgns_prefetch(&own->sgns, &w->centres[at % 2]);
        }
        if (at > 0)
            w->loss +=
                genrepi_sgns_step(&own->sgns, &w->work, &w->centres[(at - 1) % 2], rate, &w->terms);
    }
}

/* Takes the next sentence; its number of words, or -1 where the step is over. */
static int32_t take_sentence(genrep_trainer *trainer, worker *w, genrepi_rng *rng, real *rate) {
    const genrepi_word2vec_options *o = trainer->options;
    word2vec *own = trainer->instance;
    int32_t n = -1;
    pthread_mutex_lock(&own->turn);
    if (own->status == GENREP_OK && own->processed < own->until &&
        !atomic_load_explicit(&trainer->cancelled, memory_order_relaxed)) {
        const double now = genrepi_word2vec_rate(o->alpha, own->processed, own->words);
        int64_t consumed;
        own->status = genrepi_sentences_next(&own->sentences, rng, &consumed);
        if (own->status == GENREP_OK) {
            n = own->sentences.n;
            memcpy(w->words, own->sentences.words, (size_t)n * sizeof *w->words);
            own->processed += consumed;
            trainer->values[METRIC_RATE] = now;
            *rate = (real)now;
        }
    }
    pthread_mutex_unlock(&own->turn);
    return n;
}

static void train_worker(void *argument, int64_t i) {
    genrep_trainer *trainer = argument;
    word2vec *own = trainer->instance;
    worker *w = &own->workers[i];
    genrepi_rng rng;
    real rate;
    for (int32_t n; (n = take_sentence(trainer, w, &rng, &rate)) >= 0;)
        train_sentence(own, w, n, &rng, rate);
}

static int32_t step(genrep_trainer *trainer) {
    const genrepi_word2vec_options *o = trainer->options;
    word2vec *own = trainer->instance;
    int64_t terms = 0;
    double loss = 0;
    own->until = trainer->done + 1 < trainer->total ? (trainer->done + 1) * o->block : own->words;
    own->status = GENREP_OK;
    for (int32_t i = 0; i < own->n_workers; i++) {
        own->workers[i].loss = 0;
        own->workers[i].terms = 0;
    }
    genrepi_parallel(trainer->ctx, own->n_workers, train_worker, trainer);
    if (own->status != GENREP_OK) return own->status;
    for (int32_t i = 0; i < own->n_workers; i++) {
        loss += own->workers[i].loss;
        terms += own->workers[i].terms;
    }
    trainer->values[METRIC_WORDS] = (double)own->processed;
    trainer->values[METRIC_EPOCH] = (double)own->processed / (double)own->sentences.words_per_epoch;
    return terms > 0 ? genrepi_trainer_note(trainer, METRIC_LOSS, loss / (double)terms) : GENREP_OK;
}

static int32_t visit(const genrep_trainer *trainer, genrepi_state *state) {
    word2vec *own = trainer->instance;
    genrepi_place *place = &own->sentences.place;
    char hash[64]; /* stands for the text: its words, their counts, and how many were found */
    snprintf(hash, sizeof hash, "%016llx of %lld",
             (unsigned long long)genrepi_vocab_hash(own->vocab),
             (long long)own->sentences.words_per_epoch);
    int32_t status = state->same(state, "vocabulary", hash);
    if (status == GENREP_OK) status = state->tensor(state, "input", own->sgns.input);
    if (status == GENREP_OK) status = state->tensor(state, "output", own->sgns.output);
    if (status == GENREP_OK && own->sgns.bias != NULL)
        status = state->tensor(state, "bias", own->sgns.bias);
    if (status == GENREP_OK) status = state->integer(state, "processed", &own->processed);
    if (status == GENREP_OK) status = state->integer(state, "epoch", &place->epoch);
    if (status == GENREP_OK) status = state->integer(state, "sentence", &place->sentence);
    if (status == GENREP_OK) status = state->integer(state, "words", &place->words);
    if (status == GENREP_OK) status = state->integer(state, "offset", &place->offset);
    return status;
}

/* A view of the table where it is float already. */
static int32_t vectors(genrep_trainer *trainer, genrep_vectors **out) {
    const word2vec *own = trainer->instance;
    const genrepi_sgns *sgns = &own->sgns;
    if (GENREPI_REAL == GENREP_F32)
        return genrepi_vectors_borrow(trainer->ctx, &own->vocab->words, sgns->size, sgns->stride,
                                      (const float *)(const void *)genrepi_real_read(sgns->input),
                                      out);
    genrep_vectors *made = NULL;
    int32_t status = genrepi_vectors_new(trainer->ctx, sgns->size, &made);
    for (int64_t i = 0; i < sgns->words && status == GENREP_OK; i++) {
        size_t bytes;
        const char *word = genrepi_words_get(&own->vocab->words, i, &bytes);
        float *row;
        status = genrepi_vectors_add(made, word, bytes, &row);
        if (status == GENREP_OK)
            genrepi_convert(sgns->size, GENREPI_REAL,
                            genrepi_real_read(sgns->input) + i * sgns->stride, GENREP_F32, row);
    }
    if (status == GENREP_OK) status = genrepi_vectors_finish(made);
    if (status == GENREP_OK)
        *out = made;
    else
        genrepi_vectors_unref(made);
    return status;
}

static const genrepi_trainer_ops ops = {
    .metrics = {"loss", "rate", "words", "epoch", "vocabulary"},
    .create = create,
    .prepare = prepare,
    .step = step,
    .visit = visit,
    .vectors = vectors,
    .free = free_word2vec,
};

const genrepi_kind genrepi_kind_word2vec = {
    .family = "trainer",
    .name = "word2vec",
    .help = "word vectors from text: skip-gram or CBOW with negative sampling or hierarchical "
            "softmax (Mikolov et al. 2013)",
    .options = options,
    .n_options = GENREPI_COUNT(options),
    .options_size = sizeof(genrepi_word2vec_options),
    .implementation = &ops,
};
