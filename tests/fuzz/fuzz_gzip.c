/* Streams: what comes out does not depend on how many bytes are asked for at a time. */
#include "fuzz.h"

#include <io/file.h>
#include <stdlib.h>
#include <string.h>

#define MOST (1 << 20) /* bytes that are compared */

/* Reads in steps; returns the bytes read, at most MOST. */
static size_t read_in_steps(genrepi_reader *reader, size_t step, uint8_t *to, int32_t *status) {
    size_t used = 0, got = step;
    *status = 0;
    while (*status == 0 && got == step && used + step <= MOST) {
        *status = genrepi_reader_read(reader, to + used, step, &got);
        fuzz_check_status(*status);
        FUZZ_CHECK(*status != 0 || got <= step);
        if (*status == 0) used += got;
    }
    return used;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static uint8_t once[MOST], again[MOST];
    static const size_t steps[] = {64, 4096, MOST};
    genrepi_reader *reader;
    int32_t status = genrepi_reader_memory(fuzz_ctx(), bytes, size, &reader), first;
    fuzz_check_status(status);
    if (status != 0) return 0;
    size_t n = read_in_steps(reader, steps[0], once, &first);
    for (int i = 1; i < 3 && first == 0; i++) {
        fuzz_check_status(genrepi_reader_rewind(reader));
        size_t m = read_in_steps(reader, steps[i], again, &status);
        if (status == 0 && n < MOST && m < MOST) FUZZ_CHECK(n == m);
        FUZZ_CHECK(memcmp(once, again, n < m ? n : m) == 0);
    }
    genrepi_reader_close(reader);
    return 0;
}
