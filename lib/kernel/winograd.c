/* Forward and input gradient: tiles in, products point by point, tiles out.
 *
 * Weights are transformed once a call and packed for the micro-kernel.  A task has a block of tiles
 * and of output channels: it transforms the inputs of all channels straight into the packed form,
 * multiplies point by point, and transforms back while the products are in the cache.  A product is
 * one chain over all channels, so bits do not depend on blocks, threads, nor AVX2 or AVX-512. */
#include <kernel/winograd.h>
#include <base/pool.h>
#include <kernel/winograd_tiles.h>
#include <stdatomic.h>
#include <string.h>

enum {
    SLOTS = 64,            /* workspaces: tasks that run at once */
    BLOCK_BYTES = 8 << 20, /* of transformed inputs and products in a task */
    MOST_PANELS = 16,      /* of tiles in a task */
    SHIFT = 16,            /* numbers between points beyond what they need: else all points of a
                            * place would meet in the same sets of the caches */
    PHASES = 4
};

typedef struct plan {
    const genrepi_kernels *kernels;
    genrepi_tile_grid grid;
    genrepi_tile_shape shape;
    genrepi_tile_source source;
    int64_t depth, out; /* channels in and out, phases included */
    int32_t in_phases, out_phases;
    /* Weights: element (p, q) of (out o, in c) is at place(o) + place(c) + tap[p][q]. */
    const real *w;
    real factor;
    int64_t out_step, in_step, taps[9];
    const real *bias;
    /* The target: output (i, j) of phase (a, b) is row split * i + a + to_offset, columns alike. */
    real *to;
    int64_t to_channels, to_height, to_width, to_offset;
    int32_t to_split;
    int64_t tiles, panels;          /* all; of tiles in a block */
    int64_t rows, down, across;     /* output channels of a block; blocks */
    int64_t u_step, v_step, m_step; /* from point to point */
    int64_t slot_size, m_at, lines_at, places_at, pointers_at, out_at, targets_at; /* bytes */
    real *u;
    char *work;
    int32_t slots;
    atomic_flag taken[SLOTS];
} plan;

static int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}
static int64_t divide_up(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}
static int64_t round_up(int64_t a, int64_t b) {
    return divide_up(a, b) * b;
}

/* Where the weights of a channel begin; phases are inside a kernel of width 4. */
static int64_t place(int64_t channel, int32_t phases, int64_t step) {
    if (phases == 1) return channel * step;
    return channel / PHASES * step + channel % PHASES / 2 * 4 + channel % 2;
}

static void transform_weights(void *argument, int64_t begin, int64_t end) {
    const plan *p = argument;
    const genrepi_kernels *k = p->kernels;
    const int32_t pitch = k->gemm_pitch, height = k->gemm_rows, r2 = p->shape.r * p->shape.r;
    const real factor = p->factor;
    real lanes[9 * 64];
    for (int64_t panel = begin; panel < end; panel++)
        for (int64_t c = 0; c < p->depth; c++) {
            const real *w = p->w + place(c, p->in_phases, p->in_step);
            for (int32_t l = 0; l < pitch; l++) {
                const int64_t o = panel * height + (l < height ? l : 0);
                const real *from = w + place(o < p->out ? o : 0, p->out_phases, p->out_step);
                for (int32_t t = 0; t < r2; t++) lanes[t * pitch + l] = factor * from[p->taps[t]];
            }
            k->winograd_weight(p->grid.kind, pitch, lanes, pitch,
                               p->u + (panel * p->depth + c) * pitch, p->u_step);
        }
}

typedef struct target {
    int64_t at, row, first, end;
} target;

typedef struct block {
    int64_t tile, tiles, row, rows;
    real *v, *m, *even, *odd, *out;
    int64_t *places;
    target *targets;
    const real **pointers;
} block;

static void transform_lines(const plan *p, const block *b, const real *lines, int64_t channel) {
    const genrepi_kernels *k = p->kernels;
    const int64_t width = k->gemm_cols, step = genrepi_tile_row_width(&p->grid, &p->source);
    for (int64_t panel = 0; panel * width < b->tiles; panel++) {
        const int64_t n = smaller(width, b->tiles - panel * width);
        for (int64_t j = 0; j < width; j++)
            b->pointers[j] = lines + b->places[panel * width + (j < n ? j : n - 1)];
        k->winograd_input(p->grid.kind, width, b->pointers, step,
                          b->v + (panel * p->depth + channel) * width, p->v_step);
    }
}

