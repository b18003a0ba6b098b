/* Forward and input gradient of Winograd convolutions (see winograd_sums.h).
 *
 * For each point of the transform, a product of transformed tiles and transformed weights, tiles
 * down and target channels across.  Transformed tiles lie as [point][group][tile][16 channels],
 * weights as [panel of 32][target phase][point][group][16][32].  Work goes on in blocks of tiles: a
 * block's products with a panel are transformed back at once and written.
 *
 * Where there are more tiles than target channels the weights are transformed first and a task is a
 * block of tiles; else the tiles are transformed first and a task is a panel.  So what is in memory
 * at once is the smaller of the two, and what each task transforms for itself.
 *
 * An element of a product is, for each chunk of channels in order, one chain of fused
 * multiply-adds; the chunks depend on the number of channels alone. */
#include <kernel/winograd_sums.h>
#include <base/pool.h>
#include <kernel/slots.h>
#include <string.h>

enum {
    LANES = GENREPI_WINOGRAD_LANES,
    PANEL = 32,       /* target channels of a panel */
    CHUNK = 8,        /* groups in a chunk */
    BLOCK = 28,       /* tiles of a block that is a task, at most: two of AVX-512's tile heights */
    PANEL_BLOCK = 56, /* of one that meets a panel */
    LEAST_BLOCK = 8,  /* tiles worth a task */
    PADDING = 16      /* between points: powers of two would meet in the same sets of caches */
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
    const genrepi_winograd_sums *sums;
    genrepi_winograd_source source;
    int64_t in_phases, to_phases;
    int64_t tiles, block; /* block: tiles in it */
    int64_t points, panels;
    int64_t blocks_in;        /* of 16 source channels */
    int64_t v_point, v_group; /* strides of transformed tiles */
    int64_t w_point, w_phase; /* of weights */
    int64_t m_point, m_phase; /* of products */
    real *shared;             /* transformed weights, or tiles */
    real *work;
    int64_t slot_size, m_at, stage_at;
    genrepi_slots slots;
} plan;

/* n squares of weights side by side, 16 channels each, get their zeros: from the last on, in place.
 */
static void widen(const genrepi_winograd_weights *w, int64_t n, real *stage) {
    const int64_t kernel = w->kernel, side = w->side;
    for (int64_t i = kernel < side ? n * side * side - 1 : -1; i >= 0; i--) {
        const int64_t row = i / side % side, col = i % side;
        real *to = stage + i * LANES;
        if (row < kernel && col < kernel)
            memmove(to, stage + (i / side / side * kernel * kernel + row * kernel + col) * LANES,
                    LANES * sizeof *to);
        else
            memset(to, 0, LANES * sizeof *to);
    }
}

/* 16 source channels of a panel. */
static void transform_weights(const plan *p, int64_t panel, int64_t block, real *stage, real *to) {
    const genrepi_winograd_sums *s = p->sums;
    const genrepi_winograd_weights *w = &s->weights;
    const int64_t in = block * LANES, n = smaller(LANES, p->source.channels - in);
    const int64_t taps = w->kernel * w->kernel, together = w->in_step == taps;
    const genrepi_winograd_strides from = {w->tap_row * LANES, w->tap_col * LANES,
                                           w->side * w->side * LANES};
    const genrepi_winograd_strides strides = {s->grid.side * p->w_point, p->w_point, PANEL};
    const int64_t group = p->in_phases * LANES * PANEL;
    for (int64_t half = 0; half < PANEL; half += LANES) {
        const int64_t out = panel * PANEL + half;
        if (out >= s->out) break;
        const int32_t width = (int32_t)smaller(LANES, s->out - out);
        const real *x = w->at + out * w->out_step + in * w->in_step;
        p->kernels->winograd_stage(together ? 1 : n, together ? n * taps : taps, width, x,
                                   w->in_step, w->out_step, stage, taps * LANES);
        widen(w, n, stage);
        for (int64_t k = 0; k < p->source.phases; k++)
            p->kernels->winograd[s->form][GENREPI_WINOGRAD_WEIGHT](
                n, stage + (w->first + k / 2 * w->phase_row + k % 2 * w->phase_col) * LANES, &from,
                to + block * group + k * (p->to_phases > 1 ? p->w_phase : LANES * PANEL) + half,
                &strides);
    }
}

