/* A window on a stream of bytes: look ahead, take lines.  Memory stays at 64 KiB unless a caller
 * needs more at once. */
#ifndef GENREPI_TEXT_SCAN_H
#define GENREPI_TEXT_SCAN_H

#include <io/file.h>

typedef struct genrepi_scan {
    genrep_ctx *ctx;
    genrepi_reader *reader; /* owned */
    char *data;
    size_t at, end, capacity; /* not yet taken: data[at..end) */
    int64_t before;           /* bytes of the stream before data[0] */
    int32_t ended;            /* the stream has nothing behind data[end) */
    int32_t lost;             /* a read failed: the reader may be anywhere */
} genrepi_scan;

/* Takes the reader over, also on failure. */
int32_t genrepi_scan_open(genrep_ctx *ctx, genrepi_reader *reader, genrepi_scan *scan);
void genrepi_scan_close(genrepi_scan *scan); /* fine on {0} */

/* Makes end - at at least `bytes`; less only at the end of the stream. */
int32_t genrepi_scan_fill(genrepi_scan *scan, size_t bytes);
static inline int32_t genrepi_scan_need(genrepi_scan *scan, size_t bytes) {
    if (scan->end - scan->at >= bytes || scan->ended) return GENREP_OK;
    return genrepi_scan_fill(scan, bytes);
}

/* Bytes taken so far, and going back or ahead to such a place (by reading, since a .gz has no other
 * way).  GENREP_E_FORMAT if the stream is shorter. */
static inline int64_t genrepi_scan_offset(const genrepi_scan *scan) {
    return scan->before + (int64_t)scan->at;
}
int32_t genrepi_scan_seek(genrepi_scan *scan, int64_t offset);

/* Takes a line: *line is borrowed until the next call, without its newline; NULL at the end.  A
 * line of more than `limit` bytes is refused with GENREP_E_FORMAT. */
int32_t genrepi_scan_line(genrepi_scan *scan, size_t limit, const char **line, size_t *bytes);

#endif
