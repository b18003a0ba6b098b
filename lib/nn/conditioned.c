/* conditioned { layers }: inputs x and y, y the class, the style or the attributes that x belongs
 * to.  The block's layers are applied to x one after another, also those in repeat, residual, skip,
 * add and concat.  Those that take two inputs (conditional_batch_norm, class_projection, adain,
 * attribute_bias), or classes if there are any (style_mix), get y too; those of classes (embedding)
 * get y.  With one input it is both x and y.  Of a y that has a row for each layer (batch x rows x
 * size), style i { } in it gets row i. */
#include <nn/build.h>
#include <nn/composite.h>
#include <nn/tangent.h>
#include <stddef.h>
#include <string.h>

static int32_t compose(genrepi_builder *builder, genrep_layer *layer, const genrepi_spec_node *node,
                       genrepi_shape *shape) {
    return genrepi_build_block(builder, layer, node->blocks[0], 0, shape);
}

static int32_t along(const genrep_layer *layer, genrep_tape *tape, genrep_tensor *x,
                     genrep_tensor *y, genrep_tensor **out);

/* ---- rows of styles ---------------------------------------------------------------------------
 */

typedef struct style_options {
    int64_t row;
} style_options;

static int32_t row_shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                         genrepi_shape *out) {
    (void)n_in;
    const style_options *o = layer->options;
    if (in[0].rank == 3 && o->row < in[0].size[1]) {
        out[0] = (genrepi_shape){2, {in[0].size[0], in[0].size[2]}};
        return 0;
    }
    return genrepi_fail_shape(layer, in, "styles of a batch, more than %lld rows each",
                              (long long)o->row);
}

static int32_t row_forward(genrepi_call *call) {
    const style_options *o = call->layer->options;
    const int64_t rows = call->in[0]->shape.size[1], d = call->in[0]->shape.size[2];
    for (int64_t n = 0; n < call->out[0]->shape.size[0]; n++)
        memcpy(genrepi_real(call->out[0]) + n * d,
               genrepi_real_read(call->in[0]) + (n * rows + o->row) * d, (size_t)d * sizeof(real));
    return 0;
}

static int32_t row_backward(genrepi_call *call) {
    const style_options *o = call->layer->options;
    const int64_t rows = call->in[0]->shape.size[1], d = call->in[0]->shape.size[2];
    if (call->d_in[0] == NULL) return 0;
    call->ctx->kernels->fill(call->d_in[0]->count, 0, genrepi_real(call->d_in[0]));
    for (int64_t n = 0; n < call->out[0]->shape.size[0]; n++)
        memcpy(genrepi_real(call->d_in[0]) + (n * rows + o->row) * d,
               genrepi_real_read(call->d_out[0]) + n * d, (size_t)d * sizeof(real));
    return 0;
}

static const genrepi_layer_ops row_ops = {.n_in = 1,
                                          .n_out = 1,
                                          .shape = row_shape,
                                          .forward = row_forward,
                                          .backward = row_backward,
                                          .tangent = genrepi_tangent_linear,
                                          .tangent_backward = genrepi_tangent_linear_backward,
                                          .straight = 1};

/* The row of y that a style layer is for; of one style, that. */
static int32_t pick_row(const genrep_layer *layer, genrep_tape *tape, genrep_tensor *y,
                        genrep_tensor **row) {
    if (y->shape.rank == 3) return genrepi_tape_apply_ops(tape, layer, &row_ops, &y, 1, row);
    *row = genrepi_tensor_ref(y);
    return 0;
}

static int32_t lonely_style(const genrep_layer *layer, genrep_tape *tape, genrep_tensor *const *in,
                            int32_t n_in, genrep_tensor **out) {
    (void)tape, (void)in, (void)n_in, (void)out;
    return genrepi_layer_fail(layer, GENREP_E_INVALID, "has a place in conditioned { } only");
}

static const genrepi_option style_rows[] = {
    {"row", GENREPI_INT, 1, NULL, 0, 1023, NULL, "which, from 0", offsetof(style_options, row)}};
static const genrepi_layer_ops style_ops = {
    .n_in = 0, .n_out = 1, .apply = lonely_style, .compose = compose};
