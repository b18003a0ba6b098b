/* Replacing a file at once: written beside its target, synced, renamed over it.
 *
 * lib/io holds files: this, reading (reader.c), and one format a file or pair of files. */
#define _XOPEN_SOURCE 700 /* realpath() */
#include <io/file.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_BYTES 65536
#define MAX_TRIES 10000 /* names of temporary files */

/* Bytes of the folder's part of a path, its slash included; 0 if there is none. */
static size_t folder_bytes(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

static int open_folder(const char *path) {
    char folder[PATH_MAX];
    size_t bytes = folder_bytes(path);
    if (bytes == 0) return open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    memcpy(folder, path, bytes); /* path is shorter than PATH_MAX: see target() */
    folder[bytes] = 0;
    return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Where the file really is, and its permissions if it exists (else -1). */
static int32_t target(genrepi_writer *writer, const char *path, int *mode) {
    genrep_ctx *ctx = writer->ctx;
    char resolved[PATH_MAX];
    struct stat status;
    *mode = -1;
    if (path[folder_bytes(path)] == 0)
        return genrepi_fail(ctx, GENREP_E_IO, "cannot write '%s': it does not name a file", path);
    if (realpath(path, resolved)) {
        if (stat(resolved, &status) != 0) return genrepi_io_fail(ctx, "write", path, errno);
        if (!S_ISREG(status.st_mode))
            return genrepi_fail(ctx, GENREP_E_IO, "cannot write '%s': it is not a regular file",
                                path);
        *mode = (int)(status.st_mode & 0777);
        path = resolved;
    } else if (errno != ENOENT) {
        return genrepi_io_fail(ctx, "write", path, errno);
    } else if (strlen(path) >= PATH_MAX) {
        return genrepi_io_fail(ctx, "write", path, ENAMETOOLONG);
    }
    writer->path = genrepi_strdup(ctx, path);
    return writer->path ? 0 : GENREP_E_NOMEM;
}

/* A new file ".genrep-PID-N" in the same folder: the first N that is free, since a process that was
 * killed may have left one, and another process may see the same folder with the same number. */
static int32_t open_temporary(genrepi_writer *writer, int mode) {
    size_t folder = folder_bytes(writer->path), room = folder + 64;
    writer->temporary = genrepi_alloc(writer->ctx, (int64_t)room, 1);
    if (!writer->temporary) return GENREP_E_NOMEM;
    memcpy(writer->temporary, writer->path, folder);
    for (int n = 0; n < MAX_TRIES && writer->fd < 0; n++) {
        snprintf(writer->temporary + folder, 64, ".genrep-%ld-%d.tmp", (long)getpid(), n);
        /* What replaces a private file must not be readable by others for a moment either. */
        writer->fd = open(writer->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                          mode >= 0 ? 0600 : 0666);
        if (writer->fd < 0 && errno != EEXIST && errno != EINTR) break;
    }
    if (writer->fd < 0) {
        int code = errno;
        genrepi_free(writer->ctx, writer->temporary);
        writer->temporary = NULL; /* nothing of ours to unlink */
        return genrepi_io_fail(writer->ctx, "write", writer->path, code);
    }
    if (mode >= 0) (void)fchmod(writer->fd, (mode_t)mode); /* where the file system has modes */
    return 0;
}

int32_t genrepi_writer_open(genrep_ctx *ctx, const char *path, genrepi_writer *writer) {
    int mode;
    *writer = (genrepi_writer){.ctx = ctx, .fd = -1, .folder = -1};
    int32_t status = target(writer, path, &mode);
    if (status) return status;
    writer->buffer = genrepi_alloc_raw(ctx, BUFFER_BYTES, 1);
    if (!writer->buffer) status = GENREP_E_NOMEM;
    if (!status) {
        writer->folder = open_folder(writer->path);
        if (writer->folder < 0) status = genrepi_io_fail(ctx, "write", path, errno);
    }
    if (!status) status = open_temporary(writer, mode);
    if (status) genrepi_writer_abandon(writer);
    return status;
}

static void fail(genrepi_writer *writer, const char *doing, int code) {
    writer->status = genrepi_io_fail(writer->ctx, doing, writer->path, code);
}

static void write_all(genrepi_writer *writer, const uint8_t *bytes, size_t size) {
    while (size > 0 && !writer->status) {
        ssize_t n = write(writer->fd, bytes, size);
        if (n > 0) {
            bytes += n;
            size -= (size_t)n;
        } else if (n == 0) { /* POSIX allows it, then there is no errno */
            fail(writer, "write", EIO);
        } else if (errno != EINTR) {
            fail(writer, "write", errno);
        }
    }
}

static void flush(genrepi_writer *writer) {
    write_all(writer, writer->buffer, writer->used);
    writer->used = 0;
}

void genrepi_writer_add(genrepi_writer *writer, const void *bytes, size_t size) {
    if (writer->status || size == 0) return;
    writer->written += (int64_t)size;
    if (size > BUFFER_BYTES - writer->used) flush(writer);
    if (size >= BUFFER_BYTES) {
        write_all(writer, bytes, size);
    } else {
        memcpy(writer->buffer + writer->used, bytes, size);
        writer->used += size;
    }
}

/* Calls fsync() until no signal interrupts it.  Returns 0 or the errno. */
static int sync_fd(int fd) {
    while (fsync(fd) != 0)
        if (errno != EINTR) return errno;
    return 0;
}

int32_t genrepi_writer_commit(genrepi_writer *writer) {
    int code;
    flush(writer);
    if (!writer->status && (code = sync_fd(writer->fd)) != 0) fail(writer, "sync", code);
    if (!writer->status) {
        int fd = writer->fd;
        writer->fd = -1; /* closed whatever close() says; it may report a late failure of a write */
        if (close(fd) != 0 && errno != EINTR) fail(writer, "write", errno);
    }
    if (!writer->status && rename(writer->temporary, writer->path) != 0)
        fail(writer, "replace", errno);
    if (!writer->status) {
        genrepi_free(writer->ctx, writer->temporary);
        writer->temporary = NULL;
        /* Some file systems cannot sync folders and say so. */
        code = sync_fd(writer->folder);
        if (code != 0 && code != EINVAL && code != ENOTSUP)
            fail(writer, "sync the folder of the new file", code);
    }
    int32_t status = writer->status;
    genrepi_writer_abandon(writer);
    return status;
}

void genrepi_writer_abandon(genrepi_writer *writer) {
    if (!writer->path) return;
    if (writer->fd >= 0) close(writer->fd);
    if (writer->folder >= 0) close(writer->folder);
    if (writer->temporary) unlink(writer->temporary);
    genrepi_free(writer->ctx, writer->temporary);
    genrepi_free(writer->ctx, writer->buffer);
    genrepi_free(writer->ctx, writer->path);
    *writer = (genrepi_writer){.fd = -1, .folder = -1};
}
