/* A window on a stream of bytes. */
#include <text/scan.h>
#include <string.h>

enum { WINDOW = 65536 };

int32_t genrepi_scan_open(genrep_ctx *ctx, genrepi_reader *reader, genrepi_scan *scan) {
    *scan = (genrepi_scan){.ctx = ctx, .reader = reader, .capacity = WINDOW};
    scan->data = genrepi_alloc_raw(ctx, WINDOW, 1);
    if (scan->data != NULL) return GENREP_OK;
    genrepi_scan_close(scan);
    return GENREP_E_NOMEM;
}

void genrepi_scan_close(genrepi_scan *scan) {
    if (scan->ctx == NULL) return;
    genrepi_free(scan->ctx, scan->data);
    genrepi_reader_close(scan->reader);
    *scan = (genrepi_scan){0};
}

/* Brings the reader back to the end of the window, after a read that failed with part of it done.
 */
static int32_t find_again(genrepi_scan *scan) {
    int64_t missing = scan->before + (int64_t)scan->end;
    int32_t status = genrepi_reader_rewind(scan->reader);
    while (status == GENREP_OK && missing > 0) {
        char *to = scan->data + scan->end; /* there is room: the window was moved before */
        size_t wanted = scan->capacity - scan->end, got = 0;
        if ((int64_t)wanted > missing) wanted = (size_t)missing;
        status = genrepi_reader_read(scan->reader, to, wanted, &got);
        missing -= (int64_t)got;
        if (status == GENREP_OK && got < wanted)
            return genrepi_fail(scan->ctx, GENREP_E_FORMAT, "%s is shorter than it was",
                                genrepi_reader_name(scan->reader));
    }
    if (status == GENREP_OK) scan->lost = 0;
    return status;
}

int32_t genrepi_scan_fill(genrepi_scan *scan, size_t bytes) {
    size_t left = scan->end - scan->at;
    if (scan->at > 0) {
        memmove(scan->data, scan->data + scan->at, left);
        scan->before += (int64_t)scan->at;
        scan->at = 0;
        scan->end = left;
    }
    if (bytes > scan->capacity) {
        size_t capacity = bytes + WINDOW;
        char *data = genrepi_realloc(scan->ctx, scan->data, (int64_t)capacity, 1);
        if (data == NULL) return GENREP_E_NOMEM;
        scan->data = data;
        scan->capacity = capacity;
    }
    size_t wanted = scan->capacity - scan->end, got = 0;
    int32_t status = scan->lost ? find_again(scan) : GENREP_OK;
    if (status == GENREP_OK)
        status = genrepi_reader_read(scan->reader, scan->data + scan->end, wanted, &got);
    if (status != GENREP_OK) {
        scan->lost = 1;
        return status;
    }
    scan->end += got;
    scan->ended = got < wanted;
    return GENREP_OK;
}

int32_t genrepi_scan_seek(genrepi_scan *scan, int64_t offset) {
    int32_t status = GENREP_OK;
    if (offset < genrepi_scan_offset(scan)) {
        status = genrepi_reader_rewind(scan->reader);
        scan->at = scan->end = 0;
        scan->before = 0;
        scan->ended = 0;
        scan->lost = status != GENREP_OK;
    }
    while (status == GENREP_OK) {
        int64_t missing = offset - genrepi_scan_offset(scan);
        size_t have = scan->end - scan->at;
        if (missing <= (int64_t)have) {
            scan->at += (size_t)missing;
            return GENREP_OK;
        }
        scan->at = scan->end;
        if (scan->ended)
            return genrepi_fail(scan->ctx, GENREP_E_FORMAT, "%s ends before byte %lld",
                                genrepi_reader_name(scan->reader), (long long)offset);
        status = genrepi_scan_fill(scan, 1);
    }
    return status;
}

int32_t genrepi_scan_line(genrepi_scan *scan, size_t limit, const char **line, size_t *bytes) {
    int32_t status = genrepi_scan_need(scan, limit + 1);
    if (status != GENREP_OK) return status;
    const char *begin = scan->data + scan->at;
    size_t have = scan->end - scan->at;
    if (have == 0) {
        *line = NULL;
        *bytes = 0;
        return GENREP_OK;
    }
    const char *newline = memchr(begin, '\n', have < limit + 1 ? have : limit + 1);
    if (newline == NULL && have > limit)
        return genrepi_fail(scan->ctx, GENREP_E_FORMAT, "%s: a line is longer than %zu bytes",
                            genrepi_reader_name(scan->reader), limit);
    *line = begin;
    *bytes = newline != NULL ? (size_t)(newline - begin) : have;
    scan->at += *bytes + (newline != NULL);
    return GENREP_OK;
}
