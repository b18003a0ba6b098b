/* Models of images from the command line: see image_run.h. */
#include "image_run.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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
static int64_t count_classes(image_run *r) {
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

char *image_path(const image_run *r, const char *name) {
    return join(r->out, "/", name);
}

static void save_part(image_run *r, const char *part, const char *name) {
    genrep_layer *layer = NULL;
    char *path = image_path(r, name);
    if (genrep_trainer_layer(r->trainer, part, &layer) != 0) cli_die(r->ctx, part);
    if (genrep_layer_save(layer, path) != 0) cli_die(r->ctx, path);
    genrep_layer_unref(layer);
    free(path);
}

static void save_results(image_run *r) {
    genrep_layer *average = NULL;
    if (r->pictures == IMAGES_CYCLE) {
        save_part(r, "generator_ab", "generator_ab.safetensors");
        save_part(r, "generator_ba", "generator_ba.safetensors");
    } else {
        const int has = genrep_trainer_layer(r->trainer, "average", &average) == 0;
        save_part(r, has ? "average" : "generator", "generator.safetensors");
        genrep_layer_unref(average);
    }
    image_picture(r, "samples.png");
    image_interpolation(r, "interpolation.png");
}

/* The first metrics, as many as a line holds. */
static void report(genrep_trainer *trainer, char *text, size_t size, void *user) {
    size_t used = 0;
    (void)user;
    for (int32_t i = 0; i < 5; i++) {
        const char *name = genrep_trainer_metric_name(trainer, i);
        double value = 0;
        if (name == NULL || used >= size) break;
        genrep_trainer_metric(trainer, name, &value);
        used +=
            (size_t)snprintf(text + used, size - used, "%s%s %.3f", i > 0 ? ", " : "", name, value);
    }
}

/* A line of losses.csv: the step and all metrics; before the first one their names. */
static void write_losses(image_run *r, int names, int64_t done) {
    if (names)
        fprintf(r->losses, "step");
    else
        fprintf(r->losses, "%lld", (long long)done);
    for (int32_t i = 0;; i++) {
        const char *name = genrep_trainer_metric_name(r->trainer, i);
        double value = 0;
        if (name == NULL) break;
        genrep_trainer_metric(r->trainer, name, &value);
        if (names)
            fprintf(r->losses, ",%s", name);
        else
            fprintf(r->losses, ",%.6g", value);
    }
    fprintf(r->losses, "\n");
    fflush(r->losses); /* to be watched while it trains */
}

/* So many steps that a line of losses.csv comes about 200 times, and one a step at most. */
static int64_t next_stop(const image_run *r, int64_t done) {
    int64_t line = r->steps / 200 + 1, until = (done / line + 1) * line;
    const int64_t picture = (done / r->every + 1) * r->every;
    if (until > picture) until = picture;
    return until < r->steps ? until : r->steps;
}

/* Trains up to the last step, or for so many minutes, with pictures at every `every`. */
static int32_t train(image_run *r) {
    const double begun = cli_now();
    int64_t done = 0;
    int32_t status = 0;
    genrep_trainer_progress(r->trainer, &done, NULL);
    while (done < r->steps && status == 0) {
        const int64_t until = next_stop(r, done);
        status = cli_train(r->trainer, until, r->steps, r->quiet, report, r);
        if (status < 0) cli_die(r->ctx, "training");
        genrep_trainer_progress(r->trainer, &done, NULL);
        write_losses(r, 0, done);
        r->seconds = cli_now() - begun;
        const int over = r->minutes > 0 && r->seconds > 60 * r->minutes;
        if (done % r->every == 0 || done == r->steps || over || status != 0) {
            char name[64];
            snprintf(name, sizeof name, "samples-%07lld.png", (long long)done);
            if (status == 0) image_picture(r, name);
            if (r->checkpoint != NULL && genrep_trainer_checkpoint(r->trainer, r->checkpoint) != 0)
                cli_die(r->ctx, r->checkpoint);
            image_report(r, 0);
        }
        if (over) break;
    }
    return status;
}

static void print_result(const image_run *r, double seconds, int stopped) {
    int64_t done = 0;
    genrep_trainer_progress(r->trainer, &done, NULL);
    if (!r->json && stopped) {
        printf("stopped after %lld steps", (long long)done);
        if (r->checkpoint != NULL) printf("; go on with -resume %s", r->checkpoint);
        printf("\n");
        return;
    }
    if (!r->json) {
        printf("%lld steps in %.1f s; see %s/report.html\n", (long long)done, seconds, r->out);
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

static void open_run(image_run *r) {
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
    if (r->test != NULL && genrep_dataset_new(r->ctx, r->test, &r->test_set) != 0) {
        cli_die(r->ctx, "test");
    }
    if (r->test == NULL) r->test_set = genrep_dataset_ref(r->dataset);
    if (strcmp(r->kind, "cgan") == 0 || strstr(r->trainer_spec, "classes=") != NULL)
        r->classes = count_classes(r);
    make_folder(r->out);
    char *path = join(r->out, "/", "losses.csv");
    r->losses = fopen(path, r->resume != NULL ? "a" : "w");
    if (r->losses == NULL) cli_wrong("cannot write '%s': %s", path, strerror(errno));
    if (r->resume == NULL) write_losses(r, 1, 0);
    free(path);
}

/* The command as it was given, quoted for a shell, for the report. */
static char *command_line(int argc, char **argv) {
    size_t bytes = 1;
    for (int i = 0; i < argc; i++) bytes += 2 * strlen(argv[i]) + 3;
    char *all = malloc(bytes), *to = all;
    if (all == NULL) cli_wrong("out of memory");
    for (int i = 0; i < argc; i++) {
        const int plain = argv[i][strcspn(argv[i], " \t\n'\"\\$`;&|<>(){}*?#")] == '\0';
        if (i > 0) *to++ = ' ';
        if (!plain) *to++ = '"';
        for (const char *c = argv[i]; *c != '\0'; c++) {
            if (strchr("\"\\$`", *c) != NULL) *to++ = '\\';
            *to++ = *c;
        }
        if (!plain) *to++ = '"';
    }
    *to = '\0';
    return all;
}

int image_main(const char *kind, int pictures, const char *about, int argc, char **argv) {
    image_run r = {.kind = kind,
                   .pictures = pictures,
                   .trainer_spec = "",
                   .steps = 10000,
                   .seed = 1,
                   .threads = 0,
                   .every = 1000,
                   .rows = 10};
    char *command = command_line(argc, argv);
    const cli_option options[] = {
        {"data", CLI_TEXT, &r.data, "SPEC", "the dataset, as \"images path='folder' size=64\""},
        {"test", CLI_TEXT, &r.test, "SPEC", "the dataset that pictures are of; the same as -data"},
        {"trainer", CLI_TEXT, &r.trainer_spec, "SPEC", "options of the trainer over its defaults"},
        {"steps", CLI_INT, &r.steps, "N", "steps of the whole run (10000)"},
        {"minutes", CLI_NUMBER, &r.minutes, "N", "stop after so many minutes of training"},
        {"every", CLI_INT, &r.every, "N", "steps between pictures and checkpoints (1000)"},
        {"rows", CLI_INT, &r.rows, "N", "rows of a grid of samples (10)"},
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
    r.command = command;
    open_run(&r);
    cli_install_stop(r.trainer);
    int32_t status = train(&r);
    int stopped = status == GENREP_STOPPED && cli_stop_requested();
    if (!stopped) save_results(&r);
    image_report(&r, !stopped);
    print_result(&r, cli_now() - begun, stopped);
    cli_uninstall_stop();
    if (fclose(r.losses) != 0) cli_wrong("losses.csv could not be written: %s", strerror(errno));
    genrep_trainer_unref(r.trainer);
    genrep_dataset_unref(r.test_set);
    genrep_dataset_unref(r.dataset);
    genrep_ctx_unref(r.ctx);
    free(command);
    return stopped ? CLI_STOPPED : 0;
}
