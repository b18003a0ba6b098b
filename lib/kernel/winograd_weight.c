/* The weight gradient of Winograd convolutions (see winograd_weight.h): for each point, a product
 * of transformed cotangents and transformed tiles, summed over the tiles.
 *
 * A task has a block of rows (channels of dy) and of columns (groups of channels of x), and a part
 * of the tiles; it goes through them in chunks, transforms both, and adds their products to sums
 * [point][row][column], which are transformed to weights at the end.  Where there are few blocks,
 * the tiles are cut in parts whose sums are added in order.  An element is, for each chunk of a
 * part in order, one chain of fused multiply-adds; chunks and parts depend on the shape alone. */
#include <kernel/winograd_weight.h>
#include <base/pool.h>
#include <kernel/slots.h>

enum {
    LANES = GENREPI_WINOGRAD_LANES,
    PAIR = 2 * LANES, /* columns that lie together */
    CHUNK = 64,       /* tiles */
    MOST_ROWS = 128,  /* of a block: then its sums stay in the caches */
    MOST_COLS = 256,
    TASKS = 4,           /* parts make up for blocks that are fewer */
    LEAST_PART = 256,    /* tiles */
    MOST_SUMS = 1 << 22, /* numbers in all parts */
    LEAST_ROWS = 32,
    PADDING = 16 /* between points: powers of two would meet in the same sets of caches */
};

static int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}
static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}
static int64_t divide_up(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}
static int64_t round_up(int64_t a, int64_t b) {
    return divide_up(a, b) * b;
}

typedef struct plan {
    const genrepi_kernels *kernels;
    const genrepi_winograd_gradient *given;
    genrepi_winograd_source x, dy;
    int64_t tiles, points, parts, part; /* part: tiles in it */
    int64_t rows, cols, down, across;   /* of a block; cols: blocks of 16 channels of x */
    int64_t width;                      /* of a block, in columns of sums */
    int64_t x_point, y_point, y_pitch;  /* strides of transformed tiles */
    int64_t sum_point, sum_size;        /* of sums */
    real *sums;                         /* of each task; NULL: in its workspace */
    real *work;
    int64_t slot_size, y_at, stage_at, sum_at;
    genrepi_slots slots;
} plan;

typedef struct block {
    int64_t row, rows, col, cols;
    int64_t groups; /* of columns */
} block;

static block block_of(const plan *p, int64_t task) {
    block b = {.row = task % p->down * p->rows, .col = task / p->down % p->across * p->cols};
    b.rows = smaller(p->rows, p->dy.channels - b.row);
    b.cols = smaller(p->cols, divide_up(p->x.channels, LANES) - b.col);
    b.groups = b.cols * p->x.phases;
    return b;
}

/* The sources of a block are those of its channels alone. */
static genrepi_winograd_source part_of(const genrepi_winograd_source *s, int64_t first, int64_t n) {
    genrepi_winograd_source part = *s;
    part.x += first * s->height * s->width;
    part.channels = smaller(n, s->channels - first);
    return part;
}

static void add_chunk(const plan *p, const block *b, int64_t tile, int64_t n, real beta, real *work,
                      real *sums) {
    const genrepi_kernels *k = p->kernels;
    const genrepi_winograd_grid *grid = &p->given->grid;
    const genrepi_winograd_source x = part_of(&p->x, b->col * LANES, b->cols * LANES),
                                  dy = part_of(&p->dy, b->row, b->rows);
    real *stage = work + p->stage_at, *ys = work + p->y_at;
    const genrepi_winograd_points x_points = {work, p->x_point, CHUNK * PAIR, LANES, PAIR},
                                  y_points = {ys, p->y_point, PAIR, LANES, p->y_pitch};
    for (int64_t i = 0; i < b->cols; i++)
        genrepi_winograd_gather(k, grid, &x, tile, n, i, stage, &x_points);
    for (int64_t i = 0; i < divide_up(b->rows, LANES); i++)
        genrepi_winograd_gather(k, grid, &dy, tile, n, i, stage, &y_points);
    const int64_t height = divide_up(b->rows, divide_up(b->rows, k->gemm_rows));
    for (int64_t point = 0; point < p->points; point++)
        for (int64_t j = 0; j < b->groups * LANES; j += k->gemm_cols)
            for (int64_t i = 0; i < b->rows; i += height)
                k->gemm_tile((int32_t)smaller(height, b->rows - i),
                             (int32_t)smaller(k->gemm_cols, b->groups * LANES - j), n,
                             ys + point * p->y_point + i, p->y_pitch,
                             work + point * p->x_point + j / PAIR * CHUNK * PAIR + j % PAIR, PAIR,
                             1, beta, sums + point * p->sum_point + i * p->width + j, p->width);
}

