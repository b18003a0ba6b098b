/* Forward and input gradient of Winograd convolutions (see winograd_sums.h).
 *
 * For each point of the transform, a product of transformed tiles and transformed weights, tiles
 * down and target channels across.  Transformed tiles lie as [point][group][tile][16 channels],
 * weights as [panel of 32][point][group][16][32].  Work goes on in blocks of tiles: a block's
 * products with a panel are transformed back at once and written.
 *
 * Where there are many tiles the weights are transformed first and a task is a block of tiles;
 * where there are few, the tiles are transformed first and a task is a panel.
 *
 * An element of a product is, for each chunk of channels in order, one chain of fused
 * multiply-adds; the chunks depend on the number of channels alone. */
#include <kernel/winograd_sums.h>
#include <base/pool.h>
#include <kernel/slots.h>
#include <string.h>
#include <stdlib.h>

enum {
    LANES = GENREPI_WINOGRAD_LANES,
    PANEL = 32, /* target channels of a panel */
    CHUNK = 8,  /* groups in a chunk */
    PADDING = 16
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
    const genrepi_winograd_sums *sums;
    genrepi_winograd_source source;
    int64_t tiles, block, blocks; /* block: tiles in it */
    int64_t points, groups, panels, blocks_in; /* blocks_in: 16 source channels each */
    int64_t first, held;          /* tiles that are transformed together */
    int64_t v_point, v_group;     /* strides of transformed tiles */
    int64_t w_point, w_panel;     /* of weights */
    int64_t m_point;              /* of products */
    real *tiles_held, *weights;   /* of all; one of them NULL: each task has its own */
    real *work;
    int64_t slot_size, m_at, stage_at, tmp_at;
    genrepi_slots slots;
} plan;

static void transform_weights(const plan *p, int64_t panel, int64_t block, real *stage, real *to) {
    const genrepi_winograd_sums *s = p->sums;
    const genrepi_winograd_weights *w = &s->weights;
    const int64_t in = block * LANES, n = smaller(LANES, s->source.channels - in);
    const genrepi_winograd_strides from_strides = {w->tap_row * LANES, w->tap_col * LANES,
                                                   w->taps * LANES};
    const genrepi_winograd_strides to_strides = {s->grid.side * p->w_point, p->w_point, PANEL};
    for (int64_t half = 0; half < PANEL; half += LANES) {
        const int64_t out = panel * PANEL + half;
        if (out >= s->out) break;
        const int32_t width = (int32_t)smaller(LANES, s->out - out);
        const real *from = w->at + out * w->out_step + in * w->in_step;
        if (w->in_step == w->taps)
            p->kernels->gemm_pack(n * w->taps, width, from, w->out_step, 1, LANES, stage);
        else
            for (int64_t i = 0; i < n; i++)
                p->kernels->gemm_pack(w->taps, width, from + i * w->in_step, w->out_step, 1, LANES,
                                      stage + i * w->taps * LANES);
        for (int64_t phase = 0; phase < s->source.phases; phase++)
            p->kernels->winograd[s->form][GENREPI_WINOGRAD_WEIGHT](
                n,
                stage + (w->first + phase / 2 * w->phase_row + phase % 2 * w->phase_col) * LANES,
                &from_strides, to + (block * s->source.phases + phase) * LANES * PANEL + half,
                &to_strides);
    }
}

/* products[point][tile][32] of n tiles */
static void multiply(const plan *p, const real *tiles, const real *weights, int64_t width,
                     int64_t n, real *products) {
    const genrepi_kernels *k = p->kernels;
    const int64_t rest = p->source.channels % LANES, phases = p->source.phases;
    const int64_t whole = p->source.channels / LANES * phases;
    const int64_t height = divide_up(n, divide_up(n, k->gemm_rows));
    for (int64_t point = 0; point < p->points; point++)
        for (int64_t group = 0; group < p->groups;) {
            const int64_t depth = group < whole ? LANES : rest;
            const int64_t count = group < whole ? smaller(CHUNK, whole - group) : phases;
            const real *w = weights + point * p->w_point + group * LANES * PANEL;
            const real *v = tiles + point * p->v_point + group * p->v_group;
            real *m = products + point * p->m_point;
            for (int64_t i = 0; i < n; i += height)
                for (int64_t j = 0; j < width; j += k->gemm_cols)
                    k->winograd_tile((int32_t)smaller(height, n - i),
                                     (int32_t)smaller(k->gemm_cols, width - j), count, depth,
                                     v + i * LANES, p->v_group, w + j, PANEL, group > 0 ? 1 : 0,
                                     m + i * PANEL + j, PANEL);
            group += count;
        }
}

