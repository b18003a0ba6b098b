/* Mapping files. */
#include <io/map.h>

#include <errno.h>
#include <fcntl.h>
#include <io/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int32_t genrepi_map_open(genrep_ctx *ctx, const char *path, genrepi_map *map) {
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return genrepi_io_fail(ctx, "open", path, errno);
    int32_t status = GENREP_OK;
    void *bytes = MAP_FAILED;
    if (fstat(fd, &info) != 0)
        status = genrepi_io_fail(ctx, "map", path, errno);
    else if (!S_ISREG(info.st_mode) || info.st_size < 1 || (uint64_t)info.st_size > SIZE_MAX / 2)
        status = genrepi_fail(ctx, GENREP_E_FORMAT,
                              "cannot map '%s': it is empty, or not a regular file", path);
    if (status == GENREP_OK) {
        bytes = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_SHARED, fd, 0);
        if (bytes == MAP_FAILED) status = genrepi_io_fail(ctx, "map", path, errno);
    }
    close(fd); /* the map stays */
    if (status == GENREP_OK) *map = (genrepi_map){bytes, info.st_size};
    return status;
}

void genrepi_map_close(genrepi_map *map) {
    if (map->bytes != NULL) munmap(map->bytes, (size_t)map->size);
    *map = (genrepi_map){0};
}
