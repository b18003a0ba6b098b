/* The weight gradient: sums over tiles of products of transformed cotangents and inputs.
 *
 * A task has a block of output and of input channels and a part of the tiles.  It goes through them
 * in chunks: transforms them, a vector of channels at a time, into the packed form, and
 * multiplies point by point onto sums that stay in its workspace; at the end it transforms those to
 * the kernel.  Where there are few channels the tiles are cut in parts, whose kernels are added in
 * order.  Chunks and parts follow from the shape alone, so bits depend neither on threads nor on
 * AVX2 or AVX-512. */
#include <kernel/winograd.h>
#include <base/pool.h>
#include <kernel/winograd_tiles.h>
#include <stdatomic.h>
#include <string.h>

enum {
    SLOTS = 64,  /* workspaces: tasks that run at once */
    CHUNK = 128, /* tiles */
    HIGH = 140,  /* output channels in a block, about */
    WIDE = 128,  /* input channels, phases included */
    BLOCKS = 8,  /* tasks that are enough not to cut the tiles */
    SHIFT = 16,  /* numbers between points: see winograd.c */
    PHASES = 4
};

typedef struct plan {
    const genrepi_kernels *kernels;
    const genrepi_convolution *c;
    genrepi_tile_grid grid;
    genrepi_tile_shape shape;
    genrepi_tile_source x, dy;
    int32_t phases;
    int64_t tiles, width;             /* width: input channels, phases included */
    int64_t rows, cols, down, across; /* of a block; blocks */
    int64_t parts, part;              /* part: tiles */
    int64_t v_step, z_step, sum_step;
    int64_t slot_size, z_at, sums_at, lines_at, places_at, pointers_at, pieces_at; /* bytes */
    real *dw, *partial;
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

typedef struct block {
    int64_t row, rows, col, cols, tile, tiles;
    real *v, *z, *sums, *lines;
    int64_t *places, most_pieces;
    genrepi_piece_of_rows *pieces; /* most_pieces for each row phase */
    const real **pointers;
} block;

typedef void transform(int32_t kind, int64_t n, const real *const *tiles, int64_t row_step,
                       real *to, int64_t point_step);

/* Tiles of n channels whose lines lie `size` apart, to [tile][pitch]. */
static void transform_channels(const plan *p, const block *b, transform *run, int64_t n,
                               int64_t pitch, int64_t size, int64_t row_step, real *to,
                               int64_t point_step) {
    for (int64_t j = 0; j < b->tiles; j++) {
        for (int64_t l = 0; l < pitch; l++)
            b->pointers[l] = b->lines + (l < n ? l : n - 1) * size + b->places[j];
        run(p->grid.kind, pitch, b->pointers, row_step, to + j * pitch, point_step);
    }
}

static void transform_inputs(const plan *p, const block *b) {
    const int64_t pitch = p->kernels->gemm_cols;
    const int64_t size = genrepi_tile_most_numbers(&p->grid, &p->x, CHUNK);
    genrepi_tile_places(&p->grid, &p->x, b->tile, b->tiles, b->places);
    memset(b->lines, 0, (size_t)(pitch * size) * sizeof *b->lines);
    genrepi_tile_rows rows[2] = {{.pieces = b->pieces}, {.pieces = b->pieces + b->most_pieces}};
    for (int32_t a = 0; a < p->x.split; a++)
        genrepi_tile_find_rows(&p->grid, &p->x, a, b->tile, b->tiles, &rows[a]);
    for (int64_t col = 0; col < b->cols; col += pitch) {
        const int64_t n = smaller(pitch, b->cols - col);
        for (int64_t l = 0; l < n; l += p->x.split) {
            const int64_t channel = b->col + col + l;
            genrepi_tile_copy_rows(p->kernels, &p->x, &rows[channel % p->phases / 2],
                                   channel / p->phases, b->lines + l * size,
                                   b->lines + (l + 1) * size);
        }
        transform_channels(p, b, p->kernels->winograd_input, n, pitch, size,
                           genrepi_tile_row_width(&p->grid, &p->x), b->v + col * CHUNK, p->v_step);
    }
}

static void transform_cotangents(const plan *p, const block *b) {
    const int64_t pitch = p->kernels->gemm_pitch, height = p->kernels->gemm_rows;
    const int64_t size = genrepi_tile_most_numbers(&p->grid, &p->dy, CHUNK);
    genrepi_tile_places(&p->grid, &p->dy, b->tile, b->tiles, b->places);
    memset(b->lines, 0, (size_t)(height * size) * sizeof *b->lines);
    genrepi_tile_rows rows = {.pieces = b->pieces};
    genrepi_tile_find_rows(&p->grid, &p->dy, 0, b->tile, b->tiles, &rows);
    const int64_t panels = divide_up(b->rows, height);
    for (int64_t panel = 0; panel < panels; panel++) {
        const int64_t row = panel * b->rows / panels, n = (panel + 1) * b->rows / panels - row;
        for (int64_t l = 0; l < n; l++)
            genrepi_tile_copy_rows(p->kernels, &p->dy, &rows, b->row + row + l, b->lines + l * size,
                                   NULL);
        transform_channels(p, b, p->kernels->winograd_cotangent, n, pitch, size,
                           genrepi_tile_row_width(&p->grid, &p->dy), b->z + panel * pitch * CHUNK,
                           p->z_step);
    }
}

static void multiply(const plan *p, const block *b, real beta) {
    const genrepi_kernels *k = p->kernels;
    const int64_t points = p->shape.a * p->shape.a, width = k->gemm_cols;
    const int64_t panels = divide_up(b->rows, k->gemm_rows);
    for (int64_t t = 0; t < points; t++)
        for (int64_t col = 0; col < b->cols; col += width)
            for (int64_t panel = 0; panel < panels; panel++) {
                const int64_t row = panel * b->rows / panels;
                k->gemm_tile((int32_t)((panel + 1) * b->rows / panels - row), (int32_t)width,
                             b->tiles, b->z + t * p->z_step + panel * k->gemm_pitch * CHUNK,
                             k->gemm_pitch, b->v + t * p->v_step + col * CHUNK, width, 1, beta,
                             b->sums + t * p->sum_step + row * p->cols + col, p->cols);
            }
}

/* Kernels of 4 x 4 from those of 2 x 2 of their phases, which are side by side. */
static void add_phases(int64_t n, const real *out, int64_t width, real factor, real *to) {
    for (int64_t c = 0; c < n; c += PHASES, out += PHASES, to += 16)
        for (int i = 0; i < 2; i++)
            for (int a = 0; a < 2; a++) {
                const real *left = out + 2 * i * width + 2 * a, *right = left + width;
                real *row = to + 4 * (2 * i + a);
                row[0] += factor * left[0], row[1] += factor * left[1];
                row[2] += factor * right[0], row[3] += factor * right[1];
            }
}

static void add_kernels(int64_t n, const real *out, int64_t width, real factor, real *to) {
    for (int64_t c = 0; c < n; c++, to += 9)
        for (int t = 0; t < 9; t++) to[t] += factor * out[t * width + c];
}

/* Adds the block's kernels to dw, or to the part's. */
static void put_weights(const plan *p, const block *b, real *dw) {
    const genrepi_kernels *k = p->kernels;
    const real factor = genrepi_convolution_factor(p->c);
    const int64_t each = p->c->kernel_height * p->c->kernel_width, width = k->gemm_cols;
    real out[9 * 64];
    for (int64_t row = 0; row < b->rows; row++)
        for (int64_t col = 0; col < b->cols; col += width) {
            k->winograd_weight_adjoint(p->grid.kind, width, b->sums + row * p->cols + col,
                                       p->sum_step, out, width);
            const int64_t n = smaller(width, b->cols - col);
            real *to = dw + ((b->row + row) * p->c->in + (b->col + col) / p->phases) * each;
            (p->phases > 1 ? add_phases : add_kernels)(n, out, width, factor, to);
        }
}

static int64_t weights_of(const plan *p) {
    return p->c->out * p->c->in * p->c->kernel_height * p->c->kernel_width;
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
               .v = (real *)(void *)work,
               .z = (real *)(void *)(work + p->z_at),
               .sums = (real *)(void *)(work + p->sums_at),
               .lines = (real *)(void *)(work + p->lines_at),
               .places = (int64_t *)(void *)(work + p->places_at),
               .most_pieces = genrepi_tile_most_pieces(&p->grid, CHUNK),
               .pieces = (genrepi_piece_of_rows *)(void *)(work + p->pieces_at),
               .pointers = (const real **)(void *)(work + p->pointers_at)};
    b.rows = smaller(p->rows, p->c->out - b.row);
    b.cols = smaller(p->cols, p->width - b.col);
    const int64_t first = part * p->part, end = smaller(first + p->part, p->tiles);
    for (b.tile = first; b.tile < end; b.tile += CHUNK) {
        b.tiles = smaller(CHUNK, end - b.tile);
        transform_inputs(p, &b);
        transform_cotangents(p, &b);
        multiply(p, &b, b.tile == first ? 0 : 1);
    }
    put_weights(p, &b, p->partial != NULL ? p->partial + part * weights_of(p) : p->dw);
    atomic_flag_clear_explicit(&p->taken[slot], memory_order_release);
}

