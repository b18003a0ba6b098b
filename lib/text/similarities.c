/* Sets of word pairs that people have judged (WordSim-353, SimLex-999, RG-65, MEN): the rank
 * correlation of their judgement with the cosine of the two vectors (mathematics 2.8). */
#include <math.h>
#include <string.h>
#include <text/evaluation.h>
#include <text/search.h>

static const genrepi_option options[] = {
    {"restrict", GENREPI_INT, 0, "0", 0, 2147483647, NULL,
     "only the so many most frequent words are known; 0: all are",
     offsetof(genrepi_similarities_options, restriction)},
    {"case", GENREPI_WORD, 0, "fold", 0, 0, GENREPI_CASE_WORDS,
     "fold: A to Z are the same as a to z; keep: they are not",
     offsetof(genrepi_similarities_options, keep)},
};
const genrepi_kind genrepi_kind_vectors_similarities = {
    .family = "options",
    .name = "vectors_similarities",
    .help = "word pairs with judgements of people: Spearman's correlation with the cosines",
    .options = options,
    .n_options = GENREPI_COUNT(options),
    .options_size = sizeof(genrepi_similarities_options),
};

/* ---- ranks ---- */

/* Sorts numbers of values by value: a heap, which needs no memory and is quick on any input. */
static void sink(int64_t *order, int64_t n, const double *value, int64_t at) {
    int64_t item = order[at];
    for (int64_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && value[order[child + 1]] > value[order[child]]) child++;
        if (value[order[child]] <= value[item]) break;
        order[at] = order[child];
    }
    order[at] = item;
}

static void sort(int64_t *order, int64_t n, const double *value) {
    for (int64_t i = 0; i < n; i++) order[i] = i;
    for (int64_t at = n / 2 - 1; at >= 0; at--) sink(order, n, value, at);
    while (n > 1) {
        int64_t greatest = order[0];
        order[0] = order[--n];
        order[n] = greatest;
        sink(order, n, value, 0);
    }
}

/* Ranks 1 .. n; equal values have the average of theirs. */
static void ranks_of(int64_t n, const double *value, int64_t *order, double *rank) {
    sort(order, n, value);
    for (int64_t begin = 0, end; begin < n; begin = end) {
        for (end = begin + 1; end < n && value[order[end]] == value[order[begin]];) end++;
        for (int64_t i = begin; i < end; i++) rank[order[i]] = (double)(begin + 1 + end) / 2;
    }
}

int32_t genrepi_spearman(genrep_ctx *ctx, int64_t n, const double *x, const double *y,
                         double *correlation) {
    int64_t *order = genrepi_alloc_raw(ctx, n, sizeof *order);
    double *ranks = genrepi_alloc_raw(ctx, n, 2 * sizeof *ranks);
    if (order != NULL && ranks != NULL) {
        double mean = (double)(n + 1) / 2, xy = 0, xx = 0, yy = 0;
        ranks_of(n, x, order, ranks);
        ranks_of(n, y, order, ranks + n);
        for (int64_t i = 0; i < n; i++) {
            double a = ranks[i] - mean, b = ranks[n + i] - mean;
            xy += a * b;
            xx += a * a;
            yy += b * b;
        }
        *correlation = xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : (double)NAN;
    }
    int32_t status = order == NULL || ranks == NULL ? GENREP_E_NOMEM : GENREP_OK;
    genrepi_free(ctx, ranks);
    genrepi_free(ctx, order);
    return status;
}

/* ---- reading ---- */

typedef struct field {
    const char *text;
    size_t bytes;
} field;

/* Cuts the first field off a line: up to a tab if the line has one, else up to a comma or
 * semicolon, else up to a blank. */
static int next_field(char separator, const char **line, size_t *bytes, field *out) {
    const char *text = *line, *end = text + *bytes, *at = text;
    while (separator == ' ' && at < end && (*at == ' ' || *at == '\r')) at++;
    if (at >= end) return 0;
    text = at;
    while (at < end && *at != separator) at++;
    *bytes = at < end ? (size_t)(end - at) - 1 : 0;
    *line = at < end ? at + 1 : end;
    while (text < at && *text == ' ') text++;
    while (at > text && (at[-1] == ' ' || at[-1] == '\r')) at--;
    *out = (field){text, (size_t)(at - text)};
    return 1;
}

