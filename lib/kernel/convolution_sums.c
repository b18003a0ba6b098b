/* Sums over taps and channels as a matrix product: weights times patches (implicit GEMM).
 *
 * The weights are packed once, in panels as high as a tile.  A task has a block of positions and
 * of target channels; it goes through the channels of the source in chunks, packs the patches of a
 * chunk panel by panel, and runs the micro-kernel down the panels of weights.  Tiles are
 * summed up in the target itself where a tile's positions lie side by side there, else in a block
 * of the workspace that is spread at the end.
 *
 * An element is, for each chunk in order, one chain of fused multiply-adds; the chunks depend on
 * the number of taps and channels alone. */
#include <kernel/convolution_sums.h>
#include <base/pool.h>
#include <kernel/kernel.h>
#include <stdatomic.h>
#include <string.h>

enum {
    CHUNK = 256,         /* products in a chunk, about */
    GROUP = 4,           /* panels of positions that use a chunk of weights one after another */
    GROUP_RUNS = 16384,  /* of a group, if it has more than one panel */
    SLOTS = 64,          /* workspaces: tasks that run at once */
    TASK_WORK = 4000000, /* multiply-adds of a task, about */
    PACK_PANELS = 4,     /* of weights in a task */
    MOST_KERNEL = 64,    /* taps that are packed together */
    MOST_PITCH = 64
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
    const genrepi_sums *sums;
    int64_t positions;
    int64_t chunk;                                   /* channels */
    int64_t depth;                                   /* products of a whole chunk */
    int64_t panels;                                  /* of weights */
    int64_t rows, cols, down, across;                /* of a block, blocks */
    int64_t most_runs;                               /* of a tap in a panel */
    int64_t group;                                   /* panels */
    int64_t slot_size, tiles_at, counts_at, runs_at; /* bytes */
    int32_t direct; /* positions of a tile lie side by side in the target, if of one sample */
    real *weights;
    char *work;
    int32_t slots;
    atomic_flag taken[SLOTS];
} plan;

/* Panel by panel: [panel][channel][tap][pitch].  The taps of a channel pair lie side by side, and
 * are packed together, whether all of them are wanted or not. */
static void pack_weights(void *argument, int64_t begin, int64_t end) {
    const plan *p = argument;
    const genrepi_sums *s = p->sums;
    const genrepi_kernels *k = p->kernels;
    const int64_t height = k->gemm_rows, pitch = k->gemm_pitch;
    const int all = s->n_taps == s->kernel_taps && s->in_step == s->kernel_taps;
    real few[MOST_KERNEL * MOST_PITCH];
    for (int64_t panel = begin; panel < end; panel++) {
        const int64_t first = panel * height;
        const int32_t n = (int32_t)smaller(height, s->out - first);
        const real *from = s->weights + first * s->out_step;
        real *to = p->weights + panel * s->channels * s->n_taps * pitch;
        if (all) {
            k->gemm_pack(s->channels * s->n_taps, n, from, s->out_step, 1, (int32_t)pitch, to);
            continue;
        }
        for (int64_t c = 0; c < s->channels; c++, from += s->in_step) {
            const int packed = s->kernel_taps <= MOST_KERNEL;
            if (packed) k->gemm_pack(s->kernel_taps, n, from, s->out_step, 1, (int32_t)pitch, few);
            for (int64_t t = 0; t < s->n_taps; t++, to += pitch) {
                const int64_t tap = s->taps[t].weight;
                if (packed)
                    memcpy(to, few + tap * pitch, (size_t)pitch * sizeof *to);
                else
                    for (int32_t i = 0; i < n; i++) to[i] = from[i * s->out_step + tap];
            }
        }
    }
}

/* Where a position goes in its channel of the target's first sample's first channel. */
static int64_t target_of(const genrepi_sums *s, int64_t position) {
    const int64_t col = position % s->grid.cols, row = position / s->grid.cols % s->grid.rows,
                  sample = position / s->grid.cols / s->grid.rows;
    return (sample * s->to_channels * s->to_height + s->to_row + row * s->to_row_step) *
               s->to_width +
           s->to_col + col * s->to_col_step;
}

typedef struct block {
    int64_t row, rows, col, cols; /* channels and positions */
    real *patches, *tiles;
    int32_t *counts;   /* of runs, for each panel of a group and tap */
    genrepi_run *runs; /* of each of them, most_runs apart */
} block;

