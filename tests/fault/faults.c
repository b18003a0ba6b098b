/* See faults.h. */
#include "faults.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

faults fault = {.kind = -1};
static int armed;

void fault_arm(int kind, int what, int code, int at, int times) {
    fault = (faults){.kind = kind, .what = what, .code = code, .at = at, .times = times};
    armed = 1;
}

void fault_disarm(void) {
    armed = 0;
}

/* 1 if this call is one that fails. */
static int hit(int kind) {
    if (!armed) return 0;
    int n = ++fault.calls[kind];
    if (kind != fault.kind || n < fault.at || (fault.times && n >= fault.at + fault.times))
        return 0;
    fault.happened++;
    if (fault.what == FAULT_CRASH) _exit(77);
    errno = fault.code;
    return 1;
}

int __real_open(const char *path, int flags, ...);
int __real_open64(const char *path, int flags, ...);
ssize_t __real_read(int fd, void *to, size_t size);
ssize_t __real_write(int fd, const void *from, size_t size);
int __real_fsync(int fd);
int __real_close(int fd);
int __real_rename(const char *from, const char *to);

int __wrap_open(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
ssize_t __wrap_read(int fd, void *to, size_t size);
ssize_t __wrap_write(int fd, const void *from, size_t size);
int __wrap_fsync(int fd);
int __wrap_close(int fd);
int __wrap_rename(const char *from, const char *to);

static int mode_of(int flags, va_list arguments) {
    return flags & O_CREAT ? va_arg(arguments, int) : 0;
}

int __wrap_open(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    int mode = mode_of(flags, arguments);
    va_end(arguments);
    return hit(FAULT_OPEN) ? -1 : __real_open(path, flags, mode);
}

/* What open() is called where files may be large. */
int __wrap_open64(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    int mode = mode_of(flags, arguments);
    va_end(arguments);
    return hit(FAULT_OPEN) ? -1 : __real_open64(path, flags, mode);
}

ssize_t __wrap_read(int fd, void *to, size_t size) {
    if (!hit(FAULT_READ)) return __real_read(fd, to, size);
    return fault.what == FAULT_SHORT ? __real_read(fd, to, 1) : -1;
}

ssize_t __wrap_write(int fd, const void *from, size_t size) {
    if (!hit(FAULT_WRITE)) return __real_write(fd, from, size);
    return fault.what == FAULT_SHORT     ? __real_write(fd, from, 1)
           : fault.what == FAULT_NOTHING ? 0
                                         : -1;
}

int __wrap_fsync(int fd) {
    return hit(FAULT_FSYNC) ? -1 : __real_fsync(fd);
}

/* A failed close has closed all the same, as on Linux. */
int __wrap_close(int fd) {
    int failed = hit(FAULT_CLOSE), code = errno, result = __real_close(fd);
    if (!failed) return result;
    errno = code;
    return -1;
}

int __wrap_rename(const char *from, const char *to) {
    return hit(FAULT_RENAME) ? -1 : __real_rename(from, to);
}

const char *fault_text(int code) {
    static locale_t plain;
    if (plain == (locale_t)0) plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    return strerror_l(code, plain);
}
