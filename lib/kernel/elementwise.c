/* Long arrays in pieces on all threads. */
#include <base/pool.h>
#include <kernel/elementwise.h>

#define WAVE 256 /* pieces whose sums are kept at once, on the stack */

typedef struct pieces {
    const genrepi_kernels *kernels;
    const void *state;
    genrepi_piece *map;
    genrepi_piece_sum *sum;
    int64_t begin, end;
    double *sums;
} pieces;

static void run_piece(void *argument, int64_t i) {
    const pieces *p = argument;
    int64_t begin = p->begin + i * GENREPI_PIECE, end = begin + GENREPI_PIECE;
    if (end > p->end) end = p->end;
    if (p->map != NULL)
        p->map(p->kernels, p->state, begin, end);
    else
        p->sums[i] = p->sum(p->kernels, p->state, begin, end);
}

static int64_t count_pieces(int64_t n) {
    return (n + GENREPI_PIECE - 1) / GENREPI_PIECE;
}

double genrepi_sum_pieces(genrep_ctx *ctx, int64_t n, genrepi_piece_sum *body, const void *state) {
    double sums[WAVE], total = 0;
    pieces p = {.kernels = ctx->kernels, .state = state, .sum = body, .end = n, .sums = sums};
    for (; p.begin < n; p.begin += WAVE * GENREPI_PIECE) {
        int64_t count = count_pieces(n - p.begin);
        if (count > WAVE) count = WAVE;
        genrepi_parallel(ctx, count, run_piece, &p);
        for (int64_t i = 0; i < count; i++) total += sums[i];
    }
    return total;
}

void genrepi_map_pieces(genrep_ctx *ctx, int64_t n, genrepi_piece *body, const void *state) {
    pieces p = {.kernels = ctx->kernels, .state = state, .map = body, .end = n};
    genrepi_parallel(ctx, count_pieces(n), run_piece, &p);
}
