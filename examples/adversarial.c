/* Adversarial training from the command line: see adversarial.h. */
#include "adversarial.h"
#include "cli.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct run {
    const char *kind, *data, *trainer_spec, *out, *checkpoint, *resume;
    int64_t steps, seed, threads, every, rows;
    int json, quiet;
    genrep_ctx *ctx;
    genrep_dataset *dataset;
    genrep_trainer *trainer;
    FILE *losses;
    int64_t classes;
} run;

static char *join(const char *a, const char *b, const char *c) {
    size_t bytes = strlen(a) + strlen(b) + strlen(c) + 1;
    char *text = malloc(bytes);
    if (text == NULL) cli_wrong("out of memory");
    snprintf(text, bytes, "%s%s%s", a, b, c);
    return text;
}

static void make_folder(const char *path) {
    if (mkdir(path, 0777) != 0 && errno != EEXIST) {
        cli_wrong("cannot make the folder '%s': %s", path, strerror(errno));
    }
}

/* Classes are labels 0 .. classes-1: counted over the data, in batches. */
static int64_t count_classes(run *r) {
    int32_t fields = genrep_dataset_fields(r->dataset), labels = -1;
    for (int32_t i = 0; i < fields; i++) {
        const char *name = NULL;
        genrep_dataset_field(r->dataset, i, &name, NULL, NULL, NULL);
        if (strcmp(name, "labels") == 0) labels = i;
    }
    if (labels < 0) return 0;
    int64_t count = genrep_dataset_count(r->dataset), most = -1;
    genrep_tensor *batch[8] = {NULL};
    if (genrep_tensor_new(r->ctx, GENREP_I32, 1, &count, &batch[labels]) != 0 ||
        genrep_dataset_batch(r->dataset, 0, batch, fields) != 0) {
        cli_die(r->ctx, "labels");
    }
    const int32_t *label = genrep_tensor_read(batch[labels]);
    for (int64_t i = 0; i < count; i++) most = label[i] > most ? label[i] : most;
    genrep_tensor_unref(batch[labels]);
    return most + 1;
}

/* A grid of samples: `rows` rows, one column a class, or as many columns as rows. */
static void write_grid(run *r, const char *name) {
    int64_t columns = r->classes > 0 ? r->classes : r->rows, count = columns * r->rows;
    genrep_tensor *labels = NULL, *samples = NULL;
    if (r->classes > 0) {
        if (genrep_tensor_new(r->ctx, GENREP_I32, 1, &count, &labels) != 0) cli_die(r->ctx, "grid");
        int32_t *label = genrep_tensor_data(labels);
        for (int64_t i = 0; i < count; i++) label[i] = (int32_t)(i % columns);
    }
    char *path = join(r->out, "/", name), spec[64];
    int64_t shape[GENREP_MAX_RANK] = {0};
    int32_t rank = 0;
    if (genrep_trainer_sample(r->trainer, count, labels, 0, &samples) != 0 ||
        genrep_tensor_info(samples, NULL, &rank, shape, NULL) != 0) {
        cli_die(r->ctx, path);
    }
    int scale = rank > 1 && shape[rank - 1] < 64 ? 2 : 1; /* small images are easier to see so */
    snprintf(spec, sizeof spec, "columns=%lld scale=%d", (long long)columns, scale);
    if (genrep_image_grid(samples, spec, path) != 0) {
        cli_die(r->ctx, path);
    }
    free(path);
    genrep_tensor_unref(samples);
    genrep_tensor_unref(labels);
}

static double metric(run *r, const char *name) {
    double value = 0;
    genrep_trainer_metric(r->trainer, name, &value);
    return value;
}

static void save_results(run *r) {
    char *path = join(r->out, "/", "generator.safetensors");
    genrep_layer *generator = NULL;
    if (genrep_trainer_layer(r->trainer, "average", &generator) != 0 &&
        genrep_trainer_layer(r->trainer, "generator", &generator) != 0) {
        cli_die(r->ctx, "generator");
    }
    if (genrep_layer_save(generator, path) != 0) cli_die(r->ctx, path);
    genrep_layer_unref(generator);
    free(path);
    write_grid(r, "samples.png");
}

static void report(genrep_trainer *trainer, char *text, size_t size, void *user) {
    run *r = user;
    (void)trainer;
    snprintf(text, size, "loss_d %.3f, loss_g %.3f, D(real) %.2f, D(fake) %.2f",
             metric(r, "loss_d"), metric(r, "loss_g"), metric(r, "d_real"), metric(r, "d_fake"));
}

/* Trains up to the last step, stopping at every `every` for a grid and a line of losses.csv. */
static int32_t train(run *r) {
    int64_t done = 0;
    genrep_trainer_progress(r->trainer, &done, NULL);
    int32_t status = 0;
    while (done < r->steps && status == 0) {
        int64_t until = (done / r->every + 1) * r->every;
        if (until > r->steps) until = r->steps;
        status = cli_train(r->trainer, until, r->steps, r->quiet, report, r);
        if (status < 0) cli_die(r->ctx, "training");
        genrep_trainer_progress(r->trainer, &done, NULL);
        fprintf(r->losses, "%lld,%.6g,%.6g,%.6g,%.6g\n", (long long)done, metric(r, "loss_d"),
                metric(r, "loss_g"), metric(r, "d_real"), metric(r, "d_fake"));
        fflush(r->losses); /* to be watched while it trains */
        char name[64];
        snprintf(name, sizeof name, "samples-%07lld.png", (long long)done);
        if (status == 0) write_grid(r, name);
        if (r->checkpoint != NULL && genrep_trainer_checkpoint(r->trainer, r->checkpoint) != 0) {
            cli_die(r->ctx, r->checkpoint);
        }
    }
    return status;
}

