/* Padding of planes, plane by plane on all threads. */
#include <base/pool.h>
#include <nn/padding.h>
#include <string.h>

int64_t genrepi_pad_source(int32_t mode, int64_t at, int64_t size) {
    if (at >= 0 && at < size) return at;
    switch (mode) {
    case GENREPI_PAD_REFLECT:
        return at < 0 ? -at : 2 * (size - 1) - at;
    case GENREPI_PAD_REPLICATE:
        return at < 0 ? 0 : size - 1;
    case GENREPI_PAD_CIRCULAR:
        return at < 0 ? at + size : at - size;
    default:
        return -1;
    }
}

int32_t genrepi_pad_check(const genrep_layer *layer, int32_t mode, int64_t size, int64_t before,
                          int64_t behind) {
    const int64_t most = before > behind ? before : behind;
    if (size < 0) return 0;
    if (mode == GENREPI_PAD_REFLECT && most >= size)
        return genrepi_layer_fail(layer, GENREP_E_INVALID,
                                  "%lld elements can be reflected by %lld at most, not by %lld",
                                  (long long)size, (long long)(size - 1), (long long)most);
    if (mode == GENREPI_PAD_CIRCULAR && most > size)
        return genrepi_layer_fail(layer, GENREP_E_INVALID,
                                  "%lld elements can go round by %lld at most, not by %lld",
                                  (long long)size, (long long)size, (long long)most);
    if (mode == GENREPI_PAD_REPLICATE && size == 0)
        return genrepi_layer_fail(layer, GENREP_E_INVALID, "there is nothing to replicate");
    return 0;
}

typedef struct pad_state {
    const genrepi_kernels *k;
    const genrepi_padding *p;
    const real *from;
    real *to;
} pad_state;

static int64_t grain(const genrepi_padding *p) {
    const int64_t size = (p->height + p->top + p->bottom) * (p->width + p->left + p->right);
    return size >= GENREPI_PIECE ? 1 : GENREPI_PIECE / (size + 1) + 1;
}

static void pad_row(const genrepi_padding *p, const real *x, real *y) {
    for (int64_t j = 0; j < p->left; j++) {
        const int64_t from = genrepi_pad_source(p->mode, j - p->left, p->width);
        y[j] = from < 0 ? p->value : x[from];
    }
    memcpy(y + p->left, x, (size_t)p->width * sizeof *y);
    for (int64_t j = 0; j < p->right; j++) {
        const int64_t from = genrepi_pad_source(p->mode, p->width + j, p->width);
        y[p->left + p->width + j] = from < 0 ? p->value : x[from];
    }
}

static void pad_planes(void *argument, int64_t begin, int64_t end) {
    const pad_state *s = argument;
    const genrepi_padding *p = s->p;
    const int64_t width = p->left + p->width + p->right, height = p->top + p->height + p->bottom;
    for (int64_t plane = begin; plane < end; plane++)
        for (int64_t i = 0; i < height; i++) {
            const int64_t from = genrepi_pad_source(p->mode, i - p->top, p->height);
            real *row = s->to + (plane * height + i) * width;
            if (from < 0)
                s->k->fill(width, p->value, row);
            else
                pad_row(p, s->from + (plane * p->height + from) * p->width, row);
        }
}

void genrepi_pad(genrep_ctx *ctx, const genrepi_padding *padding, const real *x, real *y) {
    pad_state state = {ctx->kernels, padding, x, y};
    genrepi_parallel_range(ctx, padding->planes, grain(padding), pad_planes, &state);
}

static void add_row(const genrepi_kernels *k, const genrepi_padding *p, const real *dy, real *dx) {
    k->axpy(p->width, 1, dy + p->left, dx);
    for (int64_t j = 0; j < p->left; j++) {
        const int64_t to = genrepi_pad_source(p->mode, j - p->left, p->width);
        if (to >= 0) dx[to] += dy[j];
    }
    for (int64_t j = 0; j < p->right; j++) {
        const int64_t to = genrepi_pad_source(p->mode, p->width + j, p->width);
        if (to >= 0) dx[to] += dy[p->left + p->width + j];
    }
}

static void add_planes(void *argument, int64_t begin, int64_t end) {
    const pad_state *s = argument;
    const genrepi_padding *p = s->p;
    const int64_t width = p->left + p->width + p->right, height = p->top + p->height + p->bottom;
    for (int64_t plane = begin; plane < end; plane++) {
        real *to = s->to + plane * p->height * p->width;
        memset(to, 0, (size_t)(p->height * p->width) * sizeof *to);
        for (int64_t i = 0; i < height; i++) {
            const int64_t row = genrepi_pad_source(p->mode, i - p->top, p->height);
            if (row >= 0)
                add_row(s->k, p, s->from + (plane * height + i) * width, to + row * p->width);
        }
    }
}

void genrepi_pad_adjoint(genrep_ctx *ctx, const genrepi_padding *padding, const real *dy,
                         real *dx) {
    pad_state state = {ctx->kernels, padding, dy, dx};
    genrepi_parallel_range(ctx, padding->planes, grain(padding), add_planes, &state);
}
