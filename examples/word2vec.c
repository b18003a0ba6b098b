/* Word vectors from text, with word2vec.c's command line (https://code.google.com/p/word2vec): its
 * options and defaults, and a few of ours. */
#include "cli.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct run {
    const char *train, *output, *save_vocab, *read_vocab, *checkpoint, *resume, *grow, *format;
    char save[128]; /* "format=NAME" */
    int64_t size, window, negative, iter, min_count, threads, binary, debug, seed;
    int64_t cbow, hs, classes;  /* of word2vec.c */
    int64_t minn, maxn, bucket; /* of fastText */
    const char *compose;
    double sample, alpha;
    int bias, json, deterministic;
    genrep_ctx *ctx;
    genrep_dataset *dataset;
    genrep_trainer *trainer;
    double begun, saved; /* times of the start and of the last checkpoint */
    double words_before; /* done by the run that is resumed */
} run;

static const char about[] =
    "Trains word vectors on a text file (UTF-8; .gz too), one sentence a line, and writes\n"
    "them in word2vec's format.  Options and defaults are those of word2vec.c, so existing "
    "scripts\n"
    "run unchanged; what this version does not have yet is refused.  -minn, -maxn and -bucket are\n"
    "fastText's.\n"
    "    word2vec -train text.txt -output vectors.bin -cbow 0 -size 200 -binary 1\n"
    "    distance vectors.bin malloc";

/* -1 is "not given": defaults that depend on other options. */
static void settle(run *r) {
    if (r->hs > 0 && r->negative > 0)
        cli_wrong("-hs 1 and -negative %lld at once are not there: -negative 0 trains with the "
                  "tree alone, -hs 0 with noise words alone",
                  (long long)r->negative);
    if (r->hs == 0 && r->negative == 0)
        cli_wrong("-negative 0 leaves nothing to train without -hs 1");
    if (r->classes < 0) cli_wrong("-classes %lld is below 0", (long long)r->classes);
    if (r->negative < 0) r->negative = 5;
    if (r->negative == 0) r->negative = 1; /* not used with the tree */
    if (r->alpha < 0) r->alpha = r->cbow || r->maxn > 0 ? 0.05 : 0.025;
}

/* A mistake is found now, not after the training. */
static void check_format(run *r) {
    char message[512];
    snprintf(r->save, sizeof r->save, "format=%.64s",
             r->format != NULL ? r->format
             : r->binary       ? "binary"
                               : "text");
    if (genrep_spec_check("vectors", r->save, message, sizeof message) != 0)
        cli_wrong("-format: %s", message);
}

static void make_vocabulary(run *r) {
    genrep_vocab *vocab = NULL;
    char spec[64];
    snprintf(spec, sizeof spec, "min_count=%lld", (long long)r->min_count);
    int32_t status = r->read_vocab != NULL ? genrep_vocab_load(r->ctx, r->read_vocab, &vocab)
                                           : genrep_vocab_build(r->dataset, spec, &vocab);
    if (status != 0 || genrep_vocab_save(vocab, r->save_vocab) != 0) cli_die(r->ctx, r->save_vocab);
    genrep_vocab_unref(vocab);
}

static void make_trainer(run *r) {
    char spec[8192], *vocab = r->read_vocab != NULL ? cli_quote(r->read_vocab) : NULL;
    char *grow = r->grow != NULL ? cli_quote(r->grow) : NULL;
    int n = snprintf(spec, sizeof spec,
                     "word2vec size=%lld window=%lld negative=%lld sample=%.17g min_count=%lld "
                     "epochs=%lld alpha=%.17g bias=%d combine=%s objective=%s deterministic=%d "
                     "min_ngram=%lld max_ngram=%lld buckets=%lld compose=%s%s%s%s%s",
                     (long long)r->size, (long long)r->window, (long long)r->negative, r->sample,
                     (long long)r->min_count, (long long)r->iter, r->alpha, r->bias,
                     r->cbow ? "classic_mean" : "single", r->hs ? "hierarchical" : "negative",
                     r->deterministic, (long long)r->minn, (long long)r->maxn, (long long)r->bucket,
                     r->compose, vocab != NULL ? " vocab=" : "", vocab != NULL ? vocab : "",
                     grow != NULL ? " grow=" : "", grow != NULL ? grow : "");
    if (n >= (int)sizeof spec) cli_wrong("-read-vocab or -grow: the name is too long");
    free(vocab);
    free(grow);
    if (genrep_trainer_new(r->ctx, spec, r->dataset, &r->trainer) != 0) cli_die(r->ctx, r->train);
    if (r->resume != NULL && genrep_trainer_resume(r->trainer, r->resume) != 0)
        cli_die(r->ctx, "-resume");
}

