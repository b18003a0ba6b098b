/* Arithmetic on plain arrays: one table of functions for each instruction set, chosen at run time.
 * The portable source kernel_template.h is compiled once per instruction set with
 * -ffp-contract=off; sums run over 16 fixed lanes and a fixed tree, so all columns of the table
 * give the same bits. This folder knows nothing of tensors or layers, and is the only one that sees
 * CBLAS. */
#ifndef GENREPI_KERNEL_KERNEL_H
#define GENREPI_KERNEL_KERNEL_H

#include <stdint.h>
#include <base/random.h>
#include <base/real.h>

/* Losses on their way to a sum (bce_steps). */
typedef struct genrepi_bce_tally {
    double total;
    real sums[16], products[16]; /* of max(x, 0) - t x, and of 1 + exp(-|x|) */
    int32_t blocks;              /* factors in each product */
} genrepi_bce_tally;

/* The transforms of Winograd convolutions: form F(m, r), step, and where elements lie (in numbers).
 */
enum genrepi_winograd_form {
    GENREPI_WINOGRAD_22,
    GENREPI_WINOGRAD_23,
    GENREPI_WINOGRAD_42,
    GENREPI_WINOGRAD_43,
    GENREPI_WINOGRAD_FORMS
};
enum genrepi_winograd_step {
    GENREPI_WINOGRAD_DATA,      /* B' d B: (m + r - 1)^2 to as many points */
    GENREPI_WINOGRAD_WEIGHT,    /* G g G': r^2 to points */
    GENREPI_WINOGRAD_OUTPUT,    /* A' x A: points to m^2 */
    GENREPI_WINOGRAD_COTANGENT, /* A z A': m^2 to points */
    GENREPI_WINOGRAD_GRADIENT,  /* G' x G: points to r^2 */
    GENREPI_WINOGRAD_STEPS
};
typedef struct genrepi_winograd_strides {
    int64_t row, col, next; /* of elements of a matrix; from one matrix to the next */
} genrepi_winograd_strides;

/* `count` matrices, each element of which is 16 channels side by side. */
typedef void genrepi_winograd_transform(int64_t count, const real *from,
                                        const genrepi_winograd_strides *from_strides, real *to,
                                        const genrepi_winograd_strides *to_strides);

