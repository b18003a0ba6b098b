/* The own matrix product against CBLAS, alternating, in one process: medians and minima of times.
 *
 *     OPENBLAS_NUM_THREADS=2 bench_gemm [threads] [isa] [milliseconds a shape] */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <base/ctx.h>
#include <base/pool.h>
#include <base/random.h>
#include <kernel/gemm.h>
#include <kernel/kernel.h>

typedef struct shape {
    const char *what;
    int32_t trans_a, trans_b;
    int64_t m, n, k;
    real beta;
} shape;

#define LINEAR(batch, in, out)                                                                     \
    {"forward", 0, 1, batch, out, in, 0}, {"to input", 0, 0, batch, in, out, 0}, {                 \
        "to weight", 1, 0, out, in, batch, 1                                                       \
    }

static const shape shapes[] = {
    LINEAR(128, 100, 256),
    LINEAR(128, 256, 512),
    LINEAR(128, 512, 1024),
    LINEAR(128, 1024, 784),
    LINEAR(128, 784, 512),
    LINEAR(128, 512, 256),
    LINEAR(128, 256, 1),
    {"square", 0, 0, 64, 64, 64, 0},
    {"square", 0, 0, 128, 128, 128, 0},
    {"square", 0, 0, 256, 256, 256, 0},
    {"square", 0, 0, 512, 512, 512, 0},
    {"square", 0, 0, 1024, 1024, 1024, 0},
};

/* With one thread its processor time: what others do on the machine disturbs less. */
static clockid_t clock_used = CLOCK_MONOTONIC;

static double seconds(void) {
    struct timespec t;
    clock_gettime(clock_used, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int compare(const void *x, const void *y) {
    const double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

#define MOST 20000
static double times[2][MOST];

/* A library's threads go on spinning for a while after its last call: with more than one thread the
 * two take turns of some milliseconds, and the machine comes to rest between them. */
#define ROUNDS 5
static const struct timespec pause = {0, 60000000};

static void measure(genrep_ctx *ctx, const shape *p, const real *a, const real *b, real *c,
                    double limit, double *t, int *count) {
    const double end = seconds() + limit;
    for (int calls = 0; *count < MOST && (calls < 4 || seconds() < end); calls++) {
        const double start = seconds();
        genrepi_gemm(ctx, p->trans_a, p->trans_b, p->m, p->n, p->k, 1, a, p->trans_a ? p->m : p->k,
                     b, p->trans_b ? p->k : p->n, p->beta, c, p->n);
        t[(*count)++] = seconds() - start;
    }
}

int main(int argc, char **argv) {
    const int32_t threads = argc > 1 ? atoi(argv[1]) : 1;
    const int32_t isa = argc > 2 ? atoi(argv[2]) : GENREPI_ISA_AUTO;
    const double limit = argc > 3 ? atof(argv[3]) / 1000 : 0.3;
    static const struct genrepi_kind *const no_kinds[] = {NULL};
    genrep_ctx *ctx = NULL;
    const genrepi_kernels *kernels = genrepi_kernels_select(isa);
    if (kernels == NULL || genrepi_ctx_new(NULL, no_kinds, &ctx) != 0) return 1;
    ctx->kernels = kernels;
    ctx->threads = threads;
    if (threads == 1) clock_used = CLOCK_THREAD_CPUTIME_ID;
    real *a = genrepi_alloc(ctx, 1 << 20, sizeof *a), *b = genrepi_alloc(ctx, 1 << 20, sizeof *b);
    real *c = genrepi_alloc(ctx, 1 << 20, sizeof *c);
    if (a == NULL || b == NULL || c == NULL) return 1;
    kernels->random_uniform(1 << 20, 1, 1, 0, -1, 1, a);
    kernels->random_uniform(1 << 20, 1, 2, 0, -1, 1, b);
    printf("%s, %d threads; %s\n", kernels->name, threads, genrepi_blas_name());
    printf("%-10s %5s %5s %5s  %9s %9s %8s %8s  %6s %6s\n", "", "m", "n", "k", "own us", "blas us",
           "GFLOP/s", "GFLOP/s", "median", "best");
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        const shape *p = &shapes[s];
        int counts[2] = {0, 0};
        for (int round = 0; round < ROUNDS; round++)
            for (int which = 0; which < 2; which++) {
                ctx->use_blas = which;
                if (threads > 1) nanosleep(&pause, NULL);
                measure(ctx, p, a, b, c, limit / (2 * ROUNDS), times[which], &counts[which]);
            }
        for (int which = 0; which < 2; which++)
            qsort(times[which], (size_t)counts[which], sizeof(double), compare);
        const double own = times[0][counts[0] / 2], blas = times[1][counts[1] / 2];
        const double flops = 2e-9 * (double)(p->m * p->n * p->k);
        printf("%-10s %5d %5d %5d  %9.1f %9.1f %8.1f %8.1f  %6.2f %6.2f\n", p->what, (int)p->m,
               (int)p->n, (int)p->k, own * 1e6, blas * 1e6, flops / times[0][0],
               flops / times[1][0], blas / own, times[1][0] / times[0][0]);
        fflush(stdout);
    }
    genrepi_free(ctx, a), genrepi_free(ctx, b), genrepi_free(ctx, c);
    genrepi_ctx_unref(ctx);
    return 0;
}
