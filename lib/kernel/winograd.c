/* Forward and input gradient: tiles in, products point by point, tiles out.
 *
 * Where there are many tiles, weights are transformed once a call and packed for the micro-kernel;
 * a task has a block of tiles and of output channels: it transforms the inputs of all channels
 * straight into the packed form, multiplies point by point, and transforms back while the products
 * are in the cache.  A product is one chain over all channels.
 *
 * Where there are few tiles and many channels, transformed weights would cost more memory traffic
 * than all else: there inputs are transformed once a call, and a task has a block of output
 * channels only; it goes through the channels in chunks, transforms the weights of a chunk into the
 * cache, and uses them at once for all tiles.
 *
 * Which of the two, and the chunks, follow from the shape, so bits do not depend on blocks,
 * threads, nor AVX2 or AVX-512. */
#include <kernel/winograd.h>
#include <base/pool.h>
#include <kernel/winograd_tiles.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>

enum {
    SLOTS = 64,            /* workspaces: tasks that run at once */
    BLOCK_BYTES = 8 << 20, /* of transformed inputs and products in a task */
    MOST_PANELS = 16,      /* of tiles in a task */
    MOST_PITCH = 64,
    CHUNK = 128,      /* channels of weights that a task transforms at once */
    ROW_PANELS = 4,   /* and the panels of rows that it has */
    INPUT_TASKS = 16, /* that the channels are cut in, to be transformed */
    PHASES = 4,
    SHIFT = 16, /* numbers between points beyond what they need: else all points of a
                 * place would meet in the same sets of the caches */
};

typedef struct plan {
    const genrepi_kernels *kernels;
    genrepi_tile_grid grid;
    genrepi_tile_shape shape;
    genrepi_tile_source source;
    int64_t depth, out; /* channels that are summed over, phases included; channels of the target */
    int32_t in_phases, out_phases;
    int32_t
        odd_phase; /* 1: phase 0 of the target has the kernel's phase 1, and the other way round */
    int32_t shift; /* the target's phases 1 look so many rows, columns further on in the source */
    /* Weights: tap t of a pair, of phase (a, b) if there are phases on either side, is at
     * o * out_step + c * in_step + taps[t] + a * (kernel width) + b. */
    const real *w;
    real factor;
    int64_t out_step, in_step, kernel_width, kernel_taps, taps[9];
    const real *bias;
    /* The target: output (i, j) of phase (a, b) is row split * i + a, columns alike. */
    real *to;
    int64_t to_channels, to_height, to_width;
    int32_t to_split;
    int64_t tiles, panels;          /* all; of tiles in a block */
    int64_t rows, down, across;     /* target channels of a block; blocks */
    int64_t row_panels;             /* of a block's channels, for each phase */
    int64_t u_step, v_step, m_step; /* from point to point */
    int64_t slot_size, m_at, lines_at, places_at, pointers_at, out_at, targets_at, pieces_at,
        u_at;           /* bytes */
    int32_t by_weights; /* tasks have channels, not tiles */
    real *u, *v;        /* of all weights, or of all inputs */
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

/* Channels of a block, and those of its panels: all panels have about as many. */
typedef struct span {
    int64_t first, n;
} span;

static span block_rows(const plan *p, int64_t block) {
    const int64_t first = block * p->rows;
    return (span){first, smaller(p->rows, p->out - first)};
}

static span panel_rows(const plan *p, int64_t n, int64_t panel) {
    const int64_t first = panel * n / p->row_panels;
    return (span){first, (panel + 1) * n / p->row_panels - first};
}

static int64_t phase_place(const plan *p, int64_t phase) {
    return (phase / 2 ^ p->odd_phase) * p->kernel_width + (phase % 2 ^ p->odd_phase);
}

/* Sets of transformed inputs, one for each shift; and the set that a phase of the target needs. */
static int64_t sets_of(const plan *p) {
    return p->shift > 0 ? PHASES : 1;
}
static int64_t set_of(const plan *p, int64_t phase) {
    return p->shift > 0 ? phase : 0;
}

/* Weights of a panel of a block, channels first .. end, to [point][phase][panel][channel][pitch]
 * from u on, with room for `depth` channels. */
static void transform_panel(const plan *p, int64_t block, int64_t panel, int64_t first, int64_t end,
                            int64_t depth, real *u) {
    const genrepi_kernels *k = p->kernels;
    const span rows = block_rows(p, block), lanes = panel_rows(p, rows.n, panel);
    const int64_t r2 = p->shape.r * p->shape.r, phases = p->in_phases * p->out_phases,
                  pitch = k->gemm_pitch;
    int64_t places[9];
    real taps[16 * MOST_PITCH];
    for (int64_t t = 0; t < r2; t++) places[t] = p->taps[t] * pitch;
    if (lanes.n == 0) return;
    for (int64_t c = first; c < end; c += p->in_phases) {
        const real *w =
            p->w + (rows.first + lanes.first) * p->out_step + c / p->in_phases * p->in_step;
        k->gemm_pack(p->kernel_taps, (int32_t)lanes.n, w, p->out_step, 1, (int32_t)pitch, taps);
        if (p->factor != 1) k->scale(p->kernel_taps * pitch, p->factor, taps, taps);
        for (int64_t phase = 0; phase < phases; phase++) {
            const int64_t row = (p->out_phases > 1 ? phase : 0) * p->row_panels + panel;
            const int64_t channel = c - first + (p->in_phases > 1 ? phase : 0);
            k->winograd_weight(p->grid.kind, pitch, taps + phase_place(p, phase) * pitch, places,
                               u + (row * depth + channel) * pitch, p->u_step);
        }
    }
}

/* Numbers of a block's weights at a point. */
static int64_t block_size(const plan *p, int64_t depth) {
    return p->out_phases * p->row_panels * depth * p->kernels->gemm_pitch;
}

static void transform_weights(void *argument, int64_t task) {
    const plan *p = argument;
    const int64_t block = task / p->row_panels;
    transform_panel(p, block, task % p->row_panels, 0, p->depth, p->depth,
                    p->u + block * block_size(p, p->depth));
}

typedef struct target {
    int64_t at, row, end;
} target;

typedef struct block {
    int64_t tile, tiles;
    span rows;
    real *v, *m, *lines, *out; /* lines: copies of the rows, one for each phase */
    int64_t line_size, most_pieces;
    genrepi_piece_of_rows *pieces; /* most_pieces for each row phase */
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
        real *to = b->v + (panel * p->depth + channel) * width;
        if (p->shift > 0)
            k->winograd_shifted(p->grid.kind, width, b->pointers, step, to, p->v_step,
                                p->panels * p->depth * width);
        else
            k->winograd_input(p->grid.kind, width, b->pointers, step, to, p->v_step);
    }
}