static void transform_inputs(const plan *p, const block *b) {
    genrepi_tile_places(&p->grid, &p->source, b->tile, b->tiles, b->places);
    for (int64_t c = 0; c < p->depth; c += p->source.split) {
        const int64_t channel = c / p->in_phases;
        genrepi_tile_rows(p->kernels, &p->grid, &p->source, channel,
                          (int32_t)(c % p->in_phases / 2), b->tile, b->tiles, b->even, b->odd);
        transform_lines(p, b, b->even, c);
        if (p->source.split == 2) transform_lines(p, b, b->odd, c + 1);
    }
}

static void multiply(const plan *p, const block *b) {
    const genrepi_kernels *k = p->kernels;
    const int64_t width = k->gemm_cols, height = k->gemm_rows, pitch = k->gemm_pitch;
    const int64_t stride = p->panels * width, points = p->shape.a * p->shape.a;
    for (int64_t t = 0; t < points; t++)
        for (int64_t col = 0; col < b->tiles; col += width)
            for (int64_t row = 0; row < b->rows; row += height)
                k->gemm_tile((int32_t)smaller(height, b->rows - row), (int32_t)width, p->depth,
                             p->u + t * p->u_step + (b->row + row) / height * p->depth * pitch,
                             pitch, b->v + t * p->v_step + col * p->depth, width, 1, 0,
                             b->m + t * p->m_step + row * stride + col, stride);
}

/* Where a tile goes: its first output in the target's channel 0, phase (0, 0), and what of its
 * rows and columns (with phases, of both) is inside; rows of phase 1 may be one more or less. */
static target target_of(const plan *p, int64_t tile) {
    const int64_t m = p->shape.m, s = p->to_split, row = tile / p->grid.across;
    const int64_t sample = row / p->grid.down;
    const int64_t y = s * (row % p->grid.down) * m + p->to_offset,
                  x = s * (tile % p->grid.across) * m + p->to_offset;
    target t = {.at = (sample * p->to_channels * p->to_height + y) * p->to_width + x, .row = y};
    t.first = x < 0 ? -x : 0;
    t.end = smaller(s * m, p->to_width - x);
    return t;
}

/* A tile of a channel to where there are no phases. */
static void put_tile(const plan *p, const target *t, real *to, const real *out, int64_t step) {
    const int64_t m = p->shape.m, rows = smaller(m, p->to_height - t->row);
    for (int64_t i = 0; i < rows; i++, to += p->to_width, out += step) {
        if (m == 4 && t->end == 4)
            memcpy(to, out, 4 * sizeof *to);
        else
            for (int64_t k = 0; k < t->end; k++) to[k] = out[k];
    }
}

/* Of phases (a, 0) and (a, 1), side by side; odd is `apart` behind even. */
static void put_phases(const plan *p, const target *t, int64_t a, real *to, const real *even,
                       int64_t apart, int64_t step) {
    const int64_t m = p->shape.m;
    for (int64_t i = 0; i < m; i++, even += step) {
        const int64_t row = t->row + 2 * i + a;
        if (row < 0 || row >= p->to_height) continue;
        real both[8], *line = to + (2 * i + a) * p->to_width;
        for (int64_t k = 0; k < m; k++) both[2 * k] = even[k], both[2 * k + 1] = even[apart + k];
        for (int64_t k = t->first; k < t->end; k++) line[k] = both[k];
    }
}

