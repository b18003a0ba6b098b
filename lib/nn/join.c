/* The leaves under the composites: joining tensors along an axis, and their sum.  Both are linear;
 * the adjoint of joining is cutting, that of a sum is the cotangent for each. */
#include <nn/composite.h>
#include <nn/tangent.h>
#include <kernel/elementwise.h>
#include <base/pool.h>
#include <string.h>

static int64_t join_axis(const genrep_layer *layer) {
    if (layer->kind != &genrepi_kind_concat) return 1; /* skip */
    const genrepi_concat_options *options = layer->options;
    return options->axis;
}

static int32_t join_shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                          genrepi_shape *out) {
    int64_t axis = join_axis(layer);
    genrepi_shape joined = in[0];
    for (int32_t i = 0; i < n_in; i++) {
        if (in[i].rank < 0) {
            out[0].rank = -1;
            return 0;
        }
        if (in[i].rank <= axis || in[i].rank != in[0].rank) {
            char a[GENREPI_SHAPE_BYTES], b[GENREPI_SHAPE_BYTES];
            return genrepi_layer_fail(
                layer, GENREP_E_INVALID, "cannot join %s and %s along axis %lld",
                genrepi_shape_text(&in[0], a), genrepi_shape_text(&in[i], b), (long long)axis);
        }
    }
    for (int32_t i = 1; i < n_in; i++) {
        for (int32_t j = 0; j < joined.rank; j++) {
            int64_t *size = &joined.size[j], other = in[i].size[j];
            if (j == axis) {
                *size = *size < 0 || other < 0 ? -1 : *size + other;
            } else if (*size < 0) {
                *size = other;
            } else if (other >= 0 && other != *size) {
                char a[GENREPI_SHAPE_BYTES], b[GENREPI_SHAPE_BYTES];
                return genrepi_layer_fail(
                    layer, GENREP_E_INVALID, "cannot join %s and %s along axis %lld",
                    genrepi_shape_text(&in[0], a), genrepi_shape_text(&in[i], b), (long long)axis);
            }
        }
    }
    out[0] = joined;
    return 0;
}

/* Part i of the joined tensor: `rows` runs of `width` elements, `step` apart, from `offset` on. */
typedef struct join_part {
    int64_t rows, width, step, offset;
} join_part;

static join_part part_of(const genrepi_call *call, int32_t index) {
    int64_t axis = join_axis(call->layer);
    join_part part = {1, 0, 0, 0};
    int64_t inner = 1;
    const genrepi_shape *whole = &call->out[0]->shape;
    for (int64_t j = 0; j < axis; j++) part.rows *= whole->size[j];
    for (int64_t j = axis + 1; j < whole->rank; j++) inner *= whole->size[j];
    for (int32_t i = 0; i < index; i++) part.offset += call->in[i]->shape.size[axis] * inner;
    part.width = call->in[index]->shape.size[axis] * inner;
    part.step = whole->size[axis] * inner;
    return part;
}

static int32_t join_forward(genrepi_call *call) {
    for (int32_t i = 0; i < call->n_in; i++) {
        join_part part = part_of(call, i);
        const real *from = genrepi_real_read(call->in[i]);
        real *to = genrepi_real(call->out[0]) + part.offset;
        for (int64_t row = 0; row < part.rows && part.width > 0; row++) {
            memcpy(to + row * part.step, from + row * part.width,
                   (size_t)part.width * sizeof(real));
        }
    }
    return 0;
}

static int32_t join_backward(genrepi_call *call) {
    for (int32_t i = 0; i < call->n_in; i++) {
        if (call->d_in[i] == NULL) continue;
        join_part part = part_of(call, i);
        const real *from = genrepi_real_read(call->d_out[0]) + part.offset;
        real *to = genrepi_real(call->d_in[i]);
        for (int64_t row = 0; row < part.rows && part.width > 0; row++) {
            memcpy(to + row * part.width, from + row * part.step,
                   (size_t)part.width * sizeof(real));
        }
    }
    return 0;
}

const genrepi_layer_ops genrepi_join_ops = {.n_in = 0,
                                            .n_out = 1,
                                            .shape = join_shape,
                                            .forward = join_forward,
                                            .backward = join_backward,
                                            .tangent = genrepi_tangent_linear,
                                            .tangent_backward = genrepi_tangent_linear_backward,
                                            .straight = 1};

static int32_t sum_shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                         genrepi_shape *out) {
    genrepi_shape sum = in[0];
    for (int32_t i = 1; i < n_in; i++) {
        if (sum.rank < 0) sum = in[i];
        if (in[i].rank < 0) continue;
        int same = in[i].rank == sum.rank;
        for (int32_t j = 0; same && j < sum.rank; j++) {
            if (sum.size[j] < 0) sum.size[j] = in[i].size[j];
            same = in[i].size[j] < 0 || in[i].size[j] == sum.size[j];
        }
        if (!same) {
            char a[GENREPI_SHAPE_BYTES], b[GENREPI_SHAPE_BYTES];
            return genrepi_layer_fail(layer, GENREP_E_INVALID,
                                      "cannot add %s and %s: shapes must be equal",
                                      genrepi_shape_text(&sum, a), genrepi_shape_text(&in[i], b));
        }
    }
    out[0] = sum;
    return 0;
}

typedef struct sum_state {
    const real *x, *z;
    real *y;
} sum_state;

static void sum_piece(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const sum_state *s = opaque;
    k->add(end - begin, s->x + begin, s->z + begin, s->y + begin);
}

static int32_t sum_forward(genrepi_call *call) {
    real *y = genrepi_real(call->out[0]);
    int64_t n = call->out[0]->count;
    if (call->n_in == 1 && n > 0) memcpy(y, call->in[0]->data, (size_t)n * sizeof(real));
    for (int32_t i = 1; i < call->n_in; i++) {
        sum_state state = {i == 1 ? genrepi_real_read(call->in[0]) : y,
                           genrepi_real_read(call->in[i]), y};
        genrepi_map_pieces(call->ctx, n, sum_piece, &state);
    }
    return 0;
}

static int32_t sum_backward(genrepi_call *call) {
    for (int32_t i = 0; i < call->n_in; i++) {
        genrep_tensor *d_in = call->d_in[i];
        if (d_in == NULL || d_in->count == 0) continue;
        memcpy(d_in->data, call->d_out[0]->data, (size_t)d_in->count * sizeof(real));
    }
    return 0;
}

const genrepi_layer_ops genrepi_sum_ops = {.n_in = 0,
                                           .n_out = 1,
                                           .shape = sum_shape,
                                           .forward = sum_forward,
                                           .backward = sum_backward,
                                           .tangent = genrepi_tangent_linear,
                                           .tangent_backward = genrepi_tangent_linear_backward,
                                           .straight = 1};