const genrepi_kind genrepi_kind_style = {
    "layer",
    "style",
    "in conditioned: layers in { } whose second input is a row of y",
    style_rows,
    GENREPI_COUNT(style_rows),
    1,
    1,
    sizeof(style_options),
    &style_ops};

/* ---- following a network -----------------------------------------------------------------------
 */

/* Layers one after another. */
static int32_t follow(const genrep_layer *layer, genrep_tape *tape, genrep_tensor *x,
                      genrep_tensor *y, genrep_tensor **out) {
    genrep_tensor *now = genrepi_tensor_ref(x);
    int32_t status = 0;
    for (int32_t i = 0; i < layer->n_children && status == 0; i++) {
        genrep_tensor *next = NULL;
        status = along(layer->children[i], tape, now, y, &next);
        genrepi_tensor_unref(now);
        now = next;
    }
    if (status == 0) *out = now;
    return status;
}

/* Branches from x, or x itself (`straight`) and a branch, joined by a leaf. */
static int32_t join(const genrep_layer *layer, genrep_tape *tape, const genrepi_layer_ops *ops,
                    int32_t straight, genrep_tensor *x, genrep_tensor *y, genrep_tensor **out) {
    genrep_tensor *parts[GENREPI_MAX_BLOCKS + 1] = {NULL};
    int32_t n = 0, status = 0;
    if (straight) parts[n++] = genrepi_tensor_ref(x);
    for (int32_t i = 0; i < layer->n_children && status == 0; i++)
        status = along(layer->children[i], tape, x, y, &parts[n++]);
    if (status == 0) status = genrepi_tape_apply_ops(tape, layer, ops, parts, n, out);
    for (int32_t i = 0; i < n; i++) genrepi_tensor_unref(parts[i]);
    return status;
}

static int32_t along(const genrep_layer *layer, genrep_tape *tape, genrep_tensor *x,
                     genrep_tensor *y, genrep_tensor **out) {
    genrep_tensor *both[2] = {x, y};
    if (layer->ops == &genrepi_chain_ops || layer->kind == &genrepi_kind_repeat)
        return follow(layer, tape, x, y, out);
    if (layer->kind == &genrepi_kind_residual || layer->kind == &genrepi_kind_skip)
        return join(layer, tape,
                    layer->kind == &genrepi_kind_skip ? &genrepi_join_ops : &genrepi_sum_ops, 1, x,
                    y, out);
    if (layer->n_children > 0 &&
        (layer->kind == &genrepi_kind_add || layer->kind == &genrepi_kind_concat))
        return join(layer, tape,
                    layer->kind == &genrepi_kind_concat ? &genrepi_join_ops : &genrepi_sum_ops, 0,
                    x, y, out);
    if (layer->kind == &genrepi_kind_style) {
        genrep_tensor *row = NULL;
        int32_t status = pick_row(layer, tape, y, &row);
        if (status == 0) status = along(layer->children[0], tape, x, row, out);
        genrepi_tensor_unref(row);
        return status;
    }
    const genrepi_layer_ops *ops = layer->ops;
    if ((ops->integer_inputs & 1) != 0) return genrepi_layer_apply(layer, tape, &y, 1, out, 1);
    const int takes_classes = ops->n_in == 0 && (ops->integer_inputs & 2) != 0 && x != y;
    return genrepi_layer_apply(layer, tape, both, ops->n_in == 2 || takes_classes ? 2 : 1, out, 1);
}

static int32_t apply(const genrep_layer *layer, genrep_tape *tape, genrep_tensor *const *in,
                     int32_t n_in, genrep_tensor **out) {
    if (n_in <= 2) return along(layer->children[0], tape, in[0], in[n_in - 1], out);
    return genrepi_layer_fail(layer, GENREP_E_INVALID,
                              "takes an input and what it belongs to, got %d in all", (int)n_in);
}

static const genrepi_layer_ops ops = {.n_in = 0, .n_out = 1, .apply = apply, .compose = compose};
const genrepi_kind genrepi_kind_conditioned = {
    "layer",
    "conditioned",
    "layers in { } on x; those with two inputs get the second, y, too",
    NULL,
    0,
    1,
    1,
    0,
    &ops};