/* Channels first .. end. */
static void transform_inputs(const plan *p, const block *b, int64_t first, int64_t end) {
    const int64_t split = p->source.split;
    genrepi_tile_places(&p->grid, &p->source, b->tile, b->tiles, b->places);
    genrepi_tile_rows rows[2] = {{.pieces = b->pieces}, {.pieces = b->pieces + b->most_pieces}};
    for (int32_t a = 0; a < split; a++)
        genrepi_tile_find_rows(&p->grid, &p->source, a, b->tile, b->tiles, &rows[a]);
    memset(b->lines, 0, (size_t)(split * split * b->line_size) * sizeof *b->lines);
    for (int64_t c = first; c < end; c += split) {
        const int64_t a = c % p->in_phases / 2;
        real *even = b->lines + 2 * a * b->line_size, *odd = even + b->line_size;
        genrepi_tile_copy_rows(p->kernels, &p->source, &rows[a], c / p->in_phases, even, odd);
        transform_lines(p, b, even, c);
        if (split == 2) transform_lines(p, b, odd, c + 1);
    }
}

/* Of channels first .. first + n, whose weights begin at u. */
static void multiply(const plan *p, const block *b, const real *u, int64_t first, int64_t n,
                     int64_t depth) {
    const genrepi_kernels *k = p->kernels;
    const int64_t width = k->gemm_cols, pitch = k->gemm_pitch, stride = p->panels * width;
    const int64_t points = p->shape.a * p->shape.a, panels = p->out_phases * p->row_panels;
    for (int64_t t = 0; t < points; t++)
        for (int64_t col = 0; col < b->tiles; col += width)
            for (int64_t i = 0; i < panels; i++) {
                const span rows = panel_rows(p, b->rows.n, i % p->row_panels);
                const int64_t phase = i / p->row_panels, row = phase * b->rows.n + rows.first;
                const real *v = b->v + t * p->v_step +
                                (set_of(p, phase) * p->panels * width + col) * p->depth +
                                first * width;
                if (rows.n > 0)
                    k->gemm_tile((int32_t)rows.n, (int32_t)width, n,
                                 u + t * p->u_step + i * depth * pitch, pitch, v, width, 1,
                                 first == 0 ? 0 : 1, b->m + t * p->m_step + row * stride + col,
                                 stride);
            }
}

