/* The trainer "word2vec": skip-gram and CBOW, with negative sampling or hierarchical softmax, over
 * a text (docs/notes/word2vec.md).  A step is about `block` words of the text: until the words of
 * all steps so far are done, or until it is cancelled: then the next one does more. */
#include <text/word2vec.h>
#include <math.h>
#include <stdio.h>
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
    GENREPI_OPTION_STRING(
        O, grow, NULL,
        "checkpoint of a word2vec trainer whose words and tables are gone on with "
        "over this text, which may bring new words"),
    GENREPI_OPTION_FLAG(O, deterministic, "1",
                        "1: the same bits for any number of threads (it trains on one); 0: all "
                        "threads at once, without locks"),
    GENREPI_OPTION_INT(O, block, "40000", 1, 1e12, "words a step"),
    GENREPI_OPTION_INT(O, max_sentence, "1000", 2, 1e6, "longer lines are cut"),
};
#undef O

enum { METRIC_LOSS, METRIC_RATE, METRIC_WORDS, METRIC_EPOCH };

enum { OBJECTIVE_NEGATIVE, OBJECTIVE_HIERARCHICAL };
enum { COMPOSE_MEAN, COMPOSE_CLASSIC_MEAN };

double genrepi_word2vec_rate(double alpha, int64_t processed, int64_t words) {
    double left = 1 - (double)processed / ((double)words + 1);
    return alpha * (left > 1e-4 ? left : 1e-4);
}

static int32_t make_vocab(genrep_trainer *trainer, genrep_vocab **out) {
    const genrepi_word2vec_options *o = trainer->options;
    genrepi_vocab_options chosen = {.min_count = o->min_count};
    if (o->grow != NULL) return genrepi_word2vec_grow_vocab(trainer, &chosen, out);
    if (o->vocab != NULL) return genrepi_vocab_load(trainer->ctx, o->vocab, &chosen, out);
    return genrepi_vocab_build(trainer->dataset, &chosen, out);
}

static int32_t create(genrep_trainer *trainer) {
    genrep_ctx *ctx = trainer->ctx;
    const genrepi_word2vec_options *o = trainer->options;
    genrepi_word2vec *own = trainer->instance = genrepi_alloc(ctx, 1, sizeof *own);
    if (own == NULL) return GENREP_E_NOMEM;
    pthread_mutex_init(&own->turn, NULL);
    if (o->bias && o->objective == OBJECTIVE_HIERARCHICAL)
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            "bias=1 is for objective=negative; the nodes of objective=hierarchical "
                            "have none");
    if (o->max_ngram > 0 && o->min_ngram > o->max_ngram)
        return genrepi_fail(ctx, GENREP_E_INVALID, "min_ngram=%lld is above max_ngram=%lld",
                            (long long)o->min_ngram, (long long)o->max_ngram);
    if (o->grow != NULL && (o->vocab != NULL || o->objective == OBJECTIVE_HIERARCHICAL))
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            o->vocab != NULL
                                ? "grow= has words of its own; leave out vocab="
                                : "grow= needs objective=negative: with other counts the tree of "
                                  "objective=hierarchical is another one");
    int32_t status = make_vocab(trainer, &own->vocab);
    if (status == GENREP_OK)
        status = genrepi_sampler_init(own->vocab, o->sample, o->noise_exponent, &own->sampler);
    if (status == GENREP_OK)
        status =
            genrepi_sentences_open(trainer->dataset, own->vocab, &own->sampler,
                                   o->vocab != NULL || o->grow != NULL ? -1 : own->vocab->total,
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
        status = genrepi_sgns_init(ctx, own->vocab->words.count, o->size, o->bias,
                                   o->deterministic ? GENREPI_MOST_PANELS : 1, &own->sgns);
    own->sgns.combine = o->combine;
    if (status == GENREP_OK && o->max_ngram > 0)
        status = genrepi_ngrams_new(&own->vocab->words, o->min_ngram, o->max_ngram, o->buckets,
                                    &own->ngrams);
    if (status == GENREP_OK && own->ngrams != NULL)
        status =
            genrepi_sgns_add_ngrams(&own->sgns, own->ngrams, o->compose == COMPOSE_CLASSIC_MEAN);
    if (status == GENREP_OK && o->grow != NULL) status = genrepi_word2vec_grow_tables(trainer);
    if (status == GENREP_OK) status = genrepi_word2vec_pack(trainer->ctx, own);
    if (status == GENREP_OK) status = genrepi_word2vec_start(trainer);
    if (status != GENREP_OK) return status;
    if (own->sentences.words_per_epoch > INT64_MAX / 2 / o->epochs)
        return genrepi_fail(ctx, GENREP_E_RANGE, "epochs=%lld of this text are too many",
                            (long long)o->epochs);
    own->words = o->epochs * own->sentences.words_per_epoch;
    trainer->total = (own->words - 1) / o->block + 1;
    return GENREP_OK;
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
    genrepi_free(trainer->ctx, own->packed.words);
    genrepi_free(trainer->ctx, own->packed.counts);
    genrepi_huffman_free(&own->tree);
    genrepi_sentences_close(&own->sentences);
    genrepi_sampler_free(&own->sampler);
    genrepi_vocab_unref(own->vocab);
    pthread_mutex_destroy(&own->turn);
    genrepi_free(trainer->ctx, own);
}

