/* The trainer "word2vec": skip-gram and CBOW, with negative sampling, hierarchical
 * or full softmax, over a text (docs/notes/word2vec.md).  A step is about `block` words of the
 * text: until the words of all steps so far are done, or until it is cancelled: then the next one
 * does more. */
#include <text/word2vec.h>
#include <math.h>
#include <text/vectors.h>

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
    GENREPI_OPTION_INT(O, min_ngram, "3", 1, 100, "characters of the shortest n-grams"),
    GENREPI_OPTION_INT(O, max_ngram, "0", 0, 100,
                       "characters of the longest n-grams that words are made of (fastText's "
                       "subwords); 0: words have one vector of their own"),
    GENREPI_OPTION_INT(O, buckets, "2000000", 1, 2e9,
                       "n-grams are numbered modulo this; memory is taken for those there are"),
    GENREPI_OPTION_WORD(O, compose, "mean", "mean|classic_mean",
                        "a word is the mean of its own vector and its n-grams', or the mean with "
                        "fastText's gradient, which is not divided by their number"),
    GENREPI_OPTION_WORD(O, objective, "negative", "negative|hierarchical|softmax",
                        "negative sampling, hierarchical softmax, or the full softmax with bias"),
    GENREPI_OPTION_INT(O, negative, "5", 1, 1000, "noise words for each centre word"),
    GENREPI_OPTION_NUMBER(O, sample, "1e-3", 0, 1,
                          "threshold of subsampling: words of a greater share are left out more "
                          "often; 0: none is"),
    GENREPI_OPTION_INT(O, min_count, "5", 1, 1e15, "leaves out words that occur less often"),
    GENREPI_OPTION_INT(O, max_vocab, "0", 0, 2e9, "most words, the commonest; 0: all"),
    GENREPI_OPTION_INT(O, max_entries, "0", 0, 2e9,
                       "most different words in memory while counting; see vocab"),
    GENREPI_OPTION_INT(O, epochs, "5", 1, 1e6, "passes over the text"),
    GENREPI_OPTION_NUMBER(O, alpha, "0.025", 1e-12, 100,
                          "learning rate at the start; it falls in a line to 1e-4 of it"),
    GENREPI_OPTION_NUMBER(O, noise_exponent, "0.75", -1, 1, "noise words come as count^exponent"),
    GENREPI_OPTION_FLAG(O, dynamic, "1", "draws each window's width from 1..window"),
    GENREPI_OPTION_FLAG(O, bias, "0", "output words have a bias"),
    GENREPI_OPTION_STRING(O, vocab, NULL, "file of a vocabulary to use; default: the text's words"),
    GENREPI_OPTION_STRING(O, grow, NULL,
                          "checkpoint of another run, whose words and tables are gone on with over "
                          "this text, which may bring new words"),
    GENREPI_OPTION_FLAG(O, deterministic, "0",
                        "1: threads in lockstep, the same bits for any number of them; 0: without "
                        "locks, faster; one thread has the same bits in every run either way"),
    GENREPI_OPTION_INT(O, batch, "64", 1, 65536,
                       "predictions whose steps objective=softmax takes at once"),
    GENREPI_OPTION_STRING(O, validation, NULL, "file of held-out text, measured after each epoch"),
    GENREPI_OPTION_INT(O, patience, "0", 0, 1e6,
                       "ends when the held-out loss has not fallen for so many epochs; 0: never"),
    GENREPI_OPTION_INT(O, block, "40000", 1, 1e12, "words a step"),
    GENREPI_OPTION_INT(O, max_sentence, "1000", 2, 1e6, "longer lines are cut"),
};
#undef O

enum {
    METRIC_LOSS,
    METRIC_RATE,
    METRIC_WORDS,
    METRIC_EPOCH,
    METRIC_VALIDATION,
    METRIC_PERPLEXITY, /* where p(word) is a distribution */
    METRIC_VOCABULARY
};

enum { OBJECTIVE_NEGATIVE, OBJECTIVE_HIERARCHICAL, OBJECTIVE_SOFTMAX };

#define SCORES ((int64_t)256 << 20) /* most bytes that scores of the full softmax take */

