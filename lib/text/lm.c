/* Batches through a language model. */
#include <text/lm.h>
#include <base/pool.h>
#include <base/random.h>
#include <kernel/gemm.h>
#include <kernel/kernel.h>
#include <math.h>
#include <string.h>

enum { LANES = 16 };

static void init_table(genrep_ctx *ctx, genrep_tensor *table, const char *path, int64_t columns,
                       double half) {
    const uint64_t stream = genrepi_stream(GENREPI_FOR_INIT, genrepi_hash(path, strlen(path)), 0);
    const int64_t rows = table->shape.size[0], stride = table->shape.size[1];
    for (int64_t i = 0; i < rows; i++)
        ctx->kernels->random_uniform(columns, ctx->seed, stream, (uint64_t)(i * columns),
                                     (real)-half, (real)half, genrepi_real(table) + i * stride);
}

/* Input rows as word2vec's; the hidden layer as Glorot and Bengio (2010), its biases 0. */
static int32_t make_tables(const genrep_vocab *vocab, genrepi_lm *lm) {
    const genrepi_lm_options *o = &lm->options;
    genrepi_shape rows =
        genrepi_shape_of(2, (const int64_t[]){vocab->words.count + (o->padding ? 1 : 0), o->size});
    genrepi_shape hidden = genrepi_shape_of(2, (const int64_t[]){o->hidden, lm->x_stride});
    int32_t status = genrepi_tensor_new(lm->ctx, GENREPI_REAL, &rows, 1, &lm->embedding);
    if (status == GENREP_OK && o->hidden > 0)
        status = genrepi_tensor_new(lm->ctx, GENREPI_REAL, &hidden, 1, &lm->hidden);
    if (status != GENREP_OK) return status;
    init_table(lm->ctx, lm->embedding, "lm/embedding", o->size, 0.5 / (double)o->size);
    if (lm->hidden != NULL)
        init_table(lm->ctx, lm->hidden, "lm/hidden", lm->x_size,
                   sqrt(6 / (double)(lm->x_size + o->hidden)));
    return GENREP_OK;
}

static int32_t make_work(genrepi_lm *lm) {
    genrep_ctx *ctx = lm->ctx;
    const genrepi_lm_options *o = &lm->options;
    const int64_t n = o->batch;
    lm->contexts = genrepi_alloc(ctx, n * o->slots, sizeof *lm->contexts);
    lm->counts = genrepi_alloc(ctx, n, sizeof *lm->counts);
    lm->targets = genrepi_alloc(ctx, n, sizeof *lm->targets);
    lm->x = genrepi_alloc(ctx, n * lm->x_stride, sizeof *lm->x);
    lm->dh = genrepi_alloc(ctx, n * lm->softmax.stride, sizeof *lm->dh);
    int32_t made = lm->contexts != NULL && lm->counts != NULL && lm->targets != NULL &&
                   lm->x != NULL && lm->dh != NULL;
    if (o->hidden > 0 && made) {
        lm->h = genrepi_alloc(ctx, n * lm->softmax.stride, sizeof *lm->h);
        lm->dx = genrepi_alloc(ctx, n * lm->x_stride, sizeof *lm->dx);
        lm->q = genrepi_alloc(ctx, n * o->hidden, sizeof *lm->q);
        made = lm->h != NULL && lm->dx != NULL && lm->q != NULL;
    }
    return made ? GENREP_OK : GENREP_E_NOMEM;
}

int32_t genrepi_lm_init(const genrep_vocab *vocab, const genrepi_lm_options *o, genrepi_lm *lm) {
    *lm = (genrepi_lm){.ctx = vocab->ctx, .options = *o};
    lm->x_size = o->combine == GENREPI_LM_CONCAT ? o->slots * o->size : o->size;
    lm->x_stride = (lm->x_size + LANES) / LANES * LANES;
    const int64_t inputs = o->hidden > 0 ? o->hidden + (o->direct ? lm->x_size : 0) : lm->x_size;
    int32_t status = make_tables(vocab, lm);
    if (status == GENREP_OK)
        status = genrepi_softmax_init(vocab, inputs, o->batch, o->memory, &lm->softmax);
    if (status == GENREP_OK) status = make_work(lm);
    if (status != GENREP_OK) genrepi_lm_free(lm);
    return status;
}

void genrepi_lm_free(genrepi_lm *lm) {
    if (lm->ctx == NULL) return;
    void *all[] = {lm->contexts, lm->counts, lm->targets, lm->x, lm->h, lm->dh, lm->dx, lm->q};
    genrepi_tensor_unref(lm->embedding);
    genrepi_tensor_unref(lm->hidden);
    genrepi_softmax_free(&lm->softmax);
    for (int32_t i = 0; i < GENREPI_COUNT(all); i++) genrepi_free(lm->ctx, all[i]);
    *lm = (genrepi_lm){0};
}

void genrepi_lm_add(genrepi_lm *lm, const int32_t *context, int32_t n, int32_t target) {
    memcpy(lm->contexts + lm->n * lm->options.slots, context, (size_t)n * sizeof *context);
    lm->counts[lm->n] = n;
    lm->targets[lm->n++] = target;
}

static real *embedding_row(const genrepi_lm *lm, int64_t example, int32_t slot) {
    const int64_t word = lm->contexts[example * lm->options.slots + slot];
    return genrepi_real(lm->embedding) + word * lm->options.size;
}

