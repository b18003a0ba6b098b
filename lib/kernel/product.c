/* The library's own matrix product.
 *
 * It is blocked as in Goto and van de Geijn, "Anatomy of high-performance matrix multiplication"
 * (ACM TOMS 34, 2008): C is cut into blocks, one a task; a task goes through k in chunks, packs its
 * rows of A into panels as high as a tile, and for each panel of B as wide as a tile runs the
 * micro-kernel down the panels of A.  A and B are read in place where packing would cost more than
 * it saves.
 *
 * What decides the bits: an element of C is, for each chunk of k in order, one chain of fused
 * multiply-adds over the chunk, times alpha, added to beta C (first chunk) or to C (the others).
 * The chunks depend on k alone, so blocks, tiles, threads and instruction sets are free. */
#include <stdatomic.h>
#include <base/pool.h>
#include <kernel/product.h>

#define CHUNK 256       /* longest chunk of k: what a tile needs then stays near the processor */
#define BLOCK_PANELS 40 /* most panels of A in a block: they stay in the second-level cache */
#define LEAST_COLS 128  /* of a block, if there are so many: packing A pays */
#define MOST_TILE 1024  /* elements of any tile */
#define SLOTS 64        /* most workspaces: tasks that run at once */

/* In place, rows of a page or more apart meet in the same sets of the caches. */
#define PAGE 4096

/* Multiply-adds that are worth a thread, and that make a task of large products. */
#define LEAST_WORK 1e6
#define TASK_WORK 4e6

typedef struct product {
    const genrepi_kernels *kernels;
    genrepi_product given;
    int32_t flipped;      /* given is the transposed problem: C is written transposed */
    int64_t width;        /* of a panel of B */
    int64_t chunk;        /* of k */
    int64_t rows, cols;   /* of a block */
    int64_t down, across; /* blocks */
    int64_t slot_size;    /* of a workspace, in numbers */
    real *work;
    int32_t slots;
    atomic_flag taken[SLOTS];
} product;

static int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}
static int64_t divide_up(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}
static int64_t round_up(int64_t a, int64_t b) {
    return divide_up(a, b) * b;
}

static int near(int64_t ld) {
    return (size_t)ld * sizeof(real) < PAGE;
}

/* A block of C in one chunk of k. */
typedef struct block {
    int64_t i, j, rows, cols, k, depth;
    int64_t height, panels; /* of A */
    real *packed_a, *packed_b;
} block;

typedef struct operand {
    const real *at;
    int64_t step; /* from one k to the next */
} operand;

static void run_tile(const product *p, int64_t rows, int64_t cols, int64_t depth, operand a,
                     operand b, real beta, real *c, int64_t ldc) {
    const genrepi_kernels *k = p->kernels;
    if (p->given.m == 1)
        k->gemm_row((int32_t)cols, depth, a.at, a.step, b.at, b.step, p->given.alpha, beta, c);
    else
        k->gemm_tile((int32_t)rows, (int32_t)cols, depth, a.at, a.step, b.at, b.step,
                     p->given.alpha, beta, c, ldc);
}

/* The tile at row i, column j; if flipped, through a copy, since C holds its transpose. */
static void multiply_tile(const product *p, int64_t rows, int64_t cols, int64_t depth, operand a,
                          operand b, real beta, int64_t i, int64_t j) {
    const int64_t ldc = p->given.ldc;
    if (!p->flipped) {
        run_tile(p, rows, cols, depth, a, b, beta, p->given.c + i * ldc + j, ldc);
        return;
    }
    real tile[MOST_TILE];
    real *c = p->given.c + j * ldc + i;
    if (beta != 0)
        for (int64_t x = 0; x < cols; x++)
            for (int64_t y = 0; y < rows; y++) tile[y * p->width + x] = c[x * ldc + y];
    run_tile(p, rows, cols, depth, a, b, beta, tile, p->width);
    for (int64_t x = 0; x < cols; x++)
        for (int64_t y = 0; y < rows; y++) c[x * ldc + y] = tile[y * p->width + x];
}

/* A transposed lies as packed, apart from the step; so does a single row. */
static int a_in_place(const product *p, const block *b) {
    return p->given.m == 1 || (p->given.trans_a && near(p->given.lda) && b->cols <= 2 * LEAST_COLS);
}

static operand a_panel(const product *p, const block *b, int64_t q) {
    const genrepi_product *g = &p->given;
    const int64_t i = b->i + q * b->height;
    if (a_in_place(p, b)) {
        const real *a = g->trans_a ? g->a + b->k * g->lda + i : g->a + i * g->lda + b->k;
        return (operand){a, g->trans_a ? g->lda : 1};
    }
    return (operand){b->packed_a + q * p->kernels->gemm_pitch * b->depth, p->kernels->gemm_pitch};
}

static void pack_a(const product *p, const block *b) {
    const genrepi_product *g = &p->given;
    const int64_t pitch = p->kernels->gemm_pitch;
    for (int64_t q = 0; q < b->panels; q++) {
        const int64_t row = q * b->height, i = b->i + row;
        p->kernels->gemm_pack(b->depth, (int32_t)smaller(b->height, b->rows - row),
                              g->trans_a ? g->a + b->k * g->lda + i : g->a + i * g->lda + b->k,
                              g->lda, !g->trans_a, (int32_t)pitch,
                              b->packed_a + q * pitch * b->depth);
    }
}

