/* Files: reading whole or as a stream (gzip too), and replacing one at once. */
#ifndef GENREPI_IO_FILE_H
#define GENREPI_IO_FILE_H

#include <base/ctx.h>

/* A file written beside its target and renamed over it by commit, after fsync of the file and of its
 * folder.  Writing collects errors; commit gives the first.  Without commit nothing is left behind. */
typedef struct genrepi_writer {
    genrep_ctx *ctx;
    char *path, *temporary;
    int fd;
    int32_t status;
    uint8_t *buffer; /* 64 KiB */
    size_t used;
    int64_t written;
} genrepi_writer;

int32_t genrepi_writer_open(genrep_ctx *ctx, const char *path, genrepi_writer *writer);
void genrepi_writer_add(genrepi_writer *writer, const void *bytes, size_t size);
int32_t genrepi_writer_commit(genrepi_writer *writer); /* also closes */
void genrepi_writer_abandon(genrepi_writer *writer);   /* fine after commit, and on {0} */

/* A stream of bytes from a file or a .gz (recognised by its first bytes), or from memory. */
typedef struct genrepi_reader genrepi_reader;
int32_t genrepi_reader_open(genrep_ctx *ctx, const char *path, genrepi_reader **out);
int32_t genrepi_reader_memory(genrep_ctx *ctx, const void *bytes, size_t size, genrepi_reader **out);
/* Up to size bytes; *got is less only at the end.  0, GENREP_E_IO or GENREP_E_FORMAT. */
int32_t genrepi_reader_read(genrepi_reader *reader, void *to, size_t size, size_t *got);
int32_t genrepi_reader_rewind(genrepi_reader *reader);
const char *genrepi_reader_name(const genrepi_reader *reader);
void genrepi_reader_close(genrepi_reader *reader); /* NULL is fine */

/* A whole file in memory, at most `limit` bytes. */
int32_t genrepi_file_read(genrep_ctx *ctx, const char *path, int64_t limit, char **data,
                          int64_t *size);

#endif
