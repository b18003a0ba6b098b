/* Batches through the full softmax, tile by tile of the vocabulary. */
#include <text/softmax.h>
#include <base/pool.h>
#include <kernel/gemm.h>
#include <kernel/kernel.h>
#include <math.h>

enum { LANES = 16, ROWS_AT_ONCE = 1024 };

static void set_biases(const genrep_vocab *vocab, const genrepi_softmax *s) {
    double total = 0;
    for (int64_t i = 0; i < s->words; i++)
        total += vocab->counts[i] > 0 ? (double)vocab->counts[i] : 0.5;
    for (int64_t i = 0; i < s->words; i++) {
        const double count = vocab->counts[i] > 0 ? (double)vocab->counts[i] : 0.5;
        genrepi_real(s->table)[i * s->stride + s->inputs] = (real)log(count / total);
    }
}

int32_t genrepi_softmax_init(const genrep_vocab *vocab, int64_t inputs, int64_t most_rows,
                             int64_t memory, genrepi_softmax *s) {
    genrep_ctx *ctx = vocab->ctx;
    *s = (genrepi_softmax){.ctx = ctx,
                           .words = vocab->words.count,
                           .inputs = inputs,
                           .stride = (inputs + LANES) / LANES * LANES,
                           .most_rows = most_rows};
    const int64_t fit = memory / (int64_t)sizeof(real) / most_rows / LANES * LANES;
    s->tile = fit < LANES ? LANES : fit < s->words ? fit : s->words;
    genrepi_shape shape = genrepi_shape_of(2, (const int64_t[]){s->words, s->stride});
    int32_t status = genrepi_tensor_new(ctx, GENREPI_REAL, &shape, 1, &s->table);
    if (status == GENREP_OK) {
        s->scores = genrepi_alloc_raw(ctx, most_rows * s->tile, sizeof *s->scores);
        s->scaled = genrepi_alloc_raw(ctx, most_rows * s->stride, sizeof *s->scaled);
        s->tops = genrepi_alloc(ctx, most_rows, sizeof *s->tops);
        s->sums = genrepi_alloc(ctx, most_rows, sizeof *s->sums);
        s->targets = genrepi_alloc(ctx, most_rows, sizeof *s->targets);
        if (s->scores == NULL || s->scaled == NULL || s->tops == NULL || s->sums == NULL ||
            s->targets == NULL)
            status = GENREP_E_NOMEM;
    }
    if (status != GENREP_OK) {
        genrepi_softmax_free(s);
        return status;
    }
    set_biases(vocab, s);
    return GENREP_OK;
}

void genrepi_softmax_free(genrepi_softmax *s) {
    if (s->ctx == NULL) return;
    void *all[] = {s->scores, s->scaled, s->tops, s->sums, s->targets};
    genrepi_tensor_unref(s->table);
    for (int32_t i = 0; i < GENREPI_COUNT(all); i++) genrepi_free(s->ctx, all[i]);
    *s = (genrepi_softmax){0};
}

/* A batch and the tile at work: words first .. first + width - 1. */
typedef struct batch {
    genrepi_softmax *softmax;
    const real *h;
    const int32_t *targets;
    real *dh;
    int64_t n, first, width;
    real decay; /* what weights are multiplied with */
    real rate;
} batch;

static int32_t tile_scores(const batch *b) {
    const genrepi_softmax *s = b->softmax;
    return genrepi_gemm(s->ctx, 0, 1, b->n, b->width, s->stride, 1, b->h, s->stride,
                        genrepi_real_read(s->table) + b->first * s->stride, s->stride, 0, s->scores,
                        s->tile);
}

/* Scores become exp(score - top), the top being the greatest so far: what was summed up below
 * another top is brought along. */
static void sum_row(void *argument, int64_t i) {
    const batch *b = argument;
    const genrepi_softmax *s = b->softmax;
    const genrepi_kernels *k = s->ctx->kernels;
    real *scores = s->scores + i * s->tile;
    const int64_t target = b->targets[i] - b->first;
    if (target >= 0 && target < b->width) s->targets[i] = scores[target];
    const real top = k->max(b->width, scores);
    if (b->first == 0) {
        s->tops[i] = top;
        s->sums[i] = k->exp_sum(b->width, top, scores, scores);
    } else {
        const real greater = top > s->tops[i] ? top : s->tops[i];
        const real before = s->sums[i] * (real)exp((double)(s->tops[i] - greater));
        s->tops[i] = greater;
        s->sums[i] = before + k->exp_sum(b->width, greater, scores, scores);
    }
}

