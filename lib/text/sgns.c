/* The tables of word2vec, and one step. */
#include <text/sgns.h>
#include <base/pool.h>
#include <base/random.h>
#include <string.h>

enum { LANES = 16, ROWS_AT_ONCE = 1024 };

typedef struct init_state {
    const genrepi_sgns *sgns;
    uint64_t stream;
} init_state;

/* Element j of row i has the same value for any stride and number of threads. */
static void init_rows(void *argument, int64_t begin, int64_t end) {
    const init_state *state = argument;
    const genrepi_sgns *sgns = state->sgns;
    real half = (real)(0.5 / (double)sgns->size);
    for (int64_t i = begin; i < end; i++)
        sgns->ctx->kernels->random_uniform(sgns->size, sgns->ctx->seed, state->stream,
                                           (uint64_t)(i * sgns->size), -half, half,
                                           genrepi_real(sgns->input) + i * sgns->stride);
}

static int32_t make_tables(genrepi_sgns *sgns, int32_t with_bias) {
    genrepi_shape table = genrepi_shape_of(2, (const int64_t[]){sgns->words, sgns->stride});
    genrepi_shape column = genrepi_shape_of(1, &sgns->words);
    int32_t status = genrepi_tensor_new(sgns->ctx, GENREPI_REAL, &table, 1, &sgns->input);
    if (status == GENREP_OK)
        status = genrepi_tensor_new(sgns->ctx, GENREPI_REAL, &table, 1, &sgns->output);
    if (status == GENREP_OK && with_bias)
        status = genrepi_tensor_new(sgns->ctx, GENREPI_REAL, &column, 1, &sgns->bias);
    return status;
}

int32_t genrepi_sgns_init(genrep_ctx *ctx, int64_t words, int64_t size, int32_t with_bias,
                          genrepi_sgns *sgns) {
    *sgns = (genrepi_sgns){
        .ctx = ctx, .words = words, .size = size, .stride = (size + LANES - 1) / LANES * LANES};
    int32_t status = make_tables(sgns, with_bias);
    if (status != GENREP_OK) {
        genrepi_sgns_free(sgns);
        return status;
    }
    static const char path[] = "word2vec/input";
    init_state state = {sgns,
                        genrepi_stream(GENREPI_FOR_INIT, genrepi_hash(path, strlen(path)), 0)};
    genrepi_parallel_range(ctx, words, ROWS_AT_ONCE, init_rows, &state);
    return GENREP_OK;
}

void genrepi_sgns_free(genrepi_sgns *sgns) {
    if (sgns->ctx == NULL) return;
    genrepi_tensor_unref(sgns->input);
    genrepi_tensor_unref(sgns->output);
    genrepi_tensor_unref(sgns->bias);
    *sgns = (genrepi_sgns){0};
}

int32_t genrepi_sgns_work_init(const genrepi_sgns *sgns, int64_t most_context, int64_t most_output,
                               genrepi_sgns_work *work) {
    genrep_ctx *ctx = sgns->ctx;
    const int64_t m = most_context, n = most_output;
    *work = (genrepi_sgns_work){.ctx = ctx};
    work->inputs = genrepi_alloc(ctx, m, sizeof *work->inputs);
    work->outputs = genrepi_alloc(ctx, n, sizeof *work->outputs);
    work->scores = genrepi_alloc(ctx, m * n + LANES, sizeof *work->scores);
    work->labels = genrepi_alloc(ctx, m * n + LANES, sizeof *work->labels);
    work->work = genrepi_alloc(ctx, (m + n) * LANES, sizeof *work->work);
    work->mean = genrepi_alloc(ctx, sgns->stride, sizeof *work->mean);
    work->step = genrepi_alloc(ctx, sgns->stride, sizeof *work->step);
    ctx->kernels->bce_total(&work->tally);
    if (work->inputs != NULL && work->outputs != NULL && work->scores != NULL &&
        work->labels != NULL && work->work != NULL && work->mean != NULL && work->step != NULL)
        return GENREP_OK;
    genrepi_sgns_work_free(work);
    return GENREP_E_NOMEM;
}