/* B not transposed lies as packed, apart from the step; packing pays where it is used often.  The
 * tile reads its full width, the single row only its columns. */
static operand b_panel(const product *p, const block *b, int64_t j, int64_t cols) {
    const genrepi_product *g = &p->given;
    const real *from = g->trans_b ? g->b + j * g->ldb + b->k : g->b + b->k * g->ldb + j;
    const int whole = cols == p->width || g->m == 1;
    const int rarely = b->panels <= 2 || (b->rows <= 2 * LEAST_COLS && near(g->ldb));
    if (!g->trans_b && whole && rarely) return (operand){from, g->ldb};
    p->kernels->gemm_pack(b->depth, (int32_t)cols, from, g->ldb, g->trans_b, (int32_t)p->width,
                          b->packed_b);
    return (operand){b->packed_b, p->width};
}

static void multiply_chunk(const product *p, const block *b) {
    const real beta = b->k == 0 ? p->given.beta : 1;
    if (!a_in_place(p, b)) pack_a(p, b);
    for (int64_t j = 0; j < b->cols; j += p->width) {
        const int64_t cols = smaller(p->width, b->cols - j);
        const operand right = b_panel(p, b, b->j + j, cols);
        for (int64_t q = 0; q < b->panels; q++)
            multiply_tile(p, smaller(b->height, b->rows - q * b->height), cols, b->depth,
                          a_panel(p, b, q), right, beta, b->i + q * b->height, b->j + j);
    }
}

static void multiply_block(void *argument, int64_t task) {
    product *p = argument;
    int32_t slot = 0;
    while (atomic_flag_test_and_set_explicit(&p->taken[slot], memory_order_acquire))
        slot = (slot + 1) % p->slots;
    block b = {.i = task % p->down * p->rows, .j = task / p->down * p->cols};
    b.rows = smaller(p->rows, p->given.m - b.i);
    b.cols = smaller(p->cols, p->given.n - b.j);
    b.panels = divide_up(b.rows, p->kernels->gemm_rows);
    b.height = divide_up(b.rows, b.panels); /* alike, so that no panel is thin */
    b.packed_b = p->work + slot * p->slot_size;
    b.packed_a = b.packed_b + p->width * p->chunk;
    for (; b.k < p->given.k; b.k += p->chunk) {
        b.depth = smaller(p->chunk, p->given.k - b.k);
        multiply_chunk(p, &b);
    }
    atomic_flag_clear_explicit(&p->taken[slot], memory_order_release);
}

/* C' = B' A': fills tiles better where C has few columns. */
static void flip(product *p) {
    const genrepi_product g = p->given;
    p->flipped = 1;
    p->given.m = g.n, p->given.n = g.m;
    p->given.a = g.b, p->given.lda = g.ldb, p->given.trans_a = !g.trans_b;
    p->given.b = g.a, p->given.ldb = g.lda, p->given.trans_b = !g.trans_a;
}

/* The number of blocks may depend on the number of threads, since it does not decide the bits. */
static void split(product *p, int32_t workers) {
    const int64_t m = p->given.m, n = p->given.n;
    const double work = (double)m * (double)n * (double)p->given.k;
    int64_t tasks = 1;
    if (workers > 1 && work >= LEAST_WORK) {
        tasks = workers;
        if (work / TASK_WORK > (double)tasks)
            tasks = work / TASK_WORK < 4.0 * workers ? (int64_t)(work / TASK_WORK) : 4 * workers;
    }
    int64_t across = smaller(tasks, n / LEAST_COLS);
    if (across < 1) across = 1;
    p->cols = round_up(divide_up(n, across), p->width);
    p->across = divide_up(n, p->cols);
    const int64_t down = divide_up(tasks, p->across);
    p->rows = smaller(divide_up(m, down), BLOCK_PANELS * p->kernels->gemm_rows);
    p->down = divide_up(m, p->rows);
}

int32_t genrepi_product_run(genrep_ctx *ctx, const genrepi_product *given) {
    const genrepi_kernels *k = ctx->kernels;
    product p = {.kernels = k, .given = *given};
    if (2 * given->n < k->gemm_cols && given->n < given->m) flip(&p);
    p.width = p.given.m == 1 ? k->gemm_row_cols : k->gemm_cols;
    p.chunk = round_up(divide_up(given->k, divide_up(given->k, CHUNK)), 8);
    const int32_t workers = genrepi_workers(ctx);
    split(&p, workers);

    const int64_t tasks = p.down * p.across;
    p.slots = (int32_t)smaller(smaller(workers, tasks), SLOTS);
    for (int32_t s = 0; s < p.slots; s++) atomic_flag_clear(&p.taken[s]);
    const int64_t panels = divide_up(p.rows, k->gemm_rows);
    p.slot_size = round_up((p.width + panels * k->gemm_pitch) * p.chunk, 64);
    p.work = genrepi_scratch_get(ctx, (size_t)(p.slots * p.slot_size) * sizeof(real));
    if (p.work == NULL) return GENREP_E_NOMEM;
    genrepi_parallel(ctx, tasks, multiply_block, &p);
    genrepi_scratch_put(ctx, p.work);
    return 0;
}