static double metric(const run *r, const char *name) {
    double value = 0;
    genrep_trainer_metric(r->trainer, name, &value);
    return value;
}

static void save_checkpoint(run *r) {
    if (r->checkpoint == NULL) return;
    if (genrep_trainer_checkpoint(r->trainer, r->checkpoint) != 0) cli_die(r->ctx, r->checkpoint);
    r->saved = cli_now();
}

static void report(genrep_trainer *trainer, char *text, size_t size, void *user) {
    run *r = user;
    (void)trainer;
    double now = cli_now();
    snprintf(text, size, "alpha %.5f  loss %.3f  %.0f k words/s", metric(r, "rate"),
             metric(r, "loss"), (metric(r, "words") - r->words_before) / 1000 / (now - r->begun));
    if (now - r->saved > 60) save_checkpoint(r);
}

/* "word class" a line, in place of the vectors. */
static void save_classes(const run *r) {
    char spec[64];
    genrep_vectors *vectors = NULL;
    if (genrep_trainer_vectors(r->trainer, &vectors) != 0) cli_die(r->ctx, "vectors");
    const int64_t n = genrep_vectors_size(vectors);
    int32_t *classes = malloc((size_t)n * sizeof *classes);
    if (classes == NULL) cli_wrong("out of memory");
    snprintf(spec, sizeof spec, "classes=%lld", (long long)r->classes);
    if (genrep_vectors_classes(vectors, spec, classes) != 0) cli_die(r->ctx, "-classes");
    FILE *file = fopen(r->output, "w");
    for (int64_t i = 0; file != NULL && i < n; i++)
        fprintf(file, "%s %d\n", genrep_vectors_word(vectors, i), (int)classes[i]);
    int written = file != NULL && !ferror(file);
    if (file != NULL && fclose(file) != 0) written = 0;
    if (!written) {
        perror(r->output);
        exit(1);
    }
    free(classes);
    genrep_vectors_unref(vectors);
}

static void print_result(const run *r, double seconds) {
    if (r->classes > 0)
        save_classes(r);
    else if (genrep_trainer_save_vectors(r->trainer, r->output, r->save) != 0)
        cli_die(r->ctx, r->output);
    long long words = (long long)metric(r, "vocabulary"), dim = r->size;
    double rate = (metric(r, "words") - r->words_before) / seconds;
    if (r->json) {
        printf("{\"trainer\":\"word2vec\",\"words\":%lld,\"size\":%lld,\"train_words\":%.0f", words,
               dim, metric(r, "words"));
        printf(",\"seconds\":");
        cli_json_number(stdout, seconds);
        printf(",\"words_per_s\":");
        cli_json_number(stdout, rate);
        printf(",\"loss\":");
        cli_json_number(stdout, metric(r, "loss"));
        printf(",\"output\":");
        cli_json_text(stdout, r->output);
        printf("}\n");
    } else {
        printf("%lld words of %lld numbers%s in %s; %.1f s, %.0f k words/s\n", words, dim,
               r->classes > 0 ? ", their classes" : "", r->output, seconds, rate / 1000);
    }
}

static void open_run(run *r) {
    char *path = cli_quote(r->train), *dataset = malloc(strlen(path) + 16);
    if (dataset == NULL) cli_wrong("out of memory");
    /* scripts ask for more threads than there are processors; more would only be in the way */
    const long most = sysconf(_SC_NPROCESSORS_ONLN);
    const long long threads = r->threads > 0 && r->threads < most ? r->threads : most;
    r->ctx = cli_context(r->seed, threads);
    sprintf(dataset, "text path=%s", path);
    if (genrep_dataset_new(r->ctx, dataset, &r->dataset) != 0) cli_die(r->ctx, "-train");
    free(dataset);
    free(path);
}

/* Trains and writes the vectors; 1 if it was stopped before the end. */
static int train(run *r) {
    make_trainer(r);
    int64_t steps = 0;
    genrep_trainer_progress(r->trainer, NULL, &steps);
    r->words_before = metric(r, "words");
    r->begun = r->saved = cli_now();
    cli_install_stop(r->trainer);
    int32_t status = cli_train(r->trainer, 0, 0, r->debug < 2, report, r);
    cli_uninstall_stop();
    if (status < 0) cli_die(r->ctx, "training");
    double seconds = cli_now() - r->begun;
    save_checkpoint(r);
    if (status == GENREP_STOPPED) {
        if (r->checkpoint != NULL)
            fprintf(stderr, "stopped; -resume %s goes on from here\n", r->checkpoint);
        else
            fprintf(stderr, "stopped; nothing is saved without -checkpoint\n");
        return 1;
    }
    print_result(r, seconds);
    return 0;
}

