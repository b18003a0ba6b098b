/* Fixed linear maps of images: see images.h. */
#include <base/pool.h>
#include <nn/images.h>
#include <string.h>

genrepi_images genrepi_images_of(const genrepi_call *call, int64_t planes) {
    const genrepi_shape *x = &call->in[0]->shape, *y = &call->out[0]->shape;
    genrepi_images images = {.k = call->ctx->kernels,
                             .options = call->layer->options,
                             .height = x->size[2],
                             .width = x->size[3],
                             .out_height = y->size[2],
                             .out_width = y->size[3]};
    if (call->in[0]->count == 0 && call->out[0]->count == 0) return images;
    images.blocks = x->size[0] * (x->size[1] / planes);
    images.in = call->in[0]->count / images.blocks;
    images.out = call->out[0]->count / images.blocks;
    return images;
}

void genrepi_images_parallel(genrep_ctx *ctx, const genrepi_images *images,
                             void (*body)(void *state, int64_t begin, int64_t end), void *state) {
    const int64_t elements = images->in > images->out ? images->in : images->out;
    const int64_t grain = elements >= GENREPI_PIECE ? 1 : GENREPI_PIECE / (elements + 1) + 1;
    genrepi_parallel_range(ctx, images->blocks, grain, body, state);
}

typedef struct map_state {
    genrepi_images images;
    genrepi_image_map *map;
    const real *from;
    real *to;
    int64_t step, to_step;
} map_state;

static void map_blocks(void *argument, int64_t begin, int64_t end) {
    const map_state *s = argument;
    for (int64_t i = begin; i < end; i++)
        s->map(&s->images, s->from + i * s->step, s->to + i * s->to_step);
}

int32_t genrepi_images_forward(genrepi_call *call, int64_t planes, genrepi_image_map *map) {
    map_state s = {.images = genrepi_images_of(call, planes),
                   .map = map,
                   .from = genrepi_real_read(call->in[0]),
                   .to = genrepi_real(call->out[0])};
    s.step = s.images.in;
    s.to_step = s.images.out;
    genrepi_images_parallel(call->ctx, &s.images, map_blocks, &s);
    return 0;
}

int32_t genrepi_images_backward(genrepi_call *call, int64_t planes, genrepi_image_map *adjoint) {
    if (call->d_in[0] == NULL) return 0;
    map_state s = {.images = genrepi_images_of(call, planes),
                   .map = adjoint,
                   .from = genrepi_real_read(call->d_out[0]),
                   .to = genrepi_real(call->d_in[0])};
    s.step = s.images.out;
    s.to_step = s.images.in;
    genrepi_images_parallel(call->ctx, &s.images, map_blocks, &s);
    return 0;
}

int32_t genrepi_images_shape(const genrep_layer *layer, const genrepi_shape *in,
                             genrepi_shape *out) {
    *out = *in;
    if (in->rank < 0) {
        *out = (genrepi_shape){4, {-1, -1, -1, -1}};
        return 0;
    }
    if (in->rank != 4) return genrepi_fail_shape(layer, in, "batch x channels x height x width");
    for (int i = 1; i < 4; i++)
        if ((double)in->size[i] > GENREPI_MAX_SIZE)
            return genrepi_fail_shape(layer, in, "sizes below 2^31");
    return 0;
}

void genrepi_interleave(int64_t n, const real *a, const real *b, real *restrict y) {
    for (int64_t j = 0; j < n; j++) {
        y[2 * j] = a[j];
        y[2 * j + 1] = b[j];
    }
}

static void fill_row(const genrepi_kernels *k, const genrepi_tiles *t, const real *x,
                     real *restrict y) {
    const int64_t n = t->width, cols = t->cols;
    const real a = t->scale;
    if (cols == 1) {
        k->scale(n, a, x, y);
    } else if (cols == 2) {
        for (int64_t j = 0; j < n; j++) y[2 * j] = y[2 * j + 1] = a * x[j];
    } else {
        for (int64_t j = 0; j < n; j++)
            for (int64_t c = 0; c < cols; c++) y[j * cols + c] = a * x[j];
    }
}

void genrepi_tiles_fill(const genrepi_kernels *k, const genrepi_tiles *tiles, const real *x,
                        real *y) {
    const int64_t wide = tiles->wide, used = tiles->width * tiles->cols;
    for (int64_t i = 0; i < tiles->height; i++) {
        real *row = y + i * tiles->rows * wide;
        fill_row(k, tiles, x + i * tiles->width, row);
        for (int64_t r = 1; r < tiles->rows; r++)
            memcpy(row + r * wide, row, (size_t)used * sizeof *row);
    }
}

/* x += the sums along a row of y. */
static void sum_row(const genrepi_kernels *k, const genrepi_tiles *t, const real *y,
                    real *restrict x) {
    const int64_t n = t->width, cols = t->cols;
    if (cols == 1) {
        k->axpy(n, 1, y, x);
    } else if (cols == 2) {
        for (int64_t j = 0; j < n; j++) x[j] += y[2 * j] + y[2 * j + 1];
    } else {
        for (int64_t j = 0; j < n; j++) {
            real sum = 0;
            for (int64_t c = 0; c < cols; c++) sum += y[j * cols + c];
            x[j] += sum;
        }
    }
}

void genrepi_tiles_sum(const genrepi_kernels *k, const genrepi_tiles *tiles, const real *y,
                       real *x) {
    for (int64_t i = 0; i < tiles->height; i++) {
        real *row = x + i * tiles->width;
        memset(row, 0, (size_t)tiles->width * sizeof *row);
        for (int64_t r = 0; r < tiles->rows; r++)
            sum_row(k, tiles, y + (i * tiles->rows + r) * tiles->wide, row);
        if (tiles->scale != 1) k->scale(tiles->width, tiles->scale, row, row);
    }
}
