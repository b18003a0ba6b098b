/* Runs of images. */
#include <kernel/patches.h>
#include <string.h>

static int64_t divide_up(int64_t a, int64_t b) {
    return a <= 0 ? 0 : (a + b - 1) / b;
}

/* Adds a run; zeros behind zeros are one. */
static int32_t add(genrepi_run *runs, int32_t count, int64_t from, int32_t at, int64_t n) {
    if (n <= 0) return count;
    if (from < 0 && count > 0 && runs[count - 1].from < 0)
        runs[count - 1].n += (int32_t)n;
    else
        runs[count++] = (genrepi_run){from, at, (int32_t)n};
    return count;
}

int32_t genrepi_patch_runs(const genrepi_grid *g, int64_t y, int64_t x, int64_t begin, int64_t n,
                           genrepi_run *runs) {
    int64_t col = begin % g->cols, row = begin / g->cols % g->rows,
            sample = begin / g->cols / g->rows;
    int32_t count = 0;
    for (int64_t at = 0; at < n; col = 0) {
        const int64_t length = g->cols - col < n - at ? g->cols - col : n - at;
        const int64_t i = row * g->step_height + y, j = col * g->step_width + x;
        /* columns first .. last of the row's piece are inside */
        int64_t first = divide_up(-j, g->step_width), last = divide_up(g->width - j, g->step_width);
        if (i < 0 || i >= g->height) last = 0;
        if (last > length) last = length;
        if (first > last) first = last;
        const int64_t from =
            (sample * g->channels * g->height + i) * g->width + j + first * g->step_width;
        count = add(runs, count, -1, (int32_t)at, first);
        count = add(runs, count, from, (int32_t)(at + first), last - first);
        count = add(runs, count, -1, (int32_t)(at + last), length - last);
        at += length;
        if (++row == g->rows) row = 0, sample++;
    }
    return count;
}

/* Runs are short: pieces of fixed length cost no call. */
static void copy(const real *from, int32_t n, real *to) {
    int32_t i = 0;
    for (; i + 16 <= n; i += 16) memcpy(to + i, from + i, 16 * sizeof *to);
    if (i + 8 <= n) memcpy(to + i, from + i, 8 * sizeof *to), i += 8;
    if (i + 4 <= n) memcpy(to + i, from + i, 4 * sizeof *to), i += 4;
    for (; i < n; i++) to[i] = from[i];
}

static void clear(int32_t n, real *to) {
    int32_t i = 0;
    for (; i + 8 <= n; i += 8) memset(to + i, 0, 8 * sizeof *to);
    for (; i < n; i++) to[i] = 0;
}

void genrepi_patch_copy(const genrepi_run *runs, int32_t n, const real *source, int64_t step,
                        real *to) {
    for (const genrepi_run *run = runs, *end = runs + n; run < end; run++) {
        real *target = to + run->at;
        if (run->from < 0) {
            clear(run->n, target);
        } else if (step == 1) {
            copy(source + run->from, run->n, target);
        } else {
            const real *from = source + run->from;
            for (int32_t i = 0; i < run->n; i++) target[i] = from[i * step];
        }
    }
}
