/* A step through the full softmax against the three matrix products that it cannot do without:
 * scores, dL/dh, and the step of the weights.
 *
 *     bench_softmax [threads] [rounds] */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <base/pool.h>
#include <kernel/gemm.h>
#include <kernel/kernel.h>
#include <text/softmax.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void products(genrepi_softmax *s, int64_t n, const real *h, real *dh) {
    real *weights = genrepi_real(s->table);
    genrepi_gemm(s->ctx, 0, 1, n, s->words, s->stride, 1, h, s->stride, weights, s->stride, 0,
                 s->scores, s->tile);
    genrepi_gemm(s->ctx, 0, 0, n, s->stride, s->words, 1, s->scores, s->tile, weights, s->stride, 0,
                 dh, s->stride);
    genrepi_gemm(s->ctx, 1, 0, s->words, s->stride, n, (real)1e-9, s->scores, s->tile, h, s->stride,
                 1, weights, s->stride);
}

static void measure(genrep_ctx *ctx, int64_t words, int64_t inputs, int64_t n, int rounds) {
    genrep_vocab vocab = {.ctx = ctx, .words = {.count = words}};
    vocab.counts = calloc((size_t)words, sizeof *vocab.counts);
    genrepi_softmax s;
    if (vocab.counts == NULL ||
        genrepi_softmax_init(&vocab, inputs, n, (int64_t)1 << 30, &s) != 0) {
        fprintf(stderr, "%s\n", genrep_ctx_error(ctx));
        exit(1);
    }
    real *h = calloc((size_t)(n * s.stride), sizeof *h),
         *dh = calloc((size_t)(n * s.stride), sizeof *dh);
    int32_t *targets = calloc((size_t)n, sizeof *targets);
    double *times[2] = {calloc((size_t)rounds, sizeof(double)),
                        calloc((size_t)rounds, sizeof(double))};
    ctx->kernels->random_normal(n * s.stride, 1, 1, 0, 0, (real)0.1, h);
    for (int64_t i = 0; i < n; i++)
        h[i * s.stride + inputs] = 1, targets[i] = (int32_t)(i * 37 % words);
    for (int r = 0; r < rounds; r++) {
        double loss, begin = now();
        genrepi_softmax_step(&s, n, h, targets, (real)1e-3, 0, dh, &loss);
        times[0][r] = now() - begin;
        begin = now();
        products(&s, n, h, dh);
        times[1][r] = now() - begin;
    }
    for (int i = 0; i < 2; i++) qsort(times[i], (size_t)rounds, sizeof(double), by_size);
    const double step = times[0][rounds / 2], limit = times[1][rounds / 2];
    printf("%7lld words, %4lld inputs, batch %4lld: %8.2f ms, products alone %8.2f ms: %.2f; %.0f "
           "GFLOP/s\n",
           (long long)words, (long long)inputs, (long long)n, 1e3 * step, 1e3 * limit, step / limit,
           6e-9 * (double)words * (double)inputs * (double)n / step);
    free(times[0]), free(times[1]), free(targets), free(h), free(dh), free(vocab.counts);
    genrepi_softmax_free(&s);
}

int main(int argc, char **argv) {
    char spec[32];
    genrep_ctx *ctx;
    const int rounds = argc > 2 ? atoi(argv[2]) : 7;
    snprintf(spec, sizeof spec, "threads=%d", argc > 1 ? atoi(argv[1]) : 1);
    if (rounds < 1 || genrep_ctx_new(spec, NULL, &ctx) != 0) return 2;
    measure(ctx, 30000, 100, 64, rounds);
    measure(ctx, 30000, 100, 128, rounds);
    measure(ctx, 30000, 300, 128, rounds);
    measure(ctx, 70000, 100, 128, rounds);
    measure(ctx, 70000, 300, 128, rounds);
    genrep_ctx_unref(ctx);
    return 0;
}
