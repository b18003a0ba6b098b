/* Writing word vectors.  Numbers in text are the shortest that read back as the same float. */
#include <base/number.h>
#include <io/bytes.h>
#include <io/formats.h>
#include <string.h>
#include <text/vectors_file.h>

static const char *const format_names[] = {"text",  "text", "binary", "vec",
                                           "glove", "npy",  "tsv",    "safetensors"};

/* What the format cannot hold is refused, not written wrongly. */
static int32_t check_word(const genrep_vectors *vectors, const char *word, size_t bytes,
                          int32_t format) {
    const char *what = NULL;
    const int is_vec = format == GENREPI_VECTORS_VEC || format == GENREPI_VECTORS_GLOVE;
    const char last = bytes > 0 ? word[bytes - 1] : 0;
    if (memchr(word, '\n', bytes) != NULL) what = "a newline";
    if ((is_vec || format == GENREPI_VECTORS_BINARY) && memchr(word, ' ', bytes) != NULL)
        what = "a blank";
    if (is_vec && (memchr(word, '\t', bytes) != NULL || memchr(word, '\r', bytes) != NULL))
        what = "white space";
    if (is_vec && bytes == 0) what = "nothing";
    if (format == GENREPI_VECTORS_TEXT && genrepi_is_blank(last)) what = "a blank at its end";
    if (format == GENREPI_VECTORS_NPY && last == '\r') what = "a carriage return at its end";
    if (format == GENREPI_VECTORS_TSV &&
        (memchr(word, '\t', bytes) != NULL || memchr(word, '\r', bytes) != NULL))
        what = "a tab or a carriage return";
    if (memchr(word, 0, bytes) != NULL) what = "a 0";
    if (what == NULL) return GENREP_OK;
    return genrepi_fail(vectors->ctx, GENREP_E_INVALID,
                        "the word '%s' holds %s, which the %s format cannot", word, what,
                        format_names[format]);
}

static void add_numbers(genrepi_buffer *line, const float *row, int64_t dim, char between,
                        int with_first) {
    for (int64_t j = 0; j < dim; j++) {
        char number[GENREPI_NUMBER_BYTES];
        const size_t n = genrepi_format_real(number, (double)row[j], 1);
        if (j > 0 || with_first) genrepi_buffer_add(line, &between, 1);
        genrepi_buffer_add(line, number, n);
    }
}

/* A row of one of the streams, or of a pair's matrix. */
static void add_row(genrepi_buffer *line, const char *word, size_t bytes, const float *row,
                    int64_t dim, int32_t format) {
    const size_t row_bytes = (size_t)dim * sizeof *row;
    switch (format) {
    case GENREPI_VECTORS_NPY:
        genrepi_buffer_add(line, row, row_bytes);
        return;
    case GENREPI_VECTORS_TSV:
        add_numbers(line, row, dim, '\t', 0);
        break;
    case GENREPI_VECTORS_BINARY:
        genrepi_buffer_add(line, word, bytes);
        genrepi_buffer_add(line, " ", 1);
        genrepi_buffer_add(line, row, row_bytes);
        break;
    default:
        genrepi_buffer_add(line, word, bytes);
        add_numbers(line, row, dim, ' ', 1);
    }
    genrepi_buffer_add(line, "\n", 1);
}

/* words is NULL where they are in the rows' own file. */
static int32_t write_rows(const genrep_vectors *vectors, int32_t format, genrepi_buffer *line,
                          genrepi_writer *writer, genrepi_writer *words) {
    for (int64_t i = 0; i < vectors->words.count; i++) {
        size_t bytes;
        const char *word = genrepi_words_get(&vectors->words, i, &bytes);
        int32_t status = check_word(vectors, word, bytes, format);
        if (status != GENREP_OK) return status;
        line->size = 0;
        add_row(line, word, bytes, genrepi_vectors_row(vectors, i), vectors->dim, format);
        status = genrepi_buffer_status(line);
        if (status != GENREP_OK) return status;
        genrepi_writer_add(writer, line->data, line->size);
        if (words == NULL) continue;
        genrepi_writer_add(words, word, bytes);
        genrepi_writer_add(words, "\n", 1);
    }
    return GENREP_OK;
}

static void add_header(const genrep_vectors *vectors, int32_t format, genrepi_buffer *line) {
    const int64_t n = vectors->words.count, dim = vectors->dim;
    char text[GENREPI_NPY_HEADER_BYTES];
    if (format == GENREPI_VECTORS_NPY) {
        const genrepi_shape shape = genrepi_shape_of(2, (const int64_t[]){n, dim});
        genrepi_buffer_add(line, text, genrepi_npy_header(text, GENREP_F32, &shape));
    } else if (format != GENREPI_VECTORS_GLOVE && format != GENREPI_VECTORS_TSV) {
        genrepi_buffer_format(line, "%lld %lld\n", (long long)n, (long long)dim);
    }
}

static int32_t write_files(const genrep_vectors *vectors, const char *path, const char *words_path,
                           int32_t format) {
    genrepi_writer writer = {0}, words = {0};
    genrepi_buffer line = {.ctx = vectors->ctx};
    int32_t status = genrepi_writer_open(vectors->ctx, path, &writer);
    if (status == GENREP_OK && words_path != NULL)
        status = genrepi_writer_open(vectors->ctx, words_path, &words);
    if (status == GENREP_OK) {
        add_header(vectors, format, &line);
        status = genrepi_buffer_status(&line);
    }
    if (status == GENREP_OK) {
        genrepi_writer_add(&writer, line.data, line.size);
        status = write_rows(vectors, format, &line, &writer, words_path != NULL ? &words : NULL);
    }
    /* The words first: with old rows and new words, a reader sees that the numbers differ. */
    if (status == GENREP_OK && words_path != NULL) status = genrepi_writer_commit(&words);
    if (status == GENREP_OK) status = genrepi_writer_commit(&writer);
    genrepi_writer_abandon(&words);
    genrepi_writer_abandon(&writer);
    genrepi_buffer_free(&line);
    return status;
}

static int32_t format_of(const char *path) {
    if (genrepi_ends_with(path, ".npy")) return GENREPI_VECTORS_NPY;
    if (genrepi_ends_with(path, ".tsv")) return GENREPI_VECTORS_TSV;
    if (genrepi_ends_with(path, ".safetensors")) return GENREPI_VECTORS_SAFETENSORS;
    return GENREPI_VECTORS_TEXT;
}

int32_t genrepi_vectors_save(const genrep_vectors *vectors, const char *path,
                             const genrepi_vectors_options *options) {
    const int32_t format =
        options->format == GENREPI_VECTORS_AUTO ? format_of(path) : options->format;
    if (options->map)
        return genrepi_fail(vectors->ctx, GENREP_E_INVALID,
                            "mmap=1 is for loading, not for saving");
    if (format == GENREPI_VECTORS_SAFETENSORS)
        return genrepi_vectors_write_safetensors(vectors, path);
    if (format != GENREPI_VECTORS_NPY && format != GENREPI_VECTORS_TSV)
        return write_files(vectors, path, NULL, format);
    char *words_path = genrepi_vectors_words_path(vectors->ctx, path, format);
    if (words_path == NULL) return GENREP_E_NOMEM;
    int32_t status = write_files(vectors, path, words_path, format);
    genrepi_free(vectors->ctx, words_path);
    return status;
}
