/* Questions about words: what distance and word-analogy share. */
#include "queries.h"
#include <stdlib.h>
#include <string.h>

enum { LINE = 4096 };

void queries_open(queries *q, const char *path) {
    if (q->k < 1 || q->k > 1000000) cli_wrong("-n %lld is not in 1..1000000", (long long)q->k);
    q->indices = malloc((size_t)q->k * sizeof *q->indices);
    q->scores = malloc((size_t)q->k * sizeof *q->scores);
    if (q->indices == NULL || q->scores == NULL) cli_wrong("out of memory");
    if (genrep_ctx_new(NULL, NULL, &q->ctx) != 0) cli_wrong("out of memory");
    /* A safetensors file that was written to be mapped opens at once; others are read. */
    if (genrep_vectors_load(q->ctx, path, "mmap=1", &q->vectors) != 0 &&
        genrep_vectors_load(q->ctx, path, NULL, &q->vectors) != 0)
        cli_die(q->ctx, path);
}

void queries_close(queries *q) {
    free(q->indices);
    free(q->scores);
    genrep_vectors_unref(q->vectors);
    genrep_ctx_unref(q->ctx);
}

int queries_read(const char *prompt, char *words[QUERIES_MOST_WORDS]) {
    static char line[LINE];
    int n = 0;
    printf("%s", prompt);
    fflush(stdout);
    if (fgets(line, sizeof line, stdin) == NULL) {
        printf("\n");
        return -1;
    }
    for (char *word = strtok(line, " \t\r\n"); word != NULL && n < QUERIES_MOST_WORDS;
         word = strtok(NULL, " \t\r\n"))
        words[n++] = word;
    return n == 1 && strcmp(words[0], "EXIT") == 0 ? -1 : n;
}

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

static void suggest(const genrep_vectors *vectors, const char *word) {
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

int64_t queries_find(const queries *q, const char *word, int64_t shown) {
    int64_t index = genrep_vectors_find(q->vectors, word, (size_t)-1);
    if (!q->json)
        printf("\nWord: %s  Position in vocabulary: %lld\n", word,
               (long long)(index < 0 ? shown : index));
    if (index >= 0) return index;
    if (!q->json) printf("Out of dictionary word!\n");
    fflush(stdout);
    suggest(q->vectors, word);
    return -1;
}

static void show_json(const queries *q, char **words, int n, int64_t found) {
    printf("{\"words\":[");
    for (int i = 0; i < n; i++) {
        if (i > 0) printf(",");
        cli_json_text(stdout, words[i]);
    }
    printf("],\"nearest\":[");
    for (int64_t i = 0; i < found; i++) {
        printf("%s[", i > 0 ? "," : "");
        cli_json_text(stdout, genrep_vectors_word(q->vectors, q->indices[i]));
        printf(",");
        cli_json_number(stdout, (double)q->scores[i]);
        printf("]");
    }
    printf("]}\n");
}

void queries_show(const queries *q, char **words, int n, const char *title, int64_t found) {
    if (q->json) {
        show_json(q, words, n, found);
    } else {
        printf("\n%50s%22s\n", "Word", title);
        for (int i = 0; i < 72; i++) putchar('-');
        putchar('\n');
        for (int64_t i = 0; i < found; i++)
            printf("%50s\t\t%f\n", genrep_vectors_word(q->vectors, q->indices[i]),
                   (double)q->scores[i]);
    }
    fflush(stdout);
}
