/* What the programs that answer questions about words share: a file of vectors, words that are not
 * in it, the table of answers. */
#ifndef EXAMPLES_QUERIES_H
#define EXAMPLES_QUERIES_H

#include "cli.h"

#define QUERIES_MOST_WORDS 100

typedef struct queries {
    genrep_ctx *ctx;
    genrep_vectors *vectors;
    int64_t k, *indices;
    float *scores;
    int json;
} queries;

/* Opens the file; k, json are set by the caller.  Leaves the program if something fails. */
void queries_open(queries *q, const char *path);
void queries_close(queries *q);

/* The next line of standard input as words, behind a prompt; fewer than 0 at the end of the input
 * and for "EXIT".  They stay until the next call. */
int queries_read(const char *prompt, char *words[QUERIES_MOST_WORDS]);

/* The number of a word, after "Word: x  Position in vocabulary: n"; -1 where it is not there, which
 * is said, with `shown` as its position, and with the nearest spelling on standard error. */
int64_t queries_find(const queries *q, const char *word, int64_t shown);

/* The answers, k or less: word2vec.c's table, or a line of JSON about the words asked for. */
void queries_show(const queries *q, char **words, int n, const char *title, int64_t found);

#endif
