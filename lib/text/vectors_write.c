/* Writing word2vec's files.  Numbers in text are the shortest that read back as the same float. */
#include <text/vectors.h>
#include <base/number.h>
#include <io/bytes.h>
#include <string.h>

/* What the format cannot hold is refused, not written wrongly. */
static int32_t check_word(const genrep_vectors *vectors, const char *word, size_t bytes,
                          int32_t format) {
    const char *what = NULL;
    if (memchr(word, '\n', bytes) != NULL) what = "a newline";
    if (format == GENREPI_VECTORS_BINARY && memchr(word, ' ', bytes) != NULL) what = "a blank";
    if (what == NULL) return GENREP_OK;
    return genrepi_fail(vectors->ctx, GENREP_E_INVALID,
                        "the word '%s' holds %s, which the %s format cannot", word, what,
                        format == GENREPI_VECTORS_BINARY ? "binary" : "text");
}

static int32_t write_rows(const genrep_vectors *vectors, int32_t format, genrepi_buffer *line,
                          genrepi_writer *writer) {
    for (int64_t i = 0; i < vectors->words.count; i++) {
        size_t bytes;
        const char *word = genrepi_words_get(&vectors->words, i, &bytes);
        const float *row = genrepi_vectors_row(vectors, i);
        int32_t status = check_word(vectors, word, bytes, format);
        if (status != GENREP_OK) return status;
        line->size = 0;
        genrepi_buffer_add(line, word, bytes);
        if (format == GENREPI_VECTORS_BINARY) {
            genrepi_buffer_add(line, " ", 1);
            genrepi_buffer_add(line, row, (size_t)vectors->dim * sizeof *row);
        } else {
            for (int64_t j = 0; j < vectors->dim; j++) {
                char number[GENREPI_NUMBER_BYTES];
                size_t n = genrepi_format_real(number, (double)row[j], 1);
                genrepi_buffer_add(line, " ", 1);
                genrepi_buffer_add(line, number, n);
            }
        }
        genrepi_buffer_add(line, "\n", 1);
        status = genrepi_buffer_status(line);
        if (status != GENREP_OK) return status;
        genrepi_writer_add(writer, line->data, line->size);
    }
    return GENREP_OK;
}

int32_t genrepi_vectors_save(const genrep_vectors *vectors, const char *path, int32_t format) {
    genrepi_writer writer = {0};
    genrepi_buffer line = {.ctx = vectors->ctx};
    int32_t status = genrepi_writer_open(vectors->ctx, path, &writer);
    if (status != GENREP_OK) return status;
    genrepi_buffer_format(&line, "%lld %lld\n", (long long)vectors->words.count,
                          (long long)vectors->dim);
    status = genrepi_buffer_status(&line);
    if (status == GENREP_OK) {
        genrepi_writer_add(&writer, line.data, line.size);
        status = write_rows(vectors, format, &line, &writer);
    }
    if (status == GENREP_OK) status = genrepi_writer_commit(&writer);
    genrepi_writer_abandon(&writer);
    genrepi_buffer_free(&line);
    return status;
}