/* dw of a row and 16 channels of x, from their sums. */
static void finish(const plan *p, int64_t row, int64_t col, const real *sums, real *stage) {
    const genrepi_winograd_gradient *g = p->given;
    const int64_t channels = smaller(LANES, p->x.channels - col * LANES);
    const genrepi_winograd_strides from = {g->grid.side * p->sum_point, p->sum_point, 0},
                                   to = {g->tap_row * LANES, g->tap_col * LANES, 0};
    real *tmp = stage + LANES * LANES;
    for (int64_t phase = 0; phase < p->x.phases; phase++)
        p->kernels->winograd[g->form][GENREPI_WINOGRAD_GRADIENT](
            1, sums + phase * LANES, &from,
            stage + (phase / 2 * g->phase_row + phase % 2 * g->phase_col) * LANES, &to);
    p->kernels->gemm_pack(channels, (int32_t)(g->side * g->side), stage, LANES, 1, LANES, tmp);
    const int64_t kernel = g->kernel, taps = kernel * kernel;
    real *dw = g->dw + (row * p->x.channels + col * LANES) * taps;
    for (int64_t i = 0; i < channels; i++, dw += taps, tmp += LANES)
        for (int64_t y = 0; y < kernel; y++)
            for (int64_t x = 0; x < kernel; x++)
                dw[y * kernel + x] += g->factor * tmp[y * g->side + x];
}

static void finish_row(const plan *p, const block *b, int64_t row, const real *sums, real *stage) {
    for (int64_t i = 0; i < b->cols; i++)
        finish(p, b->row + row, b->col + i, sums + row * p->width + i * p->x.phases * LANES, stage);
}

static void run_block(void *argument, int64_t task) {
    plan *p = argument;
    const int32_t slot = genrepi_slot_take(&p->slots);
    real *work = p->work + slot * p->slot_size;
    real *sums = p->sums != NULL ? p->sums + task * p->sum_size : work + p->sum_at;
    const block b = block_of(p, task);
    const int64_t first = task / (p->down * p->across) * p->part;
    const int64_t end = smaller(first + p->part, p->tiles);
    for (int64_t tile = first; tile < end; tile += CHUNK)
        add_chunk(p, &b, tile, smaller(CHUNK, end - tile), tile == first ? 0 : 1, work, sums);
    if (p->sums == NULL)
        for (int64_t i = 0; i < b.rows; i++) finish_row(p, &b, i, sums, work + p->stage_at);
    genrepi_slot_release(&p->slots, slot);
}

/* Adds the parts to the first. */
static void add_parts(void *argument, int64_t task) {
    plan *p = argument;
    const int64_t blocks = p->down * p->across, row = task % p->rows;
    const block b = block_of(p, task / p->rows);
    if (row >= b.rows) return;
    const int32_t slot = genrepi_slot_take(&p->slots);
    real *sums = p->sums + task / p->rows * p->sum_size;
    for (int64_t part = 1; part < p->parts; part++)
        for (int64_t point = 0; point < p->points; point++) {
            real *to = sums + point * p->sum_point + row * p->width;
            p->kernels->axpy(b.groups * LANES, 1, to + part * blocks * p->sum_size, to);
        }
    finish_row(p, &b, row, sums, p->work + slot * p->slot_size + p->stage_at);
    genrepi_slot_release(&p->slots, slot);
}

