/* Reading a matrix and its words, a line each: NumPy's, and the pair of embedding projectors, whose
 * words are the first column of a table that has a header if it has more columns than that. */
#include <string.h>
#include <text/tokens.h>
#include <text/vectors_file.h>
#include <io/formats.h>

typedef struct reading {
    genrep_ctx *ctx;
    genrepi_scan words, rows;
    int32_t format, has_table;
    int64_t line; /* of words, the last one taken, from 1 on */
    float *row;
} reading;

static const char *name_of(const genrepi_scan *scan) {
    return genrepi_reader_name(scan->reader);
}

static int32_t fail_word(const reading *r, const char *what) {
    return genrepi_fail(r->ctx, GENREP_E_FORMAT, "%s, line %lld: %s", name_of(&r->words),
                        (long long)r->line, what);
}

static int32_t take_line(reading *r, const char **line, size_t *bytes) {
    /* Other columns of a table may be long. */
    const size_t limit = r->format == GENREPI_VECTORS_TSV ? 65536 : GENREPI_WORD_BYTES + 1;
    int32_t status = genrepi_scan_line(&r->words, limit, line, bytes);
    r->line++;
    if (status == GENREP_OK && *line != NULL && *bytes > 0 && (*line)[*bytes - 1] == '\r')
        (*bytes)--;
    return status;
}

/* *word is NULL behind the last. */
static int32_t next_word(reading *r, const char **word, size_t *bytes) {
    int32_t status = take_line(r, word, bytes);
    if (status == GENREP_OK && r->format == GENREPI_VECTORS_TSV && *word != NULL && *bytes > 0) {
        const char *tab = memchr(*word, '\t', *bytes);
        if (r->line == 1 && tab != NULL) {
            r->has_table = 1;
            status = take_line(r, word, bytes);
            tab = status == GENREP_OK && *word != NULL && *bytes > 0 ? memchr(*word, '\t', *bytes)
                                                                     : NULL;
        }
        if (tab != NULL && !r->has_table) return fail_word(r, "a tab, but the first line has none");
        if (tab != NULL) *bytes = (size_t)(tab - *word);
    }
    if (status != GENREP_OK || *word == NULL) return status;
    if (*bytes > GENREPI_WORD_BYTES) return fail_word(r, "the word is too long");
    if (memchr(*word, 0, *bytes) != NULL) return fail_word(r, "the word holds a 0");
    return GENREP_OK;
}

static int32_t fail_counts(const reading *r, int64_t words, int64_t rows, const char *rows_name) {
    return genrepi_fail(r->ctx, GENREP_E_FORMAT,
                        "%s and %s do not belong together: %s words than rows", name_of(&r->words),
                        rows_name, words < rows ? "less" : "more");
}

static int32_t read_words(reading *r, int64_t rows, const char *rows_name, genrepi_words *words) {
    for (;;) {
        const char *word;
        size_t bytes;
        int64_t index;
        int32_t added;
        int32_t status = next_word(r, &word, &bytes);
        if (status != GENREP_OK) return status;
        if (word == NULL)
            return words->count == rows ? GENREP_OK : fail_counts(r, words->count, rows, rows_name);
        if (words->count == rows) return fail_counts(r, rows + 1, rows, rows_name);
        status = genrepi_words_add(words, word, bytes, &index, &added);
        if (status == GENREP_OK && !added) status = fail_word(r, "the word is there already");
        if (status != GENREP_OK) return status;
    }
}

static void release_tensor(genrep_ctx *ctx, void *owner) {
    (void)ctx;
    genrepi_tensor_unref(owner);
}

static int32_t check_matrix(const genrep_tensor *matrix, const char *name) {
    char text[GENREPI_SHAPE_BYTES];
    const int is_float = matrix->dtype == GENREP_F32 || matrix->dtype == GENREP_F64;
    if (is_float && matrix->shape.rank == 2 && matrix->count > 0 &&
        matrix->shape.size[1] <= GENREPI_MOST_DIM)
        return GENREP_OK;
    return genrepi_fail(matrix->ctx, GENREP_E_FORMAT,
                        "%s is %s of type %s; word vectors are a matrix of 1 or more rows of 1..%d "
                        "numbers of type f32 or f64",
                        name, genrepi_shape_text(&matrix->shape, text),
                        genrepi_dtype_name(matrix->dtype), GENREPI_MOST_DIM);
}