static void add_parts(void *argument, int64_t begin, int64_t end) {
    const plan *p = argument;
    for (int64_t part = 0; part < p->parts; part++)
        p->kernels->axpy(end - begin, 1, p->partial + part * weights_of(p) + begin, p->dw + begin);
}

static int64_t aligned(int64_t bytes) {
    return round_up(bytes, 64);
}

/* By the shape alone: blocks, chunks and parts decide the bits where parts do. */
static void split(plan *p) {
    const genrepi_kernels *k = p->kernels;
    p->down = divide_up(p->c->out, HIGH);
    p->rows = round_up(divide_up(p->c->out, p->down), k->gemm_rows);
    p->down = divide_up(p->c->out, p->rows);
    p->cols = smaller(WIDE, round_up(p->width, k->gemm_cols));
    p->across = divide_up(p->width, p->cols);
    const int64_t blocks = divide_up(p->c->out, HIGH) * divide_up(p->width, WIDE);
    p->parts = blocks >= BLOCKS ? 1 : smaller(BLOCKS / blocks, divide_up(p->tiles, CHUNK));
    p->part = round_up(divide_up(p->tiles, p->parts), CHUNK);
    p->parts = divide_up(p->tiles, p->part);
}

static void lay_out(plan *p) {
    const genrepi_kernels *k = p->kernels;
    const int64_t bytes = sizeof(real), points = p->shape.a * p->shape.a;
    const int64_t panels = divide_up(p->rows, k->gemm_rows);
    const int64_t inputs = k->gemm_cols * genrepi_tile_most_numbers(&p->grid, &p->x, CHUNK);
    const int64_t cotangents = k->gemm_rows * genrepi_tile_most_numbers(&p->grid, &p->dy, CHUNK);
    const int64_t most = k->gemm_cols > k->gemm_pitch ? k->gemm_cols : k->gemm_pitch;
    p->v_step = p->cols * CHUNK + SHIFT;
    p->z_step = panels * k->gemm_pitch * CHUNK + SHIFT;
    p->sum_step = panels * k->gemm_rows * p->cols + SHIFT;
    p->z_at = aligned(points * p->v_step * bytes);
    p->sums_at = p->z_at + aligned(points * p->z_step * bytes);
    p->lines_at = p->sums_at + aligned(points * p->sum_step * bytes);
    p->places_at = p->lines_at + aligned((inputs > cotangents ? inputs : cotangents) * bytes);
    p->pointers_at = p->places_at + aligned(CHUNK * (int64_t)sizeof(int64_t));
    p->pieces_at = p->pointers_at + aligned(most * (int64_t)sizeof(real *));
    p->slot_size = p->pieces_at + aligned(2 * genrepi_tile_most_pieces(&p->grid, CHUNK) *
                                          (int64_t)sizeof(genrepi_piece_of_rows));
}

