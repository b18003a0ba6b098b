/* The nearest words of a word, from a file of word vectors. */
#include "cli.h"
#include <stdlib.h>
#include <string.h>

/* Edit distance of at most 2, else 3: enough to find a misspelling. */
static int distance(const char *a, const char *b) {
    enum { MOST = 32 };
    size_t n = strlen(a), m = strlen(b);
    if (n > MOST || m > MOST || n > m + 2 || m > n + 2) return 3;
    int row[MOST + 1];
    for (size_t j = 0; j <= m; j++) row[j] = (int)j;
    for (size_t i = 1; i <= n; i++) {
        int diagonal = row[0];
        row[0] = (int)i;
        for (size_t j = 1; j <= m; j++) {
            int change = diagonal + (a[i - 1] != b[j - 1]);
            int insert = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = change < insert ? change : insert;
        }
    }
    return row[m] < 3 ? row[m] : 3;
}

static void say_unknown(const genrep_vectors *vectors, const char *word) {
    const char *best = NULL;
    int least = 3;
    for (int64_t i = 0; i < genrep_vectors_size(vectors) && least > 1; i++) {
        const char *other = genrep_vectors_word(vectors, i);
        int d = distance(word, other);
        if (d < least) least = d, best = other; /* the more frequent one of equal ones */
    }
    fprintf(stderr, "'%s' is not in the vocabulary", word);
    if (best != NULL) fprintf(stderr, " (did you mean '%s'?)", best);
    fputc('\n', stderr);
}

typedef struct nearest {
    genrep_ctx *ctx;
    genrep_vectors *vectors;
    int64_t k, *indices;
    float *scores;
    int json;
} nearest;

/* 1 if the word is there. */
static int show(const nearest *n, const char *word) {
    int64_t index = genrep_vectors_find(n->vectors, word, (size_t)-1), found = 0;
    if (index < 0) {
        say_unknown(n->vectors, word);
        return 0;
    }
    if (genrep_vectors_nearest(n->vectors, genrep_vectors_row(n->vectors, index), index, n->k,
                               n->indices, n->scores, &found) != 0)
        cli_die(n->ctx, word);
    if (n->json) {
        printf("{\"word\":");
        cli_json_text(stdout, word);
        printf(",\"nearest\":[");
        for (int64_t i = 0; i < found; i++) {
            printf("%s[", i > 0 ? "," : "");
            cli_json_text(stdout, genrep_vectors_word(n->vectors, n->indices[i]));
            printf(",");
            cli_json_number(stdout, (double)n->scores[i]);
            printf("]");
        }
        printf("]}\n");
        return 1;
    }
    printf("%s\n", word);
    for (int64_t i = 0; i < found; i++)
        printf("  %6.3f  %s\n", (double)n->scores[i],
               genrep_vectors_word(n->vectors, n->indices[i]));
    return 1;
}

/* Words from standard input, until its end. */
static int show_lines(const nearest *n) {
    char line[1024];
    int known = 1;
    while (fgets(line, sizeof line, stdin) != NULL)
        for (char *word = strtok(line, " \t\r\n"); word != NULL; word = strtok(NULL, " \t\r\n")) {
            known = show(n, word) && known;
            fflush(stdout);
        }
    return known;
}

int main(int argc, char **argv) {
    nearest n = {.k = 10};
    const cli_option options[] = {
        {"n", CLI_INT, &n.k, "K", "how many words (10)"},
        {"json", CLI_FLAG, &n.json, NULL, "prints each word's as one line of JSON"},
        {NULL, 0, NULL, NULL, NULL}};
    int at = cli_parse(
        argc, argv, "FILE [WORD ...] [-n K]",
        "Prints the words whose vectors are nearest to each WORD's, by cosine.  FILE is in\n"
        "word2vec's text or binary format.  Without a WORD they are read from standard\n"
        "input.",
        options);
    if (at == argc) cli_wrong("which file of vectors?");
    if (n.k < 1 || n.k > 1000000) cli_wrong("-n %lld is not in 1..1000000", (long long)n.k);
    n.indices = malloc((size_t)n.k * sizeof *n.indices);
    n.scores = malloc((size_t)n.k * sizeof *n.scores);
    if (n.indices == NULL || n.scores == NULL) cli_wrong("out of memory");
    if (genrep_ctx_new(NULL, NULL, &n.ctx) != 0) cli_wrong("out of memory");
    const char *path = argv[at++];
    if (genrep_vectors_load(n.ctx, path, NULL, &n.vectors) != 0) cli_die(n.ctx, path);
    int known = at == argc ? show_lines(&n) : 1;
    for (; at < argc; at++) known = show(&n, argv[at]) && known;
    free(n.indices);
    free(n.scores);
    genrep_vectors_unref(n.vectors);
    genrep_ctx_unref(n.ctx);
    return known ? 0 : 1;
}
