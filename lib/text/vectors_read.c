/* Reading word2vec's files: a line "words dimensions", then for each word its name, a blank, and
 * its numbers, as text up to the end of the line or as little-endian floats with or without a
 * newline behind them.  Names are bytes: they need not be UTF-8, and in text they may hold blanks.
 * Memory grows with what is really there, so that a header that lies cannot ask for more. */
#include <text/vectors.h>
#include <base/number.h>
#include <io/bytes.h>
#include <math.h>
#include <string.h>
#include <text/scan.h>
#include <text/tokens.h>

enum {
    NUMBER_BYTES = 64,
    HEADER_BYTES = 256
}; /* the longest that a number and the header may be */

typedef struct reading {
    genrepi_scan scan;
    const char *name;
    int64_t rows, dim; /* as the header says */
    int64_t repeated;
    genrep_vectors *vectors;
} reading;

static int is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

/* Cuts the last field off text[0..*bytes); 0 if there is none. */
static int last_field(const char *text, size_t *bytes, const char **field, size_t *field_bytes) {
    size_t end = *bytes;
    while (end > 0 && is_blank(text[end - 1])) end--;
    size_t begin = end;
    while (begin > 0 && !is_blank(text[begin - 1])) begin--;
    *field = text + begin;
    *field_bytes = end - begin;
    *bytes = begin;
    return end > begin;
}

static int32_t fail_row(const reading *r, const char *what) {
    return genrepi_fail(r->scan.ctx, GENREP_E_FORMAT, "%s, word %lld of %lld: %s", r->name,
                        (long long)(r->vectors->words.count + r->repeated + 1), (long long)r->rows,
                        what);
}

static int32_t read_header(reading *r) {
    const char *line, *field;
    size_t bytes, field_bytes;
    int32_t status = genrepi_scan_line(&r->scan, HEADER_BYTES, &line, &bytes);
    if (status == GENREP_E_NOMEM || status == GENREP_E_IO) return status;
    int fits = status == GENREP_OK && line != NULL &&
               last_field(line, &bytes, &field, &field_bytes) &&
               genrepi_parse_int(field, field_bytes, &r->dim) &&
               last_field(line, &bytes, &field, &field_bytes) &&
               genrepi_parse_int(field, field_bytes, &r->rows) &&
               !last_field(line, &bytes, &field, &field_bytes);
    if (!fits)
        return genrepi_fail(
            r->scan.ctx, GENREP_E_FORMAT,
            "%s does not begin with a line \"words dimensions\" (GloVe's files do not "
            "have it: put it there)",
            r->name);
    if (r->rows < 1 || r->dim < 1 || r->dim > GENREPI_MOST_DIM)
        return genrepi_fail(r->scan.ctx, GENREP_E_FORMAT,
                            "%s claims %lld words of %lld dimensions; 1 or more words of 1..%d "
                            "dimensions can be read",
                            r->name, (long long)r->rows, (long long)r->dim, GENREPI_MOST_DIM);
    return genrepi_vectors_new(r->scan.ctx, r->dim, &r->vectors);
}

/* Parses a line from its end; row may be NULL.  What is left is the word; 0 if it is not a row. */
static int parse_line(const char *line, size_t *bytes, int64_t dim, float *row) {
    for (int64_t j = dim - 1; j >= 0; j--) {
        const char *field;
        size_t field_bytes;
        double value;
        if (!last_field(line, bytes, &field, &field_bytes)) return 0;
        if (!genrepi_parse_real(field, field_bytes, &value)) return 0;
        if (row != NULL) row[j] = (float)value;
    }
    if (*bytes == 0 || !is_blank(line[*bytes - 1])) return 0;
    while (*bytes > 0 && is_blank(line[*bytes - 1])) (*bytes)--;
    return *bytes <= GENREPI_WORD_BYTES && memchr(line, 0, *bytes) == NULL;
}

static size_t line_limit(int64_t dim) {
    return GENREPI_WORD_BYTES + (size_t)dim * NUMBER_BYTES;
}

static int32_t read_text_row(reading *r) {
    const char *line;
    size_t bytes, word_bytes;
    int32_t status = genrepi_scan_line(&r->scan, line_limit(r->dim), &line, &bytes);
    if (status != GENREP_OK) return status;
    if (line == NULL) return fail_row(r, "the file ends before it");
    word_bytes = bytes;
    if (!parse_line(line, &word_bytes, r->dim, NULL))
        return fail_row(r, "not a word and as many numbers as the header says");
    float *row;
    status = genrepi_vectors_add(r->vectors, line, word_bytes, &row);
    if (status == GENREP_OK && row != NULL) parse_line(line, &bytes, r->dim, row);
    r->repeated += status == GENREP_OK && row == NULL;
    return status;
}

