/* The trainer "nnlm": the neural network language model, and the other context models of the
 * lecture with a full softmax (docs/notes/nnlm.md). */
#include <text/lm_run.h>
#include <text/nnlm.h>
#include <math.h>

typedef struct nnlm_options {
    int64_t size, window, hidden, batch, epochs, min_count, max_vocab, block, max_sentence, memory;
    int64_t patience, max_entries;
    int32_t context, combine, direct, padding;
    double alpha, slowdown, decay, sample;
    char *vocab, *validation;
} nnlm_options;

#define O nnlm_options
static const genrepi_option options[] = {
    GENREPI_OPTION_INT(O, size, "100", 1, 65536, "numbers a word's vector has"),
    GENREPI_OPTION_INT(O, window, "4", 1, 1000, "words of context, on each side with around"),
    GENREPI_OPTION_WORD(
        O, context, "previous", "around|previous|nearby",
        "words before and behind, words before only, or one word drawn from around"),
    GENREPI_OPTION_WORD(O, combine, "concat", "single|mean|concat",
                        "each context word tells the target by itself, their mean does, or their "
                        "vectors one behind the other"),
    GENREPI_OPTION_INT(O, hidden, "100", 0, 65536, "units of the hidden layer; 0: there is none"),
    GENREPI_OPTION_FLAG(O, direct, "0", "the softmax sees the words beside the hidden layer"),
    GENREPI_OPTION_WORD(O, padding, "skip", "skip|row",
                        "what concat does where the window leaves the sentence: no example, or a "
                        "vector of its own for such places"),
    GENREPI_OPTION_INT(O, batch, "64", 1, 65536, "examples whose steps are taken at once"),
    GENREPI_OPTION_NUMBER(O, alpha, "0.05", 1e-12, 100,
                          "learning rate of an example at the start; it falls in a line to 1e-4 "
                          "of it"),
    GENREPI_OPTION_NUMBER(O, slowdown, "0", 0, 1,
                          "above 0: the rate is alpha / (1 + slowdown words) instead"),
    GENREPI_OPTION_NUMBER(O, decay, "0", 0, 1, "weight decay, not of biases"),
    GENREPI_OPTION_NUMBER(O, sample, "0", 0, 1,
                          "threshold of subsampling: words of a greater share are left out more "
                          "often; 0: none is"),
    GENREPI_OPTION_INT(O, min_count, "5", 1, 1e15, "leaves out words that occur less often"),
    GENREPI_OPTION_INT(O, max_vocab, "0", 0, 2e9, "most words, the commonest; 0: all"),
    GENREPI_OPTION_INT(O, max_entries, "0", 0, 2e9,
                       "most different words in memory while counting; see vocab"),
    GENREPI_OPTION_STRING(O, vocab, NULL, "file of a vocabulary to use; default: the text's words"),
    GENREPI_OPTION_INT(O, epochs, "5", 1, 1e6, "passes over the text"),
    GENREPI_OPTION_INT(O, block, "10000", 1, 1e12, "words a step"),
    GENREPI_OPTION_INT(O, max_sentence, "1000", 2, 1e6, "longer lines are cut"),
    GENREPI_OPTION_INT(O, memory, "256", 1, 1e6,
                       "most megabytes of scores; where the batch's are more, they are worked out "
                       "twice"),
    GENREPI_OPTION_STRING(O, validation, NULL, "file of held-out text, measured after each epoch"),
    GENREPI_OPTION_INT(O, patience, "0", 0, 1e6,
                       "ends when the held-out loss has not fallen for so many epochs; 0: never"),
};
#undef O

enum {
    METRIC_LOSS,
    METRIC_PERPLEXITY,
    METRIC_RATE,
    METRIC_WORDS,
    METRIC_EPOCH,
    METRIC_VALIDATION,
    METRIC_VALIDATION_PERPLEXITY
};
enum { COMBINE_SINGLE, COMBINE_MEAN, COMBINE_CONCAT };

typedef struct nnlm {
    genrepi_lm_run run;
    genrepi_validation validation;
} nnlm;

static int32_t make_vocab(genrep_trainer *trainer, genrep_vocab **out) {
    const nnlm_options *o = trainer->options;
    genrepi_vocab_options chosen = {
        .min_count = o->min_count, .max_size = o->max_vocab, .max_entries = o->max_entries};
    if (o->vocab != NULL) return genrepi_vocab_load(trainer->ctx, o->vocab, &chosen, out);
    return genrepi_vocab_build(trainer->dataset, &chosen, out);
}

static int32_t check(const genrep_trainer *trainer) {
    const nnlm_options *o = trainer->options;
    if (o->direct && o->hidden == 0)
        return genrepi_fail(trainer->ctx, GENREP_E_INVALID,
                            "direct=1 goes past a hidden layer: without one (hidden=0) the words "
                            "meet the softmax anyway");
    if (o->padding && (o->combine != COMBINE_CONCAT || o->context == GENREPI_CONTEXT_NEARBY))
        return genrepi_fail(trainer->ctx, GENREP_E_INVALID,
                            "padding=row is for combine=concat with context=previous or around");
    return GENREP_OK;
}

