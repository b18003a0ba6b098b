/* A file in the memory of the process without being read: its pages come when they are touched, and
 * processes share them.  Whoever cuts the file while it is mapped ends the process that touches
 * what is gone (SIGBUS); the library's own writers never do, since they replace files whole. */
#ifndef GENREPI_IO_MAP_H
#define GENREPI_IO_MAP_H

#include <base/ctx.h>

typedef struct genrepi_map {
    void *bytes;
    int64_t size;
} genrepi_map;

int32_t genrepi_map_open(genrep_ctx *ctx, const char *path, genrepi_map *map);
void genrepi_map_close(genrepi_map *map); /* fine on {0} */

#endif