int32_t genrepi_winograd_weight(genrep_ctx *ctx, const genrepi_convolution *c, int32_t kind,
                                const real *x, const real *dy, real *dw) {
    const genrepi_tile_shape shape = genrepi_tile_shape_of(kind);
    const int32_t s = shape.r == 2 ? 2 : 1;
    plan p = {.kernels = ctx->kernels,
              .c = c,
              .grid = genrepi_tile_grid_of(kind, c->batch, c->out_height, c->out_width),
              .shape = shape,
              .x = {x, c->in, c->height, c->width, s, -c->pad_top, shape.a},
              .dy = {dy, c->out, c->out_height, c->out_width, 1, 0, shape.m},
              .phases = s * s,
              .width = c->in * s * s,
              .dw = dw};
    p.tiles = genrepi_tile_count(&p.grid);
    split(&p);
    lay_out(&p);
    const int64_t tasks = p.down * p.across * p.parts;
    p.slots = (int32_t)smaller(smaller(genrepi_workers(ctx), tasks), SLOTS);
    p.work = genrepi_scratch_get(ctx, (size_t)(p.slots * p.slot_size));
    if (p.work == NULL) return GENREP_E_NOMEM;
    if (p.parts > 1) {
        const size_t bytes = (size_t)(p.parts * weights_of(&p)) * sizeof(real);
        p.partial = genrepi_scratch_get(ctx, bytes);
        if (p.partial == NULL) {
            genrepi_scratch_put(ctx, p.work);
            return GENREP_E_NOMEM;
        }
        memset(p.partial, 0, bytes);
    }
    for (int32_t i = 0; i < p.slots; i++) atomic_flag_clear(&p.taken[i]);
    genrepi_parallel(ctx, tasks, run_block, &p);
    if (p.partial != NULL) {
        genrepi_parallel_range(ctx, weights_of(&p), 16384, add_parts, &p);
        genrepi_scratch_put(ctx, p.partial);
    }
    genrepi_scratch_put(ctx, p.work);
    return GENREP_OK;
}
