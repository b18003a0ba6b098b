/* The weight gradient as a matrix product of cotangents and patches:
 *
 *   dw[o, (c,t)] += sum over positions of dy[o, position] x[c, where tap t looks from there]
 *
 * A task has a block of rows and columns of dw and a part of the positions; it goes through them in
 * chunks, copies the patches of a panel of columns side by side, packs and multiplies.  Where dw
 * is small the positions are cut in parts, whose sums are added in order; how many parts follows
 * from the shape alone. */
#include <kernel/convolution_weight.h>
#include <base/pool.h>
#include <kernel/kernel.h>
#include <stdatomic.h>
#include <string.h>

enum {
    CHUNK = 256,       /* positions in a chunk */
    SLOTS = 64,        /* workspaces: tasks that run at once */
    LEAST_PART = 2048, /* positions of a part */
    MOST_PARTS = 16,
    WIDE = 512, /* columns of dw in a task, at most */
    HIGH = 512  /* rows */
};

static int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}
static int64_t divide_up(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}
static int64_t round_up(int64_t a, int64_t b) {
    return divide_up(a, b) * b;
}

typedef struct plan {
    const genrepi_kernels *kernels;
    const genrepi_weight_sums *sums;
    int64_t positions, width;                      /* width: columns of dw */
    int64_t rows, cols, down, across, parts, part; /* part: positions */
    int64_t most_runs;
    int64_t slot_size, b_at, lines_at, counts_at, runs_at; /* bytes */
    real *partial; /* dw of each part; NULL: there is one, which is dw itself */
    char *work;
    int32_t slots;
    atomic_flag taken[SLOTS];
} plan;

typedef struct block {
    int64_t row, rows, col, cols;
    real *a, *b, *lines, *to; /* lines: patches of a panel, CHUNK apart */
    int32_t *counts;
    genrepi_run *runs;
} block;

/* Cotangents of a chunk: [panel][position][pitch]. */
static void pack_cotangents(const plan *p, const block *b, int64_t position, int64_t n) {
    const genrepi_weight_sums *s = p->sums;
    const int64_t height = p->kernels->gemm_rows, pitch = p->kernels->gemm_pitch;
    const int64_t plane = s->grid.rows * s->grid.cols;
    for (int64_t row = 0; row < b->rows; row += height) {
        real *to = b->a + row / height * CHUNK * pitch;
        for (int64_t at = 0; at < n;) {
            const int64_t sample = (position + at) / plane, in = (position + at) % plane;
            const int64_t count = smaller(plane - in, n - at);
            p->kernels->gemm_pack(count, (int32_t)smaller(height, b->rows - row),
                                  s->dy + (sample * s->dy_channels + b->row + row) * plane + in,
                                  plane, 1, (int32_t)pitch, to + at * pitch);
            at += count;
        }
    }
}

/* Patches of a chunk for columns col .. col + n of dw: [position][gemm_cols]. */
static void pack_patches(const plan *p, const block *b, int64_t col, int64_t n, int64_t positions) {
    const genrepi_weight_sums *s = p->sums;
    const int64_t plane = s->grid.height * s->grid.width;
    for (int64_t j = 0; j < n; j++) {
        const int64_t channel = (col + j) / s->n_taps, tap = (col + j) % s->n_taps;
        genrepi_patch_copy(b->runs + tap * p->most_runs, b->counts[tap], s->x + channel * plane,
                           s->grid.step_width, b->lines + j * CHUNK);
    }
    p->kernels->gemm_pack(positions, (int32_t)n, b->lines, CHUNK, 1, p->kernels->gemm_cols, b->b);
}

static void multiply_chunk(const plan *p, const block *b, int64_t position, int64_t n, real beta) {
    const genrepi_weight_sums *s = p->sums;
    const genrepi_kernels *k = p->kernels;
    for (int64_t t = 0; t < s->n_taps; t++)
        b->counts[t] = genrepi_patch_runs(&s->grid, s->taps[t].y, s->taps[t].x, position, n,
                                          b->runs + t * p->most_runs);
    pack_cotangents(p, b, position, n);
    for (int64_t col = b->col; col < b->col + b->cols; col += k->gemm_cols) {
        const int64_t cols = smaller(k->gemm_cols, b->col + b->cols - col);
        pack_patches(p, b, col, cols, n);
        for (int64_t row = 0; row < b->rows; row += k->gemm_rows)
            k->gemm_tile((int32_t)smaller(k->gemm_rows, b->rows - row), (int32_t)cols, n,
                         b->a + row / k->gemm_rows * CHUNK * k->gemm_pitch, k->gemm_pitch, b->b,
                         k->gemm_cols, s->factor, beta, b->to + (b->row + row) * p->width + col,
                         p->width);
    }
}

