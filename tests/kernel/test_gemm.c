/* Matrix products: against a plain product in a wider type, untouched padding, equal bits for every
 * number of threads and on AVX2 and AVX-512, refusals. */
#include "arrays.h"
#include <kernel/gemm.h>

#ifdef GENREPI_DOUBLE
typedef long double wide;
#define wide_abs fabsl
#else
typedef double wide;
#define wide_abs fabs
#endif

typedef struct problem {
    int32_t trans_a, trans_b;
    int64_t m, n, k, pad;
    real alpha, beta;
} problem;

typedef struct matrices {
    real *a, *b, *c;
    int64_t lda, ldb, ldc, size_a, size_b, size_c;
} matrices;

#define PADDING ((real)12345)

/* Numbers with few bits would hide errors of order: all bits are random.  A table of them, prime in
 * length, is fast enough for sanitizers. */
static real *random_matrix(int64_t rows, int64_t cols, int64_t ld, uint64_t stream) {
    static real table[4099];
    if (table[0] == 0) reference()->random_uniform(GENREPI_COUNT(table), 3, 1, 0, -1, 1, table);
    real *x = malloc((size_t)(rows * ld + 1) * sizeof *x);
    assert_non_null(x);
    for (int64_t i = 0; i < rows * ld + 1; i++) x[i] = PADDING;
    int64_t next = (int64_t)(stream * 1000);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < cols; j++) {
            x[i * ld + j] = table[next];
            if (++next == GENREPI_COUNT(table)) next = 0;
        }
    return x;
}

static matrices make(const problem *p) {
    const int64_t rows_a = p->trans_a ? p->k : p->m, cols_a = p->trans_a ? p->m : p->k;
    const int64_t rows_b = p->trans_b ? p->n : p->k, cols_b = p->trans_b ? p->k : p->n;
    matrices x = {.lda = cols_a + p->pad, .ldb = cols_b + 2 * p->pad, .ldc = p->n + 3 * p->pad};
    x.a = random_matrix(rows_a, cols_a, x.lda, 1);
    x.b = random_matrix(rows_b, cols_b, x.ldb, 2);
    x.c = random_matrix(p->m, p->n, x.ldc, 3);
    x.size_c = p->m * x.ldc + 1;
    if (p->beta == 0) /* is not read */
        for (int64_t i = 0; i < p->m; i++)
            for (int64_t j = 0; j < p->n; j++) x.c[i * x.ldc + j] = NAN;
    return x;
}

static void release(matrices *x) {
    free(x->a), free(x->b), free(x->c);
}

static void multiply(genrep_ctx *ctx, const problem *p, matrices *x) {
    assert_int_equal(genrepi_gemm(ctx, p->trans_a, p->trans_b, p->m, p->n, p->k, p->alpha, x->a,
                                  x->lda, x->b, x->ldb, p->beta, x->c, x->ldc),
                     0);
}

static void describe(const genrep_ctx *ctx, const problem *p, int64_t i, int64_t j, real x,
                     double want) {
    fail_msg("%s threads=%d%s: trans %d %d, %lld x %lld x %lld, pad %lld, alpha %g, beta %g: "
             "c[%lld][%lld] is %.9g, not %.9g",
             ctx->kernels->name, ctx->threads, ctx->use_blas ? " blas" : "", p->trans_a, p->trans_b,
             (long long)p->m, (long long)p->n, (long long)p->k, (long long)p->pad, (double)p->alpha,
             (double)p->beta, (long long)i, (long long)j, (double)x, want);
}

/* |error| <= (k + 3) epsilon (|alpha| sum |a b| + |beta c|): Higham, Accuracy and Stability of
 * Numerical Algorithms, section 3.1.  Every fifth row of large ones. */
static void check_product(genrep_ctx *ctx, const problem *p) {
    matrices x = make(p), old = make(p);
    multiply(ctx, p, &x);
    for (int64_t i = 0; i<p->m; i += p->m> 70 ? 5 : 1) {
        for (int64_t j = 0; j < p->n; j++) {
            wide sum = 0, size = 0;
            for (int64_t q = 0; q < p->k; q++) {
                const wide term = (wide)(p->trans_a ? x.a[q * x.lda + i] : x.a[i * x.lda + q]) *
                                  (p->trans_b ? x.b[j * x.ldb + q] : x.b[q * x.ldb + j]);
                sum += term, size += wide_abs(term);
            }
            sum *= p->alpha, size *= wide_abs((wide)p->alpha);
            if (p->beta != 0) {
                sum += (wide)p->beta * old.c[i * x.ldc + j];
                size += wide_abs((wide)p->beta * old.c[i * x.ldc + j]);
            }
            const real c = x.c[i * x.ldc + j];
            const wide bound = (wide)(p->k + 3) * GENREPI_REAL_EPSILON * size;
            if (!(wide_abs(c - sum) <= bound)) describe(ctx, p, i, j, c, (double)sum);
        }
        for (int64_t j = p->n; j < x.ldc; j++)
            if (x.c[i * x.ldc + j] != PADDING) describe(ctx, p, i, j, x.c[i * x.ldc + j], PADDING);
    }
    assert_true(x.c[x.size_c - 1] == PADDING);
    release(&x), release(&old);
}