/* The runs of `n` positions, a panel of the group. */
static void find_runs(const plan *p, const block *b, int64_t panel, int64_t position, int64_t n) {
    const genrepi_sums *s = p->sums;
    for (int64_t t = 0; t < s->n_taps; t++) {
        const int64_t at = panel * s->n_taps + t;
        b->counts[at] = genrepi_patch_runs(&s->grid, s->taps[t].y, s->taps[t].x, position, n,
                                           b->runs + at * p->most_runs);
    }
}

/* Packs a chunk's patches for one panel: [product][width]. */
static void pack_patches(const plan *p, const block *b, int64_t panel, int64_t channel,
                         int64_t channels) {
    const genrepi_sums *s = p->sums;
    const int64_t width = p->kernels->gemm_cols, plane = s->grid.height * s->grid.width;
    for (int64_t t = 0; t < s->n_taps; t++) {
        const int64_t at = panel * s->n_taps + t;
        real *row = b->patches + t * width;
        const real *source = s->source + channel * plane;
        for (int64_t c = 0; c < channels; c++, row += s->n_taps * width, source += plane)
            genrepi_patch_copy(b->runs + at * p->most_runs, b->counts[at], source,
                               s->grid.step_width, row);
    }
}

static void add_bias(const plan *p, int64_t row, int64_t rows, int64_t cols, real *to,
                     int64_t stride) {
    const real *bias = p->sums->bias;
    if (bias == NULL) return;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < cols; j++) to[i * stride + j] += bias[row + i];
}

/* One panel of positions with all rows of the block. */
static void multiply_panel(const plan *p, const block *b, int64_t col, int64_t channel,
                           int64_t channels) {
    const genrepi_sums *s = p->sums;
    const genrepi_kernels *k = p->kernels;
    const int64_t height = k->gemm_rows, pitch = k->gemm_pitch, width = k->gemm_cols;
    const int64_t plane = s->to_height * s->to_width, depth = channels * s->n_taps;
    const int64_t cols = smaller(width, b->col + b->cols - col);
    const int64_t each = s->grid.rows * s->grid.cols;
    const int in_target = p->direct && col / each == (col + cols - 1) / each;
    const int last = channel + channels == s->channels;
    for (int64_t row = b->row; row < b->row + b->rows; row += height) {
        const int64_t rows = smaller(height, b->row + b->rows - row);
        const real *weights =
            p->weights + (row / height * s->channels + channel) * s->n_taps * pitch;
        real *to = in_target ? s->to + target_of(s, col) + row * plane
                             : b->tiles + (row - b->row) * b->cols + col - b->col;
        const int64_t stride = in_target ? plane : b->cols;
        k->gemm_tile((int32_t)rows, (int32_t)cols, depth, weights, pitch, b->patches, width,
                     s->factor, channel == 0 ? 0 : 1, to, stride);
        if (last) add_bias(p, row, rows, cols, to, stride);
    }
    if (in_target || !last) return;
    for (int64_t j = 0; j < cols; j++) {
        real *to = s->to + target_of(s, col + j) + b->row * plane;
        const real *from = b->tiles + col - b->col + j;
        for (int64_t i = 0; i < b->rows; i++) to[i * plane] = from[i * b->cols];
    }
}

static void run_block(void *argument, int64_t task) {
    plan *p = argument;
    const genrepi_sums *s = p->sums;
    int32_t slot = 0;
    while (atomic_flag_test_and_set_explicit(&p->taken[slot], memory_order_acquire))
        slot = (slot + 1) % p->slots;
    char *work = p->work + slot * p->slot_size;
    block b = {.row = task % p->down * p->rows,
               .col = task / p->down * p->cols,
               .patches = (real *)(void *)work,
               .tiles = (real *)(void *)(work + p->tiles_at),
               .counts = (int32_t *)(void *)(work + p->counts_at),
               .runs = (genrepi_run *)(void *)(work + p->runs_at)};
    b.rows = smaller(p->rows, s->out - b.row);
    b.cols = smaller(p->cols, p->positions - b.col);
    const int64_t width = p->kernels->gemm_cols, end = b.col + b.cols;
    for (int64_t first = b.col; first < end; first += p->group * width) {
        const int64_t n = smaller(p->group, divide_up(end - first, width));
        for (int64_t g = 0; g < n; g++)
            find_runs(p, &b, g, first + g * width, smaller(width, end - first - g * width));
        for (int64_t c = 0; c < s->channels; c += p->chunk) {
            const int64_t channels = smaller(p->chunk, s->channels - c);
            for (int64_t g = 0; g < n; g++) {
                pack_patches(p, &b, g, c, channels);
                multiply_panel(p, &b, first + g * width, c, channels);
            }
        }
    }
    atomic_flag_clear_explicit(&p->taken[slot], memory_order_release);
}

