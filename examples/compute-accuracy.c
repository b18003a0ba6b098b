/* The accuracy of word vectors on a set of analogies, with the command line and the output of
 * word2vec's program of that name. */
#include "cli.h"
#include <stdlib.h>
#include <string.h>

static const char about[] =
    "Answers the questions \"a b c d\" of standard input (a is to b as c is to d; \": name\" "
    "begins a\n"
    "category) with the vectors in FILE, and prints how many answers are right.  THRESHOLD is how\n"
    "many of the most frequent words take part (0, the default: all; 30000 is usual): figures are\n"
    "comparable for the same threshold only.\n"
    "    compute-accuracy vectors.bin 30000 < questions-words.txt";

typedef struct run {
    genrep_ctx *ctx;
    genrep_vectors *vectors;
    genrep_evaluation *evaluation;
    int64_t rows; /* categories; the three totals are behind them */
    int json;
    char *text; /* the questions */
} run;

typedef struct figures {
    double score;
    int64_t right, asked, seen;
} figures;

static figures of_row(const run *r, int64_t row) {
    figures f;
    if (genrep_evaluation_row(r->evaluation, row, &f.score, &f.right, &f.asked, &f.seen) != 0)
        cli_die(r->ctx, "a row");
    return f;
}

static double percent(int64_t right, int64_t asked) {
    return asked > 0 ? 100.0 * (double)right / (double)asked : 0;
}

/* As word2vec's: behind each category its own accuracy, and the totals so far. */
static void print_lines(const run *r) {
    figures so_far[2] = {{0, 0, 0, 0}, {0, 0, 0, 0}};
    for (int64_t i = 0; i < r->rows; i++) {
        const char *name = genrep_evaluation_name(r->evaluation, i);
        const figures f = of_row(r, i);
        figures *sum = &so_far[strncmp(name, "gram", 4) == 0];
        sum->right += f.right;
        sum->asked += f.asked;
        const int64_t right = so_far[0].right + so_far[1].right;
        const int64_t asked = so_far[0].asked + so_far[1].asked;
        printf("%s:\n", name);
        printf("ACCURACY TOP1: %.2f %%  (%lld / %lld)\n", percent(f.right, f.asked),
               (long long)f.right, (long long)f.asked);
        printf("Total accuracy: %.2f %%   Semantic accuracy: %.2f %%   Syntactic accuracy: %.2f %% "
               "\n",
               percent(right, asked), percent(so_far[0].right, so_far[0].asked),
               percent(so_far[1].right, so_far[1].asked));
    }
    const figures total = of_row(r, r->rows + 2);
    printf("Questions seen / total: %lld %lld   %.2f %% \n", (long long)total.asked,
           (long long)total.seen, percent(total.asked, total.seen));
}

static void print_json(const run *r) {
    printf("{\"words\":%lld,\"rows\":[", (long long)genrep_evaluation_words(r->evaluation));
    for (int64_t i = 0; i < r->rows + 3; i++) {
        const figures f = of_row(r, i);
        printf("%s{\"name\":", i > 0 ? "," : "");
        cli_json_text(stdout, genrep_evaluation_name(r->evaluation, i));
        printf(",\"right\":%lld,\"asked\":%lld,\"seen\":%lld,\"accuracy\":", (long long)f.right,
               (long long)f.asked, (long long)f.seen);
        cli_json_number(stdout, f.score);
        printf("}");
    }
    printf("]}\n");
}

/* All of standard input. */
static char *read_questions(size_t *bytes) {
    size_t room = 1 << 16, used = 0, got;
    char *text = malloc(room);
    while (text != NULL && (got = fread(text + used, 1, room - used, stdin)) > 0) {
        used += got;
        if (used < room) continue;
        char *more = realloc(text, room *= 2);
        if (more == NULL) free(text);
        text = more;
    }
    if (text == NULL) cli_wrong("out of memory");
    if (ferror(stdin)) cli_wrong("standard input cannot be read");
    *bytes = used;
    return text;
}

static void answer(run *r, int64_t threshold, const char *method) {
    char spec[128];
    size_t bytes;
    genrep_dataset *questions = NULL;
    r->text = read_questions(&bytes);
    snprintf(spec, sizeof spec, "restrict=%lld method=%.32s", (long long)threshold, method);
    if (genrep_dataset_from_text(r->ctx, r->text, bytes, NULL, NULL, &questions) != 0 ||
        genrep_vectors_analogies(r->vectors, questions, spec, &r->evaluation) != 0)
        cli_die(r->ctx, "the questions");
    genrep_dataset_unref(questions);
    r->rows = genrep_evaluation_rows(r->evaluation) - 3;
}

int main(int argc, char **argv) {
    run r = {.json = 0};
    const char *method = "add";
    int64_t threads = 0;
    const cli_option options[] = {
        {"method", CLI_TEXT, &method, "add|mul",
         "cosine with b - a + c, or product of cosines (add)"},
        {"threads", CLI_INT, &threads, "N", "threads (as many as there are processors)"},
        {"json", CLI_FLAG, &r.json, NULL, "prints the result as one line of JSON"},
        {NULL, 0, NULL, NULL, NULL}};
    int at = cli_parse(argc, argv, "FILE [THRESHOLD] < QUESTIONS", about, options);
    char spec[64] = "", *end = NULL;
    if (at == argc) cli_wrong("which file of vectors?");
    const char *path = argv[at++];
    const long long threshold = at < argc ? strtoll(argv[at++], &end, 10) : 0;
    if (threshold < 0 || (end != NULL && (*end != 0 || end == argv[at - 1])))
        cli_wrong("the threshold is a number of words, not '%s'", argv[at - 1]);
    if (at < argc) cli_wrong("'%s' is too much; questions come from standard input", argv[at]);
    if (threads > 0) snprintf(spec, sizeof spec, "threads=%lld", (long long)threads);
    if (genrep_ctx_new(spec, NULL, &r.ctx) != 0) cli_wrong("-threads %lld", (long long)threads);
    if (genrep_vectors_load(r.ctx, path, NULL, &r.vectors) != 0) cli_die(r.ctx, path);
    answer(&r, threshold, method);
    if (r.json)
        print_json(&r);
    else
        print_lines(&r);
    genrep_evaluation_unref(r.evaluation);
    genrep_vectors_unref(r.vectors);
    genrep_ctx_unref(r.ctx);
    free(r.text);
    return 0;
}