/* Where a tile goes: its first output in the target's channel 0, phase (0, 0), and which of its
 * columns, of both phases if there are any, are inside. */
static target target_of(const plan *p, int64_t tile) {
    const int64_t m = p->shape.m, s = p->to_split, row = tile / p->grid.across;
    const int64_t sample = row / p->grid.down;
    const int64_t y = s * (row % p->grid.down) * m, x = s * (tile % p->grid.across) * m;
    return (target){.at = (sample * p->to_channels * p->to_height + y) * p->to_width + x,
                    .row = y,
                    .end = smaller(s * m, p->to_width - x)};
}

/* n of a line's numbers; whole lines, of fixed length, without a call. */
static void put_line(const real *from, int64_t length, int64_t n, real *to) {
    if (n >= length && length == 4)
        memcpy(to, from, 4 * sizeof *to);
    else if (n >= length && length == 8)
        memcpy(to, from, 8 * sizeof *to);
    else
        for (int64_t k = 0; k < length && k < n; k++) to[k] = from[k];
}

/* A channel's tiles of a panel, with phases those of (a, 0) and (a, 1), whose products' rows are
 * b->rows.n apart. */
static void put_channel(const plan *p, const block *b, int64_t channel, int64_t a, int64_t col) {
    const genrepi_kernels *k = p->kernels;
    const int64_t width = k->gemm_cols, stride = p->panels * width, m = p->shape.m;
    const int64_t s = p->to_split, length = s * m, n = smaller(width, b->tiles - col);
    const real bias = p->bias != NULL ? p->bias[b->rows.first + channel] : 0;
    real *to = p->to + (b->rows.first + channel) * p->to_height * p->to_width + a * p->to_width;
    k->winograd_output(p->grid.kind, width, b->m + (2 * a * b->rows.n + channel) * stride + col,
                       p->m_step, s == 2 ? b->rows.n * stride : 0, bias, b->out);
    for (int64_t j = 0; j < n; j++) {
        const target *t = &b->targets[col + j];
        const int64_t left = (p->to_height - t->row - a + s - 1) / s, rows = smaller(m, left);
        for (int64_t i = 0; i < rows; i++)
            put_line(b->out + (i * width + j) * length, length, t->end,
                     to + t->at + s * i * p->to_width);
    }
}

static void transform_outputs(const plan *p, const block *b) {
    for (int64_t j = 0; j < b->tiles; j++) b->targets[j] = target_of(p, b->tile + j);
    for (int64_t channel = 0; channel < b->rows.n; channel++)
        for (int64_t a = 0; a < p->to_split; a++)
            for (int64_t col = 0; col < b->tiles; col += p->kernels->gemm_cols)
                put_channel(p, b, channel, a, col);
}

static int32_t take_slot(plan *p) {
    int32_t slot = 0;
    while (atomic_flag_test_and_set_explicit(&p->taken[slot], memory_order_acquire))
        slot = (slot + 1) % p->slots;
    return slot;
}

static void give_slot(plan *p, int32_t slot) {
    atomic_flag_clear_explicit(&p->taken[slot], memory_order_release);
}

/* Tiles from `tile` on with channels of a block, in a slot's workspace. */
static block block_of(const plan *p, int32_t slot, int64_t tile, int64_t index) {
    char *work = p->work + slot * p->slot_size;
    const int64_t each = p->panels * p->kernels->gemm_cols;
    return (block){.tile = tile,
                   .tiles = smaller(each, p->tiles - tile),
                   .rows = block_rows(p, index),
                   .v = p->by_weights ? p->v : (real *)(void *)work,
                   .m = (real *)(void *)(work + p->m_at),
                   .lines = (real *)(void *)(work + p->lines_at),
                   .line_size = genrepi_tile_most_numbers(&p->grid, &p->source, each),
                   .out = (real *)(void *)(work + p->out_at),
                   .most_pieces = genrepi_tile_most_pieces(&p->grid, each),
                   .pieces = (genrepi_piece_of_rows *)(void *)(work + p->pieces_at),
                   .places = (int64_t *)(void *)(work + p->places_at),
                   .pointers = (const real **)(void *)(work + p->pointers_at),
                   .targets = (target *)(void *)(work + p->targets_at)};
}

