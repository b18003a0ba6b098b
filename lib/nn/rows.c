/* Work over rows and elements on all threads: blocks of a size that only the shape decides. */
#include <base/pool.h>
#include <nn/leaf.h>
#include <string.h>

static int64_t rows_in_block(int64_t cols) {
    if (cols >= GENREPI_PIECE) return 1;
    return cols > 1 ? GENREPI_PIECE / cols : GENREPI_PIECE;
}

typedef struct map_state {
    const genrepi_kernels *k;
    genrepi_piece *body;
    const void *state;
} map_state;

static void map_task(void *argument, int64_t begin, int64_t end) {
    const map_state *map = argument;
    map->body(map->k, map->state, begin, end);
}

void genrepi_map_rows(genrep_ctx *ctx, int64_t rows, int64_t cols, genrepi_piece *body,
                      const void *state) {
    map_state map = {ctx->kernels, body, state};
    genrepi_parallel_range(ctx, rows, rows_in_block(cols), map_task, &map);
}

typedef struct sum_state {
    const genrepi_kernels *k;
    genrepi_rows_sum *body;
    const void *state;
    int64_t block, width;
    real *sums;
} sum_state;

static void sum_task(void *argument, int64_t begin, int64_t end) {
    const sum_state *sum = argument;
    real *sums = sum->sums + begin / sum->block * sum->width;
    memset(sums, 0, (size_t)sum->width * sizeof(real));
    sum->body(sum->k, sum->state, begin, end, sums);
}

int32_t genrepi_sum_rows(genrep_ctx *ctx, int64_t rows, int64_t cols, int64_t width,
                         genrepi_rows_sum *body, const void *state, real *total) {
    if (rows == 0 || width == 0) return 0;
    int64_t block = rows_in_block(cols), blocks = (rows + block - 1) / block;
    real *sums = genrepi_scratch_get(ctx, (size_t)(blocks * width) * sizeof(real));
    if (sums == NULL) return GENREP_E_NOMEM;
    sum_state sum = {ctx->kernels, body, state, block, width, sums};
    genrepi_parallel_range(ctx, rows, block, sum_task, &sum);
    for (int64_t j = 0; j < width; j++) {
        double add = 0;
        for (int64_t b = 0; b < blocks; b++) add += (double)sums[b * width + j];
        total[j] += (real)add;
    }
    genrepi_scratch_put(ctx, sums);
    return 0;
}

void genrepi_map_forward(genrepi_call *call, genrepi_piece *body, real parameter) {
    genrepi_pointwise state = {genrepi_real_read(call->in[0]), NULL, genrepi_real(call->out[0]),
                               parameter};
    genrepi_map_pieces(call->ctx, call->out[0]->count, body, &state);
}

void genrepi_map_backward(genrepi_call *call, genrepi_piece *body, const genrep_tensor *from,
                          real parameter) {
    if (call->d_in[0] == NULL) return;
    genrepi_pointwise state = {genrepi_real_read(from), genrepi_real_read(call->d_out[0]),
                               genrepi_real(call->d_in[0]), parameter};
    genrepi_map_pieces(call->ctx, call->d_in[0]->count, body, &state);
}

static void copy_piece(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const genrepi_pointwise *s = opaque;
    (void)k;
    memcpy(s->y + begin, s->x + begin, (size_t)(end - begin) * sizeof(real));
}

void genrepi_copy_real(genrep_ctx *ctx, int64_t n, const real *from, real *to) {
    genrepi_pointwise state = {from, NULL, to, 0};
    genrepi_map_pieces(ctx, n, copy_piece, &state);
}