/* A row of positions, [position][16 channels], to the target. */
static void put_row(const plan *p, const real *stage, int64_t n, int64_t channels, const real *bias,
                    real *tmp, real *to) {
    const genrepi_winograd_sums *s = p->sums;
    const int64_t pitch = round_up(n, LANES);
    p->kernels->gemm_pack(channels, (int32_t)n, stage, LANES, 1, (int32_t)pitch, tmp);
    for (int64_t i = 0; i < channels; i++, tmp += pitch, to += s->to_plane) {
        const real b = bias != NULL ? bias[i] : 0;
        if (s->to_step == 1 && bias == NULL)
            memcpy(to, tmp, (size_t)n * sizeof *to);
        else if (s->to_step == 1)
            p->kernels->scale_shift(n, 1, b, tmp, to);
        else
            for (int64_t j = 0; j < n; j++) to[j * s->to_step] = tmp[j] + b;
    }
}

static void put_tiles(const plan *p, int64_t panel, int64_t tile, int64_t n, const real *products,
                      real *stage, real *tmp) {
    const genrepi_winograd_sums *s = p->sums;
    const genrepi_winograd_grid *g = &s->grid;
    const genrepi_winograd_strides from = {g->side * p->m_point, p->m_point, PANEL};
    int64_t run = 0;
    for (int64_t done = 0; done < n; done += run) {
        const int64_t across = (tile + done) % g->across, down = (tile + done) / g->across % g->down,
                      sample = (tile + done) / g->across / g->down;
        run = genrepi_winograd_run(g, tile + done, n - done);
        const int64_t pitch = run * g->size * LANES;
        const genrepi_winograd_strides to = {pitch, LANES, g->size * LANES};
        const int64_t rows = smaller(g->size, s->rows - down * g->size);
        const int64_t cols = smaller(run * g->size, s->cols - across * g->size);
        for (int64_t half = 0; half < PANEL && panel * PANEL + half < s->out; half += LANES) {
            const int64_t out = panel * PANEL + half;
            p->kernels->winograd[s->form][GENREPI_WINOGRAD_OUTPUT](
                run, products + done * PANEL + half, &from, stage, &to);
            for (int64_t i = 0; i < rows; i++)
                put_row(p, stage + i * pitch, cols, smaller(LANES, s->out - out),
                        s->bias != NULL ? s->bias + out : NULL, tmp,
                        s->to + sample * s->to_sample + out * s->to_plane +
                            (s->to_row + (down * g->size + i) * s->to_step) * s->to_width +
                            s->to_col + across * g->size * s->to_step);
        }
    }
}

static void sum_block(const plan *p, int64_t panel, int64_t tile, int64_t n, const real *tiles,
                      const real *weights, real *work) {
    const int64_t width = smaller(PANEL, round_up(p->sums->out - panel * PANEL, LANES));
    multiply(p, tiles, weights, width, n, work + p->m_at);
    put_tiles(p, panel, tile, n, work + p->m_at, work + p->stage_at, work + p->tmp_at);
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
                      p->weights + panel * p->w_panel);
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
        sum_block(p, panel, tile, n, work, p->weights + panel * p->w_panel, work);
    genrepi_slot_release(&p->slots, slot);
}

