/* Skip-gram with negative sampling: one step. */
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
                          int32_t most_context, int32_t most_noise, genrepi_sgns *sgns) {
    *sgns = (genrepi_sgns){.ctx = ctx,
                           .words = words,
                           .size = size,
                           .stride = (size + LANES - 1) / LANES * LANES,
                           .most_context = most_context,
                           .most_noise = most_noise};
    int64_t m = most_context, n = 1 + most_noise;
    int32_t status = make_tables(sgns, with_bias);
    if (status == GENREP_OK) {
        sgns->inputs = genrepi_alloc(ctx, m, sizeof *sgns->inputs);
        sgns->outputs = genrepi_alloc(ctx, n, sizeof *sgns->outputs);
        sgns->scores = genrepi_alloc(ctx, m * n, sizeof *sgns->scores);
        sgns->targets = genrepi_alloc(ctx, m * n, sizeof *sgns->targets);
        sgns->work = genrepi_alloc(ctx, (m + n) * LANES, sizeof *sgns->work);
        if (sgns->inputs == NULL || sgns->outputs == NULL || sgns->scores == NULL ||
            sgns->targets == NULL || sgns->work == NULL)
            status = GENREP_E_NOMEM;
    }
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
    void *workspace[] = {sgns->inputs, sgns->outputs, sgns->scores, sgns->targets, sgns->work};
    for (int32_t i = 0; i < GENREPI_COUNT(workspace); i++) genrepi_free(sgns->ctx, workspace[i]);
    *sgns = (genrepi_sgns){0};
}

/* y of each pair: 1 in the first column (the target's), 0 in those of the noise. */
static void set_targets(genrepi_sgns *sgns, int32_t columns) {
    if (sgns->targets_columns == columns) return;
    for (int64_t i = 0; i < (int64_t)sgns->most_context * columns; i++)
        sgns->targets[i] = (real)(i % columns == 0);
    sgns->targets_columns = columns;
}

double genrepi_sgns_step(genrepi_sgns *sgns, const genrepi_centre *centre, real rate) {
    const genrepi_kernels *k = sgns->ctx->kernels;
    int32_t m = centre->n_context, n = 1 + centre->n_noise;
    real *scores = sgns->scores;
    if (m == 0) return 0;
    set_targets(sgns, n);
    for (int32_t i = 0; i < m; i++)
        sgns->inputs[i] = genrepi_real(sgns->input) + centre->context[i] * sgns->stride;
    for (int32_t j = 0; j < n; j++) {
        int64_t word = j == 0 ? centre->target : centre->noise[j - 1];
        sgns->outputs[j] = genrepi_real(sgns->output) + word * sgns->stride;
    }
    k->dot_rows(m, (const real *const *)sgns->inputs, n, (const real *const *)sgns->outputs,
                sgns->stride, scores);
    real *bias = sgns->bias != NULL ? genrepi_real(sgns->bias) : NULL;
    for (int32_t j = 0; bias != NULL && j < n; j++) {
        real b = bias[j == 0 ? centre->target : centre->noise[j - 1]];
        for (int32_t i = 0; i < m; i++) scores[i * n + j] += b;
    }
    double loss = (double)k->bce(m * n, scores, sgns->targets, 0);
    k->bce_backward(m * n, -rate, scores, sgns->targets, 0, scores);
    k->update_rows(m, sgns->inputs, n, sgns->outputs, sgns->stride, scores, sgns->work);
    for (int32_t j = 0; bias != NULL && j < n; j++) {
        real step = 0;
        for (int32_t i = 0; i < m; i++) step += scores[i * n + j];
        bias[j == 0 ? centre->target : centre->noise[j - 1]] += step;
    }
    return loss;
}

static void prefetch_row(const genrepi_sgns *sgns, const genrep_tensor *table, int64_t word) {
    const char *row = (const char *)(genrepi_real_read(table) + word * sgns->stride);
    for (size_t at = 0; at < (size_t)sgns->stride * sizeof(real); at += 64)
        __builtin_prefetch(row + at, 1);
}

void genrepi_sgns_prefetch(const genrepi_sgns *sgns, const genrepi_centre *centre) {
    for (int32_t i = 0; i < centre->n_context; i++)
        prefetch_row(sgns, sgns->input, centre->context[i]);
    prefetch_row(sgns, sgns->output, centre->target);
    for (int32_t i = 0; i < centre->n_noise; i++)
        prefetch_row(sgns, sgns->output, centre->noise[i]);
}
