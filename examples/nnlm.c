/* A neural network language model from text (Bengio et al. 2003), or one of the other context
 * models with a full softmax: trains, and says how well it tells words it has not seen. */
#include "cli.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct run {
    const char *data, *trainer, *held_out, *out, *checkpoint, *resume;
    int64_t steps, seed, threads;
    int json, quiet;
    genrep_ctx *ctx;
    genrep_dataset *text;
    genrep_trainer *model;
    double begun, saved, words_before;
} run;

static const char about[] =
    "Trains a language model on a text, one sentence a line.  --trainer holds options of the\n"
    "trainer nnlm over its defaults:\n"
    "    nnlm --data \"text path='corpus.txt'\" --trainer \"window=4 hidden=100 direct=1\"\n"
    "    nnlm --data \"text path='corpus.txt'\" --trainer \"context=around combine=mean "
    "hidden=0\"\n"
    "Perplexity is e to the mean loss of a word: so many words would be as hard to tell apart if\n"
    "all were as likely.";

static double metric(const run *r, const char *name) {
    double value = 0;
    genrep_trainer_metric(r->model, name, &value);
    return value;
}

static void save_checkpoint(run *r) {
    if (r->checkpoint == NULL) return;
    if (genrep_trainer_checkpoint(r->model, r->checkpoint) != 0) cli_die(r->ctx, r->checkpoint);
    r->saved = cli_now();
}

static void report(genrep_trainer *trainer, char *text, size_t size, void *user) {
    run *r = user;
    (void)trainer;
    const double now = cli_now();
    snprintf(text, size, "loss %.3f  perplexity %.1f  rate %.4f  %.1f k words/s", metric(r, "loss"),
             metric(r, "perplexity"), metric(r, "rate"),
             (metric(r, "words") - r->words_before) / 1000 / (now - r->begun));
    if (now - r->saved > 60) save_checkpoint(r);
}

static void make(run *r) {
    r->ctx = cli_context(r->seed, r->threads);
    if (genrep_dataset_new(r->ctx, r->data, &r->text) != 0) cli_die(r->ctx, "--data");
    char *kind = malloc(strlen(r->trainer) + 8);
    if (kind == NULL) cli_wrong("out of memory");
    sprintf(kind, "nnlm %s", r->trainer);
    if (genrep_trainer_new(r->ctx, kind, r->text, &r->model) != 0) cli_die(r->ctx, "--trainer");
    free(kind);
    if (r->resume != NULL && genrep_trainer_resume(r->model, r->resume) != 0)
        cli_die(r->ctx, "--resume");
}

/* The loss of the held-out text; not a number without one. */
static double held_out_loss(const run *r) {
    double loss = NAN;
    if (r->held_out == NULL) return loss;
    genrep_dataset *text = NULL;
    if (genrep_dataset_new(r->ctx, r->held_out, &text) != 0 ||
        genrep_trainer_evaluate(r->model, text, &loss) != 0)
        cli_die(r->ctx, "--held-out");
    genrep_dataset_unref(text);
    return loss;
}

static void write_vectors(const run *r) {
    genrep_vectors *vectors = NULL;
    if (r->out == NULL) return;
    if (genrep_trainer_vectors(r->model, &vectors) != 0 ||
        genrep_vectors_save(vectors, r->out, NULL) != 0)
        cli_die(r->ctx, r->out);
    genrep_vectors_unref(vectors);
}

static void print_result(const run *r, double seconds) {
    const double loss = held_out_loss(r);
    if (!r->json) {
        printf("%.0f words in %.1f s; perplexity of the last step %.1f", metric(r, "words"),
               seconds, metric(r, "perplexity"));
        if (r->held_out != NULL) printf(", of the held-out text %.1f", exp(loss));
        printf("\n");
        return;
    }
    printf("{\"trainer\":\"nnlm\",\"words\":%.0f,\"seconds\":", metric(r, "words"));
    cli_json_number(stdout, seconds);
    printf(",\"loss\":");
    cli_json_number(stdout, metric(r, "loss"));
    printf(",\"perplexity\":");
    cli_json_number(stdout, metric(r, "perplexity"));
    printf(",\"held_out_perplexity\":");
    cli_json_number(stdout, exp(loss));
    printf("}\n");
}

int main(int argc, char **argv) {
    run r = {.trainer = "", .seed = 1};
    const cli_option options[] = {
        {"data", CLI_TEXT, &r.data, "SPEC", "the text, as \"text path='corpus.txt'\""},
        {"trainer", CLI_TEXT, &r.trainer, "SPEC", "options of the trainer nnlm"},
        {"held-out", CLI_TEXT, &r.held_out, "SPEC", "a text to measure at the end"},
        {"steps", CLI_INT, &r.steps, "N", "stops after so many steps (0: all epochs)"},
        {"out", CLI_TEXT, &r.out, "FILE", "where the word vectors go"},
        {"seed", CLI_INT, &r.seed, "N", "another one, other random numbers (1)"},
        {"threads", CLI_INT, &r.threads, "N", "threads (0: as many as there are processors)"},
        {"checkpoint", CLI_TEXT, &r.checkpoint, "FILE",
         "written every minute, at the end, on Ctrl-C"},
        {"resume", CLI_TEXT, &r.resume, "FILE", "goes on from a checkpoint, with the same options"},
        {"quiet", CLI_FLAG, &r.quiet, NULL, "no progress line"},
        {"json", CLI_FLAG, &r.json, NULL, "prints the result as one line of JSON"},
        {NULL, 0, NULL, NULL, NULL}};
    int rest = cli_parse(argc, argv, "--data SPEC [options]", about, options);
    if (rest != argc) cli_wrong("'%s' is not an option", argv[rest]);
    if (r.data == NULL) cli_wrong("--data is missing: which text?");
    make(&r);
    r.words_before = metric(&r, "words");
    r.begun = r.saved = cli_now();
    cli_install_stop(r.model);
    int32_t status = cli_train(r.model, r.steps, 0, r.quiet, report, &r);
    cli_uninstall_stop();
    if (status < 0) cli_die(r.ctx, "training");
    const double seconds = cli_now() - r.begun;
    save_checkpoint(&r);
    if (status == GENREP_STOPPED) {
        fprintf(stderr,
                r.checkpoint != NULL ? "stopped; --resume %s goes on from here\n"
                                     : "stopped; nothing is saved without --checkpoint%s\n",
                r.checkpoint != NULL ? r.checkpoint : "");
    } else {
        write_vectors(&r);
        print_result(&r, seconds);
    }
    genrep_trainer_unref(r.model);
    genrep_dataset_unref(r.text);
    genrep_ctx_unref(r.ctx);
    return status == GENREP_STOPPED ? CLI_STOPPED : 0;
}
