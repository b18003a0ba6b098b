/* Bilinear enlarging: y[i,j] is between four elements of x, in two steps.  Two rows are weighed,
 * then two columns; where they are depends on the position only, so that a piece of columns is
 * worked out once for all rows. */
#include <nn/taps.h>
#include <nn/upsample.h>
#include <string.h>

enum { MOST = GENREPI_TAPS_PIECE - 4 }; /* columns of y in a piece, even */

/* Where place `at` of y's `out` lies on x's `size`. */
static double position(const genrepi_upsample_options *o, int64_t at, int64_t size, int64_t out) {
    if (!o->align_corners) return ((double)at + 0.5) / (double)o->factor - 0.5;
    return out > 1 ? (double)at * ((double)(size - 1) / (double)(out - 1)) : 0;
}

/* Columns first..first+n-1 of y, from columns x - 1..x + x_n of x: that at `index` of those times
 * 1 - weight, and the next. */
typedef struct piece {
    int64_t first, n, x, x_n;
    int32_t halves; /* as of factor 2: weights 1/4 and 3/4, no need for those below */
    int32_t index[MOST];
    real weight[MOST];
} piece;

static void find_piece(const genrepi_images *m, int64_t first, piece *p) {
    const genrepi_upsample_options *o = m->options;
    const int64_t rest = m->out_width - first;
    int64_t at = 0;
    p->first = first;
    p->n = rest < MOST ? rest : MOST;
    p->halves = o->factor == 2 && !o->align_corners;
    p->x = (int64_t)floor(position(o, first, m->width, m->out_width)) + 1;
    for (int64_t j = p->halves ? p->n - 1 : 0; j < p->n; j++) {
        const double place = position(o, first + j, m->width, m->out_width);
        at = (int64_t)floor(place);
        p->index[j] = (int32_t)(at - p->x + 1);
        p->weight[j] = (real)(place - (double)at);
    }
    p->x_n = at + 1 - p->x;
}

static genrepi_taps taps_of(const genrepi_images *m) {
    return (genrepi_taps){
        .k = m->k, .height = m->height, .width = m->width, .mode = GENREPI_PAD_REPLICATE, .n = 2};
}

static void aim(const genrepi_images *m, int64_t row, genrepi_taps *taps) {
    const double place = position(m->options, row, m->height, m->out_height);
    taps->row[0] = (int64_t)floor(place);
    taps->row[1] = taps->row[0] + 1;
    taps->weight[1] = (real)(place - (double)taps->row[0]);
    taps->weight[0] = 1 - taps->weight[1];
}

static void spread(const piece *p, const real *t, real *restrict y) {
    const real near = (real)0.75, far = (real)0.25;
    if (p->halves) {
        for (int64_t j = 0; j < p->n / 2; j++) {
            y[2 * j] = far * t[j] + near * t[j + 1];
            y[2 * j + 1] = near * t[j + 1] + far * t[j + 2];
        }
        return;
    }
    for (int64_t j = 0; j < p->n; j++) {
        const real *at = t + p->index[j];
        y[j] = (1 - p->weight[j]) * at[0] + p->weight[j] * at[1];
    }
}

static void collect(const piece *p, const real *dy, real *restrict t) {
    const real near = (real)0.75, far = (real)0.25;
    const int64_t n = p->n / 2;
    memset(t, 0, (size_t)(p->x_n + 2) * sizeof *t);
    if (p->halves) {
        for (int64_t j = 0; j < n; j++) t[j + 1] = near * (dy[2 * j] + dy[2 * j + 1]);
        for (int64_t j = 0; j < n; j++) t[j] += far * dy[2 * j];
        for (int64_t j = 0; j < n; j++) t[j + 2] += far * dy[2 * j + 1];
        return;
    }
    for (int64_t j = 0; j < p->n; j++) {
        real *at = t + p->index[j];
        at[0] += (1 - p->weight[j]) * dy[j];
        at[1] += p->weight[j] * dy[j];
    }
}

void genrepi_bilinear(const genrepi_images *m, const real *x, real *y) {
    genrepi_taps taps = taps_of(m);
    real t[GENREPI_TAPS_PIECE];
    for (piece p = {.n = 0}; p.first + p.n < m->out_width;) {
        find_piece(m, p.first + p.n, &p);
        for (int64_t i = 0; i < m->out_height; i++) {
            aim(m, i, &taps);
            genrepi_taps_gather(&taps, x, p.x, p.x_n, t);
            spread(&p, t, y + i * m->out_width + p.first);
        }
    }
}

void genrepi_bilinear_adjoint(const genrepi_images *m, const real *dy, real *dx) {
    genrepi_taps taps = taps_of(m);
    real t[GENREPI_TAPS_PIECE];
    memset(dx, 0, (size_t)m->in * sizeof *dx);
    for (piece p = {.n = 0}; p.first + p.n < m->out_width;) {
        find_piece(m, p.first + p.n, &p);
        for (int64_t i = 0; i < m->out_height; i++) {
            aim(m, i, &taps);
            collect(&p, dy + i * m->out_width + p.first, t);
            genrepi_taps_scatter(&taps, t, p.x, p.x_n, dx);
        }
    }
}
