/* a is to b as c is to ?, with the command line and the output of word2vec.c's program of that
 * name. */
#include "queries.h"
#include <string.h>

/* 1 if there is an answer. */
static int answer(const queries *q, const char *spec, char **words) {
    int64_t abc[3], found = 0;
    for (int i = 0; i < 3; i++) /* word2vec.c shows 0 for a word that is not there */
        if ((abc[i] = queries_find(q, words[i], 0)) < 0) return 0;
    if (genrep_vectors_analogy(q->vectors, spec, abc[0], abc[1], abc[2], q->k, q->indices,
                               q->scores, &found) != 0) {
        fprintf(stderr, "%s\n", genrep_ctx_error(q->ctx));
        return 0;
    }
    queries_show(q, words, 3, "Distance", found);
    return 1;
}

int main(int argc, char **argv) {
    queries q = {.k = 40};
    const char *method = "add";
    char spec[64];
    const cli_option options[] = {
        {"n", CLI_INT, &q.k, "K", "how many words (40)"},
        {"method", CLI_TEXT, &method, "add|mul",
         "by the cosine with b - a + c, or by products of cosines (add)"},
        {"json", CLI_FLAG, &q.json, NULL, "prints each answer as one line of JSON"},
        {NULL, 0, NULL, NULL, NULL}};
    int at = cli_parse(
        argc, argv, "FILE [A B C] [-n K]",
        "Prints the words that are to C as B is to A.  Without A B C, three words a line are read\n"
        "from standard input until EXIT.  FILE is in any format of vectors: word2vec's,\n"
        "fastText's, GloVe's, npy, tsv, safetensors.",
        options);
    if (at == argc) cli_wrong("which file of vectors?");
    if (strcmp(method, "add") != 0 && strcmp(method, "mul") != 0)
        cli_wrong("-method %s is not add or mul", method);
    if (argc - at != 1 && argc - at != 4)
        cli_wrong("three words are needed, %d are given", argc - at - 1);
    snprintf(spec, sizeof spec, "method=%s", method);
    queries_open(&q, argv[at++]);
    int known = 1;
    if (at < argc) known = answer(&q, spec, &argv[at]);
    if (at == argc) {
        char *words[QUERIES_MOST_WORDS];
        const char *prompt = q.json ? "" : "Enter three words (EXIT to break): ";
        for (int n; (n = queries_read(prompt, words)) >= 0;) {
            if (n >= 3)
                answer(&q, spec, words);
            else
                printf("Only %d words were entered.. three words are needed at the input to "
                       "perform the calculation\n",
                       n);
        }
    }
    queries_close(&q);
    return known ? 0 : 1;
}