static int32_t create(genrep_trainer *trainer) {
    const nnlm_options *o = trainer->options;
    nnlm *own = trainer->instance = genrepi_alloc(trainer->ctx, 1, sizeof *own);
    if (own == NULL) return GENREP_E_NOMEM;
    static const int32_t combines[] = {GENREPI_COMBINE_SINGLE, GENREPI_COMBINE_MEAN,
                                       GENREPI_LM_CONCAT};
    const int64_t window = o->context == GENREPI_CONTEXT_NEARBY     ? 1
                           : o->context == GENREPI_CONTEXT_PREVIOUS ? o->window
                                                                    : 2 * o->window;
    genrepi_lm_rule rule = {
        .context = {.window = o->window, .context = o->context},
        .model = {.size = o->size,
                  .slots = o->combine == COMBINE_SINGLE ? 1 : window,
                  .hidden = o->hidden,
                  .batch = o->combine == COMBINE_SINGLE && o->batch < 2 * o->window ? 2 * o->window
                                                                                    : o->batch,
                  .memory = o->memory << 20,
                  .combine = combines[o->combine],
                  .direct = o->direct,
                  .padding = o->padding,
                  .decay = o->decay},
        .sample = o->sample,
        .alpha = o->alpha,
        .slowdown = o->slowdown,
        .epochs = o->epochs,
        .block = o->block,
        .max_sentence = o->max_sentence,
    };
    genrep_vocab *vocab;
    int32_t status = check(trainer);
    if (status == GENREP_OK)
        status =
            genrepi_validation_open(trainer->ctx, o->validation, o->patience, &own->validation);
    if (status == GENREP_OK) status = make_vocab(trainer, &vocab);
    if (status == GENREP_OK)
        status = genrepi_lm_run_init(trainer->dataset, vocab,
                                     o->vocab == NULL && vocab->missed == 0, &rule, &own->run);
    if (status == GENREP_OK) trainer->total = genrepi_lm_run_steps(&own->run);
    return status;
}

static int32_t prepare(genrep_trainer *trainer) {
    (void)trainer; /* there are no parts that the host may set */
    return GENREP_OK;
}

static void free_nnlm(genrep_trainer *trainer) {
    nnlm *own = trainer->instance;
    genrepi_lm_run_free(&own->run);
    genrepi_validation_close(&own->validation);
    genrepi_free(trainer->ctx, own);
}

static int32_t step(genrep_trainer *trainer) {
    nnlm *own = trainer->instance;
    double loss;
    int64_t terms = 0;
    int32_t status = genrepi_validation_before(trainer, &own->validation);
    if (status != GENREP_OK) return status;
    status = genrepi_lm_run_step(trainer, &own->run, &loss, &terms);
    const double done = (double)genrepi_lm_run_done(&own->run);
    trainer->values[METRIC_RATE] = own->run.rate;
    trainer->values[METRIC_WORDS] = done;
    trainer->values[METRIC_EPOCH] = done / (double)own->run.sentences.words_per_epoch;
    if (terms > 0) {
        trainer->values[METRIC_LOSS] = loss;
        trainer->values[METRIC_PERPLEXITY] = exp(loss);
    }
    if (status != GENREP_OK) return status;
    const double before = trainer->values[METRIC_VALIDATION];
    status = genrepi_validation_after(
        trainer, &own->validation,
        genrepi_lm_run_done(&own->run) / own->run.sentences.words_per_epoch, METRIC_VALIDATION);
    if (trainer->values[METRIC_VALIDATION] != before)
        trainer->values[METRIC_VALIDATION_PERPLEXITY] = exp(trainer->values[METRIC_VALIDATION]);
    return status;
}

static int32_t evaluate(genrep_trainer *trainer, genrep_dataset *dataset, double *loss) {
    nnlm *own = trainer->instance;
    return genrepi_lm_run_evaluate(&own->run, dataset, loss);
}

static int32_t visit(const genrep_trainer *trainer, genrepi_state *state) {
    nnlm *own = trainer->instance;
    int32_t status = genrepi_lm_run_visit(&own->run, state);
    return status == GENREP_OK ? genrepi_validation_visit(&own->validation, state) : status;
}

static int32_t vectors(genrep_trainer *trainer, genrep_vectors **out) {
    const nnlm *own = trainer->instance;
    return genrepi_lm_run_vectors(&own->run, out);
}

static const genrepi_trainer_ops ops = {
    .metrics = {"loss", "perplexity", "rate", "words", "epoch", "validation_loss",
                "validation_perplexity"},
    .create = create,
    .prepare = prepare,
    .step = step,
    .evaluate = evaluate,
    .visit = visit,
    .vectors = vectors,
    .free = free_nnlm,
};

const genrepi_kind genrepi_kind_nnlm = {
    .family = "trainer",
    .name = "nnlm",
    .help = "a language model with a full softmax: words from their context, with a hidden layer "
            "(Bengio et al. 2003) or without",
    .options = options,
    .n_options = GENREPI_COUNT(options),
    .options_size = sizeof(nnlm_options),
    .implementation = &ops,
};
