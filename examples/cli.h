/* What the command lines of all examples share: options and --help, the progress line, Ctrl-C,
 * numbers for --json, and leaving with the library's own words when something fails. Exit status: 0
 * done, 1 it failed, 2 the command line was wrong, 130 stopped by Ctrl-C. */
#ifndef EXAMPLES_CLI_H
#define EXAMPLES_CLI_H

#include <stdint.h>
#include <stdio.h>
#include <genrep.h>

#define CLI_STOPPED 130

/* Options.  A table ends with a row without a name.  "-name" and "--name" are the same. */
enum {
    CLI_FLAG,   /* int: 1 if it is given */
    CLI_INT,    /* int64_t */
    CLI_NUMBER, /* double */
    CLI_TEXT    /* const char * */
};
typedef struct cli_option {
    const char *name;
    int type;
    void *to;             /* holds the default before, the value after */
    const char *argument; /* what --help calls the value; NULL for a flag */
    const char *help;
} cli_option;

/* Reads the options; `usage` is the first line of --help, `about` the text below it.  Prints --help
 * and exits with 0, or names a mistake and exits with 2.  Arguments that are not options are moved
 * to the end; returns the index of the first of them (argc if there is none). */
int cli_parse(int argc, char **argv, const char *usage, const char *about,
              const cli_option *options);

/* Says what is wrong with the command line and exits with 2. */
void cli_wrong(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Prints "what: " and the context's last error, and exits with 1. */
void cli_die(const genrep_ctx *ctx, const char *what) __attribute__((noreturn));

/* A context of this seed and so many threads (0: as many as there are processors), or the command
 * line was wrong. */
genrep_ctx *cli_context(int64_t seed, int64_t threads);

/* A value for a spec, quoted with ' or ".  Free with free(). */
char *cli_quote(const char *text);

/* Seconds of a clock that never goes back. */
double cli_now(void);

/* One line on standard error: rewritten in place on a terminal, otherwise a new one every 5
 * seconds. */
typedef struct cli_progress {
    double begun, shown, first; /* times of begin and of the last line; the share done at begin */
    int terminal, quiet;
} cli_progress;
void cli_progress_begin(cli_progress *progress, double share, int quiet);
/* share: 0..1, or below 0 if the end is not known.  The line is "share, text, time left". */
void cli_progress_update(cli_progress *progress, double share, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void cli_progress_end(cli_progress *progress); /* leaves the last line standing */

/* From now on Ctrl-C (and SIGTERM) asks the trainer to stop after the step under way; a second one
 * ends the program at once.  The trainer must live until cli_uninstall_stop(). */
void cli_install_stop(genrep_trainer *trainer);
void cli_uninstall_stop(void);
int cli_stop_requested(void);

/* Trains up to step number `until` of a run of `of` steps (0: the trainer's own end), showing
 * progress.  `report` writes the text of the line, or is NULL for the metrics.  Returns 0 if
 * they are done, GENREP_STOPPED if it was stopped before, or an error. */
typedef void cli_report(genrep_trainer *trainer, char *text, size_t size, void *user);
int32_t cli_train(genrep_trainer *trainer, int64_t until, int64_t of, int quiet, cli_report *report,
                  void *user);

/* JSON: a number (null if it is not finite), and text with quotes. */
void cli_json_number(FILE *file, double value);
void cli_json_text(FILE *file, const char *text);

#endif