static void combine(void *argument, int64_t i) {
    const genrepi_lm *lm = argument;
    const genrepi_kernels *k = lm->ctx->kernels;
    const int64_t size = lm->options.size;
    const int32_t n = lm->counts[i];
    real *x = lm->x + i * lm->x_stride;
    const real share = lm->options.combine == GENREPI_LM_CONCAT ? 1 : 1 / (real)n;
    if (lm->options.combine != GENREPI_LM_CONCAT) k->fill(size, 0, x);
    for (int32_t c = 0; c < n; c++) {
        if (lm->options.combine == GENREPI_LM_CONCAT)
            memcpy(x + c * size, embedding_row(lm, i, c), (size_t)size * sizeof *x);
        else
            k->axpy(size, share, embedding_row(lm, i, c), x);
    }
    x[lm->x_size] = 1;
}

/* a = tanh(H x + d), which is in h already but for the tanh; then x, if it goes there directly. */
static void activate(void *argument, int64_t i) {
    const genrepi_lm *lm = argument;
    const genrepi_lm_options *o = &lm->options;
    real *h = lm->h + i * lm->softmax.stride;
    lm->ctx->kernels->tanh(o->hidden, h, h);
    if (o->direct) memcpy(h + o->hidden, lm->x + i * lm->x_stride, (size_t)lm->x_size * sizeof *h);
    h[lm->softmax.inputs] = 1;
}

static void to_hidden(void *argument, int64_t i) {
    const genrepi_lm *lm = argument;
    const int64_t hidden = lm->options.hidden;
    const real *h = lm->h + i * lm->softmax.stride, *dh = lm->dh + i * lm->softmax.stride;
    lm->ctx->kernels->tanh_backward(hidden, h, dh, lm->q + i * hidden);
    if (lm->options.direct)
        memcpy(lm->dx + i * lm->x_stride, dh + hidden, (size_t)lm->x_size * sizeof *dh);
}

static int32_t hidden_forward(genrepi_lm *lm) {
    int32_t status =
        genrepi_gemm(lm->ctx, 0, 1, lm->n, lm->options.hidden, lm->x_stride, 1, lm->x, lm->x_stride,
                     genrepi_real_read(lm->hidden), lm->x_stride, 0, lm->h, lm->softmax.stride);
    if (status == GENREP_OK) genrepi_parallel(lm->ctx, lm->n, activate, lm);
    return status;
}

static int32_t hidden_backward(genrepi_lm *lm, real rate) {
    const genrepi_lm_options *o = &lm->options;
    real *weights = genrepi_real(lm->hidden);
    genrepi_parallel(lm->ctx, lm->n, to_hidden, lm);
    int32_t status = genrepi_gemm(lm->ctx, 0, 0, lm->n, lm->x_size, o->hidden, 1, lm->q, o->hidden,
                                  weights, lm->x_stride, o->direct ? 1 : 0, lm->dx, lm->x_stride);
    for (int64_t i = 0; i < o->hidden && o->decay != 0; i++)
        lm->ctx->kernels->scale(lm->x_size, 1 - rate * (real)o->decay, weights + i * lm->x_stride,
                                weights + i * lm->x_stride);
    if (status == GENREP_OK)
        status = genrepi_gemm(lm->ctx, 1, 0, o->hidden, lm->x_stride, lm->n, -rate, lm->q,
                              o->hidden, lm->x, lm->x_stride, 1, weights, lm->x_stride);
    return status;
}

/* Each row decays once a batch and place; one after another, since a word may be there often. */
static void to_embedding(genrepi_lm *lm, real rate) {
    const genrepi_lm_options *o = &lm->options;
    const genrepi_kernels *k = lm->ctx->kernels;
    const real *all = o->hidden > 0 ? lm->dx : lm->dh;
    const int64_t stride = o->hidden > 0 ? lm->x_stride : lm->softmax.stride;
    const int32_t concat = o->combine == GENREPI_LM_CONCAT;
    for (int64_t i = 0; i < lm->n; i++)
        for (int32_t c = 0; c < lm->counts[i]; c++) {
            real *row = embedding_row(lm, i, c);
            const real share = o->combine == GENREPI_COMBINE_MEAN ? 1 / (real)lm->counts[i] : 1;
            if (o->decay != 0) k->scale(o->size, 1 - rate * (real)o->decay, row, row);
            k->axpy(o->size, -rate * share, all + i * stride + (concat ? c * o->size : 0), row);
        }
}

int32_t genrepi_lm_step(genrepi_lm *lm, real rate, double *loss) {
    const genrepi_lm_options *o = &lm->options;
    *loss = 0;
    if (lm->n == 0) return GENREP_OK;
    genrepi_parallel(lm->ctx, lm->n, combine, lm);
    int32_t status = o->hidden > 0 ? hidden_forward(lm) : GENREP_OK;
    if (status == GENREP_OK)
        status =
            genrepi_softmax_step(&lm->softmax, lm->n, o->hidden > 0 ? lm->h : lm->x, lm->targets,
                                 rate, (real)o->decay, rate > 0 ? lm->dh : NULL, loss);
    if (status == GENREP_OK && rate > 0 && o->hidden > 0) status = hidden_backward(lm, rate);
    if (status == GENREP_OK && rate > 0) to_embedding(lm, rate);
    lm->n = 0;
    return status;
}

int32_t genrepi_lm_visit(const genrepi_lm *lm, genrepi_state *state) {
    int32_t status = state->tensor(state, "embedding", lm->embedding);
    if (status == GENREP_OK && lm->hidden != NULL)
        status = state->tensor(state, "hidden", lm->hidden);
    return status == GENREP_OK ? state->tensor(state, "softmax", lm->softmax.table) : status;
}
