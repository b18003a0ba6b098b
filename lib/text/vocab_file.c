/* Vocabulary files in word2vec.c's format: "word count" a line. */
#include <text/vocab.h>
#include <base/number.h>
#include <text/scan.h>
#include <text/tokens.h>
#include <string.h>

static int is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

/* Splits "word count"; 0 if the line is not that. */
static int split(const char *line, size_t bytes, size_t *word_bytes, int64_t *count) {
    while (bytes > 0 && is_blank(line[bytes - 1])) bytes--;
    size_t number = bytes;
    while (number > 0 && line[number - 1] >= '0' && line[number - 1] <= '9') number--;
    size_t word = number;
    while (word > 0 && is_blank(line[word - 1])) word--;
    *word_bytes = word;
    if (word == 0 || word == number || memchr(line, 0, word) != NULL) return 0;
    for (size_t i = 0; i < word; i++) {
        if (is_blank(line[i])) return 0;
    }
    return genrepi_parse_int(line + number, bytes - number, count);
}

static int32_t read_lines(genrepi_scan *scan, genrepi_tally *tally) {
    genrep_ctx *ctx = scan->ctx;
    const char *name = genrepi_reader_name(scan->reader), *line;
    int64_t total = 0, lines = 0;
    size_t bytes;
    int seen_end_of_line = 0;
    for (;;) {
        int32_t status = genrepi_scan_line(scan, GENREPI_WORD_BYTES + 64, &line, &bytes);
        if (status != GENREP_OK || line == NULL) return status;
        lines++;
        size_t word_bytes;
        int64_t count = 0;
        if (!split(line, bytes, &word_bytes, &count) || word_bytes > GENREPI_WORD_BYTES)
            return genrepi_fail(ctx, GENREP_E_FORMAT, "%s, line %lld: not \"word count\"", name,
                                (long long)lines);
        if (count > INT64_MAX - total)
            return genrepi_fail(ctx, GENREP_E_FORMAT, "%s, line %lld: the counts' sum is too large",
                                name, (long long)lines);
        total += count;
        int32_t added;
        status = genrepi_tally_add(tally, line, word_bytes, count, &added);
        if (status != GENREP_OK) return status;
        if (added) continue;
        /* "</s>" is there from the start, so the file may name it once. */
        int end_of_line = word_bytes == strlen(GENREPI_END_OF_LINE) &&
                          memcmp(line, GENREPI_END_OF_LINE, word_bytes) == 0;
        if (!end_of_line || seen_end_of_line)
            return genrepi_fail(ctx, GENREP_E_FORMAT, "%s, line %lld: '%.*s' is there twice", name,
                                (long long)lines, (int)word_bytes, line);
        seen_end_of_line = 1;
    }
}

int32_t genrepi_vocab_read(genrep_ctx *ctx, genrepi_reader *reader,
                           const genrepi_vocab_options *options, genrep_vocab **out) {
    genrepi_scan scan;
    int32_t status = genrepi_scan_open(ctx, reader, &scan);
    if (status != GENREP_OK) return status;
    genrepi_tally tally;
    status = genrepi_tally_start(ctx, &tally);
    if (status == GENREP_OK) status = read_lines(&scan, &tally);
    if (status == GENREP_OK) status = genrepi_vocab_sort(&tally, options, out);
    genrepi_tally_free(&tally);
    genrepi_scan_close(&scan);
    return status;
}

int32_t genrepi_vocab_load(genrep_ctx *ctx, const char *path, const genrepi_vocab_options *options,
                           genrep_vocab **out) {
    genrepi_reader *reader = NULL;
    int32_t status = genrepi_reader_open(ctx, path, &reader);
    return status == GENREP_OK ? genrepi_vocab_read(ctx, reader, options, out) : status;
}

int32_t genrepi_vocab_save(const genrep_vocab *vocab, const char *path) {
    genrepi_writer writer = {0};
    int32_t status = genrepi_writer_open(vocab->ctx, path, &writer);
    if (status != GENREP_OK) return status;
    genrepi_buffer line = {.ctx = vocab->ctx};
    for (int64_t i = 0; i < vocab->words.count; i++) {
        size_t bytes;
        const char *word = genrepi_words_get(&vocab->words, i, &bytes);
        line.size = 0;
        genrepi_buffer_add(&line, word, bytes);
        genrepi_buffer_format(&line, " %lld\n", (long long)vocab->counts[i]);
        if (line.failed) break;
        genrepi_writer_add(&writer, line.data, line.size);
    }
    status = genrepi_buffer_status(&line);
    genrepi_buffer_free(&line);
    if (status == GENREP_OK) status = genrepi_writer_commit(&writer);
    genrepi_writer_abandon(&writer);
    return status;
}