static void transform_outputs(const plan *p, const block *b) {
    const genrepi_kernels *k = p->kernels;
    const int64_t width = k->gemm_cols, stride = p->panels * width, m = p->shape.m;
    const int64_t size = m * m * width, plane = p->to_height * p->to_width;
    for (int64_t j = 0; j < b->tiles; j++) b->targets[j] = target_of(p, b->tile + j);
    for (int64_t row = 0; row < b->rows; row += p->to_split)
        for (int64_t col = 0; col < b->tiles; col += width) {
            const int64_t channel = b->row + row, n = smaller(width, b->tiles - col);
            const real bias = p->bias != NULL ? p->bias[channel / p->out_phases] : 0;
            real *to = p->to + channel / p->out_phases * plane;
            for (int32_t s = 0; s < p->to_split; s++)
                k->winograd_output(p->grid.kind, width, b->m + (row + s) * stride + col, p->m_step,
                                   bias, b->out + s * size);
            for (int64_t j = 0; j < n; j++) {
                const target *t = &b->targets[col + j];
                if (p->to_split == 1)
                    put_tile(p, t, to + t->at, b->out + j * m, width * m);
                else
                    put_phases(p, t, channel % p->out_phases / 2, to + t->at, b->out + j * m, size,
                               width * m);
            }
        }
}

static void run_block(void *argument, int64_t task) {
    plan *p = argument;
    int32_t slot = 0;
    while (atomic_flag_test_and_set_explicit(&p->taken[slot], memory_order_acquire))
        slot = (slot + 1) % p->slots;
    char *work = p->work + slot * p->slot_size;
    const int64_t each = p->panels * p->kernels->gemm_cols;
    block b = {.tile = task / p->down * each,
               .row = task % p->down * p->rows,
               .v = (real *)(void *)work,
               .m = (real *)(void *)(work + p->m_at),
               .even = (real *)(void *)(work + p->lines_at),
               .out = (real *)(void *)(work + p->out_at),
               .places = (int64_t *)(void *)(work + p->places_at),
               .pointers = (const real **)(void *)(work + p->pointers_at),
               .targets = (target *)(void *)(work + p->targets_at)};
    b.odd = b.even + genrepi_tile_most_numbers(&p->grid, &p->source, each);
    b.tiles = smaller(each, p->tiles - b.tile);
    b.rows = smaller(p->rows, p->out - b.row);
    transform_inputs(p, &b);
    multiply(p, &b);
    transform_outputs(p, &b);
    atomic_flag_clear_explicit(&p->taken[slot], memory_order_release);
}

/* Blocks may depend on the number of threads: they do not decide the bits. */
static void split(plan *p, int32_t workers) {
    const genrepi_kernels *k = p->kernels;
    const int64_t points = p->shape.a * p->shape.a, width = k->gemm_cols;
    const int64_t panel = points * (p->depth + p->out) * width * (int64_t)sizeof(real);
    const int64_t all = divide_up(p->tiles, width);
    int64_t tasks = divide_up(all, smaller(MOST_PANELS, divide_up(BLOCK_BYTES, panel)));
    tasks = smaller(all, round_up(tasks, workers)); /* as many for each thread */
    p->panels = divide_up(all, tasks);
    p->across = divide_up(all, p->panels);
    int64_t down = 1; /* with few tiles, several tasks transform the same ones */
    if (p->across < workers) down = divide_up(workers, p->across);
    const int64_t unit = 2 * k->gemm_rows; /* phases stay together */
    p->rows = round_up(divide_up(p->out, smaller(down, divide_up(p->out, unit))), unit);
    p->down = divide_up(p->out, p->rows);
}

static int64_t aligned(int64_t bytes) {
    return round_up(bytes, 64);
}

static int32_t run(genrep_ctx *ctx, plan *p) {
    const genrepi_kernels *k = p->kernels = ctx->kernels;
    const int32_t workers = genrepi_workers(ctx);
    const int64_t bytes = sizeof(real), points = p->shape.a * p->shape.a, width = k->gemm_cols;
    p->tiles = genrepi_tile_count(&p->grid);
    split(p, workers);
    const int64_t each = p->panels * width, rows = divide_up(p->out, k->gemm_rows);
    p->u_step = rows * p->depth * k->gemm_pitch + SHIFT;
    p->v_step = p->depth * each + SHIFT;
    p->m_step = smaller(p->rows, round_up(p->out, k->gemm_rows)) * each + SHIFT;
    p->m_at = aligned(points * p->v_step * bytes);
    p->lines_at = p->m_at + aligned(points * p->m_step * bytes);
    p->out_at =
        p->lines_at + aligned(2 * genrepi_tile_most_numbers(&p->grid, &p->source, each) * bytes);
    p->places_at = p->out_at + aligned(2 * p->shape.m * p->shape.m * width * bytes);
    p->pointers_at = p->places_at + aligned(each * (int64_t)sizeof(int64_t));
    p->targets_at = p->pointers_at + aligned(width * (int64_t)sizeof(real *));
    p->slot_size = p->targets_at + aligned(each * (int64_t)sizeof(target));
    p->slots = (int32_t)smaller(smaller(workers, p->down * p->across), SLOTS);
    p->u = genrepi_scratch_get(ctx, (size_t)(points * p->u_step * bytes));
    if (p->u == NULL) return GENREP_E_NOMEM;
    p->work = genrepi_scratch_get(ctx, (size_t)(p->slots * p->slot_size));
    if (p->work == NULL) {
        genrepi_scratch_put(ctx, p->u);
        return GENREP_E_NOMEM;
    }
    for (int32_t i = 0; i < p->slots; i++) atomic_flag_clear(&p->taken[i]);
    genrepi_parallel_range(ctx, rows, 1, transform_weights, p);
    genrepi_parallel(ctx, p->down * p->across, run_block, p);
    genrepi_scratch_put(ctx, p->work);
    genrepi_scratch_put(ctx, p->u);
    return GENREP_OK;
}

