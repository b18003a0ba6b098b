/* Command lines: options, --help and ways to leave.  The rest of cli.h is in cli_train.c. */
#include "cli.h"
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char *program_name = "";

void cli_wrong(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s: ", program_name);
    vfprintf(stderr, format, arguments);
    fprintf(stderr, " (see --help)\n");
    va_end(arguments);
    exit(2);
}

void cli_die(const genrep_ctx *ctx, const char *what) {
    fprintf(stderr, "%s: %s: %s\n", program_name, what, genrep_ctx_error(ctx));
    exit(1);
}

static void print_help(const char *usage, const char *about, const cli_option *options) {
    printf("usage: %s %s\n\n%s\n\noptions:\n", program_name, usage, about);
    for (const cli_option *o = options; o->name != NULL; o++) {
        char left[64];
        int width = snprintf(left, sizeof left, "-%s %s", o->name, o->argument ? o->argument : "");
        printf("  %-24s%s%s\n", left, width > 23 ? "\n                          " : "", o->help);
    }
    printf("  %-24s%s\n", "-help", "this text");
}

static void read_value(const cli_option *option, const char *value) {
    char *end = NULL;
    errno = 0;
    if (option->type == CLI_TEXT) {
        *(const char **)option->to = value;
        return;
    }
    if (option->type == CLI_INT) *(int64_t *)option->to = strtoll(value, &end, 10);
    if (option->type == CLI_NUMBER) *(double *)option->to = strtod(value, &end);
    if (end == value || *end != 0 || errno == ERANGE)
        cli_wrong("-%s takes a%s number, not '%s'", option->name,
                  option->type == CLI_INT ? " whole" : "", value);
}

int cli_parse(int argc, char **argv, const char *usage, const char *about,
              const cli_option *options) {
    const char *slash = strrchr(argv[0], '/');
    program_name = slash != NULL ? slash + 1 : argv[0];
    int at = 1, rest = 0;
    while (at < argc) {
        if (strcmp(argv[at], "--") ==
            0) { /* all behind it are arguments, whatever they look like */
            while (++at < argc) argv[++rest] = argv[at];
            break;
        }
        if (argv[at][0] != '-' || argv[at][1] == 0) {
            argv[++rest] = argv[at++];
            continue;
        }
        const char *name = argv[at] + (argv[at][1] == '-' ? 2 : 1);
        if (strcmp(name, "help") == 0 || strcmp(name, "h") == 0) {
            print_help(usage, about, options);
            exit(0);
        }
        const cli_option *option = options;
        while (option->name != NULL && strcmp(option->name, name) != 0) option++;
        if (option->name == NULL) cli_wrong("there is no option '%s'", argv[at]);
        if (option->type == CLI_FLAG) {
            *(int *)option->to = 1;
            at += 1;
            continue;
        }
        if (at + 1 == argc) cli_wrong("-%s needs a value", name);
        read_value(option, argv[at + 1]);
        at += 2;
    }
    memmove(argv + argc - rest, argv + 1, (size_t)rest * sizeof *argv);
    return argc - rest;
}

char *cli_quote(const char *text) {
    char mark = strchr(text, '\'') == NULL ? '\'' : '"';
    if (strchr(text, mark) != NULL) cli_wrong("a name may hold ' or \" but not both: %s", text);
    size_t bytes = strlen(text) + 3;
    char *quoted = malloc(bytes);
    if (quoted == NULL) cli_wrong("out of memory");
    snprintf(quoted, bytes, "%c%s%c", mark, text, mark);
    return quoted;
}

void cli_json_number(FILE *file, double value) {
    if (isfinite(value))
        fprintf(file, "%.9g", value);
    else
        fputs("null", file);
}

void cli_json_text(FILE *file, const char *text) {
    fputc('"', file);
    for (const unsigned char *c = (const unsigned char *)text; *c != 0; c++) {
        if (*c == '"' || *c == '\\')
            fprintf(file, "\\%c", *c);
        else if (*c < 0x20)
            fprintf(file, "\\u%04x", *c);
        else
            fputc(*c, file);
    }
    fputc('"', file);
}

genrep_ctx *cli_context(int64_t seed, int64_t threads) {
    genrep_ctx *ctx = NULL;
    char spec[96], message[512];
    snprintf(spec, sizeof spec, "seed=%lld threads=%lld", (long long)seed, (long long)threads);
    if (genrep_ctx_new(spec, NULL, &ctx) == 0) return ctx;
    genrep_spec_check("context", spec, message, sizeof message);
    cli_wrong("%s", message);
}
