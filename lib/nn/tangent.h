/* Tangent pairs that several kinds share; layer.h says what a pair does. */
#ifndef GENREPI_NN_TANGENT_H
#define GENREPI_NN_TANGENT_H

#include <nn/leaf.h>

/* y = A(w) x + b(w), linear in x but for what is constant in it: linear, convolutions, averages,
 * reshaping, joining, sums; straight.  The kind's own forward and backward are called on tangents
 * in the place of in and out, with call->linear: they then leave out b and the gradient of what it
 * consists of, read what is saved and save nothing. */
int32_t genrepi_tangent_linear(genrepi_call *call);
int32_t genrepi_tangent_linear_backward(genrepi_call *call);

/* J symmetric: backward, without parameters, is J itself. */
int32_t genrepi_tangent_symmetric(genrepi_call *call);
/* Straight, without parameters, as what only masks or picks elements: backward for each of q and
 * d. */
int32_t genrepi_tangent_straight_backward(genrepi_call *call);

/* The parts of tangent_backward.  q_in = J^T q by the kind's backward, without parameters; what
 * comes of d by its backward, with them.  Both write, and where there is nothing to write from or
 * to do nothing. */
int32_t genrepi_tangent_back_q(genrepi_call *call);
int32_t genrepi_tangent_back_d(genrepi_call *call);
/* The same for what then adds to d_in: without d that becomes zeros. */
int32_t genrepi_tangent_back_d_or_zeros(genrepi_call *call);

/* y = f(x), element by element, and f''/f' a function of what is kept of forward: with the sum
 * e = d + (f''/f') x' q of an element, d_in = f' e.  The body makes e, and from it f' e. */
typedef struct genrepi_bend {
    const real *kept; /* x or y, as backward takes it */
    const real *t, *q;
    const real *d; /* NULL: zero */
    real *to;
} genrepi_bend;
int32_t genrepi_tangent_pointwise_backward(genrepi_call *call, genrepi_piece *body,
                                           const genrep_tensor *kept);
/* to += d, where there is a d. */
void genrepi_bend_add(const genrepi_kernels *k, const genrepi_bend *s, int64_t begin, int64_t end);

#endif