double genrepi_word2vec_rate(double alpha, int64_t processed, int64_t words) {
    double left = 1 - (double)processed / ((double)words + 1);
    return alpha * (left > 1e-4 ? left : 1e-4);
}

static int32_t make_vocab(genrep_trainer *trainer, genrep_vocab **out) {
    const genrepi_word2vec_options *o = trainer->options;
    genrepi_vocab_options chosen = {
        .min_count = o->min_count, .max_size = o->max_vocab, .max_entries = o->max_entries};
    if (o->grow != NULL) return genrepi_word2vec_grow_vocab(trainer, &chosen, out);
    if (o->vocab != NULL) return genrepi_vocab_load(trainer->ctx, o->vocab, &chosen, out);
    return genrepi_vocab_build(trainer->dataset, &chosen, out);
}

static int32_t create_softmax(genrep_trainer *trainer, genrep_vocab *vocab) {
    const genrepi_word2vec_options *o = trainer->options;
    genrepi_word2vec *own = trainer->instance;
    const int32_t single = o->combine == GENREPI_COMBINE_SINGLE;
    const int64_t widest = 2 * o->window;
    const genrepi_lm_rule rule = {
        .context = {.window = o->window, .dynamic = o->dynamic, .context = o->context},
        .model = {.size = o->size,
                  .slots = single ? 1 : widest,
                  .batch = single && o->batch < widest ? widest : o->batch,
                  .memory = SCORES,
                  .combine = o->combine},
        .sample = o->sample,
        .alpha = o->alpha,
        .epochs = o->epochs,
        .block = o->block,
        .max_sentence = o->max_sentence,
    };
    int32_t status = genrepi_lm_run_init(trainer->dataset, vocab,
                                         o->vocab == NULL && vocab->missed == 0, &rule, &own->lm);
    if (status == GENREP_OK) trainer->total = genrepi_lm_run_steps(&own->lm);
    return status;
}

static int32_t create_sampled(genrep_trainer *trainer) {
    genrep_ctx *ctx = trainer->ctx;
    const genrepi_word2vec_options *o = trainer->options;
    genrepi_word2vec *own = trainer->instance;
    const int32_t counted = o->vocab == NULL && o->grow == NULL && own->vocab->missed == 0;
    int32_t status = genrepi_sampler_init(own->vocab, o->sample, o->noise_exponent, &own->sampler);
    if (status == GENREP_OK)
        status = genrepi_sentences_open(trainer->dataset, own->vocab, &own->sampler,
                                        counted ? own->vocab->total : -1, (int32_t)o->max_sentence,
                                        &own->sentences);
    if (status == GENREP_OK)
        status = genrepi_epochs_check(ctx, o->epochs, own->sentences.words_per_epoch);
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
        status = genrepi_sgns_init(ctx, own->vocab->words.count, o->size, o->bias,
                                   o->deterministic ? GENREPI_MOST_PANELS : 1, &own->sgns);
    own->sgns.combine = o->combine;
    if (status == GENREP_OK && o->max_ngram > 0) status = genrepi_word2vec_ngrams(trainer);
    if (status == GENREP_OK && o->grow != NULL) status = genrepi_word2vec_grow_tables(trainer);
    if (status == GENREP_OK) status = genrepi_word2vec_start(trainer);
    if (status != GENREP_OK) return status;
    own->words = o->epochs * own->sentences.words_per_epoch;
    trainer->total = (own->words - 1) / o->block + 1;
    return GENREP_OK;
}

static int32_t check_options(const genrep_trainer *trainer) {
    genrep_ctx *ctx = trainer->ctx;
    const genrepi_word2vec_options *o = trainer->options;
    if (o->bias && o->objective != OBJECTIVE_NEGATIVE)
        return genrepi_fail(
            ctx, GENREP_E_INVALID,
            "bias=1 is for objective=negative: the nodes of hierarchical have none, "
            "the words of softmax always have one");
    if (o->max_ngram > 0 && o->objective == OBJECTIVE_SOFTMAX)
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            "max_ngram is for objective=negative and objective=hierarchical");
    if (o->max_ngram > 0 && o->min_ngram > o->max_ngram)
        return genrepi_fail(ctx, GENREP_E_INVALID, "min_ngram=%lld is above max_ngram=%lld",
                            (long long)o->min_ngram, (long long)o->max_ngram);
    if (o->grow != NULL && o->objective != OBJECTIVE_NEGATIVE)
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            "grow= is for objective=negative: the tree of hierarchical is another "
                            "one with other counts");
    if (o->grow != NULL && o->vocab != NULL)
        return genrepi_fail(ctx, GENREP_E_INVALID, "grow= has words of its own; leave out vocab=");
    return GENREP_OK;
}

