/* A classifier of images: trains, says how many of the test images it gets right, and saves the
 * network. */
#include "cli.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TEST_BATCH 500

typedef struct run {
    const char *data, *test, *trainer_spec, *out, *checkpoint, *resume;
    int64_t steps, seed, threads;
    int json, quiet;
    genrep_ctx *ctx;
    genrep_dataset *dataset, *test_set;
    genrep_trainer *trainer;
} run;

/* The rate falls to 0 over the run, unless the command line has an optimizer of its own. */
static char *trainer_text(const run *r) {
    size_t bytes = strlen(r->trainer_spec) + 256;
    char *text = malloc(bytes);
    if (text == NULL) cli_wrong("out of memory");
    int used = snprintf(text, bytes, "classifier steps=%lld ", (long long)r->steps);
    if (strstr(r->trainer_spec, "optimizer=") == NULL)
        used += snprintf(text + used, bytes - (size_t)used,
                         "optimizer='adamw lr=5e-3 weight_decay=0.02 schedule=cosine total=%lld' ",
                         (long long)r->steps);
    snprintf(text + used, bytes - (size_t)used, "%s", r->trainer_spec);
    return text;
}

static void open_run(run *r) {
    r->ctx = cli_context(r->seed, r->threads);
    if (genrep_dataset_new(r->ctx, r->data, &r->dataset) != 0) cli_die(r->ctx, "data");
    if (r->test != NULL && genrep_dataset_new(r->ctx, r->test, &r->test_set) != 0)
        cli_die(r->ctx, "test");
    char *text = trainer_text(r);
    if (genrep_trainer_new(r->ctx, text, r->dataset, &r->trainer) != 0) cli_die(r->ctx, "trainer");
    free(text);
    if (r->resume != NULL && genrep_trainer_resume(r->trainer, r->resume) != 0)
        cli_die(r->ctx, "resume");
}

static int32_t field_of(const run *r, const char *name) {
    for (int32_t i = 0; i < genrep_dataset_fields(r->test_set); i++) {
        const char *found;
        genrep_dataset_field(r->test_set, i, &found, NULL, NULL, NULL);
        if (strcmp(found, name) == 0) return i;
    }
    cli_wrong("-test: the data have no %s", name);
}

/* Bytes as they are stored to -1..1, as the trainer does it. */
static void scale(genrep_tensor *images) {
    int64_t count;
    float *x = genrep_tensor_data(images);
    genrep_tensor_info(images, NULL, NULL, NULL, &count);
    for (int64_t i = 0; i < count; i++) x[i] = x[i] / 127.5f - 1;
}

/* How many of the first n of a batch have their greatest logit at their class. */
static int64_t count_right(const genrep_tensor *logits, const genrep_tensor *labels, int64_t n) {
    int64_t shape[GENREP_MAX_RANK], right = 0;
    genrep_tensor_info(logits, NULL, NULL, shape, NULL);
    const float *row = genrep_tensor_read(logits);
    const int32_t *label = genrep_tensor_read(labels);
    for (int64_t i = 0; i < n; i++, row += shape[1]) {
        int64_t best = 0;
        for (int64_t c = 1; c < shape[1]; c++)
            if (row[c] > row[best]) best = c;
        right += best == label[i];
    }
    return right;
}

/* The share of the test data that is classified right: one pass, each sample once. */
static double test_accuracy(const run *r) {
    int32_t images = field_of(r, "images"), labels = field_of(r, "labels"), rank, dtype;
    int64_t shape[GENREP_MAX_RANK + 1] = {TEST_BATCH}, count = genrep_dataset_count(r->test_set);
    genrep_tensor *batch[8] = {NULL};
    genrep_layer *network = NULL;
    genrep_tape *tape = NULL;
    genrep_dataset_field(r->test_set, images, NULL, &dtype, &rank, shape + 1);
    if (genrep_tensor_new(r->ctx, GENREP_F32, rank + 1, shape, &batch[images]) != 0 ||
        genrep_tensor_new(r->ctx, GENREP_I32, 1, shape, &batch[labels]) != 0 ||
        genrep_trainer_layer(r->trainer, "network", &network) != 0 ||
        genrep_tape_new(r->ctx, "mode=eval", &tape) != 0)
        cli_die(r->ctx, "test");
    int64_t right = 0;
    for (int64_t seen = 0; seen < count; seen += TEST_BATCH) {
        genrep_tensor *logits;
        if (genrep_dataset_batch(r->test_set, seen / TEST_BATCH, batch,
                                 genrep_dataset_fields(r->test_set)) != 0)
            cli_die(r->ctx, "test");
        if (dtype == GENREP_U8) scale(batch[images]);
        if (genrep_layer_apply(network, tape, &batch[images], 1, &logits, 1) != 0)
            cli_die(r->ctx, "test");
        int64_t left = count - seen;
        right += count_right(logits, batch[labels], left < TEST_BATCH ? left : TEST_BATCH);
        genrep_tensor_unref(logits);
    }
    genrep_tape_unref(tape);
    genrep_layer_unref(network);
    genrep_tensor_unref(batch[images]);
    genrep_tensor_unref(batch[labels]);
    return (double)right / (double)count;
}

