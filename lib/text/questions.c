/* Sets of analogies, as questions-words.txt (Mikolov et al. 2013): lines ": category" and
 * "a b c d", right if d is the best answer to a, b, c (mathematics 2.8).  Questions are answered
 * in batches as they are read, so that memory does not grow with the file. */
#include <math.h>
#include <string.h>
#include <text/evaluation.h>
#include <text/search.h>

enum { BATCH = 4096 };
#define SYNTACTIC "gram" /* what the names of syntactic categories begin with */

static const genrepi_option options[] = {
    {"restrict", GENREPI_INT, 0, "0", 0, 2147483647, NULL,
     "only the so many most frequent words are known and searched; 0: all are",
     offsetof(genrepi_questions_options, restriction)},
    {"case", GENREPI_WORD, 0, "fold", 0, 0, GENREPI_CASE_WORDS,
     "fold: A to Z are the same as a to z; keep: they are not",
     offsetof(genrepi_questions_options, keep)},
    GENREPI_OPTION_WORD(genrepi_questions_options, method, "add", "add|mul",
                        "cosine with b - a + c (3CosAdd), or product of cosines (3CosMul)"),
};
const genrepi_kind genrepi_kind_vectors_analogies = {
    .family = "options",
    .name = "vectors_analogies",
    .help = "a set of analogies, a is to b as c is to d: how many are answered rightly",
    .options = options,
    .n_options = GENREPI_COUNT(options),
    .options_size = sizeof(genrepi_questions_options),
};

typedef struct asking {
    genrepi_scan scan;
    genrepi_lookup lookup;
    genrepi_analogy_options how;
    genrep_evaluation *evaluation;
    int64_t *words;    /* BATCH * 3: a, b, c */
    int64_t *expected; /* BATCH */
    int64_t *rows;     /* BATCH: of the evaluation */
    int64_t *answers;  /* BATCH */
    int64_t *found;    /* BATCH */
    int64_t n;         /* in the batch */
} asking;

static int32_t fail_line(const asking *s, int64_t number, const char *what) {
    return genrepi_fail(s->scan.ctx, GENREP_E_FORMAT, "%s, line %lld: %s",
                        genrepi_reader_name(s->scan.reader), (long long)number, what);
}

static int32_t answer_batch(asking *s) {
    if (s->n == 0) return GENREP_OK;
    int32_t status = genrepi_analogies(s->lookup.vectors, &s->how, s->n, s->words, 1, s->answers,
                                       NULL, s->found);
    if (status != GENREP_OK) return status;
    for (int64_t i = 0; i < s->n; i++) {
        genrepi_evaluation_row *row = &s->evaluation->rows[s->rows[i]];
        row->asked++;
        row->right +=
            s->found[i] > 0 && genrepi_lookup_same(&s->lookup, s->answers[i], s->expected[i]);
    }
    s->n = 0;
    return GENREP_OK;
}

/* Cuts a line into four words; 0 if there are not just as many. */
static int split(const char *line, size_t bytes, const char *words[4], size_t lengths[4]) {
    size_t at = 0;
    int n = 0;
    while (at < bytes) {
        size_t begin = at;
        while (at < bytes && line[at] != ' ' && line[at] != '\t') at++;
        if (n == 4) return 0;
        words[n] = line + begin;
        lengths[n++] = at - begin;
        while (at < bytes && (line[at] == ' ' || line[at] == '\t')) at++;
    }
    return n == 4;
}

static int32_t add_question(asking *s, const char *line, size_t bytes, int64_t number) {
    genrep_evaluation *evaluation = s->evaluation;
    const char *words[4];
    size_t lengths[4];
    int64_t known[4];
    if (!split(line, bytes, words, lengths))
        return fail_line(s, number, "not a question \"a b c d\" of four words, nor \": category\"");
    if (evaluation->n_rows == 0) { /* no category yet */
        int32_t status = genrepi_evaluation_add(evaluation, "questions", 9);
        if (status != GENREP_OK) return status;
    }
    evaluation->rows[evaluation->n_rows - 1].seen++;
    for (int i = 0; i < 4; i++) {
        known[i] = genrepi_lookup_find(&s->lookup, words[i], lengths[i]);
        if (known[i] < 0) return GENREP_OK;
    }
    memcpy(s->words + 3 * s->n, known, 3 * sizeof *known);
    s->expected[s->n] = known[3];
    s->rows[s->n++] = evaluation->n_rows - 1;
    return s->n == BATCH ? answer_batch(s) : GENREP_OK;
}

