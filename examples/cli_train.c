/* The training loop of the examples: the progress line and Ctrl-C. */
#include "cli.h"
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

double cli_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void cli_progress_begin(cli_progress *progress, double share, int quiet) {
    double now = cli_now();
    int terminal = isatty(STDERR_FILENO);
    *progress = (cli_progress){now, terminal ? 0 : now, share, terminal, quiet};
}

static void print_time(double seconds) {
    if (seconds < 120)
        fprintf(stderr, "%.0f s", seconds);
    else if (seconds < 7200)
        fprintf(stderr, "%.0f min", seconds / 60);
    else
        fprintf(stderr, "%.1f h", seconds / 3600);
}

void cli_progress_update(cli_progress *progress, double share, const char *format, ...) {
    double now = cli_now();
    if (progress->quiet || now - progress->shown < (progress->terminal ? 0.1 : 5.0)) return;
    progress->shown = now;
    if (progress->terminal) fputc('\r', stderr);
    if (share >= 0) fprintf(stderr, "%5.1f %%  ", 100 * share);
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    if (share > progress->first) {
        fputs("  ", stderr);
        print_time((now - progress->begun) * (1 - share) / (share - progress->first));
        fputs(" left", stderr);
    }
    fputs(progress->terminal ? "\033[K" : "\n", stderr);
    fflush(stderr);
}

void cli_progress_end(cli_progress *progress) {
    if (progress->terminal && !progress->quiet && progress->shown > 0) fputc('\n', stderr);
}

/* A signal handler can reach nothing but globals. */
static genrep_trainer *volatile trainer_to_stop;
static volatile sig_atomic_t stop_requested;

static void handle_stop(int number) {
    stop_requested = 1;
    genrep_trainer *trainer = trainer_to_stop;
    if (trainer != NULL) genrep_trainer_cancel(trainer);
    signal(number, SIG_DFL); /* the second one ends the program */
}

void cli_install_stop(genrep_trainer *trainer) {
    trainer_to_stop = trainer;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handle_stop;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

void cli_uninstall_stop(void) {
    trainer_to_stop = NULL;
}

int cli_stop_requested(void) {
    return stop_requested;
}

static void report_metrics(genrep_trainer *trainer, char *text, size_t size) {
    size_t used = 0;
    const char *name;
    text[0] = 0;
    for (int32_t i = 0; used < size && (name = genrep_trainer_metric_name(trainer, i)) != NULL;
         i++) {
        double value = 0;
        genrep_trainer_metric(trainer, name, &value);
        used +=
            (size_t)snprintf(text + used, size - used, "%s%s %.4g", i > 0 ? "  " : "", name, value);
    }
}

static double share_of(int64_t done, int64_t of) {
    return of > 0 ? (double)done / (double)of : -1;
}

int32_t cli_train(genrep_trainer *trainer, int64_t until, int64_t of, int quiet, cli_report *report,
                  void *user) {
    int64_t done = 0, total = 0, count = 1;
    genrep_trainer_progress(trainer, &done, &total);
    if (of == 0) of = total;
    if (until == 0) until = of;
    double rollbacks = 0, now = 0;
    (void)genrep_trainer_metric(trainer, "rollbacks", &rollbacks);
    cli_progress progress;
    cli_progress_begin(&progress, share_of(done, of), quiet);
    int32_t status = stop_requested ? GENREP_STOPPED : GENREP_OK;
    while (status == GENREP_OK && (until == 0 || done < until)) {
        double before = cli_now();
        if (until > 0 && count > until - done) count = until - done;
        status = genrep_trainer_step(trainer, count);
        if (status == GENREP_OK && stop_requested) status = GENREP_STOPPED;
        genrep_trainer_progress(trainer, &done, NULL);
        if (genrep_trainer_metric(trainer, "rollbacks", &now) == 0 && now > rollbacks)
            fprintf(stderr, "\nnot finite: back at step %lld, at half the rate\n", (long long)done);
        rollbacks = now;
        char text[512];
        if (report != NULL)
            report(trainer, text, sizeof text, user);
        else
            report_metrics(trainer, text, sizeof text);
        cli_progress_update(&progress, share_of(done, of), "%s", text);
        /* As many steps a call as keep the line alive. */
        double took = cli_now() - before;
        if (took < 0.05) count *= 2;
        if (took > 0.2 && count > 1) count /= 2;
    }
    cli_progress_end(&progress);
    if (status == GENREP_STOPPED && until > 0 && done >= until) status = GENREP_OK;
    return status;
}
