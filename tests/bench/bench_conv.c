/* Convolutions: effective speed (2 multiply-adds of the plain sums a second) of forward, input
 * gradient and weight gradient by plain sums (exact=1) and as they are chosen, and that of the own
 * matrix product of the same sizes.
 *
 *     bench_conv [threads] [milliseconds a figure] */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <base/ctx.h>
#include <kernel/convolution.h>
#include <kernel/gemm.h>
#include <kernel/kernel.h>
#include <kernel/winograd.h>

typedef struct shape {
    const char *what;
    int64_t batch, in, size, out, kernel, stride, pad;
} shape;

static const shape shapes[] = {
    {"4x4/2", 64, 64, 32, 128, 4, 2, 1}, {"4x4/2", 64, 128, 16, 256, 4, 2, 1},
    {"4x4/2", 64, 256, 8, 512, 4, 2, 1}, {"4x4/2", 64, 3, 64, 64, 4, 2, 1},
    {"4x4/2", 64, 3, 32, 64, 4, 2, 1},   {"4x4", 64, 512, 4, 1, 4, 1, 0},
    {"4x4/2", 1, 64, 128, 128, 4, 2, 1}, {"4x4/2", 1, 512, 8, 512, 4, 2, 1},
    {"4x4/2", 1, 512, 2, 512, 4, 2, 1},  {"4x4/2", 1, 256, 32, 512, 4, 2, 1},
    {"4x4/2", 1, 512, 16, 512, 4, 2, 1}, {"4x4", 1, 256, 32, 512, 4, 1, 1},
    {"3x3", 1, 256, 64, 256, 3, 1, 1},   {"3x3", 1, 256, 32, 256, 3, 1, 1},
    {"3x3", 16, 128, 16, 128, 3, 1, 1},  {"3x3", 16, 64, 32, 64, 3, 1, 1},
    {"3x3", 1, 64, 64, 64, 3, 1, 1},     {"3x3", 1, 64, 128, 64, 3, 1, 1},
    {"3x3", 1, 64, 256, 64, 3, 1, 1},    {"3x3", 16, 512, 4, 512, 3, 1, 1},
    {"3x3", 1, 512, 2, 512, 3, 1, 1},    {"3x3", 4, 64, 64, 3, 3, 1, 1},
    {"3x3/2", 1, 64, 256, 128, 3, 2, 1}, {"7x7", 1, 3, 128, 64, 7, 1, 3},
    {"7x7", 1, 64, 128, 3, 7, 1, 3},     {"1x1", 16, 64, 32, 3, 1, 1, 0},
};

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int compare(const void *x, const void *y) {
    const double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

static real *numbers(int64_t n) {
    real *x = malloc((size_t)n * sizeof *x);
    if (x == NULL) exit(1);
    for (int64_t i = 0; i < n; i++) x[i] = (real)(i % 17 - 8) / 8;
    return x;
}

typedef struct work {
    genrep_ctx *ctx;
    genrepi_convolution c;
    int64_t m, n, k;
    real *x, *y, *w, *a, *b, *to;
} work;

enum { DIRECTIONS = 3, PRODUCT = 2 * DIRECTIONS };

/* Plain sums in each direction, as chosen in each direction, the product. */
static void run(const work *s, int which) {
    genrepi_convolution c = s->c;
    c.exact = which < DIRECTIONS;
    int32_t status = 0;
    if (which == PRODUCT)
        status =
            genrepi_gemm(s->ctx, 0, 0, s->m, s->n, s->k, 1, s->a, s->k, s->b, s->n, 0, s->to, s->n);
    else if (which % DIRECTIONS == 0)
        status = genrepi_convolution_forward(s->ctx, &c, s->x, s->w, NULL, s->y);
    else if (which % DIRECTIONS == 1)
        status = genrepi_convolution_input(s->ctx, &c, s->y, s->w, NULL, s->x);
    else
        status = genrepi_convolution_weight(s->ctx, &c, s->x, s->y, s->w);
    if (status != 0) exit(1);
}

/* F(m, r), or plain sums. */
static const char *way(const genrepi_convolution *c, int32_t direction) {
    static const char *const names[] = {"2,2", "2,3", "4,2", "4,3"};
    const int32_t form = genrepi_winograd_choose(c, direction);
    return form < 0 ? " - " : names[form];
}

#define MOST 1000
static double median(const work *s, int which, double budget) {
    static double times[MOST];
    int n = 0;
    run(s, which);
    for (double spent = 0; n < MOST && (spent < budget || n < 3); n++) {
        const double begun = seconds();
        run(s, which);
        times[n] = seconds() - begun;
        spent += times[n];
    }
    qsort(times, (size_t)n, sizeof *times, compare);
    return times[n / 2];
}

int main(int argc, char **argv) {
    static const struct genrepi_kind *const no_kinds[] = {NULL};
    genrep_ctx *ctx = NULL;
    if (genrepi_ctx_new(NULL, no_kinds, &ctx) != 0) return 1;
    ctx->kernels = genrepi_kernels_select(GENREPI_ISA_AUTO);
    ctx->threads = argc > 1 ? atoi(argv[1]) : 1;
    const double budget = argc > 2 ? atof(argv[2]) / 1000 : 0.1;
    printf("%s, %d threads; GF/s\n", ctx->kernels->name, ctx->threads);
    printf("kernel batch in size out: forward, input, weight plainly and as chosen; product\n");
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const shape *t = &shapes[i];
        const int64_t size = (t->size + 2 * t->pad - t->kernel) / t->stride + 1;
        work s = {.ctx = ctx,
                  .c = {t->batch, 1, t->in, t->size, t->size, t->out, size, size, t->kernel,
                        t->kernel, t->stride, t->stride, t->pad, t->pad, 0, 0},
                  .m = t->out,
                  .n = t->batch * size * size,
                  .k = t->in * t->kernel * t->kernel};
        s.x = numbers(t->batch * t->in * t->size * t->size), s.y = numbers(s.m * s.n);
        s.w = numbers(s.m * s.k), s.a = numbers(s.m * s.k);
        s.b = numbers(s.k * s.n), s.to = numbers(s.m * s.n);
        const double sums = 2e-9 * (double)s.m * (double)s.n * (double)s.k;
        printf("%-6s %3lld %4lld %4lld %4lld: ", t->what, (long long)t->batch, (long long)t->in,
               (long long)t->size, (long long)t->out);
        for (int which = 0; which <= PRODUCT; which++) {
            if (which % DIRECTIONS == 0) printf("  ");
            printf(" %6.1f", sums / median(&s, which, budget));
        }
        printf("   %s %s %s\n", way(&s.c, GENREPI_TO_OUTPUT), way(&s.c, GENREPI_TO_INPUT),
               way(&s.c, GENREPI_TO_WEIGHT));
        fflush(stdout);
        free(s.x), free(s.y), free(s.w), free(s.a), free(s.b), free(s.to);
    }
    genrepi_ctx_unref(ctx);
    return 0;
}