static int32_t read_binary_row(reading *r) {
    genrepi_scan *scan = &r->scan;
    size_t numbers = (size_t)r->dim * sizeof(float);
    int32_t status = genrepi_scan_need(scan, GENREPI_WORD_BYTES + 2 + numbers);
    if (status != GENREP_OK) return status;
    while (scan->at < scan->end && scan->data[scan->at] == '\n') {
        scan->at++;
        status = genrepi_scan_need(scan, GENREPI_WORD_BYTES + 2 + numbers);
        if (status != GENREP_OK) return status;
    }
    const char *word = scan->data + scan->at;
    size_t have = scan->end - scan->at;
    if (have == 0) return fail_row(r, "the file ends before it");
    size_t most = have < GENREPI_WORD_BYTES + 1 ? have : GENREPI_WORD_BYTES + 1;
    const char *blank = memchr(word, ' ', most);
    if (blank == NULL) return fail_row(r, "no blank ends the word");
    size_t bytes = (size_t)(blank - word);
    if (memchr(word, 0, bytes) != NULL) return fail_row(r, "the word holds a 0");
    if (have - bytes - 1 < numbers) return fail_row(r, "the file ends inside it");
    float *row;
    status = genrepi_vectors_add(r->vectors, word, bytes, &row);
    if (status != GENREP_OK) return status;
    if (row != NULL) memcpy(row, blank + 1, numbers);
    r->repeated += row == NULL;
    scan->at += bytes + 1 + numbers;
    return GENREP_OK;
}

/* Text if the first line behind the header is a row of text. */
static int32_t detect(reading *r, int32_t *format) {
    int32_t status = genrepi_scan_need(&r->scan, line_limit(r->dim) + 1);
    if (status != GENREP_OK) return status;
    const char *line = r->scan.data + r->scan.at;
    size_t have = r->scan.end - r->scan.at;
    const char *newline = have > 0 ? memchr(line, '\n', have) : NULL;
    size_t bytes = newline != NULL ? (size_t)(newline - line) : have;
    *format =
        parse_line(line, &bytes, r->dim, NULL) ? GENREPI_VECTORS_TEXT : GENREPI_VECTORS_BINARY;
    return GENREP_OK;
}

static int32_t check_end(reading *r) {
    for (;;) {
        int32_t status = genrepi_scan_need(&r->scan, 1);
        if (status != GENREP_OK || r->scan.at == r->scan.end) return status;
        char c = r->scan.data[r->scan.at++];
        if (c != '\n' && !is_blank(c))
            return genrepi_fail(r->scan.ctx, GENREP_E_FORMAT,
                                "%s holds more than the %lld words of its header", r->name,
                                (long long)r->rows);
    }
}

int32_t genrepi_vectors_read(genrep_ctx *ctx, genrepi_reader *reader, int32_t format,
                             genrep_vectors **out) {
    reading r = {.name = genrepi_reader_name(reader)};
    int32_t status = genrepi_scan_open(ctx, reader, &r.scan);
    if (status != GENREP_OK) return status;
    status = read_header(&r);
    if (status == GENREP_OK && format == GENREPI_VECTORS_AUTO) status = detect(&r, &format);
    for (int64_t i = 0; i < r.rows && status == GENREP_OK; i++)
        status = format == GENREPI_VECTORS_TEXT ? read_text_row(&r) : read_binary_row(&r);
    if (status == GENREP_OK) status = check_end(&r);
    if (status == GENREP_OK) {
        status = genrepi_vectors_finish(r.vectors);
        if (status != GENREP_OK) genrepi_fail_in(ctx, status, "%s", r.name);
    }
    if (status == GENREP_OK && r.repeated > 0)
        genrepi_log(ctx, GENREP_LOG_WARNING, "%s: %lld words are there twice; the first is taken",
                    r.name, (long long)r.repeated);
    if (status == GENREP_OK)
        *out = r.vectors;
    else
        genrepi_vectors_unref(r.vectors);
    genrepi_scan_close(&r.scan);
    return status;
}

int32_t genrepi_vectors_load(genrep_ctx *ctx, const char *path, int32_t format,
                             genrep_vectors **out) {
    genrepi_reader *reader = NULL;
    int32_t status = genrepi_reader_open(ctx, path, &reader);
    return status == GENREP_OK ? genrepi_vectors_read(ctx, reader, format, out) : status;
}