static int32_t create(genrep_trainer *trainer) {
    genrep_ctx *ctx = trainer->ctx;
    const genrepi_word2vec_options *o = trainer->options;
    genrepi_word2vec *own = trainer->instance = genrepi_alloc(ctx, 1, sizeof *own);
    if (own == NULL) return GENREP_E_NOMEM;
    pthread_mutex_init(&own->turn, NULL);
    genrep_vocab *vocab;
    int32_t status = check_options(trainer);
    if (status == GENREP_OK)
        status = genrepi_validation_open(ctx, o->validation, o->patience, &own->validation);
    if (status == GENREP_OK) status = make_vocab(trainer, &vocab);
    if (status != GENREP_OK) return status;
    trainer->values[METRIC_VOCABULARY] = (double)vocab->words.count;
    if (o->objective == OBJECTIVE_SOFTMAX) return create_softmax(trainer, vocab);
    own->vocab = vocab;
    return create_sampled(trainer);
}

static int32_t prepare(genrep_trainer *trainer) {
    (void)trainer; /* there are no parts that the host may set */
    return GENREP_OK;
}

static void free_word2vec(genrep_trainer *trainer) {
    genrepi_word2vec *own = trainer->instance;
    genrepi_word2vec_end(trainer);
    genrepi_word2vec_grow_end(trainer);
    genrepi_sgns_free(&own->sgns);
    genrepi_ngrams_unref(own->ngrams);
    genrepi_huffman_free(&own->tree);
    genrepi_sentences_close(&own->sentences);
    genrepi_sampler_free(&own->sampler);
    genrepi_vocab_unref(own->vocab);
    genrepi_lm_run_free(&own->lm);
    genrepi_validation_close(&own->validation);
    pthread_mutex_destroy(&own->turn);
    genrepi_free(trainer->ctx, own);
}

static int32_t is_softmax(const genrepi_word2vec *own) {
    return own->lm.vocab != NULL;
}

static int32_t train(genrep_trainer *trainer, double *loss, int64_t *terms) {
    const genrepi_word2vec_options *o = trainer->options;
    genrepi_word2vec *own = trainer->instance;
    double sum = 0;
    int32_t status = genrepi_validation_before(trainer, &own->validation);
    if (status != GENREP_OK) return status;
    if (is_softmax(own)) return genrepi_lm_run_step(trainer, &own->lm, loss, terms);
    own->until = trainer->done + 1 < trainer->total ? (trainer->done + 1) * o->block : own->words;
    own->rate = trainer->values[METRIC_RATE]; /* of a checkpoint, if no sentence is left */
    status = genrepi_word2vec_train(trainer, &sum, terms);
    if (*terms > 0) *loss = sum / (double)*terms;
    return status;
}

static int32_t step(genrep_trainer *trainer) {
    const genrepi_word2vec_options *o = trainer->options;
    genrepi_word2vec *own = trainer->instance;
    double loss = 0;
    int64_t terms = 0;
    int32_t status = train(trainer, &loss, &terms);
    const int64_t done =
        is_softmax(own) ? genrepi_lm_run_done(&own->lm) : genrepi_word2vec_done(own);
    const int64_t epoch =
        is_softmax(own) ? own->lm.sentences.words_per_epoch : own->sentences.words_per_epoch;
    trainer->values[METRIC_RATE] = is_softmax(own) ? own->lm.rate : own->rate;
    trainer->values[METRIC_WORDS] = (double)done;
    trainer->values[METRIC_EPOCH] = (double)done / (double)epoch;
    if (terms > 0 && !isfinite(loss) && !is_softmax(own)) return genrepi_word2vec_diverged(trainer);
    if (terms > 0) status = genrepi_trainer_note(trainer, METRIC_LOSS, loss);
    if (terms > 0 && o->objective != OBJECTIVE_NEGATIVE)
        trainer->values[METRIC_PERPLEXITY] = exp(loss);
    if (status != GENREP_OK) return status;
    return genrepi_validation_after(trainer, &own->validation, done / epoch, METRIC_VALIDATION);
}

