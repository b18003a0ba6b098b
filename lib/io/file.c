/* What the other files here share: errors of the operating system, and whole files in memory. */
#include <io/file.h>

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int32_t genrepi_io_fail(genrep_ctx *ctx, const char *doing, const char *path, int code) {
    /* In the C locale: texts are in one language and in UTF-8, whatever the host's locale is. */
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    int32_t status =
        plain != (locale_t)0
            ? genrepi_fail(ctx, GENREP_E_IO, "cannot %s '%s': %s", doing, path,
                           strerror_l(code, plain))
            : genrepi_fail(ctx, GENREP_E_IO, "cannot %s '%s': error %d", doing, path, code);
    if (plain != (locale_t)0) freelocale(plain);
    return status;
}

int genrepi_ends_with(const char *path, const char *ending) {
    size_t n = strlen(path), m = strlen(ending);
    return n >= m && strcmp(path + n - m, ending) == 0;
}

/* The size the system gives is a hint: pipes have none, and a file may grow meanwhile. */
static int32_t read_all(genrep_ctx *ctx, int fd, const char *path, int64_t limit, char **data,
                        int64_t *size) {
    struct stat info;
    if (fstat(fd, &info) != 0) return genrepi_io_fail(ctx, "read", path, errno);
    int64_t room = S_ISREG(info.st_mode) && info.st_size > 0 ? info.st_size : 65535;
    room = (room < limit ? room : limit) + 1; /* one more: to see the end, and for the 0 */
    int64_t used = 0;
    int32_t status = GENREP_E_NOMEM;
    char *bytes = genrepi_alloc_raw(ctx, room, 1);
    if (!bytes) return GENREP_E_NOMEM;
    for (;;) {
        ssize_t n = read(fd, bytes + used, (size_t)(room - used));
        if (n == 0) break;
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            status = genrepi_io_fail(ctx, "read", path, errno);
            goto failed;
        }
        used += n;
        if (used > limit) {
            status = genrepi_fail(ctx, GENREP_E_FORMAT, "'%s' is larger than %lld bytes", path,
                                  (long long)limit);
            goto failed;
        }
        if (used == room) {
            room = 2 * room <= limit ? 2 * room : limit + 1;
            char *more = genrepi_realloc(ctx, bytes, room, 1);
            if (!more) goto failed;
            bytes = more;
        }
    }
    bytes[used] = 0;
    *data = bytes;
    *size = used;
    return 0;
failed:
    genrepi_free(ctx, bytes);
    return status;
}

int32_t genrepi_file_read(genrep_ctx *ctx, const char *path, int64_t limit, char **data,
                          int64_t *size) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return genrepi_io_fail(ctx, "open", path, errno);
    int32_t status = read_all(ctx, fd, path, limit, data, size);
    close(fd);
    return status;
}