static void run_block(void *argument, int64_t task) {
    plan *p = argument;
    int32_t slot = 0;
    while (atomic_flag_test_and_set_explicit(&p->taken[slot], memory_order_acquire))
        slot = (slot + 1) % p->slots;
    char *work = p->work + slot * p->slot_size;
    const int64_t part = task / (p->down * p->across), at = task % (p->down * p->across);
    block b = {.row = at % p->down * p->rows,
               .col = at / p->down * p->cols,
               .a = (real *)(void *)work,
               .b = (real *)(void *)(work + p->b_at),
               .lines = (real *)(void *)(work + p->lines_at),
               .to = p->partial != NULL ? p->partial + part * p->sums->out * p->width : p->sums->dw,
               .counts = (int32_t *)(void *)(work + p->counts_at),
               .runs = (genrepi_run *)(void *)(work + p->runs_at)};
    b.rows = smaller(p->rows, p->sums->out - b.row);
    b.cols = smaller(p->cols, p->width - b.col);
    const int64_t first = part * p->part, end = smaller(first + p->part, p->positions);
    for (int64_t position = first; position < end; position += CHUNK)
        multiply_chunk(p, &b, position, smaller(CHUNK, end - position),
                       position == first && p->partial != NULL ? 0 : 1);
    atomic_flag_clear_explicit(&p->taken[slot], memory_order_release);
}

static void add_parts(void *argument, int64_t begin, int64_t end) {
    const plan *p = argument;
    const int64_t n = p->sums->out * p->width;
    for (int64_t part = 0; part < p->parts; part++)
        p->kernels->axpy(end - begin, 1, p->partial + part * n + begin, p->sums->dw + begin);
}

static void split(plan *p, int32_t workers) {
    const genrepi_weight_sums *s = p->sums;
    const genrepi_kernels *k = p->kernels;
    p->cols = smaller(WIDE, round_up(p->width, k->gemm_cols));
    p->rows = smaller(HIGH, s->out);
    if (p->rows < s->out) p->rows = p->rows / k->gemm_rows * k->gemm_rows;
    /* by the shape: it decides the bits */
    const int64_t blocks = divide_up(s->out, HIGH) * divide_up(p->width, WIDE);
    p->parts = smaller(divide_up(MOST_PARTS, blocks), divide_up(p->positions, LEAST_PART));
    if (blocks >= MOST_PARTS / 2) p->parts = 1;
    p->part = round_up(divide_up(p->positions, p->parts), CHUNK);
    p->parts = divide_up(p->positions, p->part);
    /* by the threads: it does not */
    while (p->cols > 2 * k->gemm_cols &&
           divide_up(p->width, p->cols) * divide_up(s->out, p->rows) * p->parts < 2 * workers)
        p->cols = round_up(p->cols / 2, k->gemm_cols);
    p->down = divide_up(s->out, p->rows);
    p->across = divide_up(p->width, p->cols);
}

static int64_t aligned(int64_t bytes) {
    return round_up(bytes, 64);
}

int32_t genrepi_weight_sums_run(genrep_ctx *ctx, const genrepi_weight_sums *s) {
    const genrepi_kernels *k = ctx->kernels;
    const int64_t bytes = sizeof(real), workers = genrepi_workers(ctx);
    plan p = {.kernels = k,
              .sums = s,
              .positions = s->grid.batch * s->grid.rows * s->grid.cols,
              .width = s->channels * s->n_taps,
              .most_runs = genrepi_patch_most_runs(&s->grid, CHUNK)};
    split(&p, (int32_t)workers);
    p.b_at = aligned(round_up(p.rows, k->gemm_rows) / k->gemm_rows * CHUNK * k->gemm_pitch * bytes);
    p.lines_at = p.b_at + aligned(CHUNK * k->gemm_cols * bytes);
    p.counts_at = p.lines_at + aligned(CHUNK * k->gemm_cols * bytes);
    p.runs_at = p.counts_at + aligned(s->n_taps * (int64_t)sizeof(int32_t));
    p.slot_size = p.runs_at + aligned(s->n_taps * p.most_runs * (int64_t)sizeof(genrepi_run));
    const int64_t tasks = p.down * p.across * p.parts;
    p.slots = (int32_t)smaller(smaller(workers, tasks), SLOTS);
    p.work = genrepi_scratch_get(ctx, (size_t)(p.slots * p.slot_size));
    if (p.work == NULL) return GENREP_E_NOMEM;
    if (p.parts > 1) {
        p.partial = genrepi_scratch_get(ctx, (size_t)(p.parts * s->out * p.width) * sizeof(real));
        if (p.partial == NULL) {
            genrepi_scratch_put(ctx, p.work);
            return GENREP_E_NOMEM;
        }
    }
    for (int32_t i = 0; i < p.slots; i++) atomic_flag_clear(&p.taken[i]);
    genrepi_parallel(ctx, tasks, run_block, &p);
    if (p.partial != NULL) {
        genrepi_parallel_range(ctx, s->out * p.width, 16384, add_parts, &p);
        genrepi_scratch_put(ctx, p.partial);
    }
    genrepi_scratch_put(ctx, p.work);
    return GENREP_OK;
}