int32_t genrepi_winograd_forward(genrep_ctx *ctx, const genrepi_convolution *c, int32_t kind,
                                 const real *x, const real *w, const real *bias, real *y) {
    const genrepi_tile_shape shape = genrepi_tile_shape_of(kind);
    const int32_t s = shape.r == 2 ? 2 : 1;
    plan p = {.grid = genrepi_tile_grid_of(kind, c->batch, c->out_height, c->out_width),
              .shape = shape,
              .source = {x, c->in, c->height, c->width, s, -c->pad_top, shape.a},
              .depth = c->in * s * s,
              .out = c->out,
              .in_phases = s * s,
              .out_phases = 1,
              .w = w,
              .factor = genrepi_convolution_factor(c),
              .out_step = c->in * c->kernel_height * c->kernel_width,
              .in_step = c->kernel_height * c->kernel_width,
              .bias = bias,
              .to = y,
              .to_channels = c->out,
              .to_height = c->out_height,
              .to_width = c->out_width,
              .to_split = 1};
    for (int32_t i = 0; i < shape.r * shape.r; i++)
        p.taps[i] = s * (i / shape.r) * c->kernel_width + s * (i % shape.r);
    return run(ctx, &p);
}

/* dx[i] = sum_p w[p] dy[i + pad - p]: the kernel turned round, from row i + pad - (r - 1) on; of
 * phase a, dx[2 i + a - pad] = sum_u w[2 u + a] dy[i - u], of which rows from pad / 2 on exist. */
int32_t genrepi_winograd_input(genrep_ctx *ctx, const genrepi_convolution *c, int32_t kind,
                               const real *dy, const real *w, const real *bias, real *dx) {
    const genrepi_tile_shape shape = genrepi_tile_shape_of(kind);
    const int32_t s = shape.r == 2 ? 2 : 1;
    const int64_t pad = c->pad_top, low = s == 2 ? pad / 2 : 0;
    const int64_t rows = s == 2 ? (c->height - 1 + pad) / 2 - low + 1 : c->height,
                  cols = s == 2 ? (c->width - 1 + pad) / 2 - low + 1 : c->width;
    plan p = {
        .grid = genrepi_tile_grid_of(kind, c->batch, rows, cols),
        .shape = shape,
        .source = {dy, c->out, c->out_height, c->out_width, 1, s == 2 ? low - 1 : pad - 2, shape.a},
        .depth = c->out,
        .out = c->in * s * s,
        .in_phases = 1,
        .out_phases = s * s,
        .w = w,
        .factor = genrepi_convolution_factor(c),
        .out_step = c->kernel_height * c->kernel_width,
        .in_step = c->in * c->kernel_height * c->kernel_width,
        .bias = bias,
        .to = dx,
        .to_channels = c->in,
        .to_height = c->height,
        .to_width = c->width,
        .to_split = s,
        .to_offset = s == 2 ? 2 * low - pad : 0};
    for (int32_t i = 0; i < shape.r * shape.r; i++)
        p.taps[i] =
            s * (shape.r - 1 - i / shape.r) * c->kernel_width + s * (shape.r - 1 - i % shape.r);
    return run(ctx, &p);
}