static int32_t add_category(asking *s, const char *line, size_t bytes, int64_t number) {
    do line++, bytes--;
    while (bytes > 0 && (*line == ' ' || *line == '\t'));
    if (bytes == 0) return fail_line(s, number, "a category without a name");
    return genrepi_evaluation_add(s->evaluation, line, bytes);
}

static int32_t read_questions(asking *s) {
    int64_t number = 0;
    for (;;) {
        const char *line;
        size_t bytes;
        int32_t status = genrepi_set_line(&s->scan, &number, &line, &bytes);
        if (status == GENREP_OK && line == NULL) return answer_batch(s);
        if (status != GENREP_OK) return status;
        if (bytes == 0 || *line == '#' || (bytes > 1 && memcmp(line, "//", 2) == 0)) continue;
        status = *line == ':' ? add_category(s, line, bytes, number)
                              : add_question(s, line, bytes, number);
        if (status != GENREP_OK) return status;
    }
}

/* The scores, and the rows "semantic", "syntactic" and "total". */
static int32_t add_totals(asking *s) {
    static const char *const names[] = {"semantic", "syntactic", "total"};
    genrep_evaluation *evaluation = s->evaluation;
    int64_t categories = evaluation->n_rows;
    for (int i = 0; i < 3; i++) {
        int32_t status = genrepi_evaluation_add(evaluation, names[i], strlen(names[i]));
        if (status != GENREP_OK) return status;
    }
    genrepi_evaluation_row *rows = evaluation->rows;
    for (int64_t i = 0; i < categories; i++) {
        int syntactic = strncmp(rows[i].name, SYNTACTIC, strlen(SYNTACTIC)) == 0;
        for (int64_t total = categories + syntactic;; total = categories + 2) {
            rows[total].right += rows[i].right;
            rows[total].asked += rows[i].asked;
            rows[total].seen += rows[i].seen;
            if (total == categories + 2) break;
        }
    }
    if (rows[categories + 2].seen == 0)
        return genrepi_fail(s->scan.ctx, GENREP_E_FORMAT, "%s holds no questions \"a b c d\"",
                            genrepi_reader_name(s->scan.reader));
    for (int64_t i = 0; i < evaluation->n_rows; i++)
        rows[i].score =
            rows[i].asked > 0 ? (double)rows[i].right / (double)rows[i].asked : (double)NAN;
    return GENREP_OK;
}

int32_t genrepi_vectors_analogies(const genrep_vectors *vectors, genrep_dataset *questions,
                                  const genrepi_questions_options *o, genrep_evaluation **out) {
    genrep_ctx *ctx = vectors->ctx;
    asking s = {.how = {.method = o->method}};
    int32_t status = genrepi_set_open(questions, &s.scan);
    if (status == GENREP_OK)
        status = genrepi_lookup_init(vectors, o->restriction, o->keep, &s.lookup);
    s.how.restrict_to = s.lookup.words;
    if (status == GENREP_OK) status = genrepi_evaluation_new(ctx, s.lookup.words, &s.evaluation);
    if (status == GENREP_OK) {
        s.words = genrepi_alloc_raw(ctx, BATCH, 7 * sizeof *s.words);
        if (s.words == NULL) status = GENREP_E_NOMEM;
    }
    if (status == GENREP_OK) {
        s.expected = s.words + 3 * BATCH;
        s.rows = s.expected + BATCH;
        s.answers = s.rows + BATCH;
        s.found = s.answers + BATCH;
        status = read_questions(&s);
    }
    if (status == GENREP_OK) status = add_totals(&s);
    if (status == GENREP_OK)
        *out = s.evaluation;
    else
        genrepi_evaluation_unref(s.evaluation);
    genrepi_free(ctx, s.words);
    genrepi_lookup_free(&s.lookup);
    genrepi_scan_close(&s.scan);
    return status;
}
