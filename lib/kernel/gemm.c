/* Matrix products: checks, and the library's own product.
 *
 * The own product is blocked as in Goto and van de Geijn, "Anatomy of high-performance matrix
 * multiplication" (ACM TOMS 34, 2008): C is cut into blocks, one a task; a task goes through k in
 * chunks, packs its rows of A into panels as high as a tile, and for each panel of B as wide as a
 * tile, packed where its order in memory asks for it, runs the micro-kernel down the panels of A.
 *
 * What decides the bits: an element of C is, for each chunk of k in order, one chain of fused
 * multiply-adds over the chunk, times alpha, added to beta C (first chunk) or to C (the others).
 * The chunks depend on k alone, so blocks, tiles, threads and instruction sets are free. */
#include <limits.h>
#include <stdatomic.h>
#include <base/pool.h>
#include <kernel/blas.h>
#include <kernel/gemm.h>
#include <kernel/kernel.h>

#define CHUNK 384    /* the longest chunk of k: a panel of A stays in the first-level cache */
#define MOST_ROWS 64 /* of any tile */
#define MOST_COLS 64
#define SLOTS 64 /* workspaces at most: tasks that run at once */

typedef struct product {
    const genrepi_kernels *kernels;
    int64_t m, n, k;
    int32_t trans_a, trans_b;
    int32_t flipped; /* C is written transposed */
    real alpha, beta;
    const real *a, *b;
    real *c;
    int64_t lda, ldb, ldc;
    int64_t block_rows, block_cols, blocks_down, blocks_across, chunk;
    int64_t work_size; /* of one workspace, in numbers */
    real *work;
    int32_t slots;
    atomic_flag taken[SLOTS];
} product;

static int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}
static int64_t over(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}
static int64_t round_up(int64_t a, int64_t b) {
    return over(a, b) * b;
}

/* The tile at row i, column j of a flipped product: C holds its transpose. */
static void flipped_tile(const product *p, int32_t rows, int32_t cols, int64_t k, const real *a,
                         int64_t a_step, const real *b, int64_t b_step, real beta, int64_t i,
                         int64_t j) {
    real tile[MOST_ROWS * MOST_COLS];
    const int64_t width = p->kernels->gemm_cols;
    real *c = p->c + j * p->ldc + i;
    if (beta != 0)
        for (int32_t x = 0; x < cols; x++)
            for (int32_t y = 0; y < rows; y++) tile[y * width + x] = c[x * p->ldc + y];
    p->kernels->gemm_tile(rows, cols, k, a, a_step, b, b_step, p->alpha, beta, tile, width);
    for (int32_t x = 0; x < cols; x++)
        for (int32_t y = 0; y < rows; y++) c[x * p->ldc + y] = tile[y * width + x];
}

/* Rows i0.., columns j0.. of C, for one chunk of k. */
static void multiply_chunk(const product *p, int64_t i0, int64_t rows, int64_t j0, int64_t cols,
                           int64_t k0, int64_t depth, real *work) {
    const genrepi_kernels *k = p->kernels;
    const int64_t panels = over(rows, k->gemm_rows), height = over(rows, panels);
    const int64_t pitch = k->gemm_pitch, width = k->gemm_cols;
    const real beta = k0 == 0 ? p->beta : 1;
    real *packed_b = work, *packed_a = work + width * depth;

    for (int64_t q = 0; q < panels; q++) {
        const int64_t i = i0 + q * height;
        k->gemm_pack(depth, (int32_t)smaller(height, i0 + rows - i),
                     p->trans_a ? p->a + k0 * p->lda + i : p->a + i * p->lda + k0, p->lda,
                     !p->trans_a, (int32_t)pitch, packed_a + q * pitch * depth);
    }
    for (int64_t j = j0; j < j0 + cols; j += width) {
        const int32_t tile_cols = (int32_t)smaller(width, j0 + cols - j);
        const real *b = p->trans_b ? p->b + j * p->ldb + k0 : p->b + k0 * p->ldb + j;
        int64_t b_step = p->ldb;
        if (p->trans_b || panels > 2 || tile_cols < width) {
            k->gemm_pack(depth, tile_cols, b, p->ldb, p->trans_b, (int32_t)width, packed_b);
            b = packed_b, b_step = width;
        }
        for (int64_t q = 0; q < panels; q++) {
            const int64_t i = i0 + q * height;
            const int32_t tile_rows = (int32_t)smaller(height, i0 + rows - i);
            const real *a = packed_a + q * pitch * depth;
            if (p->flipped)
                flipped_tile(p, tile_rows, tile_cols, depth, a, pitch, b, b_step, beta, i, j);
            else
                k->gemm_tile(tile_rows, tile_cols, depth, a, pitch, b, b_step, p->alpha, beta,
                             p->c + i * p->ldc + j, p->ldc);
        }
    }
}

static void multiply_block(void *argument, int64_t task) {
    product *p = argument;
    int32_t slot = 0;
    while (atomic_flag_test_and_set_explicit(&p->taken[slot], memory_order_acquire))
        slot = (slot + 1) % p->slots;
    const int64_t i0 = task % p->blocks_down * p->block_rows;
    const int64_t j0 = task / p->blocks_down * p->block_cols;
    for (int64_t k0 = 0; k0 < p->k; k0 += p->chunk)
        multiply_chunk(p, i0, smaller(p->block_rows, p->m - i0), j0,
                       smaller(p->block_cols, p->n - j0), k0, smaller(p->chunk, p->k - k0),
                       p->work + slot * p->work_size);
    atomic_flag_clear_explicit(&p->taken[slot], memory_order_release);
}