static const int64_t sizes[] = {0, 1, 2, 3, 7, 13, 14, 15, 16, 17, 31, 32, 33, 65};

static void check_sizes(genrep_ctx *ctx) {
    genrepi_rng rng = genrepi_rng_at(5, 1, 0);
    static const real factors[] = {0, 1, 1, -1, (real)0.7};
    for (int a = 0; a < GENREPI_COUNT(sizes); a++)
        for (int b = 0; b < GENREPI_COUNT(sizes); b++)
            for (int c = 0; c < GENREPI_COUNT(sizes); c++) {
                problem p = {.m = sizes[a], .n = sizes[b], .k = sizes[c]};
                p.trans_a = (int32_t)genrepi_rng_below(&rng, 2);
                p.trans_b = (int32_t)genrepi_rng_below(&rng, 2);
                p.pad = genrepi_rng_below(&rng, 3);
                p.alpha = factors[genrepi_rng_below(&rng, GENREPI_COUNT(factors))];
                p.beta = factors[genrepi_rng_below(&rng, GENREPI_COUNT(factors))];
                check_product(ctx, &p);
            }
}

/* Longer than a chunk of k (256), wider than a block, thin ones. */
static void check_long(genrep_ctx *ctx) {
    static const int64_t large[][3] = {
        {1, 1, 1000},  {1, 256, 128},   {128, 1, 256}, {3, 300, 769},  {300, 3, 513}, {128, 1, 1},
        {128, 256, 1}, {141, 257, 259}, {281, 45, 80}, {45, 520, 257}, {97, 101, 103}};
    for (int i = 0; i < GENREPI_COUNT(large); i++)
        for (int32_t trans = 0; trans < 4; trans++) {
            const int32_t beta = (i + trans) % 2;
            problem p = {trans & 1,   trans >> 1, large[i][0], large[i][1],
                         large[i][2], beta,       1,           (real)beta};
            check_product(ctx, &p);
        }
}

static void own_products_are_right_on_every_instruction_set(void **state) {
    (void)state;
    const genrepi_kernels *columns[3] = {reference()};
    const int n = 1 + other_columns(columns + 1);
    for (int c = 0; c < n; c++) {
        genrep_ctx *ctx = new_ctx(columns[c], 1);
        check_sizes(ctx);
        check_long(ctx);
        genrepi_ctx_unref(ctx);
    }
}

static void products_by_blas_are_right(void **state) {
    (void)state;
    genrep_ctx *ctx = new_ctx(reference(), 1);
    ctx->use_blas = 1;
    check_sizes(ctx);
    check_long(ctx);
    genrepi_ctx_unref(ctx);
}

static void same_bits(genrep_ctx *one, genrep_ctx *other, const problem *p) {
    matrices x = make(p), y = make(p);
    multiply(one, p, &x);
    multiply(other, p, &y);
    for (int64_t i = 0; i < p->m; i++)
        for (int64_t j = 0; j < p->n; j++)
            if (memcmp(&x.c[i * x.ldc + j], &y.c[i * x.ldc + j], sizeof(real)) != 0)
                describe(other, p, i, j, y.c[i * x.ldc + j], (double)x.c[i * x.ldc + j]);
    release(&x), release(&y);
}

static const problem shapes[] = {
    {0, 1, 128, 256, 100, 0, 1, 0},
    {0, 1, 128, 1024, 512, 0, 1, 0},
    {0, 0, 128, 100, 784, 0, 1, 0},
    {1, 0, 784, 130, 128, 0, 1, 1},
    {0, 1, 128, 1, 256, 0, 1, 0},
    {1, 0, 1, 256, 128, 0, 1, 1},
    {0, 0, 128, 256, 1, 0, 1, 0},
    {1, 1, 301, 299, 997, 3, (real)0.3, (real)-0.7},
    {0, 0, 7, 1000, 900, 1, 1, (real)0.5},
    {0, 1, 1000, 7, 900, 1, 1, (real)0.5},
    {1, 1, 5, 4, 3, 0, (real)0.1, (real)0.2},
    {0, 0, 257, 513, 385, 0, 1, 0},
};

static void bits_do_not_depend_on_threads(void **state) {
    (void)state;
    const genrepi_kernels *columns[3] = {reference()};
    const int n = 1 + other_columns(columns + 1);
    for (int c = 0; c < n; c++) {
        genrep_ctx *one = new_ctx(columns[c], 1);
        for (int32_t threads = 2; threads <= 4; threads++) {
            genrep_ctx *other = new_ctx(columns[c], threads);
            for (int s = 0; s < GENREPI_COUNT(shapes); s++) same_bits(one, other, &shapes[s]);
            genrepi_ctx_unref(other);
        }
        genrepi_ctx_unref(one);
    }
}

static void bits_are_equal_on_avx2_and_avx512(void **state) {
    (void)state;
    const genrepi_kernels *columns[2] = {NULL, NULL};
    if (other_columns(columns) < 2) skip();
    genrep_ctx *avx2 = new_ctx(columns[0], 1), *avx512 = new_ctx(columns[1], 2);
    for (int s = 0; s < GENREPI_COUNT(shapes); s++) same_bits(avx2, avx512, &shapes[s]);
    genrepi_ctx_unref(avx2);
    genrepi_ctx_unref(avx512);
}