/* products[point][tile][32] of n tiles */
static void multiply(const plan *p, const real *tiles, const real *weights, int64_t width,
                     int64_t n, real *products) {
    const genrepi_kernels *k = p->kernels;
    const int64_t rest = p->source.channels % LANES;
    const int64_t groups = p->blocks_in * p->in_phases;
    const int64_t whole = p->source.channels / LANES * p->in_phases;
    const int64_t height = divide_up(n, divide_up(n, k->gemm_rows));
    const int64_t v_group = p->v_group * p->to_phases;
    for (int64_t point = 0; point < p->points; point++)
        for (int64_t group = 0; group < groups;) {
            const int64_t depth = group < whole ? LANES : rest;
            const int64_t count = group < whole ? smaller(CHUNK, whole - group) : p->in_phases;
            const real *w = weights + point * p->w_point + group * LANES * PANEL;
            const real *v = tiles + point * p->v_point + group * v_group;
            real *m = products + point * p->m_point;
            for (int64_t i = 0; i < n; i += height)
                for (int64_t j = 0; j < width; j += k->gemm_cols)
                    k->winograd_tile((int32_t)smaller(height, n - i),
                                     (int32_t)smaller(k->gemm_cols, width - j), count, depth,
                                     v + i * LANES, v_group, w + j, PANEL, group > 0 ? 1 : 0,
                                     m + i * PANEL + j, PANEL);
            group += count;
        }
}

/* A patch's elements in 16 channels to the target; rows of the stage are `pitch` elements. */
static void put_patch(const plan *p, const genrepi_winograd_patch *at, int64_t out,
                      const real *stage, int64_t pitch) {
    const genrepi_winograd_sums *s = p->sums;
    const int64_t size = s->grid.size * s->step, plane = s->height * s->width;
    const int64_t row = at->down * size, col = at->across * size;
    int64_t rows = smaller(at->rows * size, s->height - row), cols = smaller(pitch, s->width - col);
    if (pitch == s->width) cols *= rows, rows = 1;
    const real *bias = s->bias != NULL ? s->bias + out : NULL;
    real *to = s->to + at->sample * s->sample + out * plane + row * s->width + col;
    for (; rows > 0; rows--, stage += pitch * LANES, to += s->width)
        p->kernels->winograd_put(cols, (int32_t)smaller(LANES, s->out - out), s->factor, stage,
                                 bias, to, plane);
}

static void put_tiles(const plan *p, int64_t panel, int64_t tile, int64_t n, const real *products,
                      real *stage) {
    const genrepi_winograd_sums *s = p->sums;
    const int64_t size = s->grid.size * s->step;
    const genrepi_winograd_strides from = {s->grid.side * p->m_point, p->m_point, PANEL};
    for (int64_t done = 0; done < n;) {
        const genrepi_winograd_patch at =
            genrepi_winograd_patch_at(&s->grid, tile + done, n - done);
        const int64_t pitch = at.cols * size;
        const genrepi_winograd_strides to = {s->step * pitch * LANES, s->step * LANES,
                                             size * LANES};
        for (int64_t half = 0; half < PANEL && panel * PANEL + half < s->out; half += LANES) {
            for (int64_t k = 0; k < p->to_phases; k++)
                for (int64_t i = 0; i < at.rows; i++)
                    p->kernels->winograd[s->form][GENREPI_WINOGRAD_OUTPUT](
                        at.cols, products + k * p->m_phase + (done + i * at.cols) * PANEL + half,
                        &from, stage + ((i * size + k / 2) * pitch + k % 2) * LANES, &to);
            put_patch(p, &at, panel * PANEL + half, stage, pitch);
        }
        done += at.rows * at.cols;
    }
}

/* n tiles and a panel */
static void sum_block(const plan *p, int64_t panel, int64_t tile, int64_t n, const real *tiles,
                      const real *weights, real *work) {
    const int64_t width = smaller(PANEL, round_up(p->sums->out - panel * PANEL, LANES));
    for (int64_t k = 0; k < p->to_phases; k++)
        multiply(p, tiles + k * p->v_group, weights + k * p->w_phase, width, n,
                 work + p->m_at + k * p->m_phase);
    put_tiles(p, panel, tile, n, work + p->m_at, work + p->stage_at);
}

static void transform_tiles(const plan *p, int64_t block, int64_t tile, int64_t n, real *stage,
                            real *to) {
    const genrepi_winograd_points points = {to, p->v_point, 2 * p->v_group, p->v_group, LANES};
    genrepi_winograd_gather(p->kernels, &p->sums->grid, &p->source, tile, n, block, stage, &points);
}

/* Many tiles: a task is a block of them. */
static void weights_task(void *argument, int64_t task) {
    plan *p = argument;
    const int32_t slot = genrepi_slot_take(&p->slots);
    const int64_t panel = task / p->blocks_in;
    transform_weights(p, panel, task % p->blocks_in, p->work + slot * p->slot_size + p->stage_at,
                      p->shared + panel * p->to_phases * p->w_phase);
    genrepi_slot_release(&p->slots, slot);
}
static void block_task(void *argument, int64_t task) {
    plan *p = argument;
    const int32_t slot = genrepi_slot_take(&p->slots);
    real *work = p->work + slot * p->slot_size;
    const int64_t tile = task * p->block, n = smaller(p->block, p->tiles - tile);
    for (int64_t i = 0; i < p->blocks_in; i++)
        transform_tiles(p, i, tile, n, work + p->stage_at, work);
    for (int64_t panel = 0; panel < p->panels; panel++)
        sum_block(p, panel, tile, n, work, p->shared + panel * p->to_phases * p->w_phase, work);
    genrepi_slot_release(&p->slots, slot);
}

