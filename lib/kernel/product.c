/* The library's own matrix product.
 *
 * It is blocked as in Goto and van de Geijn, "Anatomy of high-performance matrix multiplication"
 * (ACM TOMS 34, 2008): C is cut into blocks, one a task; a task goes through k in chunks, packs its
 * columns of B into panels as wide as a tile, and for each panel of A as high as a tile runs the
 * micro-kernel along the panels of B.  A and B are read in place where packing would cost more than
 * it saves.
 *
 * What decides the bits: an element of C is, for each chunk of k in order, one chain of fused
 * multiply-adds over the chunk, times alpha, added to beta C (first chunk) or to C (the others).
 * The chunks depend on k alone, so blocks, tiles, threads and instruction sets are free. */
#include <stdatomic.h>
#include <base/pool.h>
#include <kernel/product.h>

#define CHUNK 256       /* longest chunk of k: what a tile needs then stays near the processor */
#define BLOCK_PANELS 16 /* most panels of B in a block: they stay in the second-level cache */
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
    int64_t height; /* of a panel of A */
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

/* B not transposed lies as packed, apart from the step; packing pays where it is used often. */
static int b_in_place(const product *p, const block *b) {
    return !p->given.trans_b && (b->rows <= 2 * p->kernels->gemm_rows ||
                                 (b->rows <= 2 * LEAST_COLS && near(p->given.ldb)));
}

/* `rows` rows of A from row i. */
static operand a_panel(const product *p, const block *b, int64_t i, int64_t rows) {
    const genrepi_product *g = &p->given;
    const real *from = g->trans_a ? g->a + b->k * g->lda + i : g->a + i * g->lda + b->k;
    if (a_in_place(p, b)) return (operand){from, g->trans_a ? g->lda : 1};
    const int32_t pitch = p->kernels->gemm_pitch;
    p->kernels->gemm_pack(b->depth, (int32_t)rows, from, g->lda, !g->trans_a, pitch, b->packed_a);
    return (operand){b->packed_a, pitch};
}

/* Whether the panel at column j of the block is packed: a tile reads its whole width. */
static int is_packed(const product *p, const block *b, int64_t j) {
    return !b_in_place(p, b) || (p->given.m > 1 && b->cols - j < p->width);
}

static const real *b_from(const product *p, const block *b, int64_t j) {
    const genrepi_product *g = &p->given;
    return g->trans_b ? g->b + (b->j + j) * g->ldb + b->k : g->b + b->k * g->ldb + b->j + j;
}

static void pack_b(const product *p, const block *b) {
    for (int64_t j = 0; j < b->cols; j += p->width)
        if (is_packed(p, b, j))
            p->kernels->gemm_pack(b->depth, (int32_t)smaller(p->width, b->cols - j),
                                  b_from(p, b, j), p->given.ldb, p->given.trans_b,
                                  (int32_t)p->width, b->packed_b + j * b->depth);
}

static operand b_panel(const product *p, const block *b, int64_t j) {
    if (is_packed(p, b, j)) return (operand){b->packed_b + j * b->depth, p->width};
    return (operand){b_from(p, b, j), p->given.ldb};
}

/* Along the rows of C, so that they are read and written in the order of memory. */
static void multiply_chunk(const product *p, const block *b) {
    const real beta = b->k == 0 ? p->given.beta : 1;
    pack_b(p, b);
    for (int64_t i = 0; i < b->rows; i += b->height) {
        const int64_t rows = smaller(b->height, b->rows - i);
        const operand a = a_panel(p, b, b->i + i, rows);
        for (int64_t j = 0; j < b->cols; j += p->width)
            multiply_tile(p, rows, smaller(p->width, b->cols - j), b->depth, a, b_panel(p, b, j),
                          beta, b->i + i, b->j + j);
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
    b.height = divide_up(b.rows, divide_up(b.rows, p->kernels->gemm_rows)); /* none is thin */
    b.packed_a = p->work + slot * p->slot_size;
    b.packed_b = b.packed_a + p->kernels->gemm_pitch * p->chunk;
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
    const int64_t most = divide_up(n, BLOCK_PANELS * p->width);
    if (across < most) across = most;
    p->cols = round_up(divide_up(n, across), p->width);
    p->across = divide_up(n, p->cols);
    p->rows = divide_up(m, divide_up(tasks, p->across));
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
    p.slot_size = round_up((k->gemm_pitch + p.cols) * p.chunk, 64);
    p.work = genrepi_scratch_get(ctx, (size_t)(p.slots * p.slot_size) * sizeof(real));
    if (p.work == NULL) return GENREP_E_NOMEM;
    genrepi_parallel(ctx, tasks, multiply_block, &p);
    genrepi_scratch_put(ctx, p.work);
    return 0;
}