static void run_block(void *argument, int64_t task) {
    plan *p = argument;
    const int32_t slot = take_slot(p);
    const int64_t index = task % p->down;
    block b = block_of(p, slot, task / p->down * p->panels * p->kernels->gemm_cols, index);
    transform_inputs(p, &b, 0, p->depth);
    multiply(p, &b, p->u + index * block_size(p, p->depth), 0, p->depth, p->depth);
    transform_outputs(p, &b);
    give_slot(p, slot);
}

static void run_inputs(void *argument, int64_t begin, int64_t end) {
    plan *p = argument;
    const int32_t slot = take_slot(p);
    block b = block_of(p, slot, 0, 0);
    transform_inputs(p, &b, begin * p->in_phases, end * p->in_phases);
    give_slot(p, slot);
}

static void run_rows(void *argument, int64_t index) {
    plan *p = argument;
    const int32_t slot = take_slot(p);
    block b = block_of(p, slot, 0, index);
    real *u = (real *)(void *)(p->work + slot * p->slot_size + p->u_at);
    for (int64_t first = 0; first < p->depth; first += CHUNK) {
        const int64_t end = smaller(first + CHUNK, p->depth);
        for (int64_t panel = 0; panel < p->row_panels; panel++)
            transform_panel(p, index, panel, first, end, CHUNK, u);
        multiply(p, &b, u, first, end - first, CHUNK);
    }
    transform_outputs(p, &b);
    give_slot(p, slot);
}

/* Numbers that go through memory: transformed weights written and read by blocks of 64 tiles, or
 * transformed inputs read by blocks of rows. */
static int32_t is_by_weights(const plan *p) {
    enum { TILES = 64, ROWS = 14 * ROW_PANELS };
    const double in = (double)p->depth, out = (double)(p->out * p->out_phases);
    const double tiles = (double)p->tiles, sets = (double)sets_of(p);
    return in * out * (2 + ceil(tiles / TILES)) > tiles * in * sets * (2 + ceil(out / ROWS));
}

/* Blocks may depend on the number of threads: they do not decide the bits. */
static void split(plan *p, int32_t workers) {
    const genrepi_kernels *k = p->kernels;
    const int64_t points = p->shape.a * p->shape.a, width = k->gemm_cols;
    const int64_t panel =
        points * (p->depth * sets_of(p) + p->out * p->out_phases) * width * (int64_t)sizeof(real);
    const int64_t all = divide_up(p->tiles, width);
    if (p->by_weights) {
        const int64_t most = ROW_PANELS * k->gemm_rows / p->out_phases;
        p->panels = all;
        p->across = 1;
        p->down = divide_up(p->out, most > 0 ? most : 1);
        p->down = smaller(p->out, round_up(p->down, workers));
    } else {
        int64_t tasks = divide_up(all, smaller(MOST_PANELS, divide_up(BLOCK_BYTES, panel)));
        tasks = smaller(all, round_up(tasks, workers)); /* as many for each thread */
        p->panels = divide_up(all, tasks);
        p->across = divide_up(all, p->panels);
        p->down = 1; /* with few tiles, several tasks transform the same ones */
        if (p->across < workers)
            p->down = smaller(divide_up(workers, p->across), divide_up(p->out, k->gemm_rows));
    }
    p->rows = divide_up(p->out, p->down);
    p->down = divide_up(p->out, p->rows);
    p->row_panels = divide_up(p->rows, k->gemm_rows);
}

static int64_t aligned(int64_t bytes) {
    return round_up(bytes, 64);
}

/* Where everything is in a slot, and what it takes in bytes. */
static void lay_out(plan *p) {
    const genrepi_kernels *k = p->kernels;
    const int64_t bytes = sizeof(real), points = p->shape.a * p->shape.a, width = k->gemm_cols;
    const int64_t each = p->panels * width, splits = p->source.split * p->source.split;
    p->u_step = (p->by_weights ? block_size(p, CHUNK) : p->down * block_size(p, p->depth)) + SHIFT;
    p->v_step = sets_of(p) * p->depth * each + SHIFT;
    p->m_step = p->out_phases * p->rows * each + SHIFT;
    p->m_at = p->by_weights ? 0 : aligned(points * p->v_step * bytes);
    p->lines_at = p->m_at + aligned(points * p->m_step * bytes);
    p->out_at = p->lines_at +
                aligned(splits * genrepi_tile_most_numbers(&p->grid, &p->source, each) * bytes);
    p->places_at = p->out_at + aligned(2 * p->shape.m * p->shape.m * width * bytes);
    p->pointers_at = p->places_at + aligned(each * (int64_t)sizeof(int64_t));
    p->targets_at = p->pointers_at + aligned(width * (int64_t)sizeof(real *));
    p->pieces_at = p->targets_at + aligned(each * (int64_t)sizeof(target));
    p->u_at = p->pieces_at + aligned(2 * genrepi_tile_most_pieces(&p->grid, each) *
                                     (int64_t)sizeof(genrepi_piece_of_rows));
    p->slot_size = p->u_at + (p->by_weights ? aligned(points * p->u_step * bytes) : 0);
}