typedef struct genrepi_kernels {
    const char *name; /* "reference", "avx2", "avx512" */

    /* Vectors.  Outputs may be the inputs themselves, never overlap them otherwise. */
    void (*fill)(int64_t n, real a, real *y);
    void (*axpy)(int64_t n, real a, const real *x, real *y);                /* y += a x */
    void (*scale)(int64_t n, real a, const real *x, real *y);               /* y = a x */
    void (*add)(int64_t n, const real *x, const real *z, real *y);          /* y = x + z */
    void (*mul)(int64_t n, const real *x, const real *z, real *y);          /* y = x z */
    void (*mul_add)(int64_t n, const real *x, const real *z, real *y);      /* y += x z */
    void (*scale_shift)(int64_t n, real a, real b, const real *x, real *y); /* y = a x + b */
    void (*lerp)(int64_t n, real t, const real *x, real *y);                /* y += t (x - y) */
    real (*dot)(int64_t n, const real *x, const real *y);
    real (*sum)(int64_t n, const real *x);
    real (*sum_squares)(int64_t n, const real *x);
    real (*max)(int64_t n, const real *x);       /* n >= 1; without not-a-numbers */
    int32_t (*finite)(int64_t n, const real *x); /* 1 if all are, by their exponent bits */

    /* Rows: x is rows * cols, row-major. */
    void (*add_row)(int64_t rows, int64_t cols, const real *b, real *x);  /* x_ij += b_j */
    void (*sum_rows)(int64_t rows, int64_t cols, const real *x, real *s); /* s_j += sum_i */
    void (*mul_sum_rows)(int64_t rows, int64_t cols, const real *x, const real *z, real *s);
    /* s_j += sum_i x_ij z_ij */
    void (*centred_squares_rows)(int64_t rows, int64_t cols, const real *x, const real *mean,
                                 real *s); /* s_j += sum_i (x_ij - m_j)^2 */
    void (*scale_shift_rows)(int64_t rows, int64_t cols, const real *a, const real *b,
                             const real *x, real *y);             /* y_ij = a_j x_ij + b_j */
    real (*centred_squares)(int64_t n, real mean, const real *x); /* sum (x - mean)^2 */

    /* Runs: `count` of n elements each, `step` apart, as a channel of a batch lies in memory. */
    double (*sum_runs)(int64_t count, int64_t step, int64_t n, const real *x);
    double (*centred_squares_runs)(int64_t count, int64_t step, int64_t n, real mean,
                                   const real *x); /* sum (x - mean)^2 */
    void (*centred_dot_runs)(int64_t count, int64_t step, int64_t n, real mean, const real *x,
                             const real *z, double *sums); /* sum z and sum (x - mean) z */
    void (*scale_shift_runs)(int64_t count, int64_t step, int64_t n, real a, real b, const real *x,
                             real *y); /* y = a x + b */
    void (*combine_runs)(int64_t count, int64_t step, int64_t n, real a, const real *x, real b,
                         real d, const real *z, real *y); /* y = a x + (d z + b) */

    /* Activations; backward writes dx from dy. */
    void (*exp)(int64_t n, const real *x, real *y);
    void (*tanh)(int64_t n, const real *x, real *y);
    void (*tanh_backward)(int64_t n, const real *y, const real *dy, real *dx);
    void (*sigmoid)(int64_t n, const real *x, real *y);
    void (*sigmoid_backward)(int64_t n, const real *y, const real *dy, real *dx);
    void (*leaky_relu)(int64_t n, real slope, const real *x, real *y); /* relu: slope 0 */
    void (*leaky_relu_backward)(int64_t n, real slope, const real *x, const real *dy, real *dx);
    real (*dot_negative)(int64_t n, const real *x, const real *dy); /* sum over x < 0 of x dy */
    real (*exp_sum)(int64_t n, real shift, const real *x, real *y); /* y = exp(x - shift); sum y */

    /* Losses: sums over elements; backward writes dx.  bce: softplus(x) - t x; t is `target` if the
     * array is NULL. */
    real (*bce)(int64_t n, const real *x, const real *t, real target);
    void (*bce_backward)(int64_t n, real scale, const real *x, const real *t, real target,
                         real *dx);
    /* Both at once: dx = scale (sigmoid(x) - t), and the losses are added to the tally.  The arrays
     * have room for n rounded up to 16 numbers; dx is written so far.  bce_total gives the sum of
     * the losses and starts the tally anew, as it must be before its first use. */
    void (*bce_steps)(int64_t n, real scale, const real *x, const real *t, real *dx,
                      genrepi_bce_tally *tally);
    double (*bce_total)(genrepi_bce_tally *tally);
    real (*squared_difference)(int64_t n, const real *x, const real *t);
    real (*absolute_difference)(int64_t n, const real *x, const real *t);
    void (*sign_difference)(int64_t n, real scale, const real *x, const real *t, real *dx);
    real (*hinge)(int64_t n, const real *x, const real *t, real target); /* max(0, 1 - t x) */
    void (*hinge_backward)(int64_t n, real scale, const real *x, const real *t, real target,
                           real *dx);

    /* Optimizers (mathematics: docs/notes/optimizers.md); g is the gradient times `clip`.
     * They also set g to zero. */
    void (*sgd)(int64_t n, real lr, real decay, real clip, real *g, real *x);
    void (*momentum)(int64_t n, real lr, real decay, real clip, real mu, int32_t nesterov, real *g,
                     real *m, real *x);
    void (*adagrad)(int64_t n, real lr, real decay, real clip, real eps, real *g, real *a, real *x);
    void (*rmsprop)(int64_t n, real lr, real decay, real clip, real rho, real eps, real *g, real *a,
                    real *x);
    /* correct1, correct2: 1 / (1 - beta^t); l2 is added to g, decay acts on x (AdamW). */
    void (*adam)(int64_t n, real lr, real l2, real decay, real clip, real beta1, real beta2,
                 real eps, real correct1, real correct2, real *g, real *m, real *v, real *x);

    /* Random numbers, element i from (seed, stream, first + i): see base/random.h. */
    void (*random_uniform)(int64_t n, uint64_t seed, uint64_t stream, uint64_t first, real low,
                           real high, real *y);
    void (*random_normal)(int64_t n, uint64_t seed, uint64_t stream, uint64_t first, real mean,
                          real std, real *y);
    /* y = x / (1 - p) where the element's uniform number is >= p, else 0.  Going back is the same
     * call on the cotangent. */
    void (*dropout)(int64_t n, uint64_t seed, uint64_t stream, uint64_t first, real p,
                    const real *x, real *y);
    genrepi_rng_fill random_words; /* the words of GENREPI_RNG_COUNTERS counters */

    /* Bytes to real numbers: y = a x + b. */
    void (*from_u8)(int64_t n, real a, real b, const uint8_t *x, real *y);

    /* Rows by pointers, d numbers each; a row may be there more than once.
     * s_ij = x_i . y_j; x_i += sum_j g_ij y_j and y_j += sum_i g_ij x_i, both from the old values;
     * work: 16 (m + n) numbers. */
    void (*dot_rows)(int64_t m, const real *const *x, int64_t n, const real *const *y, int64_t d,
                     real *s);
    void (*update_rows)(int64_t m, real *const *x, int64_t n, real *const *y, int64_t d,
                        const real *g, real *work);

    /* Matrix products, see product.c.  With beta 0, c is not read. */
    int32_t gemm_rows, gemm_cols, gemm_row_cols;
    int32_t gemm_pitch; /* of packed A: gemm_rows rounded up to vectors */
    /* to[p * pitch + j] = x[p * ldx + j], or x[j * ldx + p] if trans, for p < k and j < width; some
     * number for j in width..pitch-1.  pitch is a whole number of vectors. */
    void (*gemm_pack)(int64_t k, int32_t width, const real *x, int64_t ldx, int32_t trans,
                      int32_t pitch, real *to);
    /* c_ij = alpha sum_p a[p * a_step + i] b[p * b_step + j] + beta c_ij, i < rows <= gemm_rows and
     * j < cols <= gemm_cols; all gemm_cols columns of b can be read. */
    void (*gemm_tile)(int32_t rows, int32_t cols, int64_t k, const real *a, int64_t a_step,
                      const real *b, int64_t b_step, real alpha, real beta, real *c, int64_t ldc);
    /* c_j = alpha sum_p a[p * a_step] b[p * b_step + j] + beta c_j, j < cols <= gemm_row_cols */
    void (*gemm_row)(int32_t cols, int64_t k, const real *a, int64_t a_step, const real *b,
                     int64_t b_step, real alpha, real beta, real *c);

    /* Winograd convolutions, see winograd_sums.c. */
    genrepi_winograd_transform *winograd[GENREPI_WINOGRAD_FORMS][GENREPI_WINOGRAD_STEPS];
    /* to[i * to_row + j * 16 + c] = x[i * x_row + c * plane + j] for i < rows, j < n and c <
     * channels <= 16; some number for higher c, and for up to 15 higher j where no row follows. */
    void (*winograd_stage)(int64_t rows, int64_t n, int32_t channels, const real *x, int64_t x_row,
                           int64_t plane, real *to, int64_t to_row);
    /* to[c * plane + j] = factor x[j * 16 + c] + bias[c] for c < channels <= 16; bias may be
     * NULL */
    void (*winograd_put)(int64_t n, int32_t channels, real factor, const real *x, const real *bias,
                         real *to, int64_t plane);
    /* c_ij = sum_g sum_{p < depth} a[g * a_group + i * 16 + p] b[(g * 16 + p) * b_step + j]
     * + beta c_ij over `groups` of depth <= 16; i, j, b and beta as for gemm_tile. */
    void (*winograd_tile)(int32_t rows, int32_t cols, int64_t groups, int64_t depth, const real *a,
                          int64_t a_group, const real *b, int64_t b_step, real beta, real *c,
                          int64_t ldc);

    /* In double precision in either build, for matrix.h.  c_ij = sum_p a[p * ROWS + i] b[p * COLS +
     * j] in order of p, all of a tile; rotate: x = c x - s y and y = s x + c y. */
    void (*double_tile)(int64_t k, const double *a, const double *b, double *c);
    double (*double_dot)(int64_t n, const double *x, const double *y);
    void (*double_axpy)(int64_t n, double a, const double *x, double *y);
    void (*double_rotate)(int64_t n, double c, double s, double *x, double *y);
} genrepi_kernels;

#define GENREPI_DOUBLE_ROWS 6 /* of double_tile */
#define GENREPI_DOUBLE_COLS 8

/* Instruction sets, as the words of the context's option isa. */
enum { GENREPI_ISA_AUTO, GENREPI_ISA_REFERENCE, GENREPI_ISA_AVX2, GENREPI_ISA_AVX512 };

/* The table for an instruction set; NULL if this processor or build does not have it. */
const genrepi_kernels *genrepi_kernels_select(int32_t isa);

#endif
