/* Reading streams of word vectors: a line "words dimensions", then for each word its name, a blank,
 * and its numbers, as text up to the end of the line or as little-endian floats with or without a
 * newline behind them (word2vec, fastText's .vec).  GloVe's files have no first line: their first
 * row tells the dimensions.  Names are bytes: they need not be UTF-8, and in text they may hold
 * blanks.  Memory grows with what is really there, so that a header that lies cannot ask for more.
 */
#include <text/vectors_file.h>
#include <base/number.h>
#include <io/bytes.h>
#include <stdio.h>
#include <string.h>
#include <text/tokens.h>

enum {
    NUMBER_BYTES = 64,
    HEADER_BYTES = 256
}; /* the longest that a number and the header may be */

typedef struct reading {
    genrepi_scan *scan;
    const char *name;
    int64_t rows, dim; /* as the header says; rows -1: up to the end */
    int64_t repeated;
    float *row; /* of text, being parsed */
    genrep_vectors *vectors;
} reading;

/* Cuts the last field off text[0..*bytes); 0 if there is none. */
static int last_field(const char *text, size_t *bytes, const char **field, size_t *field_bytes) {
    size_t end = *bytes;
    while (end > 0 && genrepi_is_blank(text[end - 1])) end--;
    size_t begin = end;
    while (begin > 0 && !genrepi_is_blank(text[begin - 1])) begin--;
    *field = text + begin;
    *field_bytes = end - begin;
    *bytes = begin;
    return end > begin;
}

int genrepi_vectors_parse_numbers(const char *line, size_t *bytes, int64_t dim, float *row) {
    for (int64_t j = dim - 1; j >= 0; j--) {
        const char *field;
        size_t field_bytes;
        double value;
        if (!last_field(line, bytes, &field, &field_bytes)) return 0;
        if (!genrepi_parse_real(field, field_bytes, &value)) return 0;
        row[j] = (float)value;
    }
    return 1;
}

static int32_t fail_row(const reading *r, const char *what) {
    char of[32] = "";
    if (r->rows >= 0) snprintf(of, sizeof of, " of %lld", (long long)r->rows);
    return genrepi_fail(r->scan->ctx, GENREP_E_FORMAT, "%s, word %lld%s: %s", r->name,
                        (long long)(r->vectors->words.count + r->repeated + 1), of, what);
}

static int32_t fail_header(const reading *r) {
    return genrepi_fail(
        r->scan->ctx, GENREP_E_FORMAT,
        "%s begins neither with a line \"words dimensions\" nor with a word and its "
        "numbers",
        r->name);
}

static int32_t read_header(reading *r) {
    const char *line, *field;
    size_t bytes, field_bytes;
    int32_t status = genrepi_scan_line(r->scan, HEADER_BYTES, &line, &bytes);
    if (status == GENREP_E_NOMEM || status == GENREP_E_IO) return status;
    int fits = status == GENREP_OK && line != NULL &&
               last_field(line, &bytes, &field, &field_bytes) &&
               genrepi_parse_int(field, field_bytes, &r->dim) &&
               last_field(line, &bytes, &field, &field_bytes) &&
               genrepi_parse_int(field, field_bytes, &r->rows) &&
               !last_field(line, &bytes, &field, &field_bytes);
    if (!fits) return fail_header(r);
    if (r->rows < 1 || r->dim < 1 || r->dim > GENREPI_MOST_DIM)
        return genrepi_fail(r->scan->ctx, GENREP_E_FORMAT,
                            "%s claims %lld words of %lld dimensions; 1 or more words of 1..%d "
                            "dimensions can be read",
                            r->name, (long long)r->rows, (long long)r->dim, GENREPI_MOST_DIM);
    return genrepi_vectors_new(r->scan->ctx, r->dim, &r->vectors);
}

/* Parses a line from its end.  What is left is the word; 0 if it is not a row. */
static int parse_line(const char *line, size_t *bytes, int64_t dim, float *row) {
    if (!genrepi_vectors_parse_numbers(line, bytes, dim, row)) return 0;
    if (*bytes == 0 || !genrepi_is_blank(line[*bytes - 1])) return 0;
    while (*bytes > 0 && genrepi_is_blank(line[*bytes - 1])) (*bytes)--;
    return *bytes <= GENREPI_WORD_BYTES && memchr(line, 0, *bytes) == NULL;
}

size_t genrepi_vectors_line_limit(int64_t dim) {
    return GENREPI_WORD_BYTES + (size_t)dim * NUMBER_BYTES;
}