void genrepi_sgns_work_free(genrepi_sgns_work *work) {
    if (work->ctx == NULL) return;
    void *all[] = {work->inputs, work->outputs, work->scores, work->labels,
                   work->work,   work->mean,    work->step};
    for (int32_t i = 0; i < GENREPI_COUNT(all); i++) genrepi_free(work->ctx, all[i]);
    *work = (genrepi_sgns_work){0};
}

static void combine(const genrepi_sgns *sgns, genrepi_sgns_work *work, int32_t m) {
    const genrepi_kernels *k = sgns->ctx->kernels;
    k->scale(sgns->stride, 1 / (real)m, work->inputs[0], work->mean);
    for (int32_t i = 1; i < m; i++) k->axpy(sgns->stride, 1 / (real)m, work->inputs[i], work->mean);
}

/* scores are steps of the products now.  A context word that is there twice gets two shares. */
static void spread(const genrepi_sgns *sgns, genrepi_sgns_work *work, int32_t m, int32_t n) {
    const genrepi_kernels *k = sgns->ctx->kernels;
    k->fill(sgns->stride, 0, work->step);
    for (int32_t j = 0; j < n; j++)
        k->axpy(sgns->stride, work->scores[j], work->outputs[j], work->step);
    for (int32_t j = 0; j < n; j++)
        k->axpy(sgns->stride, work->scores[j], work->mean, work->outputs[j]);
    const real share = sgns->combine == GENREPI_COMBINE_MEAN ? 1 / (real)m : 1;
    for (int32_t i = 0; i < m; i++) k->axpy(sgns->stride, share, work->step, work->inputs[i]);
}

double genrepi_sgns_loss(const genrepi_sgns *sgns, genrepi_sgns_work *work) {
    return sgns->ctx->kernels->bce_total(&work->tally);
}

void genrepi_sgns_step(const genrepi_sgns *sgns, genrepi_sgns_work *work,
                       const genrepi_centre *centre, real rate, int64_t *terms) {
    const genrepi_kernels *k = sgns->ctx->kernels;
    const int32_t n = centre->n_output, single = sgns->combine == GENREPI_COMBINE_SINGLE;
    if (centre->n_context == 0 || n == 0) return;
    for (int32_t i = 0; i < centre->n_context; i++)
        work->inputs[i] = genrepi_real(sgns->input) + centre->context[i] * sgns->stride;
    for (int32_t j = 0; j < n; j++)
        work->outputs[j] = genrepi_real(sgns->output) + centre->output[j] * sgns->stride;
    if (!single) combine(sgns, work, centre->n_context);
    const int32_t m = single ? centre->n_context : 1;
    real *scores = work->scores;
    k->dot_rows(m, single ? (const real *const *)work->inputs : (const real *const *)&work->mean, n,
                (const real *const *)work->outputs, sgns->stride, scores);
    real *bias = sgns->bias != NULL ? genrepi_real(sgns->bias) : NULL;
    for (int32_t i = 0; i < m; i++) {
        for (int32_t j = 0; j < n; j++) {
            work->labels[i * n + j] = centre->label[j];
            if (bias != NULL) scores[i * n + j] += bias[centre->output[j]];
        }
    }
    k->bce_steps((int64_t)m * n, -rate, scores, work->labels, scores, &work->tally);
    if (single)
        k->update_rows(m, work->inputs, n, work->outputs, sgns->stride, scores, work->work);
    else
        spread(sgns, work, centre->n_context, n);
    for (int32_t j = 0; bias != NULL && j < n; j++) {
        real step = 0;
        for (int32_t i = 0; i < m; i++) step += scores[i * n + j];
        bias[centre->output[j]] += step;
    }
    *terms += m;
}

static void prefetch_row(const genrepi_sgns *sgns, const genrep_tensor *table, int64_t word) {
    const char *row = (const char *)(genrepi_real_read(table) + word * sgns->stride);
    for (size_t at = 0; at < (size_t)sgns->stride * sizeof(real); at += 64)
        __builtin_prefetch(row + at, 1);
}

void genrepi_sgns_prefetch(const genrepi_sgns *sgns, const genrepi_centre *centre) {
    for (int32_t i = 0; i < centre->n_context; i++)
        prefetch_row(sgns, sgns->input, centre->context[i]);
    for (int32_t j = 0; j < centre->n_output; j++)
        prefetch_row(sgns, sgns->output, centre->output[j]);
}
