/* The words nearest to a word or to a sentence, with the command line and the output of
 * word2vec.c's program of that name. */
#include "queries.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Adds the unit vector of a word. */
static void add_unit(const genrep_vectors *vectors, int64_t index, float *sum) {
    const float *row = genrep_vectors_row(vectors, index);
    const int64_t dim = genrep_vectors_dim(vectors);
    double squares = 0;
    for (int64_t j = 0; j < dim; j++) squares += (double)row[j] * (double)row[j];
    for (int64_t j = 0; squares > 0 && j < dim; j++)
        sum[j] += (float)((double)row[j] / sqrt(squares));
}

/* The words of greatest cosine with the sum of the words' unit vectors; 1 if all are there. */
static int answer(const queries *q, char **words, int n) {
    int64_t indices[QUERIES_MOST_WORDS], found = 0;
    for (int i = 0; i < n; i++)
        if ((indices[i] = queries_find(q, words[i], -1)) < 0) return 0;
    float *sum = calloc((size_t)genrep_vectors_dim(q->vectors), sizeof *sum);
    if (sum == NULL) cli_wrong("out of memory");
    for (int i = 0; i < n; i++) add_unit(q->vectors, indices[i], sum);
    int32_t status = genrep_vectors_nearest_batch(q->vectors, NULL, 1, sum, n, indices, q->k,
                                                  q->indices, q->scores, &found);
    free(sum);
    if (status != 0) {
        fprintf(stderr, "%s: %s\n", words[0], genrep_ctx_error(q->ctx));
        return 0;
    }
    queries_show(q, words, n, "Cosine distance", found);
    return 1;
}

int main(int argc, char **argv) {
    queries q = {.k = 40};
    const cli_option options[] = {
        {"n", CLI_INT, &q.k, "K", "how many words (40)"},
        {"json", CLI_FLAG, &q.json, NULL, "prints each answer as one line of JSON"},
        {NULL, 0, NULL, NULL, NULL}};
    int at = cli_parse(
        argc, argv, "FILE [WORD ...] [-n K]",
        "Prints the words whose vectors are nearest to each WORD's, by cosine.  Without a WORD,\n"
        "words and sentences are read from standard input, a line each, until EXIT.  FILE is in\n"
        "any format of vectors: word2vec's, fastText's, GloVe's, npy, tsv, safetensors.",
        options);
    if (at == argc) cli_wrong("which file of vectors?");
    queries_open(&q, argv[at++]);
    int known = 1;
    if (at == argc) {
        char *words[QUERIES_MOST_WORDS];
        const char *prompt = q.json ? "" : "Enter word or sentence (EXIT to break): ";
        for (int n; (n = queries_read(prompt, words)) >= 0;)
            if (n > 0) answer(&q, words, n);
    }
    for (; at < argc; at++) known = answer(&q, &argv[at], 1) && known;
    queries_close(&q);
    return known ? 0 : 1;
}