static void print_result(const run *r, double seconds, int stopped) {
    int64_t done = 0;
    genrep_trainer_progress(r->trainer, &done, NULL);
    if (!r->json && stopped) {
        printf("stopped after %lld steps", (long long)done);
        if (r->checkpoint != NULL) printf("; go on with -resume %s", r->checkpoint);
        printf("\n");
        return;
    }
    if (!r->json) {
        printf("%lld steps in %.1f s; samples in %s/samples.png\n", (long long)done, seconds,
               r->out);
        return;
    }
    printf("{\"trainer\":\"%s\",\"steps\":%lld,\"seconds\":", r->kind, (long long)done);
    cli_json_number(stdout, seconds);
    for (int32_t i = 0;; i++) {
        const char *name = genrep_trainer_metric_name(r->trainer, i);
        double value = 0;
        if (name == NULL) break;
        genrep_trainer_metric(r->trainer, name, &value);
        printf(",\"%s\":", name);
        cli_json_number(stdout, value);
    }
    if (!stopped) {
        char *path = join(r->out, "/", "samples.png");
        printf(",\"samples\":");
        cli_json_text(stdout, path);
        free(path);
    }
    printf("}\n");
}

static void open_run(run *r) {
    r->ctx = cli_context(r->seed, r->threads);
    if (genrep_dataset_new(r->ctx, r->data, &r->dataset) != 0) cli_die(r->ctx, "data");
    char *trainer = join(r->kind, " ", r->trainer_spec);
    if (genrep_trainer_new(r->ctx, trainer, r->dataset, &r->trainer) != 0) {
        cli_die(r->ctx, "trainer");
    }
    free(trainer);
    if (r->resume != NULL && genrep_trainer_resume(r->trainer, r->resume) != 0) {
        cli_die(r->ctx, r->resume);
    }
    if (strcmp(r->kind, "cgan") == 0) r->classes = count_classes(r);
    make_folder(r->out);
    char *path = join(r->out, "/", "losses.csv");
    r->losses = fopen(path, r->resume != NULL ? "a" : "w");
    if (r->losses == NULL) cli_wrong("cannot write '%s': %s", path, strerror(errno));
    if (r->resume == NULL) fprintf(r->losses, "step,loss_d,loss_g,d_real,d_fake\n");
    free(path);
}

int adversarial_main(const char *kind, const char *about, int argc, char **argv) {
    run r = {.kind = kind,
             .trainer_spec = "",
             .steps = 10000,
             .seed = 1,
             .threads = 0,
             .every = 1000,
             .rows = 10};
    const cli_option options[] = {
        {"data", CLI_TEXT, &r.data, "SPEC", "the dataset, as \"idx images='...' labels='...'\""},
        {"trainer", CLI_TEXT, &r.trainer_spec, "SPEC", "options of the trainer over its defaults"},
        {"steps", CLI_INT, &r.steps, "N", "steps of the whole run (10000)"},
        {"every", CLI_INT, &r.every, "N", "steps between grids and checkpoints (1000)"},
        {"rows", CLI_INT, &r.rows, "N", "rows of a grid (10)"},
        {"seed", CLI_INT, &r.seed, "N", "another one, another run (1)"},
        {"threads", CLI_INT, &r.threads, "N", "threads; 0: one a processor (0)"},
        {"out", CLI_TEXT, &r.out, "DIR", "where results go; made if it is not there"},
        {"checkpoint", CLI_TEXT, &r.checkpoint, "FILE", "written every -every steps and on Ctrl-C"},
        {"resume", CLI_TEXT, &r.resume, "FILE", "goes on from a checkpoint"},
        {"json", CLI_FLAG, &r.json, NULL, "one machine-readable line of result on standard output"},
        {"quiet", CLI_FLAG, &r.quiet, NULL, "no progress line"},
        {NULL, 0, NULL, NULL, NULL}};
    int rest = cli_parse(argc, argv, "-data SPEC -out DIR [options]", about, options);
    if (rest != argc) cli_wrong("'%s' is not an option", argv[rest]);
    if (r.data == NULL) cli_wrong("-data is missing: which images?");
    if (r.out == NULL) cli_wrong("-out is missing: a folder for the results");
    if (r.steps < 1 || r.every < 1 || r.rows < 1 || r.rows > 1000) {
        cli_wrong("-steps, -every and -rows must be at least 1");
    }
    double begun = cli_now();
    open_run(&r);
    cli_install_stop(r.trainer);
    int32_t status = train(&r);
    int stopped = status == GENREP_STOPPED && cli_stop_requested();
    if (!stopped) save_results(&r);
    print_result(&r, cli_now() - begun, stopped);
    cli_uninstall_stop();
    if (fclose(r.losses) != 0) cli_wrong("losses.csv could not be written: %s", strerror(errno));
    genrep_trainer_unref(r.trainer);
    genrep_dataset_unref(r.dataset);
    genrep_ctx_unref(r.ctx);
    return stopped ? CLI_STOPPED : 0;
}