/* 1 if the line is a pair and its score. */
static int parse_pair(const char *line, size_t bytes, field words[2], double *score) {
    field third;
    char separator = ' ';
    static const char separators[] = "\t,;";
    for (int i = 0; i < 3 && separator == ' '; i++) {
        if (memchr(line, separators[i], bytes) != NULL) separator = separators[i];
    }
    for (int i = 0; i < 2; i++) {
        if (!next_field(separator, &line, &bytes, &words[i]) || words[i].bytes == 0) return 0;
    }
    for (int i = 0; i < 2; i++) {
        if (!next_field(separator, &line, &bytes, &third)) return 0;
        if (genrepi_parse_real(third.text, third.bytes, score)) return isfinite(*score);
    }
    return 0;
}

/* The pairs whose words are known: judgements x, cosines y. */
typedef struct pairs {
    double *x, *y;
    int64_t n, capacity, seen;
} pairs;

static int32_t add_pair(genrep_ctx *ctx, pairs *p, double score, double cosine) {
    if (p->n == p->capacity) {
        int64_t capacity = 2 * p->capacity + 256;
        double *x = genrepi_realloc(ctx, p->x, capacity, sizeof *x);
        if (x == NULL) return GENREP_E_NOMEM;
        p->x = x;
        double *y = genrepi_realloc(ctx, p->y, capacity, sizeof *y);
        if (y == NULL) return GENREP_E_NOMEM;
        p->y = y;
        p->capacity = capacity;
    }
    p->x[p->n] = score;
    p->y[p->n++] = cosine;
    return GENREP_OK;
}

static int32_t read_pairs(genrepi_scan *scan, const genrepi_lookup *lookup, pairs *p) {
    int64_t number = 0, headings = 0;
    for (;;) {
        const char *line;
        size_t bytes;
        int32_t status = genrepi_set_line(scan, &number, &line, &bytes);
        if (status != GENREP_OK || line == NULL) return status;
        if (bytes == 0 || *line == '#') continue;
        field words[2];
        double score;
        if (!parse_pair(line, bytes, words, &score)) {
            if (p->seen == 0 && headings++ == 0) continue;
            return genrepi_fail(scan->ctx, GENREP_E_FORMAT,
                                "%s, line %lld: not \"word word score\", with tabs, commas, "
                                "semicolons or blanks between",
                                genrepi_reader_name(scan->reader), (long long)number);
        }
        p->seen++;
        int64_t a = genrepi_lookup_find(lookup, words[0].text, words[0].bytes);
        int64_t b = genrepi_lookup_find(lookup, words[1].text, words[1].bytes);
        if (a < 0 || b < 0) continue;
        status = add_pair(scan->ctx, p, score, genrepi_vectors_cosine(lookup->vectors, a, b));
        if (status != GENREP_OK) return status;
    }
}

int32_t genrepi_vectors_similarities(const genrep_vectors *vectors, genrep_dataset *dataset,
                                     const genrepi_similarities_options *o,
                                     genrep_evaluation **out) {
    genrep_ctx *ctx = vectors->ctx;
    genrepi_scan scan = {0};
    genrepi_lookup lookup = {0};
    genrep_evaluation *evaluation = NULL;
    pairs p = {0};
    double score = 0;
    int32_t status = genrepi_set_open(dataset, &scan);
    if (status == GENREP_OK)
        status = genrepi_lookup_init(vectors, o->restriction, o->keep, &lookup);
    if (status == GENREP_OK) status = read_pairs(&scan, &lookup, &p);
    if (status == GENREP_OK && p.seen == 0)
        status = genrepi_fail(ctx, GENREP_E_FORMAT, "%s holds no pairs \"word word score\"",
                              genrepi_reader_name(scan.reader));
    if (status == GENREP_OK) status = genrepi_spearman(ctx, p.n, p.x, p.y, &score);
    if (status == GENREP_OK) status = genrepi_evaluation_new(ctx, lookup.words, &evaluation);
    if (status == GENREP_OK) status = genrepi_evaluation_add(evaluation, "pairs", 5);
    if (status == GENREP_OK) {
        evaluation->rows[0].score = score;
        evaluation->rows[0].asked = p.n;
        evaluation->rows[0].seen = p.seen;
        *out = evaluation;
    } else {
        genrepi_evaluation_unref(evaluation);
    }
    genrepi_free(ctx, p.x);
    genrepi_free(ctx, p.y);
    genrepi_lookup_free(&lookup);
    genrepi_scan_close(&scan);
    return status;
}