static int32_t evaluate(genrep_trainer *trainer, genrep_dataset *dataset, double *loss) {
    genrepi_word2vec *own = trainer->instance;
    if (is_softmax(own)) return genrepi_lm_run_evaluate(&own->lm, dataset, loss);
    return genrepi_word2vec_evaluate(trainer, dataset, loss);
}

static int32_t visit_sampled(const genrep_trainer *trainer, genrepi_state *state) {
    genrepi_word2vec *own = trainer->instance;
    const char *const *inputs = genrepi_word2vec_inputs, *const *outputs = genrepi_word2vec_outputs;
    int32_t status = genrepi_vocab_visit(own->vocab, own->sentences.words_per_epoch, state);
    if (status == GENREP_OK) status = genrepi_word2vec_visit_vocab(own->vocab, state);
    for (int32_t p = 0; p < own->sgns.panels && status == GENREP_OK; p++) {
        status = state->tensor(state, inputs[p], own->sgns.input[p]);
        if (status == GENREP_OK) status = state->tensor(state, outputs[p], own->sgns.output[p]);
        if (status == GENREP_OK && own->ngrams != NULL)
            status = state->tensor(state, genrepi_word2vec_grams[p], own->sgns.grams[p]);
    }
    if (status == GENREP_OK && own->sgns.bias != NULL)
        status = state->tensor(state, "bias", own->sgns.bias);
    return status == GENREP_OK ? genrepi_mark_visit(&own->mark, state) : status;
}

static int32_t visit(const genrep_trainer *trainer, genrepi_state *state) {
    genrepi_word2vec *own = trainer->instance;
    int32_t status =
        is_softmax(own) ? genrepi_lm_run_visit(&own->lm, state) : visit_sampled(trainer, state);
    return status == GENREP_OK ? genrepi_validation_visit(&own->validation, state) : status;
}

static void get_row(const void *sgns, int64_t word, float *to) {
    genrepi_sgns_vector(sgns, word, to);
}

/* A view of the table where it is float already. */
static int32_t vectors(genrep_trainer *trainer, genrep_vectors **out) {
    const genrepi_word2vec *own = trainer->instance;
    const genrepi_sgns *sgns = &own->sgns;
    if (is_softmax(own)) return genrepi_lm_run_vectors(&own->lm, out);
    genrep_vectors *made;
    const int32_t in_one_piece =
        GENREPI_REAL == GENREP_F32 && sgns->panels == 1 && own->ngrams == NULL;
    int32_t status =
        in_one_piece
            ? genrepi_vectors_borrow(trainer->ctx, &own->vocab->words, sgns->size, sgns->stride,
                                     (const float *)(const void *)genrepi_real_read(sgns->input[0]),
                                     &made)
            : genrepi_vectors_make(own->vocab, sgns->size, get_row, sgns, &made);
    if (status == GENREP_E_FORMAT) /* not finite */
        return genrepi_fail_in(trainer->ctx, GENREP_E_DIVERGED, "word2vec");
    if (status == GENREP_OK && own->ngrams != NULL) {
        status = genrepi_word2vec_add_subwords(own, made);
        if (status != GENREP_OK) genrepi_vectors_unref(made);
    }
    if (status == GENREP_OK) *out = made;
    return status;
}

static const genrepi_trainer_ops ops = {
    .metrics = {"loss", "rate", "words", "epoch", "validation_loss", "perplexity", "vocabulary"},
    .create = create,
    .prepare = prepare,
    .step = step,
    .evaluate = evaluate,
    .visit = visit,
    .vectors = vectors,
    .free = free_word2vec,
};

const genrepi_kind genrepi_kind_word2vec = {
    .family = "trainer",
    .name = "word2vec",
    .help = "word vectors from text: skip-gram or CBOW with negative sampling, hierarchical or "
            "full softmax (Mikolov et al. 2013)",
    .options = options,
    .n_options = GENREPI_COUNT(options),
    .options_size = sizeof(genrepi_word2vec_options),
    .implementation = &ops,
};