/* The same once more with the final top, for a tile that was overwritten. */
static void exp_row(void *argument, int64_t i) {
    const batch *b = argument;
    const genrepi_softmax *s = b->softmax;
    real *scores = s->scores + i * s->tile;
    s->ctx->kernels->exp_sum(b->width, s->tops[i], scores, scores);
}

/* exp(score - top) is p times the row's sum; so is the 1 of the target.  The rows of h and the sums
 * over words are divided by it, not the scores. */
static void mark_target(void *argument, int64_t i) {
    const batch *b = argument;
    const genrepi_softmax *s = b->softmax;
    const int64_t target = b->targets[i] - b->first;
    if (target >= 0 && target < b->width) s->scores[i * s->tile + target] -= s->sums[i];
}

static void scale_row(void *argument, int64_t i) {
    const batch *b = argument;
    const genrepi_softmax *s = b->softmax;
    s->ctx->kernels->scale(s->stride, 1 / s->sums[i], b->h + i * s->stride,
                           s->scaled + i * s->stride);
}

static void divide_row(void *argument, int64_t i) {
    const batch *b = argument;
    const genrepi_softmax *s = b->softmax;
    real *dh = b->dh + i * s->stride;
    s->ctx->kernels->scale(s->stride, 1 / s->sums[i], dh, dh);
}

static void decay_rows(void *argument, int64_t begin, int64_t end) {
    const batch *b = argument;
    const genrepi_softmax *s = b->softmax;
    for (int64_t i = begin; i < end; i++) {
        real *row = genrepi_real(s->table) + i * s->stride;
        s->ctx->kernels->scale(s->inputs, b->decay, row, row);
    }
}

/* dL/dh from the weights of before, then the step. */
static int32_t tile_step(batch *b) {
    const genrepi_softmax *s = b->softmax;
    real *weights = genrepi_real(s->table) + b->first * s->stride;
    genrepi_parallel(s->ctx, b->n, mark_target, b);
    int32_t status = genrepi_gemm(s->ctx, 0, 0, b->n, s->stride, b->width, 1, s->scores, s->tile,
                                  weights, s->stride, b->first == 0 ? 0 : 1, b->dh, s->stride);
    if (status == GENREP_OK && b->rate != 0)
        status = genrepi_gemm(s->ctx, 1, 0, b->width, s->stride, b->n, -b->rate, s->scores, s->tile,
                              s->scaled, s->stride, 1, weights, s->stride);
    return status;
}

static int64_t width_of(const genrepi_softmax *s, int64_t first) {
    return s->words - first < s->tile ? s->words - first : s->tile;
}

int32_t genrepi_softmax_step(genrepi_softmax *s, int64_t n, const real *h, const int32_t *targets,
                             real rate, real decay, real *dh, double *loss) {
    batch b = {.softmax = s, .h = h, .targets = targets, .dh = dh, .n = n, .rate = rate};
    int32_t status = GENREP_OK;
    for (b.first = 0; b.first < s->words && status == GENREP_OK; b.first += s->tile) {
        b.width = width_of(s, b.first);
        status = tile_scores(&b);
        if (status == GENREP_OK) genrepi_parallel(s->ctx, n, sum_row, &b);
    }
    if (status != GENREP_OK) return status;
    *loss = 0;
    for (int64_t i = 0; i < n; i++)
        *loss += log((double)s->sums[i]) + ((double)s->tops[i] - (double)s->targets[i]);
    if (dh == NULL) return GENREP_OK;
    const int32_t kept = s->tile >= s->words; /* the one tile's exponentials */
    genrepi_parallel(s->ctx, n, scale_row, &b);
    for (b.first = 0; b.first < s->words && status == GENREP_OK; b.first += s->tile) {
        b.width = width_of(s, b.first);
        if (!kept) status = tile_scores(&b);
        if (status == GENREP_OK && !kept) genrepi_parallel(s->ctx, n, exp_row, &b);
        if (status == GENREP_OK) status = tile_step(&b);
    }
    if (status != GENREP_OK) return status;
    genrepi_parallel(s->ctx, n, divide_row, &b);
    if (decay != 0) {
        b.decay = 1 - rate * decay;
        genrepi_parallel_range(s->ctx, s->words, ROWS_AT_ONCE, decay_rows, &b);
    }
    return GENREP_OK;
}