static void save_network(const run *r) {
    char path[4096];
    genrep_layer *network;
    if (mkdir(r->out, 0777) != 0 && errno != EEXIST)
        cli_wrong("cannot make the folder '%s': %s", r->out, strerror(errno));
    if (snprintf(path, sizeof path, "%s/network.safetensors", r->out) >= (int)sizeof path)
        cli_wrong("-out: the name is too long");
    if (genrep_trainer_layer(r->trainer, "network", &network) != 0 ||
        genrep_layer_save(network, path) != 0)
        cli_die(r->ctx, path);
    genrep_layer_unref(network);
}

static void print_result(const run *r, double seconds) {
    int64_t done;
    double loss = 0, accuracy = 0;
    genrep_trainer_progress(r->trainer, &done, NULL);
    genrep_trainer_metric(r->trainer, "loss", &loss);
    if (r->test_set != NULL) accuracy = test_accuracy(r);
    if (r->json) {
        printf("{\"steps\":%lld,\"seconds\":", (long long)done);
        cli_json_number(stdout, seconds);
        printf(",\"loss\":");
        cli_json_number(stdout, loss);
        if (r->test_set != NULL) printf(",\"test_accuracy\":"), cli_json_number(stdout, accuracy);
        printf("}\n");
        return;
    }
    printf("%lld steps, %.1f s, loss %.4f\n", (long long)done, seconds, loss);
    if (r->test_set != NULL)
        printf("right on the test data: %.2f %% of %lld\n", 100 * accuracy,
               (long long)genrep_dataset_count(r->test_set));
}

int main(int argc, char **argv) {
    run r = {.trainer_spec = "", .steps = 5000, .seed = 1, .threads = 1};
    const cli_option options[] = {
        {"data", CLI_TEXT, &r.data, "SPEC", "images and labels to learn from"},
        {"test", CLI_TEXT, &r.test, "SPEC", "images and labels to be judged by"},
        {"trainer", CLI_TEXT, &r.trainer_spec, "SPEC", "options of the trainer"},
        {"steps", CLI_INT, &r.steps, "N", "steps of the whole run (5000)"},
        {"seed", CLI_INT, &r.seed, "N", "seed of all random numbers (1)"},
        {"threads", CLI_INT, &r.threads, "N", "threads; 0: one a processor (1)"},
        {"out", CLI_TEXT, &r.out, "DIR", "where network.safetensors goes"},
        {"checkpoint", CLI_TEXT, &r.checkpoint, "FILE", "written at the end and on Ctrl-C"},
        {"resume", CLI_TEXT, &r.resume, "FILE", "goes on from a checkpoint"},
        {"json", CLI_FLAG, &r.json, NULL, "prints the result as one line of JSON"},
        {"quiet", CLI_FLAG, &r.quiet, NULL, "no progress line"},
        {NULL, 0, NULL, NULL, NULL},
    };
    int rest = cli_parse(
        argc, argv, "-data SPEC [options]",
        "Trains a classifier on labelled images.  For MNIST:\n"
        "  classifier -data \"idx images='train-images-idx3-ubyte.gz' labels='train-labels-idx1-"
        "ubyte.gz'\"\n"
        "    -test \"idx images='t10k-images-idx3-ubyte.gz' labels='t10k-labels-idx1-ubyte.gz'\"",
        options);
    if (rest != argc) cli_wrong("'%s' is not an option", argv[rest]);
    if (r.data == NULL) cli_wrong("-data is missing: which images?");
    if (r.steps < 1) cli_wrong("-steps must be at least 1");
    double begun = cli_now();
    open_run(&r);
    cli_install_stop(r.trainer);
    int32_t status = cli_train(r.trainer, r.steps, r.steps, r.quiet, NULL, NULL);
    if (status < 0) cli_die(r.ctx, "training");
    int stopped = status == GENREP_STOPPED && cli_stop_requested();
    cli_uninstall_stop();
    double seconds = cli_now() - begun;
    if (r.checkpoint != NULL && genrep_trainer_checkpoint(r.trainer, r.checkpoint) != 0)
        cli_die(r.ctx, "checkpoint");
    if (!stopped && r.out != NULL) save_network(&r);
    if (!stopped) print_result(&r, seconds);
    genrep_trainer_unref(r.trainer);
    genrep_dataset_unref(r.test_set);
    genrep_dataset_unref(r.dataset);
    genrep_ctx_unref(r.ctx);
    return stopped ? CLI_STOPPED : 0;
}