static void split(plan *p, int64_t workers) {
    const int64_t out = p->dy.channels, in = divide_up(p->x.channels, LANES);
    const int64_t most_cols = MOST_COLS / LANES / p->x.phases;
    p->rows = divide_up(out, divide_up(out, MOST_ROWS));
    p->cols = divide_up(in, divide_up(in, most_cols));
    /* by the shape: it decides the bits */
    const int64_t blocks = divide_up(out, p->rows) * divide_up(in, p->cols);
    const int64_t size = p->points * out * in * p->x.phases * LANES;
    p->parts = smaller(smaller(TASKS / blocks, p->tiles / LEAST_PART), MOST_SUMS / size);
    p->part = round_up(divide_up(p->tiles, larger(p->parts, 1)), CHUNK);
    p->parts = divide_up(p->tiles, p->part);
    /* by the threads: it does not */
    while (p->rows > LEAST_ROWS &&
           divide_up(out, p->rows) * divide_up(in, p->cols) * p->parts < workers)
        p->rows = divide_up(p->rows, 2);
    p->down = divide_up(out, p->rows), p->across = divide_up(in, p->cols);
}

int32_t genrepi_winograd_gradient_run(genrep_ctx *ctx, const genrepi_winograd_gradient *g) {
    const genrepi_kernels *k = ctx->kernels;
    const int64_t workers = genrepi_workers(ctx);
    plan p = {.kernels = k, .given = g, .x = g->x, .dy = g->dy};
    p.x.transform = k->winograd[g->form][GENREPI_WINOGRAD_DATA];
    p.dy.transform = k->winograd[g->form][GENREPI_WINOGRAD_COTANGENT];
    p.tiles = g->grid.batch * g->grid.down * g->grid.across;
    p.points = g->grid.side * g->grid.side;
    split(&p, workers);
    p.width = p.cols * p.x.phases * LANES;
    p.x_point = round_up(p.width, PAIR) * CHUNK + PADDING;
    p.y_pitch = round_up(p.rows, LANES) + PADDING;
    p.y_point = p.y_pitch * CHUNK + PADDING;
    p.sum_point = p.rows * p.width + PADDING;
    p.sum_size = p.points * p.sum_point;
    p.y_at = p.points * p.x_point;
    p.stage_at = p.y_at + p.points * p.y_point;
    p.sum_at = p.stage_at + larger(larger(genrepi_winograd_stage_size(&g->grid, &p.x),
                                          genrepi_winograd_stage_size(&g->grid, &p.dy)),
                                   2 * LANES * LANES);
    p.slot_size = p.sum_at + (p.parts == 1 ? p.sum_size : 0);
    p.slot_size = round_up(p.slot_size, LANES);
    const int64_t tasks = p.parts * p.down * p.across;
    genrepi_slots_init(&p.slots, smaller(workers, tasks));
    p.work = genrepi_scratch_get(ctx, (size_t)(p.slots.n * p.slot_size) * sizeof(real));
    if (p.work == NULL) return GENREP_E_NOMEM;
    if (p.parts > 1) {
        p.sums = genrepi_scratch_get(ctx, (size_t)(tasks * p.sum_size) * sizeof(real));
        if (p.sums == NULL) {
            genrepi_scratch_put(ctx, p.work);
            return GENREP_E_NOMEM;
        }
    }
    genrepi_parallel(ctx, tasks, run_block, &p);
    if (p.parts > 1) {
        genrepi_parallel(ctx, p.down * p.across * p.rows, add_parts, &p);
        genrepi_scratch_put(ctx, p.sums);
    }
    genrepi_scratch_put(ctx, p.work);
    return GENREP_OK;
}