static int32_t read_text_row(reading *r) {
    const char *line;
    size_t bytes;
    int32_t status = genrepi_scan_line(r->scan, genrepi_vectors_line_limit(r->dim), &line, &bytes);
    if (status != GENREP_OK) return status;
    if (line == NULL) return fail_row(r, "the file ends before it");
    if (!parse_line(line, &bytes, r->dim, r->row))
        return fail_row(r, r->rows < 0 ? "not a word and as many numbers as the first line has"
                                       : "not a word and as many numbers as the header says");
    float *row;
    status = genrepi_vectors_add(r->vectors, line, bytes, &row);
    if (status == GENREP_OK && row != NULL) memcpy(row, r->row, (size_t)r->dim * sizeof *row);
    r->repeated += status == GENREP_OK && row == NULL;
    return status;
}

static int32_t read_binary_row(reading *r) {
    genrepi_scan *scan = r->scan;
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
static int32_t detect_binary(reading *r, int32_t *format) {
    int32_t status = genrepi_scan_need(r->scan, genrepi_vectors_line_limit(r->dim) + 1);
    if (status != GENREP_OK) return status;
    const char *line = r->scan->data + r->scan->at;
    size_t have = r->scan->end - r->scan->at;
    const char *newline = have > 0 ? memchr(line, '\n', have) : NULL;
    size_t bytes = newline != NULL ? (size_t)(newline - line) : have;
    *format =
        parse_line(line, &bytes, r->dim, r->row) ? GENREPI_VECTORS_TEXT : GENREPI_VECTORS_BINARY;
    return GENREP_OK;
}

int32_t genrepi_vectors_peek_line(genrepi_scan *scan, const char **line, size_t *bytes) {
    const size_t most = genrepi_vectors_line_limit(GENREPI_MOST_DIM);
    for (size_t look = 4096;; look *= 2) {
        if (look > most) look = most;
        int32_t status = genrepi_scan_need(scan, look);
        if (status != GENREP_OK) return status;
        const size_t have = scan->end - scan->at;
        *line = scan->data + scan->at;
        const char *newline = have > 0 ? memchr(*line, '\n', have) : NULL;
        *bytes = newline != NULL ? (size_t)(newline - *line) : have;
        if (newline != NULL || have < look || look == most) return GENREP_OK;
    }
}

int64_t genrepi_vectors_count_numbers(const char *line, size_t bytes) {
    int64_t n = 0;
    const char *field;
    size_t field_bytes;
    double value;
    while (n <= GENREPI_MOST_DIM && last_field(line, &bytes, &field, &field_bytes) &&
           genrepi_parse_real(field, field_bytes, &value))
        n++;
    return n;
}

/* Two whole numbers, even where they are too large. */
static int is_header(const char *line, size_t bytes) {
    const char *field;
    size_t field_bytes;
    int fields = 0;
    while (last_field(line, &bytes, &field, &field_bytes)) {
        if (++fields > 2) return 0;
        for (size_t i = *field == '-' || *field == '+'; i < field_bytes; i++)
            if (field[i] < '0' || field[i] > '9') return 0;
    }
    return fields == 2;
}

int32_t genrepi_vectors_detect(genrepi_scan *scan, const char *path, int32_t *format) {
    const char *line;
    size_t bytes;
    int32_t status = genrepi_scan_need(scan, 16);
    if (status != GENREP_OK) return status;
    const uint8_t *first = (const uint8_t *)scan->data + scan->at;
    const size_t have = scan->end - scan->at;
    if (have >= 6 && memcmp(first, "\x93NUMPY", 6) == 0) {
        *format = GENREPI_VECTORS_NPY;
    } else if (have > 8 && first[8] == '{' &&
               genrepi_get_little(first, 8) <= GENREPI_SAFETENSORS_MAX_HEADER) {
        *format = GENREPI_VECTORS_SAFETENSORS;
    } else if (path != NULL && genrepi_ends_with(path, ".tsv")) {
        *format = GENREPI_VECTORS_TSV;
    } else {
        status = genrepi_vectors_peek_line(scan, &line, &bytes);
        if (status != GENREP_OK) return status;
        *format = !is_header(line, bytes) && genrepi_vectors_count_numbers(line, bytes) > 0
                      ? GENREPI_VECTORS_GLOVE
                      : GENREPI_VECTORS_TEXT;
    }
    return GENREP_OK;
}

/* The dimensions by the first row: all its fields but the first. */
static int32_t read_first_row(reading *r) {
    const char *line, *field;
    size_t bytes, field_bytes;
    int32_t status = genrepi_vectors_peek_line(r->scan, &line, &bytes);
    if (status != GENREP_OK) return status;
    if (is_header(line, bytes))
        return genrepi_fail(r->scan->ctx, GENREP_E_FORMAT,
                            "%s begins with a line of two numbers, which GloVe's format has not: "
                            "read it with format=text",
                            r->name);
    int64_t fields = 0;
    while (fields <= GENREPI_MOST_DIM + 1 && last_field(line, &bytes, &field, &field_bytes))
        fields++;
    if (fields < 2 || fields > GENREPI_MOST_DIM + 1) return fail_header(r);
    r->dim = fields - 1;
    r->rows = -1;
    return genrepi_vectors_new(r->scan->ctx, r->dim, &r->vectors);
}

/* Whether nothing but blanks is left of a file whose number of rows is not known. */
static int32_t at_end(reading *r, int *end) {
    const char *line;
    size_t bytes;
    int32_t status = genrepi_vectors_peek_line(r->scan, &line, &bytes);
    if (status != GENREP_OK) return status;
    while (bytes > 0 && genrepi_is_blank(line[bytes - 1])) bytes--;
    *end = bytes == 0;
    return GENREP_OK;
}

static int32_t check_end(reading *r) {
    for (;;) {
        int32_t status = genrepi_scan_need(r->scan, 1);
        if (status != GENREP_OK || r->scan->at == r->scan->end) return status;
        char c = r->scan->data[r->scan->at++];
        if (c != '\n' && !genrepi_is_blank(c))
            return r->rows < 0 ? fail_row(r, "an empty line is before it")
                               : genrepi_fail(r->scan->ctx, GENREP_E_FORMAT,
                                              "%s holds more than the %lld words of its header",
                                              r->name, (long long)r->rows);
    }
}

static int32_t read_rows(reading *r, int32_t format) {
    int32_t status = GENREP_OK;
    for (int64_t i = 0; i != r->rows && status == GENREP_OK; i++) {
        int end = 0;
        if (r->rows < 0) status = at_end(r, &end);
        if (status != GENREP_OK || end) break;
        status = format == GENREPI_VECTORS_BINARY ? read_binary_row(r) : read_text_row(r);
    }
    return status == GENREP_OK ? check_end(r) : status;
}

int32_t genrepi_vectors_scan(genrepi_scan *scan, int32_t format, genrep_vectors **out) {
    reading r = {.scan = scan, .name = genrepi_reader_name(scan->reader)};
    int32_t status = GENREP_OK, found = format;
    if (format == GENREPI_VECTORS_AUTO) status = genrepi_vectors_detect(scan, NULL, &found);
    if (status == GENREP_OK)
        status = found == GENREPI_VECTORS_GLOVE ? read_first_row(&r) : read_header(&r);
    if (status == GENREP_OK) {
        r.row = genrepi_alloc_raw(scan->ctx, r.dim, sizeof *r.row);
        if (r.row == NULL) status = GENREP_E_NOMEM;
    }
    if (status == GENREP_OK && format == GENREPI_VECTORS_AUTO && found != GENREPI_VECTORS_GLOVE)
        status = detect_binary(&r, &found);
    if (status == GENREP_OK) status = read_rows(&r, found);
    if (status == GENREP_OK) {
        status = genrepi_vectors_finish(r.vectors);
        if (status != GENREP_OK) genrepi_fail_in(scan->ctx, status, "%s", r.name);
    }
    if (status == GENREP_OK && r.repeated > 0)
        genrepi_log(scan->ctx, GENREP_LOG_WARNING,
                    "%s: %lld words are there twice; the first is taken", r.name,
                    (long long)r.repeated);
    if (status == GENREP_OK)
        *out = r.vectors;
    else
        genrepi_vectors_unref(r.vectors);
    genrepi_free(scan->ctx, r.row);
    return status;
}

int32_t genrepi_vectors_read(genrep_ctx *ctx, genrepi_reader *reader, int32_t format,
                             genrep_vectors **out) {
    genrepi_scan scan;
    int32_t status = genrepi_scan_open(ctx, reader, &scan);
    if (status != GENREP_OK) return status;
    status = genrepi_vectors_scan(&scan, format, out);
    genrepi_scan_close(&scan);
    return status;
}