int main(int argc, char **argv) {
    run r = {.size = 100,
             .window = 5,
             .negative = -1,
             .iter = 5,
             .min_count = 5,
             .debug = 2,
             .seed = 1,
             .cbow = 1,
             .minn = 3,
             .bucket = 2000000,
             .compose = "classic_mean",
             .sample = 1e-3,
             .alpha = -1};
    const cli_option options[] = {
        {"train", CLI_TEXT, &r.train, "FILE", "the text"},
        {"output", CLI_TEXT, &r.output, "FILE", "where the vectors go"},
        {"size", CLI_INT, &r.size, "N", "numbers a vector has (100)"},
        {"window", CLI_INT, &r.window, "N", "most words between two that are paired (5)"},
        {"sample", CLI_NUMBER, &r.sample, "X",
         "threshold of leaving out frequent words; 0: none is (1e-3)"},
        {"negative", CLI_INT, &r.negative, "N", "noise words for each word (5)"},
        {"iter", CLI_INT, &r.iter, "N", "passes over the text (5)"},
        {"min-count", CLI_INT, &r.min_count, "N", "leaves out words that occur less often (5)"},
        {"alpha", CLI_NUMBER, &r.alpha, "X",
         "learning rate at the start (0.025; with -cbow 1 or -maxn 0.05)"},
        {"binary", CLI_INT, &r.binary, "0|1", "writes floats instead of text (0)"},
        {"format", CLI_TEXT, &r.format, "NAME",
         "text, binary, vec, glove, npy, tsv or safetensors, in place of -binary"},
        {"save-vocab", CLI_TEXT, &r.save_vocab, "FILE", "where the vocabulary goes"},
        {"read-vocab", CLI_TEXT, &r.read_vocab, "FILE", "takes the vocabulary from there"},
        {"debug", CLI_INT, &r.debug, "0|1|2", "2: shows progress, 0: is silent (2)"},
        {"cbow", CLI_INT, &r.cbow, "0|1", "1: CBOW, 0: skip-gram (1)"},
        {"hs", CLI_INT, &r.hs, "0|1", "1: hierarchical softmax, in place of noise words (0)"},
        {"classes", CLI_INT, &r.classes, "N",
         "writes classes of words, by k-means, instead of vectors; 0: vectors (0)"},
        {"minn", CLI_INT, &r.minn, "N", "characters of the shortest n-grams (3)"},
        {"maxn", CLI_INT, &r.maxn, "N",
         "characters of the longest n-grams that words are made of; 0: none are (0)"},
        {"bucket", CLI_INT, &r.bucket, "N", "n-grams are numbered modulo this (2000000)"},
        {"compose", CLI_TEXT, &r.compose, "WORD",
         "classic_mean: fastText's gradient of n-grams; mean: the true one, for a rate of 0.2 or "
         "so (classic_mean)"},
        {"grow", CLI_TEXT, &r.grow, "FILE",
         "goes on from another run's checkpoint over this text, which may bring new words"},
        {"threads", CLI_INT, &r.threads, "N", "threads (as many as there are processors)"},
        {"deterministic", CLI_FLAG, &r.deterministic, NULL,
         "the same bits for any number of threads, for a quarter to a third of the speed"},
        {"bias", CLI_FLAG, &r.bias, NULL, "trains a bias for each output word"},
        {"seed", CLI_INT, &r.seed, "N", "another one, other random numbers (1)"},
        {"checkpoint", CLI_TEXT, &r.checkpoint, "FILE",
         "written every minute, at the end, on Ctrl-C"},
        {"resume", CLI_TEXT, &r.resume, "FILE", "goes on from a checkpoint, with the same options"},
        {"json", CLI_FLAG, &r.json, NULL, "prints the result as one line of JSON"},
        {NULL, 0, NULL, NULL, NULL}};
    int rest = cli_parse(argc, argv, "-train FILE -output FILE [options]", about, options);
    if (rest != argc) cli_wrong("'%s' is not an option", argv[rest]);
    if (r.train == NULL) cli_wrong("-train is missing: which text?");
    if (r.output == NULL && r.save_vocab == NULL) cli_wrong("-output is missing: where to write?");
    settle(&r);
    check_format(&r);
    open_run(&r);
    if (r.save_vocab != NULL) make_vocabulary(&r);
    int stopped = r.output != NULL && train(&r);
    genrep_trainer_unref(r.trainer);
    genrep_dataset_unref(r.dataset);
    genrep_ctx_unref(r.ctx);
    return stopped ? CLI_STOPPED : 0;
}