/* Where there are fewer columns than half a tile, the transpose fills tiles better. */
static void flip(product *p) {
    const product old = *p;
    p->flipped = 1;
    p->m = old.n, p->n = old.m;
    p->a = old.b, p->lda = old.ldb, p->trans_a = !old.trans_b;
    p->b = old.a, p->ldb = old.lda, p->trans_b = !old.trans_a;
}

static int32_t multiply(genrep_ctx *ctx, product *p) {
    const int64_t tile_rows = p->kernels->gemm_rows, tile_cols = p->kernels->gemm_cols;
    if (2 * p->n < tile_cols && p->n < p->m) flip(p);
    p->chunk = round_up(over(p->k, over(p->k, CHUNK)), 8);
    int32_t workers = genrepi_workers(ctx);
    if (p->m * p->n * p->k < 65536) workers = 1;
    const int64_t most_rows = workers > 1 ? 10 * tile_rows : 40 * tile_rows;
    const int64_t most_cols = workers > 1 ? 8 * tile_cols : p->n;
    p->blocks_down = over(p->m, most_rows);
    p->block_rows = over(p->m, p->blocks_down);
    p->blocks_across = over(p->n, most_cols);
    p->block_cols = round_up(over(p->n, p->blocks_across), tile_cols);
    p->blocks_across = over(p->n, p->block_cols);
    p->blocks_down = over(p->m, p->block_rows);
    const int64_t tasks = p->blocks_down * p->blocks_across;
    p->slots = (int32_t)smaller(smaller(workers, tasks), SLOTS);
    for (int32_t s = 0; s < p->slots; s++) atomic_flag_clear(&p->taken[s]);
    p->work_size = round_up(
        (tile_cols + over(p->block_rows, tile_rows) * p->kernels->gemm_pitch) * p->chunk, 16);
    p->work = genrepi_scratch_get(ctx, (size_t)(p->slots * p->work_size) * sizeof(real));
    if (p->work == NULL) return GENREP_E_NOMEM;
    genrepi_parallel(ctx, tasks, multiply_block, p);
    genrepi_scratch_put(ctx, p->work);
    return 0;
}

static int32_t check(genrep_ctx *ctx, int32_t trans_a, int32_t trans_b, int64_t m, int64_t n,
                     int64_t k, int64_t lda, int64_t ldb, int64_t ldc) {
    if (m < 0 || n < 0 || k < 0)
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            "matrix product: sizes %lld x %lld x %lld must not be below 0",
                            (long long)m, (long long)n, (long long)k);
    const int64_t need_a = trans_a ? m : k, need_b = trans_b ? k : n;
    if (lda < need_a || ldb < need_b || ldc < n)
        return genrepi_fail(
            ctx, GENREP_E_INVALID,
            "matrix product: row strides %lld, %lld, %lld are below the rows' %lld, %lld, %lld",
            (long long)lda, (long long)ldb, (long long)ldc, (long long)need_a, (long long)need_b,
            (long long)n);
    if (ctx->use_blas && (m > INT32_MAX || n > INT32_MAX || k > INT32_MAX || lda > INT32_MAX ||
                          ldb > INT32_MAX || ldc > INT32_MAX))
        return genrepi_fail(ctx, GENREP_E_INVALID,
                            "matrix product: %lld x %lld x %lld with row strides %lld, %lld, %lld "
                            "is too large for BLAS: use matmul=own",
                            (long long)m, (long long)n, (long long)k, (long long)lda,
                            (long long)ldb, (long long)ldc);
    return 0;
}

int32_t genrepi_gemm(genrep_ctx *ctx, int32_t trans_a, int32_t trans_b, int64_t m, int64_t n,
                     int64_t k, real alpha, const real *a, int64_t lda, const real *b, int64_t ldb,
                     real beta, real *c, int64_t ldc) {
    int32_t status = check(ctx, trans_a, trans_b, m, n, k, lda, ldb, ldc);
    if (status < 0 || m == 0 || n == 0) return status;
    if (k == 0 || alpha == 0) {
        for (int64_t i = 0; i < m; i++) {
            if (beta == 0)
                ctx->kernels->fill(n, 0, c + i * ldc);
            else
                ctx->kernels->scale(n, beta, c + i * ldc, c + i * ldc);
        }
        return 0;
    }
    if (ctx->use_blas) {
        genrepi_blas_gemm(trans_a, trans_b, (int32_t)m, (int32_t)n, (int32_t)k, alpha, a,
                          (int32_t)lda, b, (int32_t)ldb, beta, c, (int32_t)ldc);
        return 0;
    }
    product p = {.kernels = ctx->kernels,
                 .m = m,
                 .n = n,
                 .k = k,
                 .trans_a = trans_a,
                 .trans_b = trans_b,
                 .alpha = alpha,
                 .beta = beta,
                 .a = a,
                 .b = b,
                 .c = c,
                 .lda = lda,
                 .ldb = ldb,
                 .ldc = ldc};
    return multiply(ctx, &p);
}
