/* embedding: row W[i] of a table for each class number i of the input.  Going back adds to the rows
 * that were used, in the order of the input, since one class can occur many times. */
#include <base/pool.h>
#include <nn/tangent.h>
#include <nn/weight.h>

typedef struct embedding_options {
    int64_t classes, out;
    char *init;
} embedding_options;

static int32_t build(genrep_layer *layer, int32_t n_in, const genrepi_shape *in) {
    (void)n_in, (void)in;
    const embedding_options *o = layer->options;
    genrepi_shape weight = {2, {o->classes, o->out}};
    int32_t status = genrepi_weight_build(layer, NULL, &weight, 0, 1, o->init);
    return status != 0 ? status : genrepi_weight_finish(layer);
}

/* Of an input of unknown rank: one class a sample. */
static int32_t shape(const genrep_layer *layer, int32_t n_in, const genrepi_shape *in,
                     genrepi_shape *out) {
    (void)n_in;
    const embedding_options *o = layer->options;
    out[0] = in[0].rank < 0 ? (genrepi_shape){1, {-1}} : in[0];
    if (out[0].rank == GENREP_MAX_RANK) {
        return genrepi_fail_shape(layer, in, "at most %d axes", GENREP_MAX_RANK - 1);
    }
    out[0].size[out[0].rank++] = o->out;
    return 0;
}

typedef struct embedding_state {
    int64_t n, out;
    const int32_t *index;
    real factor;
    const real *from;
    real *to;
} embedding_state;

static void gather(const genrepi_kernels *k, const void *opaque, int64_t begin, int64_t end) {
    const embedding_state *s = opaque;
    for (int64_t i = begin; i < end; i++) {
        k->scale(s->out, s->factor, s->from + s->index[i] * s->out, s->to + i * s->out);
    }
}

/* Columns are cut, not rows: then two threads never meet in one number, and each number's sum runs
 * in the order of the input. */
#define COLUMNS 64
static void scatter(void *argument, int64_t begin, int64_t end) {
    const embedding_state *s = argument;
    for (int64_t i = 0; i < s->n; i++) {
        const real *from = s->from + i * s->out;
        real *to = s->to + s->index[i] * s->out;
        for (int64_t j = begin; j < end; j++) to[j] += s->factor * from[j];
    }
}

static int32_t forward(genrepi_call *call) {
    const embedding_options *o = call->layer->options;
    int32_t status = genrepi_save_classes(call, 0, call->in[0], o->classes);
    if (status != 0) return status;
    embedding_state state = {.n = call->in[0]->count,
                             .out = o->out,
                             .index = call->saved[0]->data,
                             .from = genrepi_real_read(call->layer->parameters[0].value),
                             .to = genrepi_real(call->out[0])};
    status = genrepi_weight_factor(call, &state.factor);
    if (status != 0) return status;
    genrepi_map_rows(call->ctx, state.n, o->out, gather, &state);
    return 0;
}

static int32_t backward(genrepi_call *call) {
    const embedding_options *o = call->layer->options;
    if (call->d_in[0] != NULL) { /* classes held as real numbers */
        call->ctx->kernels->fill(call->d_in[0]->count, 0, genrepi_real(call->d_in[0]));
    }
    if (call->frozen) return 0;
    embedding_state state = {.n = call->in[0]->count,
                             .out = o->out,
                             .index = call->saved[0]->data,
                             .factor = genrepi_weight_factor_back(call),
                             .from = genrepi_real_read(call->d_out[0]),
                             .to = genrepi_real(call->layer->parameters[0].gradient)};
    genrepi_parallel_range(call->ctx, o->out, COLUMNS, scatter, &state);
    return genrepi_weight_correct(call, call->out[0]->count, genrepi_real_read(call->out[0]),
                                  state.from, 0);
}

/* Classes held as real numbers: between them nothing moves. */
static int32_t tangent(genrepi_call *call) {
    call->ctx->kernels->fill(call->t_out[0]->count, 0, genrepi_real(call->t_out[0]));
    return 0;
}

static int32_t tangent_backward(genrepi_call *call) {
    if (call->q_in[0] != NULL) {
        call->ctx->kernels->fill(call->q_in[0]->count, 0, genrepi_real(call->q_in[0]));
    }
    return genrepi_tangent_back_d(call);
}

static const genrepi_option options[] = {
    GENREPI_OPTION_INT(embedding_options, classes, NULL, 1, GENREPI_MAX_SIZE, "number of rows"),
    GENREPI_OPTION_INT(embedding_options, out, NULL, 1, GENREPI_MAX_SIZE, "size of a row"),
    GENREPI_OPTION_STRING(embedding_options, init, "normal std=1",
                          "initial rows; word2vec begins with uniform numbers within 0.5/out")};
static const genrepi_layer_ops ops = {.n_in = 1,
                                      .n_out = 1,
                                      .build = build,
                                      .shape = shape,
                                      .forward = forward,
                                      .backward = backward,
                                      .update = genrepi_weight_update,
                                      .tangent = tangent,
                                      .tangent_backward = tangent_backward,
                                      .straight = 1,
                                      .integer_inputs = 1};
const genrepi_kind genrepi_kind_embedding = {"layer",
                                             "embedding",
                                             "row i of a table for each class number i",
                                             options,
                                             GENREPI_COUNT(options),
                                             0,
                                             0,
                                             sizeof(embedding_options),
                                             &ops};
