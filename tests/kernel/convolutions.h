/* Convolutions to test kernels with: shapes, arrays of random numbers, and the plain loops of
 * kernel/convolution.h in a wide type. */
#ifndef TESTS_KERNEL_CONVOLUTIONS_H
#define TESTS_KERNEL_CONVOLUTIONS_H

#include "arrays.h"
#include <kernel/convolution.h>

typedef struct convolution_arrays {
    genrepi_convolution c;
    int64_t n_x, n_y, n_w;
    real *x, *y, *w, *in_bias, *out_bias; /* y: the cotangent */
    double *forward, *input, *weight;     /* what is right, biases included */
} convolution_arrays;

/* A square kernel, stride and padding on all sides; sizes of y follow. */
static inline genrepi_convolution square(int64_t batch, int64_t in, int64_t height, int64_t width,
                                         int64_t out, int64_t kernel, int64_t stride, int64_t pad,
                                         int64_t groups) {
    return (genrepi_convolution){.batch = batch,
                                 .groups = groups,
                                 .in = in,
                                 .height = height,
                                 .width = width,
                                 .out = out,
                                 .out_height = (height + 2 * pad - kernel) / stride + 1,
                                 .out_width = (width + 2 * pad - kernel) / stride + 1,
                                 .kernel_height = kernel,
                                 .kernel_width = kernel,
                                 .stride_height = stride,
                                 .stride_width = stride,
                                 .pad_top = pad,
                                 .pad_left = pad};
}

static inline real *random_array(int64_t n, uint64_t stream) {
    real *x = malloc((size_t)(n + 1) * sizeof *x);
    assert_non_null(x);
    reference()->random_uniform(n, 5, stream, 0, -1, 1, x);
    x[n] = 12345; /* stays */
    return x;
}

static inline void convolve_plainly(convolution_arrays *a) {
    const genrepi_convolution *c = &a->c;
    const int64_t in = c->in / c->groups, out = c->out / c->groups;
    const double factor = (double)genrepi_convolution_factor(c);
    for (int64_t n = 0; n < c->batch; n++)
        for (int64_t o = 0; o < c->out; o++)
            for (int64_t i = 0; i < c->out_height; i++)
                for (int64_t j = 0; j < c->out_width; j++) {
                    const int64_t at = ((n * c->out + o) * c->out_height + i) * c->out_width + j;
                    double sum = (double)a->out_bias[o];
                    for (int64_t k = 0; k < in; k++)
                        for (int64_t p = 0; p < c->kernel_height; p++)
                            for (int64_t q = 0; q < c->kernel_width; q++) {
                                const int64_t y = i * c->stride_height + p - c->pad_top;
                                const int64_t x = j * c->stride_width + q - c->pad_left;
                                if (y < 0 || x < 0 || y >= c->height || x >= c->width) continue;
                                const int64_t from =
                                    ((n * c->in + o / out * in + k) * c->height + y) * c->width + x;
                                const int64_t weight =
                                    ((o * in + k) * c->kernel_height + p) * c->kernel_width + q;
                                sum += factor * (double)a->w[weight] * (double)a->x[from];
                                a->input[from] += factor * (double)a->w[weight] * (double)a->y[at];
                                a->weight[weight] += factor * (double)a->x[from] * (double)a->y[at];
                            }
                    a->forward[at] = sum;
                }
}

static inline convolution_arrays make_convolution(genrepi_convolution c) {
    convolution_arrays a = {.c = c};
    a.n_x = c.batch * c.in * c.height * c.width;
    a.n_y = c.batch * c.out * c.out_height * c.out_width;
    a.n_w = c.out * (c.in / c.groups) * c.kernel_height * c.kernel_width;
    a.x = random_array(a.n_x, 1), a.y = random_array(a.n_y, 2), a.w = random_array(a.n_w, 3);
    a.in_bias = random_array(c.in, 4), a.out_bias = random_array(c.out, 5);
    a.forward = calloc((size_t)a.n_y, sizeof *a.forward);
    a.input = calloc((size_t)a.n_x, sizeof *a.input);
    a.weight = calloc((size_t)a.n_w, sizeof *a.weight);
    for (int64_t i = 0; i < a.n_x; i++)
        a.input[i] = (double)a.in_bias[i / (c.height * c.width) % c.in];
    for (int64_t i = 0; i < a.n_w; i++) a.weight[i] = 0.5; /* it is added to */
    convolve_plainly(&a);
    return a;
}

static inline void free_convolution(convolution_arrays *a) {
    free(a->x), free(a->y), free(a->w), free(a->in_bias), free(a->out_bias);
    free(a->forward), free(a->input), free(a->weight);
}

/* The greatest error, over the greatest number that is right. */
static inline double relative_error(int64_t n, const real *found, const double *right) {
    double most = 0, error = 0;
    for (int64_t i = 0; i < n; i++) {
        if (fabs(right[i]) > most) most = fabs(right[i]);
        const double e = fabs((double)found[i] - right[i]);
        if (!(e <= error)) error = e; /* not-a-numbers stay */
    }
    assert_true(found[n] == 12345);
    return most > 0 ? error / most : error;
}

typedef struct convolved {
    real *y, *dx, *dw;
} convolved;

static inline convolved convolve(genrep_ctx *ctx, const convolution_arrays *a) {
    convolved found = {random_array(a->n_y, 6), random_array(a->n_x, 7), random_array(a->n_w, 8)};
    for (int64_t i = 0; i < a->n_w; i++) found.dw[i] = (real)0.5;
    assert_int_equal(genrepi_convolution_forward(ctx, &a->c, a->x, a->w, a->out_bias, found.y), 0);
    assert_int_equal(genrepi_convolution_input(ctx, &a->c, a->y, a->w, a->in_bias, found.dx), 0);
    assert_int_equal(genrepi_convolution_weight(ctx, &a->c, a->x, a->y, found.dw), 0);
    return found;
}

static inline void free_convolved(convolved *found) {
    free(found->y), free(found->dx), free(found->dw);
}

/* All three directions on every column of the table with one to three threads: within `most` of
 * what is right, and the same bits where the processor fuses. */
static inline void check_convolution(genrepi_convolution c, double most) {
    convolution_arrays a = make_convolution(c);
    const genrepi_kernels *columns[3] = {reference()};
    const int n_columns = 1 + other_columns(columns + 1);
    convolved first[2];
    for (int i = 0; i < n_columns; i++)
        for (int32_t threads = 1; threads <= 3; threads++) {
            genrep_ctx *ctx = new_ctx(columns[i], threads);
            convolved found = convolve(ctx, &a);
            const double errors[3] = {relative_error(a.n_y, found.y, a.forward),
                                      relative_error(a.n_x, found.dx, a.input),
                                      relative_error(a.n_w, found.dw, a.weight)};
            for (int d = 0; d < 3; d++) {
                if (errors[d] <= most) continue;
                printf("%s, direction %d: error %g above %g\n", columns[i]->name, d, errors[d],
                       most);
                fail();
            }
            convolved *before = &first[i > 0];
            if (threads == 1 && i < 2) {
                *before = found;
            } else {
                assert_memory_equal(found.y, before->y, (size_t)a.n_y * sizeof(real));
                assert_memory_equal(found.dx, before->dx, (size_t)a.n_x * sizeof(real));
                assert_memory_equal(found.dw, before->dw, (size_t)a.n_w * sizeof(real));
                free_convolved(&found);
            }
            genrepi_ctx_unref(ctx);
        }
    free_convolved(&first[0]);
    if (n_columns > 1) free_convolved(&first[1]);
    free_convolution(&a);
}

#endif