/* Blocks may depend on the number of threads: they do not decide the bits. */
static void split(plan *p, int32_t workers) {
    const genrepi_sums *s = p->sums;
    const int64_t height = p->kernels->gemm_rows, width = p->kernels->gemm_cols;
    const double work = (double)s->out * (double)p->positions * (double)(s->channels * s->n_taps);
    int64_t tasks = 1;
    if (workers > 1 && work / TASK_WORK > 1) {
        tasks = (int64_t)(work / TASK_WORK) + 1;
        if (tasks > 8 * workers) tasks = 8 * workers;
        if (tasks < workers) tasks = workers;
    }
    const int64_t all = divide_up(p->positions, width);
    p->across = smaller(tasks, all);
    p->cols = divide_up(all, p->across) * width;
    p->across = divide_up(p->positions, p->cols);
    p->rows = round_up(divide_up(s->out, smaller(divide_up(tasks, p->across), p->panels)), height);
    p->down = divide_up(s->out, p->rows);
}

static size_t aligned(int64_t bytes) {
    return (size_t)round_up(bytes, 64);
}

int32_t genrepi_sums_run(genrep_ctx *ctx, const genrepi_sums *s) {
    const genrepi_kernels *k = ctx->kernels;
    plan p = {.kernels = k,
              .sums = s,
              .positions = s->grid.batch * s->grid.rows * s->grid.cols,
              .panels = divide_up(s->out, k->gemm_rows)};
    const int64_t chunks = divide_up(s->channels * s->n_taps, CHUNK);
    p.chunk = divide_up(s->channels, smaller(chunks, s->channels));
    p.depth = p.chunk * s->n_taps;
    p.direct = s->to_row_step == 1 && s->to_col_step == 1 && s->grid.cols == s->to_width;
    const int32_t workers = genrepi_workers(ctx);
    split(&p, workers);
    p.tiles_at = (int64_t)aligned(p.depth * k->gemm_cols * (int64_t)sizeof(real));
    p.most_runs = genrepi_patch_most_runs(&s->grid, k->gemm_cols);
    p.group = smaller(GROUP, GROUP_RUNS / (p.most_runs * s->n_taps));
    if (p.group < 1) p.group = 1;
    p.counts_at = p.tiles_at + (int64_t)aligned(p.rows * p.cols * (int64_t)sizeof(real));
    p.runs_at = p.counts_at + (int64_t)aligned(p.group * s->n_taps * (int64_t)sizeof(int32_t));
    p.slot_size = p.runs_at + (int64_t)aligned(p.group * s->n_taps * p.most_runs *
                                               (int64_t)sizeof(genrepi_run));
    p.slots = (int32_t)smaller(smaller(workers, p.down * p.across), SLOTS);
    const int64_t weights = p.panels * s->channels * s->n_taps * k->gemm_pitch;
    p.weights = genrepi_scratch_get(ctx, (size_t)weights * sizeof(real));
    if (p.weights == NULL) return GENREP_E_NOMEM;
    p.work = genrepi_scratch_get(ctx, (size_t)(p.slots * p.slot_size));
    if (p.work == NULL) {
        genrepi_scratch_put(ctx, p.weights);
        return GENREP_E_NOMEM;
    }
    for (int32_t i = 0; i < p.slots; i++) atomic_flag_clear(&p.taken[i]);
    genrepi_parallel_range(ctx, p.panels, PACK_PANELS, pack_weights, &p);
    genrepi_parallel(ctx, p.down * p.across, run_block, &p);
    genrepi_scratch_put(ctx, p.work);
    genrepi_scratch_put(ctx, p.weights);
    return GENREP_OK;
}
