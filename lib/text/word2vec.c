/* The trainer "word2vec": skip-gram with negative sampling over a text (docs/notes/word2vec.md).  A
 * step is about `block` words of the text: whole sentences, until the words of all steps so far are
 * done.  It runs on the calling thread. */
#include <text/word2vec.h>
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
    GENREPI_OPTION_INT(O, block, "10000", 1, 1e12, "words a step"),
    GENREPI_OPTION_INT(O, max_sentence, "1000", 2, 1e6, "longer lines are cut"),
};
#undef O

enum { METRIC_LOSS, METRIC_RATE, METRIC_WORDS, METRIC_EPOCH };

typedef struct word2vec {
    genrep_vocab *vocab;
    genrepi_sampler sampler;
    genrepi_sentences sentences;
    genrepi_sgns sgns;
    genrepi_centre_rule rule;
    genrepi_centre centres[2]; /* the one at work and the one to come */
    int64_t words;             /* of all epochs */
    int64_t processed;
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

static int32_t create(genrep_trainer *trainer) {
    genrep_ctx *ctx = trainer->ctx;
    const genrepi_word2vec_options *o = trainer->options;
    word2vec *own = trainer->instance = genrepi_alloc(ctx, 1, sizeof *own);
    if (own == NULL) return GENREP_E_NOMEM;
    int32_t status = make_vocab(trainer, &own->vocab);
    if (status == GENREP_OK)
        status = genrepi_sampler_init(own->vocab, o->sample, o->noise_exponent, &own->sampler);
    if (status == GENREP_OK)
        status = genrepi_sentences_open(trainer->dataset, own->vocab, &own->sampler,
                                        o->vocab != NULL ? -1 : own->vocab->total,
                                        (int32_t)o->max_sentence, &own->sentences);
    own->rule = (genrepi_centre_rule){o->window, o->dynamic, (int32_t)o->negative};
    for (int32_t i = 0; i < 2 && status == GENREP_OK; i++)
        status = genrepi_centre_init(ctx, &own->rule, &own->centres[i]);
    if (status == GENREP_OK)
        status = genrepi_sgns_init(ctx, own->vocab->words.count, o->size, o->bias,
                                   (int32_t)(2 * o->window), (int32_t)o->negative, &own->sgns);
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
    word2vec *own = trainer->instance;
    for (int32_t i = 0; i < 2; i++) genrepi_centre_free(trainer->ctx, &own->centres[i]);
    genrepi_sgns_free(&own->sgns);
    genrepi_sentences_close(&own->sentences);
    genrepi_sampler_free(&own->sampler);
    genrepi_vocab_unref(own->vocab);
    genrepi_free(trainer->ctx, own);
}

static void set_centre(word2vec *own, int32_t at, genrepi_rng *rng) {
    genrepi_centre_set(&own->centres[at % 2], &own->rule, &own->sampler, own->sentences.words,
                       own->sentences.n, at, rng);
}

/* The rows of the next centre are on their way while the present one is worked on. */
static double train_sentence(word2vec *own, genrepi_rng *rng, real rate, int64_t *pairs) {
    int32_t n = own->sentences.n;
    double loss = 0;
    if (n < 2) return 0;
    set_centre(own, 0, rng);
    for (int32_t at = 0; at < n; at++) {
        if (at + 1 < n) {
            set_centre(own, at + 1, rng);
            genrepi_sgns_prefetch(&own->sgns, &own->centres[(at + 1) % 2]);
        }
        loss += genrepi_sgns_step(&own->sgns, &own->centres[at % 2], rate);
        *pairs += own->centres[at % 2].n_context;
    }
    return loss;
}

static int32_t step(genrep_trainer *trainer) {
    const genrepi_word2vec_options *o = trainer->options;
    word2vec *own = trainer->instance;
    int64_t until =
        trainer->done + 1 < trainer->total ? (trainer->done + 1) * o->block : own->words;
    int64_t pairs = 0;
    double loss = 0;
    while (own->processed < until) {
        genrepi_rng rng;
        int64_t consumed;
        int32_t status = genrepi_sentences_next(&own->sentences, &rng, &consumed);
        if (status != GENREP_OK) return status;
        double rate = genrepi_word2vec_rate(o->alpha, own->processed, own->words);
        loss += train_sentence(own, &rng, (real)rate, &pairs);
        own->processed += consumed;
        trainer->values[METRIC_RATE] = rate;
    }
    trainer->values[METRIC_WORDS] = (double)own->processed;
    trainer->values[METRIC_EPOCH] = (double)own->processed / (double)own->sentences.words_per_epoch;
    return pairs > 0 ? genrepi_trainer_note(trainer, METRIC_LOSS, loss / (double)pairs) : GENREP_OK;
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

static int32_t vectors(genrep_trainer *trainer, genrep_vectors **out) {
    const word2vec *own = trainer->instance;
    const genrepi_sgns *sgns = &own->sgns;
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
    .help = "word vectors from text: skip-gram with negative sampling (Mikolov et al. 2013)",
    .options = options,
    .n_options = GENREPI_COUNT(options),
    .options_size = sizeof(genrepi_word2vec_options),
    .implementation = &ops,
};