static int32_t step(genrep_trainer *trainer) {
    const genrepi_word2vec_options *o = trainer->options;
    genrepi_word2vec *own = trainer->instance;
    own->until = trainer->done + 1 < trainer->total ? (trainer->done + 1) * o->block : own->words;
    own->rate = trainer->values[METRIC_RATE]; /* of a checkpoint, if no sentence is left */
    double loss = 0;
    int64_t terms = 0;
    int32_t status = genrepi_word2vec_train(trainer, &loss, &terms);
    const double done = (double)genrepi_word2vec_done(own);
    trainer->values[METRIC_RATE] = own->rate;
    trainer->values[METRIC_WORDS] = done;
    trainer->values[METRIC_EPOCH] = done / (double)own->sentences.words_per_epoch;
    if (terms > 0 && !isfinite(loss)) return genrepi_word2vec_diverged(trainer);
    if (terms > 0) status = genrepi_trainer_note(trainer, METRIC_LOSS, loss / (double)terms);
    return status;
}

static int32_t visit(const genrep_trainer *trainer, genrepi_state *state) {
    genrepi_word2vec *own = trainer->instance;
    char hash[64]; /* stands for the text: its words, their counts, and how many were found */
    snprintf(hash, sizeof hash, "%016llx of %lld",
             (unsigned long long)genrepi_vocab_hash(own->vocab),
             (long long)own->sentences.words_per_epoch);
    int32_t status = state->same(state, "vocabulary", hash);
    if (status == GENREP_OK)
        status = state->bytes(state, GENREPI_WORD2VEC_WORDS, own->packed.words, GENREP_U8,
                              own->packed.words_bytes);
    if (status == GENREP_OK)
        status = state->bytes(state, GENREPI_WORD2VEC_COUNTS, own->packed.counts, GENREP_U8,
                              8 * own->vocab->words.count);
    const char *const *inputs = genrepi_word2vec_inputs, *const *outputs = genrepi_word2vec_outputs;
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

/* The n-grams' rows, so that words that are not in the vocabulary have a vector too. */
static int32_t add_subwords(const genrepi_word2vec *own, genrep_vectors *made) {
    const genrepi_sgns *sgns = &own->sgns;
    genrepi_subwords *subwords = &made->subwords;
    subwords->rows = genrepi_alloc(made->ctx, own->ngrams->rows + 1,
                                   (size_t)sgns->size * sizeof *subwords->rows);
    if (subwords->rows == NULL) return GENREP_E_NOMEM;
    subwords->ngrams = genrepi_ngrams_ref(own->ngrams);
    for (int64_t i = 0; i < own->ngrams->rows; i++)
        genrepi_sgns_copy_row(sgns, sgns->grams, i, subwords->rows + i * sgns->size);
    return GENREP_OK;
}

static int32_t vectors(genrep_trainer *trainer, genrep_vectors **out) {
    const genrepi_word2vec *own = trainer->instance;
    const genrepi_sgns *sgns = &own->sgns;
    genrep_vectors *made = NULL;
    int32_t status = genrepi_vectors_new(trainer->ctx, sgns->size, &made);
    for (int64_t i = 0; i < sgns->words && status == GENREP_OK; i++) {
        size_t bytes;
        const char *word = genrepi_words_get(&own->vocab->words, i, &bytes);
        float *row;
        status = genrepi_vectors_add(made, word, bytes, &row);
        if (status == GENREP_OK) genrepi_sgns_vector(sgns, i, row);
    }
    if (status == GENREP_OK) status = genrepi_vectors_finish(made);
    if (status == GENREP_E_FORMAT) /* not finite */
        status = genrepi_fail_in(trainer->ctx, GENREP_E_DIVERGED, "word2vec");
    if (status == GENREP_OK && own->ngrams != NULL) status = add_subwords(own, made);
    if (status == GENREP_OK)
        *out = made;
    else
        genrepi_vectors_unref(made);
    return status;
}

static const genrepi_trainer_ops ops = {
    .metrics = {"loss", "rate", "words", "epoch"},
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