static int32_t run(genrep_ctx *ctx, plan *p) {
    const int32_t workers = genrepi_workers(ctx);
    const int64_t points = p->shape.a * p->shape.a;
    p->kernels = ctx->kernels;
    p->tiles = genrepi_tile_count(&p->grid);
    p->by_weights = is_by_weights(p);
    split(p, workers);
    lay_out(p);
    p->slots =
        (int32_t)smaller(smaller(workers, p->by_weights ? workers : p->down * p->across), SLOTS);
    const int64_t shared = points * (p->by_weights ? p->v_step : p->u_step);
    real *all = genrepi_scratch_get(ctx, (size_t)shared * sizeof *all);
    if (all == NULL) return GENREP_E_NOMEM;
    p->u = p->v = all;
    p->work = genrepi_scratch_get(ctx, (size_t)(p->slots * p->slot_size));
    if (p->work == NULL) {
        genrepi_scratch_put(ctx, all);
        return GENREP_E_NOMEM;
    }
    for (int32_t i = 0; i < p->slots; i++) atomic_flag_clear(&p->taken[i]);
    if (p->by_weights) {
        const int64_t channels = p->depth / p->in_phases;
        genrepi_parallel_range(ctx, channels, divide_up(channels, INPUT_TASKS), run_inputs, p);
        genrepi_parallel(ctx, p->down, run_rows, p);
    } else {
        genrepi_parallel(ctx, p->down * p->row_panels, transform_weights, p);
        genrepi_parallel(ctx, p->down * p->across, run_block, p);
    }
    genrepi_scratch_put(ctx, p->work);
    genrepi_scratch_put(ctx, all);
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
              .kernel_width = c->kernel_width,
              .kernel_taps = c->kernel_height * c->kernel_width,
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

/* dx[i] = sum_p w[p] dy[i + pad - p]: the kernel turned round, from row i + pad - (r - 1) on.  With
 * phases, rows 2 i + d of dx meet the kernel's phase e = (d + pad) % 2 and rows i + (d + pad - e) /
 * 2 and the one before of dy: for an odd pad the two d look at rows one apart. */
int32_t genrepi_winograd_input(genrep_ctx *ctx, const genrepi_convolution *c, int32_t kind,
                               const real *dy, const real *w, const real *bias, real *dx) {
    const genrepi_tile_shape shape = genrepi_tile_shape_of(kind);
    const int32_t s = shape.r == 2 ? 2 : 1, odd = s == 2 && c->pad_top % 2 == 1;
    const int64_t first = s == 2 ? c->pad_top / 2 - 1 : c->pad_top - 2;
    plan p = {.grid = genrepi_tile_grid_of(kind, c->batch, (c->height + s - 1) / s,
                                           (c->width + s - 1) / s),
              .shape = shape,
              .source = {dy, c->out, c->out_height, c->out_width, 1, first, shape.a + odd},
              .depth = c->out,
              .out = c->in,
              .in_phases = 1,
              .out_phases = s * s,
              .odd_phase = odd,
              .shift = odd,
              .w = w,
              .factor = genrepi_convolution_factor(c),
              .out_step = c->kernel_height * c->kernel_width,
              .in_step = c->in * c->kernel_height * c->kernel_width,
              .kernel_width = c->kernel_width,
              .kernel_taps = c->kernel_height * c->kernel_width,
              .bias = bias,
              .to = dx,
              .to_channels = c->in,
              .to_height = c->height,
              .to_width = c->width,
              .to_split = s};
    for (int32_t i = 0; i < shape.r * shape.r; i++)
        p.taps[i] =
            s * (shape.r - 1 - i / shape.r) * c->kernel_width + s * (shape.r - 1 - i % shape.r);
    return run(ctx, &p);
}
