/* Weighted sums of rows: see taps.h. */
#include <nn/taps.h>
#include <string.h>

void genrepi_taps_gather(const genrepi_taps *taps, const real *x, int64_t first, int64_t n,
                         real *t) {
    const int64_t left = genrepi_pad_source(taps->mode, first - 1, taps->width),
                  right = genrepi_pad_source(taps->mode, first + n, taps->width);
    memset(t, 0, (size_t)(n + 2) * sizeof *t);
    for (int32_t i = 0; i < taps->n; i++) {
        const int64_t source = genrepi_pad_source(taps->mode, taps->row[i], taps->height);
        if (source < 0) continue;
        const real *row = x + source * taps->width;
        if (left >= 0) t[0] += taps->weight[i] * row[left];
        taps->k->axpy(n, taps->weight[i], row + first, t + 1);
        if (right >= 0) t[n + 1] += taps->weight[i] * row[right];
    }
}

void genrepi_taps_scatter(const genrepi_taps *taps, const real *t, int64_t first, int64_t n,
                          real *dx) {
    const int64_t left = genrepi_pad_source(taps->mode, first - 1, taps->width),
                  right = genrepi_pad_source(taps->mode, first + n, taps->width);
    for (int32_t i = 0; i < taps->n; i++) {
        const int64_t source = genrepi_pad_source(taps->mode, taps->row[i], taps->height);
        if (source < 0) continue;
        real *row = dx + source * taps->width;
        if (left >= 0) row[left] += taps->weight[i] * t[0];
        taps->k->axpy(n, taps->weight[i], t + 1, row + first);
        if (right >= 0) row[right] += taps->weight[i] * t[n + 1];
    }
}