/* Few tiles: a task is a panel. */
static void tiles_task(void *argument, int64_t task) {
    plan *p = argument;
    const int32_t slot = genrepi_slot_take(&p->slots);
    const int64_t tile = task / p->blocks_in * p->block;
    transform_tiles(p, task % p->blocks_in, tile, smaller(p->block, p->tiles - tile),
                    p->work + slot * p->slot_size + p->stage_at, p->shared + tile * LANES);
    genrepi_slot_release(&p->slots, slot);
}
static void panel_task(void *argument, int64_t panel) {
    plan *p = argument;
    const int32_t slot = genrepi_slot_take(&p->slots);
    real *work = p->work + slot * p->slot_size;
    for (int64_t i = 0; i < p->blocks_in; i++)
        transform_weights(p, panel, i, work + p->stage_at, work);
    for (int64_t tile = 0; tile < p->tiles; tile += p->block)
        sum_block(p, panel, tile, smaller(p->block, p->tiles - tile), p->shared + tile * LANES,
                  work, work);
    genrepi_slot_release(&p->slots, slot);
}

static int64_t stage_size(const plan *p) {
    const genrepi_winograd_sums *s = p->sums;
    const int64_t tile = s->grid.size * s->step;
    return larger(genrepi_winograd_stage_size(&s->grid, &p->source),
                  larger((LANES + 1) * s->weights.side * s->weights.side,
                         GENREPI_WINOGRAD_PATCH * tile * tile) *
                      LANES);
}

int32_t genrepi_winograd_sums_run(genrep_ctx *ctx, const genrepi_winograd_sums *s) {
    const genrepi_kernels *k = ctx->kernels;
    const int64_t workers = genrepi_workers(ctx);
    plan p = {.kernels = k,
              .sums = s,
              .source = s->source,
              .tiles = s->grid.batch * s->grid.down * s->grid.across,
              .points = s->grid.side * s->grid.side,
              .panels = divide_up(s->out, PANEL),
              .blocks_in = divide_up(s->source.channels, LANES)};
    p.source.transform = k->winograd[s->form][GENREPI_WINOGRAD_DATA];
    p.to_phases = s->step > 1 ? s->source.phases : 1;
    p.in_phases = s->source.phases / p.to_phases;
    const int by_tiles = p.tiles > s->out;
    p.block =
        by_tiles ? smaller(BLOCK, larger(LEAST_BLOCK, divide_up(p.tiles, workers))) : PANEL_BLOCK;
    p.block = smaller(p.block, p.tiles);
    p.v_group = (by_tiles ? p.block : p.tiles) * LANES + PADDING;
    p.v_point = p.blocks_in * s->source.phases * p.v_group + PADDING;
    p.w_point = p.blocks_in * p.in_phases * LANES * PANEL + PADDING;
    p.w_phase = p.points * p.w_point;
    p.m_point = p.block * PANEL + PADDING;
    p.m_phase = p.points * p.m_point;
    const int64_t v = p.points * p.v_point, w = p.to_phases * p.w_phase;
    p.m_at = by_tiles ? v : w;
    p.stage_at = p.m_at + p.to_phases * p.m_phase;
    p.slot_size = round_up(p.stage_at + stage_size(&p), LANES);
    const int64_t tasks = by_tiles ? divide_up(p.tiles, p.block) : p.panels;
    const int64_t first = p.blocks_in * (by_tiles ? p.panels : divide_up(p.tiles, p.block));
    genrepi_slots_init(&p.slots, smaller(workers, larger(first, tasks)));
    p.shared = genrepi_scratch_get(ctx, (size_t)(by_tiles ? p.panels * w : v) * sizeof(real));
    if (p.shared == NULL) return GENREP_E_NOMEM;
    p.work = genrepi_scratch_get(ctx, (size_t)(p.slots.n * p.slot_size) * sizeof(real));
    if (p.work == NULL) {
        genrepi_scratch_put(ctx, p.shared);
        return GENREP_E_NOMEM;
    }
    genrepi_parallel(ctx, first, by_tiles ? weights_task : tiles_task, &p);
    genrepi_parallel(ctx, tasks, by_tiles ? block_task : panel_task, &p);
    genrepi_scratch_put(ctx, p.work);
    genrepi_scratch_put(ctx, p.shared);
    return GENREP_OK;
}