static int32_t read_npy(reading *r, genrepi_reader *reader, genrep_vectors **out) {
    genrep_tensor *matrix = NULL;
    genrep_vectors *v = NULL;
    const char *name = genrepi_reader_name(reader);
    int32_t status = genrepi_npy_parse(r->ctx, reader, &matrix);
    if (status != GENREP_OK) return status;
    status = check_matrix(matrix, name);
    const int64_t n = matrix->shape.size[0], dim = matrix->shape.size[1];
    if (status == GENREP_OK && matrix->dtype == GENREP_F64) {
        genrep_tensor *converted = NULL;
        status = genrepi_tensor_new(r->ctx, GENREP_F32, &matrix->shape, 0, &converted);
        if (status == GENREP_OK) {
            genrepi_convert(matrix->count, GENREP_F64, matrix->data, GENREP_F32, converted->data);
            genrepi_tensor_unref(matrix);
            matrix = converted;
        }
    }
    if (status == GENREP_OK) status = genrepi_vectors_new(r->ctx, dim, &v);
    if (status != GENREP_OK) {
        genrepi_tensor_unref(matrix);
        return status;
    }
    v->rows = matrix->data;
    v->owner = matrix;
    v->release = release_tensor;
    status = read_words(r, n, name, &v->words);
    if (status == GENREP_OK) {
        status = genrepi_vectors_finish(v);
        if (status != GENREP_OK) genrepi_fail_in(r->ctx, status, "%s", name);
    }
    if (status == GENREP_OK)
        *out = v;
    else
        genrepi_vectors_unref(v);
    return status;
}

/* The first line of the matrix tells the dimensions. */
static int32_t start_tsv(reading *r, genrep_vectors **v) {
    const char *line;
    size_t bytes;
    int32_t status = genrepi_vectors_peek_line(&r->rows, &line, &bytes);
    if (status != GENREP_OK) return status;
    const int64_t dim = genrepi_vectors_count_numbers(line, bytes);
    if (dim < 1 || dim > GENREPI_MOST_DIM)
        return genrepi_fail(r->ctx, GENREP_E_FORMAT,
                            "%s does not begin with a line of 1..%d numbers", name_of(&r->rows),
                            GENREPI_MOST_DIM);
    r->row = genrepi_alloc_raw(r->ctx, dim, sizeof *r->row);
    return r->row == NULL ? GENREP_E_NOMEM : genrepi_vectors_new(r->ctx, dim, v);
}

static int is_row(const char *line, size_t bytes, int64_t dim, float *row) {
    if (!genrepi_vectors_parse_numbers(line, &bytes, dim, row)) return 0;
    while (bytes > 0 && genrepi_is_blank(line[bytes - 1])) bytes--;
    return bytes == 0;
}

static int32_t read_tsv(reading *r, genrep_vectors **out) {
    genrep_vectors *v = NULL;
    int32_t status = start_tsv(r, &v);
    while (status == GENREP_OK) {
        const char *word, *line;
        size_t word_bytes, bytes;
        float *row;
        status = genrepi_scan_line(&r->rows, genrepi_vectors_line_limit(v->dim), &line, &bytes);
        if (status == GENREP_OK) status = next_word(r, &word, &word_bytes);
        if (status != GENREP_OK || (line == NULL && word == NULL)) break;
        if (line == NULL || word == NULL) {
            status = fail_counts(r, line == NULL, word == NULL, name_of(&r->rows));
            break;
        }
        if (!is_row(line, bytes, v->dim, r->row)) {
            status = genrepi_fail(r->ctx, GENREP_E_FORMAT,
                                  "%s, line %lld: not as many numbers as the first line has",
                                  name_of(&r->rows), (long long)v->words.count + 1);
            break;
        }
        status = genrepi_vectors_add(v, word, word_bytes, &row);
        if (status == GENREP_OK && row == NULL) status = fail_word(r, "the word is there already");
        if (status == GENREP_OK) memcpy(row, r->row, (size_t)v->dim * sizeof *row);
    }
    if (status == GENREP_OK) {
        status = genrepi_vectors_finish(v);
        if (status != GENREP_OK) genrepi_fail_in(r->ctx, status, "%s", name_of(&r->rows));
    }
    if (status == GENREP_OK)
        *out = v;
    else
        genrepi_vectors_unref(v);
    genrepi_free(r->ctx, r->row);
    return status;
}

int32_t genrepi_vectors_read_pair(genrep_ctx *ctx, genrepi_reader *reader, genrepi_reader *words,
                                  int32_t format, genrep_vectors **out) {
    reading r = {.ctx = ctx, .format = format};
    int32_t status = genrepi_scan_open(ctx, words, &r.words);
    if (status != GENREP_OK) {
        genrepi_reader_close(reader);
        return status;
    }
    if (format == GENREPI_VECTORS_NPY) {
        status = read_npy(&r, reader, out);
        genrepi_reader_close(reader);
    } else {
        status = genrepi_scan_open(ctx, reader, &r.rows);
        if (status == GENREP_OK) status = read_tsv(&r, out);
        genrepi_scan_close(&r.rows);
    }
    genrepi_scan_close(&r.words);
    return status;
}
