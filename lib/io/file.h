/* Files: reading whole or as a stream (gzip too), and replacing one at once. */
#ifndef GENREPI_IO_FILE_H
#define GENREPI_IO_FILE_H

#include <base/ctx.h>
#include <tensor/tensor.h>

/* "cannot open 'path': No such file or directory", with GENREP_E_IO; code is an errno. */
int32_t genrepi_io_fail(genrep_ctx *ctx, const char *doing, const char *path, int code);
int genrepi_ends_with(const char *path, const char *ending);

/* A file written beside its target and renamed over it by commit, after fsync of the file and of
 * its folder.  Writing collects errors; commit gives the first.  Without commit nothing is left
 * behind. An existing file's permissions are kept; a symbolic link is followed; what is not a
 * regular file is refused.  If commit fails the old file is as it was, with one exception that the
 * text names: the new file is in place, but syncing its folder failed. */
typedef struct genrepi_writer {
    genrep_ctx *ctx;
    char *path; /* NULL: not open */
    char *temporary;
    int fd, folder;
    int32_t status;
    uint8_t *buffer; /* 64 KiB */
    size_t used;
    int64_t written;
} genrepi_writer;

int32_t genrepi_writer_open(genrep_ctx *ctx, const char *path, genrepi_writer *writer);
void genrepi_writer_add(genrepi_writer *writer, const void *bytes, size_t size);
int32_t genrepi_writer_commit(genrepi_writer *writer); /* also closes */
void genrepi_writer_abandon(genrepi_writer *writer);   /* fine after commit, and on {0} */

/* A stream of bytes from a file or from memory; gzip is recognised by its first bytes and
 * decompressed (GENREP_E_UNSUPPORTED without zlib).  Errors name the file. */
typedef struct genrepi_reader genrepi_reader;
int32_t genrepi_reader_open(genrep_ctx *ctx, const char *path, genrepi_reader **out);
int32_t genrepi_reader_memory(genrep_ctx *ctx, const void *bytes, size_t size,
                              genrepi_reader **out);
/* A stream that is made as it is read; read gives less than size only at the end.  Takes the state
 * over, also on failure: close is called once. */
typedef struct genrepi_stream_ops {
    int32_t (*read)(void *state, void *to, size_t size, size_t *got);
    int32_t (*rewind)(void *state);
    void (*close)(void *state);
} genrepi_stream_ops;
int32_t genrepi_reader_stream(genrep_ctx *ctx, const char *name, const genrepi_stream_ops *ops,
                              void *state, genrepi_reader **out);
/* Up to size bytes; *got is less only at the end.  0, GENREP_E_IO or GENREP_E_FORMAT. */
int32_t genrepi_reader_read(genrepi_reader *reader, void *to, size_t size, size_t *got);
/* The same, where all of them must be there: GENREP_E_FORMAT if the end comes first. */
int32_t genrepi_reader_need(genrepi_reader *reader, void *to, size_t size);
/* GENREP_E_FORMAT if anything is left. */
int32_t genrepi_reader_end(genrepi_reader *reader);
/* Bytes from here to the end; -1 if only reading tells (gzip, pipes). */
int64_t genrepi_reader_left(const genrepi_reader *reader);
int32_t genrepi_reader_rewind(genrepi_reader *reader);
/* The rest of the stream as a tensor: there must be as many bytes as the shape wants.  Memory grows
 * with what is really there, so a header that lies cannot ask for more. */
int32_t genrepi_reader_tensor(genrepi_reader *reader, int32_t dtype, const genrepi_shape *shape,
                              genrep_tensor **out);
const char *genrepi_reader_name(const genrepi_reader *reader);
void genrepi_reader_close(genrepi_reader *reader); /* NULL is fine */

/* A whole file in memory, at most `limit` bytes; a 0 that size does not count follows.  Not
 * decompressed.  Free with genrepi_free(). */
int32_t genrepi_file_read(genrep_ctx *ctx, const char *path, int64_t limit, char **data,
                          int64_t *size);

#endif