/* Few tiles: a task is a panel. */
static void tiles_task(void *argument, int64_t task) {
    plan *p = argument;
    const int32_t slot = genrepi_slot_take(&p->slots);
    const int64_t at = task / p->blocks_in * p->block;
    transform_tiles(p, task % p->blocks_in, p->first + at, smaller(p->block, p->held - at),
                    p->work + slot * p->slot_size + p->stage_at, p->tiles_held + at * LANES);
    genrepi_slot_release(&p->slots, slot);
}
static void panel_task(void *argument, int64_t panel) {
    plan *p = argument;
    const int32_t slot = genrepi_slot_take(&p->slots);
    real *work = p->work + slot * p->slot_size;
    for (int64_t i = 0; i < p->blocks_in; i++)
        transform_weights(p, panel, i, work + p->stage_at, work);
    for (int64_t at = 0; at < p->held; at += p->block)
        sum_block(p, panel, p->first + at, smaller(p->block, p->held - at),
                  p->tiles_held + at * LANES, work, work);
    genrepi_slot_release(&p->slots, slot);
}

static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

int32_t genrepi_winograd_sums_run(genrep_ctx *ctx, const genrepi_winograd_sums *s) {
    const genrepi_kernels *k = ctx->kernels;
    plan p = {.kernels = k, .sums = s, .source = s->source};
    p.source.transform = k->winograd[s->form][GENREPI_WINOGRAD_DATA];
    const int64_t workers = genrepi_workers(ctx);
    p.tiles = s->grid.batch * s->grid.down * s->grid.across;
    p.points = s->grid.side * s->grid.side;
    p.groups = genrepi_winograd_groups(&s->source);
    p.blocks_in = p.groups / s->source.phases;
    p.panels = divide_up(s->out, PANEL);
    const char *e;
    int64_t many = (e = getenv("WMANY")) ? atoi(e) : 256, blk = (e = getenv("WBLOCK")) ? atoi(e) : 56,
            hold = (e = getenv("WHOLD")) ? atoi(e) : 256;
    const int by_tiles = p.tiles >= many;
    p.block = smaller(p.tiles, blk);
    if (by_tiles)
        p.held = p.block;
    else
        p.held = smaller(p.tiles, hold);
    p.blocks = divide_up(p.tiles, p.block);
    p.v_group = p.held * LANES + PADDING;
    p.v_point = p.groups * p.v_group + PADDING;
    p.w_point = p.groups * LANES * PANEL + PADDING;
    p.w_panel = p.points * p.w_point;
    p.m_point = p.block * PANEL + PADDING;
    const int64_t v = p.points * p.v_point;
    p.m_at = round_up(by_tiles ? v : p.w_panel, 16);
    p.stage_at = p.m_at + round_up(p.points * p.m_point, 16);
    const int64_t stage =
        larger(larger(genrepi_winograd_stage(&s->grid, &p.source), LANES * LANES * s->weights.taps),
               16 * s->grid.size * s->grid.size * LANES);
    p.tmp_at = p.stage_at + round_up(stage, 16);
    p.slot_size = p.tmp_at + 16 * s->grid.size * LANES;
    p.slot_size = round_up(p.slot_size, 1024);
    genrepi_slots_init(&p.slots, workers);
    real *shared = genrepi_scratch_get(
        ctx, (size_t)(by_tiles ? p.panels * p.w_panel : v) * sizeof(real));
    if (shared == NULL) return GENREP_E_NOMEM;
    p.work = genrepi_scratch_get(ctx, (size_t)(p.slots.n * p.slot_size) * sizeof(real));
    if (p.work == NULL) {
        genrepi_scratch_put(ctx, shared);
        return GENREP_E_NOMEM;
    }
    if (by_tiles) {
        p.weights = shared;
        genrepi_parallel(ctx, p.panels * p.blocks_in, weights_task, &p);
        genrepi_parallel(ctx, p.blocks, block_task, &p);
    } else {
        p.tiles_held = shared;
        const int64_t held = p.held;
        for (p.first = 0; p.first < p.tiles; p.first += held) {
            p.held = smaller(held, p.tiles - p.first);
            genrepi_parallel(ctx, divide_up(p.held, p.block) * p.blocks_in, tiles_task, &p);
            genrepi_parallel(ctx, p.panels, panel_task, &p);
        }
    }
    genrepi_scratch_put(ctx, p.work);
    genrepi_scratch_put(ctx, shared);
    return GENREP_OK;
}