/* Part of a product has the bits of the whole: blocks and tiles do not show. */
static void bits_do_not_depend_on_the_tiling(void **state) {
    (void)state;
    genrep_ctx *ctx = new_ctx(genrepi_kernels_select(GENREPI_ISA_AUTO), 2);
    for (int32_t trans = 0; trans < 4; trans++) {
        problem whole = {trans & 1, trans >> 1, 150, 210, 900, 0, (real)0.9, (real)1.1};
        matrices x = make(&whole);
        multiply(ctx, &whole, &x);
        for (int part = 0; part < 40; part++) {
            genrepi_rng rng = genrepi_rng_at(9, (uint64_t)part, 0);
            problem p = whole;
            const int64_t i0 = genrepi_rng_below(&rng, 150), j0 = genrepi_rng_below(&rng, 210);
            p.m = 1 + genrepi_rng_below(&rng, (uint64_t)(150 - i0));
            p.n = 1 + genrepi_rng_below(&rng, (uint64_t)(210 - j0));
            matrices y = make(&whole);
            assert_int_equal(genrepi_gemm(ctx, p.trans_a, p.trans_b, p.m, p.n, p.k, p.alpha,
                                          y.a + (p.trans_a ? i0 : i0 * y.lda), y.lda,
                                          y.b + (p.trans_b ? j0 * y.ldb : j0), y.ldb, p.beta,
                                          y.c + i0 * y.ldc + j0, y.ldc),
                             0);
            for (int64_t i = i0; i < i0 + p.m; i++)
                assert_memory_equal(x.c + i * x.ldc + j0, y.c + i * y.ldc + j0,
                                    (size_t)p.n * sizeof(real));
            release(&y);
        }
        release(&x);
    }
    genrepi_ctx_unref(ctx);
}

static void wrong_sizes_are_refused(void **state) {
    (void)state;
    const int64_t over = (int64_t)INT32_MAX + 1;
    genrep_ctx *ctx = new_ctx(reference(), 1);
    real a[4] = {1, 2, 3, 4}, b[4] = {1, 2, 3, 4}, c[4] = {5, 6, 7, 8};
    static const struct {
        int32_t trans_a, trans_b;
        int64_t m, n, k, lda, ldb, ldc;
    } bad[] = {{0, 0, -1, 1, 1, 1, 1, 1}, {0, 0, 1, -1, 1, 1, 1, 1}, {0, 0, 1, 1, -1, 1, 1, 1},
               {0, 0, 2, 2, 2, 1, 2, 2},  {0, 0, 2, 2, 2, 2, 1, 2},  {0, 0, 2, 2, 2, 2, 2, 1},
               {1, 0, 2, 1, 1, 1, 1, 1},  {0, 1, 1, 1, 2, 2, 1, 1}};
    for (ctx->use_blas = 0; ctx->use_blas < 2; ctx->use_blas++)
        for (int i = 0; i < GENREPI_COUNT(bad); i++) {
            ctx->error[0] = '\0';
            assert_int_equal(genrepi_gemm(ctx, bad[i].trans_a, bad[i].trans_b, bad[i].m, bad[i].n,
                                          bad[i].k, 1, a, bad[i].lda, b, bad[i].ldb, 0, c,
                                          bad[i].ldc),
                             GENREP_E_INVALID);
            assert_true(ctx->error[0] != '\0');
        }
    ctx->use_blas = 1;
    const int64_t large[][6] = {{over, 1, 1, 1, 1, 1},    {1, over, 1, 1, over, over},
                                {1, 1, over, over, 1, 1}, {1, 1, 1, over, 1, 1},
                                {1, 1, 1, 1, over, 1},    {1, 1, 1, 1, 1, over}};
    for (int i = 0; i < GENREPI_COUNT(large); i++) {
        ctx->error[0] = '\0';
        assert_int_equal(genrepi_gemm(ctx, 0, 0, large[i][0], large[i][1], large[i][2], 1, a,
                                      large[i][3], b, large[i][4], 0, c, large[i][5]),
                         GENREP_E_INVALID);
        assert_non_null(strstr(ctx->error, "matmul=own"));
    }
    assert_true(c[0] == 5 && c[1] == 6 && c[2] == 7 && c[3] == 8);
    genrepi_ctx_unref(ctx);
}

static void blas_says_its_name(void **state) {
    (void)state;
    assert_true(genrepi_blas_name() != NULL && genrepi_blas_name()[0] != '\0');
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_products_are_right_on_every_instruction_set),
        cmocka_unit_test(products_by_blas_are_right),
        cmocka_unit_test(bits_do_not_depend_on_threads),
        cmocka_unit_test(bits_are_equal_on_avx2_and_avx512),
        cmocka_unit_test(bits_do_not_depend_on_the_tiling),
        cmocka_unit_test(wrong_sizes_are_refused),
        cmocka_unit_test(blas_says_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
